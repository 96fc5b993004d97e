"""Write paths that begin with a press: creations, and what is done to an invoice or a customer that is there."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

from dealvoice.connections.who import Who
from dealvoice.invoicing.actions import Action
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.draft import Draft
from dealvoice.storage.operations import Operation
from dealvoice.workflows.app import App
from dealvoice.workflows.customer.activate import activate
from dealvoice.workflows.errors import NotPossible
from dealvoice.workflows.invoice import act, guided, listing
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.operations import SEND
from playground.bookkeeper import linked_by, payments_of, resting_customer, use_credit
from playground.deal_side import changes_of, keep_fields
from playground.drafts import linked
from playground.house import AVIARY, REALM, House
from playground.invariants import kept
from playground.looking import connection_of
from playground.stops import Rig, WritePath
from playground.sweeping import catch_up_all
from playground.truth import check_creation

Row = dict[str, Any]


def consent_to(app: App, who: Who, invoice_id: str, action: Action, *, move: bool = False) -> str:
    """Consent to all that is shown of a guided void or deletion; returns the operation."""
    shown = guided.guided(app, who, invoice_id, action, move=move)
    consents = {one.applied.payment_id: format(one.applied.on_invoice.amount, "f") for one in shown.payments}
    return guided.accept(app, who, invoice_id, action, consents=consents, move=move)


class Create(WritePath):
    """One invoice with its note, its e-mail and a field of the deal."""

    name, fewest = "create", 30

    def ready(self, rig: Rig) -> None:
        keep_fields(rig.house, FieldKind.STATUS)

    def begin(self, rig: Rig, number: int) -> tuple[FormView, Draft]:
        view = open_form(rig.house.app, rig.house.who, AVIARY)
        return view, self.fill(linked(view, second=True, send_email=True), number)

    def fill(self, draft: Draft, number: int) -> Draft:
        """Make each case another one."""
        del number
        return draft

    def act(self, rig: Rig, case: tuple[FormView, Draft]) -> None:
        self._press(rig.house, case)
        rig.house.run()

    def check(self, rig: Rig, case: tuple[FormView, Draft]) -> None:
        operation_id = self._press(rig.house, case)
        made = check_creation(rig.house, operation_id=operation_id, deal_id=AVIARY, mails=int(case[1].send_email))
        self.made(rig, case, operation_id, made)

    def made(self, rig: Rig, case: tuple[FormView, Draft], operation_id: str, invoice: dict[str, Any]) -> None:
        """Check what is this path's own."""
        del case, operation_id, invoice
        assert len(changes_of(rig.house, "Invoice status")) == 1

    def _press(self, house: House, case: tuple[FormView, Draft]) -> str:
        view, draft = case
        answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
        assert isinstance(answer, Accepted), [found.code for found in answer.view.findings]
        return answer.operation_id


class CreateAll(Create):
    """One invoice for a new customer with a new product."""

    name, fewest = "create with a new customer and a new product", 30

    def ready(self, rig: Rig) -> None:
        """No fields: what they cost is counted elsewhere."""

    def fill(self, draft: Draft, number: int) -> Draft:
        unlike = sha256(str(number).encode()).hexdigest()[:12]  # names that resemble each other are asked about
        lines = (*draft.lines[:-1], replace(draft.lines[-1], item_id=None, new_item=f"{unlike} lamp"))
        return replace(
            draft, lines=lines, customer_id=None, create_customer=True, to=f"{unlike} Ltd", send_email=False,
            email=f"{unlike}@birds.example", address=f"{number} {unlike} St.",
            other_than=("customer:1",),
        )  # fmt: skip

    def made(self, rig: Rig, case: tuple[FormView, Draft], operation_id: str, invoice: dict[str, Any]) -> None:
        del operation_id
        new = case[1].lines[-1].new_item
        for entity, name in (("Customer", case[1].to), ("Item", new)):
            rows = rig.vendor.rows(REALM, entity).values()
            assert sum(name in (row.get("DisplayName"), row.get("Name")) for row in rows) == 1
        assert invoice["CustomerRef"]["name"] == case[1].to


class CreateWaking(Create):
    """One invoice of a product that is inactive: it is made active with it."""

    name, fewest, alike = "create with an inactive product", 30, True
    pump = "11"

    def ready(self, rig: Rig) -> None:
        """No fields."""

    def begin(self, rig: Rig, number: int) -> tuple[FormView, Draft]:
        self._before = self._token(rig) + 1
        rest = {"Id": self.pump, "SyncToken": str(self._token(rig)), "sparse": True, "Active": False}
        rig.house.post_books("item", rest)
        catch_up_all(rig.house.app)
        return super().begin(rig, number)

    def fill(self, draft: Draft, number: int) -> Draft:
        lines = tuple(replace(line, activate=line.item_id == self.pump) for line in draft.lines)
        return replace(draft, lines=lines, send_email=False)

    def made(self, rig: Rig, case: tuple[FormView, Draft], operation_id: str, invoice: dict[str, Any]) -> None:
        del case, operation_id, invoice
        assert rig.vendor.rows(REALM, "Item")[self.pump]["Active"]
        assert self._token(rig) == self._before + 1, "woken once"

    def _token(self, rig: Rig) -> int:
        return int(rig.vendor.rows(REALM, "Item")[self.pump]["SyncToken"])


class UpdateCustomer(Create):
    """One invoice, and the customer's e-mail brought up to date with it."""

    name, fewest = "update customer", 20

    def ready(self, rig: Rig) -> None:
        """No fields."""

    def begin(self, rig: Rig, number: int) -> tuple[FormView, Draft]:
        self._before = self._token(rig)
        return super().begin(rig, number)

    def fill(self, draft: Draft, number: int) -> Draft:
        return replace(draft, update_customer=True, email=f"billing{number}@amys.example", send_email=False)

    def made(self, rig: Rig, case: tuple[FormView, Draft], operation_id: str, invoice: dict[str, Any]) -> None:
        del invoice
        amy = rig.vendor.rows(REALM, "Customer")["1"]
        assert (amy["PrimaryEmailAddr"]["Address"], self._token(rig)) == (case[1].email, self._before + 1)
        shown = progress(rig.house.app, rig.house.who, operation_id)
        assert shown.customer_write is not None
        assert (shown.customer_write.written, shown.customer_write.left) == (("email",), ())

    @staticmethod
    def _token(rig: Rig) -> int:
        return int(rig.vendor.rows(REALM, "Customer")["1"]["SyncToken"])


class OnInvoice(WritePath):
    """What a user does with an invoice that exists."""

    verb: Callable[..., str]

    def begin(self, rig: Rig, number: int) -> str:
        made = rig.accountant.invoice(str(100 + number))
        rig.accountant.edit(made, BillEmail={"Address": "birds@intuit.example"})
        catch_up_all(rig.house.app)
        rig.accountant.link(made, AVIARY)
        return made

    def act(self, rig: Rig, case: str) -> None:
        with suppress(NotPossible):  # pressed again, it is done already
            type(self).verb(rig.house.app, rig.house.who, rig.accountant.stored(case).id)
        rig.house.run()


class Void(OnInvoice):
    name, verb = "void", staticmethod(act.void)

    def check(self, rig: Rig, case: str) -> None:
        assert rig.vendor.rows(REALM, "Invoice")[case]["TotalAmt"] == 0
        assert rig.accountant.stored(case).voided


class Delete(OnInvoice):
    name, verb = "delete", staticmethod(act.delete)

    def check(self, rig: Rig, case: str) -> None:
        assert case not in rig.vendor.rows(REALM, "Invoice")
        assert rig.accountant.stored(case).deleted


class Send(OnInvoice):
    name, verb = "send", staticmethod(act.send)

    def act(self, rig: Rig, case: str) -> None:
        # Whoever wants it twice gets it twice: somebody who sees it ordered does not press again.
        row = rig.accountant.stored(case)
        if not any(one.kind == SEND and one.invoice_id == row.id for one in kept(rig.house, Operation)):
            super().act(rig, case)
        rig.house.run()

    def check(self, rig: Rig, case: str) -> None:
        assert sum(mail["invoice"] == case for mail in rig.vendor.outbox()) == 1


class GuidedVoid(OnInvoice):
    """A paid invoice: its payments are taken off with the user's consent, a credit and two of money, then it is voided."""

    name, fewest, action, move = "guided void", 30, Action.VOID, False
    _paid = ("40", "25")

    def begin(self, rig: Rig, number: int) -> tuple[str, dict[str, Row]]:
        # A customer of its own: QuickBooks would pay the next invoice of this one from the money that is freed.
        customer = rig.house.post_books("customer", {"DisplayName": f"Payer {number} Ltd"})["Customer"]["Id"]
        rig.accountant.customer = customer
        if self.move:
            rig.accountant.invoice("500", due="2020-01-01")
        made = super().begin(rig, number)
        for amount in self._paid:
            rig.accountant.pay(made, amount)
        use_credit(rig.house, customer, made, amount=10)
        catch_up_all(rig.house.app)
        rig.house.run()
        return made, payments_of(rig.house, made)

    def act(self, rig: Rig, case: tuple[str, dict[str, Row]]) -> None:
        row = rig.accountant.stored(case[0])
        with suppress(NotPossible):  # pressed again, it is done already
            consent_to(rig.house.app, rig.house.who, row.id, self.action, move=self.move)
        rig.house.run()

    def check(self, rig: Rig, case: tuple[str, dict[str, Row]]) -> None:
        invoice, paid = case
        self.ended(rig, invoice)
        assert len(paid) == len(self._paid) + 1
        for payment_id, before in paid.items():
            now = rig.vendor.rows(REALM, "Payment").get(payment_id)
            if not before["TotalAmt"]:
                assert now is None, "a payment of nothing that only applied a credit is taken back"
                continue
            assert now is not None
            assert invoice not in linked_by(now)
            assert (now["TotalAmt"], int(now["SyncToken"])) == (before["TotalAmt"], int(before["SyncToken"]) + 1)
            moved = sum(line["Amount"] for line in now["Line"])
            assert moved + now["UnappliedAmt"] == now["TotalAmt"], "no money is lost"
            assert bool(moved) is self.move

    def ended(self, rig: Rig, invoice: str) -> None:
        """Check the invoice itself."""
        assert rig.vendor.rows(REALM, "Invoice")[invoice]["TotalAmt"] == 0
        assert rig.accountant.stored(invoice).voided


class GuidedDelete(GuidedVoid):
    """The same for a deletion, while the money pays other invoices of the customer."""

    name, alike, action, move = "guided delete", True, Action.DELETE, True

    def ended(self, rig: Rig, invoice: str) -> None:
        assert invoice not in rig.vendor.rows(REALM, "Invoice")
        assert rig.accountant.stored(invoice).deleted


class ActivateCustomer(WritePath):
    """A customer who is inactive in QuickBooks is made active from the form."""

    name, fewest = "customer activation", 6

    def begin(self, rig: Rig, number: int) -> str:
        made = resting_customer(rig.house, f"Resting {number} Ltd")
        catch_up_all(rig.house.app)
        return made

    def act(self, rig: Rig, case: str) -> None:
        activate(rig.house.app, rig.house.who, AVIARY, case)
        rig.house.run()

    def check(self, rig: Rig, case: str) -> None:
        row = rig.vendor.rows(REALM, "Customer")[case]
        assert (row["Active"], row["SyncToken"]) == (True, "2"), "made, laid to rest, woken once"
        assert not row["DisplayName"].endswith(" (deleted)")
        with rig.house.app.database.read(rig.house.who.tenant_id) as store:
            known = store.customers.get(connection_of(rig.house.app, rig.house.who).id, case)
        assert known is not None
        assert (known.active, known.name) == (True, row["DisplayName"])


class Unlink(OnInvoice):
    """An invoice is taken off its deal, and the note says so."""

    name, fewest = "unlink", 6

    def begin(self, rig: Rig, number: int) -> str:
        made = super().begin(rig, number)
        rig.accountant.pay(made, "1")  # told on the deal: there is a note
        catch_up_all(rig.house.app)
        rig.house.run()
        return made

    def act(self, rig: Rig, case: str) -> None:
        listing.unlink(rig.house.app, rig.house.who, AVIARY, rig.accountant.stored(case).id)
        rig.house.run()

    def check(self, rig: Rig, case: str) -> None:
        (note,) = [one for one in rig.house.notes(AVIARY) if f'txnId={case}"' in one["content"]]
        assert "no longer linked" in note["content"]
