"""Runs the journeys of Node clients: starts the script, plays the person at its browser, collects what it tells."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SCRIPTS = Path(__file__).parent / "node"


class Journey:
    """What the steps of a journey came to."""

    def __init__(self, steps: dict[str, dict[str, Any]]) -> None:
        self._steps = steps

    def __getitem__(self, name: str) -> Any:
        """Return what a step gave; one that failed fails the test."""
        assert name in self._steps, f"the journey ended before {name!r}"
        assert "value" in self._steps[name], f"{name}: {self._steps[name].get('error')}"
        return self._steps[name]["value"]

    def refusal(self, name: str) -> Any:
        """Return what a step was refused with; one that succeeded fails the test."""
        assert "error" in self._steps[name], f"{name} was not refused: {self._steps[name]}"
        return self._steps[name]["error"]


def run(script: str, person: Callable[[str], str], **given: str) -> Journey:
    """
    Run a script of ``node/`` to its end.

    Args:
        script: Its name.
        person: Opens an address, as the person at a browser, and returns the address that leads back to the app.
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
    return Journey(steps)
