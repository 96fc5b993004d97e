"""Thousands of calls that fit a description, and as many that do not: an emulator answers each, and never with a 5xx."""

import os
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from contract import fuzzed
from contract.openapi import folder
from contract.vendors import Vendor

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
EXAMPLES = 500 if SOAK else 5
CALLED = ("/deals/{id}", "/organizations/{id}", "/products/search", "/notes", "/webhooks", "/users/me")
"""Paths of the vendor's documents that are tried each time; a soak run tries all."""
SCOPES = [
    "base", "deals:full", "contacts:full", "products:full", "users:read", "webhooks:full", "deal-fields:full",
    "search:read", "recents:read", "admin",
]  # fmt: skip


def attack(document: dict[str, Any], url: str, token: str, *, examples: int) -> list[str]:
    """Call every operation of a document with input that fits and input that does not; return the answers of 5xx."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    broken: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def call(case: Any) -> None:
                answer = case.call(headers={"Authorization": f"Bearer {token}"})
                if answer.status_code >= 500:
                    broken.append(f"{case.as_curl_command()}: {answer.status_code}")

            try:
                call()
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, operation.label  # whatever is sent there fits
    return broken


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.mark.slow
@pytest.mark.usefixtures("quiet")
def test_quickbooks_when_called_with_anything_then_never_5xx(quickbooks: Vendor) -> None:
    token = quickbooks.control("POST", "tokens")["access_token"]

    broken = attack(fuzzed.quickbooks(), quickbooks.url, token, examples=EXAMPLES)

    assert not broken, "\n".join(broken[:5])


@pytest.mark.slow
@pytest.mark.usefixtures("quiet")
def test_pipedrive_when_called_with_anything_then_never_5xx(pipedrive: Vendor) -> None:
    pipedrive.control("PUT", "app", scopes=SCOPES)
    token = pipedrive.control("POST", "tokens")["access_token"]

    broken = attack(fuzzed.pipedrive(), pipedrive.url, token, examples=EXAMPLES)

    assert not broken, "\n".join(broken[:5])


@pytest.mark.slow
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_pipedrive_when_called_by_its_own_document_then_never_5xx(pipedrive: Vendor, version: str) -> None:
    text = (folder() / "pipedrive" / f"openapi-{version}.yaml").read_bytes()
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    document["paths"] = {path: told for path, told in document["paths"].items() if SOAK or path.startswith(CALLED)}
    pipedrive.control("PUT", "app", scopes=SCOPES)
    token = pipedrive.control("POST", "tokens")["access_token"]

    broken = attack(document, f"{pipedrive.url}/api/{version}", token, examples=EXAMPLES if SOAK else 1)

    assert not broken, "\n".join(broken[:5])
