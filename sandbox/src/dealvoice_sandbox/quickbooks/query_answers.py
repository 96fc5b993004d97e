"""The answer to a query: its statement is run over a company's objects, paged and projected."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import exchange_rates, query, query_run
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import BY_PATH, COUNTED, LISTS, ordered
from dealvoice_sandbox.quickbooks.query import MOST, Statement
from dealvoice_sandbox.quickbooks.query_run import Askable
from dealvoice_sandbox.quickbooks.schema import ENTITIES, META_DATA

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_PSEUDO_CODES = frozenset({"TAX", "NON", "CustomSalesTax"})


class Found:
    """
    What the last queries found, so that the next page of the same query costs nothing.

    Only ids are kept, in order, and only until something is written.
    """

    _KEPT = 16

    def __init__(self) -> None:
        self._ids: OrderedDict[Hashable, list[str]] = OrderedDict()

    def get(self, key: Hashable) -> list[str] | None:
        """Return the ids that a query found."""
        return self._ids.get(key)

    def keep(self, key: Hashable, ids: list[str]) -> None:
        """Keep the ids that a query found."""
        self._ids[key] = ids
        if len(self._ids) > self._KEPT:
            self._ids.popitem(last=False)


def answer(emulator: "QuickBooksEmulator", realm: str, text: str) -> Row:
    """
    Return the ``QueryResponse`` of a statement.

    Raises:
        Refusal: 4000 or 4001.
    """
    statement = query.parse(text)
    if statement.spaced and not emulator.switches["order_by_in_two_words"]:
        raise Refusal(
            "4000", 'QueryParserError: Encountered " <ID> "order "".\nWas expecting:\n    "orderby" ...\n    '
        )
    entity = BY_PATH.get(statement.entity.lower())
    if entity is None:
        raise Refusal("4001", f"QueryValidationError: invalid context declaration: {statement.entity}")
    if statement.most > MOST and emulator.switches["maxresults_above_1000"] == "refuse":
        raise Refusal("4001", f"QueryValidationError: value {statement.most} is too large. Max allowed value is {MOST}")
    if entity == "ExchangeRate":
        return _rates(emulator, realm, statement)
    rows = emulator.rows(realm, entity)
    askable = _askable(entity)
    ids = _run(emulator, realm, statement, askable, rows)
    if statement.count:
        return {"totalCount": len(ids)}
    page = query_run.project(_page(entity, ids, rows, statement), statement, askable)
    if not page:
        return {}
    shaped: Row = {
        entity: [
            ordered(entity, row) if statement.fields else emulator.printed(realm, entity, row, queried=True)
            for row in page
        ],
        "startPosition": statement.start,
        "maxResults": len(page),
    }
    if entity in COUNTED:
        shaped["totalCount"] = len(ids)
    return shaped


def _run(
    emulator: "QuickBooksEmulator", realm: str, statement: Statement, askable: Askable, rows: dict[str, Row]
) -> list[str]:
    switches, today = emulator.switches, emulator.today(realm)
    settings = bool(switches["sortable_id"]), bool(switches["not_equal"])
    mixed = statement.start if switches["shuffled_ties"] and not statement.count else 0
    version = emulator.store.version
    key = (realm, askable.entity, statement.where, statement.orders, settings, today, version, len(rows), mixed)
    ids = emulator.found.get(key)
    if ids is None:
        plan = query_run.plan(statement, askable, today=today, sortable_id=settings[0], not_equal=settings[1])
        found = plan.run(rows, mixed=mixed) if mixed else plan.run(rows)
        ids = [row["Id"] for row in found]
        emulator.found.keep(key, ids)
    return ids


def _page(entity: str, ids: list[str], rows: dict[str, Row], statement: Statement) -> list[Row]:
    first, most, extra = statement.start - 1, min(statement.most, MOST), []
    if entity == "TaxCode":
        # Known bug of the vendor: the pseudo codes come on top of MAXRESULTS (asserted by python-quickbooks, live).
        extra = [one for one in ids if one in _PSEUDO_CODES] if first == 0 else []
        ids = [one for one in ids if one not in _PSEUDO_CODES]
    return [rows[one] for one in (*extra, *ids[first : first + most]) if one in rows]


def _rates(emulator: "QuickBooksEmulator", realm: str, statement: Statement) -> Row:
    """Exchange rates are there for any day: the days and currencies asked for are drawn up, then looked through."""
    said: dict[str, list[str]] = {"sourcecurrencycode": [], "asofdate": []}
    for condition in statement.where:
        if condition.operator in ("=", "in") and condition.path.lower() in said:
            said[condition.path.lower()] += [value.text for value in condition.values]
    rates = exchange_rates.listed(emulator, realm, said["sourcecurrencycode"], said["asofdate"])
    rows = {f"{row['SourceCurrencyCode']}:{row['AsOfDate']}": row for row in rates}
    askable = _askable("ExchangeRate")
    found = list(
        query_run.plan(statement, askable, today=emulator.today(realm), sortable_id=False, not_equal=True).run(rows)
    )
    if statement.count:
        return {"totalCount": len(found)}
    first = statement.start - 1
    page = query_run.project(found[first : first + min(statement.most, MOST)], statement, askable)
    shaped = {"ExchangeRate": page, "startPosition": statement.start, "maxResults": len(page)}
    return shaped if page else {}


def _askable(entity: str) -> Askable:
    known = ENTITIES[entity]
    names = [*known.properties, *META_DATA]
    return Askable(
        entity,
        {name.lower(): name for name in names},
        known.filterable | META_DATA,
        known.sortable | META_DATA,
        entity in LISTS,
    )
