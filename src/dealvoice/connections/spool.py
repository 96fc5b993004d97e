"""
Pairs that a vendor gave and the database did not take: sealed files, so that the end of the process loses none.

Read again at the next launch on this machine. The database is where pairs belong; a file lives until it has taken its pair.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from dealvoice.observability import get_logger
from dealvoice.reading import decoder
from dealvoice.storage.encryption import KeyRing, SealBroken

_COLUMN = "spool"
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a token endpoint gave."""

    access: str
    refresh: str
    access_life: timedelta
    refresh_life: timedelta
    hard_life: timedelta | None = None
    """QuickBooks only: what is left until the user must consent anew; None when the answer did not tell."""
    api_domain: str = ""
    """Pipedrive only: where its API is; may change."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A pair and the row that it is for."""

    tenant: str
    row_id: str
    version: int
    """Of the pair that the row held when this one was given."""
    pair: Pair


class _Kept(msgspec.Struct, frozen=True):
    tenant: str
    row_id: str
    sealed: str


class Spool:
    """A folder of sealed pairs of one kind of grant; written with the owner's rights alone."""

    def __init__(self, folder: Path, vault: KeyRing) -> None:
        self._folder, self._vault = folder, vault

    def keep(self, pair: Spooled) -> None:
        """Write a pair down, durably, in place of an earlier one of the same row; a disk that fails too is told in the log."""
        sealed = self._vault.seal(
            msgspec.json.encode(asdict(pair)).decode(), tenant=pair.tenant, column=_COLUMN, row=pair.row_id
        )
        written = msgspec.json.encode(_Kept(pair.tenant, pair.row_id, sealed))
        path = self._path(pair.row_id)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = path.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            _log.error("grant.not_spooled", row=pair.row_id, reason=type(error).__name__)

    def drop(self, row_id: str) -> None:
        """Forget a row's pair: the database has it, or a newer one."""
        self._path(row_id).unlink(missing_ok=True)

    def all(self) -> Iterator[Spooled]:
        """Return what is kept; what cannot be opened stays and is told in the log."""
        for path in sorted(self._folder.glob("*.pair")):
            try:
                kept = decoder(_Kept).decode(path.read_bytes())
                plain = self._vault.open(kept.sealed, tenant=kept.tenant, column=_COLUMN, row=kept.row_id)
                yield decoder(Spooled).decode(plain)
            except (OSError, msgspec.MsgspecError, SealBroken) as error:
                _log.error("grant.spool_unreadable", file=path.name, reason=type(error).__name__)

    def _path(self, row_id: str) -> Path:
        return self._folder / f"{row_id}.pair"
