"""
What is looked up too often to walk over all objects for it: latest changes, names and jobs.

It is drawn from a company's tree, told of each change, and holds nothing that the tree does not say.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

Row = dict[str, Any]
PEOPLE = ("Customer", "Vendor", "Employee")


class Index:
    """One company's."""

    def __init__(self, company: Row) -> None:
        self.company = company
        self._changed: dict[str, dict[str, float]] = defaultdict(dict)
        self._sorted: dict[str, bool] = defaultdict(lambda: True)
        self._names: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        self._named: dict[tuple[str, str], str] = {}
        self._jobs: dict[str, dict[str, None]] = defaultdict(dict)
        self._parents: dict[str, str] = {}
        for entity, rows in company["entities"].items():
            for entity_id, row in rows.items():
                self.record(entity, entity_id, row)

    def record(self, entity: str, entity_id: str, row: Row) -> None:
        """Take over an object as it is now."""
        key = entity, entity_id
        self._time(entity, entity_id, row)
        if entity in PEOPLE:
            self._name(key, str(row.get("DisplayName", "")).casefold())
        if entity == "Customer":
            self._jobs.get(self._parents.get(entity_id, ""), {}).pop(entity_id, None)
            self._parents[entity_id] = (row.get("ParentRef") or {}).get("value", "")
            self._jobs[self._parents[entity_id]][entity_id] = None

    def forget(self, entity: str, entity_id: str) -> None:
        """Let go of a deleted object."""
        key = entity, entity_id
        self._changed[entity].pop(entity_id, None)
        self._name(key, "")

    def changed_since(self, entity: str, moment: datetime) -> list[str]:
        """Return the ids of what was changed at or after a moment, in the order of change."""
        since, found = moment.timestamp(), []
        if not self._sorted[entity]:
            self._changed[entity] = dict(sorted(self._changed[entity].items(), key=lambda pair: pair[1]))
            self._sorted[entity] = True
        for entity_id, at in reversed(self._changed[entity].items()):
            if at < since:
                break
            found.append(entity_id)
        return found[::-1]

    def bearers(self, name: str) -> list[tuple[str, str]]:
        """Return who bears a display name, of customers, vendors and employees, as entity and id."""
        return list(self._names.get(name.casefold(), ()))

    def jobs(self, customer_id: str) -> list[str]:
        """Return the ids of the customers right below one."""
        return list(self._jobs.get(customer_id, ()))

    def _time(self, entity: str, entity_id: str, row: Row) -> None:
        text = (row.get("MetaData") or {}).get("LastUpdatedTime")
        at = datetime.fromisoformat(text).timestamp() if text else 0.0
        times = self._changed[entity]
        times.pop(entity_id, None)
        if times and self._sorted[entity] and at < times[next(reversed(times))]:
            self._sorted[entity] = False
        times[entity_id] = at

    def _name(self, key: tuple[str, str], name: str) -> None:
        self._names.get(self._named.pop(key, ""), {}).pop(key, None)
        if name:
            self._named[key] = name
            self._names[name][key] = None
