"""The mirror follows QuickBooks: payments, voids, bad records, lost events, long absences; and at what number of calls."""

import os
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dealvoice.connections.spool import Pair
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.connections import Connection
from dealvoice.storage.inbox import Mark
from dealvoice.storage.invoices import Made
from dealvoice.storage.sweeps import SweepRow
from dealvoice.workflows.sync import receive, track
from dealvoice.workflows.sync.catch_up import catch_up
from dealvoice.workflows.sync.refresh import refresh
from playground.accountant import Accountant, at_vendors_clock
from playground.house import AVIARY, REALM
from playground.looking import connection_of
from playground.sweeping import catch_up_all, take_in

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accountant]:
    with at_vendors_clock(tmp_path_factory.mktemp("books")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quiet(books: Accountant) -> None:
    """Begin each test with nothing to tell; the sweep's overlap lies behind."""
    books.vendor.faults.clear()
    books.lose()
    books.later(timedelta(minutes=20))
    catch_up_all(books.house.app)
    books.house.run()
    books.house.forget_journals()


def _sweep(books: Accountant) -> int | None:
    found = catch_up(books.house.app, books.house.who.tenant_id, connection_of(books.house.app, books.house.who).id)
    books.house.run()
    return found


def _last_sweep(books: Accountant) -> SweepRow:
    with books.house.app.database.read(books.house.who.tenant_id) as store:
        return store.sweeps.newest(connection_of(books.house.app, books.house.who).id)[0]


def _known(books: Accountant, *amounts: str) -> list[str]:
    made = [books.invoice(amount) for amount in amounts]
    books.deliver()
    books.house.forget_journals()
    return made


# Payments are read, never inferred.


def test_payments_event_alone_pays_its_invoice_in_two_calls(books: Accountant) -> None:
    [invoice] = _known(books, "100")

    books.later(timedelta(seconds=5))
    books.pay(invoice, "40", on="2026-11-03")
    books.deliver(only={"Payment"})

    assert (books.stored(invoice).balance, books.stored(invoice).paid_on) == (6000, date(2026, 11, 3))
    assert books.calls() == ["POST query", "POST query"]


def test_payment_and_invoice_told_together_cost_one_call_each(books: Accountant) -> None:
    [invoice] = _known(books, "100")

    books.later(timedelta(seconds=5))
    books.pay(invoice, "100")
    books.deliver()

    assert books.stored(invoice).balance == 0
    assert books.calls() == ["POST query", "POST query"]


def test_invoices_event_alone_reads_the_day_of_its_payment(books: Accountant) -> None:
    [invoice] = _known(books, "100")

    books.pay(invoice, "100", on="2026-11-04")
    books.deliver(only={"Invoice"})

    assert books.stored(invoice).paid_on == date(2026, 11, 4)


def test_deleted_payment_takes_its_day_away_and_reopens(books: Accountant) -> None:
    [invoice] = _known(books, "100")
    books.pay(invoice, "30", on="2026-11-02")
    last = books.pay(invoice, "30", on="2026-11-05")
    books.deliver()
    before = (books.stored(invoice).balance, books.stored(invoice).paid_on)

    books.later(timedelta(seconds=5))
    books.delete_payment(last)
    books.deliver(only={"Payment"})

    assert before == (4000, date(2026, 11, 5))
    assert (books.stored(invoice).balance, books.stored(invoice).paid_on) == (7000, date(2026, 11, 2))


def test_voided_payment_reopens_by_sweep_when_every_event_is_lost(books: Accountant) -> None:
    [invoice] = _known(books, "100")
    payment = books.pay(invoice, "100")
    books.deliver()

    books.void_payment(payment)
    books.lose()
    _sweep(books)

    assert (books.stored(invoice).balance, books.stored(invoice).paid_on) == (10000, None)


# Voided: told, or cleared lines; the note is in the company's language.


def test_void_with_a_note_in_another_language_is_seen_by_its_cleared_lines(books: Accountant) -> None:
    [invoice] = _known(books, "100")

    books.void(invoice)
    books.edit(invoice, PrivateNote="Anulowano")
    books.lose()
    _sweep(books)

    assert books.stored(invoice).voided


def test_zero_invoice_that_nobody_voided_is_not_voided(books: Accountant) -> None:
    [invoice] = _known(books, "100")
    free = {"Qty": 1, "UnitPrice": 0, "ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}

    line = {"Amount": 0, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": free}
    books.edit(invoice, Line=[line], PrivateNote="This was voided by mistake")
    books.deliver()

    row = books.stored(invoice)
    assert (row.total, row.voided) == (0, False)


# One bad record never stops the others.


@pytest.mark.parametrize("way", ["sweep", "event"])
def test_malformed_record_is_set_aside_and_the_others_come_through(books: Accountant, way: str) -> None:
    bad, good = _known(books, "100", "200")
    books.later(timedelta(minutes=6))
    books.edit(bad, DueDate="2031-01-01")
    books.edit(good, DueDate="2031-01-01")
    row = books.vendor.rows(REALM, "Invoice")[bad]
    row["TxnDate"], row["TxnDateWas"] = "31/12/2026", row["TxnDate"]

    if way == "event":
        books.deliver()
    else:
        books.lose()
        _sweep(books)

    with books.house.app.database.read(books.house.who.tenant_id) as store:
        aside = [
            (one.entity, one.quickbooks_id)
            for one in store.set_aside.all(connection_of(books.house.app, books.house.who).id)
        ]
    assert aside == [("Invoice", bad)]
    assert books.stored(good).due_on == date(2031, 1, 1)
    assert not books.stored(bad).deleted

    row["TxnDate"] = row.pop("TxnDateWas")
    books.edit(bad, DueDate="2031-01-02")
    books.lose()
    _sweep(books)
    with books.house.app.database.read(books.house.who.tenant_id) as store:
        assert store.set_aside.count(connection_of(books.house.app, books.house.who).id) == 0
    assert books.stored(bad).due_on == date(2031, 1, 2)


def test_record_that_the_store_will_not_take_is_set_aside(books: Accountant) -> None:
    bad, good = _known(books, "100", "200")
    books.edit(bad, DueDate="2031-01-01")
    books.edit(good, DueDate="2031-01-01")
    row = books.vendor.rows(REALM, "Invoice")[bad]
    row["TotalAmt"], was = 10**30, row["TotalAmt"]

    books.lose()
    _sweep(books)

    row["TotalAmt"] = was
    with books.house.app.database.read(books.house.who.tenant_id) as store:
        [aside] = store.set_aside.all(connection_of(books.house.app, books.house.who).id)
    assert (aside.quickbooks_id, aside.reason.startswith("not stored")) == (bad, True)
    assert books.stored(good).due_on == date(2031, 1, 1)

    books.edit(bad, DueDate="2031-01-02")
    books.lose()
    _sweep(books)
    with books.house.app.database.read(books.house.who.tenant_id) as store:
        assert store.set_aside.count(connection_of(books.house.app, books.house.who).id) == 0


# The sweep.


def test_idle_company_costs_one_call_a_sweep(books: Accountant) -> None:
    _sweep(books)

    assert books.calls() == ["GET cdc"]


def test_refresh_costs_one_call(books: Accountant) -> None:
    [invoice] = _known(books, "100")
    books.pay(invoice, "100")
    books.lose()

    found = refresh(books.house.app, books.house.who, AVIARY)
    books.house.run()

    assert found.changes == 1
    assert books.calls() == ["GET cdc"]


def test_failed_sweep_does_not_move_the_cursor_and_is_tried_again_soon(books: Accountant) -> None:
    before = connection_of(books.house.app, books.house.who)
    books.vendor.faults.add({"status": 503, "path": "/cdc", "times": 0})

    with pytest.raises(QuickBooksError):
        _sweep(books)

    after = connection_of(books.house.app, books.house.who)
    assert (after.cursor, after.swept_at, after.failed_sweeps) == (before.cursor, before.swept_at, 1)
    assert after.next_sweep_at is not None
    assert after.next_sweep_at <= books.house.app.now() + timedelta(minutes=1)
    assert _last_sweep(books).fault


def test_more_changes_than_the_feed_takes_are_read_by_pages(books: Accountant) -> None:
    gone, *_ = _known(books, "100")
    template = books.vendor.rows(REALM, "Invoice")[gone]
    ids = [books.vendor.next_id(REALM, "txn") for _ in range(1100)]
    for one in ids:
        books.vendor.new(REALM, "Invoice", one, {**deepcopy(template), "DocNumber": f"N{one}", "LinkedTxn": []})
    books.delete(gone)
    books.lose()

    _sweep(books)

    with books.house.app.database.read(books.house.who.tenant_id) as store:
        held = set(store.invoices.ids_made(connection_of(books.house.app, books.house.who).id, Made()))
    assert held == set(books.vendor.rows(REALM, "Invoice"))
    assert books.stored(gone).deleted
    # Two answers of the feed, the pages (one second holds them all, so they overlap), counts, and ids where they differ.
    assert len(books.calls()) <= 16
    assert connection_of(books.house.app, books.house.who).compare_due is False
    for one in ids:
        books.vendor.remove(REALM, "Invoice", one)
    books.lose()


def test_invoice_deleted_forty_days_ago_is_found(books: Accountant) -> None:
    gone, stays, changed = _known(books, "100", "200", "300")
    books.delete(gone)
    books.edit(changed, DueDate="2031-05-05")
    books.lose()
    books.later(timedelta(days=40))

    _sweep(books)

    assert books.stored(gone).deleted
    assert not books.stored(stays).deleted
    assert books.stored(changed).due_on == date(2031, 5, 5)
    assert _last_sweep(books).kind == "compared"


def test_sweep_tells_what_differed_and_why(books: Accountant) -> None:
    lost, waiting, fresh = _known(books, "100", "200", "300")
    books.pay(lost, "100")
    books.lose()
    books.later(timedelta(minutes=3))
    books.edit(waiting, DueDate="2031-01-01")
    for one in books.events():
        receive.keep(books.house.app, receive.read(books.house.app, one.body, one.headers["intuit-signature"]) or [])
    books.edit(fresh, DueDate="2031-01-01")
    books.lose()

    _sweep(books)

    found = _last_sweep(books)
    assert (found.differed, found.lost, found.waiting, found.fresh) == (3, 1, 1, 1)
    assert {one["id"]: one["why"] for one in found.details} == {lost: "lost", waiting: "waiting", fresh: "fresh"}


def test_mirror_is_right_within_a_quarter_of_an_hour_when_every_event_is_lost(books: Accountant) -> None:
    made = _known(books, "100", "200", "300")
    for _ in range(40):  # nothing happens for long, so the pauses are as long as they get
        books.later(timedelta(minutes=1))
        books.house.engine.run_schedule(receive.SWEEP)
    books.house.forget_journals()
    calls, worst = Counter[str](), timedelta(0)

    for invoice in made:
        books.later(timedelta(minutes=2))
        books.house.engine.run_schedule(receive.SWEEP)
        books.pay(invoice, "100")
        books.lose()
        since = books.house.app.now()
        while books.stored(invoice).paid_on is None:
            books.later(timedelta(seconds=20))
            books.house.engine.run_schedule(receive.SWEEP)
            books.house.run()
            assert books.house.app.now() - since < timedelta(minutes=15)
        worst = max(worst, books.house.app.now() - since)
    calls.update(books.calls())

    assert worst > timedelta(minutes=2)
    assert calls["GET cdc"] <= 12


def test_late_event_has_its_company_swept_at_once(books: Accountant) -> None:
    told, other = _known(books, "100", "200")
    _sweep(books)
    books.pay(told, "100")
    late = books.events()
    books.pay(other, "200")
    books.lose()
    books.later(timedelta(minutes=11))
    with books.house.app.database.write(books.house.who.tenant_id) as store:
        row = store.connections.current()
        assert row is not None
        row.next_sweep_at = books.house.app.now() + timedelta(minutes=1)

    for one in late:
        take_in(books.house.app, one.body, one.headers["intuit-signature"])
    books.house.run()

    assert books.stored(other).balance == 0


# Events.


def test_event_of_an_unknown_company_is_dropped_with_a_good_answer(books: Accountant) -> None:
    body = b'[{"id":"e1","type":"qbo.invoice.updated.v1","intuitentityid":"1","intuitaccountid":"999","time":""}]'
    from dealvoice_sandbox.quickbooks.webhooks import sign

    assert take_in(books.house.app, body, sign(body, "dealvoice-demo-verifier"))
    with books.house.app.database.everyone_read() as lobby:
        assert lobby.inboxes.connections() == []


def test_old_events_are_forgotten(books: Accountant) -> None:
    mark = Mark(
        books.house.who.tenant_id, connection_of(books.house.app, books.house.who).id, "Invoice", "1", event_id="old"
    )
    then = books.house.app.now() - timedelta(days=31)
    with books.house.app.database.everyone_write() as lobby:
        again = (lobby.inboxes.take_in([mark], then), lobby.inboxes.take_in([mark], then))

    receive.forget_old(books.house.app)

    with books.house.app.database.everyone_write() as lobby:
        new = lobby.inboxes.take_in([mark], books.house.app.now())
    assert ([len(one) for one in again], new) == ([1, 0], [mark])
    track.track_all(books.house.app)


def test_burst_over_many_companies_costs_a_call_each(books: Accountant) -> None:
    """A soak has a hundred of them."""
    app, vendor = books.house.app, books.vendor
    realms = [f"93414520000{number:05d}" for number in range(1000, 1100 if SOAK else 1030)]
    now = app.now()
    for realm in realms:
        vendor.store.tree["companies"][realm] = deepcopy(vendor.company(REALM))
        grant = books.house.quickbooks("POST", "/_sandbox/tokens", json={"realmId": realm})
        with app.database.write(f"tenant{realm}") as store:
            row = Connection(
                id=f"c{realm}", tenant=f"tenant{realm}", realm_id=realm, installation_id="i", steward_id="i",
                state="live", connected_at=now, imported_at=now, cursor=now, home_currency="USD", token_version=0,
            )  # fmt: skip
            app.quickbooks_tokens.store(row, _pair(grant))
            store.connections.add(row)
    events = [
        receive.webhooks.Event(f"{realm}-{number}", realm, "Invoice", str(number % 90), receive.Operation.UPDATED, None)
        for number in range(100)
        for realm in realms
    ]
    books.house.forget_journals()

    for start in range(0, len(events), 500):
        receive.keep(app, events[start : start + 500])
    books.house.run()

    per_company = Counter(row["path"].split("/")[3] for row in books.house.journal("quickbooks"))
    for realm in realms:
        with app.database.write(f"tenant{realm}") as store:
            store.remove_everything()
    # The invoices in one call; their payments, which no event told of, in one more.
    assert max(per_company.values()) <= 2
    assert len(per_company) == len(realms)


def _pair(grant: dict[str, Any]) -> Pair:
    return Pair(
        access=grant["access_token"], refresh=grant["refresh_token"], access_life=timedelta(hours=1),
        refresh_life=timedelta(days=100),
    )  # fmt: skip


def test_dirty_marks_of_each_kind_come_a_thousand_at_a_time(books: Accountant) -> None:
    app, connection = books.house.app, connection_of(books.house.app, books.house.who)
    with app.database.write(books.house.who.tenant_id) as store:
        store.inbox.mark(connection.id, "Invoice", (f"9{number:05d}" for number in range(2500)), datetime.now(UTC))

    track.track_all(app)

    assert books.calls() == ["POST query"] * 3


def test_what_is_marked_while_others_are_read_comes_together_the_next_time(
    books: Accountant, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = books.house.app, connection_of(books.house.app, books.house.who)
    fetch, coming = track._fetch, iter(range(40))

    def mark(number: int) -> None:
        with app.database.write(books.house.who.tenant_id) as store:
            store.inbox.mark(connection.id, "Invoice", [f"8{number:05d}"], datetime.now(UTC))

    def meanwhile(*told: Any) -> Any:
        for _ in range(20):
            mark(next(coming))
        return fetch(*told)

    mark(99)
    monkeypatch.setattr(track, "_fetch", meanwhile)
    track.track_all(app)
    first = books.calls()
    monkeypatch.setattr(track, "_fetch", fetch)
    books.house.run()

    assert first == ["POST query"]
    assert books.calls() == ["POST query"] * 2  # nobody had to wake it again
    with app.database.read(books.house.who.tenant_id) as store:
        assert store.inbox.count(connection.id) == 0


def test_two_at_once_do_not_take_marks_off_that_neither_has_seen(tmp_path: Path, books: Accountant) -> None:
    app, connection = books.house.app, connection_of(books.house.app, books.house.who)
    with app.database.write(books.house.who.tenant_id) as store:
        store.inbox.mark(connection.id, "Invoice", ["1"], books.house.app.now())
        seen = store.inbox.dirty(connection.id)
    with app.database.write(books.house.who.tenant_id) as store:
        store.inbox.clean(seen)
    books.later(timedelta(seconds=1))
    with app.database.write(books.house.who.tenant_id) as store:
        store.inbox.mark(connection.id, "Invoice", ["1"], books.house.app.now())

    with app.database.write(books.house.who.tenant_id) as store:
        store.inbox.clean(seen)
        left = store.inbox.count(connection.id)

    assert left == 1
    track.track_all(app)
