"""What a press on the form sets: every remedy of the core's findings is applied, leads somewhere, or is refused."""

import re

import pytest

from dealvoice.invoicing.books import TaxRegime
from dealvoice.invoicing.draft import TaxMode
from dealvoice.web import forms
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import Unreadable
from dealvoice.web.modal.changes import Change, changed_fields
from web import rooms, shown


def pressed(draft, act, at="", value="", speech=shown.ENGLISH, **view):
    """Return the draft after a press."""
    fields = Fields(
        (("deal", "117"), *forms.write(draft, speech).items(), *(("row", line.key) for line in draft.lines))
    )
    after = changed_fields(fields, Change(act, at, value), shown.a_form(draft, **view), speech)
    return forms.read(after, speech).draft


def test_a_customer_is_linked_made_anew_or_taken_off():
    draft = shown.a_draft(customer_id=None)

    assert pressed(draft, "customer", value="1").customer_id == "1"
    assert pressed(draft, "new_customer").create_customer
    assert pressed(shown.a_draft(), "no_customer").customer_id is None


def test_a_product_is_linked_to_its_row_only():
    after = pressed(shown.a_draft(), "item", "k4", "8")

    assert [line.item_id for line in after.lines] == ["5", "11", "7", "8"]


def test_product_is_made_woken_or_linked_by_a_press_on_its_row():
    draft = shown.a_draft()

    made = pressed(draft, "new_item", "k4", "Garden lights")
    earning = pressed(made, "use_account", "line.k4.account_id", "79")
    linked = pressed(earning, "link_named", "line.k4", "8")

    assert (made.lines[3].item_id, made.lines[3].new_item) == (None, "Garden lights")
    assert earning.lines[3].account_id == "79"
    assert (linked.lines[3].item_id, linked.lines[3].new_item) == ("8", "")
    assert pressed(draft, "activate_item", "line.k1", "5").lines[0].activate
    assert str(pressed(draft, "use_item_price", "line.k1", "280.5").lines[0].unit_price) == "280.5"


@pytest.mark.parametrize("speech", [shown.ENGLISH, shown.POLISH], ids=lambda speech: speech.language)
def test_dates_and_numbers_are_written_in_the_users_locale(speech):
    draft = shown.linked_draft()

    assert str(pressed(draft, "use_issue_date", value="2026-04-01", speech=speech).issued_on) == "2026-04-01"
    assert str(pressed(draft, "round", "line.k1.quantity", "1.33333", speech=speech).lines[0].quantity) == "1.33333"


def test_a_remedy_on_a_text_sets_that_field():
    after = pressed(shown.a_draft(), "shorten", "line.k1.text", "Short")

    assert after.lines[0].text == "Short"


def test_prices_with_tax_become_prices_before_tax():
    after = pressed(shown.a_draft(tax_mode=TaxMode.INCLUSIVE), "convert_to_net")

    assert TaxMode.EXCLUSIVE is after.tax_mode
    assert str(after.lines[0].unit_price) == "254.63"


@pytest.mark.parametrize(
    ("act", "at", "value"),
    [
        ("drop_table", "", ""),
        ("clean", "form_id", "x"),
        ("clean", "line.nope.text", "x"),
        ("day", "number", "2026-01-01"),
        ("use_issue_date", "", "yesterday"),
        ("round", "line.k1.quantity", "NaN"),
        ("use_account", "form_id", "79"),
        ("activate_item", "line.nope", "11"),
    ],
)
def test_what_no_button_says_is_refused(act, at, value):
    with pytest.raises(Unreadable):
        pressed(shown.a_draft(), act, at, value)


def test_every_finding_with_a_remedy_has_a_button_or_a_way():
    """Forms with all kinds of trouble: each remedy named by the core is on the screen as something to press."""
    ways = {
        "link_item",
        "choose_customer",
        "confirm_second",
        "add_item",
        "open_settings",
        "activate_item",
        "open_billing",
        "fetch_rate",
        "activate_customer",
        "show_difference",
    }
    troubled = {
        **shown.forms(),
        "inclusive": shown.a_form(shown.a_draft(tax_mode=TaxMode.INCLUSIVE)),
        "no_group": shown.a_form(shown.a_draft(tax_code=None)),
        "number": shown.a_form(shown.a_draft(number=""), company=shown.a_company(custom_numbers=True)),
        "letters": shown.a_form(shown.a_draft(to="Żółw\x07")),
        "discount": shown.a_form(shown.a_draft(discount_percent=shown.usd("120").amount)),
        "vat": shown.a_form(shown.a_draft(), company=shown.a_company(tax_regime=TaxRegime.NON_US)),
    }
    for name, view in troubled.items():
        html = rooms.form_part(view, shown.ENGLISH)
        acts = set(re.findall(r'"act": "(\w+)"', html))
        for finding in view.findings:
            if finding.remedy and finding.remedy not in ways:
                assert finding.remedy in acts, (name, finding)
