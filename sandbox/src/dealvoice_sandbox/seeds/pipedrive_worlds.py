"""The Pipedrive companies of the seeds: which there are, and how one is built."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dealvoice_sandbox.seeds import us_pipedrive

Row = dict[str, Any]
SEEDS: dict[str, Callable[[datetime], Row]] = {"us": us_pipedrive.build}


def build(seed: str, now: datetime) -> Row:
    """Return the tree of a seed's company."""
    return SEEDS[seed](now)
