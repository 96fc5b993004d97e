"""Rules of the way in: OAuth, gateway, limits, queries, change feed, webhooks."""

from dealvoice_sandbox.core.rules import Rule

RULES: tuple[Rule, ...] = (
    Rule("strict_rotation", "every refresh rotates the refresh token and the old one dies at once", "OAuth FAQ", False),
    Rule("sortable_id", "Id may stand in ORDERBY, as before January 2026", "data queries", False),
    Rule("legacy_webhooks", "the older webhook payload instead of CloudEvents", "webhooks", False),
    Rule("throttle", "500 requests a minute and realm, 10 a second", "limits and throttles", False),
)
