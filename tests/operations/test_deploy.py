"""The files of ``deploy/``: what of them can be tried here is; images and units themselves are built and started elsewhere."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from importlib.metadata import requires
from pathlib import Path

import psycopg
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from dealvoice.bootstrap.doctor.configured import names
from dealvoice.cli import cli
from dealvoice.engine.durable import DurableEngine
from playground.house import a_house
from playground.ordinary import FOUNTAIN, filled, in_books
from playground.person import people
from playground.postgres import Postgres, _tool, postgres

__all__ = ["postgres"]

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
PAGES = (ROOT / "docs/operations.md", ROOT / "docs/connect.md", ROOT / "docs/settings.md", ROOT / "README.md")


def _compose() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def _commands() -> set[str]:
    """Return every command line of the product that the files and pages tell somebody to run."""
    found = {f"dealvoice {shlex.join(service['command'])}" for service in _compose().values() if "command" in service}  # type: ignore[arg-type] # lists of words
    found |= {
        match[1]
        for unit in UNITS
        for match in re.finditer(r"^ExecStart=\S*/(dealvoice .*)$", unit.read_text(), re.MULTILINE)
    }
    entry = re.search(r'ENTRYPOINT \["(.*)"\]\nCMD \["(.*)"\]', (DEPLOY / "Containerfile").read_text())
    assert entry is not None
    found.add(f"{entry[1]} {entry[2]}")
    for page in PAGES:
        text = page.read_text()
        found |= set(re.findall(r"`(dealvoice [a-z][^`]*)`", text)) | set(
            re.findall(r"^(dealvoice [a-z].*)$", text, re.MULTILINE)
        )
    return found


def _stanzas(lock: Path) -> dict[str, str]:
    """Return each package's version and hashes."""
    text = re.sub(r"^ +#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    return {match[1]: match[0].strip() for match in re.finditer(r"^([\w.-]+)==(?:.*\\\n)*.*", text, re.MULTILINE)}


def test_every_command_that_is_told_exists_with_its_options() -> None:
    told = _commands()
    assert {
        "dealvoice serve",
        "dealvoice worker",
        "dealvoice database upgrade",
        "dealvoice serve --no-background",
    } <= told

    for command in sorted(told):
        words = re.sub(r"[\[\]…]", "", command).split()[1:]
        path = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
        while path:
            done = CliRunner().invoke(cli, [*path, "--help"])
            if done.exit_code == 0:
                break
            path.pop()
        assert path, command
        shown = re.sub(r"\x1b\[[0-9;]*m", "", done.output)
        for option in re.findall(r"(?<!\S)--[a-z-]+", command):
            assert option in shown or option.replace("--no-", "--") in shown, command


def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    assert [unit.name for unit in UNITS] == ["dealvoice-serve.service", "dealvoice-worker@.service"]
    here = shutil.which("dealvoice", path=str(Path(sys.executable).parent))
    assert here is not None
    for unit in UNITS:
        text = unit.read_text()
        for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "CapabilityBoundingSet="):
            assert f"\n{line}\n" in text
        # The checker asks whether the program is there; the user of the unit is not.
        (tmp_path / unit.name).write_text(
            re.sub(r"^(User|Group)=.*\n", "", text.replace("/opt/dealvoice/bin/dealvoice", here), flags=re.MULTILINE)
        )
    checker = shutil.which("systemd-analyze")
    if checker is not None:
        done = subprocess.run(
            [checker, "verify", "--man=no", *map(str, tmp_path.glob("*.service"))], capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


def test_containers_run_as_nobody_on_a_root_that_is_read_only() -> None:
    services, image = _compose(), (DEPLOY / "Containerfile").read_text()

    for name in ("serve", "worker", "migrate"):
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
        assert services[name]["security_opt"] == ["no-new-privileges:true"], name
    assert services["serve"]["deploy"] == services["worker"]["deploy"] == {"replicas": 2}
    assert "migrate" in services["serve"]["depends_on"]  # type: ignore[operator] # a mapping
    assert re.search(r"^USER 10001$", image, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", image, re.MULTILINE)
    for copied in re.findall(r"^COPY (?!--from)(.*) \S+$", image, re.MULTILINE):
        assert all((ROOT / path).exists() for path in copied.split()), copied


def test_every_setting_of_the_files_is_one() -> None:
    written = {
        name
        for path in DEPLOY.iterdir()
        for name in re.findall(r"DEALVOICE_[A-Z_]+", path.read_text())
    }  # fmt: skip

    assert written <= names()


def test_locks_of_the_image_hold_what_runs_and_no_tool() -> None:
    whole, run, build = (
        _stanzas(path) for path in (ROOT / "requirements.lock", DEPLOY / "run.lock", DEPLOY / "build.lock")
    )
    for part in (run, build):
        assert {name: whole[name] for name in part} == part

    wanted = {canonicalize_name(Requirement(one).name) for one in requires("dealvoice") or () if "extra ==" not in one}

    assert wanted <= set(run)
    assert not {"pytest", "playwright", "mypy", "ruff"} & set(run)
    assert "hatchling" in build


@pytest.mark.slow
def test_the_wheel_holds_the_scripts_that_set_up_copies(tmp_path: Path) -> None:
    for part in ("src", "pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / part)
    vendor = tmp_path / "src/dealvoice/web/static/vendor"
    vendor.mkdir(exist_ok=True)
    for name in ("htmx.min.js", "app-extensions-sdk.js"):
        (vendor / name).write_text("// stands in\n")

    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=tmp_path, check=True, capture_output=True)  # fmt: skip

    with zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    for path in (
        "web/static/vendor/htmx.min.js", "web/static/vendor/app-extensions-sdk.js", "locale/pl/LC_MESSAGES/dealvoice.po",
        "web/templates/settings/settings.html", "storage/migrations/versions/0001_first_schema.py",
    ):  # fmt: skip
        assert f"dealvoice/{path}" in held


@pytest.mark.slow
def test_the_product_works_in_a_role_that_cannot_change_tables(postgres: Postgres, tmp_path: Path) -> None:
    """The roles of ``deploy/roles.sql``: one upgrades the schema, the other one runs the product, engine included."""
    name = postgres.database().rpartition("/")[2]
    subprocess.run(
        [_tool("psql"), "-v", "ON_ERROR_STOP=1", "-v", "owner_password=o", "-v", "app_password=a", "-f", str(DEPLOY / "roles.sql"),
         postgres.address(name, "owner")], check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    owner, app = (
        postgres.address(name, role).replace("://", "+psycopg://") for role in ("dealvoice_owner", "dealvoice_app")
    )
    done = CliRunner().invoke(
        cli,
        ["database", "upgrade"],
        env=os.environ | {"DEALVOICE_DATABASE_URL": owner, "DEALVOICE_DATA_DIR": str(tmp_path)},
    )
    assert done.exit_code == 0, done.output

    with a_house(tmp_path / "product") as house:
        house.close()
        house.settings = house.settings.model_copy(update={"database_url": app})
        house.open(engine=DurableEngine(app, executor_id="unused"))
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            ola.post("/modal/invoice", filled(ola, ola.deal(FOUNTAIN)).type(number="R-1").pairs())
        until = time.monotonic() + 60
        while time.monotonic() < until and not house.books("select * from Invoice where DocNumber = 'R-1'"):
            time.sleep(0.1)
        assert in_books(house, "R-1")["TotalAmt"] > 0
        house.close()

    with psycopg.connect(postgres.address(name, "dealvoice_app")) as connection:
        for statement in (
            "ALTER TABLE invoices ADD COLUMN mine text", "CREATE TABLE mine (a int)", "DROP TABLE invoices",
            "ALTER TABLE invoices DISABLE ROW LEVEL SECURITY", "ALTER TABLE dbos.workflow_status ADD COLUMN mine text",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
            connection.rollback()
        assert connection.execute("SELECT count(*) FROM invoices").fetchone() == (0,)  # the wall: no tenant was named
