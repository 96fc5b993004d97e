"""
Two worlds, one behaviour: where the vendors' record leaves something open, the product tells the truth either way.

Each case sets one switch of the sandbox to the other setting and walks the main flow: create, pay in part and in full,
take the payment back, void, with the app's keys checked as the vendors do.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dealvoice.workflows.invoice import act
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from playground.drafts import linked
from playground.house import AVIARY, REALM, House, a_house
from playground.sweeping import catch_up_all

AS_THEY_STAND: dict[str, Any] = {}
QUICKBOOKS: tuple[dict[str, Any], ...] = (
    AS_THEY_STAND,
    {"void_of_paid": "refuse"},
    {"replay_hours": 0},
    {"replay_of_another_body": "refuse"},
    {"older_minor_versions": "honoured"},
    {"void_of_payment_plain": False},
    {"warn_duplicate_number": True},
    {"duplicates_need_custom_numbers": True},
    {"typed_number_moves_series": True},
    {"default_line_code": "item"},
    {"too_many_decimals": "refuse"},
    {"address_rebuilt": False},
    {"online_payment": True},
    {"discount_needs_tax_code": True},
    {"us_tax_override": "dropped"},
    {"home_currency_named": "refuse"},
    {"credits_applied_at_birth": False},
    {"strict_rotation": True},
    {"refresh_grace_hours": 24},
    {"sortable_id": True},
    {"order_by_in_two_words": False},
    {"not_equal": False},
    {"maxresults_above_1000": "refuse"},
    {"own_writes_notified": False},
    {"void_and_emailed_also_updated": True},
    {"void_event_name": "voided"},
    {"legacy_webhooks": True},
)
PIPEDRIVE: tuple[dict[str, Any], ...] = (
    {"deleted_readable": True},
    {"value_includes_tax": True},
    {"discount_per_unit": True},
    {"retired_status": 410},
    {"burst": True},
    {"search_lag": 5},
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        yield opened


def walk(house: House) -> list[str]:
    """Create, pay, take back, void; return the flags on the way."""
    who = house.install()
    house.connect(who)
    view = open_form(house.app, who, AVIARY)
    answer = issue(house.app, who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.run()
    flags = [flag_of(house, who)]
    made = max(house.sandbox.quickbooks.rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))
    for amount in ("100.00", str(made["TotalAmt"] - 100)):
        at_quickbooks(house, "invoice", do="pay", txnId=made["Id"], amount=amount)
        flags.append(flag_of(house, who))
    payments = house.sandbox.quickbooks.rows(REALM, "Payment")
    for payment_id in sorted(payments, key=int)[-2:]:
        at_quickbooks(house, "recvpayment", do="delete", txnId=payment_id)
    flags.append(flag_of(house, who))
    act.void(house.app, who, panel(house.app, who, AVIARY).rows[0].id)
    house.run()
    return [*flags, flag_of(house, who)]


def at_quickbooks(house: House, page: str, **form: str) -> None:
    answer = house.vendor.post(f"{house.sandbox.quickbooks_url}/app/{page}", data=form)
    assert answer.status_code == 303, answer.text


def flag_of(house: House, who: Any) -> str:
    catch_up_all(house.app)
    house.run()
    return str(panel(house.app, who, AVIARY).rows[0].status.flag)


@pytest.mark.slow
@pytest.mark.parametrize("setting", QUICKBOOKS, ids=lambda one: next(iter(one), "as they stand"))
def test_flags_when_quickbooks_has_it_the_other_way_then_the_same(house: House, setting: dict[str, Any]) -> None:
    assert house.sandbox.quickbooks.portal.strict_client
    house.quickbooks("POST", "/_sandbox/switches", json=setting)

    assert walk(house) == ["open", "partially_paid", "paid", "open", "voided"]


@pytest.mark.slow
@pytest.mark.parametrize("setting", PIPEDRIVE, ids=lambda one: next(iter(one)))
def test_flags_when_pipedrive_has_it_the_other_way_then_the_same(house: House, setting: dict[str, Any]) -> None:
    assert house.sandbox.pipedrive.portal.strict_client
    house.pipedrive("POST", "/_sandbox/switches", json=setting)

    assert walk(house) == ["open", "partially_paid", "paid", "open", "voided"]
