"""
What may happen in a history: users, salespeople and accountants at work, and what becomes of the vendors' events.

Each is done to the product from outside, with what chance gives; ``histories`` says when, and what goes wrong on the way.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx2

from dealvoice.connections.secrets import hash_of
from dealvoice.connections.who import Who
from dealvoice.invoicing.actions import Action
from dealvoice.invoicing.draft import Draft
from dealvoice.storage.hooks import ENDED
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.workflows.insight.mending import mend, mend_all
from dealvoice.workflows.insight.problems import actor_of, all_problems
from dealvoice.workflows.insight.views import Remedy
from dealvoice.workflows.invoice import act, guided, listing
from dealvoice.workflows.invoice.deal_changes import keep_form, take_deal
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.setup import connect
from dealvoice.workflows.sync import pipedrive_receive
from dealvoice.workflows.sync.refresh import refresh
from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator
from dealvoice_sandbox.quickbooks import grants, people
from playground.accountant import Accountant
from playground.drafts import linked
from playground.house import REALM
from playground.simulated import Company, Post, World
from playground.sweeping import take_in

CUSTOMERS = ("1", "3", "5")
_NEXT_DOOR = 0.25
"""How often somebody of the other company acts."""


@dataclass(slots=True)
class Opened:
    """A form in somebody's browser."""

    who: Who
    view: FormView
    draft: Draft
    sent: bool = False


@dataclass(slots=True)
class Birth:
    """An invoice as QuickBooks made it, whatever became of it."""

    realm: str
    id: str
    note: str
    number: str
    total: Decimal


class Happenings:
    """Everything that somebody may do, and what is remembered of it."""

    world: World
    random: Random
    accountant: Accountant
    forms: list[Opened]
    accepted: list[str]
    """Operations that a user was told are written down."""
    births: dict[tuple[str, str], Birth]
    """By company and id."""
    payments: dict[str, str]
    voided: set[str]
    erased_notes: bool
    """Somebody has deleted notes of ours."""

    def tell(self, line: str) -> None:
        """Write a line down."""
        raise NotImplementedError

    def _born(self) -> None:
        for realm in (company.realm for company in self.world.companies):
            for one, row in self.world.quickbooks.rows(realm, "Invoice").items():
                if (realm, one) not in self.births:
                    total = Decimal(str(row["TotalAmt"]))
                    self.births[realm, one] = Birth(
                        realm, one, row.get("PrivateNote", ""), row.get("DocNumber", ""), total
                    )

    def _events(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (4, self._a_user_opens_a_form),
            (18, self._a_user_presses_create),
            (5, self._a_user_presses_create_again),
            (3, self._a_user_voids),
            (2, self._a_user_deletes),
            (2, self._a_user_takes_payments_off),
            (4, self._a_user_sends),
            (2, self._a_user_refreshes),
            (1, self._a_user_looks),
            (2, self._a_user_reconnects),
            (3, self._a_user_mends),
            (1, self._a_user_links),
            (1, self._a_user_unlinks),
            (2, self._a_salesperson_changes_the_deal),
            (1, self._a_salesperson_deletes_a_note),
            (8, self._an_accountant_is_paid),
            (3, self._an_accountant_takes_a_payment_back),
            (3, self._an_accountant_moves_a_due_day),
            (2, self._an_accountant_changes_an_amount),
            (2, self._an_accountant_voids),
            (2, self._an_accountant_deletes),
            (2, self._an_accountant_makes_an_invoice),
            (1, self._an_accountant_renames_a_customer),
            (1, self._an_accountant_merges_a_customer),
            (12, self._an_event_comes),
            (3, self._an_event_is_lost),
            (2, self._an_event_is_forged),
        ]

    def _a_user(self) -> tuple[Who, int]:
        """Return somebody, and a deal of his company."""
        company = self.world.companies[self.random.random() < _NEXT_DOOR]
        return self.random.choice(company.users), self.random.choice(company.deals)

    def _a_crm(self) -> tuple[PipedriveEmulator, int]:
        company = self.random.choice(self.world.companies)
        return company.crm, self.random.choice(company.deals)

    def _posts(self) -> list[Post]:
        found = [vendor.deliveries for vendor in self.world.vendors]
        return [post for post in found if isinstance(post, Post)]

    def _a_user_opens_a_form(self) -> None:
        who, deal = self._a_user()
        view = open_form(self.world.app, who, deal)
        self.forms.append(Opened(who, view, self._filled(view)))

    def _a_user_presses_create(self) -> None:
        waiting = [one for one in self.forms if not one.sent]
        if not waiting:
            self._a_user_opens_a_form()
            waiting = self.forms[-1:]
        self._press(self.random.choice(waiting))

    def _a_user_presses_create_again(self) -> None:
        if self.forms:
            self._press(self.random.choice(self.forms))

    def _press(self, form: Opened) -> None:
        form.sent = True
        who, view, app = form.who, form.view, self.world.app
        answer = issue(app, who, form_id=view.form_id, deal_id=view.deal_id, draft=form.draft, problems=())
        if isinstance(answer, Accepted):
            self.accepted.append(answer.operation_id)
            self.tell(f"  accepted {answer.operation_id}")
            return
        codes = [finding.code for finding in answer.view.findings]
        self.tell(f"  returned: {', '.join(codes)}")
        form.view, form.draft, form.sent = answer.view, answer.view.draft, False
        if "deal.changed" in codes and self.random.random() < 0.5:
            form.view = take_deal(app, who, form_id=view.form_id, draft=form.draft)
            form.draft = self._linked(form.view)
        elif "deal.changed" in codes:
            keep_form(app, who, form_id=view.form_id, deal_id=view.deal_id)
        if self.random.random() < 0.6:
            form.draft = replace(form.draft, second_confirmed=True)

    def _linked(self, view: FormView) -> Draft:
        return linked(view, second=bool(self.random.random() < 0.5))

    def _filled(self, view: FormView) -> Draft:
        random, draft = self.random, self._linked(view)
        if not draft.lines:
            return draft
        draft = replace(draft, send_email=random.random() < 0.4, customer_id=random.choice(CUSTOMERS))
        match random.randrange(12):
            case 0:
                draft = replace(draft, customer_id=None, create_customer=True, to=f"Client {random.randrange(9)}")
            case 1 | 2:
                draft = replace(draft, update_customer=True, email=f"to{random.randrange(9)}@amys.example")
            case 3:
                last = replace(draft.lines[-1], item_id=None, new_item=f"Lamp {random.randrange(3)}")
                draft = replace(draft, lines=(*draft.lines[:-1], last))
            case 4:
                draft = replace(draft, number=f"T-{random.randrange(4)}")
            case 5:
                draft = replace(draft, discount_percent=Decimal(random.choice((5, 12))))
            case 6:
                draft = replace(draft, create_customer=False, customer_id=None)
        return draft

    def _an_invoice_of_ours(self) -> tuple[Who, InvoiceRow] | None:
        who, deal = self._a_user()
        with self.world.app.database.read(who.tenant_id) as store:
            rows = [row for row in store.invoices.of_deal(deal) if not row.deleted]
        return (who, self.random.choice(rows)) if rows else None

    def _act(self, action: Action) -> None:
        found = self._an_invoice_of_ours()
        if found is not None:
            who, row = found
            operation = act.accept(self.world.app, who, row.id, action)
            self.accepted.append(operation)
            self.tell(f"  accepted {operation}: {action.value} {row.quickbooks_id}")

    def _a_user_voids(self) -> None:
        self._act(Action.VOID)

    def _a_user_deletes(self) -> None:
        self._act(Action.DELETE)

    def _a_user_sends(self) -> None:
        self._act(Action.SEND_EMAIL)

    def _a_user_takes_payments_off(self) -> None:
        found = self._an_invoice_of_ours()
        if found is None:
            return
        who, row = found
        action, move = self.random.choice((Action.VOID, Action.DELETE)), self.random.random() < 0.5
        view = guided.guided(self.world.app, who, row.id, action, move=move)
        shown = {one.applied.payment_id: format(one.applied.on_invoice.amount, "f") for one in view.payments}
        operation = guided.accept(self.world.app, who, row.id, action, consents=shown, move=move)
        self.accepted.append(operation)
        self.tell(f"  accepted {operation}: {action.value} {row.quickbooks_id} with its payments")

    def _a_user_refreshes(self) -> None:
        refresh(self.world.app, *self._a_user())

    def _a_user_looks(self) -> None:
        panel(self.world.app, *self._a_user())

    def _a_user_reconnects(self) -> None:
        """Give consent at QuickBooks anew when it has ended."""
        for company in self.world.companies:
            self._reconnect(company)

    def _reconnect(self, company: Company) -> None:
        app, who, vendor = self.world.app, company.users[0], self.world.quickbooks
        with app.database.read(who.tenant_id) as store:
            connection = store.connections.current()
        if connection is not None and connection.state == "live":
            return
        self.figures.reconnects += 1
        going = httpx2.URL(connect.begin(app, who, browser="firefox").url).params
        code = grants.new_code(
            vendor, realm=company.realm, client=going["client_id"], scope=going["scope"], redirect=going["redirect_uri"]
        )
        connect.finish(app, who, code=code, state=going["state"], realm_id=company.realm, browser="firefox")

    def _a_user_mends(self) -> None:
        actor = actor_of(self.world.app, self.random.choice(self.world.companies).users[0])
        unclear = [
            one.key
            for one in all_problems(self.world.app, actor)
            if any(remedy is Remedy.LOOK_AGAIN for remedy, _ in one.remedies)
        ]
        if unclear and self.random.random() < 0.5:
            mend(self.world.app, actor, self.random.choice(unclear), Remedy.LOOK_AGAIN)
        else:
            mend_all(self.world.app, actor)

    def _a_user_links(self) -> None:
        who, deal = self._a_user()
        with self.world.app.database.read(who.tenant_id) as store:
            connection = store.connections.current()
            assert connection is not None
            row = store.invoices.of_quickbooks(connection.id, self.random.choice(sorted(self.births))[1])
        if row is not None:
            listing.link(self.world.app, who, deal, row.id)

    def _a_user_unlinks(self) -> None:
        found = self._an_invoice_of_ours()
        if found is not None:
            who, row = found
            for deal in self.world.companies[0].deals:
                listing.unlink(self.world.app, who, deal, row.id)

    def _a_salesperson_changes_the_deal(self) -> None:
        crm, deal = self._a_crm()
        row = self.random.choice(crm.deal_products(deal))
        values = {"quantity": float(self.random.randint(1, 9))}
        crm.act(lambda: crm.change_deal_product(deal, row["id"], values, 101))

    def _a_salesperson_deletes_a_note(self) -> None:
        crm, deal = self._a_crm()
        notes = crm.notes_of(deal)
        if notes:
            crm.act(lambda: crm.remove_note(self.random.choice(notes)["id"], 101))
            self.erased_notes = True

    def _a_live_invoice(self, *, unpaid: bool = False) -> dict[str, Any] | None:
        """Return one of the latest."""
        rows = self.world.quickbooks.rows(REALM, "Invoice").values()
        alive = [
            row for row in rows
            if Decimal(str(row["Balance"])) > 1 and not (unpaid and row["Id"] in self.payments.values())
        ][-4:]  # fmt: skip
        return self.random.choice(alive) if alive else None

    def _day(self) -> str:
        return (self.world.clock.now() + timedelta(days=self.random.randint(-3, 3))).date().isoformat()

    def _an_accountant_is_paid(self) -> None:
        row = self._a_live_invoice()
        if row is not None:
            self.accountant.customer = row["CustomerRef"]["value"]
            part = Decimal(str(row["Balance"])) * self.random.choice((100, 100, 50, 25)) / 100
            payment = self.accountant.pay(row["Id"], str(part.quantize(Decimal("0.01"))), on=self._day())
            self.payments[payment] = row["Id"]

    def _an_accountant_takes_a_payment_back(self) -> None:
        if self.payments:
            payment = self.random.choice(sorted(self.payments))
            if self.random.random() < 0.5:
                self.accountant.void_payment(payment)
            else:
                self.accountant.delete_payment(payment)
            del self.payments[payment]

    def _an_accountant_moves_a_due_day(self) -> None:
        row = self._a_live_invoice()
        if row is not None:
            self.accountant.edit(row["Id"], DueDate=self._day())

    def _an_accountant_changes_an_amount(self) -> None:
        row = self._a_live_invoice(unpaid=True)
        if row is not None:
            amount = self.random.randint(1, 900)
            detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}, "Qty": 1, "UnitPrice": amount}
            line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
            self.accountant.edit(row["Id"], Line=[line])

    def _an_accountant_voids(self) -> None:
        row = self._a_live_invoice(unpaid=True)
        if row is not None:
            self.accountant.void(row["Id"])

    def _an_accountant_deletes(self) -> None:
        row = self._a_live_invoice(unpaid=True)
        if row is not None:
            self.accountant.delete(row["Id"])

    def _an_accountant_makes_an_invoice(self) -> None:
        self.accountant.customer = self.random.choice(CUSTOMERS)
        self.accountant.invoice(str(self.random.randint(1, 500)), due=self._day())
        self._born()

    def _an_accountant_renames_a_customer(self) -> None:
        vendor, name = self.world.quickbooks, f"Amy {self.random.randrange(99)}"
        body = {"Id": "1", "SyncToken": vendor.rows(REALM, "Customer")["1"]["SyncToken"], "sparse": True}
        vendor.act(lambda: people.update(vendor, REALM, "Customer", {**body, "DisplayName": name}))

    def _an_accountant_merges_a_customer(self) -> None:
        """Another customer becomes part of this one, which gives its invoices a new version."""
        vendor = self.world.quickbooks
        name = f"Twin {len(vendor.rows(REALM, 'Customer'))}"
        twin = vendor.act(lambda: people.create(vendor, REALM, "Customer", {"DisplayName": name}))

        def merge() -> None:
            vendor.patch(REALM, "Customer", vendor.rows(REALM, "Customer")[twin["Id"]], Active=False)
            vendor.tell(REALM, "Customer", "1", "merged", deleted_id=twin["Id"])

        vendor.act(merge)

    # What the vendors tell.

    def _an_event_comes(self) -> None:
        """One or several, in any order; one that stays on its way comes twice."""
        for _ in range(self.random.choice((1, 1, 3, 8))):
            self._deliver(again=self.random.random() < 0.2)

    def _an_event_is_lost(self) -> None:
        post = self.random.choice(self._posts())
        for one in post.waiting():
            if self.random.random() < 0.5:
                post.take(one)

    def _an_event_is_forged(self) -> None:
        app = self.world.app
        _, invoice = self.random.choice(sorted(self.births))
        body = f'{{"eventNotifications":[{{"realmId":"{REALM}","dataChangeEvent":{{"entities":[{{"id":"{invoice}",'
        body += '"name":"Invoice","operation":"Delete","lastUpdated":"2026-11-02T15:00:00Z"}]}}]}'
        assert not take_in(app, body.encode(), "forged")
        assert not pipedrive_receive.pipedrive(app, "forged", "Basic Zm9yZ2VkOmZvcmdlZA==", b"{}")

    def _deliver(self, *, again: bool) -> None:
        waiting = [(post, one) for post in self._posts() for one in post.waiting()]
        if not waiting:
            return
        post, one = self.random.choice(waiting)
        if not again:
            post.take(one)
        self.tell(f"  event {one.about}")
        if post is self.world.quickbooks.deliveries:
            assert take_in(self.world.app, one.body, one.headers["intuit-signature"])
            return
        assert one.auth is not None
        basic = base64.b64encode(":".join(one.auth).encode()).decode()
        body = one.body_of(1) if one.body_of else one.body
        key = one.url.rsplit("/", 1)[1]
        if not pipedrive_receive.pipedrive(self.world.app, key, f"Basic {basic}", body):
            # Late, and sent to a webhook that has been made anew since: what it told of was read again then.
            with self.world.app.database.everyone_read() as lobby:
                assert {one.state for one in lobby.hooks.all() if one.key_hash == hash_of(key)} <= {ENDED}
