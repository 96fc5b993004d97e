"""QuickBooks may arrive at another amount than the form: the end says so, and beyond rounding a person looks."""

from dataclasses import replace
from decimal import Decimal

from dealvoice.invoicing.money import Money
from dealvoice.invoicing.variance import Reason
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import accept_amount, progress
from dealvoice.workflows.invoice.views import OperationView
from playground.drafts import AMY, linked
from playground.house import AVIARY, House


def _create(house: House) -> OperationView:
    """Create the sample company's invoice 1029 anew: 7.1 % and 2 % of 422.00 are 38.40, reckoned line by line 38.41."""
    view = open_form(house.app, house.who, AVIARY)
    lines = tuple(
        replace(line, quantity=Decimal(1), unit_price=Decimal(price), discount_percent=Decimal(0), taxed=True)
        for line, price in zip(linked(view).lines[:3], ("75", "72", "275"), strict=True)
    )
    two_rates = next(code.id for code in view.tax_codes if len(code.rates) == 2)
    draft = replace(linked(view), lines=lines, tax_code=two_rates, discount_percent=Decimal(0))
    draft = replace(draft, discount_amount=Decimal(0))
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted)
    house.run()
    return progress(house.app, house.who, answer.operation_id)


def test_rounding_ends_done_with_its_amount(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/switches", json={"tax_rounding": "line"})

    done = _create(house)

    assert done.state == "differs"
    assert done.theirs != done.total
    assert done.variance is not None
    assert (done.variance.reason, done.variance.net.is_zero) == (Reason.ROUNDING, True)
    assert done.variance.tax == Money(Decimal("0.01"), "USD")
    assert done.theirs == done.total + done.variance.tax
    assert panel(house.app, house.who, AVIARY).pending == ()


def test_missing_tax_needs_a_look_until_somebody_accepts_it(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/switches", json={"untaxed_customer": "flag"})
    customer = house.books(f"select * from Customer where Id = '{AMY}'")[0]
    house.post_books("customer", customer | {"Taxable": False})

    done = _create(house)
    alarm = panel(house.app, house.who, AVIARY)
    accepted = accept_amount(house.app, house.who, done.id)

    assert (done.state, done.variance.reason, done.fault.code) == (
        "needs_attention", Reason.NOT_TAXED, "tax.variance",
    )  # fmt: skip
    assert done.invoice is not None
    assert done.invoice.total == done.theirs == done.net
    assert [(row.created, row.fault.code) for row in alarm.pending] == [(True, "tax.variance")]
    assert (accepted.state, accepted.fault) == ("differs", None)
    assert panel(house.app, house.who, AVIARY).pending == ()


def test_equal_amounts_end_done(house: House) -> None:
    done = _create(house)

    assert (done.state, done.variance, done.theirs) == ("done", None, done.total)
