"""
QuickBooks' own XML schema as a judge of JSON answers.

An object is written as XML in the schema's order and validated. What the schema's type does not know is a fault of the
emulator, unless the service is known to have it in JSON only (``JSON_ONLY``: recordings of the live service, and pages
of the API reference that are newer than the schema).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from contract.openapi import folder

_XS = "{http://www.w3.org/2001/XMLSchema}"
NAMESPACE = "http://schema.intuit.com/finance/v3"

JSON_ONLY: dict[str, frozenset[str]] = {}
"""Properties by the schema's type that have them in JSON and not in the schema."""

OPEN = frozenset({"CustomFieldDefinition"})
"""Abstract types that JSON spells by a nesting of its own (the custom fields of Preferences); not judged."""


@dataclass
class _Type:
    base: str = ""
    simple: bool = False
    """Text with attributes."""
    elements: list[tuple[str, str]] = field(default_factory=list)
    """Name and type in order."""
    attributes: set[str] = field(default_factory=set)


@cache
def _types() -> dict[str, _Type]:
    types: dict[str, _Type] = {}
    for path in sorted(_folder().glob("*.xsd")):
        for node in etree.parse(path).getroot().iterfind(f"{_XS}complexType"):
            types.setdefault(node.get("name", ""), _read(node, types))
    return types


def _folder() -> Path:
    return folder() / "quickbooks" / "xsd"


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_folder() / "IntuitRestServiceDef.xsd"))


@cache
def entities() -> frozenset[str]:
    """Return the names of top-level objects."""
    root = etree.parse(_folder() / "IntuitRestServiceDef.xsd").getroot()
    return frozenset(node.get("name", "") for node in root.iterfind(f"{_XS}element") if node.get("substitutionGroup"))


def _read(node: Any, types: dict[str, _Type]) -> _Type:
    found = _Type(simple=node.find(f"{_XS}simpleContent") is not None)
    for part in node.iter():
        match part.tag:
            case tag if tag == f"{_XS}extension":
                found.base = found.base or _local(part.get("base"))
            case tag if tag == f"{_XS}element":
                name = part.get("name") or _local(part.get("ref"))
                kind = _local(part.get("type"))
                inner = part.find(f"{_XS}complexType")
                if inner is not None:
                    kind = f"{node.get('name')}.{name}"
                    types[kind] = _read(inner, types)
                if not any(known == name for known, _ in found.elements):
                    found.elements.append((name, kind or name))
            case tag if tag == f"{_XS}attribute":
                found.attributes.add(part.get("name"))
    return found


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def _chain(kind: str) -> Iterator[_Type]:
    """Yield a type's ancestors, the most general first, and itself."""
    known = _types().get(kind)
    if known is not None:
        yield from _chain(known.base)
        yield known


def complaints(entity: str, value: dict[str, Any]) -> list[str]:
    """Return what the schema says against an object."""
    told: list[str] = []
    root = etree.Element(f"{{{NAMESPACE}}}{entity}", nsmap={None: NAMESPACE})
    _fill(root, entity, value, entity, told)
    if not _schema().validate(root):
        told += [f"{entity}: {error.message.replace(f'{{{NAMESPACE}}}', '')}" for error in _schema().error_log]
    return told


def xml_complaints(raw: bytes) -> list[str]:
    """Return what the schema says against an answer in XML."""
    root = etree.fromstring(raw)
    if _schema().validate(root):
        return []
    return [error.message.replace(f"{{{NAMESPACE}}}", "") for error in _schema().error_log]


def _fill(node: Any, kind: str, value: Any, where: str, told: list[str]) -> None:
    chain = list(_chain(kind))
    attributes = {name for one in chain for name in one.attributes}
    elements = [pair for one in chain for pair in one.elements]
    if not isinstance(value, dict):
        if elements:
            told.append(f"{where}: {value!r} where an object is due")
        node.text = _text(value)
        return
    if any(one.simple for one in chain):
        node.text = _text(value.get("value", ""))
        elements = [("value", "")]
    only_json = {name for name, one in _types().items() if one in chain for name in JSON_ONLY.get(name, ())}
    known = attributes | only_json | {name for name, _ in elements}
    told += [f"{where}: the schema has no {name}" for name in value if name not in known]
    for name in sorted(attributes & set(value)):
        node.set(name, _text(value[name]))
    if any(one.simple for one in chain):
        return
    for name, inner in elements:
        held = value.get(name)
        if name in only_json or name in attributes or inner in OPEN or held is None:
            continue
        for one in held if isinstance(held, list) else [held]:
            _fill(etree.SubElement(node, f"{{{NAMESPACE}}}{name}"), inner, one, f"{where}.{name}", told)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def objects_in(answer: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of an answer: of a read or write, a query, a batch, a change feed."""
    if not isinstance(answer, dict):
        return
    for name, held in answer.items():
        if name in ("QueryResponse", "BatchItemResponse", "CDCResponse", "AttachableResponse"):
            for one in held if isinstance(held, list) else [held]:
                yield from objects_in(one)
        elif name in entities():
            for one in held if isinstance(held, list) else [held]:
                yield name, one
