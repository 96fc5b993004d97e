"""Every story here has a stage and a browser."""

from playground.stories import at_work, browser, page, pytest_runtest_makereport, stage

__all__ = ["at_work", "browser", "page", "pytest_runtest_makereport", "stage"]
