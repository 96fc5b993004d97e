"""Problems to fix, settings and connections, as the workflows would give them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dealvoice.invoicing.deal import FieldRef, Owner
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.mapping import Mapping, Target
from dealvoice.workflows.insight.views import Problem, ProblemsView, Remedy, Tab
from dealvoice.workflows.setup.views import (
    Budget,
    ConnectionCard,
    ConnectView,
    Differing,
    FieldOption,
    ImportState,
    SettingsView,
    SweepState,
    TemplateLists,
    Visibility,
)
from dealvoice.workflows.sync.walks import WALKS
from web.shown import AS_OF, CLASSES, NOW, STORES, TEMPLATES, TERMS, TRACKING, a_company

AN_IMPORT = ImportState(running=True, read=22_000, total=31_000, left=timedelta(seconds=5))
A_DIFFERENCE = ImportState(
    proved_at=AS_OF,
    differing=tuple(Differing(walk.entity, theirs=31_000, ours=30_999) for walk in WALKS if walk.count is not None),
)


ENDS_AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
"""When a sign-in ends for good."""


def some_problems(tab: Tab = Tab.NEEDS, **changes: object) -> ProblemsView:
    """Return the list of problems with one of each kind on the tab."""
    earlier = datetime(2026, 3, 13, 11, 58, tzinfo=UTC)
    deal = {"deal_id": 117, "deal_title": "Patio rockery", "deal_url": "http://127.0.0.1:8102/deal/117"}
    way = (Remedy.OPEN_DEAL, deal["deal_url"])
    closed = Finding(
        "date.books_closed", Severity.BLOCKER, "form", {"issued": "2026-01-31", "date": "2026-02-28", "number": "1043"}
    )
    unclear = Finding("needs_attention", Severity.BLOCKER, "form")
    expired = Finding("connection.expired", Severity.BLOCKER, "form")

    def one(key: str, situation: str, **more: object) -> Problem:
        base = {"at": earlier, "by": "Ola Nowak", "customer": "Red Rock Diner", **deal, **more}
        return Problem(key=f"operation:{key}", tab=tab, situation=situation, **base)  # type: ignore[arg-type] # named

    needs = (
        one(
            "a",
            "refused.invoice_create",
            number="1043",
            fault=closed,
            sentence="Account Period Closed",
            remedies=((Remedy.USE_DATE, "2026-03-13"), (Remedy.TRY_AGAIN, ""), way),
        ),
        one(
            "b",
            "unsure.invoice_create",
            number="1044",
            by="Jan Kos",
            fault=unclear,
            looks=6,
            remedies=((Remedy.LOOK_AGAIN, ""), (Remedy.CREATE, ""), way),
        ),
        one(
            "c",
            "refused.invoice_create",
            fault=expired,
            deal_title="",
            remedies=((Remedy.RECONNECT, ""), (Remedy.TRY_AGAIN, "")),
        ),
        one(
            "d",
            "differs",
            number="1045",
            fault=Finding("total.variance", Severity.BLOCKER, "form", {"theirs": "855.00 USD", "ours": "845.00 USD"}),
            remedies=((Remedy.ACCEPT, ""), way),
        ),
        one(
            "e:mail",
            "refused.mail_after",
            number="1046",
            fault=Finding("email.missing", Severity.BLOCKER, "form"),
            remedies=((Remedy.SEND_MAIL, "i1"), way),
        ),
        one(
            "f",
            "refused.field_make",
            deal_id=0,
            deal_title="",
            fault=Finding("pipedrive.expired", Severity.BLOCKER, "form"),
            remedies=((Remedy.OPEN_SETTINGS, ""),),
        ),
        one("g", "unsure.customer_activate", fault=unclear, looks=7, remedies=((Remedy.TRY_AGAIN, ""),)),
        one("h", "refused.hooks_subscribe", fault=None, remedies=((Remedy.TRY_AGAIN, ""),)),
        one("i", "reconnect", by="", deal_id=0, deal_title="", remedies=((Remedy.RECONNECT, ""),)),
        one("k", "ending", by="", deal_id=0, deal_title="", ends_at=ENDS_AT, remedies=((Remedy.RECONNECT, ""),)),
        one("j", "field_gone", by="", deal_id=0, deal_title="", remedies=((Remedy.OPEN_SETTINGS, ""),)),
    )
    listed = {
        Tab.NEEDS: needs,
        Tab.RETRYING: (
            one("r", "retrying.deal_status", by="", tries=2, next_try=datetime(2026, 3, 13, 14, 6, 40, tzinfo=UTC)),
            one("s", "retrying.invoice_create"),
        ),
        Tab.FIXED: (one("x", "fixed.invoice_create", number="1040", url="http://127.0.0.1:8101/app/invoice?txnId=9"),),
        Tab.ASIDE: (
            one("y", "refused.invoice_void", number="1041", fault=expired, reason="Paid in cash, see the deal", aside_by="Jan Kos", aside_at=earlier),
        ),
    }  # fmt: skip
    view = ProblemsView(
        tab=tab, problems=listed[tab], counts={one: len(rows) for one, rows in listed.items()}, find="",
        everything=True, checked_at=NOW,
    )  # fmt: skip
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller


def a_card(**changes: object) -> ConnectionCard:
    """Return a healthy connection."""
    card = ConnectionCard(
        company="Craig's Design and Landscaping Services",
        country="US",
        currency="USD",
        multicurrency=False,
        connected_by="Ola Nowak",
        connected_at=datetime(2026, 2, 18, 9, tzinfo=UTC),
        good_until=datetime(2026, 5, 29, 9, tzinfo=UTC),
        state="live",
        last_heard=AS_OF,
        customers=29,
        items=18,
        imported=True,
        next_number="1038",
        reads=Budget(1204, 500_000),
        tokens=Budget(350, 30_000),
        sweeps=SweepState(
            next_at=AS_OF,
            differed_at=AS_OF,
            differed=3,
            lost=1,
            set_aside=1,
            zone="America/Los_Angeles",
            zone_from="company",
        ),
    )
    return replace(card, **changes)  # type: ignore[arg-type] # named by the caller


KEPT = {
    kind: "off" if kind in (FieldKind.TO_INVOICE, FieldKind.LINK, FieldKind.PAID) else "ready" for kind in FieldKind
}


def a_settings(**changes: object) -> SettingsView:
    """Return the settings as an administrator sees them."""
    tax = FieldRef(Owner.ORGANIZATION, "a" * 40)
    view = SettingsView(
        pipedrive_company="Craig's Landscaping",
        user_name="Ola Nowak",
        connection=a_card(),
        mapping=Mapping.default(),
        fields=(
            FieldOption(FieldRef(Owner.ORGANIZATION, "name"), ""),
            FieldOption(FieldRef(Owner.ORGANIZATION, "address"), ""),
            FieldOption(tax, "NIP"),
            FieldOption(FieldRef(Owner.PERSON, "name"), ""),
            FieldOption(FieldRef(Owner.PERSON, "emails"), ""),
            FieldOption(FieldRef(Owner.DEAL, "title"), ""),
        ),
        examples={
            Target.TO: "Amy's Bird Sanctuary", Target.ADDRESS: "4581 Finch St.\nBayshore", Target.EMAIL: "Birds@Intuit.com",
        },
        visibility=Visibility.INSTALLER,
        show_amounts=True,
        people=4,
        saved_by="Ola Nowak",
        saved_at=datetime(2026, 3, 2, 9, 14, tzinfo=UTC),
        may_edit=True,
        lists=TemplateLists(TEMPLATES, a_company(rules=TRACKING), TERMS, CLASSES, STORES),
        deal_fields=KEPT,
    )  # fmt: skip
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller


def a_connect(**changes: object) -> ConnectView:
    """Return the set-up after the first sign-in."""
    view = ConnectView(
        pipedrive_user="Ola Nowak",
        pipedrive_company="Craig’s Landscaping",
        connection=None,
        visibility=Visibility.INSTALLER,
        held_by="",
    )
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller
