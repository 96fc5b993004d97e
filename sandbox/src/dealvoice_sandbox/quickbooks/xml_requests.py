"""
Reads request bodies in XML, as Intuit's older clients send them by default, into the JSON that everything behind takes.

Source: the vendor's schema. A list is an element that comes again and again, a reference an element with its id inside;
what type a text has is told by the property.
"""

from typing import Any
from xml.etree import ElementTree as ET

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.query import as_number
from dealvoice_sandbox.quickbooks.schema import ENTITIES, TYPES, Property
from dealvoice_sandbox.quickbooks.writing import to_json

Row = dict[str, Any]
_BATCH = "BatchItemRequest"


def to_json_body(raw: bytes) -> bytes:
    """
    Return a body in XML as JSON.

    Raises:
        Refusal: 2010, it is no XML.
    """
    # Entities are of no use here and a well-known way to do harm.
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise _malformed()
    try:
        root = ET.fromstring(raw)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise _malformed() from error
    if _name(root) == "IntuitBatchRequest":
        return to_json({_BATCH: [_batch_item(one) for one in root if _name(one) == _BATCH]})
    entity = ENTITIES.get(_name(root))
    return to_json(_object(root, entity.properties if entity else {}))


def _batch_item(element: ET.Element) -> Row:
    item: Row = dict(element.attrib)
    for child in element:
        entity = ENTITIES.get(_name(child))
        item[_name(child)] = _object(child, entity.properties) if entity else (child.text or "").strip()
    return item


def _object(element: ET.Element, known: dict[str, Property]) -> Row:
    found: Row = {name: value == "true" if name == "sparse" else value for name, value in element.attrib.items()}
    for child in element:
        name = _name(child)
        told = known.get(name)
        value = _value(child, told)
        if told is not None and told.many:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _value(element: ET.Element, told: Property | None) -> Any:
    kind = told.type if told else "any"
    text = (element.text or "").strip() if len(element) else element.text or ""
    inside = TYPES.get(kind)
    if inside is not None and "value" in inside and not len(element):
        return {**element.attrib, "value": text.strip()}
    if inside is not None or len(element):
        return _object(element, inside or {})
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(text.strip().lower(), text)
        case "decimal" | "integer":
            number = as_number(text)
            return text if number is None else number
        case _:
            return text


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _malformed() -> Refusal:
    return Refusal("2010", "Request has invalid or unsupported property : malformed XML")
