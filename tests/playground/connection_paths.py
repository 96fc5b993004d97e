"""Write paths of a connection: reading the books, telling deals, tokens, webhooks, fields, and the end."""

from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Any

from dealvoice.connections.tokens import SignInEnded, Tokens
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.status import Flag
from dealvoice.storage.deal_fields import OFF
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.operations import IMPORT
from dealvoice.workflows.setup import install, leave
from dealvoice.workflows.sync import pipedrive_hooks, track
from dealvoice.workflows.sync.lists import import_again
from dealvoice_sandbox.pipedrive import fields
from playground.deal_side import changes_of, keep_fields
from playground.house import AVIARY, REALM, House
from playground.invariants import kept
from playground.looking import latest_connection_of
from playground.stops import Rig, WritePath
from playground.sweeping import catch_up_all, take_in

Row = dict[str, Any]


def hooks_of(rig: Rig) -> list[str]:
    """Return what Pipedrive tells us of."""
    hooks = rig.house.sandbox.pipedrive.table("hooks").values()
    return [hook["event_object"] for hook in hooks if "/webhooks/pipedrive/" in hook["subscription_url"]]


class Import(WritePath):
    """The whole of the books read anew."""

    name, fewest, alike = "import", 60, True

    def begin(self, rig: Rig, number: int) -> int:
        del number
        return _ended(rig.house, IMPORT)

    def act(self, rig: Rig, case: int) -> None:
        if _ended(rig.house, IMPORT) == case:
            import_again(rig.house.app, rig.house.who.tenant_id, latest_connection_of(rig.house.app, rig.house.who).id)
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
        if latest_connection_of(rig.house.app, rig.house.who).state != "live":
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
        return latest_connection_of(rig.house.app, rig.house.who).id


class RefreshQuickBooksLoosely(RefreshQuickBooks):
    """The same as QuickBooks does it most of the day: the refresh token stays. No sign-in may be lost, wherever it stops."""

    name, strict = "token refresh of QuickBooks", False

    def check(self, rig: Rig, case: None) -> None:
        del case
        assert latest_connection_of(rig.house.app, rig.house.who).state == "live"


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
        if latest_connection_of(rig.house.app, rig.house.who).state != "live":
            rig.house.connect(rig.house.who, save=False)
        rig.house.engine.run_schedule("hooks")
        rig.house.run()
        assert hooks_of(rig)
        return rig.house.app.quickbooks_tokens.refresh_token(latest_connection_of(rig.house.app, rig.house.who))

    def act(self, rig: Rig, case: str) -> None:
        del case
        leave.disconnect(rig.house.app, rig.house.who)
        rig.house.run()

    def check(self, rig: Rig, case: str) -> None:
        tree = rig.vendor.store.tree
        assert not tree["grants"][tree["refresh_tokens"][case]]["live"]
        connection = latest_connection_of(rig.house.app, rig.house.who)
        assert (connection.state, connection.access, connection.refresh) == ("ended", "", "")
        with rig.house.app.database.read(rig.house.who.tenant_id) as store:
            assert store.hooks.current() is None  # what Pipedrive did not let go of is taken away later


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


def _ended(house: House, kind: str) -> int:
    """Count the operations of a kind that ended well."""
    return sum(one.kind == kind and one.state == State.DONE for one in kept(house, Operation))
