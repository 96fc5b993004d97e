"""Each requirement has its test, and each test of a requirement has its statement."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
NUMBER = re.compile(r"([ra])(\d\d)([a-f]?)(?=_|$)")


def _stated() -> set[str]:
    """Return the names of tests that docs/requirements.md promises."""
    return set(re.findall(r"`test_([ra]\d\d[a-f]?)`", (ROOT / "docs/requirements.md").read_text()))


def _tested() -> set[str]:
    """Return the numbers that the tests carry; ``test_r10_to_r12_`` carries three."""
    found: set[str] = set()
    for path in (ROOT / "tests/requirements").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                span = re.match(r"test_r(\d\d)_to_r(\d\d)_", node.name)
                if span:
                    found |= {f"r{number:02d}" for number in range(int(span[1]), int(span[2]) + 1)}
                found |= {"".join(parts) for parts in NUMBER.findall(node.name)}
    return found


def test_every_requirement_has_its_test() -> None:
    numbers = {f"r{number:02d}" for number in range(1, 57)} | {f"a{number:02d}" for number in range(1, 12)}
    parts = {f"r38{part}" for part in "abcdef"}

    assert _stated() == numbers | parts
    # R38 as a whole is its six parts.
    assert _tested() | {"r38"} == numbers | parts
