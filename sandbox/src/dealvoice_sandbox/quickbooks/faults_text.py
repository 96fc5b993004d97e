"""QuickBooks' faults: codes, messages and the JSON and XML they come in (error codes page of the Accounting API)."""

from dataclasses import dataclass
from html import escape

MESSAGES = {
    "500": "Unsupported Operation",
    "600": "Duplicate Request ID",
    "610": "Object Not Found",
    "620": "Txn ID Cannot Be Linked",
    "700": "Invalid parent",
    "800": "Cannot delete: there are dependencies",
    "900": "Parent cannot be a child",
    "1040": "Batch size exceeds the allowed limit",
    "1050": "Invalid Content Type",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid String",
    "2050": "Invalid String Length",
    "2060": "Invalid Date Format",
    "2070": "Invalid Date",
    "2090": "Invalid Number",
    "2100": "Invalid Decimal Format",
    "2110": "Invalid Decimal",
    "2140": "Invalid Amount",
    "2170": "Invalid Enumeration",
    "2210": "Invalid Email Address format",
    "2220": "Invalid Currency Type",
    "2500": "Invalid Reference Id",
    "3000": "Invalid Custom Field",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "5010": "Stale Object Error",
    "5020": "Permission Denied Error",
    "5030": "Feature Not Supported Error",
    "6000": "A business validation error has occurred while processing your request",
    "6010": "Account type or subtype is required",
    "6070": "Amount calculation incorrect in the request.",
    "6080": "At least one of the names must be given",
    "6090": "Discount line needs an amount or a percentage",
    "6100": "Invalid Line TaxCode in the request",
    "6140": "Duplicate Document Number Error",
    "6150": "ParentRef is required",
    "6160": "CustomSalesTax code cannot be used to create or update",
    "6170": "Invalid TxnTaxDetail",
    "6180": "Exceeded maximum allowed levels",
    "6190": "Invalid Company Status",
    "6200": "Account Period Closed",
    "6210": "Account Period Closed",
    "6220": "Cannot make inactive",
    "6230": "CustomSalesTax code cannot be used to create or update",
    "6240": "Duplicate Name Exists Error",
    "6420": "Email Address is required",
    "6430": "Invalid account type",
    "6480": "Linked transactions must be unlinked first",
    "6520": "Quantity required for inventory item",
    "6540": "Deposited Transaction cannot be changed",
    "10000": "An application error has occurred while processing your request",
}


@dataclass(slots=True)
class Refusal(Exception):
    """A business or validation fault; HTTP 400 unless said."""

    code: str
    detail: str
    element: str | None = None
    status: int = 400
    kind: str = "ValidationFault"

    def body(self) -> dict[str, object]:
        """Return the ``Fault`` object."""
        error: dict[str, object] = {
            "Message": MESSAGES.get(self.code, "A business validation error has occurred"),
            "Detail": self.detail,
            "code": self.code,
        }
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}


class GatewayRefusal(Exception):
    """A fault of the gateway: authentication, authorization, throttling; lower-case keys."""

    def __init__(self, status: int, code: str, message: str, detail: str, kind: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.detail, self.kind = status, code, message, detail, kind

    def body(self, time_ms: int) -> dict[str, object]:
        """Return the JSON body."""
        error = {"message": self.message, "detail": self.detail, "code": self.code, "element": None}
        return {
            "warnings": None, "intuitObject": None, "fault": {"error": [error], "type": self.kind}, "report": None,
            "queryResponse": None, "batchItemResponse": [], "attachableResponse": [], "syncErrorResponse": None,
            "requestId": None, "time": time_ms, "status": None, "cdcresponse": [],
        }  # fmt: skip

    def xml(self, time: str) -> str:
        """Return the XML body, given when JSON was not asked for."""
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            f'<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" time="{time}"><Fault type="{self.kind}">'
            f'<Error code="{self.code}"><Message>{escape(self.message)}</Message>'
            f"<Detail>{escape(self.detail)}</Detail></Error></Fault></IntuitResponse>"
        )


def not_authenticated(detail: str) -> GatewayRefusal:
    """Return the fault of a missing, expired or revoked token."""
    message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    return GatewayRefusal(401, "3200", message, detail, "AUTHENTICATION")


def no_token() -> GatewayRefusal:
    """Return the fault of a call without a token."""
    message = "message=EmptyField; errorCode=003202; statusCode=401"
    return GatewayRefusal(401, "3202", message, "EmptyField", "AUTHENTICATION")


def not_authorized() -> GatewayRefusal:
    """Return the fault of a token that is for another realm."""
    message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
    return GatewayRefusal(403, "3100", message, "ApplicationAuthorizationFailed", "AUTHORIZATION")


def throttled(status: int) -> GatewayRefusal:
    """Return the fault of too many requests."""
    message = f"message=ThrottleExceeded; errorCode=003001; statusCode={status}"
    return GatewayRefusal(status, "3001", message, "The request limit was reached.  Try again later", "SERVICE")


def stale() -> Refusal:
    """Return the fault of an old SyncToken."""
    return Refusal(
        "5010",
        "Stale Object Error : You and another user were working on this at the same time. "
        "The other user finished before you did, so your work was not saved.",
        "",
    )


def gone() -> Refusal:
    """Return the fault of a deleted or unknown transaction."""
    return Refusal("610", "Object Not Found : Another user has deleted this transaction.", "")


def inactive(code: str = "2500") -> Refusal:
    """Return the fault of a reference to something inactive."""
    detail = (
        f"{'Object Not Found' if code == '610' else 'Invalid Reference Id'} : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return Refusal(code, detail, "")


def bad_reference(kind: str, reference: str) -> Refusal:
    """Return the fault of an unknown reference; ``kind`` is Names, Items, Accounts ..."""
    return Refusal("2500", f"Invalid Reference Id : {kind} element id {reference} not found", "")


def missing(name: str) -> Refusal:
    """Return the fault of a missing property."""
    return Refusal("2020", f"Required parameter {name} is missing in the request", name)


def system_failure(status: int) -> Refusal:
    """Return the fault of something that went wrong inside; it may come with HTTP 200 too."""
    detail = "System Failure Error: An unexpected error occurred while accessing or saving your data."
    return Refusal("10000", detail, None, status, "SystemFault")


def business(sentence: str) -> Refusal:
    """Return a 6000 with its sentence."""
    return Refusal("6000", f"Business Validation Error: {sentence}", "")


def deposited() -> Refusal:
    """Return the fault of changing what lies in a bank deposit."""
    detail = (
        "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on "
        "and remove it first."
    )
    return Refusal("6540", detail, "")
