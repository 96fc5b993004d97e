"""Prints JSON with exact numbers: a Decimal is written as the number it is."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any


class _Inexact(Exception):
    """A number that no float prints as it is."""


def exact_json(value: Any) -> bytes:
    """Print a value; half a surrogate pair, which no encoding has, becomes a question mark."""
    try:
        printed = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)
    except _Inexact:
        printed = "".join(_parts(value))
    return printed.encode("utf-8", "replace")


def _number(value: object) -> int | float:
    # The quick way, for what a float's shortest text gives back to the digit.
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON")
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    text = repr(near)
    if "e" in text or Decimal(text) != value:
        raise _Inexact
    return near


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
