"""Long lists: the database's flag is the core's, pages by key lose and repeat nothing, sums are of all pages."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from dealvoice.invoicing.ledger import ledger
from dealvoice.invoicing.status import derive
from dealvoice.storage.engine import open_engine
from dealvoice.storage.invoice_lists import PAGE, SORTS, BadPlace, Wanted
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database

TODAY = date(2026, 3, 13)
TENANT, CONNECTION, CUSTOMER = "t1", "c1", "7"
COUNT = 3 * PAGE + 17


def _row(number: int, rng: random.Random) -> InvoiceRow:
    total = rng.choice([0, 1, 5_000, 12_345])
    balance = rng.choice([0, total, total // 2, total + 1])
    due = rng.choice([None, TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=30)])
    return InvoiceRow(
        id=f"{rng.getrandbits(64):016x}", tenant=TENANT, connection_id=CONNECTION, quickbooks_id=str(number),
        number=rng.choice([str(number), f"INV/2026-03-{number % 28 + 1:02d}", ""]), customer_id=CUSTOMER,
        customer_name="Amy", currency=rng.choice(["USD", "JPY"]), total=total, balance=balance, tax=0,
        issued_on=rng.choice([None, TODAY, TODAY - timedelta(days=rng.randrange(90))]), due_on=due, email="",
        sent_at=None, has_payments=False, voided=rng.random() < 0.2, deleted=rng.random() < 0.1,
        last_total=rng.choice([0, 777]), sync_token="0", updated_at=None, created_at=None,
        operation_id=rng.choice([None, "op"]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('lists') / 'x.sqlite3'}")
    upgrade(engine)
    opened = Database(engine)
    rng = random.Random(7)
    with opened.write(TENANT) as store:
        for number in range(COUNT):
            store.invoices.add(_row(number, rng))
        stranger = _row(COUNT, rng)
        stranger.tenant = "t2"
        store.invoices.add(stranger)
    yield opened
    opened.close()


def _pages(database: Database, **wanted: object) -> list[list[InvoiceRow]]:
    found: list[list[InvoiceRow]] = []
    after = ""
    while True:
        asked = Wanted(CONNECTION, TODAY, (CUSTOMER,), after=after, **wanted)  # type: ignore[arg-type] # named by the caller
        with database.read(TENANT) as store:
            page = store.invoice_lists.page(asked)
        found.append(page.rows)
        after = page.next
        if not after:
            return found


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_every_invoice_once_whatever_the_order(database: Database, sort: str, descending: bool) -> None:
    pages = _pages(database, sort=sort, descending=descending)

    ids = [row.id for page in pages for row in page]
    assert [len(page) for page in pages] == [PAGE, PAGE, PAGE, COUNT - 3 * PAGE]
    assert len(set(ids)) == COUNT


def test_flags_counts_and_sums_are_the_cores(database: Database) -> None:
    with database.read(TENANT) as store:
        page = store.invoice_lists.page(Wanted(CONNECTION, TODAY, (CUSTOMER,)))
    rows = [row for found in _pages(database) for row in found]
    statuses = [(row.standing(), derive(row.standing(), TODAY)) for row in rows]

    assert page.counts == dict(Counter(status.flag.value for _, status in statuses))
    core = {found.currency: (found.invoiced, found.paid, found.open, found.overdue) for found in ledger(statuses)}
    assert {key: (sums.invoiced, sums.paid, sums.open, sums.overdue) for key, sums in page.sums.items()} == core
    for flag in page.counts:
        only = [row for found in _pages(database, flag=flag) for row in found]
        assert {derive(row.standing(), TODAY).flag.value for row in only} == {flag}
        assert len(only) == page.counts[flag]


def test_both_ends_of_a_period_count(database: Database) -> None:
    first, last = TODAY - timedelta(days=30), TODAY - timedelta(days=10)

    days = [row.issued_on for found in _pages(database, first=first, last=last) for row in found]

    assert days
    assert all(day is not None and first <= day <= last for day in days)


def test_place_of_another_order_is_refused(database: Database) -> None:
    with database.read(TENANT) as store:
        page = store.invoice_lists.page(Wanted(CONNECTION, TODAY, (CUSTOMER,)))
        for after in (page.next, "rubbish", "W10="):
            with pytest.raises(BadPlace):
                store.invoice_lists.page(Wanted(CONNECTION, TODAY, (CUSTOMER,), sort="total", after=after))
