"""What the database says: schema, walls, keys, work that waits, connections. Opened for reading only."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

from dealvoice.bootstrap.doctor.lines import Line, doubt, good, wrong
from dealvoice.bootstrap.doctor.reached import told_skew
from dealvoice.connections.used import month_of
from dealvoice.engine.durable import APPLICATION_VERSION, unfinished_by_version
from dealvoice.settings import Settings
from dealvoice.storage.encryption import KeyRing, SealBroken, key_of
from dealvoice.storage.inspection import Inspected, inspect, open_for_reading
from dealvoice.storage.unit_of_work import Database, Lobby, Unreachable
from dealvoice.storage.usage import READS
from dealvoice.workflows.insight.health import LONG
from dealvoice.workflows.setup.ending import WARN_BEFORE, ends_soon

_PART = "database"
_WAITS_LONG = timedelta(hours=1)
_MUCH = 0.8
_MEGA = 1024 * 1024


def stored(settings: Settings, now: datetime) -> Iterator[Line]:
    """Say what the database is like and what is in it; nothing is changed, not even the schema."""
    where = settings.shown_store
    with ExitStack() as opened:
        try:
            engine = opened.enter_context(open_for_reading(settings.store_url))
            seen = inspect(engine, settings.store_url)
        except FileNotFoundError:
            yield doubt(_PART, f"{where} is not there yet", "serve makes it when it starts")
            return
        except Unreachable as error:
            yield wrong(_PART, f"{where} cannot be opened: {_first_line(error)}", "see DEALVOICE_DATABASE_URL, and whether it runs")  # fmt: skip
            return
        yield from _schema(where, seen)
        if seen.clock is not None:
            yield told_skew("the database's", seen.clock - now)
        if seen.revision != seen.newest:
            return  # what is in it cannot be read by this release
        with Database(engine).everyone_read() as lobby:
            yield from _keys(settings, lobby)
            yield from _waiting(lobby, now)
            yield from _connections(lobby, now)
            yield from _budgets(settings, lobby, now)
    yield from _runs(settings)
    yield from _unsaved(settings)


def _schema(where: str, seen: Inspected) -> Iterator[Line]:
    size = f"{seen.size / _MEGA:,.1f} MB"
    if seen.revision is None:
        yield doubt(_PART, f"{where} holds no tables of ours yet", "serve makes them, or: dealvoice database upgrade")
    elif not seen.knows_revision:
        yield wrong(_PART, f"{where} has the schema {seen.revision} of a newer release", "start the newer release")
    elif seen.revision != seen.newest:
        yield doubt(_PART, f"{where} has the schema {seen.revision}, this release wants {seen.newest}", "serve brings it up, or: dealvoice database upgrade")  # fmt: skip
    else:
        yield good(_PART, f"{where}, schema {seen.revision}, {size}")
    if not seen.writable:
        yield wrong(_PART, f"{where} cannot be written to", "see the rights of file, folder and role, and whether it is a standby")  # fmt: skip
    if not seen.walled:
        yield wrong(_PART, "row level security does not bind this role", "connect as a plain role, no superuser and without BYPASSRLS")  # fmt: skip


def _keys(settings: Settings, lobby: Lobby) -> Iterator[Line]:
    ring = KeyRing(settings.key_ring, next(iter(settings.key_ring)))
    texts = lobby.sealed.texts()
    by_key = Counter(key_of(one.text) for one in texts)
    broken = Counter[str]()
    for one in texts:
        try:
            ring.open(one.text, tenant=one.tenant, column=one.column, row=one.row_id)
        except SealBroken:
            broken[key_of(one.text)] += 1
    told = ", ".join(f"{count} with {key or 'no key'}" for key, count in sorted(by_key.items()))
    yield good("keys", f"{len(texts)} secrets are sealed{': ' if told else ''}{told}")
    for key, count in sorted(broken.items()):
        why = "which is not in DEALVOICE_KEYS" if key not in settings.key_ring else "but the key of that name does not open them"  # fmt: skip
        yield wrong("keys", f"{count} secrets are sealed with {key or 'no key'}, {why}", "put that key back; without it those companies must sign in again")  # fmt: skip
    older = sum(count for key, count in by_key.items() if key in settings.key_ring and key != next(iter(settings.key_ring)))  # fmt: skip
    if older:
        yield doubt("keys", f"{older} secrets name an older key", "dealvoice keys rotate")


def _waiting(lobby: Lobby, now: datetime) -> Iterator[Line]:
    waiting = lobby.waiting.all()
    count = sum(waiting.operations.values())
    since = waiting.oldest_operation
    if since is not None and now - since > _WAITS_LONG:
        yield doubt("work", f"{count} operations are not finished, the oldest since {since:%Y-%m-%d %H:%M} UTC", "dealvoice invoices problems --tab retrying")  # fmt: skip
    else:
        yield good("work", f"{count} operations are not finished")
    for vendor, marked in waiting.oldest_mark.items():
        if marked is not None and now - marked > LONG:
            yield doubt("work", f"{waiting.inbox[vendor]} events of {vendor} wait since {marked:%Y-%m-%d %H:%M} UTC", "is serve or a worker running, and are its calls answered?")  # fmt: skip


def _connections(lobby: Lobby, now: datetime) -> Iterator[Line]:
    rows = lobby.connections.not_ended()
    yield good("connections", f"{len(rows)} connected, {sum(row.state == 'live' for row in rows)} of them live")
    for row in rows:
        name = row.company_name or f"realm {row.realm_id}"
        if row.state != "live":
            yield doubt("connections", f"{name} needs a new sign-in", "its users: settings, Reconnect QuickBooks")
            continue
        if (ends_at := ends_soon(row, now)) is not None:
            yield doubt("connections", f"{name}: the sign-in ends for good on {ends_at:%Y-%m-%d}", "its users: settings, Reconnect QuickBooks")  # fmt: skip
        elif row.refresh_until - now < WARN_BEFORE:
            yield doubt("connections", f"{name}: not renewed for long, ends on {row.refresh_until:%Y-%m-%d}", "is serve or a worker running?")  # fmt: skip
        if row.imported_at is None and now - row.connected_at > _WAITS_LONG:
            yield doubt("lag", f"{name}: the import runs since {row.connected_at:%Y-%m-%d %H:%M} UTC", "dealvoice connections list")  # fmt: skip
        if row.next_sweep_at is not None and now - row.next_sweep_at > LONG:
            yield doubt("lag", f"{name}: comparison due since {row.next_sweep_at:%Y-%m-%d %H:%M} UTC", "is serve or a worker running? dealvoice connections list")  # fmt: skip


def _budgets(settings: Settings, lobby: Lobby, now: datetime) -> Iterator[Line]:
    used, _ = lobby.waiting.used(READS, month_of(now))
    allowed = settings.quickbooks.reads_per_month
    said = f"{used:,} of {allowed:,} QuickBooks reads used this month"
    if used > allowed * _MUCH:
        yield doubt(
            "budgets", said, "Intuit blocks the app when they are used up: dealvoice connections list tells who"
        )
    else:
        yield good("budgets", said)


def _runs(settings: Settings) -> Iterator[Line]:
    """Say of runs that no release here would take up."""
    try:
        with open_for_reading(settings.engine_url) as engine:
            found = unfinished_by_version(engine)
    except (FileNotFoundError, Unreachable):
        yield doubt("runs", "the engine has no tables yet", "serve makes them when it starts")
        return
    yield good("runs", f"{found.pop(APPLICATION_VERSION, 0)} runs of {APPLICATION_VERSION} are not over")
    for version, count in sorted(found.items()):
        yield wrong("runs", f"{count} runs of the workflow version {version} wait for a release that knows it", "run that release beside this one until they are over")  # fmt: skip


def _unsaved(settings: Settings) -> Iterator[Line]:
    """Say of tokens that the database did not take."""
    folder = settings.data_dir / "unsaved"
    if count := len(list(folder.rglob("*.pair"))):
        yield doubt(
            "keys",
            f"{count} pairs of tokens wait in {folder} until the database takes them",
            "leave them: serve or a worker saves them with the next call for that company",
        )


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]
