"""The palette: each ink on each ground it is used on, computed by the WCAG formula from the sheet of tokens."""

import re
from functools import cache

import pytest

from dealvoice.web.pages import HERE

TEXT, SHAPE = 4.5, 3.0
TABLE = {  # ink, ground: light, dark
    ("text", "surface"): (15.94, 13.83),
    ("text-2", "surface"): (6.98, 8.16),
    ("text-2", "page"): (6.41, 9.03),
    ("text-3", "surface"): (5.55, 6.02),
    ("text-3", "page"): (5.09, 6.66),
    ("text-3", "sunken"): (5.27, 5.54),
    ("text-3", "accent-soft"): (4.80, 4.92),
    ("on-accent", "accent"): (5.79, 4.54),
    ("on-accent", "accent-hover"): (8.08, 5.64),
    ("on-accent", "danger"): (6.54, 5.08),
    ("accent-text", "surface"): (8.39, 9.69),
    ("accent-text", "accent-soft"): (7.26, 7.91),
    ("open", "open-bg"): (5.95, 7.11),
    ("paid", "paid-bg"): (6.03, 7.74),
    ("part", "part-bg"): (5.87, 7.42),
    ("over", "over-bg"): (5.84, 7.50),
    ("void", "void-bg"): (5.83, 6.76),
    ("warn", "warn-bg"): (6.02, 7.75),
    ("text-2", "warn-bg"): (6.30, 6.24),
    ("text-2", "over-bg"): (5.94, 6.94),
    ("edge", "surface"): (3.34, 4.03),
    ("edge", "warn-bg"): (3.02, 3.08),
    ("focus", "surface"): (5.79, 6.95),
    ("focus", "page"): (5.31, 7.68),
    ("paid-fill", "surface"): (3.56, 6.31),
    ("open-fill", "surface"): (3.93, 5.77),
    ("part-fill", "surface"): (3.99, 5.97),
    ("over-fill", "surface"): (4.35, 5.12),
}
SHAPES = {"edge", "focus", "paid-fill", "open-fill", "part-fill", "over-fill"}


@cache
def palettes() -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours of the light and the dark theme by token."""
    sheet = (HERE / "static/css/tokens.css").read_text()
    light, dark = (
        dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})\b", block))
        for block in sheet.split(':root[data-theme="dark"]')
    )
    return light, dark


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, contrast ratio and relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("pair", TABLE, ids=" on ".join)
def test_contrast_is_what_the_specification_says_and_enough(pair: tuple[str, str]) -> None:
    ink, ground = pair
    floor = SHAPE if ink in SHAPES else TEXT

    measured = [contrast(palette[ink], palette[ground]) for palette in palettes()]

    assert measured == pytest.approx(TABLE[pair], abs=0.006)
    assert min(measured) >= floor


def test_both_themes_have_the_same_tokens() -> None:
    light, dark = palettes()

    assert set(light) == set(dark)


def test_no_sheet_but_the_tokens_has_a_colour_of_its_own() -> None:
    raw = re.compile(r"#[0-9A-Fa-f]{3,8}\b|\b(?:rgb|hsl)a?\(")

    found = [
        f"{sheet.name}: {value}"
        for sheet in sorted((HERE / "static/css").glob("*.css"))
        if sheet.name != "tokens.css"
        for value in re.findall(r"[\w-]+:\s*([^;{}]+)[;}]", sheet.read_text())
        if raw.search(value)
    ]

    assert found == []
