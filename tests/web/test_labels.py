"""The Polish labels of Pipedrive's help article, with its mistranslations resolved: each on the screens where it belongs."""

import re
from functools import cache
from html.parser import HTMLParser

import pytest

from dealvoice.i18n import texts
from dealvoice_sandbox.host import words
from web import rooms, shown

LABELS = [  # as the article writes it, the screens that show it
    ("Do", "form-filled", "settings-healthy"),
    ("Adres", "form-filled", "settings-healthy"),
    ("Email", "form-filled", "settings-healthy"),
    ("ID podatkowe klienta", "form-filled", "settings-healthy"),
    ("Termin płatności", "form-filled", "settings-healthy"),
    ("Organizacja – Nazwa", "form-filled", "settings-healthy"),
    ("Organizacja – Adres", "form-filled", "settings-healthy"),
    ("Osoba – Email (główny)", "form-filled", "settings-healthy"),
    ("Zapisz", "settings-healthy"),
    ("+ Faktura", "panel-ready", "panel-empty", "panel-unlinked"),
    ("Szczegóły klienta", "form-filled", "form-unlinked_customer", "form-new_customer"),
    ("Szczegóły faktury", "form-filled"),
    ("Pozycje faktury", "form-filled", "form-no_rows"),
    ("Waluta", "form-filled"),
    ("Utwórz fakturę", "form-filled", "form-clean"),
    ("Otwarte", "panel-ready", "all-list", "help"),
    ("Zapłacone", "panel-ready", "all-list", "help"),
    ("Anulowane", "panel-ready", "all-list", "help"),
    ("Przeterminowane", "panel-ready", "all-list", "help"),
    ("Usunięte", "panel-ready", "all-list", "help"),
    ("Częściowo zapłacone", "panel-ready", "all-list", "help"),
    ("Wyślij e-mailem", "panel-ready", "all-list", "operation-done"),
    ("Pobierz PDF", "panel-ready", "all-list", "operation-done"),
    ("Otwórz w QuickBooks", "panel-ready", "all-list", "operation-done"),
    ("Ustawienia", "panel-ready", "settings-healthy"),
    ("Wyświetl wszystkie faktury", "panel-ready"),
]
NAMED = [  # labels of buttons that are icons
    ("Więcej", "panel-ready"),
    ("Odśwież", "panel-ready"),
    ("Odłącz klienta", "form-filled"),
]
BEGINNING = [("Anuluj", "panel-ready"), ("Usuń", "panel-ready"), ("Odłącz", "panel-ready", "all-list")]
"""Of items that go on: "Anuluj…" asks before it does anything."""
WRONG = (
    "yield",
    "Log zmian",
    "wzory faktur",
    "po stronie dostawcy",
    "dział zewnętrzny",
    "Quickbooks",
    "rynek Pipedrive",
    "NIP:",
)
"""What the machine made of the article's words, and must not come back."""


class _Texts(HTMLParser):
    """Collects the texts of a page, each in one piece, and the names of what has none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.names: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names += [value for name, value in attrs if name == "aria-label" and value]

    def handle_data(self, data):
        if data.strip():
            self.texts.append(" ".join(data.split()))


@cache
def screens() -> dict[str, _Texts]:
    return {name: _Texts(html) for name, html in rooms.screens(shown.POLISH).items()}


@pytest.mark.parametrize("row", LABELS, ids=lambda row: row[0])
def test_label_is_on_its_screens_word_for_word(row: tuple[str, ...]) -> None:
    label, *names = row

    assert [name for name in names if label not in screens()[name].texts] == []


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row[0])
def test_label_names_its_button(row: tuple[str, ...]) -> None:
    label, *names = row

    assert [name for name in names if label not in screens()[name].names] == []


@pytest.mark.parametrize("row", BEGINNING, ids=lambda row: row[0])
def test_label_begins_its_item(row: tuple[str, ...]) -> None:
    label, *names = row

    for name in names:
        assert any(re.match(rf"{label}(…|\b)", text) for text in screens()[name].texts), name


def test_no_mistranslation_is_on_any_screen() -> None:
    found = [
        (name, wrong, text)
        for name, page in screens().items()
        for text in (*page.texts, *page.names)
        for wrong in WRONG
        if wrong in text
    ]

    assert found == []


def test_anuluj_means_void_and_nothing_else() -> None:
    """Leaving a question is Wróć, Zamknij or Zostaw: a button Anuluj beside an invoice would seem to void it."""
    polish = texts("pl")._catalog  # type: ignore[attr-defined] # the whole catalogue
    strays = [
        key
        for key, text in polish.items()
        if isinstance(text, str)
        and re.search(r"\bAnuluj\b", text)
        and "void" not in key
        and not key.startswith(("help.", "guided.", "reason.", "delete."))
    ]

    assert strays == []


def test_the_sandbox_calls_pipedrives_places_by_their_polish_names() -> None:
    polish = {words.translated(text, "pl") for text in words.known()}

    for label in (
        "Faktura",
        "Dziennik zmian",
        "Narzędzia i aplikacje",
        "Fakturowanie",
        "Aplikacje z Marketplace",
        "Odinstaluj",
    ):
        assert any(label in text for text in polish), label
