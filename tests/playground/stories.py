"""Fixtures that every story in a browser needs: the stage, Chromium, a page with or without the product installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from playground.stage import Stage, a_browser, a_page, a_stage, installed_and_connected


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser profile in which nothing has been installed yet."""
    context, opened = a_page(browser)
    yield opened
    context.close()


@pytest.fixture
def at_work(stage: Stage, page: Page) -> Page:
    """The deal's page of somebody who has installed the product and connected QuickBooks."""
    installed_and_connected(stage, page)
    page.goto(stage.deal_url())
    return page
