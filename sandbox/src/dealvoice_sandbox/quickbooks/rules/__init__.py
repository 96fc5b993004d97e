"""
The table of rules of the QuickBooks emulator, one file a subject: what it does, by which source, shown by which test.

``COVERAGE.md`` is generated from it. A rule with a default is a switch: the public record leaves it open, or a
company may have it either way.
"""

from dealvoice_sandbox.core.rules import Rule
from dealvoice_sandbox.quickbooks.rules import edges, lists, oauth, queries, sales, webhooks

RULES: tuple[Rule, ...] = (*lists.RULES, *sales.RULES, *edges.RULES, *oauth.RULES, *queries.RULES, *webhooks.RULES)
