"""The catalogues: complete, alike in every language, no key too few and none too many, and enough for a new language."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from dealvoice import i18n
from dealvoice.invoicing.finding import CATALOGUE
from playground.tongues import OPEN, PACKAGE, catalogue, rooms_in

PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
KEY = re.compile(r"""["']([a-z_]+(?:\.[A-Za-z0-9_]+)+)["']""")
CALL = re.compile(r"\b(?:s|speech)\.(t|n|html|html_n|first_sentence)\(")
NO_KEY = re.compile(r"""(==\s*["'][^"']*["'])|(["'][^"']*["'](?=:))""")
"""What a key is chosen by: something compared, the left side of a table."""
STEM = re.compile(r"""["']([a-z_]+\.(?:[a-z0-9_]+_)?)["'] ?~|f["']([a-z_]+\.(?:[a-z0-9_]+_)?)\{""")
BY_CODE = ("finding.", "fault.", "fix.", "word.")
"""Keys that code makes from a finding's or fault's code, a remedy, a field."""
DATA = {"QuickBooks", "Pipedrive", "Check"}
"""Words on the screens that are names, or come from QuickBooks (the way of a payment)."""

Texts = dict[str, Message]


def texts(language: str) -> Texts:
    return {_key(message): message for message in catalogue(language) if message.id}


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in {".py", ".html", ".js"} and "vendor" not in path.parts and path.name != "i18n.py":
            yield path


def _asked() -> Iterator[tuple[str, str, str]]:
    """Yield where a text is asked for, how, and each key that the call's first argument names."""
    for path in _sources():
        source = path.read_text()
        for call in CALL.finditer(source):
            asked = NO_KEY.sub("", _first_argument(source[call.end() :]))
            for key in KEY.findall(asked):
                if not key.endswith(("_", ".")):  # a stem: code adds the rest
                    yield path.relative_to(PACKAGE).as_posix(), call[1], key


def _first_argument(rest: str) -> str:
    depth = 0
    for at, sign in enumerate(rest):
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0 or (depth == 0 and sign == ","):
            return rest[:at]
    return rest


@pytest.fixture(params=[language for language in i18n.languages() if language != "en"])
def other(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_language_has_the_keys_of_english(other: str) -> None:
    assert set(texts("en")) == set(texts(other))


def test_every_text_has_the_placeholders_of_english(other: str) -> None:
    english = texts("en")

    unlike = [
        key
        for key, message in texts(other).items()
        for form in _forms(message)
        if set(PLACEHOLDER.findall(form)) - {"n"} != _placeholders(english[key])
    ]

    assert unlike == []


def _placeholders(message: Message) -> set[str]:
    """Return the parts a text needs; a plural form may do without its number (``one``)."""
    return {name for form in _forms(message) for name in PLACEHOLDER.findall(form)} - {"n"}


def test_every_language_has_a_text_in_every_form_it_needs() -> None:
    for language in i18n.languages():
        expected = catalogue(language).num_plurals
        for key, message in texts(language).items():
            forms = _forms(message)
            assert all(form.strip() for form in forms), (language, key)
            assert not message.fuzzy, (language, key)
            assert len(forms) == (1 if isinstance(message.id, str) else expected), (language, key)


def test_plural_forms_are_those_of_the_language() -> None:
    """Polish: 1, then 2 to 4 and 22 to 24, then the rest; a header that says otherwise shows wrong endings everywhere."""
    polish = i18n.texts("pl")
    forms = [polish.ngettext("done.items", "done.items", n) for n in (1, 2, 5, 12, 22, 25)]

    assert [forms.index(form) for form in forms] == [0, 1, 2, 2, 1, 2]


def test_every_text_that_is_asked_for_exists_in_the_form_asked() -> None:
    english = texts("en")

    wrong = [
        (path, key)
        for path, how, key in _asked()
        if key not in english or isinstance(english[key].id, str) == (how in {"n", "html_n"})
    ]

    assert wrong == []
    assert len(list(_asked())) > 300  # the scan sees the templates


def test_every_finding_has_a_title() -> None:
    for language in i18n.languages():
        known = texts(language)
        for code in CATALOGUE:
            assert f"finding.{code}" in known or f"fault.{code}" in known, (language, code)


class _Words(HTMLParser):
    """Collects what is read and heard."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skip = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._skip += tag in {"script", "style"}
        self.found += [value or "" for name, value in attrs if name in {"aria-label", "title", "placeholder"}]

    def handle_endtag(self, tag):
        self._skip -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self._skip:
            self.found.append(" ".join(data.split()))


def test_a_catalogue_alone_makes_a_language(tmp_path: Path) -> None:
    rooms = rooms_in("de", "de_DE", tmp_path)
    plain = {form for message in texts("en").values() for form in _forms(message) if not PLACEHOLDER.search(form)}

    assert len(rooms) > 80
    for name, html in rooms.items():
        if "<html" in html:
            assert '<html lang="de" dir="ltr"' in html, name
        assert OPEN in html, name
        left = [words for words in _Words(html).found if words in plain and words not in DATA]
        assert left == [], name
    assert "883,80\u00a0$" in rooms["form-clean"]
    assert "20.03.2026" in rooms["form-clean"]


def test_a_language_that_is_read_from_the_right_turns_the_page(tmp_path: Path) -> None:
    rooms = rooms_in("he", "he_IL", tmp_path)

    assert all('<html lang="he" dir="rtl"' in html for html in rooms.values() if "<html" in html)
