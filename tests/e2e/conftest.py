"""Every story here has a stage and a browser."""

from playground.stories import at_work, browser, page, stage

__all__ = ["at_work", "browser", "page", "stage"]
