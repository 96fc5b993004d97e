"""Pipedrive tells what changes: rights at once, merges moved, parked deals brought back, and at the fewest calls."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from dealvoice.connections.who import Who
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.deals import DealSeen, DealState
from dealvoice.workflows.errors import NotSeen
from dealvoice.workflows.insight.contacts import ORGANIZATION, require_contact
from dealvoice.workflows.insight.views import ContactRef
from dealvoice.workflows.invoice.panel import panel, version
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.sweep import start_unfinished
from dealvoice_sandbox.pipedrive import merging
from playground.deal_side import linked_invoice
from playground.house import AVIARY, House
from playground.listening import (
    JAN,
    MAYA,
    OLA,
    an_event,
    arrived,
    as_person,
    calls,
    deliver,
    heard,
    house,
    subscribe,
    take,
)

__all__ = ["heard", "house"]

OTHER = 13
"""Another deal of the seed."""


def _state(house: House, deal_id: int = AVIARY) -> DealState:
    with house.app.database.read(house.who.tenant_id) as store:
        return store.deals.state(deal_id)


def _change(house: House, table: str, row_id: int, user: int = OLA, **values: Any) -> None:
    crm = house.sandbox.pipedrive
    crm.act(lambda: crm.change(table, row_id, values, user))
    arrived(house)


def _invoiced(house: House, who: Who, deal_id: int = AVIARY) -> str:
    """Put an invoice of the books on a deal, and let it be told there."""
    invoice = linked_invoice(house, who, deal_id)
    house.run()
    house.forget_journals()
    return invoice


def test_right_to_a_deal_ends_with_its_visibility_and_comes_back(heard: House) -> None:
    maya = heard.install(MAYA)
    panel(heard.app, maya, AVIARY)
    heard.forget_journals()

    _change(heard, "deals", AVIARY, visible_to=1, owner_id=OLA)
    assert version(heard.app, maya, AVIARY) == ""
    with pytest.raises(NotSeen):
        panel(heard.app, maya, AVIARY)
    with pytest.raises(NotSeen):
        version(heard.app, maya, AVIARY)
    _change(heard, "deals", AVIARY, visible_to=3)

    assert panel(heard.app, maya, AVIARY).deal_id == AVIARY
    assert len(calls(heard)) == 2  # his own question after each change


def test_panel_costs_no_call_while_webhooks_are_in_force(heard: House) -> None:
    panel(heard.app, heard.who, AVIARY)
    heard.forget_journals()

    heard.clock.ahead = timedelta(minutes=50)
    _change(heard, "deals", AVIARY, title="Aviary, the second part")
    view = panel(heard.app, heard.who, AVIARY)
    heard.clock.ahead = timedelta(minutes=100)
    panel(heard.app, heard.who, AVIARY)

    assert (view.deal_title, calls(heard)) == ("Aviary, the second part", [])


def test_right_is_asked_for_again_after_an_hour_and_after_a_quarter_without_webhooks(house: House) -> None:
    panel(house.app, house.who, AVIARY)
    house.forget_journals()
    house.clock.ahead = timedelta(minutes=16)
    panel(house.app, house.who, AVIARY)
    assert len(calls(house)) == 1

    subscribe(house)
    panel(house.app, house.who, AVIARY)
    house.clock.ahead = timedelta(minutes=80)
    panel(house.app, house.who, AVIARY)
    assert len(calls(house)) == 1  # known from before the first webhook: a change may have been missed


def test_colleague_permitted_by_an_event_opens_an_invoiced_deal_without_a_call(heard: House) -> None:
    _invoiced(heard, heard.who)
    jan = heard.install(JAN)
    _change(heard, "deals", AVIARY, title="Aviary, for both")
    heard.forget_journals()

    assert panel(heard.app, jan, AVIARY).deal_title == "Aviary, for both"
    assert calls(heard) == []


def test_deal_that_nobody_knows_leaves_no_trace_and_costs_nothing(heard: House) -> None:
    _change(heard, "deals", 17, title="Unknown here")
    _change(heard, "organizations", 31, name="Renamed")
    _change(heard, "products", 1, name="Renamed")

    with heard.app.database.read(heard.who.tenant_id) as store:
        assert (store.deals.head(17), store.hooks.marked()) == (None, [])
    assert calls(heard) == []


def test_archived_deal_is_parked_and_told_what_it_missed_when_it_is_back(heard: House) -> None:
    invoice_id = _invoiced(heard, heard.who)
    before = heard.notes(AVIARY)[0]["content"]

    _change(heard, "deals", AVIARY, is_archived=True)
    assert _state(heard) is DealState.ARCHIVED
    assert panel(heard.app, heard.who, AVIARY).archived
    with heard.app.database.write(heard.who.tenant_id) as store:
        row = store.invoices.get(invoice_id)
        assert row is not None
        row.number = "9999"
    _change(heard, "deals", AVIARY, is_archived=False)

    assert _state(heard) is DealState.LIVE
    assert "9999" in heard.notes(AVIARY)[0]["content"] != before


def test_return_whose_event_was_lost_is_found_by_the_daily_look(heard: House) -> None:
    _invoiced(heard, heard.who)
    _change(heard, "deals", AVIARY, is_archived=True)
    heard.pipedrive("POST", "/_sandbox/webhooks", json={"drop": 1})
    _change(heard, "deals", AVIARY, is_archived=False)
    assert _state(heard) is DealState.ARCHIVED

    heard.clock.ahead = timedelta(hours=25)
    heard.engine.run_schedule("hooks")
    heard.run()
    heard.engine.run_schedule("pipedrive")

    assert _state(heard) is DealState.LIVE


def test_deleted_deal_is_parked_for_good_and_nobody_sees_it(heard: House) -> None:
    _invoiced(heard, heard.who)
    as_person(heard, "DELETE", f"/api/v2/deals/{AVIARY}")
    arrived(heard)

    assert _state(heard) is DealState.DELETED
    with pytest.raises(NotSeen):
        panel(heard.app, heard.who, AVIARY)


def test_deal_told_deleted_that_is_still_there_stays_live(heard: House) -> None:
    _invoiced(heard, heard.who)

    assert deliver(heard, an_event("deal", AVIARY, datetime.now(UTC), action="delete")) == 200
    heard.run()

    assert _state(heard) is DealState.LIVE
    assert len(calls(heard)) == 1


def test_merged_deal_hands_its_invoice_and_its_note_to_the_survivor(heard: House) -> None:
    invoice_id = _invoiced(heard, heard.who)
    as_person(heard, "PUT", f"/api/v1/deals/{AVIARY}/merge", body={"merge_with_id": OTHER})
    heard.forget_journals()
    arrived(heard)

    assert (_state(heard), _state(heard, OTHER)) == (DealState.MERGED, DealState.LIVE)
    reads = [call for call in calls(heard) if call.startswith("GET /api/v2/deals/")]
    assert reads == [f"GET /api/v2/deals/{AVIARY}", f"GET /api/v2/deals/{OTHER}"]
    assert [row.id for row in panel(heard.app, heard.who, OTHER).rows] == [invoice_id]
    assert len(heard.notes(OTHER)) == 1


def test_merged_organization_hands_its_customer_to_the_survivor(heard: House) -> None:
    _invoiced(heard, heard.who)
    crm = heard.sandbox.pipedrive
    gone = crm.deal(AVIARY)["org_id"]
    stays = next(row["id"] for row in crm.table("organizations").values() if row["id"] != gone)
    heard.forget_journals()
    rows = crm.table("organizations")
    crm.act(lambda: merging.merge(crm, "organizations", rows[str(gone)], rows[str(stays)], OLA, source="app"))
    arrived(heard)
    view = panel(heard.app, heard.who, AVIARY)

    assert view.customer_name == "Amy's Bird Sanctuary"
    assert [call for call in calls(heard) if call.startswith("GET")] == [
        f"GET /api/v2/organizations/{gone}",
        f"GET /api/v2/organizations/{stays}",
    ]


def test_merge_that_was_only_claimed_moves_nothing(heard: House) -> None:
    _invoiced(heard, heard.who)
    org = heard.sandbox.pipedrive.deal(AVIARY)["org_id"]

    deliver(
        heard, an_event("organization", org, datetime.now(UTC), action="delete", meta={"merged_to_id": str(org + 1)})
    )
    deliver(heard, an_event("deal", AVIARY, datetime.now(UTC), action="delete", meta={"merged_to_id": str(OTHER)}))
    heard.run()

    view = panel(heard.app, heard.who, AVIARY)
    assert (view.customer_name, len(view.rows)) == ("Amy's Bird Sanctuary", 1)


def test_events_in_any_order_and_twice_leave_what_the_newest_said(heard: House) -> None:
    _invoiced(heard, heard.who)
    start = datetime.now(UTC) + timedelta(minutes=1)
    told = [
        an_event(
            "deal", AVIARY, start + timedelta(seconds=step),
            data={"id": AVIARY, "title": f"Title {step}", "value": 100 + step, "currency": "USD", "is_archived": False},
            meta={"permitted_user_ids": users},
        )
        for step, users in ((1, ["101", "103"]), (2, ["101"]), (3, ["101", "103"]), (4, ["101"]))
    ]  # fmt: skip

    for order in permutations(told):
        with heard.app.database.write(heard.who.tenant_id) as store:
            head = store.deals.known_head(AVIARY, heard.app.now())
            head.told_at = head.permitted = None
            store.deals.put(_seen(heard, MAYA, start))
        for event in (*order, order[0]):
            take(heard, event)
        with heard.app.database.write(heard.who.tenant_id) as store:
            head, seen = store.deals.head(AVIARY), store.deals.get(MAYA, AVIARY)
        with heard.app.database.everyone_write() as lobby:
            lobby.forget(start + timedelta(days=8))
        assert head is not None
        assert (head.title, head.permitted, seen) == ("Title 4", [101], None)


def _seen(house: House, user_id: int, at: datetime) -> DealSeen:
    return DealSeen(
        tenant=house.who.tenant_id, user_id=user_id, deal_id=AVIARY, allowed=True, title="", currency="USD",
        contact_kind="", archived=False, checked_at=at, told_at=at,
    )  # fmt: skip


def test_lines_of_a_deal_stamp_its_head(heard: House) -> None:
    _invoiced(heard, heard.who)
    crm = heard.sandbox.pipedrive
    row_id = crm.deal_products(AVIARY)[0]["id"]
    crm.act(lambda: crm.change_deal_product(AVIARY, row_id, {"quantity": 9}, OLA))
    arrived(heard)

    with heard.app.database.read(heard.who.tenant_id) as store:
        head = store.deals.head(AVIARY)
    assert head is not None
    assert head.lines_at is not None
    assert head.value == crm.deal(AVIARY)["value"]
    assert calls(heard) == []


def test_account_that_does_not_tell_of_archives_costs_one_read_and_no_more(heard: House) -> None:
    _invoiced(heard, heard.who)
    heard.pipedrive("POST", "/_sandbox/switches", json={"hook_archived": False})

    _change(heard, "deals", AVIARY, title="An edit shows that it is live")
    assert calls(heard) == []
    _change(heard, "deals", AVIARY, is_archived=True)

    assert _state(heard) is DealState.ARCHIVED
    assert calls(heard) == [f"GET /api/v2/deals/{AVIARY}"]


def test_deal_made_a_lead_is_parked(heard: House) -> None:
    _invoiced(heard, heard.who)
    as_person(heard, "POST", f"/api/v2/deals/{AVIARY}/convert/lead")
    arrived(heard)

    assert _state(heard) is DealState.DELETED
    assert configure.settings(heard.app, heard.who).hooks.parked == 1


def test_user_who_changed_is_asked_for_again(heard: House) -> None:
    maya = heard.install(MAYA)
    panel(heard.app, maya, AVIARY)
    crm = heard.sandbox.pipedrive
    crm.deactivate(MAYA)
    arrived(heard)

    assert version(heard.app, maya, AVIARY) == ""


def test_contact_is_renamed_and_hidden_at_once(heard: House) -> None:
    maya, ref = heard.install(MAYA), ContactRef(ORGANIZATION, 31)
    require_contact(heard.app, maya, ref)
    heard.forget_journals()

    _change(heard, "organizations", 31, name="Aviary & Sons")
    assert (require_contact(heard.app, maya, ref).name, calls(heard)) == ("Aviary & Sons", [])
    _change(heard, "organizations", 31, visible_to=1, owner_id=OLA)
    with pytest.raises(NotSeen):
        require_contact(heard.app, maya, ref)


def test_field_that_a_person_edits_says_the_truth_again(heard: House) -> None:
    configure.save(
        heard.app, heard.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True,
        deal_fields={FieldKind.NUMBERS, FieldKind.PAID_ON},
    )  # fmt: skip
    _invoiced(heard, heard.who)
    with heard.app.database.read(heard.who.tenant_id) as store:
        code = {kind: row.code for kind, row in store.deal_fields.ready().items()}
    truth = _custom(heard)
    assert truth[code["numbers"]]

    _change(heard, "deals", AVIARY, custom_fields={code["numbers"]: "paid!", code["paid_on"]: "2026-01-01"})
    assert _custom(heard)[code["numbers"]] == "paid!"
    start_unfinished(heard.app)
    heard.run()
    arrived(heard)
    assert _custom(heard) == truth

    # The event of our own write asks for nothing, and a field of theirs is theirs.
    heard.forget_journals()
    _change(heard, "deals", AVIARY, title="Aviary, second floor")
    start_unfinished(heard.app)
    arrived(heard)
    assert calls(heard) == []


def _custom(house: House) -> dict[str, Any]:
    return dict(house.sandbox.pipedrive.row("deals", AVIARY)["custom_fields"])


def test_panel_of_a_deal_hidden_meanwhile_is_taken_off_the_screen(heard: House) -> None:
    maya = heard.install(MAYA)
    panel(heard.app, maya, AVIARY)
    session = heard.vendor.post(f"{heard.app.public_url}/session", data={"token": _token(heard, MAYA)}).json()[
        "session"
    ]
    _change(heard, "deals", AVIARY, visible_to=1, owner_id=OLA)
    answer = heard.vendor.get(
        f"{heard.app.public_url}/panel/changes",
        params={"deal": AVIARY, "since": "x"},
        headers={"Authorization": f"Bearer {session}", "HX-Request": "true"},
    )

    assert (answer.status_code, "HX-Retarget" in answer.headers) == (404, False)
    assert "panel-inside" in answer.text


def _token(house: House, user_id: int) -> str:
    return str(house.sandbox.pipedrive.frame_token(user_id))


def test_many_parked_deals_are_listed_and_not_read_one_by_one(heard: House) -> None:
    crm = heard.sandbox.pipedrive
    deals = sorted(row["id"] for row in crm.deals() if not row["is_archived"])[:20]
    with heard.app.database.write(heard.who.tenant_id) as store:
        for deal_id in deals:
            store.deals.put_state(deal_id, DealState.ARCHIVED, now=heard.app.now())
            store.hooks.mark("deal", deal_id, heard.app.now())
    heard.engine.run_schedule("pipedrive")

    with heard.app.database.read(heard.who.tenant_id) as store:
        assert store.deals.parked(deals) == {}
    assert calls(heard) == ["GET /api/v2/deals"]
