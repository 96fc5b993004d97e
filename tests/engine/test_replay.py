"""
Runs begun by an earlier release go on in this one: the steps of a released task are kept as they were recorded.

``recorded/<version>.json`` holds the steps of every task as that version was released. Old and new processes run side by
side during an upgrade, and a run goes on wherever it is taken up.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from dealvoice.engine.durable import APPLICATION_VERSION, DurableEngine
from dealvoice.engine.port import Step, Task
from dealvoice.worker import TASKS
from playground.looking import wait_until

RECORDED = Path(__file__).parent / "recorded" / f"{APPLICATION_VERSION}.json"
RELEASED: dict[str, list[str]] = json.loads(RECORDED.read_text())["tasks"]
CURRENT = {name: [step for step, _ in steps] for name, steps in TASKS.items()}


class Stopped(BaseException):
    """The process ends here."""


def check_kept(name: str, released: list[str], current: list[str]) -> None:
    """Check that runs of a released task can go on; the message says how to release another order."""
    assert current[: len(released)] == released, (
        f"The steps of {name} were {released} when {APPLICATION_VERSION} was released and are {current} now. "
        "A run under way would go on with the wrong step. Put new steps behind the end; or raise APPLICATION_VERSION in "
        f"engine/durable.py, record the new lists beside {RECORDED.name}, and keep a process of the old release running "
        "until `dealvoice doctor` counts none of its runs."
    )


@pytest.mark.parametrize("name", RELEASED)
def test_released_steps_are_kept(name: str) -> None:
    check_kept(name, RELEASED[name], CURRENT[name])


def test_every_task_is_recorded() -> None:
    """A task that is not recorded may not be changed safely once it is released: record it with its release."""
    assert set(CURRENT) == set(RELEASED)


def test_changed_order_is_refused_with_the_way_out() -> None:
    with pytest.raises(AssertionError, match="APPLICATION_VERSION"):
        check_kept("invoice.create", RELEASED["invoice.create"], CURRENT["invoice.create"][::-1])


@pytest.mark.slow
def test_run_stopped_in_any_step_of_the_old_release_goes_on_in_the_new_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engine.sqlite3'}"
    runs = {f"{name}:{at}": (name, at) for name, steps in RELEASED.items() for at in range(len(steps))}
    old, new = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)

    def stops(at: int, step: str) -> Step:
        def run(operation_id: str, _attempt: int) -> None:
            if runs[operation_id][1] == at:
                raise Stopped
            old[operation_id].append(step)

        return run

    def goes_on(_at: int, step: str) -> Step:
        return lambda operation_id, _attempt: new[operation_id].append(step)

    first = _engine(url, RELEASED, stops)
    for operation_id, (name, _) in runs.items():
        first.start(operation_id, name)
    wait_until(lambda: not first._present and all(len(old[one]) == at for one, (_, at) in runs.items()))
    first.close()
    second = _engine(url, CURRENT, goes_on)
    wait_until(lambda: not any(second.is_running(one) for one in runs))
    second.close()

    for operation_id, (name, at) in runs.items():
        assert old[operation_id] + new[operation_id] == CURRENT[name], operation_id
        assert len(old[operation_id]) == at


def _engine(url: str, tasks: dict[str, list[str]], step: Callable[[int, str], Step]) -> DurableEngine:
    engine = DurableEngine(url, executor_id="here")
    engine.register(
        [Task(name, tuple((one, step(at, one)) for at, one in enumerate(steps))) for name, steps in tasks.items()]
    )
    engine.launch()
    return engine
