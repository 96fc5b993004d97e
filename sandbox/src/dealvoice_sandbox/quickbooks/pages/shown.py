"""The pages of the accountant's side that only show; ``acts`` has those that change."""

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dealvoice_sandbox.quickbooks.pages.books import STATES, Books
from dealvoice_sandbox.quickbooks.pages.forms import NEW_LINES
from dealvoice_sandbox.quickbooks.pages.looks import draw
from dealvoice_sandbox.quickbooks.pages.session import books_of, enter

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
DOCUMENTS = {"invoice": "Invoice", "creditmemo": "CreditMemo", "estimate": "Estimate"}
"""Entity by the page's path, as in the vendor's own addresses."""
TITLES = {"Invoice": "Invoice", "CreditMemo": "Credit memo", "Estimate": "Estimate"}
_TOLD = 12


class Shown:
    """What may be looked at."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator

    async def invoices(self, request: Request) -> Response:
        """List invoices, narrowed by state and words."""
        books, asked = books_of(self._emulator, request), request.query_params
        state = asked.get("status", "")
        rows = books.found("Invoice", words=asked.get("q", ""), state=state if state in STATES else "")
        counts = {one: len(books.found("Invoice", state=one)) for one in STATES}
        return self.page(
            request, "invoices.html", title="Invoices", rows=rows, sums=books.sums(books.all("Invoice")), counts=counts,
            chosen=state, words=asked.get("q", ""),
        )  # fmt: skip

    async def documents(self, request: Request) -> Response:
        """List credit memos, estimates or payments."""
        books, words = books_of(self._emulator, request), request.query_params.get("q", "")
        entity = {"/app/creditmemos": "CreditMemo", "/app/estimates": "Estimate"}.get(request.url.path, "Payment")
        titles = {"CreditMemo": "Credit memos", "Estimate": "Estimates", "Payment": "Payments"}
        rows = books.found(entity, words=words)
        return self.page(request, "documents.html", title=titles[entity], entity=entity, rows=rows, words=words)

    async def document(self, request: Request) -> Response:
        """Show a document on paper with what an accountant does to it; without an id, the form of a new one."""
        entity = DOCUMENTS[request.url.path.rsplit("/", 1)[-1]]
        return self.paper(request, entity, request.query_params.get("txnId", ""))

    def paper(
        self, request: Request, entity: str, txn: str, *, said: str = "", typed: Row | None = None, edit: bool = False
    ) -> Response:
        """Draw a document, or its form; ``said`` is why a change of it was refused, ``typed`` what was typed then."""
        books, status = books_of(self._emulator, request), 400 if said else 200
        if not txn:
            wanted = typed or {"customer": request.query_params.get("customer", "")}
            return self.page(
                request, "new.html", status=status, title=f"New {TITLES[entity].lower()}", entity=entity, said=said,
                typed=wanted, new_lines=NEW_LINES, **self._choices(books),
            )  # fmt: skip
        row = books.row(entity, txn)
        if row is None:
            return self.gone(request)
        customer = row["CustomerRef"]["value"]
        return self.page(
            request, "document.html", status=status, title=f"{TITLES[entity]} {row.get('DocNumber', '')}", entity=entity,
            row=row, edit=edit or request.query_params.get("edit") == "1", said=said, new_lines=NEW_LINES[:3],
            payments=self._payments(books, row), told=self._told(books, entity, row),
            credits=books.found("CreditMemo", customer=customer, state="Unapplied"),
            owing=books.owing(customer), methods=books.living("PaymentMethod"), **self._choices(books),
        )  # fmt: skip

    async def payment(self, request: Request) -> Response:
        """Show a payment and what it is applied to."""
        return self.receipt(request, request.query_params.get("txnId", ""))

    def receipt(self, request: Request, txn: str, *, said: str = "") -> Response:
        """Draw a payment; ``said`` is why a change of it was refused."""
        books = books_of(self._emulator, request)
        row = books.row("Payment", txn)
        if row is None:
            return self.gone(request)
        shares = {
            link["TxnId"]: line["Amount"] for line in row["Line"] for link in line["LinkedTxn"] if link["TxnType"] == "Invoice"
        }  # fmt: skip
        rows = books.owing(row["CustomerRef"]["value"])
        paid = [invoice for invoice in (books.row("Invoice", one) for one in shares) if invoice and invoice not in rows]
        return self.page(
            request, "payment.html", status=400 if said else 200, title=f"Payment {row['Id']}", row=row, said=said,
            shares=shares, invoices=[*paid, *rows],
        )  # fmt: skip

    async def customers(self, request: Request) -> Response:
        """List customers with what they owe."""
        books, words = books_of(self._emulator, request), request.query_params.get("q", "")
        rows = [row for row in books.living("Customer") if words.strip().casefold() in row["DisplayName"].casefold()]
        return self.page(request, "customers.html", title="Customers", rows=rows, words=words)

    async def customer(self, request: Request) -> Response:
        """Show one customer with all that was written for him."""
        books = books_of(self._emulator, request)
        row = books.row("Customer", request.query_params.get("nameId", ""))
        if row is None:
            return self.gone(request)
        entities = ("Invoice", "Payment", "CreditMemo", "Estimate")
        found = [(entity, one) for entity in entities for one in books.found(entity, customer=row["Id"])]
        found.sort(key=lambda pair: (pair[1]["TxnDate"], int(pair[1]["Id"])), reverse=True)
        return self.page(request, "customer.html", title=row["DisplayName"], row=row, found=found)

    async def items(self, request: Request) -> Response:
        """List products and services."""
        rows = books_of(self._emulator, request).living("Item")
        return self.page(request, "items.html", title="Products and services", rows=rows)

    async def emails(self, request: Request) -> Response:
        """Show the e-mails that would have been sent."""
        return self.page(
            request, "emails.html", title="E-mails sent", rows=list(enumerate(self._emulator.outbox()))[::-1]
        )

    async def email_pdf(self, request: Request) -> Response:
        """Return what is attached to an e-mail."""
        mails, n = self._emulator.outbox(), int(request.path_params["n"])
        if n >= len(mails):
            return self.gone(request)
        return Response(base64.b64decode(mails[n]["pdf"]), media_type="application/pdf")

    async def pdf(self, request: Request) -> Response:
        """Return a document's PDF."""
        books, entity = books_of(self._emulator, request), DOCUMENTS.get(request.path_params["kind"], "")
        row = books.row(entity, request.path_params["id"])
        if row is None:
            return self.gone(request)
        name = f"{entity}_{row.get('DocNumber') or row['Id']}.pdf".encode("ascii", "ignore").decode().replace('"', "")
        headers = {"content-disposition": f'inline; filename="{name}"'}
        return Response(books.pdf(entity, row), media_type="application/pdf", headers=headers)

    async def settings(self, request: Request) -> Response:
        """Show how the company is set."""
        return self.settings_page(request)

    def settings_page(self, request: Request, said: str = "") -> Response:
        """Draw the settings; ``said`` is why they were not saved."""
        books = books_of(self._emulator, request)
        return self.page(
            request, "settings.html", status=400 if said else 200, title="Company settings", said=said,
            preferences=books.preferences, info=books.row("CompanyInfo", "1"), switches=self._emulator.switches,
            currencies=books.living("CompanyCurrency"),
        )  # fmt: skip

    async def login(self, request: Request) -> Response:
        """Follow a link that names company and page, as the vendor's own does."""
        page = request.query_params.get("pagereq", "invoices").lstrip("/")
        realm = request.query_params.get("deeplinkcompanyid", "")
        answer = RedirectResponse(f"/app/{page}", 302)
        return enter(answer, realm) if realm in self._emulator.store.tree["companies"] else answer

    def gone(self, request: Request) -> Response:
        """Say that there is no such thing."""
        return self.page(request, "gone.html", status=404, title="Not here")

    def page(self, request: Request, name: str, *, title: str, status: int = 200, **shown: Any) -> Response:
        """Draw a page of the company that is open."""
        books = books_of(self._emulator, request)
        html = draw(
            name, title=title, books=books, company=books.company, companies=self._emulator.store.tree["companies"],
            here=request.url.path, back=_back(request), today=books.today, home=books.home,
            held=self._emulator.deliveries.held, deal_url=self._emulator.other_url, **shown,
        )  # fmt: skip
        return HTMLResponse(html, status, headers={"cache-control": "no-store"})

    def _choices(self, books: Books) -> Row:
        items = [row for row in books.living("Item") if row.get("Type") not in ("Category", "Group")]
        codes = books.living("TaxCode")
        return {
            "customers": books.living("Customer"),
            "items": items,
            "line_codes": [row for row in codes if row["Id"] in ("TAX", "NON") or not books.taxes_lines],
            "rates": [row for row in codes if books.taxes_lines and row.get("TaxGroup") and row["Id"].isdigit()],
        }

    def _payments(self, books: Books, row: Row) -> list[Row]:
        linked = [link["TxnId"] for link in row.get("LinkedTxn", []) if link["TxnType"] == "Payment"]
        payments = [payment for payment in (books.row("Payment", one) for one in linked) if payment]
        return [
            {"payment": payment, "amount": line["Amount"]}
            for payment in payments
            for line in payment["Line"]
            if any(one["TxnId"] == row["Id"] for one in line["LinkedTxn"])
        ]

    def _told(self, books: Books, entity: str, row: Row) -> list[Row]:
        """Return what the app was told of a document, and what it asked for, newest first."""
        events = [
            {"at": one.at, "what": one.about, "how": f"event {one.state}" + (f", answered in {one.ms:.0f} ms" if one.ms else "")}
            for one in self._emulator.deliveries.log
            if one.about.startswith(f"{entity} {row['Id']} ")
        ]  # fmt: skip
        prefix = f"/v3/company/{books.realm}/"
        calls = [
            {"at": one["at"], "what": f"{one['method']} {one['path'].removeprefix(prefix)}", "how": f"asked by the app: {one['status']}"}
            for one in self._emulator.journal.rows()[-400:]
            if one["path"].startswith(prefix)
        ]  # fmt: skip
        return sorted([*events, *calls[-_TOLD:]], key=lambda one: one["at"], reverse=True)[:_TOLD]


def _back(request: Request) -> str:
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "edit"])
    return f"{request.url.path}?{query}" if query else request.url.path
