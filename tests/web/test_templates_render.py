"""Every screen in every state, both languages and themes: no text or part missing, nothing inline, names where needed."""

import functools
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from dealvoice import i18n
from dealvoice.i18n import Speech
from web import rooms, shown

VOID = {"meta", "link", "input", "br", "img", "hr"}


@pytest.fixture(autouse=True)
def _strict_texts():
    i18n.raise_on_missing()
    yield
    i18n.raise_on_missing(on=False)


class Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)


class Screen(NamedTuple):
    name: str
    speech: Speech
    theme: str
    html: str
    page: Page


DRAWN = (
    (shown.ENGLISH, "light"),
    (shown.ENGLISH, "dark"),
    (shown.POLISH, "light"),
    (Speech("en", "de_DE", "Asia/Tokyo"), "light"),
)


@functools.cache
def all_screens() -> list[Screen]:
    return [
        Screen(f"{name} {speech.language} {theme}", speech, theme, html, Page(html))
        for speech, theme in DRAWN
        for name, html in rooms.screens(speech, theme).items()
    ]


def test_every_screen_renders_when_texts_are_strict_and_its_tags_balance():
    for screen in all_screens():
        assert screen.page.unbalanced == [], screen.name
        assert screen.page.open == [], screen.name


def test_no_screen_has_anything_inline_so_that_the_policy_needs_no_exception():
    for name, _speech, _theme, html, page in all_screens():
        for tag, attributes in page.tags:
            assert not [key for key in attributes if key == "style" or key.startswith(("on", "hx-on"))], (name, tag)
            assert tag != "style", name
            if tag == "script":
                assert (attributes.get("src") or "").startswith("/static/"), name
        assert "js:" not in html, name
        assert "javascript:" not in html, name


def test_every_id_is_there_once():
    for screen in all_screens():
        ids = [attributes["id"] for _, attributes in screen.page.tags if "id" in attributes]

        assert sorted(set(ids)) == sorted(ids), screen.name


def test_every_page_names_its_language_and_theme():
    for name, speech, theme, html, page in all_screens():
        if "<html" in html:
            root = next(attributes for tag, attributes in page.tags if tag == "html")

            assert (speech.language, theme) == (root["lang"], root["data-theme"]), name


def test_every_field_has_a_label_and_every_button_words():
    for name, _speech, _theme, html, page in all_screens():
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
        wrapped = set(re.findall(r'<label[^>]*>(?:(?!</label>).)*?<input[^>]* id="([^"]+)"', html, re.DOTALL))
        for tag, attributes in page.tags:
            hidden = attributes.get("type") == "hidden" or attributes.get("aria-hidden") == "true"
            if tag in {"input", "select", "textarea"} and not hidden:
                known = attributes.get("aria-label") or attributes.get("id") in labelled | wrapped
                assert known, (name, tag, attributes)
        for button in re.findall(r"<button.*?</button>", html, re.DOTALL):
            words = re.sub(r"<svg.*?</svg>|<[^>]+>", "", button, flags=re.DOTALL).strip()
            assert words or 'aria-label="' in button, (name, button)


def test_every_reference_of_a_description_exists():
    for screen in all_screens():
        ids = {attributes["id"] for _, attributes in screen.page.tags if "id" in attributes}
        for _, attributes in screen.page.tags:
            wanted = (attributes.get("aria-describedby") or "").split() + (
                attributes.get("aria-controls") or ""
            ).split()
            assert set(wanted) <= ids, (screen.name, wanted)


def test_all_six_flags_carry_their_word_in_the_panel():
    html = rooms.screens(shown.ENGLISH)["panel-ready"]

    flags = re.findall(r'class="flag (\w+)">.*?</svg>([^<]+)</span>', html, re.DOTALL)
    assert [(kind, word.strip()) for kind, word in flags] == [
        ("open", "Open"),
        ("part", "Partially paid"),
        ("over", "Overdue"),
        ("paid", "Paid"),
        ("void", "Voided"),
        ("gone", "Deleted"),
    ]


def test_polish_panel_uses_the_flags_of_the_article():
    html = rooms.screens(shown.POLISH)["panel-ready"]

    for word in ("Otwarte", "Zapłacone", "Anulowane", "Przeterminowane", "Usunięte", "Częściowo zapłacone"):
        assert f"{word}</span>" in html


def test_the_money_bar_says_its_parts_in_words_and_its_widths_add_up():
    html = rooms.screens(shown.ENGLISH)["panel-ready"]

    assert 'aria-label="Paid $628.00, not due yet $537.00, overdue $239.00"' in html
    widths = [float(width) for width in re.findall(r'<rect class="k-\w+"[^>]* width="([\d.]+)%"', html)]
    assert pytest.approx(100, abs=0.01) == sum(widths)


def test_a_menu_offers_only_what_the_state_allows():
    html = rooms.screens(shown.ENGLISH)["panel-ready"]
    rows = dict(
        re.findall(r'<li class="inv[^"]*" id="invoice-(\w+)"(.*?)(?=<li class="inv|</section>)', html, re.DOTALL)
    )

    assert "/void" in rows["inv1040"]
    assert "/void" not in rows["inv1001"]
    assert 'data-guided="void"' in rows["inv1001"]
    assert 'data-guided="delete"' in rows["inv1001"]
    assert "/void" not in rows["inv1041"]
    assert "/send" not in rows["inv1041"]


def test_a_blocked_create_button_stays_reachable_and_tells_why():
    html = rooms.screens(shown.ENGLISH)["form-filled"]

    button = re.search(r'<button type="submit"[^>]*>', html)
    assert button
    assert 'aria-disabled="true"' in button[0]
    assert 'aria-describedby="why-create"' in button[0]
    assert " disabled" not in button[0]
    assert ">Link 1 item first</p>" in html


def test_a_clean_form_may_be_created():
    html = rooms.screens(shown.ENGLISH)["form-clean"]

    button = re.search(r'<button type="submit"[^>]*>', html)
    assert button
    assert "aria-disabled" not in button[0]
    assert "$883.80" in html


def test_what_a_user_typed_is_escaped():
    nasty = '<script>alert("1")</script>'
    view = shown.a_form(shown.a_draft(to=nasty))
    panel = shown.a_panel(customer_name=nasty)

    html = rooms.form_part(view, shown.ENGLISH) + rooms.panel_part(panel, shown.ENGLISH)

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_long_lists_show_six_and_offer_the_rest():
    html = rooms.screens(shown.ENGLISH)["panel-many"]

    assert html.count("data-more hidden") == 4
    assert "Show 4 more" in html


def test_a_confirmed_second_invoice_stays_confirmed_in_the_next_form():
    """The finding is gone once confirmed; its tick must stay, or the next press would ask again."""
    confirmed = shown.a_form(replace(shown.linked_draft(), second_confirmed=True))
    asked = shown.forms()["second"]

    assert re.search(r'name="second" value="1" checked', rooms.form_part(confirmed, shown.ENGLISH))
    assert not re.search(r'name="second" value="1" checked', rooms.form_part(asked, shown.ENGLISH))
