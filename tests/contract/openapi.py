"""
Pipedrive's own OpenAPI documents as a judge of recorded calls.

The documents are read where ``DEALVOICE_SPECS`` points, corrected where answers of the real service show them to be
wrong (``corrections``), and made strict: a property that
neither the document nor a correction knows is a fault of the emulator.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from contract import corrections

Schema = dict[str, Any]
ANY: Schema = {}

ERROR: Schema = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {"success": {"const": False}, "error": {"type": "string", "minLength": 1}},
}
"""What every refusal has; most operations declare none."""


@dataclass(frozen=True)
class Operation:
    """One operation of a document."""

    version: str
    method: str
    path: str
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return f"{self.method} /{self.version}{self.path}"

    def answers(self, status: int) -> dict[str, Any]:
        """Return what the document says of an answer; empty when it says nothing."""
        found: dict[str, Any] = self.spec.get("responses", {}).get(str(status), {})
        return found

    def schema(self, status: int) -> Schema | None:
        """Return the strict schema of an answer; None when the document has none."""
        media = self.answers(status).get("content", {}).get("application/json", {})
        return _strict(media["schema"], self, "answer") if "schema" in media else None

    def request_schema(self) -> Schema | None:
        """Return the strict schema of a JSON request."""
        media = self.spec.get("requestBody", {}).get("content", {}).get("application/json", {})
        return _strict(media["schema"], self, "request") if "schema" in media else None


def folder() -> Path:
    """Return where the vendors' documents are; a test that wants them skips where there are none."""
    named = os.environ.get("DEALVOICE_SPECS", "")
    if not named or not Path(named).is_dir():
        pytest.skip("DEALVOICE_SPECS names no folder with the vendors' own documents")
    return Path(named)


@cache
def operations() -> dict[tuple[str, str], tuple[tuple[re.Pattern[str], Operation], ...]]:
    """Return both documents' operations by version and method, literal paths before patterns."""
    found: dict[tuple[str, str], list[tuple[re.Pattern[str], Operation]]] = {}
    for version in ("v1", "v2"):
        text = (folder() / "pipedrive" / f"openapi-{version}.yaml").read_bytes()
        document = _resolved(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        for path, methods in document["paths"].items():
            pattern = re.compile("^" + re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)) + "$")
            for method, spec in methods.items():
                one = Operation(version, method.upper(), path, spec)
                found.setdefault((version, one.method), []).append((pattern, one))
    return {key: tuple(sorted(rows, key=lambda row: row[1].path.count("{"))) for key, rows in found.items()}


def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation of a call; None when no document knows it."""
    match = re.match(r"^(?:/api)?/(v1|v2)(/.*?)/?$", path)
    if match is None:
        return None
    rows = operations().get((match[1], method), ())
    return next((one for pattern, one in rows if pattern.match(match[2])), None)


def complaints(call: dict[str, Any]) -> list[str]:
    """Return what the documents say against a recorded call."""
    operation = operation_of(call["method"], call["path"])
    if operation is None:
        return [f"{call['method']} {call['path']}: no document knows it"] if call["status"] < 400 else []
    status = call["status"]
    answer = json.loads(call["answer"]["body"]) if call["answer"]["body"] else None
    if status >= 400:
        return [f"{operation.name} {status}: {told}" for told in _against(ERROR, answer)]
    if str(status) not in operation.spec["responses"] and not operation.answers(200):
        return [f"{operation.name}: the document has no {status}"]
    told: list[str] = []
    schema = operation.schema(status) or operation.schema(200) or operation.schema(201)
    if schema is not None:
        told += [f"{operation.name} {status} answer {words}" for words in _against(schema, answer)]
    asked = operation.request_schema()
    if asked is not None and "json" in call["request"]["headers"].get("content-type", ""):
        told += [f"{operation.name} request {words}" for words in _against(asked, json.loads(call["request"]["body"]))]
    return told


def _against(schema: Schema, value: Any) -> Iterator[str]:
    for error in Draft202012Validator(schema).iter_errors(value):
        where = ".".join("[]" if isinstance(part, int) else str(part) for part in error.absolute_path)
        yield f"{where or 'body'}: {error.message[:200]}"


def _resolved(document: Any) -> Any:
    schemas = document.get("components", {}).get("schemas", {})

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return walk(schemas[node["$ref"].rpartition("/")[2]])
            return {name: walk(value) for name, value in node.items()}
        return [walk(one) for one in node] if isinstance(node, list) else node

    return walk(document)


@cache
def _strict_of(text: str, version: str, path: str, side: str) -> Schema:
    schema = _to_draft(json.loads(text), version, path, side)
    if side == "answer" and version == "v2" and path == "/products" and "data" in schema.get("properties", {}):
        schema["properties"]["data"] = _unwrapped(schema["properties"]["data"])
    for name in corrections.NOT_REQUIRED.get((version, path), ()) if side == "request" else ():
        schema["required"] = [one for one in schema["required"] if one != name]
    return schema


def _strict(schema: Any, operation: Operation, side: str) -> Schema:
    return _strict_of(json.dumps(schema, default=str), operation.version, operation.path, side)


def _unwrapped(rows: Schema) -> Schema:
    # The document wraps each product of the list in an envelope of its own; the service does not.
    inner = rows.get("items", {}).get("properties", {}).get("data")
    return {**rows, "items": inner} if inner else rows


def _to_draft(node: Any, version: str, path: str, side: str) -> Schema:
    """Turn a schema of OpenAPI 3.0 into JSON Schema, strict about unknown properties."""
    if "allOf" in node:
        parts = [*node["allOf"], {key: value for key, value in node.items() if key not in ("allOf", "title")}]
        node = _merged(parts)
    kept = {key: node[key] for key in ("type", "enum", "required", "minimum", "maximum", "minLength", "maxLength")
            if key in node}  # fmt: skip
    for word in ("oneOf", "anyOf"):
        if word in node:
            kept["anyOf"] = [_to_draft(one, version, path, side) for one in node[word]]
    if "items" in node:
        kept["items"] = _to_draft(node["items"], version, path, side)
    if "properties" in node:
        kept["properties"] = {
            name: _property(name, value, version, path, side) for name, value in node["properties"].items()
        }
        more = node.get("additionalProperties", False)
        if more is False and side == "answer" and corrections.HEADS & set(node["properties"]):
            for name in corrections.more(version, path):
                kept["properties"].setdefault(name, ANY)
        kept["additionalProperties"] = more if isinstance(more, bool) else _to_draft(more, version, path, side)
    if node.get("nullable"):
        kept = _or_null(kept)
    return kept


def _property(name: str, value: Any, version: str, path: str, side: str) -> Schema:
    schema = _to_draft(value, version, path, side)
    if side == "request":
        return schema
    if (path, name) in corrections.OTHERWISE:
        return corrections.OTHERWISE[path, name]
    return _or_null(schema) if name in corrections.nullable(version, path) else schema


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def _merged(parts: list[Any]) -> Schema:
    whole: Schema = {}
    for part in parts:
        flat = (
            _merged([*part["allOf"], {key: value for key, value in part.items() if key != "allOf"}])
            if "allOf" in part
            else part
        )
        for key, value in flat.items():
            if key == "properties":
                known = whole.setdefault("properties", {})
                for name, inner in value.items():
                    known[name] = _merged([known[name], inner]) if name in known else inner
            elif key == "required":
                whole[key] = sorted({*whole.get(key, []), *value})
            else:
                whole[key] = value
    return whole
