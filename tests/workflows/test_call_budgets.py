"""What each action costs the vendors, counted over whole sessions by the emulators' journals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealvoice.workflows.invoice import act, find, listing, progress
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel, version
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.review import review
from dealvoice.workflows.sync.refresh import refresh
from playground.drafts import linked
from playground.house import AVIARY, House, a_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        opened.who = opened.install()
        opened.connect(opened.who)
        opened.forget_journals()
        yield opened


def _counts(house: House) -> tuple[int, int]:
    return len(house.journal("quickbooks")), len(house.journal("pipedrive"))


def test_panel_opened_often_costs_one_pipedrive_call(house: House) -> None:
    for _ in range(5):
        panel(house.app, house.who, AVIARY)
        version(house.app, house.who, AVIARY)

    assert _counts(house) == (0, 1)


def test_form_opened_costs_no_quickbooks_call_and_two_rounds(house: House) -> None:
    panel(house.app, house.who, AVIARY)
    house.forget_journals()

    open_form(house.app, house.who, AVIARY)

    quickbooks, _ = _counts(house)
    paths = [row["path"].split("?")[0] for row in house.journal("pipedrive")]
    assert quickbooks == 0
    # First round: deal, products, discounts (and field definitions once a day); second: person, organization, products.
    assert len([path for path in paths if path.endswith(("/12", "/12/products", "/12/discounts"))]) == 3
    assert (
        len(
            [
                path
                for path in paths
                if "/persons/" in path or "/organizations/" in path or path.endswith("/v2/products")
            ]
        )
        == 3
    )
    assert len(paths) <= 3 + 3 + 3


def test_review_search_and_lists_cost_nothing(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    house.forget_journals()

    review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    find.customers(house.app, house.who, "amy", currency="USD")
    find.items(house.app, house.who, "pump")
    listing.all_invoices(house.app, house.who, AVIARY, listing.Narrowed(period="all"))

    assert _counts(house) == (0, 0)


def test_whole_session_costs_what_is_promised(house: House) -> None:
    panel(house.app, house.who, AVIARY)
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.run()
    done = progress.progress(house.app, house.who, answer.operation_id)
    assert done.invoice is not None
    created, _ = _counts(house)

    refresh(house.app, house.who, AVIARY)
    refreshed, _ = _counts(house)
    act.send(house.app, house.who, done.invoice.id)
    house.run()
    act.void(house.app, house.who, done.invoice.id)
    house.run()
    act.delete(house.app, house.who, done.invoice.id)
    house.run()
    ended, _ = _counts(house)

    assert created == 1
    assert refreshed - created == 1
    assert ended - refreshed == 3


def test_first_import_leaves_nothing_to_ask_for(house: House) -> None:
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        counts = (
            store.customers.count(connection.id),
            store.items.count(connection.id),
            store.invoices.count(connection.id),
        )

    assert counts == (29, 18, 31)
    assert connection.imported_at is not None
    assert connection.company_name.startswith("Craig")
