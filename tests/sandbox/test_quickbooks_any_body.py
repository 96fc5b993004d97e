"""Whatever a client writes is taken or refused in the vendor's way: no body makes the emulator stumble."""

import random
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from dealvoice_sandbox.quickbooks import operations
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.generic import NothingDone
from dealvoice_sandbox.quickbooks.schema import ENTITIES, ENUMS, TYPES, Property
from dealvoice_sandbox.quickbooks.writing import read_json, to_json
from sandbox.desk import Desk

ODD = [None, "", [], {}, True, -1, "x", {"value": None}, [None], [{}], 10**20]
PLAIN = {
    "string": ["a", "1", "x" * 30, "ć'\"<", "", "  "],
    "id": ["1", "2", "8", "130", 7, "zz"],
    "boolean": [True, False, "true"],
    "decimal": [Decimal("1.5"), 0, -3, "2", "1e5", Decimal("0.001"), 10**9],
    "integer": [1, 0, -5, 31, 1000, "3"],
    "date": ["2026-01-31", "2026-02-28T10:00:00Z", "9999-12-31", "0001-01-01"],
    "datetime": ["2026-01-31T00:00:00-08:00"],
    "any": [1, "x", {}, []],
}


class Writer:
    """Makes bodies up, the same ones from the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, one: Property, depth: int = 0) -> Any:
        if self.random.random() < 0.06:
            return self.random.choice(ODD)
        if one.type in PLAIN:
            found = self.random.choice(PLAIN[one.type])
        elif one.type in ENUMS:
            found = self.random.choice(sorted(ENUMS[one.type]))
        else:
            found = self.group(TYPES[one.type], depth + 1)
        return [found] * self.random.randint(0, 2) if one.many else found

    def group(self, properties: dict[str, Property], depth: int = 0) -> dict[str, Any]:
        names = self.random.sample(list(properties), min(len(properties), self.random.randint(1, 6)))
        return {} if depth > 4 else {name: self.value(properties[name], depth) for name in names}

    def body(self, desk: Desk, entity: str) -> dict[str, Any]:
        known = ENTITIES[entity]
        body = self.group(known.properties)
        body |= {name: self.value(known.properties[name]) for name in known.required if self.random.random() < 0.9}
        rows = list(desk.emulator.rows(desk.realm, entity).values())
        if not rows or self.random.random() < 0.6:
            return {name: value for name, value in body.items() if name != "Id"}
        row = self.random.choice(rows)
        head = {"Id": row.get("Id"), "SyncToken": row.get("SyncToken"), "sparse": self.random.random() < 0.5}
        return {**(row if self.random.random() < 0.5 else {}), **body, **head}


@pytest.mark.parametrize("seed", range(4))
def test_write_when_of_any_body_then_taken_or_refused(seed: int) -> None:
    desk, writer, taken = Desk(), Writer(seed), 0
    if seed % 2:
        desk.prefer("CurrencyPrefs", MultiCurrencyEnabled=True)

    for _ in range(1000):
        entity = writer.random.choice(sorted(ENTITIES))
        operation = writer.random.choice(["", "", "", "update", "delete", "void"])
        include = frozenset({"void"} if writer.random.random() < 0.2 else ())
        body = read_json(to_json(writer.body(desk, entity)))
        with suppress(Refusal, NothingDone):
            to_json(operations.write(desk.emulator, desk.realm, entity, body, operation=operation, include=include))
            taken += 1

    assert taken > 20
