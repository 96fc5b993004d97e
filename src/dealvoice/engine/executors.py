"""
Who may run work on a set of files: with SQLite, one process at a time, held by a lock file.

The lock is the operating system's (``flock``), so it ends with its process however that dies; the file's text only
says who holds it. On network file systems ``flock`` may not hold: keep the data directory on a local disk.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Held(Exception):
    """
    Another process runs on these files.

    Attributes:
        pid: Its process id; None when the file does not say.
    """

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"held by process {pid}" if pid else "held by another process")
        self.pid = pid


class ExclusiveLock:
    """A lock file that one holder has at a time, across processes and within one. Also a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this very object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """
        Take the lock without waiting; taking it twice by the same object is fine.

        Raises:
            Held: Somebody else has it.
        """
        if self._descriptor is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as refused:
            pid = _read_pid(descriptor)
            os.close(descriptor)
            raise Held(pid) from refused
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes lock two files of one name."""
        if self._descriptor is None:
            return
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        """Take the lock for a block."""
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        self.release()


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None
