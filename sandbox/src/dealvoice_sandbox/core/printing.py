"""Prints JSON with exact numbers: a Decimal is written as the number it is."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any


def exact_json(value: Any) -> bytes:
    """Print a value."""
    return "".join(_parts(value)).encode()


def _parts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield "{"
            for n, (name, inner) in enumerate(value.items()):
                yield ("," if n else "") + json.dumps(name) + ":"
                yield from _parts(inner)
            yield "}"
        case list() | tuple():
            yield "["
            for n, inner in enumerate(value):
                if n:
                    yield ","
                yield from _parts(inner)
            yield "]"
        case Decimal():
            text = format(value, "f")
            yield text.rstrip("0").rstrip(".") if "." in text else text
        case _:
            yield json.dumps(value, ensure_ascii=False)
