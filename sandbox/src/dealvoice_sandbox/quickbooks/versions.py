"""
Minor versions: since August 2025 every call is served as the newest; before, a property came with its version.

Source: minor versions page. The older behaviour is a switch.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.schema import ENTITIES
from dealvoice_sandbox.quickbooks.writing import read_json, to_json

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

NEWEST = 75


def trimmed(emulator: "QuickBooksEmulator", body: bytes, asked: str) -> bytes:
    """Return an answer without what is newer than the version that was asked for, where versions count."""
    if emulator.switches["older_minor_versions"] != "honoured":
        return body
    version = int(asked) if asked.isdecimal() else 0
    return body if version >= NEWEST else to_json(_older(read_json(body), version))


def _older(value: Any, version: int) -> Any:
    if isinstance(value, list):
        return [_older(one, version) for one in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, inner in value.items():
        if name in ENTITIES and isinstance(inner, dict | list):
            since = ENTITIES[name].since
            rows = inner if isinstance(inner, list) else [inner]
            kept = [
                {key: one for key, one in row.items() if since.get(key, 0) <= version} if isinstance(row, dict) else row
                for row in rows
            ]
            found[name] = kept if isinstance(inner, list) else kept[0]
        else:
            found[name] = _older(inner, version)
    return found
