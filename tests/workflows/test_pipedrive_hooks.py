"""The product's webhooks at Pipedrive: made once, looked at daily, handed on, taken away."""

from datetime import timedelta
from typing import Any

from dealvoice.storage.hooks import HookSet
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.setup import configure, hand_over, install, leave
from dealvoice.workflows.sync import pipedrive_hooks
from playground.house import AVIARY, House
from playground.listening import JAN, OLA, as_person, calls, heard, house, subscribe

__all__ = ["heard", "house"]


def _set(house: House) -> HookSet:
    with house.app.database.read(house.who.tenant_id) as store:
        row = store.hooks.current()
    assert row is not None
    return row


def _hooks(house: House) -> list[dict[str, Any]]:
    return list(house.sandbox.pipedrive.table("hooks").values())


def test_webhooks_are_made_once_and_looked_at_once_a_day(house: House) -> None:
    house.forget_journals()
    for _ in range(3):
        house.engine.run_schedule("hooks")
        house.run()

    assert sorted(hook["event_object"] for hook in _hooks(house)) == sorted(pipedrive_hooks.OBJECTS)
    assert calls(house) == ["GET /api/v1/webhooks"] + ["POST /api/v1/webhooks"] * len(pipedrive_hooks.OBJECTS)
    assert {hook["http_auth_user"] for hook in _hooks(house)} == {"dealvoice"}
    assert (_set(house).state, _set(house).sees_all) == ("live", True)


def test_secrets_of_the_webhooks_are_nowhere_in_plain_sight(heard: House) -> None:
    key, password = pipedrive_hooks.secret(heard.app, _set(heard))
    stored = b"".join(path.read_bytes() for path in heard.folder.glob("dealvoice.sqlite3*"))

    assert key.encode() not in stored
    assert password.encode() not in stored


def test_unanswered_creation_is_looked_for_before_a_second_one(house: House) -> None:
    house.pipedrive("POST", "/_sandbox/faults", json={"method": "POST", "path": "/v1/webhooks", "drop": "after"})
    house.engine.run_schedule("hooks")
    for _ in range(5):
        house.run()
        house.engine.advance(timedelta(minutes=1))

    kinds = [hook["event_object"] for hook in _hooks(house)]
    assert sorted(kinds) == sorted(set(kinds)) == sorted(pipedrive_hooks.OBJECTS)


def test_missing_webhooks_are_made_anew_and_old_rights_are_asked_for_again(heard: House) -> None:
    panel(heard.app, heard.who, AVIARY)
    crm = heard.sandbox.pipedrive
    crm.act(crm.table("hooks").clear)
    heard.clock.ahead = timedelta(hours=25)
    heard.engine.run_schedule("hooks")
    heard.run()

    row = _set(heard)
    assert len(_hooks(heard)) == len(pipedrive_hooks.OBJECTS)
    assert row.lost_at is not None
    assert row.live_since == row.lost_at


def test_refused_webhooks_are_told_in_settings_and_everything_works_without(house: House) -> None:
    crm = house.sandbox.pipedrive
    for _ in range(40):
        as_person(
            house, "POST", "/api/v1/webhooks",
            body={"subscription_url": "http://127.0.0.1:9/", "event_action": "*", "event_object": "note", "name": "x"},
        )  # fmt: skip
    subscribe(house)

    assert (_set(house).state, _set(house).fault) == ("refused", "pipedrive.hooks_full")
    assert configure.settings(house.app, house.who).hooks.state == "refused"
    assert panel(house.app, house.who, AVIARY).deal_id == AVIARY
    assert len(crm.table("hooks")) == 40


def test_handed_over_connection_is_served_by_an_administrators_webhooks(heard: House) -> None:
    before = _set(heard)
    jan = heard.install(JAN)
    hand_over.give(heard.app, heard.who, jan.installation_id)
    heard.run()

    row = _set(heard)
    assert (row.id == before.id) is not jan.is_admin
    assert {hook["owner_id"] for hook in _hooks(heard)} == {JAN if jan.is_admin else OLA}


def test_leaving_steward_hands_the_webhooks_on_and_the_last_one_ends_them(heard: House) -> None:
    heard.install(JAN)
    install.uninstall(heard.app, company_id=heard.who.company_id, user_id=OLA)
    heard.run()
    crm = heard.sandbox.pipedrive
    crm.act(lambda: crm.uninstall(OLA))
    assert {hook["owner_id"] for hook in _hooks(heard)} == {JAN}

    install.uninstall(heard.app, company_id=heard.who.company_id, user_id=JAN)
    heard.run()
    with heard.app.database.read(heard.who.tenant_id) as store:
        assert (store.hooks.current(), store.hooks.ended()) == (None, [])


def test_disconnect_takes_the_webhooks_away(heard: House) -> None:
    leave.disconnect(heard.app, heard.who)
    heard.run()

    assert _hooks(heard) == []


def _disconnect_unanswered(house: House) -> None:
    """End the connection while Pipedrive does not answer to the removal of a webhook."""
    fault = {"method": "DELETE", "path": "/api/v1/webhooks/", "status": 503, "times": 0}
    house.sandbox.pipedrive.faults.add(fault)
    leave.disconnect(house.app, house.who)
    house.run()
    house.sandbox.pipedrive.faults.clear()
    assert len(_hooks(house)) == len(pipedrive_hooks.OBJECTS)


def test_webhooks_that_pipedrive_did_not_answer_for_are_taken_away_later(heard: House) -> None:
    _disconnect_unanswered(heard)

    heard.engine.run_schedule("hooks")

    assert _hooks(heard) == []
    heard.forget_journals()
    heard.engine.run_schedule("hooks")
    assert calls(heard) == []


def test_webhooks_left_behind_go_when_the_company_is_connected_again(heard: House) -> None:
    for _ in range(8):  # more of them than Pipedrive allows a user
        _disconnect_unanswered(heard)
        heard.connect(heard.who)
        subscribe(heard)

        assert _set(heard).state == "live"
        assert sorted(hook["id"] for hook in _hooks(heard)) == sorted(_set(heard).ids.values())
