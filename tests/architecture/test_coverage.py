"""Every behaviour that an emulator claims is shown by a test, and its pages say what it claims."""

import ast
from functools import cache
from pathlib import Path

import pytest

from dealvoice_sandbox import covering
from dealvoice_sandbox.core import coverage
from dealvoice_sandbox.core.rules import Rule

ROOT = Path(__file__).parent.parent.parent
RULES = [(vendor, rule) for vendor, (_, rules) in covering.TABLES.items() for rule in rules]


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text()) if (ROOT / path).is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("vendor", "rule"), RULES, ids=[f"{vendor}-{rule.id}" for vendor, rule in RULES])
def test_rule_when_claimed_then_has_a_source_and_a_test_that_exists(vendor: str, rule: Rule) -> None:
    path, _, name = rule.test.partition("::")

    assert rule.source
    assert name.split("[")[0] in _tests_in(path), f"{rule.id} names {rule.test!r}"


def test_rules_when_listed_then_no_name_twice() -> None:
    for _, rules in covering.TABLES.values():
        names = [rule.id for rule in rules]

        assert len(names) == len(set(names))


def test_pages_when_rules_change_then_are_made_anew() -> None:
    stale = [
        path.name
        for path, text in covering.pages(ROOT / "docs/sandbox.md").items()
        if not path.exists() or path.read_text() != text
    ]

    assert stale == [], "run: make coverage"


def test_gaps_when_a_remark_goes_over_lines_then_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "tax.py").write_text(
        'x = 1\n# Not emulated: two\n# things of version 1.0.\n"""Not emulated: three."""\n'
    )

    assert coverage.not_emulated(tmp_path) == ["two things of version 1.0. (`tax.py`)", "three. (`tax.py`)"]


def test_page_when_it_lacks_the_marks_then_says_so() -> None:
    with pytest.raises(ValueError, match="no part 'x'"):
        coverage.between("a page", "x", "inside")
