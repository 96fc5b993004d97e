"""The pages for whoever runs it say what the product does: figures, tables, addresses, scopes, entities, settings."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase
from starlette.testclient import TestClient

from dealvoice import observability
from dealvoice.bootstrap.doctor.configured import names
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.settings import PipedriveSettings, QuickBooksSettings, Settings
from dealvoice.storage.retention import RETENTION, Kept
from dealvoice.storage.tables import metadata
from dealvoice.storage.unit_of_work import _KEPT
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync import pipedrive_hooks
from dealvoice.workflows.sync.mirror import MIRRORED
from dealvoice_sandbox.core.portal import Portal
from playground.house import a_house
from playground.ordinary import invoiced
from playground.person import people

ROOT = Path(__file__).parent.parent.parent
RUNNING, CONNECTING = ((ROOT / f"docs/{name}.md").read_text() for name in ("operations", "connect"))
EXAMPLE = (ROOT / "deploy/dealvoice.env.example").read_text()
INTUIT, PIPEDRIVE, _ = re.split(r"^## (?=Pipedrive|Then)", CONNECTING, flags=re.MULTILINE)


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading."""
    part = text.split(f"## {heading}\n", 1)[1]
    table = re.search(r"((?:^\|.*\n)+)", part, re.MULTILINE)
    assert table is not None, heading
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()[2:]]


def field(text: str, name: str) -> str:
    """Return the value of a portal's field."""
    found = re.search(rf"^\| {re.escape(name)}[^|]* \| (.*) \|$", text, re.MULTILINE)
    assert found is not None, name
    return found[1]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_figure_is_listed_with_its_kind_and_labels() -> None:
    written = {(quoted(name)[0], kind, tuple(quoted(labels))) for name, kind, labels, _ in rows(RUNNING, "Metrics")}
    found = {
        (f"{one._name}_total" if one._type == "counter" else one._name, one._type, tuple(one._labelnames))
        for one in vars(observability).values()
        if isinstance(one, MetricWrapperBase)
    }

    assert written == found
    told = set(re.findall(r"dealvoice_[a-z_]+", RUNNING)) - {
        "dealvoice_executors",
        "dealvoice_buried",
        "dealvoice_turns",
        "dealvoice_attempts",
    }
    assert told <= {name for name, _, _ in found} | {"dealvoice_schedule_failures_total"}


def test_every_table_says_how_long_its_rows_are_kept() -> None:
    written = {quoted(name)[0]: kept for name, kept in rows(RUNNING, "How long rows are kept")}

    assert set(RETENTION) == set(metadata.tables)
    assert written == {name: _in_words(kept) for name, kept in RETENTION.items()}
    for name, kept in RETENTION.items():
        if kept.after is not None:
            assert kept.column in metadata.tables[name].c, name
        assert ("data are removed" in kept.until) <= (name not in _KEPT), name


def _in_words(kept: Kept) -> str:
    if kept.after is None:
        return f"until {kept.until}"
    return f"{f'{kept.after.days} days' if kept.after else 'at once'} after `{kept.column}`"


def test_every_setting_that_is_named_is_one_and_every_vendor_address_may_be_used() -> None:
    assert set(re.findall(r"DEALVOICE_[A-Z_]*[A-Z]", RUNNING + CONNECTING)) <= names()

    real = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if re.match(r"DEALVOICE_\w+=.", line))
    secrets = {"client_id": "x", "client_secret": "x"}
    settings = Settings(
        public_url=real["DEALVOICE_PUBLIC_URL"],
        keys="k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",  # type: ignore[arg-type] # as the environment gives it
        quickbooks=QuickBooksSettings(**_own(real, "QUICKBOOKS"), **secrets, verifier_tokens="x"),  # type: ignore[arg-type] # as above
        pipedrive=PipedriveSettings(**_own(real, "PIPEDRIVE"), **secrets, frame_secret="x" * 32),  # type: ignore[arg-type] # as above
    )
    assert settings.quickbooks.api_url.startswith("https://quickbooks.")
    for name, value in real.items():
        if (
            name.endswith(("_URL", "_SUFFIX", "_ANCESTORS"))
            and "example.com" not in value
            and "APP_PASSWORD" not in value
        ):
            assert value in CONNECTING, name


def _own(real: dict[str, str], vendor: str) -> dict[str, str]:
    start = f"DEALVOICE_{vendor}_"
    return {name.removeprefix(start).lower(): value for name, value in real.items() if name.startswith(start)}


def test_entities_and_records_are_those_that_are_read() -> None:
    entities = field(INTUIT, "Webhooks: entities")
    subscribed = re.search(r"subscribes by itself to (.*?)\(six", PIPEDRIVE, re.DOTALL)
    assert subscribed is not None

    assert set(quoted(entities)) == MIRRORED - {"CompanyInfo"}  # QuickBooks has no event of it
    assert tuple(quoted(subscribed[1])) == pipedrive_hooks.OBJECTS


def test_extensions_are_those_that_the_product_answers_for() -> None:
    """The sandbox plays Developer Hub with a record of its own; page and record agree."""
    record = Portal.for_app("<public>", redirect_path="/pipedrive/callback")
    table = re.search(r"\| extension \|.*\n\|.*\n((?:\|.*\n)+)", PIPEDRIVE)
    assert table is not None
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()]

    panels = [quoted(address)[0] for kind, _, address, _ in found if kind == "Custom panel"]
    assert panels == [record.panel_url, record.organization_panel_url, record.person_panel_url]
    assert {
        quoted(name)[0]: quoted(address)[0] for kind, name, address, _ in found if kind == "Custom modal"
    } == record.modals
    assert [quoted(address)[0] for kind, _, address, _ in found if kind == "App settings page"] == [record.settings_url]
    assert quoted(field(PIPEDRIVE, "Installation URL"))[0] == record.install_url
    assert quoted(field(INTUIT, "Launch URL"))[0] == record.launch_url
    assert quoted(field(INTUIT, "Disconnect URL"))[0] == record.disconnect_url
    assert quoted(field(INTUIT, "Webhooks: Endpoint URL"))[0] == record.webhook_url


@pytest.mark.slow
def test_every_address_has_its_route_and_the_scopes_are_enough(tmp_path: Path) -> None:
    """The whole job with exactly the scopes of the page, in an emulator that refuses what they do not allow."""
    scopes = quoted(field(PIPEDRIVE, "Scopes"))
    with a_house(tmp_path) as house:
        house.pipedrive("PUT", "/_sandbox/app", json={"scopes": scopes})
        house.who = house.install()
        house.connect(house.who)
        configure.save(
            house.app, house.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True,
            deal_fields=frozenset(FieldKind),
        )  # fmt: skip
        pipedrive_hooks.care_for_all(house.app)
        house.run()
        with people(house, 101) as (ola,):
            deal, _ = invoiced(ola)
            ola.post("/panel/refresh", {"deal": str(deal)})
            assert ola.last_status == 200
        house.settle(2)
        calls = house.journal("pipedrive")
        assert house.built is not None
        with TestClient(house.built.web) as web:
            addresses = set(re.findall(r"<public>(/[^`:, ]+)", CONNECTING.replace("<a random key>", "key")))
            missing = [path for path in addresses if web.options(path).status_code != 405]  # there, but not so

    assert len(addresses) > 15
    assert missing == []
    assert [call for call in calls if call["status"] in {401, 403}] == []
    assert {"/api/v1/webhooks", "/api/v2/dealFields"} <= {call["path"] for call in calls if call["method"] == "POST"}


def test_a_consent_lasts_as_long_as_the_pages_say() -> None:
    from dealvoice.workflows.setup.ending import LIFE, WARN_BEFORE

    assert timedelta(days=5 * 365) == LIFE
    assert "after five years" in CONNECTING
    assert timedelta(days=30) == WARN_BEFORE
    assert "thirty days before" in CONNECTING
