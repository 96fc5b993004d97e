"""The QuickBooks companies of the seeds: which there are, and how one is built."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Row = dict[str, Any]


def known(seed: str) -> str:
    """
    Return a seed's name when there is such a seed; "" stands for no company at all, which seeds themselves begin with.

    Raises:
        ValueError: There is none.
    """
    if seed and seed not in _builders():
        raise ValueError(f"there is no seed {seed!r}; there are {', '.join(_builders())}")
    return seed


def build(seed: str, now: datetime) -> Row:
    """Return the tree of a seed's companies; the first one is the seed's own, the last one is empty."""
    from dealvoice_sandbox.seeds.us_quickbooks import OTHER_REALM, garden_house

    if not seed:
        return {"companies": {}, "grants": {}, "codes": {}, "access": {}}
    tree = _builders()[seed](now)
    if OTHER_REALM not in tree["companies"]:
        tree["companies"][OTHER_REALM] = garden_house(now)
    return tree


def _builders() -> dict[str, Callable[[datetime], Row]]:
    # Seeds keep books by the emulator, which reads this table: they are asked for when needed.
    from dealvoice_sandbox.seeds import (
        ca_quickbooks,
        uk_quickbooks,
        us_ast_quickbooks,
        us_multi_quickbooks,
        us_quickbooks,
    )

    return {
        "us": us_quickbooks.build, "us-ast": us_ast_quickbooks.build, "us-multi": us_multi_quickbooks.build,
        "uk": uk_quickbooks.build, "ca": ca_quickbooks.build,
    }  # fmt: skip
