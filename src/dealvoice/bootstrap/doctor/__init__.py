"""
The doctor: looks at an installation from outside and says what is wrong, and what to do. Changes nothing.

``configured`` reads the settings, ``stored`` the database, ``reached`` asks the vendors' addresses; ``lines`` is what they say.
"""

import platform
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version

from dealvoice.bootstrap.doctor.configured import configured
from dealvoice.bootstrap.doctor.lines import Level, Line, good
from dealvoice.bootstrap.doctor.reached import reached
from dealvoice.bootstrap.doctor.stored import stored
from dealvoice.engine.durable import APPLICATION_VERSION
from dealvoice.settings import Settings

__all__ = ["Level", "Line", "examine"]


def examine(settings: Settings, *, environment: Mapping[str, str], now: datetime, offline: bool) -> Iterator[Line]:
    """
    Yield what there is to say.

    Args:
        settings: All of it.
        environment: Where they came from: names that nothing reads are told.
        now: This machine's time, UTC.
        offline: Ask no address; the database is asked all the same.
    """
    releases = ", ".join(f"{name} {version(name)}" for name in ("dealvoice", "dbos", "sqlalchemy"))
    yield good("versions", f"{releases}, Python {platform.python_version()}, workflows {APPLICATION_VERSION}")
    yield from configured(settings, environment)
    yield from stored(settings, now)
    if not offline:
        yield from reached(settings)
