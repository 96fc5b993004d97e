"""The same stop points of create by real SIGKILL, with the real engine: killed, started again, one invoice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.house import AVIARY, House, a_house
from playground.truth import check_creation

CHILD = Path(__file__).parent / "child.py"
SHARDS = 4
"""The points are dealt out to so many tests, so that two cores share them."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_create_killed_at_every_point_makes_one_invoice(tmp_path: Path, shard: int) -> None:
    with a_house(tmp_path / "product") as house:
        who = house.install()
        house.connect(who)
        house.close()
        settings_file = tmp_path / "settings.json"
        settings_file.write_text(_written(house))
        stop_at, killed = shard + 1, 0
        while True:
            form_file = tmp_path / f"form-{stop_at}"
            code, said = _child("create", settings_file, form_file, stop_at)
            if code != 0:
                assert code == -9, said
                killed += 1
                code, said = _child("recover", settings_file, form_file, 0)
                assert code == 0, said
            _check(house, form_file.read_text())
            if said and "points" in said:
                break
            stop_at += SHARDS
    counted = next(line for line in said.splitlines() if line.startswith('{"points"'))  # among lines of the log
    print(f"killed {killed} times, points of create: {json.loads(counted)['points']}")
    assert killed >= 26 // SHARDS


def _check(house: House, form_id: str) -> None:
    house.open()
    try:
        with house.app.database.everyone_read() as lobby:
            tenant = lobby.tenants.of_company(12345)
            assert tenant is not None
            operation = lobby.of(tenant.tenant).operations.of_form(form_id)
        if operation is not None:
            check_creation(house, operation_id=operation.id, deal_id=AVIARY, mails=1)
    finally:
        house.close()


def _child(what: str, settings_file: Path, form_file: Path, stop_at: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(CHILD), what, str(settings_file), str(form_file), str(stop_at)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(CHILD.parent.parent)},
    )
    return done.returncode, done.stdout + (done.stderr if done.returncode not in (0, -9) else "")


def _written(house: House) -> str:
    """Write the settings as JSON; all of its secrets are the sandbox's public demo values."""
    plain = house.settings.model_dump(mode="json")
    plain.pop("keys")
    for vendor in ("quickbooks", "pipedrive"):
        plain[vendor] = {name: value for name, value in plain[vendor].items() if "*" not in str(value)}
    return json.dumps(plain)
