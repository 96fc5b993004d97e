"""The ground of every table: names of constraints, and types that come back as they went in on every database."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import ColumnElement, DateTime, Dialect, MetaData, Select, String, Text, bindparam, case, func, select
from sqlalchemy import inspect as inspected
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator

from dealvoice.reading import decoder

Row = TypeVar("Row", bound="Base")


class Base(DeclarativeBase):
    """Parent of every row class. Every table has a ``tenant`` column."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so they are put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse moments without a zone and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name != "sqlite" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A quantity, unit price or rate, kept as text: ``Numeric`` on SQLite would store a float."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write plainly, without an exponent."""
        del dialect
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read exactly."""
        del dialect
        return None if value is None else Decimal(value)


_PLAIN = decoder(cast(type[Any], Any))


class Json(TypeDecorator[Any]):
    """Small JSON of our own making: settings, frozen bodies, faults. Never a vendor's raw object."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write compactly; decimals become strings."""
        del dialect
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read plain values."""
        del dialect
        return None if value is None else _PLAIN.decode(value)


def by_key(session: Session, row: type[Row], *key: Any) -> Row | None:
    """Return a row by its primary key, as ``Session.get`` does; in half its time, for the statement is made up once."""
    known = session.identity_map.get(inspected(row).identity_key_from_primary_key(key))
    if isinstance(known, row) and not inspected(known).expired:
        return known
    found: Row | None = session.scalar(_with_key(row), {f"key{n}": part for n, part in enumerate(key)})
    return found


@cache
def _with_key(row: type[Base]) -> Select[Any]:
    columns = inspected(row).primary_key
    return select(row).where(*(column == bindparam(f"key{n}") for n, column in enumerate(columns)))


def name_first(name: InstrumentedAttribute[str], text: str) -> ColumnElement[int]:
    """Order search results: the name itself, names that begin with the text, names that hold it, the rest."""
    wanted = text.strip().casefold()
    folded = func.lower(name)
    return case(
        (folded == wanted, 0),
        (folded.startswith(wanted, autoescape=True), 1),
        (folded.contains(wanted, autoescape=True), 2),
        else_=3,
    )
