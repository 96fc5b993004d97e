"""
Read what QuickBooks says went wrong, in whatever shape it says it.

The service answers ``Fault``, the gateway ``fault`` with lower-case keys, the edge XML or HTML, and an HTTP 200 may carry a
fault too. Everything ends as a tuple of ``VendorFault``; what to do about it is decided in ``errors``.

Source: fact sheet of the Accounting API, "Fault bodies" (service, gateway and XML shapes).
"""

import html
import re
from dataclasses import dataclass

import msgspec

from dealvoice.reading import decoder

DETAIL_LENGTH = 300
"""Characters of a vendor's sentence that an error may carry."""

_ERROR = re.compile(r"<(?:\w+:)?Error\b([^>]*)>(.*?)</(?:\w+:)?Error>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\b(code|element|type)\s*=\s*["']([^"']*)["']""")
_FAULT_TAG = re.compile(r"<(?:\w+:)?Fault\b([^>]*)>")
_PART = re.compile(r"<(?:\w+:)?(Message|Detail)\b[^>]*>(.*?)</(?:\w+:)?\1>", re.DOTALL)
_TOKEN_SENTENCE = re.compile(r"(?i)(\btoken\b[^:]{0,40}:\s*)\S+")
_TOKEN_SHAPE = re.compile(r"\b(?:eyJ[\w.\-]{8,}|AB[0-9]{2}\w{12,}|RT1-[\w\-]{8,}|v1u:[\w\-]{8,})")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+(?!token)[\w.\-+/=]{8,}")


@dataclass(frozen=True, slots=True)
class VendorFault:
    """One complaint of QuickBooks, secrets removed and texts cut."""

    code: str = ""
    message: str = ""
    detail: str = ""
    # Property the vendor names, such as ``Line`` or ``DocNumber``; often empty.
    element: str = ""
    # ``ValidationFault``, ``SystemFault``, ``AUTHENTICATION``, ``SERVICE``, ...
    type: str = ""

    @property
    def text(self) -> str:
        """Everything said, for matching."""
        return f"{self.message}\n{self.detail}\n{self.element}"


class FaultItem(msgspec.Struct, frozen=True, kw_only=True):
    """An element of ``Fault.Error`` as the service writes it."""

    message: str | None = msgspec.field(default=None, name="Message")
    detail: str | None = msgspec.field(default=None, name="Detail")
    code: str | int | None = None
    element: str | None = None


class FaultPart(msgspec.Struct, frozen=True, kw_only=True):
    """The value of ``Fault``."""

    error: list[FaultItem] = msgspec.field(default_factory=list, name="Error")
    type: str | None = None

    def faults(self) -> tuple[VendorFault, ...]:
        """Give the complaints in the vendor's order; a fault without items is one without a code."""
        kind = self.type or ""
        if not self.error:
            return (VendorFault(type=kind),)
        return tuple(_fault(e.code, e.message, e.detail, e.element, kind) for e in self.error)


class GatewayItem(msgspec.Struct, frozen=True, kw_only=True):
    """An element of ``fault.error`` as the gateway writes it."""

    message: str | None = None
    detail: str | None = None
    code: str | int | None = None
    element: str | None = None


class GatewayPart(msgspec.Struct, frozen=True, kw_only=True):
    """The value of ``fault``."""

    error: list[GatewayItem] | None = None
    type: str | None = None

    def faults(self) -> tuple[VendorFault, ...]:
        """Give the complaints in the vendor's order; a fault without items is one without a code."""
        kind = self.type or ""
        if not self.error:
            return (VendorFault(type=kind),)
        return tuple(_fault(e.code, e.message, e.detail, e.element, kind) for e in self.error)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer may carry beside its entity; typed answers extend it, so that one pass reads both."""

    service_fault: FaultPart | None = msgspec.field(default=None, name="Fault")
    gateway_fault: GatewayPart | None = msgspec.field(default=None, name="fault")

    def complete(self) -> bool:
        """Tell whether all is there that the answer is for; a cut or foreign document is not."""
        return True

    def faults(self) -> tuple[VendorFault, ...]:
        """Give the complaints found; none for a good answer."""
        if self.service_fault is not None:
            return self.service_fault.faults()
        if self.gateway_fault is not None:
            return self.gateway_fault.faults()
        return ()


_ENVELOPE = decoder(Envelope)


def read_faults(body: bytes) -> tuple[VendorFault, ...]:
    """Find the complaints in a body of any shape; nothing when it has none we can read (HTML, cut, empty)."""
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        return _read_xml(body)
    try:
        return _ENVELOPE.decode(body).faults()
    except msgspec.MsgspecError:
        return ()
    except UnicodeDecodeError:
        return ()


def scrub(text: str, *, secret: str = "") -> str:
    """Take tokens out of a vendor's sentence and cut it to ``DETAIL_LENGTH``."""
    if secret:
        text = text.replace(secret, "[token]")
    text = _TOKEN_SENTENCE.sub(r"\1[token]", text)
    text = _BEARER.sub(r"\1 [token]", text)
    text = _TOKEN_SHAPE.sub("[token]", text)
    return text.strip()[:DETAIL_LENGTH]


def _read_xml(body: bytes) -> tuple[VendorFault, ...]:
    # Read by pattern, not by a parser: the edge cuts its documents, and a parser would have to be guarded against entities.
    text = body.decode("utf-8", errors="replace")
    opening = _FAULT_TAG.search(text)
    if opening is None:
        return ()
    kind = dict(_ATTRIBUTE.findall(opening.group(1))).get("type", "")
    found = []
    for attributes, inner in _ERROR.findall(text):
        named = dict(_ATTRIBUTE.findall(attributes))
        parts = {name: html.unescape(value) for name, value in _PART.findall(inner)}
        found.append(_fault(named.get("code"), parts.get("Message"), parts.get("Detail"), named.get("element"), kind))
    return tuple(found) or (VendorFault(type=kind),)


def _fault(
    code: str | int | None, message: str | None, detail: str | None, element: str | None, kind: str
) -> VendorFault:
    return VendorFault(
        # The gateway pads: errorCode=003200 and 3200 are one code.
        code=str(code if code is not None else "").strip().lstrip("0"),
        message=scrub(message or ""),
        detail=scrub(detail or ""),
        element=(element or "")[:100],
        type=kind,
    )
