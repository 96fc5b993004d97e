"""
Reads documents into our types, each of which is made ready by one thread at a time.

What msgspec knows of a type it makes up when the type is first asked for, and other threads see it half done. One that
reads by it then ends the process (segmentation fault; msgspec 0.22.0, shown by ``tests/storage/test_reading.py``). So typed
reading goes through here alone, which a rule of the linter holds.
"""

import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

_one_at_a_time = threading.Lock()


def decoder(kind: type[T], *, float_hook: Callable[[str], Any] | None = None) -> msgspec.json.Decoder[T]:
    """
    Return what reads JSON into a type, always the same for the same type.

    Args:
        kind: Any type that msgspec can read.
        float_hook: Reads what is not whole and typed as nothing else.
    """
    with _one_at_a_time:
        return _made(cast(Hashable, kind), float_hook)


def convert(plain: object, kind: type[T], *, strict: bool = True) -> T:
    """
    Turn plain dictionaries and lists into a type.

    Args:
        plain: What JSON is read into without a type.
        kind: Any type that msgspec can read.
        strict: Whether a string is never taken for a number.

    Raises:
        msgspec.ValidationError: It does not fit.
    """
    decoder(kind)
    return msgspec.convert(plain, kind, strict=strict)


@cache
def _made(kind: Any, float_hook: Callable[[str], Any] | None) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, float_hook=float_hook)
