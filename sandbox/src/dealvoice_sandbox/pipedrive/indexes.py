"""
Rows of a table by the value of a column, so that a company of many thousand deals answers as fast as a small one.

A table only grows at its end, or loses rows through ``drop``; a row that moves to another value is told by ``forget``.
"""

from itertools import islice
from typing import Any

Row = dict[str, Any]
Table = dict[str, Row]


class Indexes:
    """The indexes of one emulator; they are made when first asked for and follow their tables."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Index] = {}

    def rows(self, name: str, table: Table, column: str, value: Any) -> list[Row]:
        """Return the rows of a table whose column has a value, in the table's order."""
        index = self._kept.get((name, column))
        if index is None or index.table is not table or len(table) < index.count:
            index = self._kept[name, column] = _Index(table, column)
        index.catch_up()
        return [row for row in index.by_value.get(value, {}).values() if row[column] == value]

    def drop(self, name: str, table: Table, key: str) -> Row:
        """Take a row out of its table and of every index."""
        row = table[key]
        for (kept, column), index in self._kept.items():
            if kept == name and index.table is table:
                index.catch_up()
                index.by_value.get(row[column], {}).pop(key, None)
                index.count -= 1
        return table.pop(key)

    def forget(self, name: str) -> None:
        """Make a table's indexes anew when next asked, because rows of it have moved."""
        self._kept = {key: index for key, index in self._kept.items() if key[0] != name}


class _Index:
    def __init__(self, table: Table, column: str) -> None:
        self.table, self.column, self.count = table, column, 0
        self.by_value: dict[Any, dict[str, Row]] = {}

    def catch_up(self) -> None:
        more = len(self.table) - self.count
        if not more:
            return
        for key in reversed(list(islice(reversed(self.table), more))):
            row = self.table[key]
            self.by_value.setdefault(row[self.column], {})[key] = row
        self.count = len(self.table)
