"""The books change between the look and the press: the refusal is the same finding, and the form keeps everything."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.review import review
from playground.drafts import linked
from playground.house import AVIARY, House, a_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        opened.fresh = opened.post_books("customer", {"DisplayName": "Owes nothing"})["Customer"]["Id"]
        opened.who = opened.install()
        opened.connect(opened.who)
        yield opened


def _put(house: House, entity: str, entity_id: str, **values: object) -> None:
    """Change a record as the accountant does; no event comes."""
    kept = house.books(f"select * from {entity} where Id = '{entity_id}'")[0]
    house.post_books(entity.lower(), kept | values)


def _preference(house: House, group: str, **values: object) -> None:
    kept = house.books("select * from Preferences")[0]
    kept[group] |= values
    house.post_books("preferences", kept)


CLOSED = (date.today() - timedelta(days=5)).isoformat()

CHANGES: dict[str, Callable[[House], None]] = {
    "item.inactive": lambda house: _put(house, "Item", "5", Active=False),
    "customer.inactive": lambda house: _put(house, "Customer", house.fresh, Active=False),
    "date.books_closed": lambda house: _preference(house, "AccountingInfoPrefs", BookCloseDate=CLOSED),
    "company.feature_off": lambda house: _preference(house, "SalesFormsPrefs", AllowDiscount=False),
}


@pytest.mark.parametrize("code", CHANGES)
def test_refusal_is_the_finding_that_the_form_then_shows(house: House, code: str) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), customer_id=house.fresh, discount_percent=Decimal(10))
    draft = replace(draft, issued_on=date.today() - timedelta(days=8))
    looked = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert [finding.code for finding in looked.findings if finding.severity.value == "blocker"] == []
    CHANGES[code](house)
    house.forget_journals()

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    house.run()

    assert isinstance(answer, Accepted)
    refused = progress(house.app, house.who, answer.operation_id)
    assert (refused.state, refused.fault.code if refused.fault else None) == ("refused", code)
    paths = [row["path"].rpartition("/")[2] for row in house.journal("quickbooks")]
    assert paths == ["invoice", "cdc"]
    again = open_form(house.app, house.who, AVIARY)
    shown = review(house.app, house.who, form_id=again.form_id, deal_id=AVIARY, draft=draft, problems=())
    told = {finding.code: finding for finding in shown.findings}
    assert code in told
    assert told[code].remedy != ""
    assert shown.draft == draft
