"""The invoice form's fields: what is read, what is told when it cannot be read, and that nothing typed is lost."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice.i18n import Speech
from dealvoice.invoicing.draft import TaxMode
from dealvoice.web import forms
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import TooLarge, Unreadable
from web import shown

SPEECHES = (shown.ENGLISH, shown.POLISH, Speech("en", "de_DE", "UTC"), Speech("en", "fr_FR", "UTC"))


def sent(draft=None, speech=shown.ENGLISH, **changes):
    """Return the fields as a browser sends them."""
    draft = draft or shown.a_draft()
    values = {"deal": str(draft.deal_id), "form_id": "f1"} | forms.write(draft, speech) | changes
    rows = [("row", line.key) for line in draft.lines]
    return Fields((*values.items(), *rows))


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.locale)
def test_a_draft_survives_being_shown_and_sent(speech):
    draft = shown.a_draft()

    assert draft == forms.read(sent(draft, speech), speech).draft


@settings(deadline=None)  # the first reading of a locale takes longer
@given(
    quantity=st.decimals(min_value=0, max_value=10**6, places=5),
    price=st.decimals(min_value=-(10**6), max_value=10**6, places=7),
    speech=st.sampled_from(SPEECHES),
)
def test_numbers_survive_in_every_locale(quantity, price, speech):
    line = replace(shown.a_draft().lines[0], quantity=quantity, unit_price=price)
    draft = shown.a_draft(lines=(line,))

    read = forms.read(sent(draft, speech), speech)

    assert read.problems == ()
    assert (quantity, price) == (read.draft.lines[0].quantity, read.draft.lines[0].unit_price)


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("line.k1.quantity", "abc", "number.format"),
        ("line.k1.unit_price", "12,34", "number.format"),
        ("line.k1.discount_percent", "10 %", "number.format"),
        ("discount", "--1", "number.format"),
        ("issued_on", "31 Foo", "date.invalid"),
        ("due_on", "2026-02-29", "date.invalid"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field_and_kept(name, typed, code):
    read = forms.read(sent(**{name: typed}), shown.ENGLISH)

    assert [(code, name, typed)] == [(found.code, found.field, found.params["value"]) for found in read.problems]
    assert typed == read.fields[name]


def test_empty_numbers_are_missing_not_zero():
    line = forms.read(sent(**{"line.k1.quantity": " ", "line.k1.unit_price": ""}), shown.ENGLISH).draft.lines[0]

    assert (line.quantity, line.unit_price) == (None, None)


def test_polish_takes_both_decimal_marks():
    for typed in ("1404,5", "1404.5", "1 404,50"):
        read = forms.read(sent(speech=shown.POLISH, **{"line.k1.unit_price": typed}), shown.POLISH)

        assert Decimal("1404.5") == read.draft.lines[0].unit_price


def test_a_discount_is_a_percent_or_an_amount_never_both():
    percent = forms.read(sent(discount="10", discount_kind="percent"), shown.ENGLISH).draft
    amount = forms.read(sent(discount="10", discount_kind="amount"), shown.ENGLISH).draft

    assert (Decimal(10), Decimal(0)) == (percent.discount_percent, percent.discount_amount)
    assert (Decimal(0), Decimal(10)) == (amount.discount_percent, amount.discount_amount)


def test_unknown_choices_fall_back_to_what_cannot_harm():
    draft = forms.read(sent(tax_mode="free", currency="dollars"), shown.ENGLISH).draft

    assert (draft.tax_mode, draft.currency) == (TaxMode.EXCLUSIVE, "")


def test_rows_keep_their_order_and_come_once():
    fields = sent()
    twice = Fields((*fields.pairs, ("row", "k1"), ("row", "../x")))

    assert [line.key for line in forms.read(twice, shown.ENGLISH).draft.lines] == ["k1", "k2", "k3", "k4"]


def test_more_rows_than_quickbooks_ever_takes_are_refused_whole():
    many = Fields((("deal", "1"), *(("row", f"r{n}") for n in range(forms.MOST_ROWS + 1))))

    with pytest.raises(TooLarge):
        forms.read(many, shown.ENGLISH)


def test_a_form_without_a_deal_is_none_of_ours():
    with pytest.raises(Unreadable):
        forms.read(Fields((("deal", "12; drop"),)), shown.ENGLISH)


def test_adding_and_removing_a_row_leaves_the_others_alone():
    fields = sent()

    added = forms.new_row(fields)
    removed = forms.without_row(added, "k2")

    key = added.all("row")[-1]
    assert ["k1", "k2", "k3", "k4", key] == added.all("row")
    assert ["k1", "k3", "k4", key] == removed.all("row")
    assert not [name for name, _ in removed if name.startswith("line.k2.")]
    assert Decimal(1) == forms.read(added, shown.ENGLISH).draft.lines[-1].quantity
