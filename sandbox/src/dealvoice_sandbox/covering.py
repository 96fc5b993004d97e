"""The pages that are made from both emulators' tables of rules."""

from pathlib import Path

from dealvoice_sandbox.core import coverage
from dealvoice_sandbox.core.rules import Rule
from dealvoice_sandbox.pipedrive.rules import RULES as PIPEDRIVE
from dealvoice_sandbox.quickbooks.rules import RULES as QUICKBOOKS

_HERE = Path(__file__).parent
TABLES: dict[str, tuple[str, tuple[Rule, ...]]] = {
    "quickbooks": ("QuickBooks Online", QUICKBOOKS),
    "pipedrive": ("Pipedrive", PIPEDRIVE),
}
"""Name for people and table of rules, by the emulator's folder."""


def pages(docs: Path) -> dict[Path, str]:
    """Return what each generated file should hold; ``docs`` keeps all that is outside its marked parts."""
    found = {_HERE / name / "COVERAGE.md": coverage.page(vendor, rules, _HERE / name)
             for name, (vendor, rules) in TABLES.items()}  # fmt: skip
    page = docs.read_text()
    for name, (_, rules) in TABLES.items():
        page = coverage.between(page, f"switches of {name}", coverage.switches(rules))
    return {**found, docs: page}
