"""
The QuickBooks Online emulator: its state, and what people and programs may do with a company.

``routes`` reads and shapes HTTP; ``sales``, ``lists``, ``oauth`` hold the rules; nothing is global.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.delivery import Deliveries
from dealvoice_sandbox.core.faults import Faults
from dealvoice_sandbox.core.journal import Journal
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.core.rules import Switches
from dealvoice_sandbox.core.store import Store
from dealvoice_sandbox.quickbooks import people
from dealvoice_sandbox.quickbooks.faults_text import Refusal, bad_reference, gone, stale
from dealvoice_sandbox.quickbooks.fields import LISTS, ordered
from dealvoice_sandbox.quickbooks.index import Index
from dealvoice_sandbox.quickbooks.limits import Limits
from dealvoice_sandbox.quickbooks.query_answers import Found
from dealvoice_sandbox.quickbooks.rules import RULES
from dealvoice_sandbox.quickbooks.webhooks import Outgoing
from dealvoice_sandbox.quickbooks.writing import Printed, stamp, to_json
from dealvoice_sandbox.seeds import quickbooks_worlds

Row = dict[str, Any]


class QuickBooksEmulator:
    """One QuickBooks Online with its companies."""

    def __init__(self, clock: Clock, portal: Portal, *, seed: str, folder: Path | None) -> None:
        self._seed = quickbooks_worlds.known(seed)
        self.clock, self.portal = clock, portal
        self.journal, self.faults, self.limits = Journal(), Faults(), Limits(clock.now)
        self.deliveries = Deliveries(clock.now)
        self.switches = Switches(RULES)
        self.store = Store("quickbooks", self._build, folder)
        self.found = Found()
        self.events, self.api_writes = Outgoing(self), False
        self.url = self.other_url = ""
        self._indexes: dict[str, Index] = {}
        self._printed: dict[tuple[str, str, str], tuple[tuple[Any, ...], Printed]] = {}

    # What control and other modules ask for.

    def reset(self, seed: str) -> None:
        """Go to a seed: ``us``, ``us-ast``, ``us-multi``, ``uk`` or ``ca``."""
        self._seed = quickbooks_worlds.known(seed)
        self.store.reset()

    def _build(self) -> Row:
        return quickbooks_worlds.build(self._seed, self.clock.now())

    def tokens(self, wanted: Row) -> Row:
        """Return a token pair without a browser."""
        from dealvoice_sandbox.quickbooks import grants

        realm = str(wanted.get("realmId", next(iter(self.store.tree["companies"]))))
        return grants.tokens(self, realm, scope=str(wanted.get("scope", grants.ACCOUNTING)))

    def company(self, realm: str) -> Row:
        """Return a company's tree."""
        found: Row = self.store.tree["companies"][realm]
        return found

    def rows(self, realm: str, entity: str) -> dict[str, Row]:
        """Return all objects of an entity by id."""
        found: dict[str, Row] = self.company(realm)["entities"].setdefault(entity, {})
        return found

    def index(self, realm: str) -> Index:
        """Return what is known of a company without walking over it."""
        known = self._indexes.get(realm)
        if known is None or known.company is not self.company(realm):
            known = self._indexes[realm] = Index(self.company(realm))
            self._printed.clear()
        return known

    def printed(self, realm: str, entity: str, row: Row, *, queried: bool = False) -> Printed:
        """Return an object as JSON, printed once per version; queries show two more properties of a name."""
        self.index(realm)
        # Balances of names move without a new version; settings are small and may be set from anywhere.
        if entity in ("Preferences", "CompanyInfo", "ExchangeRate"):
            return Printed(to_json(ordered(entity, row)))
        mark = (
            id(row),
            row["SyncToken"],
            row["MetaData"]["LastUpdatedTime"],
            row.get("Balance"),
            row.get("BalanceWithJobs"),
            len(row),
        )
        more = people.in_queries(realm, entity, row) if queried else {}
        key = realm, entity, f"{row['Id']} queried" if more else str(row["Id"])
        kept = self._printed.get(key)
        if kept is None or kept[0] != mark:
            kept = self._printed[key] = mark, Printed(to_json(ordered(entity, {**row, **more})))
        return kept[1]

    def get(self, realm: str, entity: str, entity_id: str) -> Row:
        """
        Return one object.

        Raises:
            Refusal: 610.
        """
        row = self.rows(realm, entity).get(entity_id)
        if row is None:
            raise gone()
        return row

    def current(self, realm: str, entity: str, body: Row) -> Row:
        """
        Return the object that a change is for, when its SyncToken is the newest.

        Raises:
            Refusal: 2020, 610 or 5010.
        """
        for name in ("Id", "SyncToken"):
            if body.get(name) in (None, ""):
                raise Refusal("2020", f"Required parameter {name} is missing in the request", name)
        row = self.get(realm, entity, str(body["Id"]))
        if str(body["SyncToken"]) != row["SyncToken"]:
            raise stale()
        return row

    def reference(self, realm: str, entity: str, ref: Row | None, *, kind: str) -> Row:
        """
        Return what a reference names.

        Raises:
            Refusal: 2500 when it is unknown or inactive.
        """
        from dealvoice_sandbox.quickbooks.faults_text import inactive

        value = str((ref or {}).get("value", ""))
        row = self.rows(realm, entity).get(value)
        if row is None:
            raise bad_reference(kind, value)
        if row.get("Active") is False:
            raise inactive(self.switches["inactive_reference_code"])
        return row

    def next_id(self, realm: str, series: str) -> str:
        """Take the next number of a series of ids."""
        numbers = self.company(realm)["next"]
        number = numbers.setdefault(series, 1)
        numbers[series] = number + 1
        return str(number)

    def new(self, realm: str, entity: str, entity_id: str, values: Row) -> Row:
        """Store a new object and tell the app."""
        at = stamp(self.clock.now())
        head = {
            "domain": "QBO",
            "sparse": False,
            "Id": entity_id,
            "SyncToken": "0",
            "MetaData": {"CreateTime": at, "LastUpdatedTime": at},
        }
        row = ordered(entity, {**values, **head})
        self._store(realm, entity, row)
        self.tell(realm, entity, entity_id, "created")
        return row

    def touch(self, realm: str, entity: str, row: Row, *, operation: str = "updated", raise_token: bool = True) -> Row:
        """Raise an object's SyncToken and time, put it in order, and tell the app."""
        if raise_token:
            row["SyncToken"] = str(int(row["SyncToken"]) + 1)
        row["MetaData"] = {**row["MetaData"], "LastUpdatedTime": stamp(self.clock.now())}
        row = ordered(entity, row)
        self._store(realm, entity, row)
        self.tell(realm, entity, str(row["Id"]), operation)
        return row

    def patch(self, realm: str, entity: str, row: Row, **values: Any) -> None:
        """Change what the service keeps in step by itself, such as a path of names; this is no new version."""
        row.update(values)
        self._store(realm, entity, ordered(entity, row))

    def keep(self, realm: str, entity: str, key: str, row: Row) -> None:
        """Keep an object that has no id."""
        self.rows(realm, entity)[key] = row
        self.index(realm).record(entity, key, row)
        self.tell(realm, entity, key, "updated")

    def _store(self, realm: str, entity: str, row: Row) -> None:
        index = self.index(realm)
        self.rows(realm, entity)[str(row["Id"])] = row
        index.record(entity, str(row["Id"]), row)
        self._printed.pop((realm, entity, str(row["Id"])), None)

    def remove(self, realm: str, entity: str, entity_id: str) -> None:
        """Delete a transaction; the change feed keeps its tombstone."""
        if entity in LISTS:
            raise Refusal("500", "Operation Delete is not supported.", "Operation")
        index = self.index(realm)
        del self.rows(realm, entity)[entity_id]
        index.forget(entity, entity_id)
        self._printed.pop((realm, entity, entity_id), None)
        at = stamp(self.clock.now())
        self.company(realm)["deleted"].append({"entity": entity, "id": entity_id, "at": at})
        self.tell(realm, entity, entity_id, "deleted")

    def tell(self, realm: str, entity: str, entity_id: str, operation: str, *, deleted_id: str = "") -> None:
        """Note a change, and send a webhook when the app has an address for them."""
        self.store.version += 1
        self.events.tell(realm, entity, entity_id, operation, deleted_id=deleted_id)

    def act(self, work: Callable[[], Any]) -> Any:
        """Do something under the lock and save: for the pages, which act as the accountant."""
        with self.store.lock:
            found = work()
            self.store.save()
            return found

    def today(self, realm: str) -> str:
        """Return today's date where the service runs (US Pacific)."""
        del realm
        return stamp(self.clock.now())[:10]

    def outbox(self) -> list[Row]:
        """Return the e-mails of all companies, oldest first."""
        mails: list[Row] = []
        for company in self.store.tree["companies"].values():
            mails += company["outbox"]
        return mails
