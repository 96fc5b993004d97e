"""Runs work for many connections: a few side by side, one that fails does not stop the others."""

from collections.abc import Callable, Sequence
from functools import partial

from dealvoice.workflows.app import App

_SIDE_BY_SIDE = 4
"""Few, for people's own calls use the same threads."""


def for_all(app: App, found: Sequence[tuple[str, ...]], work: Callable[..., object], *, told: str) -> None:
    """
    Do something for every tenant, or every (tenant, connection).

    Raises:
        ExceptionGroup: What went wrong, once all have had their turn; ``told`` is its sentence.
    """
    failed: list[Exception] = []

    def tried(*one: str) -> None:
        try:
            work(*one)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    if len(found) == 1:
        tried(*found[0])
    else:
        for start in range(0, len(found), _SIDE_BY_SIDE):
            some = found[start : start + _SIDE_BY_SIDE]
            app.together([partial(tried, *one) for one in some])
    if failed:
        raise ExceptionGroup(told, failed)
