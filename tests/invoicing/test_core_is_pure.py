"""The core imports nothing that touches the world, and has no float and no clock."""

import ast
import sys
from pathlib import Path

import pytest

import dealvoice.invoicing

MODULES = sorted(Path(dealvoice.invoicing.__file__).parent.glob("*.py"))
ALLOWED = {
    "collections.abc", "dataclasses", "datetime", "decimal", "difflib", "enum", "functools", "hashlib", "itertools",
    "re", "stdnum", "stdnum.exceptions", "unicodedata",
}  # fmt: skip


def imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_there_are_modules_to_look_at():
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module_imports_only_what_is_pure(path):
    outside = {name for name in imports(ast.parse(path.read_text())) if not name.startswith("dealvoice.invoicing.")}

    assert outside <= ALLOWED
    assert {name.partition(".")[0] for name in outside} <= sys.stdlib_module_names | {"stdnum"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module_has_no_clock_and_reckons_no_amount_in_floats(path):
    tree = ast.parse(path.read_text())
    calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    floats = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]

    assert not calls & {"now", "today", "utcnow", "time"}
    # Likeness of names is the one thing told in floats.
    assert not floats or path.stem in ("matching", "names")
