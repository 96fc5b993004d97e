"""Rules of the way in: OAuth, scopes, who may see what, plans."""

from dealvoice_sandbox.core.rules import Rule
from dealvoice_sandbox.pipedrive.plans import PLANS, SEEDED

_LIMITS = "tests/sandbox/test_pipedrive_limits.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "plan",
        "lite, growth, premium or ultimate: calls in a burst, tokens a day, visibility groups, features",
        "rate limiting page; deals v2, visible_to",
        SEEDED,
        test=f"{_LIMITS}plan_when_changed_changes_the_limit",
        allowed=(SEEDED, *PLANS),
    ),
    Rule(
        "company_open",
        "off: the company's account is not open, every call is answered with 402",
        "HTTP status codes page",
        True,
        test=f"{_LIMITS}company_when_not_open_then_402",
    ),
    Rule(
        "open_deals_limit",
        "how many open deals the plan allows; 0 does not limit",
        "HTTP status codes page, feature capping",
        0,
        test=f"{_LIMITS}deal_when_open_deals_are_capped_then_403_with_its_code",
    ),
)
