"""
The one checker of what must hold after every run, whatever happened in it.

A ``Watch`` reads what a run left behind: the emulators' rows and journals, our database, what was logged. Each
invariant is a function from that history to the breaches that it finds, as sentences; a good history has none.
"""

import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from dealvoice import observability
from dealvoice.invoicing.marker import has_marker, marker
from dealvoice.invoicing.money import from_minor
from dealvoice.storage.base import Base
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import READY, DealFieldRow
from dealvoice.storage.installations import Installation
from dealvoice.storage.invoices import DealInvoice
from dealvoice.storage.invoices import InvoiceRow as Mirrored
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.tables import metadata
from dealvoice.workflows.operations import CREATE, IMPORT, SEND
from playground.house import House
from playground.sweeping import catch_up_all

Row = Mapping[str, Any]
Kept = TypeVar("Kept", bound=Base)
_ANSWERED = (State.DONE, State.DIFFERS)
_LINK = re.compile(r"txnId(?:=|%3D)(\d+)")


@dataclass(frozen=True, slots=True)
class History:
    """What a run left behind; rows as they are kept."""

    operations: Sequence[Operation]
    connections: Sequence[Connection]
    installations: Sequence[Installation]
    invoices: Sequence[Mirrored]
    links: Sequence[DealInvoice]
    kept_fields: Sequence[DealFieldRow]
    books: Mapping[str, Mapping[str, Row]]
    """QuickBooks' invoices by realm and id."""
    mails: Sequence[Row]
    """E-mails of QuickBooks."""
    notes: Sequence[Row]
    deal_fields: Sequence[Row]
    """Pipedrive's own and custom fields of deals."""
    calls: Sequence[Row]
    """The journal of QuickBooks' API."""
    good: frozenset[str]
    """Connections and installations whose stored refresh token their vendor would take."""
    cursors: Sequence[tuple[str, datetime]]
    """Connection, and where its next sweep begins, each time somebody looked; not while an import is under way."""
    limits: tuple[int, int]
    """Calls that a realm may get in a second and in a minute."""
    secrets: frozenset[str]
    texts: Mapping[str, str]
    """Where no secret may stand: logs, and every row of the database as text."""


def one_invoice_an_operation(history: History) -> Iterator[str]:
    """At most one live invoice per creation; exactly one when it ended well, none when it was refused."""
    gone = {row.id for row in history.invoices if row.deleted}
    homes = {row.id: row.realm_id for row in history.connections}
    for operation in history.operations:
        if operation.kind != CREATE or operation.connection_id not in homes:
            continue
        ours = marker(operation.deal_id, operation.id)
        made = [
            (realm, one["Id"])
            for realm, rows in history.books.items()
            for one in rows.values()
            if has_marker(one.get("PrivateNote", ""), ours)
        ]
        answered = operation.invoice_id is not None and operation.invoice_id not in gone
        allowed = {1} if answered else {0, 1} if operation.state == State.NEEDS_ATTENTION else {0}
        if len(made) not in allowed:
            yield f"creation {operation.id} ({operation.state}) has {len(made)} invoices"
        if any(realm != homes[operation.connection_id] for realm, _ in made):
            yield f"creation {operation.id} made its invoice in another company"


def one_note_an_invoice(history: History) -> Iterator[str]:
    """At most one note a deal and invoice; exactly one where we hold that we wrote it."""
    told = Counter(
        (note["deal_id"], number) for note in history.notes for number in set(_LINK.findall(note["content"]))
    )
    for (deal, number), count in told.items():
        if count > 1:
            yield f"deal {deal} has {count} notes of invoice {number}"
    theirs = {row.id: row.quickbooks_id for row in history.invoices}
    for link in history.links:
        if link.note_id is not None and link.note_hash and not told[link.deal_id, theirs.get(link.invoice_id, "")]:
            yield f"deal {link.deal_id} should have a note of invoice {link.invoice_id}"


def one_field_a_kind(history: History) -> Iterator[str]:
    """No field of ours was made twice, and each that is written is there."""
    custom = [field for field in history.deal_fields if field["is_custom_field"]]
    names = Counter(field["field_name"].removesuffix(" (Dealvoice)") for field in custom)
    codes = {field["field_code"] for field in custom}
    for row in history.kept_fields:
        if row.name and names[row.name.removesuffix(" (Dealvoice)")] > 1:
            yield f"field {row.name} was made {names[row.name]} times"
        if row.state == READY and row.code not in codes:
            yield f"field {row.kind} is written and does not exist"


def one_mail_an_order(history: History) -> Iterator[str]:
    """An invoice was mailed at most as often as somebody ordered, and at least once when an order says so."""
    theirs = {row.id: row.quickbooks_id for row in history.invoices}
    orders, done = Counter[str](), Counter[str]()
    for operation in history.operations:
        if operation.kind == SEND or (operation.kind == CREATE and operation.body.get("send_email")):
            about = theirs.get(operation.invoice_id or "", "")
            orders[about] += 1
            done[about] += operation.mailed_at is not None
    sent = Counter(mail["invoice"] for mail in history.mails)
    for about in theirs.values():
        if not min(done[about], 1) <= sent[about] <= orders[about]:
            yield f"invoice {about} was mailed {sent[about]} times on {orders[about]} orders, {done[about]} of them done"


def every_operation_ends(history: History) -> Iterator[str]:
    """Every accepted operation is done, done with a variance, refused, or needs attention."""
    for operation in history.operations:
        if not operation.is_final:
            yield f"{operation.kind} {operation.id} is still {operation.state}"


def no_sign_in_is_lost(history: History) -> Iterator[str]:
    """Who is live holds a refresh token that the vendor takes; who must sign in anew holds none that it would."""
    for row in history.connections:
        if (row.state == "live") != (row.id in history.good) and row.state != "ended":
            yield f"connection {row.id} is {row.state}, its token is {'good' if row.id in history.good else 'lost'}"
    for installed in history.installations:
        if installed.state == "live" and installed.id not in history.good:
            yield f"installation {installed.id} is live, its token is lost"


def mirror_equals_quickbooks(history: History) -> Iterator[str]:
    """After quiet and one sweep we hold what QuickBooks holds."""
    for connection in history.connections:
        if connection.state != "live" or connection.imported_at is None:
            continue
        theirs = dict(history.books.get(connection.realm_id, {}))
        for row in history.invoices:
            if row.connection_id != connection.id or row.deleted:
                continue
            one = theirs.pop(row.quickbooks_id, None)
            if one is None:
                yield f"invoice {row.quickbooks_id} is not in QuickBooks"
                continue
            said = (
                one.get("DocNumber", ""),
                one["CustomerRef"]["value"],
                _money(one, "TotalAmt"),
                _money(one, "Balance"),
            )
            held = (row.number, row.customer_id, _minor(row.total, row), _minor(row.balance, row))
            if said != held:
                yield f"invoice {row.quickbooks_id} is {said}, we hold {held}"
        for left in theirs:
            yield f"invoice {left} of {connection.realm_id} is unknown to us"


def tenants_stay_apart(history: History) -> Iterator[str]:
    """No row belongs to two tenants, and no call went to a company that nobody connected."""
    homes = {row.id: row.tenant for row in history.connections}
    invoices = {row.id: row.tenant for row in history.invoices}
    for row in (*history.operations, *history.invoices):
        if row.connection_id and homes.get(row.connection_id, row.tenant) != row.tenant:
            yield f"{type(row).__name__} {row.id} stands at another tenant's connection"
    for link in history.links:
        if invoices.get(link.invoice_id, link.tenant) != link.tenant:
            yield f"deal {link.deal_id} is linked to another tenant's invoice"
    realms = {row.realm_id for row in history.connections}
    for call in history.calls:
        if call["realm"] and call["realm"] not in realms:
            yield f"a call went to {call['realm']}"


def limits_are_kept(history: History) -> Iterator[str]:
    """No realm got more calls in a second or a minute than it may, by the vendor's own count."""
    for most, within in zip(history.limits, (timedelta(seconds=1), timedelta(minutes=1)), strict=True):
        by_realm = defaultdict[str, list[datetime]](list)
        for call in history.calls:
            if call["realm"]:
                by_realm[call["realm"]].append(datetime.fromisoformat(call["at"]))
        for realm, moments in by_realm.items():
            moments.sort()
            for first, beyond in zip(moments, moments[most:], strict=False):
                if beyond - first < within:
                    yield f"{realm} got more than {most} calls within {within} of {first}"
                    break


def cursors_only_go_on(history: History) -> Iterator[str]:
    """No sweep begins before where an earlier one would have begun."""
    last: dict[str, datetime] = {}
    for connection, cursor in history.cursors:
        if cursor < last.get(connection, cursor):
            yield f"the cursor of {connection} went back from {last[connection]} to {cursor}"
        last[connection] = cursor


def no_secret_is_told(history: History) -> Iterator[str]:
    """No token, key or password stands in a log, in the database in plain sight, or in an error."""
    for place, said in history.texts.items():
        for secret in history.secrets:
            if secret in said:
                yield f"{place} tells a secret ({secret[:4]}…)"


def amounts_agree(history: History) -> Iterator[str]:
    """Net and tax are what the form promised, to the cent, or the difference is written down."""
    theirs = {row.id: row for row in history.invoices}
    homes = {row.id: row.realm_id for row in history.connections}
    for operation in history.operations:
        if operation.kind != CREATE or State(operation.state) not in _ANSWERED or operation.invoice_id not in theirs:
            continue
        row = theirs[operation.invoice_id]
        one = history.books.get(homes.get(row.connection_id, ""), {}).get(row.quickbooks_id)
        if one is None or one["SyncToken"] != "0":
            continue  # somebody has changed it since, or it was mailed: the answer is compared below
        tax = Decimal(str(one.get("TxnTaxDetail", {}).get("TotalTax", 0)))
        same = (_money(one, "TotalAmt") - tax, tax) == (
            Decimal(operation.body["net"]), from_minor(operation.tax, operation.currency).amount
        )  # fmt: skip
        if same == bool(operation.variance):
            yield f"creation {operation.id} promised {operation.body['net']} and {operation.tax}, variance {operation.variance}"
    for operation in history.operations:
        if (
            operation.kind == CREATE
            and State(operation.state) is State.DONE
            and operation.their_total != operation.total
        ):
            yield f"creation {operation.id} is done with {operation.their_total} instead of {operation.total}"


def home_totals_follow_the_rate(history: History) -> Iterator[str]:
    """What we made in a foreign currency is worth total times rate at home."""
    homes = {row.id: row.realm_id for row in history.connections}
    for row in history.invoices:
        one = history.books.get(homes.get(row.connection_id, ""), {}).get(row.quickbooks_id)
        if row.operation_id is None or one is None or "HomeTotalAmt" not in one:
            continue
        worth = _money(one, "TotalAmt") * Decimal(str(one["ExchangeRate"]))
        if worth.quantize(Decimal("0.01"), ROUND_HALF_UP) != _money(one, "HomeTotalAmt"):
            yield f"invoice {row.quickbooks_id} is worth {worth}, not {one['HomeTotalAmt']}"


INVARIANTS: tuple[Callable[[History], Iterator[str]], ...] = (
    one_invoice_an_operation,
    one_note_an_invoice,
    one_field_a_kind,
    one_mail_an_order,
    every_operation_ends,
    no_sign_in_is_lost,
    mirror_equals_quickbooks,
    tenants_stay_apart,
    limits_are_kept,
    cursors_only_go_on,
    no_secret_is_told,
    amounts_agree,
    home_totals_follow_the_rate,
)


class Watch:
    """Looks at one house again and again, and remembers what must not go back."""

    def __init__(self, house: House, log: io.StringIO | None = None) -> None:
        self._house, self._log = house, log
        self._cursors: list[tuple[str, datetime]] = []

    def look(self) -> None:
        """Remember where the sweeps are."""
        with self._house.app.database.everyone_read() as lobby:
            for row in lobby.connections.live():
                if row.cursor is not None and not lobby.of(row.tenant).operations.under_way(IMPORT, row.id):
                    self._cursors.append((row.id, row.cursor))

    def check(self, *, texts: bool = False) -> History:
        """Sweep once, and hold every invariant; ``texts`` has every row of the database read for secrets too."""
        self.look()
        catch_up_all(self._house.app)
        self._house.run()
        self.look()
        history = self.gather(texts=texts)
        found = breaches(history)
        assert not found, "\n".join(found)
        return history

    def gather(self, *, texts: bool = False) -> History:
        """Read what was left behind."""
        house, books, crm = self._house, self._house.sandbox.quickbooks, self._house.sandbox.pipedrive
        connections, installations = kept(house, Connection), kept(house, Installation)
        return History(
            operations=kept(house, Operation),
            connections=connections,
            installations=installations,
            invoices=kept(house, Mirrored),
            links=kept(house, DealInvoice),
            kept_fields=kept(house, DealFieldRow),
            books={realm: dict(books.rows(realm, "Invoice")) for realm in books.store.tree["companies"]},
            mails=list(books.outbox()),
            notes=[note for note in crm.table("notes").values() if "txnId" in note["content"]],
            deal_fields=list(crm.fields("deal")),
            calls=[row for row in books.journal.rows() if row["path"].startswith("/v3/")],
            good=frozenset(_good(house, connections, installations)),
            cursors=list(self._cursors),
            limits=(
                round(house.settings.quickbooks.calls_per_second), round(house.settings.quickbooks.calls_per_minute)
            ),
            secrets=frozenset(_secrets(house)) if texts else frozenset(),
            texts={"the log": self._log.getvalue() if self._log else "", **_tables(house)} if texts else {},
        )  # fmt: skip


def breaches(history: History) -> list[str]:
    """Return what a history breaks, each breach with the name of its invariant."""
    return [f"{one.__name__}: {said}" for one in INVARIANTS for said in one(history)]


@contextmanager
def a_log() -> Iterator[io.StringIO]:
    """Write down what the product logs, as it does in production."""
    written = io.StringIO()
    observability.configure("json", stream=written)
    try:
        yield written
    finally:
        observability.configure("console")
        structlog.reset_defaults()


def kept(house: House, kind: type[Kept]) -> list[Kept]:
    """Return all rows of a kind, of every tenant."""
    with house.app.database.everyone_read() as lobby:
        return list(_session(lobby).scalars(select(kind)))


def _session(lobby: Any) -> Session:
    session: Session = lobby._session
    return session


def _tables(house: House) -> dict[str, str]:
    """Return every row of the database as text, by table."""
    with house.app.database.everyone_read() as lobby:
        return {
            f"table {table.name}": json.dumps(
                [list(row) for row in _session(lobby).execute(select(table))], default=str
            )
            for table in metadata.sorted_tables
        }


def _good(house: House, connections: list[Connection], installations: list[Installation]) -> Iterator[str]:
    tree, crm = house.sandbox.quickbooks.store.tree, house.sandbox.pipedrive
    for row in connections:
        token = house.app.quickbooks_tokens.refresh_token(row) if row.refresh else ""
        grant = tree["grants"].get(tree.get("refresh_tokens", {}).get(token, ""))
        if grant is not None and grant["live"] and grant["refresh"] == token:
            yield row.id
    live = {held["refresh"] for held in crm.table("grants").values() if held["live"]}
    for installed in installations:
        if installed.refresh and house.app.pipedrive_tokens.refresh_token(installed) in live:
            yield installed.id


def _secrets(house: House) -> Iterator[str]:
    """Return every token that a vendor has given, the app's own secrets, and the passwords of its webhooks."""
    tree, crm = house.sandbox.quickbooks.store.tree, house.sandbox.pipedrive
    yield from (*tree["access"], *tree.get("refresh_tokens", {}), *tree["codes"])
    for held in crm.table("grants").values():
        yield held["refresh"]
    yield from crm.table("access")
    yield from (hook["http_auth_password"] for hook in crm.table("hooks").values() if hook["http_auth_password"])
    for portal in (house.sandbox.quickbooks.portal, crm.portal):
        yield portal.client_secret


def _money(row: Row, name: str) -> Decimal:
    return Decimal(str(row[name]))


def _minor(amount: int, row: Mirrored) -> Decimal:
    return from_minor(amount, row.currency).amount
