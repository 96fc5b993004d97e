"""
How long to wait between two sweeps: short after a lost event, longer while events come reliably.

Never longer than the longest pause: with every event lost from now on, the mirror is right again within a quarter of
an hour. Every company has its own small share taken off, so that they are not all swept at one moment.
"""

import zlib
from datetime import timedelta

_GROWTH = 1.25
_SHARE = 0.1
SOON = timedelta(minutes=1)
"""Pause after a sweep that got no answer: at the end of an outage the mirror is soon right."""


def next_pause(last: timedelta, *, shortest: timedelta, longest: timedelta, lost: int, differed: int) -> timedelta:
    """
    Return the pause after a good sweep, before the company's own share is taken off.

    Args:
        last: The pause before this sweep; zero for the first.
        shortest: Never shorter than this.
        longest: Never longer than this.
        lost: Differences of which no event had told.
        differed: All differences.
    """
    if lost or not last:
        return shortest
    grown = last if differed else last * _GROWTH
    return min(max(grown, shortest), longest)


def with_share(pause: timedelta, shortest: timedelta, connection_id: str) -> timedelta:
    """Return a pause less the company's own share of it, but not below the shortest."""
    share = zlib.crc32(connection_id.encode()) % 1000 / 1000 * _SHARE
    return max(pause * (1 - share), shortest)
