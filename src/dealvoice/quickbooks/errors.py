"""
Errors of the QuickBooks client, sorted by what the caller must do.

::

    QuickBooksError
    ├── Retry      try again by and by; nothing was written
    ├── Wait       try again after ``seconds``; nothing was written
    ├── Renew      the access token was refused; the client renews once by itself, so callers see it only from outside a client
    ├── Reread     what we hold is old: read again, then decide again
    ├── Refused    the user can mend it (or must reconnect)
    ├── Rejected   our defect or an operator's; repeating cannot help
    └── Unknown    a write may have happened: look in QuickBooks before any second try, with the same request id

One table, ``RULES``, turns a vendor's code *and* text into a class and our user code: 5010, 6210, 610, 2500 and 6000 each mean
several things. The first row that fits wins. Adding a case is adding a row, a line in ``docs/errors.md``, a fault in the
emulator and a test.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dealvoice.quickbooks.faults import VendorFault, read_faults, scrub

THROTTLE_SECONDS = 60
"""How long to wait on HTTP 429; the vendor sends no Retry-After (limits and throttles page of the Accounting API)."""


class QuickBooksError(Exception):
    """
    Something QuickBooks did not do; see the subclasses.

    ``str()`` gives codes only, never the vendor's sentence: that may hold names, and belongs on the screen, not in a log.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int = 0,
        vendor_code: str = "",
        detail: str = "",
        element: str = "",
        intuit_tid: str = "",
        faults: tuple[VendorFault, ...] = (),
    ) -> None:
        super().__init__(code)
        # Our user code, such as ``number.duplicate``.
        self.code = code
        # HTTP status; 0 when there was no answer.
        self.status = status
        self.vendor_code = vendor_code
        # The vendor's own sentence, tokens removed, at most 300 characters.
        self.detail = scrub(detail)
        self.element = element
        # The vendor's request id, to quote to its support.
        self.intuit_tid = intuit_tid
        # All complaints of the answer, the one that decided among them.
        self.faults = faults

    def __str__(self) -> str:
        return f"{self.code} (status {self.status}, code {self.vendor_code or '-'}, tid {self.intuit_tid or '-'})"


class Retry(QuickBooksError):
    """Nothing was written; try again with back-off."""


class Wait(QuickBooksError):
    """Nothing was written; try again after ``seconds``."""

    seconds: float = THROTTLE_SECONDS


class Renew(QuickBooksError):
    """The access token was refused; renew it and repeat once."""


class Reread(QuickBooksError):
    """Nothing was written because what we hold is old; read again and decide again."""


class Refused(QuickBooksError):
    """Nothing was written; the user can mend it."""


class Rejected(QuickBooksError):
    """Nothing was written; the request is wrong, which is our defect."""


class Unknown(QuickBooksError):
    """The outcome of a write is unknown; look before the second try."""


_WORST_FIRST: tuple[type[QuickBooksError], ...] = (Unknown, Rejected, Refused, Reread, Renew, Wait, Retry)


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: codes and text on the left, our class and user code on the right."""

    codes: frozenset[str]
    error: type[QuickBooksError]
    # Our user code, or one by entity with ``""`` as the rest.
    user_code: str | Mapping[str, str]
    text: re.Pattern[str] | None = None

    def fits(self, fault: VendorFault) -> bool:
        """Tell whether this row is about the fault."""
        if fault.code not in self.codes:
            return False
        return self.text is None or self.text.search(fault.text) is not None

    def code_for(self, entity: str) -> str:
        """Give our user code for a call on ``entity``."""
        if isinstance(self.user_code, str):
            return self.user_code
        return self.user_code.get(entity, self.user_code[""])


def _rule(
    codes: str, error: type[QuickBooksError], user_code: str | Mapping[str, str], *, text: str | None = None
) -> Rule:
    pattern = None if text is None else re.compile(text, re.IGNORECASE | re.MULTILINE)
    return Rule(frozenset(codes.split()), error, user_code, pattern)


_GONE = {"customer": "customer.gone", "item": "item.gone", "payment": "payment.gone", "": "invoice.gone"}
_CHANGED = {"customer": "customer.changed_meanwhile", "item": "item.changed", "": "invoice.changed"}
_NAME_TAKEN = {"item": "item.name_taken", "": "customer.name_taken"}
_ACCOUNT = {"item": "item.account_missing", "": "discount.account_missing"}

RULES: tuple[Rule, ...] = (
    # Connection, company, load
    _rule("3200 3202", Renew, "connection.expired"),
    _rule("120", Refused, "connection.user_lost_access"),
    _rule("3100", Refused, "connection.refused"),
    _rule("7001", Rejected, "connection.wrong_environment"),
    _rule("3001", Wait, "quickbooks.busy"),
    _rule("130 140 150", Retry, "company.unavailable"),
    _rule("6190", Refused, "company.lapsed"),
    # Outcome unknown although a fault came
    _rule("10000", Unknown, "quickbooks.no_answer"),
    _rule("6000", Unknown, "quickbooks.no_answer", text=r"\(-\d+\)"),
    _rule("600", Unknown, "quickbooks.repeated"),
    # What we hold is old
    _rule("5010 6200 6210", Refused, "date.books_closed", text=r"period (?:has )?closed|books cannot be updated"),
    _rule("6140 6210", Reread, "number.duplicate", text=r"duplicate document number|number has already been used"),
    _rule("6140", Reread, "number.duplicate"),
    _rule("6200 6210", Refused, "date.books_closed"),
    _rule("5010", Reread, _CHANGED),
    _rule("610 2500", Reread, "item.inactive", text=r"made inactive[\s\S]*\b(?:ItemRef|Items element)"),
    _rule(
        "610 2500", Reread, {"item": "item.inactive", "": "customer.inactive"}, text=r"(?:been|is) (?:made )?inactive"
    ),
    _rule("610", Reread, _GONE),
    _rule("2500", Reread, "item.category", text=r"categor(?:y|ies) cannot"),
    _rule("2500", Reread, "item.gone", text=r"\bItems\b|ItemRef"),
    _rule("2500", Reread, _ACCOUNT, text=r"\bAccounts\b|AccountRef"),
    _rule("2500", Reread, "class.inactive", text=r"\bKlasses\b|ClassRef"),
    _rule("2500", Reread, "location.inactive", text=r"\bDepts\b|DepartmentRef"),
    _rule("2500", Reread, "term.inactive", text=r"\bTerms\b|SalesTermRef"),
    _rule("2500", Reread, "tax.code_inactive", text=r"TaxCode"),
    _rule("2500", Reread, "customer.gone", text=r"\bNames\b|CustomerRef|ParentRef"),
    _rule("2500", Refused, "quickbooks.refused"),
    _rule("6250", Refused, "customer.gone"),
    _rule("6240", Reread, _NAME_TAKEN),
    _rule("4002", Reread, "sync.page_spoiled"),
    _rule("1040 10100", Reread, "quickbooks.too_big"),
    # Business sentences of 6000
    _rule("6000", Reread, "currency.multicurrency_off", text=r"multi ?-?currency should be enabled"),
    _rule("6000", Reread, "customer.currency_mismatch", text=r"same currency as the A/R"),
    _rule("6000", Refused, "tax.code_missing", text=r"\b(?:GST|HST|VAT)\b[\w/ ]*\brate"),
    _rule("6000", Reread, "tax.failed", text=r"error while calculating tax"),
    _rule("6000", Refused, "discount.too_large", text=r"discount amount can.?t be greater"),
    _rule("6000", Refused, "discount.incomplete", text=r"both an amount and a discount percentage"),
    _rule(
        "6000",
        Refused,
        "total.negative",
        text=r"amount (?:must|has to|should) be (?:positive|greater|0)|0 or greater|negative (?:amount|total)",
    ),
    _rule("6000", Refused, "invoice.has_payments", text=r"linked (?:transaction|payment)|payments? (?:is|are) applied"),
    _rule("6000", Refused, "quickbooks.refused"),
    # Fields the user can mend
    _rule("2040", Refused, "text.control_characters"),
    _rule("2050", Refused, "text.too_long"),
    _rule("2060 2070", Refused, "date.invalid"),
    _rule("2080 2090 2100 2110 2120 2130 2140 2150 2160 2180", Refused, "number.format"),
    _rule("2210", Refused, "email.invalid"),
    _rule("6420", Refused, "email.missing"),
    _rule("2220", Refused, "currency.unknown"),
    _rule("3000", Refused, "custom_field.unknown"),
    _rule("6080", Refused, "customer.name_missing"),
    _rule("6100", Refused, "tax.code_not_us"),
    _rule("6150", Refused, "customer.hierarchy"),
    _rule("6160 6230", Refused, "tax.code_reserved"),
    _rule("6520", Refused, "line.quantity_missing"),
    _rule("620", Refused, "estimate.cannot_link"),
    _rule("6220 6280", Refused, "customer.inactivate_refused"),
    _rule("6450", Refused, "payment.settled"),
    _rule("6540", Refused, "payment.deposited"),
    _rule("800 6480", Refused, "invoice.has_payments"),
    _rule("5020 5030", Refused, "company.feature_off"),
    # Our arithmetic
    _rule("6070", Rejected, "line.amount_mismatch"),
    _rule("6090", Rejected, "discount.incomplete"),
    _rule("6170", Rejected, "tax.detail_forbidden"),
    # Our request
    _rule("2020", Rejected, "lines.none", text=r"parameter Line\b|^Line$"),
    _rule("2020", Rejected, "customer.missing", text=r"CustomerRef"),
    _rule(
        "500 630 1000 1010 1020 2000 2010 2020 2030 2170 2600 4000 4001",
        Rejected,
        "quickbooks.rejected",
    ),
)

USER_CODES: frozenset[str] = frozenset(
    {
        code
        for rule in RULES
        for code in ([rule.user_code] if isinstance(rule.user_code, str) else rule.user_code.values())
    }
    | {"quickbooks.unreachable", "quickbooks.no_answer", "quickbooks.refused", "quickbooks.rejected", "quickbooks.busy"}
    | {"connection.expired", "connection.refused", "connection.misconfigured", "connection.renewal_unclear"}
)
"""Every user code this package can raise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, for ``error_from``; bodies are read once and never kept."""

    status: int
    intuit_tid: str = ""
    faults: tuple[VendorFault, ...] = ()
    # Seconds of a Retry-After header, should the vendor ever send one.
    retry_after: float | None = None


def answer_from(status: int, body: bytes, *, intuit_tid: str = "", retry_after: float | None = None) -> Answer:
    """Read a body into an ``Answer``."""
    return Answer(status=status, intuit_tid=intuit_tid, faults=read_faults(body), retry_after=retry_after)


def error_from(answer: Answer, *, entity: str, writes: bool) -> QuickBooksError:
    """
    Decide what an answer that is no success means.

    Args:
        answer: Status and faults; a 2xx status without faults means a body that could not be read.
        entity: Lower-case vendor name of what was called, such as ``invoice``: some codes mean different things by entity.
        writes: Whether the call could have changed something. Reads are never ``Unknown``.
    """
    candidates = [_of_fault(fault, answer, entity=entity, writes=writes) for fault in answer.faults]
    if not candidates:
        return _of_status(answer, writes=writes)
    return min(candidates, key=lambda error: _WORST_FIRST.index(type(error)))


def _of_fault(fault: VendorFault, answer: Answer, *, entity: str, writes: bool) -> QuickBooksError:
    rule = next((rule for rule in RULES if rule.fits(fault)), None)
    if rule is None:
        kind, code = _unlisted(fault, answer.status)
    else:
        kind, code = rule.error, rule.code_for(entity)
    if answer.status >= 500 and writes and kind not in {Wait, Renew, Unknown}:
        # A server that breaks while it complains may have written before.
        kind, code = Unknown, "quickbooks.no_answer"
    if kind is Unknown and not writes:
        kind, code = Retry, "quickbooks.no_answer"
    return _make(kind, code, answer, fault)


def _unlisted(fault: VendorFault, status: int) -> tuple[type[QuickBooksError], str]:
    family = fault.type.casefold()
    if family == "authentication" or (family == "" and status == 401):
        return Renew, "connection.expired"
    if family.startswith("authoriz") or (family == "" and status == 403):
        return Refused, "connection.refused"
    if status == 429:
        return Wait, "quickbooks.busy"
    if family == "systemfault" or status >= 500:
        return Unknown, "quickbooks.no_answer"
    return Refused, "quickbooks.refused"


def _of_status(answer: Answer, *, writes: bool) -> QuickBooksError:
    status = answer.status
    unclear: type[QuickBooksError] = Unknown if writes else Retry
    if status == 401:
        return _make(Renew, "connection.expired", answer)
    if status == 403:
        return _make(Refused, "connection.refused", answer)
    if status == 429:
        return _make(Wait, "quickbooks.busy", answer)
    if status == 408 or status >= 500 or 200 <= status < 300:
        return _make(unclear, "quickbooks.no_answer", answer)
    return _make(Rejected, "quickbooks.rejected", answer)


def _make(kind: type[QuickBooksError], code: str, answer: Answer, fault: VendorFault | None = None) -> QuickBooksError:
    error = kind(
        code,
        status=answer.status,
        vendor_code="" if fault is None else fault.code,
        detail="" if fault is None else fault.detail or fault.message,
        element="" if fault is None else fault.element,
        intuit_tid=answer.intuit_tid,
        faults=answer.faults,
    )
    if isinstance(error, Wait) and answer.retry_after is not None:
        error.seconds = answer.retry_after
    return error
