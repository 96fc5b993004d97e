"""Fixtures that every story in a browser needs: the stage, Chromium, a page with or without the product installed."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Frame, Page

from playground.at_work import a_stage_at_work
from playground.stage import Stage, a_browser, a_page, a_stage

_BROWSER = pytest.StashKey[Browser]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a story that failed what every page of its browser showed."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if call.when == "call" and report.failed and browser is not None:
        frames = [frame for context in browser.contexts for page in context.pages for frame in page.frames]
        report.sections.append(("What the browser showed", "\n".join(map(_shown, frames))))
    return report


def _shown(frame: Frame) -> str:
    try:
        return f"{frame.url}: {' '.join(frame.locator('body').inner_text(timeout=2_000).split())[:700]}"
    except Error as away:
        return f"{frame.url}: {away.message}"


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage of its own; of a story that begins at work, one on which somebody is."""
    with a_stage_at_work(tmp_path) if "at_work" in request.fixturenames else a_stage(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """The one browser of a process: each folder of stories has this fixture, and Playwright begins once."""
    if _BROWSER in pytestconfig.stash:
        yield pytestconfig.stash[_BROWSER]
        return
    with a_browser() as running:
        pytestconfig.stash[_BROWSER] = running
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
    page.context.add_cookies([{"name": "dealvoice", "value": stage.session, "url": stage.app_url}])
    page.goto(stage.deal_url())
    return page
