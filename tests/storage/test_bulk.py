"""What is written many rows at a time comes back as it went in, on SQLite and on PostgreSQL alike."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, LargeBinary, event, select

from dealvoice.storage.bulk import insert_missing, upsert
from dealvoice.storage.engine import open_engine
from dealvoice.storage.inbox import DirtyRow, Mark
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.items import ItemRow
from dealvoice.storage.payments import PaymentLink, PaymentRow
from dealvoice.storage.schema import upgrade
from dealvoice.storage.tables import metadata
from dealvoice.storage.unit_of_work import Database
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

NOW = datetime(2026, 11, 24, 12, 30, 15, 123456, tzinfo=UTC)
_tenants = count(1)
_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=32)
_moments = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))
_days = st.none() | st.dates(date(1970, 1, 2), date(2100, 1, 1))
_amounts = st.integers(-(2**63), 2**63 - 1)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        opened = open_engine(f"sqlite:///{tmp_path_factory.mktemp('bulk') / 'store.sqlite3'}")
        upgrade(opened)
    else:
        cluster: Postgres = request.getfixturevalue("postgres")
        opened = open_engine(cluster.migrated())
    yield opened
    opened.dispose()


def _invoice(tenant: str, quickbooks_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{tenant}-{quickbooks_id}", "tenant": tenant, "connection_id": "c1", "quickbooks_id": quickbooks_id,
        "number": "1037", "folded_number": "1037", "customer_id": "1", "customer_name": "Ny ÆØÅ \"'\\ {a,b}\nNULL",
        "currency": "JPY", "total": 2**62, "balance": -1, "tax": 0, "issued_on": date(2024, 2, 29), "due_on": None,
        "paid_on": None, "credited": 0, "email": "", "copies": "", "sent_at": NOW, "has_payments": True,
        "voided": False, "deleted": False, "ended_at": None, "ended_by": "", "last_total": 1, "sync_token": "0",
        "updated_at": NOW, "created_at": None, "operation_id": None, "made_by": "null",
        "fault": {"code": "x", "of": [1, None, "1.10"]}, "version": 0, **more,
    }  # fmt: skip


def _item(tenant: str, quickbooks_id: str, **more: Any) -> ItemRow:
    values = {
        "tenant": tenant, "connection_id": "c1", "quickbooks_id": quickbooks_id, "name": "Nest box",
        "search": "nest box", "kind": "Service", "active": True, "unit_price": Decimal("0.10"), "sku": "",
        "description": "", "taxable": False, "sold": True, "tax_code": None, "sync_token": "0", "updated_at": NOW,
    }  # fmt: skip
    return ItemRow(**{**values, **more})


def _stored(database: Database, kind: type[Any], tenant: str) -> list[dict[str, Any]]:
    with database.read(tenant) as store:
        rows = store._session.scalars(select(kind).where(kind.tenant == tenant).order_by(kind.quickbooks_id))
        return [{column.name: getattr(row, column.name) for column in kind.__table__.c} for row in rows]


@given(
    pages=st.lists(
        st.fixed_dictionaries({
            "customer_name": _text, "number": _text, "total": _amounts, "balance": _amounts, "issued_on": _days,
            "due_on": _days, "sent_at": _moments, "updated_at": _moments, "has_payments": st.booleans(),
            "voided": st.booleans(), "operation_id": st.none() | _text.filter(bool), "fault": _json,
        }),
        min_size=1, max_size=5,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_page_comes_back_as_it_went_in(engine: Engine, pages: list[dict[str, Any]]) -> None:
    database, tenant = Database(engine), f"page{next(_tenants)}"
    rows = [_invoice(tenant, str(n), **row, folded_number="f") for n, row in enumerate(pages)]

    with database.write(tenant) as store:
        insert_missing(store._session, [_raw(row) for row in rows])

    assert _stored(database, InvoiceRow, tenant) == rows


def _raw(row: dict[str, Any]) -> InvoiceRow:
    """Return a row object with exactly these values."""
    made = InvoiceRow(**row)
    made.folded_number = row["folded_number"]
    return made


def test_replaced_columns_change_and_those_that_were_not_set_stay(engine: Engine) -> None:
    database, tenant = Database(engine), f"page{next(_tenants)}"
    with database.write(tenant) as store:
        upsert(store._session, [_item(tenant, "1", on_hand=Decimal("3.50")), _item(tenant, "2", name="Feeder")])

    with database.write(tenant) as store:
        upsert(store._session, [_item(tenant, "1", unit_price=None), _item(tenant, "3"), _item(tenant, "3", sku="S")])
    stored = _stored(database, ItemRow, tenant)

    assert [row["unit_price"] for row in stored] == [None, Decimal("0.10"), Decimal("0.10")]
    assert stored[0]["on_hand"] == Decimal("3.50")
    assert stored[1]["name"] == "Feeder"
    assert stored[2]["sku"] == "S", "of two with the same key the last one counts"
    assert stored[2]["folded_name"] == "", "what was never set has its default"


def test_older_page_replaces_nothing(engine: Engine) -> None:
    database, tenant = Database(engine), f"page{next(_tenants)}"
    for name, at in (("new", NOW), ("old", NOW - timedelta(seconds=1)), ("same", NOW)):
        with database.write(tenant) as store:
            store.items.put([_item(tenant, "1", name=name, updated_at=at)])

    assert [row["name"] for row in _stored(database, ItemRow, tenant)] == ["same"]


def test_missing_are_added_and_the_others_stay(engine: Engine) -> None:
    database, tenant = Database(engine), f"page{next(_tenants)}"
    for name in ("first", "second"):
        with database.write(tenant) as store:
            some = ["1", "1"] if name == "first" else ["1", "2"]
            rows = [_invoice(tenant, one, id=f"{tenant}{name}{n}", made_by=name) for n, one in enumerate(some)]
            insert_missing(store._session, [InvoiceRow(**row) for row in rows])

    assert [row["made_by"] for row in _stored(database, InvoiceRow, tenant)] == ["first", "second"]


def test_moment_is_stored_in_utc_and_refused_without_a_zone(engine: Engine) -> None:
    database, tenant = Database(engine), f"page{next(_tenants)}"
    india = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))

    with database.write(tenant) as store:
        upsert(store._session, [_item(tenant, "1", updated_at=india)])
    with pytest.raises(Exception, match="time zone"), database.write(tenant) as store:
        upsert(store._session, [_item(tenant, "2", updated_at=NOW.replace(tzinfo=None))])

    assert [row["updated_at"] for row in _stored(database, ItemRow, tenant)] == [NOW]


def test_no_column_holds_bytes() -> None:
    """They would not come back from a JSON array as they went in."""
    assert [c for table in metadata.sorted_tables for c in table.c if isinstance(c.type, LargeBinary)] == []


def test_event_is_new_to_one_of_two_processes(engine: Engine) -> None:
    database, tenant = Database(engine), f"inbox{next(_tenants)}"
    marks = [Mark(tenant, "c1", "Invoice", str(n % 7), f"e{n}", voided=n == 3) for n in range(40)]
    new: list[int] = []

    def told(some: list[Mark]) -> None:
        with database.everyone_write() as lobby:
            new.append(len(lobby.inboxes.take_in(some, NOW)))

    both = [threading.Thread(target=told, args=(some,)) for some in (marks, marks[::-1])]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    with database.read(tenant) as store:
        dirty = {row.quickbooks_id: (row.marks, row.void_told) for row in store.inbox.dirty("c1")}

    assert sorted(new) == [0, 40]
    assert dirty == {str(n): (6 if n < 5 else 5, int(n == 3)) for n in range(7)}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_mark_that_is_being_raised_is_not_waited_for_and_stays(engine: Engine) -> None:
    database, tenant = Database(engine), f"inbox{next(_tenants)}"
    marks = [Mark(tenant, "c1", "Invoice", str(n), f"e{n}") for n in range(3)]
    with database.everyone_write() as lobby:
        lobby.inboxes.take_in(marks, NOW)
    with database.read(tenant) as store:
        seen = store.inbox.dirty("c1")
    raised, cleaned = threading.Event(), threading.Event()
    left: list[str] = []

    def clean() -> None:
        raised.wait(60)
        with database.write(tenant) as store:
            store.inbox.clean(seen)
            left.extend(store._session.scalars(select(DirtyRow.quickbooks_id).where(DirtyRow.tenant == tenant)))
        cleaned.set()

    other = threading.Thread(target=clean)
    other.start()
    with database.everyone_write() as lobby:
        lobby.inboxes.take_in([Mark(tenant, "c1", "Invoice", "1", "again")], NOW)
        lobby._session.flush()
        raised.set()
        assert cleaned.wait(10), "whoever cleans waits for whoever marks"
    other.join(10)

    assert left == ["1"]


def test_page_of_payments_takes_a_few_statements_and_replaces_what_each_pays(engine: Engine) -> None:
    database, tenant = Database(engine), f"paid{next(_tenants)}"
    asked: list[str] = []

    def put(*invoices: str) -> frozenset[str]:
        page = [(_payment(str(n)), [_link(str(n), one) for one in invoices]) for n in range(300)]
        with database.write(tenant) as store:
            return store.payments.put("c1", page)["7"].moved

    first = put("1", "2")

    def told(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", told)
    second = put("2", "3")
    event.remove(engine, "before_cursor_execute", told)
    with database.read(tenant) as store:
        paid = store.payments.paid("c1", ["1", "2", "3"])

    assert (first, second) == ({"1", "2"}, {"1", "3"})
    assert {invoice_id: len(one.payments) for invoice_id, one in paid.items()} == {"2": 300, "3": 300}
    assert len(asked) < 15


def _payment(quickbooks_id: str) -> PaymentRow:
    return PaymentRow(
        connection_id="c1", quickbooks_id=quickbooks_id, paid_on=date(2026, 1, 1), currency="USD", total=100,
        sync_token="0", updated_at=NOW,
    )  # fmt: skip


def _link(payment_id: str, invoice_id: str) -> PaymentLink:
    return PaymentLink(
        connection_id="c1", payment_id=payment_id, invoice_id=invoice_id, amount=50, credit=0, paid_on=date(2026, 1, 1)
    )
