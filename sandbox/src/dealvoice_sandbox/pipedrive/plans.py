"""
What a company's plan allows: calls in a burst, tokens a day, visibility groups, and features refused below Growth.

Source: rate limiting page; Deals and Products v2 where they say which plan a field needs. The words of a refusal are
unconfirmed.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive.answers import forbidden

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

PLANS = {"lite": (20, 80), "growth": (40, 160), "premium": (100, 400), "ultimate": (120, 480)}
"""Calls in two seconds: with a personal token, and with one of an app."""
SEEDED = "seeded"
"""Setting of switch ``plan`` that leaves the plan to the seed's company."""
_MULTIPLIERS = {"lite": 1, "growth": 2, "premium": 5, "ultimate": 7}
_TOKENS_PER_SEAT = 30_000


def plan(emulator: "PipedriveEmulator") -> str:
    """Return the company's plan: the switch's, else the seed's."""
    switched = str(emulator.switches["plan"])
    return str(emulator.company().get("plan", "growth")) if switched == SEEDED else switched


def has_groups(emulator: "PipedriveEmulator") -> bool:
    """Tell whether the plan has visibility groups."""
    return plan(emulator) in ("premium", "ultimate")


def daily_tokens(emulator: "PipedriveEmulator") -> int:
    """Return the company's daily budget: 30,000 x the plan's multiplier x seats."""
    seats = sum(bool(user["active_flag"]) for user in emulator.users())
    return _TOKENS_PER_SEAT * _MULTIPLIERS[plan(emulator)] * seats


def must_have_growth(emulator: "PipedriveEmulator", feature: str) -> None:
    """
    Let a call pass whose plan has the feature (installments, discounts, recurring products).

    Raises:
        Refused: The plan is Lite.
    """
    if plan(emulator) == "lite":
        raise forbidden(f"{feature} are not available on your current plan. Please upgrade your plan.")


def recurring(values: dict[str, Any]) -> bool:
    """Tell whether a body asks for a recurring product."""
    return bool(values.get("billing_frequency", "one-time") != "one-time")
