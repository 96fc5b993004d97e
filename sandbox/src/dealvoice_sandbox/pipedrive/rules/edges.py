"""Rules of limits, webhooks and errors."""

from dealvoice_sandbox.core.rules import Rule

_LIMITS = "tests/sandbox/test_pipedrive_limits.py::test_"
_HOOKS = "tests/sandbox/test_pipedrive_hooks.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "burst",
        "a token's calls in two seconds are limited by plan",
        "rate limiting page",
        False,
        test=f"{_LIMITS}burst_when_switched_on_answers_429_until_the_window_is_over",
    ),
    Rule(
        "daily_budget",
        "cost tokens a day for the whole company; 0 does not limit, -1 is what the plan and its seats have",
        "rate limiting page",
        0,
        test=f"{_LIMITS}daily_budget_when_spent_answers_429_until_midnight",
    ),
    Rule(
        "cloudflare_after",
        "refusals in a row after which a personal token meets the gateway's HTML page with 403; 0 is never",
        "rate limiting page; their number is unconfirmed",
        0,
        test=f"{_LIMITS}script_when_it_ignores_429_then_meets_the_gateways_page",
    ),
    Rule(
        "probe_hooks",
        "a hook whose address does not answer is refused when it is made",
        "webhooks guide; the method of the probe is unconfirmed",
        False,
        test=f"{_HOOKS}hook_when_probed_and_nobody_answers_then_400",
    ),
)
