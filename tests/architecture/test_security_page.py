"""The page of security: every item of the standard is answered, and every test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
ITEMS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5,
    "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4,
    "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3,
    "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4,
    "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.3": 2,
}  # fmt: skip
"""How many items of levels 1 and 2 each section has; they come first in their section. Source: OWASP ASVS 5.0.0, of May 2025."""
SCATTERED = {"17.1.1", "17.2.1", "17.2.2", "17.2.3", "17.2.4"}


def _answered() -> list[str]:
    found: list[str] = []
    standard = PAGE.partition("## OWASP ASVS 5.0")[2].partition("## What the vendors ask")[0]
    for row in re.findall(r"^\| ([0-9][^|]*)\|", standard, re.MULTILINE):
        for part in row.strip().split(", "):
            first, _, last = part.partition("-")
            section, _, number = first.rpartition(".")
            end = int((last or first).rpartition(".")[2])
            found += [f"{section}.{at}" for at in range(int(number), end + 1)]
    return found


def test_every_item_of_levels_one_and_two_is_answered_once() -> None:
    wanted = {f"{section}.{at}" for section, count in ITEMS.items() for at in range(1, count + 1)} | SCATTERED
    answered = _answered()

    assert set(answered) ^ wanted == set()
    assert len(answered) == len(set(answered))


def test_every_row_names_a_proof_that_exists() -> None:
    rows = [row for row in PAGE.splitlines() if re.match(r"\| (?!item|from)", row) and row.count("|") > 3]
    named = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", PAGE)
    assert len(named) > 100

    for row in rows:
        assert "`tests/" in row or "none: " in row, row
    for path, name in set(named):
        assert (ROOT / path).is_file(), path
        functions = {
            node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.FunctionDef)
        }
        assert not name or name in functions, f"{path}::{name}"
