"""
Completes a sales document: what is checked and what the service fills in, the same for all of them.

Order of the checks: what is required, texts, references, business rules (seen on live answers).
Source: Invoice, CreditMemo, Estimate and SalesReceipt pages; answers recorded from the US sample company.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import currency, given, lines, tax, terms
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing
from dealvoice_sandbox.quickbooks.forms import Form, feature_off

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
SYSTEM = frozenset(
    {"TotalAmt", "Balance", "HomeTotalAmt", "HomeBalance", "RemainingCredit", "LinkedTxn", "DeliveryInfo", "MetaData",
     "domain", "sparse", "Id", "SyncToken", "FreeFormAddress", "InvoiceLink", "status", "TaxExemptionRef",
     "AllowIPNPayment", "AllowOnlinePayment"}
)  # fmt: skip
"""What a client may send and the service goes by its own."""
_TAXED = frozenset(
    {"Line", "TxnTaxDetail", "GlobalTaxCalculation", "ApplyTaxAfterDiscount", "CustomerRef", "TxnDate", "BillAddr",
     "ShipAddr"}
)  # fmt: skip
"""A change of one of these has lines and tax computed anew."""
_TEXTS = {"DocNumber": 21, "PrivateNote": 4000, "TrackingNum": 31, "PaymentRefNum": 21}
_MAIL_STATES = ("NotSet", "NeedToSend", "EmailSent")
_PRINT_STATES = ("NotSet", "NeedToPrint", "PrintComplete")
_NOTE, _FIELD = 1000, 31
_ADDRESS = {"City": 255, "Country": 255, "CountrySubDivisionCode": 255, "PostalCode": 30}
_ENDED = frozenset({"EXPIRED", "CANCELED", "CANCELLED", "SUSPENDED", "UNPAID"})


def complete(
    emulator: "QuickBooksEmulator", realm: str, entity: str, values: Row, *, sent: Row, before: Row | None = None
) -> Form:
    """
    Check a document and fill in the rest: references, dates, currency, lines, discount, tax, total, addresses.

    Args:
        emulator: Whose company it is.
        realm: The company.
        entity: What kind of document.
        values: The document as it will be; completed in place.
        sent: What the client sent this time.
        before: The document as it stands; None for a new one.

    Raises:
        Refusal: Whatever QuickBooks refuses.
    """
    _required(values)
    _texts(values)
    customer = emulator.reference(realm, "Customer", values["CustomerRef"], kind="Names")
    form = Form(
        entity=entity, values=values, given=sent, before=before, customer=customer,
        preferences=emulator.rows(realm, "Preferences")["1"], country=emulator.company(realm)["country"],
    )  # fmt: skip
    values["CustomerRef"] = {"value": customer["Id"], "name": customer["DisplayName"]}
    _references(emulator, realm, form)
    values["TxnDate"] = given.day(values.get("TxnDate") or emulator.today(realm), "TxnDate")
    currency.settle(emulator, realm, values, customer)
    for day in {values["TxnDate"], (before or values)["TxnDate"]}:
        check_books(emulator, realm, day)
    if entity == "Invoice":
        _due(emulator, realm, form)
    _addresses(emulator, realm, form)
    if before is None or not sent.get("sparse") or _TAXED & set(sent):
        _amounts(emulator, realm, form)
    return form


def check_books(emulator: "QuickBooksEmulator", realm: str, day: str) -> None:
    """
    Refuse to write into a closed period.

    Raises:
        Refusal: 6200, or what the switch says that it comes as.
    """
    preferences = emulator.rows(realm, "Preferences")["1"]
    closed = str((preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate") or "")
    inside = day <= closed if emulator.switches["closing_day_is_closed"] else day < closed
    if closed and inside:
        sentence = "The account period has closed and the account books cannot be updated through the QBO Services API."
        detail = f"Account Period Closed, Cannot Update Through Services API : {sentence}"
        raise Refusal(emulator.switches["closed_books_code"], detail, "")


def check_subscription(emulator: "QuickBooksEmulator", realm: str) -> None:
    """
    Refuse to write for a company whose subscription has ended; it can still be read.

    Raises:
        Refusal: 6190.
    """
    info = emulator.rows(realm, "CompanyInfo")["1"]
    states = {
        str(one.get("Value", "")).upper()
        for one in info.get("NameValue", [])
        if one.get("Name") == "SubscriptionStatus"
    }
    if emulator.switches["company_lapsed"] or states & _ENDED:
        sentence = "Subscription period has ended or canceled or there was a billing problem"
        raise Refusal("6190", f"{sentence} : the company cannot be changed until it is renewed.", "")


def merged(row: Row, body: Row) -> Row:
    """
    Return what a document becomes by an update; sparse keeps what is not sent, a full one clears it.

    Lines and nested objects are replaced whole either way.
    """
    sent = {name: value for name, value in body.items() if name not in SYSTEM}
    kept = {name: row[name] for name in row if name in SYSTEM or body.get("sparse")}
    values = {**kept, **sent}
    values.setdefault("DocNumber", row.get("DocNumber"))
    values.setdefault("TxnDate", row["TxnDate"])
    if "TxnTaxDetail" not in sent:
        # Amounts computed for other lines say nothing about these; the group of rates stays.
        code = row.get("TxnTaxDetail", {}).get("TxnTaxCodeRef")
        values["TxnTaxDetail"] = (
            row["TxnTaxDetail"] if not _TAXED & set(sent) else {"TxnTaxCodeRef": code} if code else {}
        )
    return values


def _required(values: Row) -> None:
    if not given.rows(values.get("Line"), "Line"):
        raise missing("Line")
    if not given.ref(values.get("CustomerRef"), "CustomerRef"):
        raise missing("CustomerRef")


def _texts(values: Row) -> None:
    for name, most in _TEXTS.items():
        if values.get(name) is not None:
            values[name] = given.text(values[name], name, most)
    memo = given.group(values.get("CustomerMemo"), "CustomerMemo")
    if memo:
        given.text(memo.get("value"), "CustomerMemo", _NOTE)
    mail = given.mails(values.get("BillEmail"), "BillEmail")
    copies = [given.mails(values.get(name), name, most=200) for name in ("BillEmailCc", "BillEmailBcc")]
    if sum(map(len, copies)) > 200:
        raise Refusal("2050", "String length specified does not match the supported length. Min:0 Max:200 supported. "
                      f"Supplied length:{sum(map(len, copies))}", "BillEmailCc")  # fmt: skip
    for name, allowed in (("EmailStatus", _MAIL_STATES), ("PrintStatus", _PRINT_STATES)):
        if values.get(name) is not None and values[name] not in allowed:
            raise Refusal("2170", f"Invalid Enumeration : {values[name]}", name)
    if values.get("EmailStatus") == "NeedToSend" and not mail:
        raise Refusal("6420", "Email Address is required", "BillEmail")
    for name in ("DueDate", "ShipDate", "ExpirationDate", "AcceptedDate"):
        if values.get(name) not in (None, ""):
            values[name] = given.day(values[name], name)


def _references(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    gates = (
        ("ClassRef", "Class", "Klasses", "ClassTrackingPerTxn", "Class tracking"),
        ("DepartmentRef", "Department", "Depts", "TrackDepartments", "Location tracking"),
    )
    for name, entity, kind, preference, feature in gates:
        if not given.ref(form.values.get(name), name):
            form.values.pop(name, None)
            continue
        if not form.setting("AccountingInfoPrefs", preference):
            raise feature_off(emulator, feature, name)
        row = emulator.reference(realm, entity, form.values[name], kind=kind)
        form.values[name] = {"value": row["Id"], "name": row["Name"]}
    for name, entity in (("SalesTermRef", "Term"), ("PaymentMethodRef", "PaymentMethod")):
        if given.ref(form.values.get(name), name):
            row = emulator.reference(realm, entity, form.values[name], kind=f"{entity}s")
            form.values[name] = {"value": row["Id"], "name": row["Name"]}
    _custom_fields(form)


def _custom_fields(form: Form) -> None:
    enabled: dict[str, str] = {}
    for group in form.setting("SalesFormsPrefs", "CustomField") or []:
        for one in group.get("CustomField", []):
            name = str(one.get("Name", ""))
            if name.startswith("SalesFormsPrefs.SalesCustomName"):
                enabled[name[-1]] = str(one.get("StringValue", ""))
    made = []
    for one in given.rows(form.values.get("CustomField"), "CustomField"):
        number = str(one.get("DefinitionId") or "")
        if number not in enabled:
            raise Refusal("3000", f"Invalid Custom Field : {number}", "CustomField")
        text = given.text(one.get("StringValue"), "CustomField", _FIELD)
        field = {"DefinitionId": number, "Name": enabled[number], "Type": "StringType"}
        made.append(field | ({"StringValue": text} if text else {}))
    form.values["CustomField"] = made


def _due(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    sent, values = form.given, form.values
    anew = sent.get("SalesTermRef") is not None and not sent.get("DueDate") and form.before is not None
    if not values.get("DueDate") or anew:
        values["DueDate"] = terms.due_on(emulator, realm, values, form.customer)


def _addresses(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """Keep what was sent under a new id, else take the customer's under the customer's."""
    before = form.before or {}
    moved = bool(before) and before["CustomerRef"]["value"] != form.customer["Id"]
    for name in ("BillAddr", "ShipAddr"):
        sent = given.group(form.given.get(name), name)
        if sent:
            sent = _parts(sent)
            if before and sent == _parts(before.get(name) or {}):
                form.values[name] = before[name]
                continue
            if before and name == "BillAddr" and emulator.switches["address_rebuilt"]:
                sent = _rebuilt(form.customer, sent)
            form.values[name] = {"Id": emulator.next_id(realm, "address"), **sent}
        elif not before or moved:
            theirs = form.customer.get(name) or (form.values.get("BillAddr") if name == "ShipAddr" else None)
            form.values.pop(name, None)
            if theirs:
                form.values[name] = theirs
        elif before.get(name) and not form.given.get("sparse"):
            form.values.setdefault(name, before[name])
    if form.automatic_tax and not form.values.get("ShipFromAddr"):
        form.values["ShipFromAddr"] = _ship_from(emulator, realm)


def _parts(address: Row) -> Row:
    """Return the parts of an address that say something, without id and place on the globe."""
    made: Row = {}
    for name, value in address.items():
        if name in ("Id", "Lat", "Long") or value in (None, "", [], {}):
            continue
        if not isinstance(value, str | int | Decimal):
            raise given.unreadable(name)
        made[name] = given.text(value, name, _ADDRESS.get(name, 500))
    given.text("".join(made.get(f"Line{n}", "") for n in range(1, 6)), "Line1", 2000)
    return made


def _rebuilt(customer: Row, sent: Row) -> Row:
    """Turn an address that an update brings into lines: who, company, street, place (Invoice page, BillAddr)."""
    text = [sent[f"Line{n}"] for n in range(1, 6) if sent.get(f"Line{n}")]
    place = ", ".join(str(sent[name]) for name in ("City", "CountrySubDivisionCode") if sent.get(name))
    place = "  ".join(part for part in (place, str(sent.get("PostalCode") or "")) if part)
    heads = [customer["DisplayName"], customer.get("CompanyName")]
    wanted = list(dict.fromkeys([*heads, *text, place, sent.get("Country")]))
    wanted = [str(line) for line in wanted if line]
    if len(wanted) > 5:
        wanted = [*wanted[:4], ", ".join(wanted[4:])]
    return {f"Line{n}": line for n, line in enumerate(wanted, 1)}


def _ship_from(emulator: "QuickBooksEmulator", realm: str) -> Row:
    address = emulator.rows(realm, "CompanyInfo")["1"].get("CompanyAddr", {})
    place = ", ".join(str(address[name]) for name in ("City", "CountrySubDivisionCode") if address.get(name))
    country = {"USA": "US"}.get(address.get("Country", ""), address.get("Country", ""))
    second = f"{place}  {address.get('PostalCode', '')} {country}".strip()
    return {"Id": emulator.next_id(realm, "address"), "Line1": address.get("Line1", ""), "Line2": second}


def _amounts(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    values = form.values
    lines.complete(emulator, realm, form)
    tax.code_lines(emulator, realm, form)
    tax.price(emulator, realm, form)
    lines.finish(emulator, realm, form)
    subtotal = form.subtotal
    tax.compute(emulator, realm, form)
    values["Line"] = [*values["Line"], *lines.tail(form)]
    shipping = sum((Decimal(line["Amount"]) for line in form.shipping), Decimal(0))
    values["TotalAmt"] = subtotal - form.discount + shipping + values["TxnTaxDetail"]["TotalTax"]
    if form.is_us:
        values["ApplyTaxAfterDiscount"] = bool(values.get("ApplyTaxAfterDiscount"))
    if values["TotalAmt"] < 0:
        raise business("The amount of a transaction must be 0 or greater.")
