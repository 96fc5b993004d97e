"""
Processes of the product that die by a real SIGKILL at a chosen point of a write path.

Each is forked from a process that has imported everything, so that one more kill costs its work and not its start. What a
process needs is passed by name and number: its settings, a path, what was prepared for it, the point to die at.
"""

import json
import multiprocessing.process
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dealvoice.bootstrap import build
from dealvoice.bootstrap.build import Built
from dealvoice.engine.executors import ExclusiveLock
from dealvoice.settings import Settings
from playground.forking import begin, have_rehearsed, require_fork
from playground.house import House, statements_known
from playground.killed import KILLED, Subject
from playground.looking import PATIENCE, first_user, is_quiet, wait_until
from playground.points import PointedTransport, Points, kill_self

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
SEED = int(os.environ.get("DEALVOICE_SEED", "1"))

have_rehearsed()


def run(settings: str, work: str, subject: Subject, stop_at: int, said: Path) -> None:
    """Do one act in this process and die at a point, or come to its end and tell how many points there were."""
    points = Points(kill_self)
    with _product(settings, points) as product:
        app, who = product.app, first_user(product.app)
        KILLED[work].act(app, who, subject, lambda: points.arm(stop_at))
        wait_until(lambda: is_quiet(app))
        points.disarm()
        said.write_text(str(len(points.seen)))


def recover(settings: str, work: str, subject: Subject, _stop_at: int, said: Path) -> None:
    """Begin again on what a dead process left; what no operation keeps is done again, as by its user or the timetable."""
    with _product(settings, Points()) as product:
        app = product.app
        if not KILLED[work].kept:
            KILLED[work].act(app, first_user(app), subject, lambda: None)
        wait_until(lambda: is_quiet(app))
        said.write_text("recovered")


@contextmanager
def _product(settings: str, points: Points) -> Iterator[Built]:
    require_fork()
    known = Settings.model_validate_json(settings)
    with ExclusiveLock(known.data_dir / "dealvoice.lock"), statements_known():
        product = build(known, transport=PointedTransport(points), commit_hook=points.commit_hook)
        product.launch()
        try:
            yield product
        finally:
            product.close()


def end(process: multiprocessing.process.BaseProcess) -> int:
    """Wait for the end of a process; return how it ended, ``-9`` when it was killed."""
    process.join(PATIENCE + 10)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError("the process did not end")
    return process.exitcode


def kill_in(house: House, work: str, subject: Subject, stop_at: int) -> int | None:
    """
    Have a process do an act and die at a point, and another one begin where it left; the house must be closed.

    Returns:
        How many points there were when it came to its end alive; None when it died.
    """
    said = house.folder / "said"
    said.unlink(missing_ok=True)
    told = (settings_of(house), work, subject, stop_at, said)
    code = end(begin(run, *told))
    if code == 0:
        return int(said.read_text())
    assert code == -signal.SIGKILL, code
    assert end(begin(recover, *told)) == 0
    return None


def settings_of(house: House) -> str:
    """Return the settings as JSON; all of its secrets are the sandbox's public demo values."""
    plain = house.settings.model_dump(mode="json")
    plain.pop("keys")
    for vendor in ("quickbooks", "pipedrive"):
        plain[vendor] = {name: value for name, value in plain[vendor].items() if "*" not in str(value)}
    return json.dumps(plain)


def sampled(count: int, most: int, name: str) -> list[int]:
    """Return which points to die at: all of them in a soak, else a few, the same for the same seed."""
    points = range(1, count + 1)
    return list(points) if SOAK else sorted(random.Random(f"{SEED}:{name}").sample(points, min(most, count)))
