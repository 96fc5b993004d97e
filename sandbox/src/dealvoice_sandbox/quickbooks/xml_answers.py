"""
Prints answers as XML, the vendor's format for whoever does not ask for JSON.

Source: the vendor's schema (README of the XSD files): what JSON spells with a small letter is an attribute, a
reference is an element with its id inside and its name beside it, and a list is its element again and again. Elements
stand in the schema's order, which is not that of JSON.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dealvoice_sandbox.quickbooks.schema import ENTITIES, TYPES, xml_order

NAMESPACE = "http://schema.intuit.com/finance/v3"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(answer: dict[str, Any]) -> bytes:
    """Print a whole answer, as it would be in JSON: ``{"Invoice": {...}, "time": "..."}``."""
    parts = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>']
    parts += _element("IntuitResponse", {"xmlns": NAMESPACE, **answer}, "")
    return "".join(parts).encode()


def _element(name: str, value: Any, kind: str) -> Iterator[str]:
    """Print an element; ``kind`` is its type in the schema, empty for envelopes and what is not known."""
    if isinstance(value, list):
        for one in value:
            yield from _element(name, one, kind)
        return
    if not isinstance(value, dict):
        yield f"<{name}>{_text(value)}</{name}>"
        return
    inside = {key: inner for key, inner in value.items() if not _is_attribute(key, inner) and key != "value"}
    attributes = "".join(
        f" {key}={quoteattr(_plain(inner))}"
        for key, inner in value.items()
        if _is_attribute(key, inner) and inner is not None
    )
    text = _text(value["value"]) if "value" in value else ""
    if not inside and not text:
        yield f"<{name}{attributes}/>"
        return
    yield f"<{name}{attributes}>{text}"
    places, kinds = _known(kind)
    for key in sorted(inside, key=lambda key: places.get(key, len(places))):
        # Only envelopes hold whole entities.
        yield from _element(key, inside[key], kinds.get(key, key if not kind and key in ENTITIES else ""))
    yield f"</{name}>"


@cache
def _known(kind: str) -> tuple[dict[str, int], dict[str, str]]:
    """Return the places and the types of the properties of a type or entity."""
    if kind in ENTITIES:
        order, properties = xml_order(kind), ENTITIES[kind].properties
    else:
        properties = TYPES.get(kind, {})
        order = tuple(properties)
    return {name: place for place, name in enumerate(order)}, {name: one.type for name, one in properties.items()}


def _is_attribute(name: str, value: Any) -> bool:
    return name != "value" and name[:1].islower() and not isinstance(value, dict | list)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case _:
            return _UNPRINTABLE.sub("", "" if value is None else str(value))


def _text(value: Any) -> str:
    return escape(_plain(value))
