"""Runs the journeys of Node clients: starts the script, plays the person at its browser, collects what it tells."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_SCRIPTS = Path(__file__).parent / "node"


class Journey:
    """What the steps of a journey came to."""

    def __init__(self, steps: dict[str, dict[str, Any]], *, live: bool = False) -> None:
        self._steps, self._live = steps, live

    def __getitem__(self, name: str) -> Any:
        """Return what a step gave; one that failed fails the test."""
        told = self._told(name)
        assert "value" in told, f"{name}: {told.get('error')}"
        return told["value"]

    def refusal(self, name: str) -> Any:
        """Return what a step was refused with; one that succeeded fails the test."""
        told = self._told(name)
        assert "error" in told, f"{name} was not refused: {told}"
        return told["error"]

    def _told(self, name: str) -> dict[str, Any]:
        if self._live and name not in self._steps:
            pytest.skip("needs a person at the vendor's consent page")
        assert name in self._steps, f"the journey ended before {name!r}"
        return self._steps[name]


def run(script: str, person: Callable[[str], str], *, live: bool = False, **given: str) -> Journey:
    """
    Run a script of ``node/`` to its end.

    Args:
        script: Its name.
        person: Opens an address, as the person at a browser, and returns the address that leads back to the app.
        live: It goes to the vendor's own sandbox, where it leaves out the way in and out.
        given: Its environment beside ``PATH``.
    """
    steps: dict[str, dict[str, Any]] = {}
    env = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1,localhost", **given}
    with subprocess.Popen(
        ["node", str(_SCRIPTS / script)], env=env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as node:  # fmt: skip
        assert node.stdin is not None and node.stdout is not None and node.stderr is not None  # noqa: PT018 - for types
        for line in node.stdout:
            told = json.loads(line)
            if "open" in told:
                node.stdin.write(person(told["open"]) + "\n")
                node.stdin.flush()
            else:
                steps[told.pop("step")] = told
        complaints = node.stderr.read()
    assert node.returncode == 0, complaints[-2000:]
    return Journey(steps, live=live)
