"""The write paths of the product: each is a row of ``WRITE_PATHS``, and its class says what one case of it is."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from dealvoice.connections.tokens import SignInEnded, Tokens
from dealvoice.connections.who import Who
from dealvoice.invoicing.actions import Action
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.status import Flag
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import OFF
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.app import App
from dealvoice.workflows.customer.activate import activate
from dealvoice.workflows.errors import NotPossible
from dealvoice.workflows.invoice import act, guided, listing
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.operations import IMPORT, SEND
from dealvoice.workflows.setup import configure, install, leave
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync import pipedrive_hooks, track
from dealvoice.workflows.sync.lists import import_again
from dealvoice_sandbox.pipedrive import fields
from playground.drafts import linked
from playground.house import AVIARY, REALM, House
from playground.invariants import kept
from playground.stops import Rig, WritePath
from playground.sweeping import catch_up_all, take_in
from playground.truth import check_creation

Row = dict[str, Any]


def keep_fields(house: House, *kinds: FieldKind) -> None:
    """Have fields kept on deals, as an administrator chooses in the settings."""
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
        deal_fields=set(kinds),
    )  # fmt: skip
    house.run()


def changes_of(house: House, name: str) -> list[Any]:
    """Return the values that the deal's Changelog shows for a field, oldest first."""
    emulator = house.sandbox.pipedrive
    (code,) = [field["field_code"] for field in emulator.fields("deal") if field["field_name"] == name]
    rows = [row["new_value"] for row in emulator.changelog_of(AVIARY) if row["field_key"] == code]
    return rows[::-1]


def hooks_of(rig: Rig) -> list[str]:
    """Return what Pipedrive tells us of."""
    hooks = rig.house.sandbox.pipedrive.table("hooks").values()
    return [hook["event_object"] for hook in hooks if "/webhooks/pipedrive/" in hook["subscription_url"]]


def resting_customer(house: House, name: str) -> str:
    """Make a customer and lay him to rest, as the bookkeeper would; returns his id."""
    made = house.post_books("customer", {"DisplayName": name})["Customer"]
    house.post_books("customer", {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False})
    return str(made["Id"])


def use_credit(house: House, customer_id: str, invoice: str, *, amount: int) -> None:
    """Write a credit memo and apply it to an invoice of its customer, as QuickBooks does: by a payment of nothing."""
    customer = {"CustomerRef": {"value": customer_id}}
    sold = {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": sold}
    memo = house.post_books("creditmemo", {**customer, "Line": [line]})["CreditMemo"]
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": one, "TxnType": kind}]}
        for kind, one in (("CreditMemo", memo["Id"]), ("Invoice", invoice))
    ]
    house.post_books("payment", {**customer, "TotalAmt": 0, "Line": lines})


def payments_of(house: House, invoice: str) -> dict[str, Row]:
    """Return the payments that are applied to an invoice, as they are now."""
    rows = house.sandbox.quickbooks.rows(REALM, "Payment")
    return {one: deepcopy(row) for one, row in rows.items() if invoice in linked_by(row)}


def linked_by(payment: Row) -> set[str]:
    """Return the invoices that a payment is applied to."""
    links = [link for line in payment["Line"] for link in line["LinkedTxn"]]
    return {link["TxnId"] for link in links if link["TxnType"] == "Invoice"}


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
            known = store.customers.get(_connection(rig.house).id, case)
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


class Import(WritePath):
    """The whole of the books read anew."""

    name, fewest, alike = "import", 60, True

    def begin(self, rig: Rig, number: int) -> int:
        del number
        return _ended(rig.house, IMPORT)

    def act(self, rig: Rig, case: int) -> None:
        if _ended(rig.house, IMPORT) == case:
            import_again(rig.house.app, rig.house.who.tenant_id, _connection(rig.house).id)
            rig.house.run()

    def check(self, rig: Rig, case: int) -> None:
        assert _ended(rig.house, IMPORT) == case + 1


class PaymentSwept(WritePath):
    """A payment in QuickBooks, found by the sweep and told on the deal: note and fields."""

    name, fewest = "write-back of a payment by sweep", 20

    def ready(self, rig: Rig) -> None:
        keep_fields(rig.house, *FieldKind)
        self.invoice = rig.accountant.invoice("500")
        catch_up_all(rig.house.app)
        rig.accountant.link(self.invoice, AVIARY)
        rig.accountant.lose()

    def begin(self, rig: Rig, number: int) -> int:
        del number
        rig.accountant.pay(self.invoice, "1")
        return int(rig.vendor.rows(REALM, "Invoice")[self.invoice]["Balance"])

    def act(self, rig: Rig, case: int) -> None:
        del case
        self.hear(rig)
        rig.house.run()

    def hear(self, rig: Rig) -> None:
        """Learn of it."""
        catch_up_all(rig.house.app)

    def check(self, rig: Rig, case: int) -> None:
        shown = {row.id: row for row in panel(rig.house.app, rig.house.who, AVIARY).rows}
        assert shown[rig.accountant.stored(self.invoice).id].status.left.amount == case
        told = [float(value) for value in changes_of(rig.house, "Left to pay")]
        assert told[-1] == case
        assert sorted(set(told), reverse=True) == told, "told once each"
        (note,) = rig.house.notes(AVIARY)
        assert f"{case}.00" in note["content"]


class PaymentHeard(PaymentSwept):
    """The same, told by QuickBooks' event."""

    name, fewest = "write-back of a payment by event", 20

    def begin(self, rig: Rig, number: int) -> int:
        left = super().begin(rig, number)
        self.deliveries = rig.accountant.events()
        return left

    def hear(self, rig: Rig) -> None:
        for delivery in self.deliveries:
            assert take_in(rig.house.app, delivery.body, delivery.headers["intuit-signature"])
        track.track_all(rig.house.app)


class RefreshQuickBooks(WritePath):
    """An access token of QuickBooks that ran out; the refresh token rotates and the old one dies at once."""

    name, fewest, strict = "token refresh of QuickBooks, strict rotation", 6, True

    def ready(self, rig: Rig) -> None:
        rig.vendor.switches.take_over({"strict_rotation": self.strict})

    def begin(self, rig: Rig, number: int) -> None:
        del number
        if _connection(rig.house).state != "live":
            rig.house.connect(rig.house.who, save=False)
        rig.later(timedelta(hours=1))

    def act(self, rig: Rig, case: None) -> None:
        del case
        with suppress(SignInEnded) if self.strict else nullcontext():
            self.tokens(rig).access(rig.house.who.tenant_id, self.row(rig))

    def tokens(self, rig: Rig) -> Tokens:
        """Return the keeper of these tokens."""
        return rig.house.app.quickbooks_tokens

    def row(self, rig: Rig) -> str:
        """Return the row that holds the pair."""
        return _connection(rig.house).id


class RefreshQuickBooksLoosely(RefreshQuickBooks):
    """The same as QuickBooks does it most of the day: the refresh token stays. No sign-in may be lost, wherever it stops."""

    name, strict = "token refresh of QuickBooks", False

    def check(self, rig: Rig, case: None) -> None:
        del case
        assert _connection(rig.house).state == "live"


class RefreshPipedrive(RefreshQuickBooks):
    """An access token of Pipedrive that ran out."""

    name, strict = "token refresh of Pipedrive", False

    def tokens(self, rig: Rig) -> Tokens:
        return rig.house.app.pipedrive_tokens

    def row(self, rig: Rig) -> str:
        return rig.house.who.installation_id


class MakeHooks(WritePath):
    """Pipedrive's webhooks."""

    name, fewest = "hook making", 14

    def begin(self, rig: Rig, number: int) -> None:
        del number
        pipedrive_hooks.end(rig.house.app, rig.house.who.tenant_id)
        assert hooks_of(rig) == []

    def act(self, rig: Rig, case: None) -> None:
        del case
        rig.house.engine.run_schedule("hooks")
        rig.house.run()

    def check(self, rig: Rig, case: None) -> None:
        del case
        assert sorted(hooks_of(rig)) == sorted(pipedrive_hooks.OBJECTS)
        with rig.house.app.database.read(rig.house.who.tenant_id) as store:
            row = store.hooks.current()
        assert row is not None
        assert (row.state, sorted(row.ids)) == ("live", sorted(pipedrive_hooks.OBJECTS))


class MakeFields(WritePath):
    """Fields of the company's own on its deals."""

    name, fewest = "field making", 10
    kinds = (FieldKind.STATUS, FieldKind.TOTAL)

    def begin(self, rig: Rig, number: int) -> None:
        del number
        emulator = rig.house.sandbox.pipedrive
        with rig.house.app.database.write(rig.house.who.tenant_id) as store:
            for kind, row in store.deal_fields.all().items():
                if row.code:
                    fields.remove(emulator, "deal", row.code)
                store.deal_fields.choose(kind, OFF).code, row.tried = "", False

    def act(self, rig: Rig, case: None) -> None:
        del case
        keep_fields(rig.house, *self.kinds)

    def check(self, rig: Rig, case: None) -> None:
        del case
        with rig.house.app.database.read(rig.house.who.tenant_id) as store:
            assert set(store.deal_fields.ready()) == {kind.value for kind in self.kinds}


class MendFields(MakeFields):
    """A choice of a field that somebody took away in Pipedrive is put back."""

    name, fewest, alike = "field mending", 10, True
    kinds = (FieldKind.STATUS,)

    def ready(self, rig: Rig) -> None:
        keep_fields(rig.house, *self.kinds)

    def begin(self, rig: Rig, number: int) -> None:
        keep_fields(rig.house)
        (field,) = self._ours(rig)
        fields.remove_options(
            rig.house.sandbox.pipedrive, "deal", field["field_code"], [{"id": field["options"][0]["id"]}]
        )

    def check(self, rig: Rig, case: None) -> None:
        super().check(rig, case)
        (field,) = self._ours(rig)
        words = [option["label"] for option in field["options"]]
        assert len(words) == len(set(words)) == len(Flag)

    @staticmethod
    def _ours(rig: Rig) -> list[dict[str, Any]]:
        return [one for one in rig.house.sandbox.pipedrive.fields("deal") if one["field_name"] == "Invoice status"]


class Disconnect(WritePath):
    """The end of a connection: the grant is given back, and the webhooks are taken away as far as Pipedrive answers."""

    name, fewest, bare_answers = "disconnect", 6, True

    def begin(self, rig: Rig, number: int) -> str:
        del number
        if _connection(rig.house).state != "live":
            rig.house.connect(rig.house.who, save=False)
        rig.house.engine.run_schedule("hooks")
        rig.house.run()
        assert hooks_of(rig)
        return rig.house.app.quickbooks_tokens.refresh_token(_connection(rig.house))

    def act(self, rig: Rig, case: str) -> None:
        del case
        leave.disconnect(rig.house.app, rig.house.who)
        rig.house.run()

    def check(self, rig: Rig, case: str) -> None:
        tree = rig.vendor.store.tree
        assert not tree["grants"][tree["refresh_tokens"][case]]["live"]
        connection = _connection(rig.house)
        assert (connection.state, connection.access, connection.refresh) == ("ended", "", "")
        with rig.house.app.database.read(rig.house.who.tenant_id) as store:
            assert store.hooks.current() is None  # Pipedrive drops by itself what is left there and nobody answers


class Uninstall(Disconnect):
    """The last user removes the app."""

    name, fewest = "uninstall", 6

    def begin(self, rig: Rig, number: int) -> str:
        rig.house.who = rig.house.install()
        return super().begin(rig, number)

    def act(self, rig: Rig, case: str) -> None:
        del case
        install.uninstall(rig.house.app, company_id=rig.house.who.company_id, user_id=101)
        rig.house.run()


def _connection(house: House) -> Connection:
    with house.app.database.read(house.who.tenant_id) as store:
        row = store.connections.latest()
    assert row is not None
    return row


def _ended(house: House, kind: str) -> int:
    """Count the operations of a kind that ended well."""
    return sum(one.kind == kind and one.state == State.DONE for one in kept(house, Operation))


WRITE_PATHS: tuple[type[WritePath], ...] = (
    Create, CreateAll, CreateWaking, UpdateCustomer, Void, Delete, Send, GuidedVoid, GuidedDelete, ActivateCustomer,
    Import, PaymentSwept, PaymentHeard, Unlink, RefreshQuickBooks, RefreshQuickBooksLoosely, RefreshPipedrive, MakeHooks,
    MakeFields, MendFields, Disconnect, Uninstall,
)  # fmt: skip
