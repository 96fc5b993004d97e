"""
Prints what an emulator plays: its table of rules, its switches, and what it says itself that it does not play.

``COVERAGE.md`` beside each emulator and the tables of switches in ``docs/sandbox.md`` are made here and never by hand;
a test compares them.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dealvoice_sandbox.core.rules import Rule

_GAP = re.compile(r"Not emulated:\s*(?P<words>.+?\.)(?=\s|$|\")", re.DOTALL)
"""A remark in a comment or docstring; it ends with its full stop."""


def page(vendor: str, rules: Iterable[Rule], folder: Path) -> str:
    """
    Return an emulator's ``COVERAGE.md``.

    Args:
        vendor: Its name for people.
        rules: Its table of rules.
        folder: Its sources, searched for their remarks of what is left out.
    """
    rows = sorted(rules, key=lambda rule: rule.id)
    switches = [rule for rule in rows if rule.default is not None]
    head = (
        f"# What the {vendor} emulator plays\n\n"
        "Made by `dealvoice-sandbox coverage` from the emulator's table of rules; not written by hand.\n"
        f"{len(rows)} rules, {len(switches)} of them switches (the default is named): set by\n"
        "`POST /_sandbox/switches`, because the public record leaves them open or a company may have it either way.\n\n"
        "Every rule names the test that shows it.\n\n"
    )
    table = _table(
        ("rule", "what", "source", "switch", "test"),
        [(f"`{rule.id}`", rule.what, rule.source, _setting(rule), _test(rule)) for rule in rows],
    )
    gaps = "\n".join(f"- {gap}" for gap in not_emulated(folder)) or "- nothing that its sources know of"
    return f"{head}{table}\n\n## Not played\n\n{gaps}\n"


def switches(rules: Iterable[Rule]) -> str:
    """Return the table of an emulator's switches."""
    rows = sorted((rule for rule in rules if rule.default is not None), key=lambda rule: rule.id)
    return _table(
        ("switch", "default", "may be", "what", "source"),
        [(f"`{rule.id}`", _printed(rule.default), _allowed(rule), rule.what, rule.source) for rule in rows],
    )


def not_emulated(folder: Path) -> list[str]:
    """Return the gaps that an emulator's sources name, in the order of the files."""
    return [
        f"{' '.join(gap['words'].replace('#', ' ').split())} (`{path.relative_to(folder).as_posix()}`)"
        for path in sorted(folder.rglob("*.py"))
        for gap in _GAP.finditer(path.read_text())
    ]


def between(text: str, name: str, inside: str) -> str:
    """
    Return a page with the part between a pair of marks replaced.

    Raises:
        ValueError: The page has no such marks.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no part {name!r}")
    return f"{before}{begin}\n{inside}\n{end}{after}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _setting(rule: Rule) -> str:
    return "" if rule.default is None else _printed(rule.default)


def _allowed(rule: Rule) -> str:
    if rule.allowed:
        return ", ".join(_printed(value) for value in rule.allowed)
    return "`true`, `false`" if isinstance(rule.default, bool) else f"any {_kind(rule.default)}"


def _kind(value: Any) -> str:
    return {"int": "number", "float": "number", "str": "text", "list": "list"}.get(type(value).__name__, "value")


def _printed(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _test(rule: Rule) -> str:
    path, _, name = rule.test.partition("::")
    return f"`{Path(path).name}` {name.replace('test_', '', 1).replace('_', ' ')}" if rule.test else ""
