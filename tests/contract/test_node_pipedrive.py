"""A journey of the official ``pipedrive`` client for Node, unmodified; set from outside: ``host`` of its OAuth2 configuration."""

from collections.abc import Iterator

import pytest

from contract.journeys import Journey, run
from contract.vendors import Vendor, consent, pipedrive_at
from playground.receiving import Receiver, a_receiver

SCOPES = [
    "base", "deals:full", "contacts:full", "products:full", "users:read", "webhooks:full", "deal-fields:full",
    "search:read", "recents:read",
]  # fmt: skip


@pytest.fixture(scope="module")
def told(sandbox) -> Iterator[tuple[Journey, Receiver]]:
    vendor: Vendor = pipedrive_at(sandbox)
    if vendor.live:
        journey = run("pipedrive.mjs", str, live=True, PIPEDRIVE=vendor.url, API_TOKEN=vendor.given["API_TOKEN"])
        return journey, Receiver()
    vendor.reset()
    vendor.control("PUT", "app", strict_client=True, scopes=SCOPES)
    with a_receiver() as receiver:
        journey = run(
            "pipedrive.mjs", lambda address: consent(vendor, address),
            PIPEDRIVE=vendor.url, CLIENT_ID=vendor.client_id, CLIENT_SECRET=vendor.client_secret,
            REDIRECT_URI=vendor.redirect_uri, HOOK=receiver.url,
        )  # fmt: skip
        # Open until the tests are done: a delivery may still be on its way.
        yield journey, receiver


@pytest.fixture
def journey(told: tuple[Journey, Receiver]) -> Journey:
    return told[0]


def test_tokens_when_authorized_then_as_the_client_expects_them(journey, sandbox):
    tokens = journey["authorize"]

    assert journey["state"] == "s-1"
    assert tokens["token_type"].lower() == "bearer"
    assert tokens["api_domain"] == sandbox.pipedrive_url
    assert tokens["scope"].split(",") == SCOPES


def test_code_when_used_twice_then_invalid_grant(journey):
    assert journey.refusal("code twice")["error"] == "invalid_grant"


def test_refresh_when_done_then_another_access_and_the_same_refresh_token(journey):
    assert journey["refresh"]["another"] is True
    assert journey["refresh"]["refresh_token"] == journey["authorize"]["refresh_token"]


def test_user_when_asked_for_then_the_one_who_consented(journey):
    assert journey["me"]["id"] in [user["id"] for user in journey["users"]]
    assert {"company_id", "company_domain", "language", "timezone_name"} <= set(journey["me"])


def test_currencies_when_listed_then_have_code_and_decimals(journey):
    assert {"USD", "EUR"} <= {row["code"] for row in journey["currencies"]}


def test_contacts_when_made_then_linked_and_changed(journey):
    assert journey["person"]["org_id"] == journey["organization"]["id"]
    assert journey["person"]["emails"][0]["value"] == "zoe@example.com"
    assert journey["person changed"]["name"] == "Zoë Crane"


def test_rows_when_changed_then_sum_follows(journey):
    assert (journey["row"]["sum"], journey["row changed"]["sum"]) == (1000, 1250)
    assert [row["id"] for row in journey["rows"]] == [row["id"] for row in journey["rows of deals"]]


def test_deal_when_it_has_a_discount_then_value_is_less_until_it_goes(journey):
    assert journey["deal with discount"]["value"] == 1125
    assert journey["discount removed"]["id"] == journey["discount"]["id"]


def test_row_when_removed_then_its_id_comes_back(journey):
    assert journey["row removed"]["id"] == journey["row"]["id"]


def test_field_when_made_then_readable_listed_and_settable_on_a_deal(journey):
    code = journey["field"]["field_code"]

    assert journey["field read"]["field_name"] == "Invoice status"
    assert code in [one["field_code"] for one in journey["fields"]]
    assert journey["deal read"]["custom_fields"][code] == "Paid"


def test_deal_when_won_then_status_and_time(journey):
    assert (journey["deal read"]["title"], journey["deal won"]["status"]) == ("Fifty birdhouses", "won")
    assert journey["deal won"]["won_time"]


def test_note_when_written_then_rewritten_listed_and_removed(journey):
    assert journey["note"]["content"] == "<b>Invoice 1038</b>"
    assert [row["content"] for row in journey["notes"]] == ["Invoice 1038 paid"]
    assert journey["note removed"] is True


def test_pages_when_walked_by_cursor_then_every_deal_once(journey):
    assert journey["pages"] == sorted(journey["all at once"])
    assert len(journey["pages"]) > 5


def test_search_when_word_is_in_a_name_then_found(journey):
    assert [one["item"]["id"] for one in journey["search"]["items"]] == [journey["organization"]["id"]]
    assert [one["item"]["id"] for one in journey["search deals"]["items"]] == [journey["deal"]["id"]]


def test_pipelines_when_listed_then_stages_belong_to_them(journey):
    assert {row["pipeline_id"] for row in journey["stages"]} <= {row["id"] for row in journey["pipelines"]}


def test_hook_when_a_deal_changes_then_told(told):
    journey, receiver = told

    if not receiver.url:
        pytest.skip("needs an address that the vendor reaches")

    messages = receiver.wait_for(bool)

    assert journey["hook"]["id"] in [one["id"] for one in journey["hooks"]]
    assert b"Sixty birdhouses" in messages[0]["body"]


def test_deal_when_missing_then_the_vendors_body(journey):
    assert journey.refusal("missing")["error"] == "Deal not found"


def test_deal_when_property_is_unknown_then_validation_fails(journey):
    assert journey.refusal("wrong")["code"] == "ERR_SCHEMA_VALIDATION_FAILED"


@pytest.mark.parametrize("what", ["deal", "person", "organization", "product"])
def test_record_when_removed_then_its_id_comes_back(journey, what):
    assert journey[f"{what} removed"]["id"] == journey[what]["id"]


def test_revoke_when_done_then_api_and_refresh_are_refused(journey):
    assert journey["revoke"]
    assert journey.refusal("after revoke")["errorCode"] == 401
    assert journey.refusal("refresh after revoke")["error"] == "invalid_grant"
