"""What organizations and persons owe, as the workflows would give it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from dealvoice.invoicing.ageing import Owed, ageing
from dealvoice.invoicing.money import Money
from dealvoice.workflows.insight.views import ContactRef, ReceivablesView
from dealvoice.workflows.invoice.views import (
    PanelState,
)
from web.shown import AS_OF, TODAY, an_invoice, usd


def a_contact(**changes: object) -> ReceivablesView:
    """Return what an organization owes: three customers, one of them late."""
    freeman = "Freeman Sporting Goods"
    rows = (
        an_invoice("1028", "81.00", "81.00", date(2026, 1, 31), customer_name="55 Twin Lane"),
        an_invoice("1005", "54.00", "4.00", date(2026, 3, 11), customer_name="55 Twin Lane"),
        an_invoice("1036", "477.50", "477.50", date(2026, 3, 20), customer_name=freeman),
    )
    view = ReceivablesView(
        state=PanelState.READY,
        contact=ContactRef("organization", 7),
        contact_name=freeman,
        through="",
        customer_name=freeman,
        customer_url="http://127.0.0.1:8101/app/customerdetail?nameId=8",
        customers=3,
        jobs=True,
        ages=tuple(ageing((Owed(row.due_on, row.status.left) for row in rows), TODAY)),
        habit=-9,
        rows=rows,
        owing=3,
        invoices=8,
        paid_this_year=(usd("2369.52"),),
        imported=True,
        as_of=AS_OF,
        version="v1",
        today=TODAY,
    )
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller


def contacts() -> dict[str, ReceivablesView]:
    """Return the panel of an organization or person in each state."""
    owing = a_contact()
    many = tuple(replace(owing.rows[0], id=f"many{n}", number=str(2000 + n)) for n in range(10))
    euros = ageing([Owed(date(2025, 11, 1), Money(Decimal("1250.5"), "EUR"))], TODAY)
    nothing = {"ages": (), "rows": (), "owing": 0}
    return {
        "owing": owing,
        "late": a_contact(
            ages=tuple(ageing([Owed(date(2026, 2, 1), usd("85"))], TODAY)), rows=owing.rows[:2], habit=12
        ),
        "two_currencies": a_contact(ages=(*euros, *owing.ages), habit=0, jobs=False, customers=2),
        "many": a_contact(rows=many, owing=12, invoices=40),
        "paid": a_contact(**nothing),
        "paid_before": a_contact(**nothing, paid_this_year=(), habit=None),
        "no_invoices": a_contact(**nothing, paid_this_year=(), habit=None, invoices=0),
        "unlinked": a_contact(
            **nothing, customer_name="", customer_url="", customers=0, invoices=0, habit=None, paid_this_year=()
        ),
        "through": a_contact(contact=ContactRef("person", 3), contact_name="Kim Lee", through="Freeman Sports"),
        "importing": a_contact(imported=False),
        "reconnect": a_contact(state=PanelState.NEEDS_RECONNECT),
        "not_connected": a_contact(
            **nothing, state=PanelState.NOT_CONNECTED, customer_name="", invoices=0, habit=None, as_of=None
        ),
        "working": a_contact(rows=(replace(owing.rows[0], working="op", working_kind="invoice.send"), *owing.rows[1:])),
    }
