"""The six screens that the help article shows have a picture in each language, taken by ``make screenshots``."""

import struct
from pathlib import Path

import pytest

PICTURES = Path(__file__).parent.parent.parent / "docs" / "screens"
SIX = ("add-invoice", "create-form", "link-contact", "status-list", "side-panel", "expanded-panel")
MOST_BYTES = 200_000


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("name", SIX)
def test_a_pictured_screen_is_there(name: str, language: str) -> None:
    raw = (PICTURES / f"{name}.{language}.png").read_bytes()
    width, height = struct.unpack(">II", raw[16:24])

    assert raw.startswith(b"\x89PNG")
    assert 300 <= width <= 1000
    assert 200 <= height <= 1000
    assert len(raw) < MOST_BYTES
