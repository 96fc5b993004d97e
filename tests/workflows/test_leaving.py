"""One connection for a whole company: handed over, asked for, taken; and what each way of leaving ends and keeps."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.connections import Connection
from dealvoice.workflows.errors import NoAccess, Taken
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.setup import configure, connect, hand_over, install, leave
from dealvoice.workflows.setup.views import Visibility
from dealvoice_sandbox.pipedrive import users
from playground.deal_side import linked_invoice
from playground.house import AVIARY, House, a_house

OLA, JAN, MAYA = 101, 102, 103
"""The administrator, and two colleagues."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        opened.who = opened.install(OLA)
        yield opened


def _connection(house: House) -> Connection | None:
    with house.app.database.read(house.who.tenant_id) as store:
        return store.connections.latest()


def _gone(house: House, user_id: int) -> None:
    install.uninstall(house.app, company_id=house.who.company_id, user_id=user_id)
    house.run()


def test_r03_second_user_gets_no_second_connection_but_ways_to_the_one(house: House) -> None:
    jan = house.install(JAN)
    house.connect(jan)

    with pytest.raises(Taken):
        connect.begin(house.app, house.who, browser="")
    hand_over.ask(house.app, house.who)
    view = connect.view(house.app, house.who)
    assert (view.held_by, view.may_take, view.asked) == ("Jan Kos", True, True)
    assert [one.name for one in configure.settings(house.app, jan).colleagues if one.asked] == ["Ola Nowak"]

    assert hand_over.give(house.app, jan, house.who.installation_id) == "Ola Nowak"
    assert connect.view(house.app, house.who).held_by == ""
    assert panel(house.app, house.who, AVIARY).connected_by == "Ola Nowak"
    with pytest.raises(NoAccess):
        panel(house.app, jan, AVIARY)
    assert [one.asked for one in configure.settings(house.app, house.who).colleagues] == [False]


def test_r03_only_an_administrator_takes_the_connection_over(house: House) -> None:
    house.connect(house.who)
    jan = house.install(JAN)

    for forbidden in (
        lambda: hand_over.take(house.app, jan),
        lambda: hand_over.give(house.app, jan, jan.installation_id),
        lambda: leave.disconnect(house.app, jan),
        lambda: panel(house.app, jan, AVIARY),
    ):
        with pytest.raises(NoAccess):
            forbidden()

    hand_over.give(house.app, house.who, jan.installation_id)
    assert panel(house.app, jan, AVIARY).connected_by == "Jan Kos"
    hand_over.take(house.app, house.who)
    assert panel(house.app, house.who, AVIARY).connected_by == "Ola Nowak"


def test_r04_everyone_mode_shows_invoices_to_whoever_may_see_the_deal(house: House) -> None:
    house.connect(house.who)
    maya = house.install(MAYA)
    configure.save(house.app, house.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True)

    assert panel(house.app, maya, AVIARY).connected_by == "Ola Nowak"
    with pytest.raises(NoAccess):
        panel(house.app, maya, 19)


def test_one_of_three_leaves_and_nothing_else_changes(house: House) -> None:
    house.connect(house.who)
    house.install(JAN)
    house.install(MAYA)

    _gone(house, MAYA)

    connection = _connection(house)
    assert connection is not None
    assert (connection.state, connection.steward_id) == ("live", house.who.installation_id)


def test_holder_leaves_and_a_colleague_serves_until_an_administrator_takes_over(house: House) -> None:
    jan = house.install(JAN)
    house.connect(jan)

    _gone(house, JAN)

    connection = _connection(house)
    assert connection is not None
    assert (connection.state, connection.steward_id) == ("live", house.who.installation_id)
    with pytest.raises(NoAccess):
        panel(house.app, house.who, AVIARY)
    hand_over.take(house.app, house.who)
    assert panel(house.app, house.who, AVIARY).connected_by == "Ola Nowak"


def test_r07_last_one_leaves_and_the_grant_is_given_back(house: House) -> None:
    house.connect(house.who)
    house.forget_journals()

    _gone(house, OLA)

    connection = _connection(house)
    assert connection is not None
    assert (connection.state, connection.access, connection.refresh) == ("ended", "", "")
    assert _revocations(house) == 1


def test_steward_switched_off_in_pipedrive_is_followed_by_a_colleague(house: House) -> None:
    jan = house.install(JAN)
    house.connect(jan)
    hand_over.take(house.app, house.who)
    with house.app.database.write(jan.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        connection.steward_id = jan.installation_id
    users.set_active(house.sandbox.pipedrive, JAN, active=False, by=OLA, source="api")

    linked_invoice(house, house.who)
    for _ in range(3):
        house.engine.advance(timedelta(seconds=5))
        house.run()

    assert len(house.notes(AVIARY)) == 1
    after = _connection(house)
    assert after is not None
    assert after.steward_id == house.who.installation_id


def test_r07_disconnect_keeps_links_for_the_return(house: House) -> None:
    house.connect(house.who)
    invoice_id = linked_invoice(house, house.who)
    house.run()

    leave.disconnect(house.app, house.who)
    house.run()
    assert panel(house.app, house.who, AVIARY).state == "not_connected"
    assert _revocations(house) == 1
    house.connect(house.who, save=False)

    shown = panel(house.app, house.who, AVIARY)
    assert [row.id for row in shown.rows] == [invoice_id]
    assert shown.customer_name == "Amy's Bird Sanctuary"


def test_r07_disconnect_with_everything_removed_leaves_nothing_but_the_trail(house: House) -> None:
    house.connect(house.who)
    linked_invoice(house, house.who)
    house.run()

    leave.disconnect(house.app, house.who, remove=True)
    house.run()

    with house.app.database.read(house.who.tenant_id) as store:
        assert store.connections.latest() is None
        assert store.preferences.get() is None
        assert store.invoices.of_deal(AVIARY) == []
        assert store.installations.get(house.who.installation_id) is not None
    assert _revocations(house) == 1
    assert house.books("select * from Invoice maxresults 100") != []


def test_grant_is_given_back_later_when_quickbooks_is_silent(house: House) -> None:
    house.connect(house.who)
    house.quickbooks("POST", "/_sandbox/faults", json={"path": "revoke", "status": 503, "times": 2})

    leave.disconnect(house.app, house.who)
    house.run()
    for _ in range(3):
        house.engine.advance(timedelta(seconds=5))
        house.run()

    connection = _connection(house)
    assert connection is not None
    assert connection.refresh == ""


def _revocations(house: House) -> int:
    rows = house.quickbooks("GET", "/_sandbox/journal")
    rows = rows if isinstance(rows, list) else rows["calls"]
    return sum("revoke" in row["path"] and row["status"] == 200 for row in rows)
