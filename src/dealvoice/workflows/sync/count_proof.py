"""
The count proof: QuickBooks' count of a list beside ours, and what is done when they differ.

Rows that are deleted while one pages push later ones a place forward, and rows made in one second have no order: either may
slip between two pages. So nobody trusts the pages: both sides are counted, the difference is narrowed down by the time at
which rows were made, and only that part is read again.

Source: data queries page of the Accounting API (no stable order; ``Id`` not sortable since January 2026).
"""

from collections.abc import Iterator
from datetime import datetime

from dealvoice.observability import get_logger
from dealvoice.quickbooks import query
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.models import Entity
from dealvoice.storage.connections import Connection
from dealvoice.storage.invoices import Made
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.walks import Walk

_ORDERS = ("MetaData.CreateTime", "MetaData.LastUpdatedTime")
_FEWEST_VALUES = 2

_log = get_logger(__name__)


def prove(app: App, client: QuickBooks, connection: Connection, walk: Walk) -> int:
    """
    Count both sides, read again what differs, and keep the result, equal or not. Safe to repeat.

    Costs one call when the counts are equal.

    Returns:
        How many records were missing here or are gone there, and are right now.
    """
    if walk.count is None:
        return 0
    theirs = query.count(client, walk.entity, where=walk.where)
    ours, mended = _ours(app, connection, walk), 0
    if theirs != ours:
        mended = _mend(app, client, connection, walk, theirs=theirs, ours=ours)
        theirs, ours = query.count(client, walk.entity, where=walk.where), _ours(app, connection, walk)
    with app.database.write(connection.tenant) as store:
        part = store.imports.part(connection.id, walk.entity)
        if part is not None:
            part.theirs, part.ours, part.mended, part.proved_at = theirs, ours, mended, app.now()
    if mended or theirs != ours:
        _log.warning("counts.differed", entity=walk.entity, theirs=theirs, ours=ours, mended=mended)
    return mended


def _mend(app: App, client: QuickBooks, connection: Connection, walk: Walk, *, theirs: int, ours: int) -> int:
    mended = 0
    for made, there in _differing(app, client, connection, walk, Made(), theirs, ours):
        with app.database.read(connection.tenant) as store:
            held = set(walk.held(store, connection.id, made)) if walk.held is not None else set()
        gone = _without(client, walk, sorted(held)) if len(held) > there else []
        if len(held) - len(gone) != there:  # some are missing here, too: all of that time is read
            # What fits on one page needs no order, so more than that is parted until it fits.
            seen = _whole(client, walk, _where(walk, made), there)
            _keep(app, connection, walk, [row for one, row in seen.items() if one not in held])
            mended += len(seen.keys() - held)
            gone = _without(client, walk, sorted(held - seen.keys()))
        if gone and walk.gone is not None:
            with app.database.write(connection.tenant) as store:
                to_start = walk.gone(app, store, connection, gone)
            start_all(app, to_start)
            mended += len(gone)
    return mended


def _differing(
    app: App, client: QuickBooks, connection: Connection, walk: Walk, made: Made, theirs: int, ours: int
) -> Iterator[tuple[Made, int]]:
    """Yield the times whose counts differ, with QuickBooks' count, each small enough to be read at once, or one second long."""
    if theirs == ours:
        return
    middle = _middle(app, connection, walk, made) if max(theirs, ours) > query.PAGE_SIZE else None
    if middle is None:
        yield made, theirs
        return
    before, since = Made(made.since, middle), Made(middle, made.before)
    theirs_before = query.count(client, walk.entity, where=_where(walk, before))
    with app.database.read(connection.tenant) as store:
        ours_before = store.invoices.count_made(connection.id, before)
    yield from _differing(app, client, connection, walk, before, theirs_before, ours_before)
    yield from _differing(app, client, connection, walk, since, theirs - theirs_before, ours - ours_before)


def _middle(app: App, connection: Connection, walk: Walk, made: Made) -> datetime | None:
    """Return a whole second that parts a time in two; None where it cannot be parted."""
    if not walk.partings:
        return None
    with app.database.read(connection.tenant) as store:
        first, middle, last = store.invoices.span_made(connection.id, made)
    if first is None or middle is None or last is None:
        return None
    # Literals are whole seconds. More than half may share the first second: then it is parted behind them.
    cuts = (middle.replace(microsecond=0), last.replace(microsecond=0))
    return next((cut for cut in cuts if cut > first), None)


def _where(walk: Walk, made: Made) -> str:
    parts = [walk.where] if walk.where else []
    if made.since is not None:
        parts.append(f"MetaData.CreateTime >= {query.moment(made.since)}")
    if made.before is not None:
        parts.append(f"MetaData.CreateTime < {query.moment(made.before)}")
    return " AND ".join(parts)


def _whole(client: QuickBooks, walk: Walk, where: str, theirs: int) -> dict[str, Entity]:
    seen = {row.id: row for row in query.page(client, walk.entity, walk.wire, start=1, where=where)}
    if len(seen) >= theirs:
        return seen
    for name, attribute in walk.partings:
        values = sorted({getattr(row, attribute) for row in seen.values()} - {None, ""})
        if len(values) < _FEWEST_VALUES:
            continue
        middle = query.quote(str(values[len(values) // 2]))
        parts = [" AND ".join(one for one in (where, f"{name} {sign} {middle}") if one) for sign in ("<", ">=")]
        counts = [query.count(client, walk.entity, where=part) for part in parts]
        if all(counts):
            for part, count in zip(parts, counts, strict=True):
                seen |= _whole(client, walk, part, count)
            if len(seen) >= theirs:
                return seen
    for order in _ORDERS:
        for page in query.pages(client, walk.entity, walk.wire, where=where, order=order):
            seen |= {row.id: row for row in page}
        if len(seen) >= theirs:
            break
    return seen


def _keep(app: App, connection: Connection, walk: Walk, rows: list[Entity]) -> None:
    for start in range(0, len(rows), query.PAGE_SIZE):
        with app.database.write(connection.tenant) as store:
            to_start = walk.keep(app, store, connection, rows[start : start + query.PAGE_SIZE])
        start_all(app, to_start)


def _without(client: QuickBooks, walk: Walk, ids: list[str]) -> list[str]:
    """Return those that QuickBooks does not have: what we hold counts as gone only when it was asked for by id."""
    there: set[str] = set()
    for start in range(0, len(ids), query.PAGE_SIZE):
        asked = f"Id IN {query.one_of(ids[start : start + query.PAGE_SIZE])}"
        where = " AND ".join(part for part in (asked, walk.where) if part)
        tail = f"WHERE {where} MAXRESULTS {query.PAGE_SIZE}"
        there |= {row.id for row in query.rows(client, walk.entity, walk.wire, tail=tail)}
    return [quickbooks_id for quickbooks_id in ids if quickbooks_id not in there]


def _ours(app: App, connection: Connection, walk: Walk) -> int:
    with app.database.read(connection.tenant) as store:
        return walk.count(store, connection.id) if walk.count is not None else 0
