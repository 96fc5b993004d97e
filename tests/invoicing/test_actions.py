"""Which actions a state offers."""

from datetime import date
from decimal import Decimal

import pytest

from dealvoice.invoicing.actions import Action, Confirmation, offers
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Standing, derive

TODAY = date(2026, 11, 23)


def menu(total, balance, *, due_on=date(2026, 12, 1), has_email=True, **facts):
    standing = Standing(Money(Decimal(total), "USD"), Money(Decimal(balance), "USD"), due_on, **facts)
    return {offer.action: offer for offer in offers(derive(standing, TODAY), standing, has_email=has_email)}


@pytest.mark.parametrize("due_on", [date(2026, 12, 1), date(2026, 11, 1), None])
def test_open_or_overdue_without_payments_offers_everything(due_on):
    shown = menu("100", "100", due_on=due_on)

    assert list(Action) == list(shown)
    assert all(offer.possible for offer in shown.values())


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(menu("100", "40", has_payments=True), id="partially paid"),
        pytest.param(menu("100", "0", has_payments=True), id="paid"),
        pytest.param(menu("100", "100", has_payments=True), id="payment of a credit of zero"),
        pytest.param(menu("100", "40", has_payments=True, due_on=date(2026, 11, 1)), id="overdue and partially paid"),
    ],
)
def test_void_and_delete_with_payments_are_guided(shown):
    assert {action for action, offer in shown.items() if offer.guided} == {Action.VOID, Action.DELETE}
    assert all(offer.possible for offer in shown.values())


def test_nothing_is_guided_without_payments():
    assert not any(offer.guided for offer in menu("100", "100").values())
    assert not any(offer.guided for offer in menu("0", "0", voided=True, has_payments=True).values())


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(menu("100", "40"), id="paid by something that is no payment"),
        pytest.param(menu("100", "100", deposit=Money(Decimal(5), "USD")), id="deposit"),
        pytest.param(menu("100", "40", has_payments=True, deposit=Money(Decimal(5), "USD")), id="deposit and payment"),
    ],
)
def test_deposits_keep_from_void_and_delete_but_not_from_the_rest(shown):
    assert shown[Action.VOID].reason == "reason.has_payments"
    assert shown[Action.DELETE].reason == "reason.has_payments"
    assert all(
        shown[action].possible
        for action in (Action.SEND_EMAIL, Action.DOWNLOAD_PDF, Action.OPEN_QUICKBOOKS, Action.UNLINK)
    )


def test_voided_can_be_deleted_but_neither_voided_again_nor_sent():
    shown = menu("0", "0", voided=True, has_email=False)

    assert shown[Action.DELETE].possible
    assert shown[Action.DOWNLOAD_PDF].possible
    assert shown[Action.VOID].reason == "reason.voided"
    assert shown[Action.SEND_EMAIL].reason == "reason.voided"


def test_deleted_can_only_be_unlinked():
    assert list(menu("100", "100", deleted=True)) == [Action.UNLINK]


def test_sending_without_an_address_says_why_not():
    shown = menu("100", "100", has_email=False)

    assert shown[Action.SEND_EMAIL].reason == "reason.no_email"
    assert not shown[Action.SEND_EMAIL].possible


def test_only_deleting_is_confirmed_as_destructive():
    shown = menu("100", "100")

    assert {action: offer.confirmation for action, offer in shown.items()} == {
        Action.SEND_EMAIL: Confirmation.NONE,
        Action.DOWNLOAD_PDF: Confirmation.NONE,
        Action.OPEN_QUICKBOOKS: Confirmation.NONE,
        Action.UNLINK: Confirmation.REGULAR,
        Action.VOID: Confirmation.REGULAR,
        Action.DELETE: Confirmation.DESTRUCTIVE,
    }
