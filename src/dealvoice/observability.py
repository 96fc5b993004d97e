"""
Logs and metrics: how a line looks, what it may carry, and the counters of the whole product.

A line has a constant event name and facts as keywords; tenant, realm, operation and request come from the context.
Ids and codes only: what names a person or opens a door is taken out on the way, whatever the caller passed.
"""

import contextlib
import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final, TextIO, cast

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, generate_latest
from structlog.typing import FilteringBoundLogger, Processor

VENDOR_CALLS: Final = Counter(
    "dealvoice_vendor_calls_total",
    "Calls to QuickBooks and Pipedrive, by how they ended (status 0: no answer)",
    ["vendor", "entity", "operation", "status"],
)
OPERATIONS: Final = Counter(
    "dealvoice_operations_total", "Operations, counted each time one reaches a state", ["kind", "state"]
)
WEBHOOKS: Final = Counter(
    "dealvoice_webhooks_total",
    "Events from vendors (accepted, repeated, forged, unreadable)",
    ["vendor", "outcome"],
)
SCHEDULE_FAILURES: Final = Counter(
    "dealvoice_schedule_failures_total", "Repeated work that ended in an exception", ["schedule"]
)
RUNS: Final = Counter(
    "dealvoice_runs_total", "Runs of the engine by how they ended (done, failed)", ["task", "outcome"]
)

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
_TELLING: Final = (
    re.compile(r"[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}"),  # an e-mail address
    re.compile(r"(?i)\b(?:bearer|basic)\s+\S+"),
    re.compile(r"(?<=[?&])[\w.-]{1,64}=[^&\s\"')]+"),  # a parameter of an address
)
"""What may not stand in the text of an error, whoever raised it. Each looks at a place once, however long the text is."""
_LONG_WORD: Final = re.compile(r"[\w+=.-]{24,}")
_OUR_ID: Final = re.compile(r"[0-9a-f]{32}")
_HARMLESS: Final = frozenset({"fault_code", "status_code", "vendor_code", "exit_code", "key_id"})


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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
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


def drop_private(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace every value whose name says that it is a secret or a person's, in nested mappings too."""
    for key, value in event.items():
        if key == "event":
            continue
        event[key] = _without_private(key, value)
    return event


def scrub_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take what opens a door or names a person out of a traceback: libraries put values into the texts of their errors."""
    if "exception" in event:
        event["exception"] = scrubbed(str(event["exception"]))
    return event


def scrubbed(text: str) -> str:
    """Return a text without e-mail addresses, credentials, parameters of addresses and long random words."""
    for telling in _TELLING:
        text = telling.sub(DROPPED, text)
    return _LONG_WORD.sub(_without_random, text)


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
