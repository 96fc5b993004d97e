"""
The database fails: it restarts, cuts connections, is full, read-only, or has none free. The user is told so plainly,
nothing is lost or done twice, and the product goes on by itself once the database is well.
"""

import random
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from dealvoice.bootstrap import build
from dealvoice.settings import DEMO_FRAME_SECRET
from dealvoice.storage.unit_of_work import DatabaseAway
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from playground.drafts import linked
from playground.fleet import a_fleet
from playground.house import AVIARY, House, a_house
from playground.killing import SEED, SOAK
from playground.looking import first_user, is_quiet, wait_until
from playground.postgres import Postgres, postgres
from playground.truth import check_creation

__all__ = ["postgres"]

pytestmark = pytest.mark.slow


class AfterPost(httpx2.BaseTransport):
    """Does something once, when QuickBooks has made an invoice and nobody has written that down yet."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._inner, self._done = work, httpx2.HTTPTransport(trust_env=False), False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._inner.handle_request(request)
        response.read()
        if request.method == "POST" and request.url.path.endswith("/invoice") and not self._done:
            self._done = True
            self._work()
        return response

    def close(self) -> None:
        self._inner.close()


def press(house: House) -> Callable[[], str]:
    """Open a form; returns its Create button, which may be pressed again."""
    who = first_user(house.app)
    view = open_form(house.app, who, AVIARY)
    draft = linked(view, second=True, send_email=True)

    def pressed() -> str:
        answer = issue(house.app, who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
        assert isinstance(answer, Accepted), answer
        return answer.operation_id

    return pressed


def panel_of(house: House, web: TestClient) -> httpx2.Response:
    """Open the panel as Pipedrive does."""
    now = datetime.now(UTC)
    claims = {"userId": 101, "companyId": 12345, "iat": now, "exp": now + timedelta(minutes=5)}
    token = jwt.encode(claims, DEMO_FRAME_SECRET, algorithm="HS256")
    return web.get("/panel", params={"token": token, "id": "x", "selectedIds": str(AVIARY), "theme": "light"})


def assert_told_plainly(answer: Any) -> None:
    """Check that the database's failure is told as what it is, with a way on and without a trace of the inside."""
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "database does not answer" in answer.text
    assert not re.search(r"psycopg|sqlite|Traceback|SELECT|INSERT", answer.text)


@contextmanager
def a_product(postgres: Postgres, folder: Path, **more: Any) -> Iterator[tuple[House, TestClient]]:
    """The whole product with its real engine, in this process, on PostgreSQL."""
    with ExitStack() as stack:
        house = stack.enter_context(a_fleet(postgres, folder, workers=0)).house
        house.close()
        house.built = build(house.settings, **more)
        house.built.launch()
        yield house, TestClient(house.built.web, base_url="http://localhost:8100", raise_server_exceptions=False)


def test_server_that_restarts_in_mid_work_loses_and_doubles_nothing(postgres: Postgres, tmp_path: Path) -> None:
    down = threading.Event()

    def stop() -> None:
        postgres.stop(signal.SIGINT)  # in order, for this cluster does not wait for its disk
        down.set()

    with a_product(postgres, tmp_path, transport=AfterPost(stop)) as (house, web):
        operation_id = press(house)()
        assert down.wait(30)
        try:
            assert_told_plainly(panel_of(house, web))
        finally:
            postgres.start()
        wait_until(lambda: _quiet(house))
        check_creation(house, operation_id=operation_id, deal_id=AVIARY, mails=1)
        assert panel_of(house, web).status_code == 200


def test_connections_cut_in_mid_transaction_lose_and_double_nothing(postgres: Postgres, tmp_path: Path) -> None:
    seen, cut_at = 0, 0
    name = ""

    def cut(moment: str) -> None:
        nonlocal seen
        seen += moment == "before"
        if moment == "before" and seen == cut_at:
            with psycopg.connect(postgres.address(name, "owner"), autocommit=True) as owner:
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                    (name,),
                )

    with a_product(postgres, tmp_path, commit_hook=cut) as (house, _web):
        name = house.settings.database_url.rsplit("/", 1)[-1]
        for chosen in range(1, 30) if SOAK else sorted(random.Random(SEED).sample(range(1, 20), 3)):
            pressed = press(house)
            seen, cut_at = 0, chosen
            with suppress(DatabaseAway):  # the user reads 503, and presses again
                pressed()
            operation_id = pressed()
            wait_until(lambda: _quiet(house))
            check_creation(house, operation_id=operation_id, deal_id=AVIARY, mails=1)


def test_pool_without_a_free_connection_is_told_and_recovers(postgres: Postgres, tmp_path: Path) -> None:
    with a_product(postgres, tmp_path) as (house, web):
        pool: Any = house.app.database.engine.pool
        pool._timeout = 0.3
        held = []
        try:
            while True:
                held.append(house.app.database.engine.connect())
        except DatabaseAway:
            assert_told_plainly(panel_of(house, web))
        finally:
            for connection in held:
                connection.close()
        assert len(held) >= 20
        assert panel_of(house, web).status_code == 200


@pytest.mark.parametrize("fault", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"], ids=["full", "read-only"])
def test_disk_that_takes_nothing_is_told_and_the_form_is_sent_again(tmp_path: Path, fault: str) -> None:
    broken = False

    def on_checkout(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(fault if broken else "PRAGMA max_page_count = 1073741823")
        if not broken:
            connection.execute("PRAGMA query_only = OFF")

    with a_house(tmp_path) as house:
        house.connect(house.install())
        house.quickbooks("POST", "/_sandbox/switches", json={"sandbox_mail_limit": False})
        event.listen(house.app.database.engine, "checkout", on_checkout)
        web = TestClient(house.built.web, base_url="http://localhost:8100", raise_server_exceptions=False)
        made: list[str] = []

        broken = True
        with pytest.raises(OperationalError, match=r"full|readonly"):
            _press_until_refused(house, made)
        answer = panel_of(house, web)
        if answer.status_code != 200:  # on a full disk what it writes may still find room
            assert_told_plainly(answer)
        assert answer.status_code == 503 or "count" in fault
        broken = False

        made.append(press(house)())
        house.settle(4)
        for operation_id in made:
            check_creation(house, operation_id=operation_id, deal_id=AVIARY, mails=1)
        assert panel_of(house, web).status_code == 200


def test_commit_that_fails_at_any_time_loses_and_doubles_nothing(tmp_path: Path) -> None:
    left, later = 0, timedelta(0)

    def failing(moment: str) -> None:
        nonlocal left
        left -= moment == "before"
        if moment == "before" and left == 0:
            raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    with a_house(tmp_path, commit_hook=failing, clock=lambda: datetime.now(UTC) + later) as house:
        house.connect(house.install())
        house.quickbooks("POST", "/_sandbox/switches", json={"sandbox_mail_limit": False})
        failed, chosen = 0, 0
        while failed == chosen:
            chosen += 1
            pressed = press(house)
            left = chosen
            try:
                operation_id = pressed()
            except OperationalError:
                operation_id = pressed()
            house.settle(3)
            failed += left <= 0
            left, later = 0, later + timedelta(seconds=10)  # the pause before the second try; no lease runs out in it
            house.settle(3)
            check_creation(house, operation_id=operation_id, deal_id=AVIARY, mails=1)
            if not SOAK and chosen > 25:
                break
        print(f"commits of create that failed, one after the other: {failed}")
        assert failed >= 12


def _press_until_refused(house: House, made: list[str]) -> None:
    """Create until it is refused: a full disk is met by the first write that needs a page."""
    while len(made) < 40:
        made += [press(house)()]


def _quiet(house: House) -> bool:
    try:
        return is_quiet(house.app)
    except DatabaseAway:
        return False  # a pool needs a moment to see that its connections are gone
