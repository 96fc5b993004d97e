"""The write paths of the product: each is a row of ``WRITE_PATHS``, and its class says what one case of it is."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from dealvoice.connections.tokens import SignInEnded, Tokens
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import OFF
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.errors import NotPossible
from dealvoice.workflows.invoice import act
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


class Import(WritePath):
    """The whole of the books read anew."""

    name, fewest = "import", 60

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
        assert self._there(rig) == []

    def act(self, rig: Rig, case: None) -> None:
        del case
        rig.house.engine.run_schedule("hooks")
        rig.house.run()

    def check(self, rig: Rig, case: None) -> None:
        del case
        assert sorted(self._there(rig)) == sorted(pipedrive_hooks.OBJECTS)
        with rig.house.app.database.read(rig.house.who.tenant_id) as store:
            row = store.hooks.current()
        assert row is not None
        assert (row.state, sorted(row.ids)) == ("live", sorted(pipedrive_hooks.OBJECTS))

    @staticmethod
    def _there(rig: Rig) -> list[str]:
        hooks = rig.house.sandbox.pipedrive.table("hooks").values()
        return [hook["event_object"] for hook in hooks if "/webhooks/pipedrive/" in hook["subscription_url"]]


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


class Disconnect(WritePath):
    """The end of a connection: the grant is given back."""

    name, fewest, bare_answers = "disconnect", 6, True

    def begin(self, rig: Rig, number: int) -> str:
        del number
        if _connection(rig.house).state != "live":
            rig.house.connect(rig.house.who, save=False)
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
    Create, CreateAll, UpdateCustomer, Void, Delete, Send, Import, PaymentSwept, PaymentHeard, RefreshQuickBooks,
    RefreshQuickBooksLoosely, RefreshPipedrive, MakeHooks, MakeFields, Disconnect, Uninstall,
)  # fmt: skip
