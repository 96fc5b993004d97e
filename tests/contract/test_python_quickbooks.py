"""
Journeys of ``python-quickbooks`` and ``intuit-oauth``, unmodified, with only their address constants set.

The constants: ``intuitlib.config.DISCOVERY_URL['sandbox']``, ``QuickBooks.sandbox_api_url_v3``; on plain http also
``OAUTHLIB_INSECURE_TRANSPORT``, which is oauthlib's own switch for local tests.
"""

import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import intuitlib.config
import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from pypdf import PdfReader
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects import (
    Account,
    Attachable,
    Class,
    CompanyInfo,
    CreditMemo,
    Customer,
    Department,
    Estimate,
    Invoice,
    Item,
    Payment,
    PaymentMethod,
    Preferences,
    SalesReceipt,
    TaxAgency,
    TaxCode,
    TaxRate,
    Term,
)
from quickbooks.objects import (
    Vendor as Supplier,
)
from quickbooks.objects.base import Address, AttachableRef, EmailAddress, LinkedTxn
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.payment import PaymentLine
from quickbooks.objects.taxservice import TaxRateDetails, TaxService

from contract.vendors import APP_URL, SEED_REALM, Vendor, consent, query_of
from dealvoice_sandbox import serving_all

pytestmark = pytest.mark.filterwarnings("ignore:.*utcnow.*:DeprecationWarning")  # intuitlib's own


def a_client(quickbooks: Vendor, monkeypatch: pytest.MonkeyPatch) -> AuthClient:
    if not quickbooks.live:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        discovery = f"{quickbooks.url}/.well-known/openid_sandbox_configuration/"
        monkeypatch.setitem(intuitlib.config.DISCOVERY_URL, "sandbox", discovery)
        monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{quickbooks.url}/v3")
    return AuthClient(quickbooks.client_id, quickbooks.client_secret, quickbooks.redirect_uri, "sandbox")


@pytest.fixture
def oauth(quickbooks: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthClient]:
    client = a_client(quickbooks, monkeypatch)
    yield client
    client.close()


@pytest.fixture
def books(oauth: AuthClient, quickbooks: Vendor) -> Iterator[QuickBooks]:
    if quickbooks.live:
        refresh, realm = quickbooks.given["REFRESH_TOKEN"], quickbooks.given["REALM_ID"]
    else:
        pair = quickbooks.control("POST", "tokens")
        refresh, realm = pair["refresh_token"], pair["realmId"]
    client = QuickBooks(auth_client=oauth, refresh_token=refresh, company_id=realm, minorversion=75)
    yield client
    client.session.close()


def connect(oauth: AuthClient, quickbooks: Vendor, *scopes: Scopes) -> dict[str, str]:
    address = oauth.get_authorization_url(list(scopes or (Scopes.ACCOUNTING,)), state_token="s-1")
    told = query_of(consent(quickbooks, address))
    oauth.get_bearer_token(told["code"], realm_id=told["realmId"])
    return told


def a_name(what: str) -> str:
    return f"{what} {uuid.uuid4().hex[:8]}"


def a_customer(books: QuickBooks, **more: Any) -> Customer:
    customer = Customer()
    customer.DisplayName = a_name("Contract")
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "contract@example.com"
    customer.BillAddr = Address()
    customer.BillAddr.Line1, customer.BillAddr.City = "1 Main Street", "Bayshore"
    customer.BillAddr.CountrySubDivisionCode, customer.BillAddr.PostalCode = "CA", "94326"
    for name, value in more.items():
        setattr(customer, name, value)
    return customer.save(qb=books)


def an_item(books: QuickBooks) -> Item:
    item = Item()
    item.Name, item.Type, item.UnitPrice = a_name("Item"), "Service", 75
    item.IncomeAccountRef = Account.where("AccountType = 'Income'", max_results=1, qb=books)[0].to_ref()
    return item.save(qb=books)


def an_invoice(books: QuickBooks, customer: Customer, item: Item, *, quantity: int = 2, save: bool = True) -> Invoice:
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    line = SalesItemLine()
    line.Amount, line.Description = 75 * quantity, "By a stranger"
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = item.to_ref()
    line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = quantity, 75
    invoice.Line.append(line)
    invoice.BillEmail = EmailAddress()
    invoice.BillEmail.Address = "contract@example.com"
    return invoice.save(qb=books) if save else invoice


def pay(books: QuickBooks, invoice: Invoice, amount: float) -> Payment:
    payment, line, linked = Payment(), PaymentLine(), LinkedTxn()
    linked.TxnId, linked.TxnType = invoice.Id, "Invoice"
    line.Amount, line.LinkedTxn = amount, [linked]
    payment.CustomerRef, payment.TotalAmt = invoice.CustomerRef, amount
    payment.Line.append(line)
    return payment.save(qb=books)


# The way in.


def test_connect_when_consented_then_tokens_and_company_come_back(oauth, quickbooks):
    told = connect(oauth, quickbooks)

    assert (told["state"], told["realmId"]) == ("s-1", SEED_REALM)
    assert oauth.access_token
    assert oauth.expires_in == 3600


def test_connect_when_cancelled_then_access_denied(oauth, quickbooks):
    address = oauth.get_authorization_url([Scopes.ACCOUNTING], state_token="s-2")

    told = query_of(consent(quickbooks, address, decision="cancel"))

    assert told == {"error": "access_denied", "state": "s-2"}


def test_code_when_used_twice_then_the_client_raises(oauth, quickbooks):
    told = connect(oauth, quickbooks)

    with pytest.raises(AuthClientError) as raised:
        oauth.get_bearer_token(told["code"])

    assert (raised.value.status_code, "invalid_grant" in raised.value.content.decode()) == (400, True)


def test_refresh_when_within_a_day_then_same_refresh_token_and_another_access_token(oauth, quickbooks):
    connect(oauth, quickbooks)
    access, refresh = oauth.access_token, oauth.refresh_token

    oauth.refresh()

    assert oauth.access_token != access
    assert oauth.refresh_token == refresh


def test_refresh_when_a_day_is_over_then_refresh_token_changes(monkeypatch):
    own = serving_all.start(quickbooks_port=0, pipedrive_port=0, app_url=APP_URL)  # its clock goes on, and never back
    vendor = Vendor(own.quickbooks_url, redirect_uri=f"{APP_URL}/quickbooks/callback")
    oauth = a_client(vendor, monkeypatch)
    connect(oauth, vendor)
    refresh = oauth.refresh_token

    vendor.control("POST", "clock", advance="P2D")
    oauth.refresh()

    oauth.close()
    own.stop()
    assert oauth.refresh_token != refresh


def test_revoke_when_refresh_token_then_api_and_refresh_are_refused(oauth, quickbooks):
    told = connect(oauth, quickbooks)
    client = QuickBooks(
        auth_client=oauth, refresh_token=oauth.refresh_token, company_id=told["realmId"], minorversion=75
    )

    assert oauth.revoke(token=oauth.refresh_token) is True

    with pytest.raises(AuthorizationException):
        Customer.get(1, qb=client)
    with pytest.raises(AuthClientError):
        oauth.refresh()
    client.session.close()


def test_identity_when_openid_is_asked_then_id_token_holds_and_user_is_told(oauth, quickbooks):
    connect(oauth, quickbooks, Scopes.ACCOUNTING, Scopes.OPENID, Scopes.PROFILE, Scopes.EMAIL)

    told = oauth.get_user_info().json()

    assert oauth.id_token is not None  # kept only when issuer, audience, time and signature hold
    assert {"sub", "email", "emailVerified", "givenName", "familyName"} <= set(told)


# Lists.


def test_customer_when_made_then_read_back_changed_and_found_by_name(books):
    made = a_customer(books)
    made.CompanyName = "Changed & Sons"

    changed = made.save(qb=books)

    again = Customer.get(made.Id, qb=books)
    found = Customer.filter(DisplayName=made.DisplayName, qb=books)
    assert again.CompanyName == changed.CompanyName == "Changed & Sons"
    assert (again.BillAddr.Line1, again.PrimaryEmailAddr.Address) == ("1 Main Street", "contract@example.com")
    assert [one.Id for one in found] == [made.Id]


def test_customer_when_name_has_a_quote_then_found_by_it(books):
    made = a_customer(books, DisplayName=a_name("O'Halloran's"))

    assert [one.Id for one in Customer.filter(DisplayName=made.DisplayName, qb=books)] == [made.Id]


def test_customer_when_name_is_taken_then_duplicate_name(books):
    made = a_customer(books)

    with pytest.raises(QuickbooksException) as raised:
        a_customer(books, DisplayName=made.DisplayName)

    assert raised.value.error_code == 6240


def test_customer_when_made_inactive_then_not_listed_unless_asked_for(books):
    made = a_customer(books)
    made.Active = False

    made.save(qb=books)

    assert Customer.where(f"Id = '{made.Id}'", qb=books) == []
    assert len(Customer.where(f"Id = '{made.Id}' AND Active IN (true, false)", qb=books)) == 1


def test_item_when_made_then_read_back_with_its_account(books):
    made = an_item(books)

    again = Item.get(made.Id, qb=books)

    assert (again.Name, again.UnitPrice, again.Type) == (made.Name, 75, "Service")
    assert again.IncomeAccountRef.value == made.IncomeAccountRef.value


@pytest.mark.parametrize(
    "entity",
    [Account, Customer, Item, Term, PaymentMethod, TaxCode, TaxRate, TaxAgency, Class, Department, Supplier, Invoice,
     Payment, CreditMemo, Estimate, SalesReceipt],
    ids=lambda entity: entity.__name__,
)  # fmt: skip
def test_entity_when_listed_and_counted_then_both_agree(books, entity):
    rows = entity.all(max_results=1000, qb=books)

    assert entity.count(qb=books) == len(rows)
    assert all(row.Id for row in rows)


def test_pages_when_walked_then_each_customer_once(books):
    names: list[str] = []
    while page := Customer.all(order_by="DisplayName", start_position=len(names) + 1, max_results=10, qb=books):
        names += [one.DisplayName for one in page]

    assert names == sorted(names, key=str.casefold)
    assert len(names) == len(set(names)) == Customer.count(qb=books)


def test_choose_when_ids_are_given_then_those(books):
    wanted = [one.Id for one in Customer.all(max_results=3, qb=books)]

    assert sorted(one.Id for one in Customer.choose(wanted, qb=books)) == sorted(wanted)


def test_where_when_condition_is_compound_then_holds_for_all(books):
    rows = Invoice.where("TotalAmt > '100' AND Balance = '0'", order_by="TxnDate DESC", max_results=50, qb=books)

    assert rows
    assert all(row.TotalAmt > 100 and row.Balance == 0 for row in rows)
    assert [row.TxnDate for row in rows] == sorted((row.TxnDate for row in rows), reverse=True)


def test_query_when_it_cannot_be_parsed_then_validation_error(books):
    with pytest.raises(ValidationException) as raised:
        Customer.where("DisplayName LIKES 'x'", qb=books)

    assert raised.value.error_code == 4000


def test_company_when_read_then_info_and_preferences(books):
    info = CompanyInfo.get(1 if books.company_id == SEED_REALM else books.company_id, qb=books)

    assert info.CompanyName
    assert Preferences.get(qb=books).CurrencyPrefs.HomeCurrency.value == "USD"


def test_object_when_missing_then_not_found(books):
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(999_999, qb=books)


# Invoices and what follows them.


def test_invoice_when_made_then_has_number_total_and_balance(books):
    made = an_invoice(books, a_customer(books), an_item(books))

    again = Invoice.get(made.Id, qb=books)

    assert (again.TotalAmt, again.Balance, again.SyncToken) == (150, 150, "0")
    assert again.DocNumber
    assert [line.DetailType for line in again.Line] == ["SalesItemLineDetail", "SubTotalLineDetail"]


def test_invoice_when_same_request_id_then_the_same_invoice(books):
    customer, item, request = a_customer(books), an_item(books), uuid.uuid4().hex

    first = an_invoice(books, customer, item, save=False).save(qb=books, request_id=request)
    second = an_invoice(books, customer, item, save=False).save(qb=books, request_id=request)

    assert second.Id == first.Id
    assert Invoice.count(f"CustomerRef = '{customer.Id}'", qb=books) == 1


def test_invoice_when_changed_then_sync_token_rises_and_a_stale_copy_is_refused(books):
    made = an_invoice(books, a_customer(books), an_item(books))
    stale = Invoice.get(made.Id, qb=books)
    made.PrivateNote = "changed"
    made.save(qb=books)

    with pytest.raises(QuickbooksException) as raised:
        stale.save(qb=books)

    assert raised.value.error_code == 5010
    assert Invoice.get(made.Id, qb=books).PrivateNote == "changed"


def test_invoice_when_paid_in_two_parts_then_balance_falls_to_zero(books):
    made = an_invoice(books, a_customer(books), an_item(books))

    pay(books, made, 50)
    partly = Invoice.get(made.Id, qb=books)
    pay(books, made, 100)
    paid = Invoice.get(made.Id, qb=books)

    assert (partly.Balance, paid.Balance) == (100, 0)
    assert [linked.TxnType for linked in paid.LinkedTxn] == ["Payment", "Payment"]


def test_payment_when_voided_then_invoice_is_open_again(books):
    made = an_invoice(books, a_customer(books), an_item(books))
    payment = pay(books, made, 150)

    payment.void(qb=books)

    assert Invoice.get(made.Id, qb=books).Balance == 150
    assert Payment.get(payment.Id, qb=books).TotalAmt == 0


def test_invoice_when_voided_then_amounts_are_zero_and_number_stays(books):
    made = an_invoice(books, a_customer(books), an_item(books))

    made.void(qb=books)

    again = Invoice.get(made.Id, qb=books)
    assert (again.TotalAmt, again.Balance, again.DocNumber) == (0, 0, made.DocNumber)
    assert "Voided" in again.PrivateNote


def test_invoice_when_deleted_then_gone(books):
    made = an_invoice(books, a_customer(books), an_item(books))

    made.delete(qb=books)

    with pytest.raises(ObjectNotFoundException):
        Invoice.get(made.Id, qb=books)


def test_invoice_when_sent_then_status_and_time_are_kept_and_a_mail_is_out(books, quickbooks):
    made = an_invoice(books, a_customer(books), an_item(books))

    made.send(qb=books, send_to="other+one@example.com")

    again = Invoice.get(made.Id, qb=books)
    assert (again.EmailStatus, again.BillEmail.Address) == ("EmailSent", "other+one@example.com")
    assert again.DeliveryInfo.DeliveryTime
    assert len(quickbooks.control("GET", "outbox")) == 1


def test_invoice_when_its_pdf_is_loaded_then_a_reader_finds_number_and_customer(books):
    made = an_invoice(books, customer := a_customer(books), an_item(books))

    pages = PdfReader(io.BytesIO(made.download_pdf(qb=books))).pages

    text = " ".join(page.extract_text() for page in pages)
    assert made.DocNumber in text
    assert customer.DisplayName in " ".join(text.split())


@pytest.mark.parametrize("entity", [CreditMemo, Estimate, SalesReceipt], ids=lambda entity: entity.__name__)
def test_sale_when_of_another_kind_then_made_read_and_deleted(books, entity):
    invoice = an_invoice(books, a_customer(books), an_item(books), save=False)
    sale = entity()
    sale.CustomerRef, sale.Line = invoice.CustomerRef, invoice.Line

    made = sale.save(qb=books)

    assert entity.get(made.Id, qb=books).TotalAmt == 150
    made.delete(qb=books)
    with pytest.raises(ObjectNotFoundException):
        entity.get(made.Id, qb=books)


def test_batch_when_one_of_three_is_wrong_then_two_are_made_and_one_tells_why(books):
    names = [a_name("Batch"), a_name("Batch"), "Amy's Bird Sanctuary"]
    customers = []
    for name in names:
        customer = Customer()
        customer.DisplayName = name
        customers.append(customer)

    told = batch_create(customers, qb=books)

    assert sorted(one.DisplayName for one in told.successes) == sorted(names[:2])
    assert [fault.Error[0].code for fault in told.faults] == ["6240"]


def test_batch_when_invoices_are_deleted_in_it_then_gone(books):
    customer, item = a_customer(books), an_item(books)
    made = [an_invoice(books, customer, item), an_invoice(books, customer, item)]

    told = batch_delete(made, qb=books)

    assert told.faults == []
    assert Invoice.count(f"CustomerRef = '{customer.Id}'", qb=books) == 0


def test_changes_when_captured_then_new_ones_and_deleted_ones_are_told(books):
    since = datetime.now(UTC) - timedelta(minutes=5)
    customer, item = a_customer(books), an_item(books)
    kept, gone = an_invoice(books, customer, item), an_invoice(books, customer, item)
    gone.delete(qb=books)

    told = change_data_capture([Invoice, Customer], since.isoformat(timespec="seconds"), qb=books)

    statuses = {one.Id: getattr(one, "status", None) for one in told.Invoice}
    assert statuses[gone.Id] == "Deleted"
    assert kept.Id in statuses
    assert customer.Id in [one.Id for one in told.Customer]


def test_attachment_when_uploaded_then_hangs_on_the_invoice_and_is_listed(books):
    made = an_invoice(books, a_customer(books), an_item(books))
    paper = Attachable()
    ref = AttachableRef()
    ref.EntityRef, ref.IncludeOnSend = made.to_ref(), False
    ref.EntityRef.type = "Invoice"
    paper.AttachableRef = [ref]
    paper.FileName, paper.ContentType, paper._FileBytes = "order.txt", "text/plain", b"As ordered."

    kept = paper.save(qb=books)

    rows = Attachable.where(f"AttachableRef.EntityRef.Value = '{made.Id}'", qb=books)
    assert [one.FileName for one in rows] == ["order.txt"]
    assert (kept.Size, bool(kept.TempDownloadUri)) == (11, True)


def test_tax_code_when_made_by_the_tax_service_then_found_among_codes(books):
    service, rate = TaxService(), TaxRateDetails()
    service.TaxCode = a_name("Code")
    rate.TaxRateName, rate.RateValue, rate.TaxAgencyId = a_name("Rate"), 7, TaxAgency.all(qb=books)[0].Id
    rate.TaxApplicableOn = "Sales"
    service.TaxRateDetails.append(rate)

    made = service.save(qb=books)

    assert TaxCode.get(made.TaxCodeId, qb=books).Name == service.TaxCode


def test_decimals_when_asked_for_then_exact(books):
    made = an_invoice(books, a_customer(books), an_item(books), quantity=3)

    books.use_decimal = True

    assert str(Invoice.get(made.Id, qb=books).TotalAmt) == "225.00"


# Webhooks.


def test_webhook_when_an_invoice_is_made_then_the_client_takes_its_signature(books, quickbooks, receiver):
    quickbooks.control("PUT", "app", webhook_url=receiver.url, verifier_tokens=["v-token"])
    made = an_invoice(books, Customer.get(1, qb=books), an_item(books))

    told = [
        one
        for one in receiver.wait_for(lambda seen: any(b"invoice" in one["body"] for one in seen))
        if b"invoice" in one["body"]
    ]

    raw = told[0]["body"].decode()
    assert books.validate_webhook_signature(raw, told[0]["headers"]["intuit-signature"], verifier_token="v-token")
    assert not books.validate_webhook_signature(raw, told[0]["headers"]["intuit-signature"], verifier_token="another")
    assert made.Id in [event["intuitentityid"] for event in json.loads(raw)]
