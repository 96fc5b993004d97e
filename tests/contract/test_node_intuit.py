"""
A journey of Intuit's official OAuth client for Node, unmodified.

Set from outside: the four addresses of ``setAuthorizeURLs``, ``environment.sandbox`` and ``jwks_uri``.
"""

import pytest

from contract.journeys import Journey, run
from contract.vendors import SEED_REALM, Vendor, consent, quickbooks_at


@pytest.fixture(scope="module")
def journey(sandbox) -> Journey:
    vendor: Vendor = quickbooks_at(sandbox)
    vendor.reset()
    vendor.control("PUT", "app", strict_client=True, webhook_url="")
    return run(
        "intuit.mjs", lambda address: consent(vendor, address),
        QUICKBOOKS=vendor.url, CLIENT_ID=vendor.client_id, CLIENT_SECRET=vendor.client_secret,
        REDIRECT_URI=vendor.redirect_uri,
    )  # fmt: skip


def test_token_when_consented_then_company_and_lives_are_told(journey):
    assert (journey["state"], journey["realm"]) == ("s-1", SEED_REALM)
    assert (journey["token"]["token_type"], journey["token"]["expires_in"]) == ("bearer", 3600)
    assert 8_640_000 <= journey["token"]["x_refresh_token_expires_in"] <= 8_726_400
    assert journey["token"]["x_refresh_token_hard_expires_in"] == 157_680_000


def test_identity_when_validated_by_the_vendors_issuer_and_keys_then_holds(journey):
    assert journey["identity"] is True
    assert journey["user"]["emailVerified"] is True


def test_code_when_used_twice_then_invalid_grant(journey):
    assert journey.refusal("code twice")["error"] == "invalid_grant"


def test_refresh_when_done_then_another_access_token(journey):
    assert journey["refresh"]["another"] is True


def test_company_when_read_then_named(journey):
    assert journey["company"]["CompanyInfo"]["CompanyName"]


def test_query_when_limited_then_so_many(journey):
    assert len(journey["query"]["QueryResponse"]["Customer"]) == 5


def test_invoice_when_made_then_has_an_id(journey):
    assert journey["made"]["Invoice"]["Id"]


def test_refusal_when_a_line_is_missing_then_the_client_reads_code_and_tid(journey):
    refusal = journey.refusal("refused")

    assert (refusal["code"], refusal["faultType"]) == ("2020", "ValidationFault")
    assert refusal["intuitTid"].startswith("1-")


def test_object_when_missing_then_610(journey):
    assert journey.refusal("missing")["code"] == "610"


def test_pdf_when_loaded_then_is_one(journey):
    assert journey["pdf"] == "%PDF-"


def test_revoke_when_done_then_the_api_refuses(journey):
    assert journey["revoke"] == 200
    assert journey.refusal("after revoke")["code"] == "401"
