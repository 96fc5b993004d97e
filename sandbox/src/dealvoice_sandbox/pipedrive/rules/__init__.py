"""
The table of rules of the Pipedrive emulator, one file a subject: what it does, by which source, shown by which test.

``COVERAGE.md`` is generated from it. A rule with a default is a switch: the public record leaves it open, or a company
may have it either way.
"""

from dealvoice_sandbox.core.rules import Rule
from dealvoice_sandbox.pipedrive import surface_rules
from dealvoice_sandbox.pipedrive.rules import access, edges, lists, sales

RULES: tuple[Rule, ...] = (
    *access.RULES, *lists.RULES, *sales.RULES, *edges.RULES, *surface_rules.RULES,
)  # fmt: skip
