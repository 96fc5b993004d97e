"""Recorded calls of the Pipedrive emulator against the vendor's own OpenAPI documents."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from contract import openapi
from contract.journeys import run
from contract.vendors import Vendor, consent
from dealvoice_sandbox import serving_all
from dealvoice_sandbox.seeds.worlds import WORLDS

SCOPES = [
    "base", "deals:full", "contacts:full", "products:full", "users:read", "webhooks:full", "deal-fields:full",
    "contact-fields:full", "product-fields:full", "search:read", "recents:read", "activities:full", "admin",
]  # fmt: skip
QUERIES = {
    "term": "bird", "deal_ids": "1", "item_type": "deal", "entity_type": "deal", "field": "title", "org_id": "1",
    "start_date": "2026-01-01", "interval": "month", "amount": "3", "field_key": "add_time",
    "since_timestamp": "2026-01-01 00:00:00", "period.start": "2026-01-01", "period.end": "2026-12-31",
}  # fmt: skip
ROWS = 30
"""Rows of a list that are also read one by one."""


@pytest.fixture
def crm(sandbox: serving_all.Sandbox) -> Iterator[Vendor]:
    openapi.folder()
    vendor = Vendor(sandbox.pipedrive_url, redirect_uri="http://localhost:8100/pipedrive/callback")
    vendor.reset()
    vendor.control("PUT", "app", strict_client=True, scopes=SCOPES)
    vendor.control("DELETE", "recordings")
    vendor.control("POST", "recordings", on=True, most=10_000_000)
    yield vendor
    vendor.control("POST", "recordings", on=False)
    vendor.control("DELETE", "recordings")


def against_documents(vendor: Vendor) -> list[str]:
    """Return what the documents say against all calls recorded since."""
    calls = [call for call in vendor.control("GET", "recordings") if call["path"].startswith(("/api", "/v1"))]
    assert calls
    return sorted({told for call in calls for told in openapi.complaints(call)})


def test_journey_of_the_official_client_when_recorded_then_requests_and_answers_fit_the_documents(crm):
    run(
        "pipedrive.mjs", lambda address: consent(crm, address),
        PIPEDRIVE=crm.url, CLIENT_ID=crm.client_id, CLIENT_SECRET=crm.client_secret, REDIRECT_URI=crm.redirect_uri,
    )  # fmt: skip

    told = against_documents(crm)
    assert not told, "\n".join(told)


@pytest.mark.parametrize("seed", sorted(WORLDS))
def test_every_row_of_a_seed_when_read_then_fits_the_documents(crm, seed):
    crm.control("POST", "reset", seed=seed)
    with httpx2.Client(base_url=crm.url, trust_env=False) as http:
        http.headers["authorization"] = f"Bearer {crm.control('POST', 'tokens')['access_token']}"
        for version in ("v2", "v1"):
            ids: dict[str, list[Any]] = {}
            for _, operation in openapi.operations()[version, "GET"]:
                read(http, operation, ids)

    told = against_documents(crm)
    assert not told, "\n".join(told)


def read(http: httpx2.Client, operation: openapi.Operation, ids: dict[str, list[Any]]) -> None:
    """Read a list, or some records that the list before it named; an operation that is not played answers 404."""
    needed = [
        one["name"] for one in operation.spec.get("parameters", []) if one["in"] == "query" and one.get("required")
    ]
    query = {name: QUERIES[name] for name in needed if name in QUERIES}
    head, _, rest = operation.path.partition("/{")
    paths = [operation.path]
    if rest:
        tail = rest.partition("}")[2]
        paths = [f"{head}/{one}{tail}" for one in ids.get(head, [])[:ROWS] if "{" not in tail]
    for path in paths:
        answer = http.get(f"/api/{operation.version}{path}", params={**query, "limit": "50"} if not rest else query)
        assert answer.status_code < 500, answer.text
        rows = answer.json().get("data") if answer.status_code == 200 else None
        if not rest and isinstance(rows, list):
            ids[head] = [row.get("id", row.get("field_code")) for row in rows]
