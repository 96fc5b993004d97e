"""What a press does to the rows of the form: they move, go and come, and keep what was typed in them."""

import pytest

from dealvoice.web import forms
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import Unreadable
from dealvoice.web.modal.rows import arrange, from_deal
from web import shown


def fields(draft=None, **typed) -> Fields:
    """Return the form of a draft as a browser sends it."""
    draft = draft or shown.a_draft()
    values = forms.write(draft, shown.ENGLISH) | typed
    return Fields((("deal", "117"), *values.items(), *(("row", line.key) for line in draft.lines)))


@pytest.mark.parametrize(
    ("act", "at", "keys"),
    [
        ("up", "k3", ["k1", "k3", "k2", "k4"]),
        ("down", "k1", ["k2", "k1", "k3", "k4"]),
        ("up", "k1", ["k1", "k2", "k3", "k4"]),
        ("down", "k4", ["k1", "k2", "k3", "k4"]),
        ("remove", "k2", ["k1", "k3", "k4"]),
    ],
)
def test_rows_move_and_go(act, at, keys):
    assert arrange(fields(), act, at).form.all("row") == keys


def test_row_that_moves_keeps_what_could_not_be_read():
    moved = arrange(fields(**{"line.k3.quantity": "abc"}), "up", "k3").form

    assert moved.get("line.k3.quantity") == "abc"


@pytest.mark.parametrize(("gone", "focus"), [("k2", "line-k3-text"), ("k4", "line-k3-text")])
def test_focus_goes_beside_a_row_that_is_gone(gone, focus):
    assert arrange(fields(), "remove", gone).focus == focus


@pytest.mark.parametrize(("act", "at"), [("up", "nope"), ("sideways", "k1")])
def test_move_that_no_button_says_is_refused(act, at):
    with pytest.raises(Unreadable):
        arrange(fields(), act, at)


def pressed(draft, act, key="", **typed):
    """Return the form's draft after a press on the deal's rows, and the form."""
    arranged = from_deal(fields(draft, **typed), act, key, draft, shown.an_offer(), shown.ENGLISH)
    return forms.read(arranged.form, shown.ENGLISH).draft, arranged


def test_switched_off_row_is_put_back_and_has_the_focus():
    draft = shown.a_draft(lines=shown.a_draft().lines[:2])

    after, arranged = pressed(draft, "put_back", "k4", **{"line.k1.quantity": "1.0"})

    assert [line.key for line in after.lines] == ["k1", "k2", "k4"]
    assert (arranged.focus, arranged.form.get("line.k1.quantity")) == ("line-k4-text", "1.0")


def test_what_other_invoices_have_is_added_whole():
    draft = shown.a_draft(lines=shown.a_draft().lines[:2])

    after, _ = pressed(draft, "add_sold")

    assert [(line.key, line.quantity) for line in after.lines] == [("k1", 1), ("k2", 2), ("k3", 8)]


def test_installments_are_put_on_one_by_one_and_the_products_come_back_with_the_last():
    draft = shown.a_draft(lines=shown.a_draft().lines[:2], discount_percent=shown.usd("5").amount)

    one, _ = pressed(draft, "installment", "i2")
    two, _ = pressed(one, "installment", "i3")
    none, _ = pressed(pressed(two, "installment", "i2")[0], "installment", "i3")

    assert [line.key for line in one.lines] == ["i2"]
    assert one.discount_percent == 0
    assert [line.key for line in two.lines] == ["i2", "i3"]
    assert [line.key for line in none.lines] == ["k1", "k2"]
    assert none.discount_percent == 5
