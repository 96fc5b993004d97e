"""Reads what a request brings: its body up to a limit, and a form's fields in their order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from dealvoice.web.errors import TooLarge, Unreadable

MOST_BYTES = 1_048_576
"""Largest body taken, in bytes."""
MOST_BYTES_A_FIELD = 100_000
_MOST_FIELDS = 120_000


@dataclass(frozen=True, slots=True)
class Fields:
    """A form's fields; a name may come more than once."""

    pairs: tuple[tuple[str, str], ...]
    _last: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look the names up once."""
        object.__setattr__(self, "_last", dict(self.pairs))

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of a name."""
        return self._last.get(name, default)

    def all(self, name: str) -> list[str]:
        """Return every value of a name, in order."""
        return [value for found, value in self.pairs if found == name]

    def whole(self, name: str) -> int:
        """
        Return a positive whole number.

        Raises:
            Unreadable: It is none.
        """
        return whole(self.get(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Go through the fields."""
        return iter(self.pairs)


def whole(text: str) -> int:
    """
    Return a positive whole number of at most 18 digits, such as a deal's id.

    Raises:
        Unreadable: It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise Unreadable
    return int(text)


async def read_body(request: Request) -> bytes:
    """
    Read a body whole.

    Raises:
        TooLarge: It is larger than ``MOST_BYTES``, whatever its length header says.
    """
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > MOST_BYTES:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


async def _read_fields(request: Request) -> Fields:
    raw = await read_body(request)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise Unreadable from error
    except ValueError as error:
        raise TooLarge from error
    if any(len(value) > MOST_BYTES_A_FIELD for _, value in pairs):
        raise TooLarge
    return Fields(tuple((name, value.replace("\r\n", "\n")) for name, value in pairs))


Form = Annotated[Fields, Depends(_read_fields)]
"""A form's fields, as ``application/x-www-form-urlencoded``."""
