"""What a call to the API is, and the row that says who answers it, for which scopes and at which cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
Answer = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart body."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a user."""

    user_id: int
    ids: tuple[str, ...]
    """What stood in the path's braces."""
    params: dict[str, str]
    repeated: dict[str, list[str]] = field(default_factory=dict)
    """Parameters with all their values."""
    body: Any = None
    is_admin: bool = False
    uploads: dict[str, Upload] = field(default_factory=dict)
    """Files of a multipart body by the name of their part."""

    def number(self, n: int = 0) -> int:
        """
        Return an id of the path.

        Raises:
            Refused: It is no number.
        """
        if not _is_id(self.ids[n]):
            raise answers.invalid("id", "must be a number")
        return int(self.ids[n])

    def numbers(self, name: str, *, most: int = 100) -> list[int]:
        """
        Return the ids of a parameter, joined by commas or repeated.

        Raises:
            Refused: One is no number, or there are too many.
        """
        given = [one.strip() for value in self.repeated.get(name, []) for one in value.split(",") if one.strip()]
        if not all(_is_id(one) for one in given):
            raise answers.invalid(name, "must be a list of numbers")
        if len(given) > most:
            raise answers.invalid(name, f"must have at most {most} items")
        return [int(one) for one in given]

    def words(self, name: str) -> list[str]:
        """Return the words of a parameter joined by commas."""
        return [one.strip() for one in self.params.get(name, "").split(",") if one.strip()]

    def flag(self, name: str) -> bool:
        """
        Return a yes or no, no when not given.

        Raises:
            Refused: It is neither.
        """
        return answers.one_of(self.params, name, ("false", "true", "0", "1")) in ("true", "1")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


Work = Callable[["PipedriveEmulator", Call], Answer]


@dataclass(frozen=True, slots=True)
class Entry:
    """Who answers a method and path."""

    method: str
    path: str
    """Ids in braces."""
    cost: int
    """Tokens of the daily budget: ``x-token-cost`` of the vendor's OpenAPI documents."""
    scopes: str
    """Any of these, parted by spaces, is enough; empty means every token."""
    work: Work

    @property
    def wanted(self) -> frozenset[str]:
        """The scopes of which one is enough."""
        return frozenset(self.scopes.split())
