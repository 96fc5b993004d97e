"""
Logs and metrics: how a line looks, what it may carry, and the counters of the whole product.

A line has a constant event name and facts as keywords; tenant, realm, operation and request come from the context.
Ids and codes only: what names a person or opens a door is taken out on the way, whatever the caller or a library passed:
fields by their names, texts and exceptions by what secrets look like.
"""

import contextlib
import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, Final, TextIO, cast

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from structlog.typing import FilteringBoundLogger, Processor

VENDOR_CALLS: Final = Counter(
    "dealvoice_vendor_calls_total",
    "Calls to QuickBooks and Pipedrive, by how they ended (status 0: no answer)",
    ["vendor", "entity", "operation", "status"],
)
ACTION_CALLS: Final = Counter(
    "dealvoice_action_calls_total",
    "Calls to QuickBooks and Pipedrive, by what made them: a task, a schedule, a route",
    ["vendor", "action"],
)
OPERATIONS: Final = Counter(
    "dealvoice_operations_total", "Operations, counted each time one reaches a state", ["kind", "state"]
)
REFUSALS: Final = Counter(
    "dealvoice_refusals_total", "Operations that were refused or need a person, by reason", ["kind", "code"]
)
RENEWALS: Final = Counter(
    "dealvoice_renewals_total",
    "Renewals of tokens (renewed, ended: a person must sign in, failed)",
    ["vendor", "outcome"],
)
SWEEPS: Final = Counter(
    "dealvoice_sweeps_total", "Comparisons with QuickBooks (equal, mended: something differed, failed)", ["outcome"]
)
REQUESTS: Final = Counter("dealvoice_requests_total", "Requests answered", ["route", "status"])
REQUEST_SECONDS: Final = Histogram(
    "dealvoice_request_seconds", "Seconds until a request was answered", ["route"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30),
)  # fmt: skip
WEBHOOKS: Final = Counter(
    "dealvoice_webhooks_total",
    "Events from vendors (accepted, repeated, forged, unreadable)",
    ["vendor", "outcome"],
)
SCHEDULE_FAILURES: Final = Counter(
    "dealvoice_schedule_failures_total", "Repeated work that ended in an exception", ["schedule"]
)
UNSAVED_GRANTS: Final = Counter(
    "dealvoice_unsaved_grants_total", "Token pairs that a vendor gave and the database did not take; each is spooled"
)
RUNS: Final = Counter(
    "dealvoice_runs_total", "Runs of the engine by how they ended (done, failed)", ["task", "outcome"]
)

OPERATIONS_WAITING: Final = Gauge("dealvoice_operations_waiting", "Operations that are not final", ["kind"])
OPERATIONS_AGE: Final = Gauge("dealvoice_operations_oldest_seconds", "Age of the oldest operation that is not final")
INBOX_WAITING: Final = Gauge("dealvoice_inbox_waiting", "Records marked by events and not read since", ["vendor"])
INBOX_AGE: Final = Gauge("dealvoice_inbox_oldest_seconds", "Age of the oldest such mark", ["vendor"])
SWEEP_OVERDUE: Final = Gauge(
    "dealvoice_sweep_overdue_seconds", "How long the comparison with QuickBooks that is due longest is overdue"
)
SWEEP_AGE: Final = Gauge(
    "dealvoice_sweep_oldest_seconds", "Time since the last good comparison of the company that waits longest"
)
CONNECTIONS: Final = Gauge("dealvoice_connections", "Connected QuickBooks companies (live, needs_reconnect)", ["state"])
ENDING: Final = Gauge(
    "dealvoice_connections_ending", "Live ones whose sign-in ends for good within thirty days, whatever is done"
)
BUDGET_USED: Final = Gauge(
    "dealvoice_budget_used",
    "Used of a budget: quickbooks.reads of this month by all companies, pipedrive.tokens of today by the company with most",
    ["budget"],
)
BUDGET_LEFT: Final = Gauge("dealvoice_budget_left", "Left of what the settings say is allowed", ["budget"])
SCHEDULE_AGE: Final = Gauge(
    "dealvoice_schedule_seconds", "Time since this process last ended or passed on repeated work", ["schedule"]
)
READY: Final = Gauge("dealvoice_ready", "Whether each part works (1) or not (0)", ["part"])

METRICS_TYPE: Final = CONTENT_TYPE_LATEST
"""Content type of ``metrics``."""

_OURS: Final = "dealvoice_handler"
"""Marks the handler that ``configure`` added, so that it replaces its own only."""

DROPPED: Final = "(dropped)"
"""Stands for a value that may not be logged."""

_PRIVATE_WORDS: Final = frozenset(
    {
        "address", "authorization", "body", "code", "cookie", "cookies", "email", "emails", "headers", "key", "keys",
        "mail", "name", "names", "nonce", "passphrase", "password", "payload", "phone", "secret", "secrets",
        "signature", "ticket", "token", "tokens",
    }
)  # fmt: skip
_LONG_WORD: Final = re.compile(r"[\w+=.-]{24,}")
_OUR_ID: Final = re.compile(r"[0-9a-f]{32}")
_HARMLESS: Final = frozenset({"fault_code", "status_code", "vendor_code", "exit_code", "key_id"})


_WORDS: Final = r"(?:token|client_secret|password|signature)"
_SECRETS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kept + DROPPED)
    for pattern, kept in (
        (r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", r"\1 "),
        (r"([?&][\w.-]{1,64}=)[^&\s\"']+", r"\1"),
        (rf"(\b(?:access_|refresh_|api_)?{_WORDS}[\"']?\s*[=:]\s*[\"']?)[^&\s\"',;)}}\]]{{4,}}", r"\1"),
        (r"(/webhooks/pipedrive/)[^/?\s\"']+", r"\1"),
        (r"(/tickets/)[^/?\s\"']+", r"\1"),
        (r"(://[^:/\s@]+:)[^@/\s]+(?=@)", r"\1"),
        (r"\beyJ[\w-]{8,}(?:\.[\w-]*)*", ""),
        (r"\bv1\.[\w-]{1,40}\.[\w=-]{20,}", ""),
        (r"[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}", ""),
        (r"(\bDETAIL:).*", r"\1 "),  # PostgreSQL names the values of a row there
        (r"(\[parameters:).*?\](?=\n|$|\\n)", r"\1 "),  # and SQLAlchemy here
    )
)  # fmt: skip
"""What a text may hold that others made, such as a library's line or an exception: secrets and addresses by their shape."""


def scrub(text: str) -> str:
    """Take out of a text whatever looks like a secret or a person's address."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def get_logger(name: str) -> FilteringBoundLogger:
    """Give the logger of a module."""
    return cast(FilteringBoundLogger, structlog.stdlib.get_logger(name))


def configure(log_format: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """
    Set logging up for the process: our lines and those of libraries take one way out.

    Args:
        log_format: ``json`` (one object a line) or ``console`` (for people).
        level: The least that is written, of our lines; libraries speak from WARNING up.
        stream: Where to; standard error when not given.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private,
    ]
    match log_format:
        case "json":
            last: list[Processor] = [
                structlog.processors.format_exc_info,
                scrub_exception,
                structlog.processors.JSONRenderer(sort_keys=True),
            ]
        case "console":
            last = [
                structlog.processors.format_exc_info,
                scrub_exception,
                structlog.dev.ConsoleRenderer(
                    colors=(stream or sys.stderr).isatty(), exception_formatter=structlog.dev.plain_traceback
                ),
            ]
        case _:
            raise ValueError(f"log format must be json or console, not {log_format}")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, _last_look],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, _OURS, False):
            root.removeHandler(old)
    setattr(handler, _OURS, True)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("dealvoice").setLevel(level)


def _last_look(_logger: Any, _method: str, line: Any) -> str:
    """Take the last look at a line: fields are dropped by name before, texts by shape here."""
    return scrub(str(line))


def drop_private(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace every value whose name says that it is a secret or a person's, in nested mappings too."""
    for key, value in event.items():
        if key == "event":
            continue
        event[key] = _without_private(key, value)
    return event


def scrub_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take what looks random out of a traceback: libraries put values into the texts of their errors."""
    if "exception" in event:
        event["exception"] = _LONG_WORD.sub(_without_random, str(event["exception"]))
    return event


def _without_random(found: re.Match[str]) -> str:
    """Drop a long word of letters and digits: a token, a key, a sealed text."""
    word = found[0]
    mixed = any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
    return DROPPED if mixed and not _OUR_ID.fullmatch(word) else word


@contextlib.contextmanager
def log_context(
    *, tenant: str = "", realm: str = "", operation: str = "", request: str = "", task: str = ""
) -> Iterator[None]:
    """Put ids on every line of a block. What is empty is left as it was outside."""
    given = {"tenant": tenant, "realm": realm, "operation": operation, "request": request, "task": task}
    with structlog.contextvars.bound_contextvars(**{name: value for name, value in given.items() if value}):
        yield


_action: ContextVar[str] = ContextVar("action", default="other")


@contextlib.contextmanager
def acting(name: str) -> Iterator[None]:
    """Name what is being done in a block, for the count of calls: a task, a schedule, a route."""
    before = _action.set(name)
    try:
        yield
    finally:
        _action.reset(before)


def name_action(name: str) -> None:
    """Name what the rest of this context does."""
    _action.set(name)


def count_call(vendor: str, entity: str, operation: str, status: int) -> None:
    """Count a call to a vendor; status 0 when no answer came."""
    VENDOR_CALLS.labels(vendor, entity, operation, str(status)).inc()
    ACTION_CALLS.labels(vendor, _action.get()).inc()


def metrics(registry: CollectorRegistry = REGISTRY) -> bytes:
    """Every counter in the text format of Prometheus, as ``METRICS_TYPE``."""
    return generate_latest(registry)


def _without_private(key: str, value: Any) -> Any:
    if key not in _HARMLESS and not _PRIVATE_WORDS.isdisjoint(key.lower().split("_")):
        return DROPPED
    if isinstance(value, Mapping):
        return {str(inner): _without_private(str(inner), held) for inner, held in value.items()}
    if isinstance(value, list | tuple):
        return [_without_private(key, held) for held in value]
    return value
