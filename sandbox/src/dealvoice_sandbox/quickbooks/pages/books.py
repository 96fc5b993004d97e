"""One company as its accountant sees it: read here, written through the same doors as the API's calls."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import documents, operations
from dealvoice_sandbox.quickbooks.pages.looks import state_of

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
STATES = ("Overdue", "Open", "Partially paid", "Paid", "Voided")
"""By which the list of invoices is narrowed."""


class Books:
    """One company of the emulator."""

    def __init__(self, emulator: "QuickBooksEmulator", realm: str) -> None:
        self.emulator, self.realm = emulator, realm

    @property
    def company(self) -> Row:
        """The company's tree."""
        return self.emulator.company(self.realm)

    @property
    def today(self) -> str:
        """Today's date, as the service has it."""
        return self.emulator.today(self.realm)

    @property
    def home(self) -> str:
        """The home currency."""
        return str(self.preferences["CurrencyPrefs"]["HomeCurrency"]["value"])

    @property
    def preferences(self) -> Row:
        """The company's settings."""
        return self.emulator.rows(self.realm, "Preferences")["1"]

    @property
    def taxes_lines(self) -> bool:
        """Whether a line is just taxed or not, as in the United States; elsewhere each line has a code."""
        return bool(self.company["country"] == "US")

    @property
    def code_names(self) -> dict[str, str]:
        """Names of the tax codes by id."""
        return {row["Id"]: str(row["Name"]) for row in self.all("TaxCode")}

    def row(self, entity: str, row_id: str) -> Row | None:
        """Return an object, or None."""
        return self.emulator.rows(self.realm, entity).get(row_id)

    def all(self, entity: str) -> list[Row]:
        """Return all objects of an entity."""
        return list(self.emulator.rows(self.realm, entity).values())

    def living(self, entity: str) -> list[Row]:
        """Return the active rows of a list by name."""
        rows = [row for row in self.all(entity) if row.get("Active") is not False]
        return sorted(
            rows, key=lambda row: str(row.get("FullyQualifiedName") or row.get("DisplayName") or row.get("Name"))
        )

    def state(self, entity: str, row: Row) -> str:
        """Return how a document stands today."""
        return state_of(entity, row, self.today)

    def found(self, entity: str, *, words: str = "", customer: str = "", state: str = "") -> list[Row]:
        """
        Return documents, newest first.

        Args:
            entity: Which kind.
            words: What the customer's name or the number has in it.
            customer: Id of the only customer wanted.
            state: How they must stand.
        """
        wanted = words.strip().casefold()
        rows = [
            row
            for row in self.all(entity)
            if (not customer or row["CustomerRef"]["value"] == customer)
            and (not wanted or wanted in f"{row['CustomerRef'].get('name', '')} {row.get('DocNumber', '')}".casefold())
            and (not state or self.state(entity, row) == state)
        ]
        return sorted(rows, key=lambda row: (row["TxnDate"], int(row["Id"])), reverse=True)

    def sums(self, rows: Iterable[Row]) -> dict[str, dict[str, Decimal]]:
        """Return what is overdue, not yet due and paid of invoices, by currency."""
        found: dict[str, dict[str, Decimal]] = {}
        for row in rows:
            sums = found.setdefault(
                row["CurrencyRef"]["value"], dict.fromkeys(("Overdue", "Not due yet", "Paid"), Decimal(0))
            )
            balance = Decimal(str(row["Balance"]))
            sums["Overdue" if self.state("Invoice", row) == "Overdue" else "Not due yet"] += balance
            sums["Paid"] += Decimal(str(row["TotalAmt"])) - balance
        return found

    def owing(self, customer: str) -> list[Row]:
        """Return a customer's open invoices, oldest first."""
        rows = [row for row in self.found("Invoice", customer=customer) if Decimal(str(row["Balance"])) > 0]
        return rows[::-1]

    # Writing. Each call is one change under the lock; a Refusal leaves the text for the page.

    def act(self, work: Callable[[], Any]) -> Any:
        """Do something under the lock and save."""
        return self.emulator.act(work)

    def write(self, entity: str, body: Row, *, operation: str = "", include: Iterable[str] = ()) -> Row:
        """Create, update, void or delete an object with a body as a client would send it."""
        found: Row = self.act(
            lambda: operations.write(
                self.emulator, self.realm, entity, body, operation=operation, include=frozenset(include)
            )
        )
        return found

    def change(self, entity: str, row: Row, values: Row) -> Row:
        """Change some values of an object; ``values`` may carry the SyncToken that the page was shown with."""
        return self.write(entity, {**version(row), "sparse": True, **values})

    def delete(self, entity: str, row: Row) -> None:
        """Delete a document."""
        self.write(entity, version(row), operation="delete")

    def void(self, entity: str, row: Row) -> None:
        """Void a document in either of the documented forms."""
        self.write(entity, {**version(row), "sparse": True}, operation="void", include=("void",))

    def send(self, entity: str, row: Row, to: str) -> None:
        """Mail a document."""
        self.act(lambda: documents.send(self.emulator, self.realm, entity, row["Id"], to or None))

    def pdf(self, entity: str, row: Row) -> bytes:
        """Draw a document."""
        return documents.pdf(self.emulator, self.realm, entity, row["Id"])


def version(row: Row) -> Row:
    """Return what names an object in its present version."""
    return {"Id": row["Id"], "SyncToken": row["SyncToken"]}
