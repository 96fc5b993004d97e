"""
Processes that freeze in the middle of their work, are taken for dead, and wake up late: they change nothing any more.

They freeze before and after a call has reached the vendor, and inside a transaction; the workers go on within half a
minute, locks and leases of the frozen notwithstanding.
"""

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from playground.fleet import Fleet, Press, a_fleet, is_frozen
from playground.house import AVIARY
from playground.looking import connection_of, first_user, is_quiet, wait_until
from playground.postgres import Postgres, postgres
from playground.truth import check_creation

__all__ = ["postgres"]

FROZEN = (
    Press("create", "before POST /v3/company/.*/invoice"),
    Press("create", "ahead of POST /v3/company/.*/invoice"),
    Press("create", "after POST /v3/company/.*/invoice"),
    Press("create", "ahead of POST /api/v1/notes"),
    Press("create", "after POST /api/v1/notes"),
    Press("write_back", "after GET /v3/company/.*/cdc"),
    Press("refresh_tokens", "after POST /oauth2/v1/tokens/bearer"),
    Press("create", "before commit"),
)
"""
What each process does, and where it freezes.

The first has passed every check by then: it sends what it has when it wakes up. The last holds the company's lock, so
nobody else writes until its connection is cut.
"""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_processes_that_wake_up_late_change_nothing(postgres: Postgres, tmp_path: Path) -> None:
    with a_fleet(postgres, tmp_path) as fleet:
        app = fleet.house.app
        victims = fleet.press_all(FROZEN, how="freeze")
        assert all(is_frozen(victim) for victim in victims)
        begun = time.monotonic()
        wait_until(lambda: set(_holders(fleet)) <= set(fleet.known()) and is_quiet(app), seconds=90)
        took = time.monotonic() - begun
        assert connection_of(app, first_user(app)).state == "live"
        before = _everything(fleet)

        for victim in victims:
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGCONT)
        for victim in victims:
            victim.join(90)
            assert victim.exitcode is not None, "a process that was taken for dead must end by itself"

        said = sorted(path.read_text() for path in tmp_path.glob("said-*"))
        assert all(one.startswith("lost True, stopped True") for one in said), said
        assert len(said) == len(victims)
        after = _everything(fleet)
        again = after.pop("writes") - before.pop("writes")
        assert after == before
        # One call was past all checks when it froze: it bears the requestid of the first, so it is answered, not done.
        assert [(path.rsplit("/", 1)[-1], "requestid" in query) for _, path, query in again] == [("invoice", True)]
        made = [one.id for one in _creations(fleet)]
        for operation_id in made:
            check_creation(fleet.house, operation_id=operation_id, deal_id=AVIARY, mails=1)
        assert len(made) == 5, "the one that froze before its first commit was never accepted"
        print(f"{len(victims)} processes frozen; all they had begun was done after {took:.1f} s")


def _everything(fleet: Fleet) -> dict[str, Any]:
    """Return what a late process could change: our rows, and what the vendors were told."""
    writes = Counter(
        (row["method"], row["path"], row["query"])
        for vendor in ("quickbooks", "pipedrive")
        for row in fleet.house.journal(vendor)
        if row["method"] != "GET" and not row["path"].endswith("/query")
    )
    tables = ("operations", "invoices", "deal_invoices", "connections", "installations", "audit")
    return {"writes": writes} | {
        name: fleet.ask(f"SELECT md5(string_agg({name}::text, '' ORDER BY {name}::text)) FROM {name}")
        for name in tables
    }


def _holders(fleet: Fleet) -> list[str]:
    """Return the processes that hold leases or are at work."""
    leases = "SELECT split_part(holder, '.', 1) FROM leases"
    tokens = "SELECT split_part(lease_holder, '.', 1) FROM connections WHERE lease_holder IS NOT NULL"
    runs = "SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
    return [row[0] for row in fleet.ask(f"{leases} UNION {tokens} UNION {runs}")]


def _creations(fleet: Fleet) -> list[Any]:
    with fleet.house.app.database.read(first_user(fleet.house.app).tenant_id) as store:
        return store.operations.creations_of(AVIARY)
