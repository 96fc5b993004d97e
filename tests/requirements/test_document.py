"""R55 and R56: the pictured screens, and the help."""

from pathlib import Path

import pytest

from playground.house import a_house
from playground.person import people

SCREENS = ("add-invoice", "create-form", "link-contact", "status-list", "side-panel", "expanded-panel")
FOLDER = Path(__file__).parent.parent.parent / "docs/screens"


@pytest.mark.parametrize("language", ["en", "pl"])
def test_r55_six_pictured_screens_are_there(language: str) -> None:
    missing = [name for name in SCREENS if not (FOLDER / f"{name}.{language}.png").is_file()]

    assert missing == []


def test_r56_help_covers_the_sections_and_takes_a_vote(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        page = ola.visit("/help")
        headings = [page.words(heading) for heading in page.tree.xpath("//h2")]
        assert "How to add products to a deal" in headings
        assert any("support.pipedrive.com" in link for link in page.tree.xpath("//a/@href"))
        assert {"Did this help?", "Contact us"} <= set(headings)

        ola.web.post("/help/vote", data={"helped": "1"})
        ola.web.post("/help/vote", data={"helped": "0"})
        once = house.app.database
        with once.everyone_read() as lobby:
            assert lobby.votes.counts() == (0, 1)
        assert ola.visit("/help").by_id("not-helped").get("aria-pressed") == "true"


def test_r56_vote_of_another_site_is_not_counted(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        answer = ola.web.post("/help/vote", data={"helped": "1"})

        with house.app.database.everyone_read() as lobby:
            assert lobby.votes.counts() == (0, 0)
        assert answer.status_code in (400, 403)
