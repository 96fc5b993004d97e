"""Which fields fill the customer's details, and how their values become text."""

from datetime import date
from decimal import Decimal

import pytest

from dealvoice.invoicing.address import Address
from dealvoice.invoicing.deal import Contact, Deal, FieldKind, FieldRef, FieldValue, Owner
from dealvoice.invoicing.mapping import Mapping, Target, due_date, fill

FIELD = FieldRef(Owner.DEAL, "a" * 40)
ORGANIZATION = FieldRef(Owner.ORGANIZATION, "name")


def a_deal(values=None, *, organization="Acme", person="Ann Smith") -> Deal:
    return Deal(
        id=1,
        title="Deal",
        value=Decimal(1),
        currency="USD",
        organization=Contact(Owner.ORGANIZATION, 5, organization) if organization else None,
        person=Contact(Owner.PERSON, 6, person) if person else None,
        products=(),
        discounts=(),
        values=values or {},
    )


def filled(value, target):
    mapping = Mapping(**{**dict.fromkeys(("to", "address", "email", "tax_id")), target: FIELD}, due_days=0)
    return getattr(fill(mapping, a_deal({FIELD: value}, organization="")), target)


POSTAL = FieldValue(
    FieldKind.ADDRESS,
    "Prosta 51, 00-838 Warszawa, Poland",
    Address("x", street="Prosta", house="51", flat="14", city="Warszawa", postal_code="00-838", country="Poland"),
)


@pytest.mark.parametrize(
    ("value", "to", "address", "email", "tax_id"),
    [
        pytest.param(
            FieldValue(FieldKind.TEXT, " Acme\u00a0  Ltd "), "Acme Ltd", "Acme Ltd", "", "Acme Ltd", id="varchar"
        ),
        pytest.param(FieldValue(FieldKind.TEXT), "", "", "", "", id="blank"),
        pytest.param(
            FieldValue(FieldKind.TEXT, "ann@a.pl; bob@b.pl x"),
            "ann@a.pl; bob@b.pl x",
            "ann@a.pl; bob@b.pl x",
            "ann@a.pl, bob@b.pl",
            "ann@a.pl; bob@b.pl x",
            id="text with addresses",
        ),
        pytest.param(
            POSTAL,
            "Prosta 51, 00-838 Warszawa, Poland",
            "Prosta 51/14\n00-838 Warszawa\nPoland",
            "",
            "Prosta 51, 00-838 Warszawa, Poland",
            id="address",
        ),
        pytest.param(
            FieldValue(FieldKind.ADDRESS, "4581 Finch St., Bayshore, CA 94326"),
            "4581 Finch St., Bayshore, CA 94326",
            "4581 Finch St.\nBayshore, CA 94326",
            "",
            "4581 Finch St., Bayshore, CA 94326",
            id="address as text",
        ),
        pytest.param(
            FieldValue(FieldKind.TEXT, "Gold, Silver"), "Gold, Silver", "Gold, Silver", "", "Gold, Silver", id="set"
        ),
        pytest.param(FieldValue(FieldKind.DATE, "2026-01-01"), "2026-01-01", "2026-01-01", "", "2026-01-01", id="date"),
        pytest.param(FieldValue(FieldKind.MONEY, "2300 EUR"), "2300 EUR", "2300 EUR", "", "2300 EUR", id="money"),
        pytest.param(FieldValue(FieldKind.NUMBER, "12345.5"), "12345.5", "12345.5", "", "12345.5", id="number"),
        pytest.param(
            FieldValue(FieldKind.EMAIL, "x", emails=("p@a.pl", "q@a.pl")),
            "p@a.pl",
            "p@a.pl",
            "p@a.pl",
            "p@a.pl",
            id="emails",
        ),
        pytest.param(FieldValue(FieldKind.EMAIL), "", "", "", "", id="no emails"),
        pytest.param(FieldValue(FieldKind.REFERENCE, "Bob"), "Bob", "Bob", "", "Bob", id="reference"),
    ],
)
def test_value_becomes_text_by_its_kind(value, to, address, email, tax_id):
    assert (filled(value, "to"), filled(value, "address"), filled(value, "email"), filled(value, "tax_id")) == (
        to,
        address,
        email,
        tax_id,
    )


def test_tax_id_of_several_lines_is_the_first():
    assert filled(FieldValue(FieldKind.TEXT, "\n PL1 \nPL2"), "tax_id") == "PL1"


def test_to_of_several_lines_puts_the_rest_on_top_of_the_address():
    street = FieldRef(Owner.DEAL, "street")
    mapping = Mapping(FIELD, street, None, None, due_days=0)
    values = {FIELD: FieldValue(FieldKind.TEXT, "Acme\nc/o Ann"), street: FieldValue(FieldKind.TEXT, "Main St 5")}

    seen = fill(mapping, a_deal(values))

    assert (seen.to, seen.address) == ("Acme", "c/o Ann\nMain St 5")


def test_default_takes_organization_name_and_address_and_the_persons_email():
    mapping = Mapping.default()

    assert mapping.of(Target.TO) == ORGANIZATION
    assert mapping.of(Target.ADDRESS) == FieldRef(Owner.ORGANIZATION, "address")
    assert mapping.of(Target.EMAIL) == FieldRef(Owner.PERSON, "emails")
    assert mapping.of(Target.TAX_ID) is None
    assert mapping.due_days == 7


def test_without_organization_to_is_the_person_and_nothing_else_is_guessed():
    values = {FieldRef(Owner.PERSON, "postal_address"): POSTAL}

    seen = fill(Mapping.default(), a_deal(values, organization=""))

    assert (seen.to, seen.address, seen.email, seen.tax_id) == ("Ann Smith", "", "", "")


def test_empty_field_of_an_organization_is_not_replaced_by_the_person():
    values = {ORGANIZATION: FieldValue(FieldKind.TEXT, " ")}

    assert fill(Mapping.default(), a_deal(values)).to == ""


def test_deal_with_nobody_fills_nothing():
    assert fill(Mapping.default(), a_deal(organization="", person="")).to == ""


def test_removed_field_is_told_only_when_the_fields_are_known():
    mapping = Mapping(ORGANIZATION, FIELD, None, None, due_days=7)

    assert fill(mapping, a_deal()).findings == ()
    (finding,) = fill(mapping, a_deal(), known={ORGANIZATION}).findings
    assert (finding.code, finding.field, finding.params) == ("mapping.field_gone", "address", {"field": FIELD.key})


def test_number_as_tax_id_warns_of_lost_zeros():
    mapping = Mapping(None, None, None, FIELD, due_days=7)

    (finding,) = fill(mapping, a_deal({FIELD: FieldValue(FieldKind.NUMBER, "123")})).findings

    assert (finding.code, finding.field) == ("mapping.number_as_tax_id", "tax_id")


@pytest.mark.parametrize(
    ("issued_on", "days", "due_on"),
    [
        (date(2026, 3, 13), 7, date(2026, 3, 20)),
        (date(2026, 1, 31), 30, date(2026, 3, 2)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 14, date(2027, 1, 14)),
        (date(2026, 3, 13), 0, date(2026, 3, 13)),
    ],
)
def test_due_date_counts_days_from_the_issue_date(issued_on, days, due_on):
    assert due_date(issued_on, days) == due_on


def test_negative_days_are_refused():
    with pytest.raises(ValueError, match="before it is issued"):
        Mapping(None, None, None, None, due_days=-1)
