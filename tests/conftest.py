"""
For all tests: what the product logs before anybody has configured it is drawn without frames, colours and locals; and a run
of several folders tells the time of each.
"""

import pytest
import structlog

from playground.folders import FOLDERS, name_of

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell each folder's share of the time: its tests' seconds, divided by the workers that shared them."""
    seconds = dict.fromkeys(FOLDERS, 0.0)
    for report in (one for kind in terminalreporter.stats.values() for one in kind):
        if isinstance(report, pytest.TestReport):
            seconds[name_of(report.nodeid)] += report.duration
    workers = config.getoption("numprocesses", None) or 1
    for name in FOLDERS:
        if seconds[name]:
            terminalreporter.write_line(f"== {name}: {seconds[name] / workers:.0f} s")
