"""R3, R4 and R7: one connection for the company, who sees its invoices, and leaving."""

import base64
from pathlib import Path
from typing import Any

import pytest

from dealvoice.settings import DEMO_ID, DEMO_SECRET
from playground.house import House, a_house
from playground.ordinary import FOUNTAIN, invoiced
from playground.person import Form, people

OLA, JAN, MAYA = 101, 102, 103
"""The administrator, and two colleagues; Jan's Pipedrive is in Polish."""


def _live(house: House) -> list[Any]:
    with house.app.database.everyone_read() as lobby:
        return list(lobby.connections.live())


def test_r03_second_user_gets_a_way_to_the_one_connection_and_none_of_his_own(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, OLA, JAN) as (ola, jan):
        house.who = house.install(OLA)
        house.connect(house.who)

        steps = jan.sign_in()
        after = jan.visit("/quickbooks/connect")

        for shown in (steps, after):
            assert "Ola Nowak" in shown.text
            assert shown.button("Poproś: Ola Nowak") is not None
        assert len(_live(house)) == 1
        assert ola.panel().text


@pytest.mark.parametrize("mode", ["installer", "everyone"])
def test_r04_visibility_is_the_installers_alone_until_he_opens_it(tmp_path: Path, mode: str) -> None:
    with a_house(tmp_path) as house, people(house, OLA, MAYA) as (ola, maya):
        house.who = house.install(OLA)
        house.install(MAYA)
        house.connect(house.who)
        deal, number = invoiced(ola)
        preselected = Form(ola, ola.open("/settings"))
        assert preselected.fields["visibility"] == "installer"
        ola.post("/settings", preselected.type(visibility=mode).pairs())

        shown = maya.panel(deal)

        assert (number in shown.text) is (mode == "everyone")
        assert number in ola.panel(deal).text


def test_r07_uninstall_revokes_both_grants_and_stops_the_work(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, OLA) as (ola,):
        house.who = house.install(OLA)
        house.connect(house.who)
        deal = ola.deal(FOUNTAIN)
        assert ola.panel(deal).button("+ Invoice") is not None

        basic = base64.b64encode(f"{DEMO_ID}:{DEMO_SECRET}".encode()).decode()
        answer = ola.web.request(
            "DELETE",
            "/pipedrive/callback",
            json={"client_id": DEMO_ID, "company_id": house.who.company_id, "user_id": OLA, "timestamp": "now"},
            headers={"Authorization": f"Basic {basic}"},
        )
        house.run()

        assert answer.status_code == 200
        assert _live(house) == []
        assert any("revoke" in row["path"] for row in _all_calls(house, "quickbooks"))
        shown = ola.panel(deal)
        assert ola.last_status in (401, 403)
        assert "+ Invoice" not in shown.text


def _all_calls(house: House, vendor: str) -> list[dict[str, Any]]:
    ask = house.quickbooks if vendor == "quickbooks" else house.pipedrive
    answer = ask("GET", "/_sandbox/journal")
    return list(answer if isinstance(answer, list) else answer["calls"])
