"""
Two companies whose records bear the same numbers, worked for by two processes at once: nothing of one reaches the other.

Each has a Pipedrive and books of its own, so that a row, a token or an answer that went astray would show there.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

from dealvoice.connections.who import Who
from dealvoice.storage.operations import State
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice_sandbox import serving_all
from playground.drafts import linked
from playground.fleet import Fleet, a_fleet
from playground.house import AVIARY, REALM
from playground.looking import first_user, is_quiet, wait_until
from playground.neighbours import HIS_BOOKS, NEIGHBOUR
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

EACH = 8
"""Invoices that each company makes."""


@contextmanager
def a_neighbour(fleet: Fleet) -> Iterator[tuple[Who, serving_all.Sandbox]]:
    """Install the product in a second company with the same deals, users and numbers as the first."""
    other = serving_all.start(quickbooks_port=0, pipedrive_port=0, seed="us", app_url=fleet.house.app.public_url)
    try:
        other.pipedrive.store.tree["company"] |= {"id": NEIGHBOUR, "name": "Next Door Ltd"}
        books = fleet.house.sandbox.quickbooks.store
        with books.lock:
            books.tree["companies"][HIS_BOOKS] = deepcopy(books.tree["companies"][REALM])
        who = fleet.house.install(crm=other.pipedrive.url)
        fleet.house.connect(who, realm=HIS_BOOKS)
        yield who, other
    finally:
        other.stop()


def _press(fleet: Fleet, who: Who) -> str:
    """Make an invoice; told of one that came in between, look at the form anew and press again."""
    app = fleet.house.app
    for _ in range(2 * EACH):
        view = open_form(app, who, AVIARY)
        answer = issue(app, who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view, second=True), problems=())
        if isinstance(answer, Accepted):
            return answer.operation_id
    raise AssertionError((who.company_id, answer))


def test_two_companies_at_once_share_nothing(postgres: Postgres, tmp_path: Path) -> None:
    with a_fleet(postgres, tmp_path, workers=0) as fleet, a_neighbour(fleet) as (neighbour, other):
        house = fleet.house
        books = {first_user(house.app): REALM, neighbour: HIS_BOOKS}
        there = {who: set(house.sandbox.quickbooks.rows(realm, "Invoice")) for who, realm in books.items()}
        house.forget_journals()
        fleet.hire(2)

        with ThreadPoolExecutor(4) as users:
            pressed = list(users.map(lambda who: (who, _press(fleet, who)), [*books] * EACH))
        wait_until(lambda: is_quiet(house.app))

        made_of = Counter(who for who, _ in pressed)
        assert set(made_of.values()) == {EACH}
        calls = [row for row in house.journal("quickbooks") if row["request_id"]]
        for who, realm in books.items():
            own = {operation_id for presser, operation_id in pressed if presser == who}
            new = set(house.sandbox.quickbooks.rows(realm, "Invoice")) - there[who]
            with house.app.database.read(who.tenant_id) as store:
                operations = [store.operations.get(operation_id) for operation_id in own]
                rows = [store.invoices.get(one.invoice_id or "") for one in operations if one is not None]
            assert {State(one.state) for one in operations if one is not None} == {State.DONE}
            assert len(rows) == EACH
            assert {row.quickbooks_id for row in rows if row is not None} == new
            assert {row["request_id"].split("-")[0] for row in calls if row["realm"] == realm} <= own
        notes = [crm.table("notes").values() for crm in (house.sandbox.pipedrive, other.pipedrive)]
        assert [len([note for note in kept if note["deal_id"] == AVIARY and "QuickBooks" in note["content"]]) for kept in notes] == [EACH, EACH]  # fmt: skip
