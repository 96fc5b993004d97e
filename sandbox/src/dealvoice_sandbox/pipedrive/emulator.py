"""
The Pipedrive emulator: its state, and what people and programs may do with a company.

This class is the door: pages call it directly, the API's routes through ``api``. The work is done next door, in
``records`` (deals, people, organizations, products), ``lines`` (a deal's products and value), ``notes``, ``fields``,
``hooks`` and ``grants``. Nothing is global.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.delivery import Deliveries
from dealvoice_sandbox.core.faults import Faults
from dealvoice_sandbox.core.journal import Journal
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.core.rules import Switches
from dealvoice_sandbox.core.store import Store
from dealvoice_sandbox.pipedrive import history, lines, notes, records, sharing, users, visibility
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.grants import end_grants, grant
from dealvoice_sandbox.pipedrive.indexes import Indexes
from dealvoice_sandbox.pipedrive.limits import Meter
from dealvoice_sandbox.pipedrive.rules import RULES
from dealvoice_sandbox.seeds.pipedrive_worlds import SEEDS, build

__all__ = ["NotFound", "PipedriveEmulator"]
Row = dict[str, Any]
FRAME_TOKEN_LIFE = timedelta(minutes=5)


class PipedriveEmulator:
    """One Pipedrive company."""

    def __init__(self, clock: Clock, portal: Portal, *, seed: str, folder: Path | None) -> None:
        self._seed = _known(seed)
        self.clock, self.portal = clock, portal
        self.journal, self.faults = Journal(), Faults()
        self.deliveries = Deliveries(clock.now)
        self.switches = Switches(RULES)
        self.store = Store("pipedrive", self._build, folder)
        # State that an older sandbox has kept lacks the tables that came later.
        for name, rows in self._build().items():
            self.store.tree.setdefault(name, rows)
        self.meter, self.indexes = Meter(), Indexes()
        self.url = self.other_url = ""

    def reset(self, seed: str) -> None:
        """Go to a seed: ``us``, ``us-ast``, ``us-multi``, ``uk`` or ``ca``."""
        self._seed = _known(seed)
        self.store.reset()
        self.meter, self.indexes = Meter(), Indexes()

    def tokens(self, wanted: Row) -> Row:
        """
        Return a token pair without a browser.

        Raises:
            ValueError: There is no such user.
        """
        user_id = int(wanted.get("user_id", 101))
        if str(user_id) not in self.table("users"):
            raise ValueError(f"there is no user {user_id}")
        answer: Row = self.act(lambda: grant(self, user_id))
        return {**answer, "company_id": self.company()["id"], "user_id": user_id}

    # Reading.

    def company(self) -> Row:
        """Return the company."""
        found: Row = self.store.tree["company"]
        return found

    def users(self) -> list[Row]:
        """Return its users."""
        return list(self.store.tree["users"].values())

    def user(self, user_id: int) -> Row:
        """Return one user."""
        return self.row("users", user_id)

    def table(self, name: str) -> dict[str, Row]:
        """Return all rows of a table by id."""
        found: dict[str, Row] = self.store.tree[name]
        return found

    def rows_of(self, name: str, column: str, value: Any) -> list[Row]:
        """Return the rows of a table whose column has a value."""
        return self.indexes.rows(name, self.table(name), column, value)

    def drop(self, name: str, key: str) -> Row:
        """Take a row out of a table."""
        return self.indexes.drop(name, self.table(name), key)

    def deal(self, deal_id: int) -> Row:
        """Return a deal, whoever asks."""
        return self.row("deals", deal_id)

    def visible_deal(self, deal_id: int, user_id: int) -> Row:
        """
        Return a deal that this user may see.

        Raises:
            NotFound: He may not, it was deleted, or there is none: all look the same.
        """
        row = self.table("deals").get(str(deal_id))
        gone = row is None or (row["is_deleted"] and not self.switches["deleted_readable"])
        if row is None or gone or not self.may_see(row, user_id):
            raise NotFound("Deal")
        return row

    def may_see(self, row: Row, user_id: int) -> bool:
        """Tell whether a user may see a deal, person, organization or product."""
        return visibility.may_see(self, row, user_id)

    def deals(self) -> list[Row]:
        """Return the deals that are not deleted."""
        return [row for row in self.table("deals").values() if not row["is_deleted"]]

    def person(self, person_id: int) -> Row:
        """Return a person."""
        return self.row("persons", person_id)

    def organization(self, organization_id: int) -> Row:
        """Return an organization."""
        return self.row("organizations", organization_id)

    def products_catalogue(self) -> list[Row]:
        """Return the product catalogue."""
        return list(self.table("products").values())

    def deal_products(self, deal_id: int) -> list[Row]:
        """Return a deal's product rows in their order."""
        rows = self.rows_of("deal_products", "deal_id", deal_id)
        return sorted(rows, key=lambda row: row["order_nr"])

    def discounts(self, deal_id: int) -> list[Row]:
        """Return the discounts of the whole deal."""
        return self.rows_of("discounts", "deal_id", deal_id)

    def notes_of(self, deal_id: int) -> list[Row]:
        """Return a deal's notes, newest first."""
        rows = [row for row in self.rows_of("notes", "deal_id", deal_id) if row["active_flag"]]
        return sorted(rows, key=lambda row: (row["add_time"], row["id"]), reverse=True)

    def changelog_of(self, deal_id: int) -> list[Row]:
        """Return a deal's changes of fields, newest first."""
        return history.changes(self, "deals", deal_id)

    def fields(self, kind: str) -> list[Row]:
        """Return the field definitions of ``deal``, ``person``, ``organization`` or ``product``."""
        found: list[Row] = self.store.tree["fields"][kind]
        return found

    def pipelines(self) -> list[Row]:
        """Return the pipelines."""
        found: list[Row] = self.store.tree["pipelines"]
        return found

    def stages(self) -> list[Row]:
        """Return the stages of the pipeline."""
        found: list[Row] = self.store.tree["stages"]
        return found

    # Changing. ``source`` is ``app`` for a person at a page and ``api`` for a program.

    def add_deal_product(self, deal_id: int, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Put a product on a deal; the deal's value follows."""
        return lines.add_product(self, deal_id, values, user_id, source=source)

    def change_deal_product(self, deal_id: int, row_id: int, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Change a product row; a changed tax method changes the deal's other rows too."""
        return lines.change_product(self, deal_id, row_id, values, user_id, source=source)

    def remove_deal_product(self, deal_id: int, row_id: int, user_id: int, *, source: str = "app") -> None:
        """Take a product off a deal."""
        lines.remove_product(self, deal_id, row_id, user_id, source=source)

    def add_discount(self, deal_id: int, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Put a discount on the whole deal."""
        return lines.add_discount(self, deal_id, values, user_id, source=source)

    def change(self, table: str, row_id: int, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Change fields of a deal, person, organization or product; deals keep a changelog; hooks are told."""
        return records.change(self, table, row_id, values, user_id, source=source)

    def add_note(self, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Write a note; its HTML is cleaned."""
        return notes.add(self, values, user_id, source=source)

    def change_note(self, note_id: int, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Rewrite a note in place."""
        return notes.change(self, note_id, values, user_id, source=source)

    def remove_note(self, note_id: int, user_id: int, *, source: str = "app") -> None:
        """Delete a note."""
        notes.remove(self, note_id, user_id, source=source)

    # Frames and installs.

    def frame_token(self, user_id: int) -> str:
        """Return the signed token of a frame: HS256, five minutes."""
        now = datetime.now(self.clock.now().tzinfo)
        claims = {
            "userId": user_id,
            "companyId": self.company()["id"],
            "iat": int(now.timestamp()),
            "exp": int((now + FRAME_TOKEN_LIFE).timestamp()),
        }
        return jwt.encode(claims, self.portal.jwt_secret, algorithm="HS256")

    def installed(self, user_id: int) -> bool:
        """Tell whether a user has installed the app."""
        return any(held["user_id"] == user_id and held["live"] for held in self.table("grants").values())

    def uninstall(self, user_id: int) -> None:
        """Remove the app for a user: his tokens and hooks die, and the app is told in the background."""
        self.user(user_id)
        end_grants(self, user_id)
        if self.portal.redirect_uris:
            self.deliveries.send(sharing.uninstall_news(self, user_id))

    def share(self, user_id: int, *, shared: bool) -> None:
        """Make the app's extensions visible to a user, or not, and tell the app (by agreement with the vendor)."""
        self.user(user_id)
        sharing.share(self, user_id, shared=shared)

    def deactivate(self, user_id: int, *, active: bool = False, by: int | None = None, source: str = "app") -> Row:
        """Deactivate a user, or bring him back: his tokens are of no use meanwhile; hooks are told."""
        return users.set_active(self, user_id, active=active, by=by or user_id, source=source)

    def act(self, work: Callable[[], Any]) -> Any:
        """Do something under the lock and save."""
        with self.store.lock:
            found = work()
            self.store.save()
            return found

    def next_id(self, table: str, *, first: int = 1) -> int:
        """Take the next id of a table."""
        number = int(self.store.tree["next"].get(table, first))
        self.store.tree["next"][table] = number + 1
        return number

    def stamp(self) -> str:
        """Return now the way v2 writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def v1_stamp(self) -> str:
        """Return now the way v1 writes it."""
        return self.clock.now().strftime("%Y-%m-%d %H:%M:%S")

    def row(self, table: str, row_id: int) -> Row:
        """
        Return a record, whoever asks.

        Raises:
            NotFound: There is none.
        """
        found = self.table(table).get(str(row_id))
        if found is None:
            raise NotFound(table[:-1].capitalize())
        return found

    def _build(self) -> Row:
        return build(self._seed, self.clock.now())


def _known(seed: str) -> str:
    if seed not in SEEDS:
        raise ValueError(f"there is no seed {seed!r}; there are {', '.join(SEEDS)}")
    return seed
