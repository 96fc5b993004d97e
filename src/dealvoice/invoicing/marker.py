"""
The mark that tells our invoice among others: the last line of its private note.

The note shows on customer statements, so the mark is short and means something to people.
"""

import hashlib

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that it can be read aloud."""
_LENGTH = 6


def marker(deal_id: int, operation_id: str) -> str:
    """Return the mark of one operation, always the same: ``Pipedrive deal 117 · ref 7K3F9Q``."""
    number = int.from_bytes(hashlib.sha256(operation_id.encode()).digest()[:8])
    reference = "".join(_ALPHABET[(number >> (5 * index)) & 31] for index in range(_LENGTH))
    return f"Pipedrive deal {deal_id} · ref {reference}"


def note_with_marker(note: str, marker: str) -> str:
    """Return a note that ends with the mark; safe to repeat."""
    if has_marker(note, marker):
        return note
    return "\n".join(part for part in (note.rstrip(), marker) if part)


def has_marker(note: str, marker: str) -> bool:
    """Tell whether a note carries the mark, however its blanks and line breaks came back."""
    return " ".join(marker.split()) in " ".join(note.split())
