"""The table of write paths is complete: every call by which the product changes something at a vendor is on one of them."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

import dealvoice
from dealvoice import pipedrive, quickbooks
from playground.in_process import Inline
from playground.stops import WritePath, a_rig
from playground.write_paths import WRITE_PATHS

SOURCE = Path(dealvoice.__file__).parent
WRITES = frozenset({"post", "write", "delete", "_write", "_post", "_tokens"})
"""Names by which a resource sends something: of the client, or of its own module."""
NO_PATH = {
    "quickbooks.invoices.update": "not called by the product",
    "quickbooks.payments.void": "not called by the product",
    "pipedrive.notes.delete": "not called by the product",
    "pipedrive.oauth.revoke": "offered by the grant, not called by the product",
    "quickbooks.oauth.exchange": "gives a first pair for a code; stopped on the way, the user begins again at the vendor",
    "pipedrive.oauth.exchange": "the same",
}
"""Calls that no path reaches, and why."""


def _calls() -> dict[str, CodeType]:
    """Return every public function of the vendors' clients that writes, by its name."""
    return {
        f"{package.__name__.rpartition('.')[2]}.{module.name}.{name}": function.__code__
        for package in (quickbooks, pipedrive)
        for module in iter_modules(package.__path__)
        for name, function in vars(import_module(f"{package.__name__}.{module.name}")).items()
        if _writes(function, f"{package.__name__}.{module.name}") and not name.startswith("_")
    }


def _writes(function: Any, module: str) -> bool:
    return (
        isinstance(function, FunctionType)
        and function.__module__ == module
        and bool(WRITES & {*function.__code__.co_names})
    )


@contextmanager
def _noted(calls: dict[str, CodeType], reached: set[str]) -> Iterator[None]:
    names = {code: name for name, code in calls.items()}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in names:
            reached.add(names[frame.f_code])

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


@pytest.mark.slow
def test_every_call_that_writes_is_on_a_path(tmp_path: Path) -> None:
    calls, reached = _calls(), set[str]()

    with a_rig(tmp_path, WritePath()) as rig:
        rig.house.reopen(threads=Inline())  # so that all is done by this thread, which is watched
        for number, kind in enumerate(WRITE_PATHS):
            path = kind()
            path.ready(rig)
            case = path.begin(rig, number)
            with _noted(calls, reached):
                path.act(rig, case)
                rig.house.settle(2)

    assert {*calls} - reached == {*NO_PATH}


@pytest.mark.parametrize("call", [name for name, why in NO_PATH.items() if why.startswith("not called")])
def test_a_call_without_a_path_is_not_made_by_the_product(call: str) -> None:
    module, name = call.split(".")[1:]
    made = re.compile(rf"(?<![.\w]){module}\.{name}\(")

    found = [path for path in SOURCE.rglob("*.py") if made.search(path.read_text())]

    assert found == []
