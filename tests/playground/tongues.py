"""
Languages that nobody has translated yet, made from the English catalogue and dropped into a copy of the product.

Every text is marked and stretched by two fifths, so that what is not in the catalogue, or has no room, can be seen.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

import dealvoice

PACKAGE = Path(dealvoice.__file__).parent
TESTS = Path(__file__).parent.parent
OPEN, SHUT = "⟦", "⟧"

_DRAW = """
import json, sys
from dealvoice import i18n
from dealvoice.i18n import Speech
from web import rooms
i18n.raise_on_missing()
language, locale = sys.argv[1:]
speech = Speech.of(language, locale, "UTC")
json.dump(rooms.screens(speech), sys.stdout)
"""


def catalogue(language: str) -> Catalog:
    """Return a language's catalogue as it is in the product."""
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "dealvoice.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def rooms_in(language: str, locale: str, folder: Path) -> dict[str, str]:
    """
    Draw every screen in a language that exists by its catalogue alone.

    Args:
        language: Its code; must not be one of the product's.
        locale: How its numbers and dates are written.
        folder: Empty; takes the copy of the product.
    """
    copy = folder / "dealvoice"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    target = copy / "locale" / language / "LC_MESSAGES" / "dealvoice.po"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_po(file, _made_up(language))
    drawn = subprocess.run(
        [sys.executable, "-c", _DRAW, language, locale],
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{TESTS}"},
        capture_output=True,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stderr.decode()[-2000:]
    found: dict[str, str] = json.loads(drawn.stdout)
    return found


def _made_up(language: str) -> Catalog:
    made = Catalog(locale=language)
    for message in catalogue("en"):
        if isinstance(message.id, str) and message.id:
            made.add(message.id, _stretched(str(message.string)))
        elif not isinstance(message.id, str):
            one, other = message.string
            forms = (_stretched(one), *[_stretched(other)] * (made.num_plurals - 1))
            made.add(message.id, forms)
    return made


def _stretched(text: str) -> str:
    more = len(text) * 2 // 5
    return f"{OPEN}{text}{' ~~~~~' * (more // 6)}{'~' * (more % 6)}{SHUT}"
