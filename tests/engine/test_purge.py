"""Runs that ended are forgotten after a while, those under way never: the engine's tables stay as small as its work."""

from datetime import timedelta
from pathlib import Path

import pytest
from dbos import DBOS

from dealvoice.engine.durable import _PURGE, DurableEngine
from dealvoice.engine.port import Task, again
from playground.looking import wait_until

pytestmark = pytest.mark.slow


def test_ended_runs_are_forgotten_and_those_under_way_are_kept(tmp_path: Path) -> None:
    ran: list[str] = []

    def step(operation_id: str, _attempt: int) -> object:
        ran.append(operation_id)
        if operation_id == "fails":
            raise ValueError
        return again(timedelta(minutes=5)) if operation_id == "waits" else None

    engine = DurableEngine(f"sqlite:///{tmp_path / 'engine.sqlite3'}", executor_id="here", kept=timedelta(0))
    engine.register([Task("deal.note", (("note", step),))])
    engine.launch()
    try:
        for operation_id in ("done", "fails", "waits"):
            engine.start(operation_id, "deal.note")
        wait_until(lambda: len(ran) == 3 and not engine.is_running("done") and not engine.is_running("fails"))

        engine.wake(_PURGE)
        wait_until(lambda: [run.workflow_id for run in DBOS.list_workflows()] == ["waits"])

        engine.start("done", "deal.note")  # a run that was forgotten is begun anew: its operation says that it is final
        wait_until(lambda: ran.count("done") == 2)
    finally:
        engine.close()
