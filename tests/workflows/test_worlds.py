"""
The main job in every world: automated and manual sales tax, VAT, two rates, foreign currencies.

What the form promised is what QuickBooks arrived at, to the cent; what QuickBooks adds is said to be so.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dealvoice.invoicing.draft import Draft, DraftLine
from dealvoice.invoicing.finding import Severity
from dealvoice.workflows.invoice import rates
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.review import review
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.sync.sweep import start_unfinished
from playground.drafts import ITEMS
from playground.house import House, a_house

SEEDS = ("us", "us-ast", "us-multi", "uk", "ca")


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("world"), seed=request.param) as house:
        house.who = house.install()
        house.connect(house.who)
        house.seed = request.param
        yield house


def _reviewed(house: House, view: FormView, draft: Draft) -> FormView:
    return review(house.app, house.who, form_id=view.form_id, deal_id=view.deal_id, draft=draft, problems=())


def _prepared(house: House, deal_id: int) -> FormView:
    """Open the form and do what a person does: link what is proposed, fetch the rate."""
    view = open_form(house.app, house.who, deal_id)
    draft = view.draft
    if draft.customer_id is None:
        draft = replace(draft, customer_id=view.customer_options[0].id)
    lines = tuple(line if line.item_id else replace(line, item_id=_item(view, line)) for line in draft.lines)
    view = _reviewed(house, view, replace(draft, lines=lines, second_confirmed=True))
    if "currency.rate_missing" in {finding.code for finding in view.findings}:
        assert view.draft.issued_on is not None
        rates.fetch_rate(house.app, house.who, deal_id=deal_id, currency=view.draft.currency, on=view.draft.issued_on)
        view = _reviewed(house, view, replace(view.draft, rate=None))
    return view


def _item(view: FormView, line: DraftLine) -> str:
    option = view.item_options.get(line.key)
    return option.id if option else ITEMS[line.product_name]


def _created(house: House, view: FormView) -> tuple[dict[str, Any], Any]:
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=view.deal_id, draft=view.draft, problems=())
    assert isinstance(answer, Accepted), list(answer.view.findings)
    for _ in range(3):
        house.run()
        house.engine.advance(timedelta(seconds=70))
        start_unfinished(house.app)
    shown = progress(house.app, house.who, answer.operation_id)
    assert shown.state == "done", (shown.fault, shown.sentence)
    return house.books(f"select * from Invoice where DocNumber = '{shown.number}'")[0], shown


def _deals(house: House) -> list[int]:
    """Return the deals with customers of the world."""
    if house.seed == "us":
        return [12]
    token = house.pipedrive("POST", "/_sandbox/tokens", json={})["access_token"]
    answer = house.vendor.get(
        f"{house.sandbox.pipedrive_url}/api/v2/deals",
        params={"limit": 100},
        headers={"Authorization": f"Bearer {token}"},
    )
    return [row["id"] for row in answer.json()["data"] if row["id"] < 20]


def test_every_deal_becomes_the_invoice_that_its_form_promised(world: House) -> None:
    for deal_id in _deals(world):
        view = _prepared(world, deal_id)
        assert [finding for finding in view.findings if finding.severity is Severity.BLOCKER] == [], deal_id

        made, shown = _created(world, view)

        net = Decimal(str(made["TotalAmt"])) - Decimal(str(made["TxnTaxDetail"]["TotalTax"]))
        assert net == (view.totals.total - view.totals.tax).amount, deal_id
        assert made["CurrencyRef"]["value"] == view.draft.currency
        if not view.totals.tax_by_quickbooks:
            assert Decimal(str(made["TotalAmt"])) == view.totals.total.amount, deal_id
            assert shown.theirs == shown.total
        if view.draft.rate is not None:
            assert Decimal(str(made["ExchangeRate"])) == view.draft.rate.value != 1
            assert view.in_home is not None
            assert abs(Decimal(str(made["HomeTotalAmt"])) - view.in_home.total.amount) <= Decimal("0.01")


def test_foreign_invoice_without_a_rate_is_not_sent(tmp_path: Path) -> None:
    with a_house(tmp_path, seed="us-multi") as house:
        house.who = house.install()
        house.connect(house.who)
        view = open_form(house.app, house.who, 18)
        draft = replace(
            view.draft,
            customer_id=view.customer_options[0].id,
            lines=tuple(replace(line, item_id=view.item_options[line.key].id) for line in view.draft.lines),
        )
        house.forget_journals()

        answer = issue(house.app, house.who, form_id=view.form_id, deal_id=18, draft=draft, problems=())

        assert isinstance(answer, Returned)
        assert "currency.rate_missing" in {finding.code for finding in answer.view.findings}
        assert house.journal("quickbooks") == []


def test_rate_is_read_once_a_day_and_currency(tmp_path: Path) -> None:
    with a_house(tmp_path, seed="us-multi") as house:
        house.who = house.install()
        house.connect(house.who)
        house.forget_journals()

        for deal_id in (17, 18):
            _prepared(house, deal_id)

        paths = [row["path"].rpartition("/")[2] for row in house.journal("quickbooks")]
        assert paths == ["exchangerate"]
