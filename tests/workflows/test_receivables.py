"""Receivables of organizations and persons: whose they are, what they cost to show, who may see and mail them."""

import json
from datetime import date
from decimal import Decimal

import pytest

from dealvoice.connections.who import Who
from dealvoice.invoicing.ageing import Age
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.money import Money
from dealvoice.storage.links import CustomerLink
from dealvoice.workflows.errors import NoAccess, NotFound, NotSeen
from dealvoice.workflows.insight.receivables import all_of_contact, receivables, refresh, version
from dealvoice.workflows.insight.views import ContactRef, ReceivablesView
from dealvoice.workflows.invoice import act, progress
from dealvoice.workflows.invoice.listing import Narrowed
from dealvoice.workflows.invoice.views import PanelState
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from playground.house import House

ORGANIZATION, PERSON, STRANGER = ContactRef("organization", 32), ContactRef("person", 22), ContactRef("person", 27)
FREEMAN, TWIN_LANE = "7", "9"
"""A customer of the sample company with two jobs, and one of these."""
OLA, JAN, MAYA = 101, 102, 103


def _link(house: House, contact: ContactRef, customer_id: str, currency: str = "USD") -> None:
    with house.app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        store.links.link_customer(
            CustomerLink(
                tenant=house.who.tenant_id, connection_id=connection.id, contact_kind=contact.kind,
                contact_id=contact.id, currency=currency, customer_id=customer_id, linked_by="Ola",
                linked_at=house.app.now(),
            )
        )  # fmt: skip


def _books_owe(house: House, customers: list[str]) -> list[dict[str, object]]:
    ids = ", ".join(f"'{one}'" for one in customers)
    rows = house.books(f"SELECT * FROM Invoice WHERE CustomerRef IN ({ids}) MAXRESULTS 1000")
    return [row for row in rows if Decimal(str(row["Balance"])) > 0]


def test_panel_adds_up_what_quickbooks_says_of_customer_and_jobs(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)
    family = [FREEMAN, *(str(row["Id"]) for row in house.books("SELECT * FROM Customer") if _is_job_of(row, FREEMAN))]

    view = receivables(house.app, house.who, ORGANIZATION)

    owed = _books_owe(house, family)
    assert (len(family), view.customers, view.jobs) == (3, 3, True)
    assert view.customer_name == "Freeman Sporting Goods"
    assert [row.number for row in view.rows] == [
        str(row["DocNumber"]) for row in sorted(owed, key=lambda row: str(row["DueDate"]))
    ]
    (ages,) = view.ages
    assert ages.owed == Money(sum((Decimal(str(row["Balance"])) for row in owed), Decimal(0)), "USD")
    for age, part in ages.parts.items():
        expected = sum((Decimal(str(row["Balance"])) for row in owed if _age(row, view.today) is age), Decimal(0))
        assert part == Money(expected, "USD"), age
    assert [offer.action.value for offer in view.rows[0].offers] == ["send_email", "download_pdf", "open_quickbooks"]


def _is_job_of(row: dict[str, object], parent: str) -> bool:
    reference = row.get("ParentRef")
    return isinstance(reference, dict) and reference.get("value") == parent


def _age(row: dict[str, object], today: date) -> Age:
    """Reckoned here once more, the plain way."""
    late = (today - date.fromisoformat(str(row["DueDate"]))).days
    if late < 1:
        return Age.NOT_DUE
    return Age.DAYS_30 if late < 31 else Age.DAYS_60 if late < 61 else Age.DAYS_90 if late < 91 else Age.OLDER


def test_opening_costs_one_question_of_rights_and_nothing_after_that(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)
    house.forget_journals()

    first = receivables(house.app, house.who, ORGANIZATION)
    for _ in range(3):
        receivables(house.app, house.who, ORGANIZATION)
        version(house.app, house.who, ORGANIZATION)
        all_of_contact(house.app, house.who, ORGANIZATION, Narrowed(period="all"))

    assert version(house.app, house.who, ORGANIZATION) == first.version
    assert house.journal("quickbooks") == []
    assert [row["path"].split("?")[0] for row in house.journal("pipedrive")] == ["/api/v2/organizations/32"]


def test_payment_is_seen_after_one_call_and_moves_the_sums(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)
    before = receivables(house.app, house.who, ORGANIZATION)
    late = before.rows[0]
    paid = {
        "CustomerRef": {"value": TWIN_LANE}, "TotalAmt": float(late.status.left.amount),
        "Line": [{
            "Amount": float(late.status.left.amount),
            "LinkedTxn": [{"TxnId": _quickbooks_id(house, late.id), "TxnType": "Invoice"}],
        }],
    }  # fmt: skip
    house.post_books("payment", json.loads(json.dumps(paid)))
    house.forget_journals()

    refresh(house.app, house.who, ORGANIZATION)
    after = receivables(house.app, house.who, ORGANIZATION)

    assert len(house.journal("quickbooks")) == 1
    assert after.version != before.version
    assert late.id not in {row.id for row in after.rows}
    assert after.ages[0].owed == before.ages[0].owed - late.status.left


def _quickbooks_id(house: House, invoice_id: str) -> str:
    with house.app.database.read(house.who.tenant_id) as store:
        row = store.invoices.get(invoice_id)
        assert row is not None
        return row.quickbooks_id


def test_person_without_a_customer_is_shown_the_organizations(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)

    view = receivables(house.app, house.who, PERSON)
    _link(house, PERSON, "1")
    own = receivables(house.app, house.who, PERSON)

    assert (view.through, view.customer_name) == ("Cool Cars Inc.", "Freeman Sporting Goods")
    assert (own.through, own.customer_name) == ("", "Amy's Bird Sanctuary")
    assert own.version == version(house.app, house.who, PERSON)


def test_contact_with_nothing_linked_says_so(house: House) -> None:
    view = receivables(house.app, house.who, STRANGER)

    assert _plain(view) == (PanelState.READY, "", (), 0)
    assert all_of_contact(house.app, house.who, STRANGER, Narrowed(period="all")).rows == ()


def _plain(view: ReceivablesView) -> tuple[object, ...]:
    return view.state, view.customer_name, view.rows, view.invoices


def test_two_currencies_of_a_contact_stand_beside_each_other(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)
    _link(house, ORGANIZATION, "1", "EUR")
    with house.app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        row = store.receivables.owing(connection.id, ["1"], limit=1)[0]
        row.currency = "EUR"

    view = receivables(house.app, house.who, ORGANIZATION)

    assert [ages.currency for ages in view.ages] == ["EUR", "USD"]


def test_only_who_may_see_the_contact_sees_and_mails_its_invoices(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)
    _everyone(house)
    jan, maya = house.install(JAN), house.install(MAYA)
    organization = house.sandbox.pipedrive.table("organizations")["32"]
    organization["visible_to"], organization["owner_id"] = 1, JAN
    seen = receivables(house.app, jan, ORGANIZATION)
    invoice = seen.rows[0].id

    for forbidden in (receivables, version, refresh):
        with pytest.raises(NotSeen, match=r"contact\.no_access"):
            forbidden(house.app, maya, ORGANIZATION)
    with pytest.raises(NotFound):
        act.send(house.app, maya, invoice)
    with pytest.raises(NotFound):
        act.pdf(house.app, maya, invoice)
    with pytest.raises(NotFound):
        act.void(house.app, jan, invoice)
    assert act.pdf(house.app, jan, invoice).content.startswith(b"%PDF")
    operation = act.send(house.app, jan, invoice)
    house.run()
    assert progress.progress(house.app, jan, operation).state == "done"
    with pytest.raises(NotFound):
        progress.progress(house.app, maya, operation)


def test_installer_only_holds_for_contacts_too(house: House) -> None:
    _link(house, ORGANIZATION, FREEMAN)
    jan: Who = house.install(JAN)

    with pytest.raises(NoAccess, match=r"deal\.only_installer"):
        receivables(house.app, jan, ORGANIZATION)


def _everyone(house: House) -> None:
    configure.save(house.app, house.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True)
