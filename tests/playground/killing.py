"""
Processes of the product that die by a real SIGKILL at a chosen point of a write path.

Each is forked from a process that has imported everything, so that one more kill costs its work and not its start. What a
process needs is passed by name and number: its settings, a path, what was prepared for it, the point to die at.
"""

import json
import multiprocessing
import multiprocessing.process
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from dealvoice.bootstrap import build
from dealvoice.bootstrap.build import Built
from dealvoice.connections.sessions import who_is
from dealvoice.connections.who import Surface, Who
from dealvoice.engine.executors import ExclusiveLock
from dealvoice.quickbooks import company
from dealvoice.settings import Settings
from dealvoice.storage.connections import Connection
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice import act
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.sync.lists import import_again
from playground.drafts import linked
from playground.house import AVIARY, House
from playground.points import PointedTransport, Points, kill_self
from playground.sweeping import catch_up_all

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
SEED = int(os.environ.get("DEALVOICE_SEED", "1"))
PATIENCE = 60.0
"""Longest that a process may take, its last rest included."""

Arm = Callable[[], None]
"""Called when the write path begins: what comes before is not counted."""


def create(app: App, who: Who, _subject: str, arm: Arm, **changes: Any) -> None:
    """Create an invoice of the deal, with note, field and e-mail."""
    view = open_form(app, who, AVIARY)
    draft = replace(linked(view, second=True, send_email=True), **changes)
    arm()
    answer = issue(app, who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted), answer


def update_customer(app: App, who: Who, subject: str, arm: Arm) -> None:
    """Create one and write the customer's new e-mail address."""
    create(app, who, subject, arm, update_customer=True, email=subject)


def void(app: App, who: Who, subject: str, arm: Arm) -> None:
    """Void an invoice."""
    arm()
    act.void(app, who, subject)


def delete(app: App, who: Who, subject: str, arm: Arm) -> None:
    """Delete an invoice."""
    arm()
    act.delete(app, who, subject)


def send(app: App, who: Who, subject: str, arm: Arm) -> None:
    """E-mail an invoice."""
    arm()
    act.send(app, who, subject)


def read_books(app: App, who: Who, _subject: str, arm: Arm) -> None:
    """Import everything anew."""
    connection = connection_of(app, who)
    arm()
    import_again(app, who.tenant_id, connection.id)


def write_back(app: App, _who: Who, _subject: str, arm: Arm) -> None:
    """Sweep, and tell the deal what changed."""
    arm()
    catch_up_all(app)


def refresh_tokens(app: App, who: Who, _subject: str, arm: Arm) -> None:
    """Renew both vendors' tokens and use one."""
    connection = connection_of(app, who)
    for row, tokens in ((connection.id, app.quickbooks_tokens), (who.installation_id, app.pipedrive_tokens)):
        with app.database.write(who.tenant_id) as store:
            held = store.connections.get(row) or store.installations.get(row)
            assert held is not None
            held.access_until = app.now() - timedelta(minutes=1)
        if row == connection.id:
            arm()
        tokens.access(who.tenant_id, row)
    company.info(app.quickbooks(who.tenant_id, connection.id, connection.realm_id))


ACTS: dict[str, Callable[..., None]] = {
    work.__name__: work
    for work in (create, update_customer, void, delete, send, read_books, write_back, refresh_tokens)
}


def run(settings: str, work: str, subject: str, stop_at: int, said: Path) -> None:
    """Do one act in this process and die at a point, or come to its end and tell how many points there were."""
    points = Points(kill_self)
    with _product(settings, points) as product:
        app, who = product.app, first_user(product.app)
        ACTS[work](app, who, subject, lambda: points.arm(stop_at))
        wait_until(lambda: is_quiet(app))
        points.disarm()
        said.write_text(str(len(points.seen)))


def recover(settings: str, work: str, subject: str, _stop_at: int, said: Path) -> None:
    """Begin again on what a dead process left; what no operation keeps is done again, as by its user or the timetable."""
    with _product(settings, Points()) as product:
        app = product.app
        if work in {"write_back", "refresh_tokens"}:
            ACTS[work](app, first_user(app), subject, lambda: None)
        wait_until(lambda: is_quiet(app))
        said.write_text("recovered")


@contextmanager
def _product(settings: str, points: Points) -> Iterator[Built]:
    known = Settings.model_validate_json(settings)
    with ExclusiveLock(known.data_dir / "dealvoice.lock"):
        product = build(known, transport=PointedTransport(points), commit_hook=points.commit_hook)
        product.launch()
        try:
            yield product
        finally:
            product.close()


def first_user(app: App, company_id: int = 12345, user_id: int = 101) -> Who:
    """Return the user who installed the app."""
    with app.database.everyone_read() as lobby:
        tenant = lobby.tenants.of_company(company_id)
        assert tenant is not None
        installed = lobby.of(tenant.tenant).installations.of_user(user_id)
        assert installed is not None
    return who_is(tenant, installed, Surface.FRAME)


def connection_of(app: App, who: Who) -> Connection:
    """Return the company's live connection."""
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.current()
    assert connection is not None
    return connection


def is_quiet(app: App) -> bool:
    """Whether every operation has come to an end."""
    with app.database.everyone_read() as lobby:
        return not lobby.operations.due(app.now() + timedelta(days=1))


def wait_until(done: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait for something that becomes true by itself."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} seconds")
        time.sleep(0.05)


@cache
def forks() -> Any:
    """Return the context whose processes have the product imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def begin(work: Callable[..., None], *told: object) -> multiprocessing.process.BaseProcess:
    """Start a process; it ends with this one."""
    process: multiprocessing.process.BaseProcess = forks().Process(target=work, args=told, daemon=True)
    process.start()
    return process


def end(process: multiprocessing.process.BaseProcess) -> int:
    """Wait for the end of a process; return how it ended, ``-9`` when it was killed."""
    process.join(PATIENCE + 10)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError("the process did not end")
    return process.exitcode


def kill_in(house: House, work: str, subject: str, stop_at: int) -> int | None:
    """
    Have a process do an act and die at a point, and another one begin where it left; the house must be closed.

    Returns:
        How many points there were when it came to its end alive; None when it died.
    """
    said = house.folder / "said"
    said.unlink(missing_ok=True)
    told = (settings_of(house), work, subject, stop_at, said)
    code = end(begin(run, *told))
    if code == 0:
        return int(said.read_text())
    assert code == -signal.SIGKILL, code
    assert end(begin(recover, *told)) == 0
    return None


def settings_of(house: House) -> str:
    """Return the settings as JSON; all of its secrets are the sandbox's public demo values."""
    plain = house.settings.model_dump(mode="json")
    plain.pop("keys")
    for vendor in ("quickbooks", "pipedrive"):
        plain[vendor] = {name: value for name, value in plain[vendor].items() if "*" not in str(value)}
    return json.dumps(plain)


def sampled(count: int, most: int, name: str) -> list[int]:
    """Return which points to die at: all of them in a soak, else a few, the same for the same seed."""
    points = range(1, count + 1)
    return list(points) if SOAK else sorted(random.Random(f"{SEED}:{name}").sample(points, min(most, count)))
