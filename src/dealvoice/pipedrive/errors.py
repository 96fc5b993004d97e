"""
Errors of the Pipedrive client, sorted by what the caller must do.

::

    PipedriveError
    ├── Retry          try again by and by
    ├── Wait           try again after ``seconds``
    ├── Renew          the access token was refused; the client renews once by itself
    ├── Reread         what we hold is old: read again, then decide again
    │   └── NotFound   the object is gone, or this user may not see it: both look the same
    ├── Refused        the user can mend it (or must authorize again)
    │   └── Forbidden  a scope, a permission or the plan is missing
    ├── Rejected       our defect or an operator's; repeating cannot help
    └── Unknown        a POST may have been done: look for our marker before any second try

Pipedrive knows no request ids, so a POST without an answer is always ``Unknown``; PUT, PATCH and DELETE may simply be repeated.
One table, ``RULES``, turns status and text into a class and our user code; the first row that fits wins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from dealvoice.reading import decoder

DETAIL_LENGTH = 300
"""Characters of a vendor's sentence that an error may carry."""

BURST_SECONDS = 2.0
"""Length of the vendor's rolling burst window."""

BLOCKED_SECONDS = 900.0
"""How long to keep quiet once the vendor's edge has blocked us."""

DAY_SPENT_SECONDS = 3600.0
"""How often to ask again once the daily budget is spent: it ends at midnight of a zone that the API does not tell."""

_TOKEN_SHAPE = re.compile(r"\b(?:v1u:[\w\-+/=]{8,}|eyJ[\w.\-]{8,}|\d+:\d+:[0-9a-f]{16,}|[0-9a-f]{41,})")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.\-+/=:]{8,}")


class PipedriveError(Exception):
    """
    Something Pipedrive did not do; see the subclasses.

    ``str()`` gives codes only, never the vendor's sentence, which may hold a deal's texts.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int = 0,
        vendor_code: str = "",
        detail: str = "",
        request_id: str = "",
        seconds: float | None = None,
    ) -> None:
        super().__init__(code)
        # Our user code, such as ``deal.gone``.
        self.code = code
        # HTTP status; 0 when there was no answer.
        self.status = status
        self.vendor_code = vendor_code[:60]
        # The vendor's own sentence, tokens removed, at most 300 characters.
        self.detail = scrub(detail)
        # The vendor's request id, where it sent one.
        self.request_id = request_id
        # How long to wait; set for ``Wait``.
        self.seconds = BURST_SECONDS if seconds is None else seconds

    def __str__(self) -> str:
        return f"{self.code} (status {self.status}, code {self.vendor_code or '-'}, request {self.request_id or '-'})"


class Retry(PipedriveError):
    """Try again with back-off; it does no harm."""


class Wait(PipedriveError):
    """Nothing was done; try again after ``seconds``."""


class Renew(PipedriveError):
    """The access token was refused; renew it and repeat once."""


class Reread(PipedriveError):
    """Nothing was done because what we hold is old; read again and decide again."""


class NotFound(Reread):
    """The object is gone, or hidden from this user."""


class Refused(PipedriveError):
    """Nothing was done; the user can mend it."""


class Forbidden(Refused):
    """Nothing was done; a scope, a permission or the plan is missing."""


class Rejected(PipedriveError):
    """Nothing was done; the request is wrong, which is our defect."""


class Unknown(PipedriveError):
    """The outcome of a POST is unknown; look before the second try."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer may say about itself; typed answers extend it."""

    success: bool | None = None
    error: str | dict[str, object] | None = None
    error_info: str | None = None
    message: str | None = None
    code: str | int | None = None
    errors: dict[str, object] | list[object] | None = None

    @property
    def text(self) -> str:
        """Everything said, for matching."""
        parts = (self.error, self.message, self.errors, self.error_info)
        return "\n".join(str(part) for part in parts if part)


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: status, vendor code and text on the left, our class and user code on the right."""

    statuses: frozenset[int]
    error: type[PipedriveError]
    # Our user code, or one by entity with ``""`` as the rest.
    user_code: str | Mapping[str, str]
    text: re.Pattern[str] | None = None

    def fits(self, status: int, said: str) -> bool:
        """Tell whether this row is about the answer."""
        if status not in self.statuses:
            return False
        return self.text is None or self.text.search(said) is not None

    def code_for(self, entity: str) -> str:
        """Give our user code for a call on ``entity``."""
        if isinstance(self.user_code, str):
            return self.user_code
        return self.user_code.get(entity, self.user_code[""])


def _rule(
    statuses: str, error: type[PipedriveError], user_code: str | Mapping[str, str], *, text: str | None = None
) -> Rule:
    pattern = None if text is None else re.compile(text, re.IGNORECASE | re.MULTILINE)
    return Rule(frozenset(int(status) for status in statuses.split()), error, user_code, pattern)


_GONE = {
    "deal": "deal.gone",
    "person": "person.gone",
    "organization": "organization.gone",
    "product": "product.gone",
    "note": "note.gone",
    "field": "mapping.field_gone",
    "": "pipedrive.gone",
}
_HOOKS_FULL = {"webhook": "pipedrive.hooks_full", "": "pipedrive.rejected"}

# Status 200 stands for an answer with ``success: false``.
RULES: tuple[Rule, ...] = (
    _rule("401", Renew, "pipedrive.expired"),
    _rule("200", Renew, "pipedrive.expired", text=r"unauthorized access"),
    _rule("402", Refused, "pipedrive.account_closed"),
    _rule("200 403", Forbidden, "pipedrive.scope_missing", text=r"scope and url mismatch"),
    _rule(
        "200 403",
        Forbidden,
        "pipedrive.plan_limit",
        text=r"feature_capping|limit (?:is |was )?reached|\bplan\b|\bupgrade\b|subscription",
    ),
    _rule("400 403 409 422", Refused, "deal.archived", text=r"\barchived\b"),
    _rule("403", Forbidden, "pipedrive.no_permission"),
    _rule("404", NotFound, _GONE),
    _rule("200", NotFound, _GONE, text=r"\bnot found\b"),
    _rule("400", Refused, "pipedrive.hooks_address", text=r"\bsubscription_url\b"),
    _rule("400", Refused, "mapping.field_gone", text=r"parameter '[0-9a-f]{40}' is not allowed"),
    _rule("410", Refused, "mapping.field_gone", text=r"\bfield\b"),
    _rule("422", Refused, _HOOKS_FULL, text=r"limit|40|webhook"),
)

USER_CODES: frozenset[str] = frozenset(
    {
        code
        for rule in RULES
        for code in ([rule.user_code] if isinstance(rule.user_code, str) else rule.user_code.values())
    }
    | {"pipedrive.no_answer", "pipedrive.busy", "pipedrive.day_spent", "pipedrive.rejected", "connection.misconfigured"}
)
"""Every user code this package can raise."""


_SILENT = Body()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, for ``error_from``; bodies are read once and never kept."""

    status: int
    body: Body = _SILENT
    is_html: bool = False
    request_id: str = ""
    # Seconds left in the burst window or of a Retry-After, where told.
    wait: float | None = None
    # ``x-ratelimit-remaining``, where told.
    remaining: int | None = None


_BODY = decoder(Body)


def read_body(raw: bytes) -> Body:
    """Read what a body says about itself; nothing for one that is not JSON."""
    try:
        return _BODY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Body()


def error_from(answer: Answer, *, entity: str, method: str) -> PipedriveError:
    """
    Decide what an answer that is no success means.

    Args:
        answer: Status, body and limits; a 2xx status with ``success`` not false means a body that could not be read.
        entity: What was called, such as ``deal``; 404 has a code for each.
        method: A GET is never ``Unknown``, nor is what may be repeated (PUT, PATCH, DELETE).
    """
    status = answer.status
    if answer.is_html and status == 403:
        return _make(Wait, "pipedrive.busy", answer, seconds=BLOCKED_SECONDS)
    if status == 429:
        return _limited(answer)
    failed = 200 <= status < 300 and answer.body.success is False
    said = f"{answer.body.text}\n{answer.body.code or ''}"
    rule = next((rule for rule in RULES if rule.fits(200 if failed else status, said)), None)
    if rule is not None:
        return _make(rule.error, rule.code_for(entity), answer)
    # 501 means a function that does not exist.
    if status == 408 or (status >= 500 and status != 501) or (200 <= status < 300 and not failed):
        return _make(Unknown if method == "POST" else Retry, "pipedrive.no_answer", answer)
    return _make(Rejected, "pipedrive.rejected", answer)


def scrub(text: str) -> str:
    """Take tokens out of a vendor's sentence and cut it to ``DETAIL_LENGTH``."""
    text = _BEARER.sub(r"\1 [token]", text)
    return _TOKEN_SHAPE.sub("[token]", text).strip()[:DETAIL_LENGTH]


def _limited(answer: Answer) -> PipedriveError:
    # A 429 with nothing left in the window is the burst limit, any other the daily budget; without headers take the milder one.
    if answer.remaining is None or answer.remaining < 1:
        return _make(Wait, "pipedrive.busy", answer, seconds=answer.wait)
    return _make(Wait, "pipedrive.day_spent", answer, seconds=DAY_SPENT_SECONDS)


def _make(kind: type[PipedriveError], code: str, answer: Answer, *, seconds: float | None = None) -> PipedriveError:
    return kind(
        code,
        status=answer.status,
        vendor_code=str(answer.body.code or ""),
        detail=answer.body.text,
        request_id=answer.request_id,
        seconds=seconds,
    )
