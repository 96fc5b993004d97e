"""
Secrets at rest: AES-256-GCM, each text bound to the tenant, column and row it was written for.

A sealed text moved to another row or column does not open, so nobody who can write to the database can lend one
tenant another's token. The format is ``v1.<key id>.<base64url of nonce and ciphertext>``. To rotate keys, put a new one
first in the ring and rewrap what ``needs_rewrap``; the old one may go when nothing names it any more.
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = "v1"
_NONCE_BYTES: Final = 12  # the size GCM is specified for: NIST SP 800-38D, 8.2
_KEY_BYTES: Final = 32
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class SealBroken(Exception):
    """A sealed text is garbled, was sealed with a key we do not have, or belongs to another row. Names no content."""


class KeyRing:
    """
    Seals and opens texts with a ring of keys. Prints as its key ids only.

    Args:
        keys: Keys of 32 bytes by id; ids are letters, digits, ``-`` and ``_``.
        current: Id of the key that seals; every key opens.
    """

    __slots__ = ("_ciphers", "_current")

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError("a key id is made of letters, digits, - and _")
            if len(key) != _KEY_BYTES:
                raise ValueError(f"key {key_id} has {len(key)} bytes, it needs {_KEY_BYTES}")
        if current not in keys:
            raise ValueError("the current key is not in the ring")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current

    def __repr__(self) -> str:
        """Ids only, never a key."""
        return f"KeyRing(keys={sorted(self._ciphers)}, current={self._current!r})"

    def seal(self, plain: str, *, tenant: str, column: str, row: str) -> str:
        """Encrypt a text for one place in the database. Two calls never give the same."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = _associated(self._current, tenant=tenant, column=column, row=row)
        sealed = nonce + self._ciphers[self._current].encrypt(nonce, plain.encode(), bound)
        return f"{_VERSION}.{self._current}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, text: str, *, tenant: str, column: str, row: str) -> str:
        """
        Decrypt a text read from that place.

        Raises:
            SealBroken: It was changed, comes from another place, or its key is unknown.
        """
        key_id, body = _split(text)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken("sealed with a key that is not in the ring")
        bound = _associated(key_id, tenant=tenant, column=column, row=row)
        try:
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound).decode()
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            raise SealBroken("changed, or sealed for another place") from None

    def needs_rewrap(self, text: str) -> bool:
        """Whether a sealed text should be opened and sealed again: it names another key than the current one."""
        key_id, _ = _split(text)
        return key_id != self._current


def key_of(text: str) -> str:
    """Return the id of the key that a text names; empty for what is no sealed text."""
    try:
        return _split(text)[0]
    except SealBroken:
        return ""


def _split(text: str) -> tuple[str, bytes]:
    version, _, rest = text.partition(".")
    key_id, dot, body = rest.partition(".")
    if version != _VERSION or not dot:
        raise SealBroken("not a sealed text")
    try:
        raw = base64.b64decode(body.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise SealBroken("not a sealed text") from None
    if base64.urlsafe_b64encode(raw).decode() != body:  # the last character has spare bits: only one spelling counts
        raise SealBroken("not a sealed text")
    return key_id, raw


def _associated(key_id: str, *, tenant: str, column: str, row: str) -> bytes:
    # JSON keeps the parts apart: ("ab", "c") and ("a", "bc") differ.
    return json.dumps([_VERSION, key_id, tenant, column, row], separators=(",", ":")).encode()
