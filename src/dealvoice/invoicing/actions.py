"""Which actions an invoice's state allows, and how each is confirmed."""

from dataclasses import dataclass
from enum import StrEnum

from dealvoice.invoicing.status import Flag, Standing, Status


class Action(StrEnum):
    """What a user may do with an invoice from the menu."""

    SEND_EMAIL = "send_email"
    DOWNLOAD_PDF = "download_pdf"
    OPEN_QUICKBOOKS = "open_quickbooks"
    UNLINK = "unlink"
    VOID = "void"
    DELETE = "delete"


class Confirmation(StrEnum):
    """How an action is confirmed."""

    NONE = "none"
    REGULAR = "regular"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as the menu shows it."""

    action: Action
    confirmation: Confirmation
    reason: str = ""
    """Why it is there but not possible now, as a text key; empty when possible."""
    guided: bool = False
    """Payments are applied: they are shown and taken off first, with the user's consent."""

    @property
    def possible(self) -> bool:
        """Whether pressing it does something."""
        return not self.reason


_CONFIRMATIONS = {
    Action.SEND_EMAIL: Confirmation.NONE,
    Action.DOWNLOAD_PDF: Confirmation.NONE,
    Action.OPEN_QUICKBOOKS: Confirmation.NONE,
    Action.UNLINK: Confirmation.REGULAR,
    Action.VOID: Confirmation.REGULAR,
    Action.DELETE: Confirmation.DESTRUCTIVE,
}


def offers(status: Status, standing: Standing, *, has_email: bool) -> tuple[Offer, ...]:
    """
    Return the menu of an invoice, in its order.

    Args:
        status: How it stands.
        standing: The facts behind that.
        has_email: Whether QuickBooks knows where to mail it.

    Returns:
        What can be done, and with a reason what cannot be done now. A deleted invoice can only be taken off its deal.
    """
    if status.flag is Flag.DELETED:
        return (Offer(Action.UNLINK, _CONFIRMATIONS[Action.UNLINK]),)
    reasons = {
        Action.SEND_EMAIL: _why_not_send(status, has_email=has_email),
        Action.VOID: _why_not_void(status, standing),
        Action.DELETE: _why_not_delete(status, standing),
    }
    guided = {Action.VOID, Action.DELETE} if standing.has_payments and status.flag is not Flag.VOIDED else set()
    return tuple(
        Offer(action, _CONFIRMATIONS[action], reasons.get(action, ""), guided=action in guided) for action in Action
    )


def _why_not_send(status: Status, *, has_email: bool) -> str:
    if status.flag is Flag.VOIDED:
        return "reason.voided"
    return "" if has_email else "reason.no_email"


def _why_not_void(status: Status, standing: Standing) -> str:
    if status.flag is Flag.VOIDED:
        return "reason.voided"
    return _why_not_delete(status, standing)


def _why_not_delete(status: Status, standing: Standing) -> str:
    """Money that is no payment of its own, such as a deposit on the invoice, can be taken off in QuickBooks only."""
    deposited = standing.deposit is not None and not standing.deposit.is_zero
    elsewhere = deposited or (status.paid.amount > 0 and not standing.has_payments)
    return "reason.has_payments" if elsewhere and status.flag is not Flag.VOIDED else ""
