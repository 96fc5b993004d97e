"""Processes forked from one that has imported the product: one more of them costs its work and not its start."""

import multiprocessing
import multiprocessing.process
import os
import sys
from collections.abc import Callable
from functools import cache
from multiprocessing import forkserver
from typing import Any

import pytest

_IMPORTED_BY = os.getpid()
_PRELOADED = ["playground.warmed"]
"""What the fork server imports."""


def have_rehearsed() -> None:
    """Have the fork server go through an invoice once before it forks: for whoever forks by the dozen."""
    _PRELOADED[:] = ["playground.rehearsed"]


@cache
def forks() -> Any:
    """Return the context whose processes have the product imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    with pytest.MonkeyPatch.context() as patch:
        # What it cannot find it leaves out in silence, and it knows nothing of our ``sys.path``.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()
    return context


def require_fork() -> None:
    """Fail in a process that had to import the product itself: that takes longer than everything that it is for."""
    assert os.getpid() != _IMPORTED_BY, "the fork server has not imported the product"


def begin(work: Callable[..., None], *told: object) -> multiprocessing.process.BaseProcess:
    """Start a process; it ends with this one."""
    process: multiprocessing.process.BaseProcess = forks().Process(target=work, args=told, daemon=True)
    process.start()
    return process
