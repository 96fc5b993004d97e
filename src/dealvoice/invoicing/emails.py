"""E-mail addresses as forms hold them: one or several, split at commas and semicolons."""

import re

_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
_SEPARATORS = re.compile(r"[,;]")
_ANY_SEPARATOR = re.compile(r"[,;\s]+")


def is_email(text: str) -> bool:
    """Tell whether a text is one address: one ``@``, something before it, a domain with a dot after it, no blanks."""
    return _ADDRESS.fullmatch(text) is not None


def split_emails(text: str) -> tuple[str, ...]:
    """Return the parts of a list as typed, trimmed, valid or not; empty ones are dropped."""
    return tuple(part for part in (raw.strip() for raw in _SEPARATORS.split(text)) if part)


def valid_emails(text: str) -> tuple[str, ...]:
    """Return the addresses in a free text, blanks separating too; anything else in it is dropped."""
    return tuple(part for part in _ANY_SEPARATOR.split(text) if is_email(part))
