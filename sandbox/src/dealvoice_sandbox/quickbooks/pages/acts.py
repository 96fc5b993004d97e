"""What an accountant does: writes, changes, sends, voids, deletes, receives money, sets the company."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dealvoice_sandbox.quickbooks import share_links
from dealvoice_sandbox.quickbooks.faults_text import MESSAGES, Refusal
from dealvoice_sandbox.quickbooks.pages import company_settings, forms
from dealvoice_sandbox.quickbooks.pages.books import Books
from dealvoice_sandbox.quickbooks.pages.session import BadForm, amount, books_of, enter, form_of
from dealvoice_sandbox.quickbooks.pages.shown import DOCUMENTS, Shown

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_SEE_OTHER = 303
_LISTS = {"Invoice": "/app/invoices", "CreditMemo": "/app/creditmemos", "Estimate": "/app/estimates"}
_DEEDS = {
    "Invoice": {"edit", "void", "delete", "send", "share", "pay", "unpay", "unapply", "credit"},
    "CreditMemo": {"edit", "delete", "send", "unpay", "unapply", "credit"},
    "Estimate": {"edit", "delete", "send"},
}
"""What may be done to each kind of document."""
_DELIVERIES: dict[str, Row] = {
    "hold": {"hold": True}, "release": {"release": True}, "twice": {"duplicate": 1}, "mix": {"reorder": True},
    "lose": {"drop": 1},
}  # fmt: skip


class Acts:
    """What may be done; ``shown`` draws the page again when something is refused."""

    def __init__(self, emulator: "QuickBooksEmulator", shown: Shown) -> None:
        self._emulator, self._shown = emulator, shown

    async def document(self, request: Request) -> Response:
        """Carry out what a form on an invoice, credit memo or estimate asks for."""
        form, books = await form_of(request), books_of(self._emulator, request)
        path = request.url.path
        entity, txn = DOCUMENTS[path.rsplit("/", 1)[-1]], form.get("txnId", "")
        row = books.row(entity, txn)
        if txn and row is None:
            return self._shown.gone(request)
        try:
            made = self._on_document(books, entity, row, form)
        except (Refusal, BadForm) as error:
            edit = form.get("do") == "edit"
            return self._shown.paper(request, entity, txn, said=said_of(error), typed=form, edit=edit)
        if form.get("do") == "delete":
            return RedirectResponse(_LISTS[entity], _SEE_OTHER)
        return RedirectResponse(f"{path}?txnId={made or txn}", _SEE_OTHER)

    def _on_document(self, books: Books, entity: str, row: Row | None, form: dict[str, str]) -> str:
        do = form.get("do", "")
        if row is None:
            if do != "create":
                raise BadForm("Nothing was chosen.")
            options = ("allowduplicatedocnum",) if form.get("anyway") else ()
            return str(books.write(entity, forms.document(books, form, None), include=options)["Id"])
        deeds: dict[str, Callable[[], Any]] = {
            "edit": lambda: self._edit(books, entity, row, form),
            "void": lambda: books.void(entity, row),
            "delete": lambda: books.delete(entity, row),
            "send": lambda: books.send(entity, row, form.get("to", "")),
            "share": lambda: books.act(lambda: share_links.make(self._emulator, books.realm, row)),
            "pay": lambda: books.write("Payment", forms.payment(books, row, form)),
            "unpay": lambda: books.delete("Payment", _payment(books, form)),
            "unapply": lambda: self._unapply(books, row, form),
            "credit": lambda: self._credit(books, row, form),
        }
        if do not in deeds or do not in _DEEDS[entity]:
            raise BadForm("There is nothing like that to do.")
        deeds[do]()
        return ""

    def _edit(self, books: Books, entity: str, row: Row, form: dict[str, str]) -> None:
        # The version that the form was drawn from: who changed it meanwhile is not written over.
        version = {"SyncToken": form["version"]} if form.get("version") else {}
        books.change(entity, row, {**forms.document(books, form, row), **version})

    def _unapply(self, books: Books, row: Row, form: dict[str, str]) -> None:
        payment = _payment(books, form)
        books.change("Payment", payment, forms.unapplied(payment, row["Id"]))

    def _credit(self, books: Books, row: Row, form: dict[str, str]) -> None:
        memo, invoice = books.row("CreditMemo", form.get("memo", "")), books.row("Invoice", form.get("invoice", ""))
        memo, invoice = (memo, row) if memo else (row, invoice)
        if memo is None or invoice is None:
            raise BadForm("Choose what the credit is for.")
        books.write("Payment", forms.credit(memo, invoice))

    async def payment(self, request: Request) -> Response:
        """Apply, take off, void or delete a payment."""
        form, books = await form_of(request), books_of(self._emulator, request)
        row = books.row("Payment", form.get("txnId", ""))
        if row is None:
            return self._shown.gone(request)
        try:
            self._on_payment(books, row, form)
        except (Refusal, BadForm) as error:
            return self._shown.receipt(request, row["Id"], said=said_of(error))
        deleted = form.get("do") == "delete"
        return RedirectResponse("/app/payments" if deleted else f"/app/recvpayment?txnId={row['Id']}", _SEE_OTHER)

    def _on_payment(self, books: Books, row: Row, form: dict[str, str]) -> None:
        match form.get("do"):
            case "apply":
                books.change("Payment", row, forms.applied(books, row, form))
            case "void":
                books.void("Payment", row)
            case "delete":
                books.delete("Payment", row)
            case _:
                raise BadForm("There is nothing like that to do.")

    async def new_row(self, request: Request) -> Response:
        """Add a customer or a product."""
        form, books, here = await form_of(request), books_of(self._emulator, request), request.url.path
        try:
            if here == "/app/customers":
                mail = {"PrimaryEmailAddr": {"Address": form["mail"]}} if form.get("mail") else {}
                books.write("Customer", {"DisplayName": form.get("name", ""), **mail})
            else:
                income = next((row for row in books.living("Account") if row.get("AccountType") == "Income"), None)
                account = {"IncomeAccountRef": {"value": income["Id"]}} if income else {}
                price = amount(form.get("price") or "0", "Price")
                body = {
                    "Name": form.get("name", ""),
                    "Type": "Service",
                    "UnitPrice": price,
                    "Taxable": "taxable" in form,
                }
                books.write("Item", {**body, **account})
        except (Refusal, BadForm) as error:
            rows = books.living("Customer" if here == "/app/customers" else "Item")
            name, title = (
                ("customers.html", "Customers") if here == "/app/customers" else ("items.html", "Products and services")
            )  # fmt: skip
            return self._shown.page(request, name, status=400, title=title, rows=rows, words="", said=said_of(error))
        return RedirectResponse(here, _SEE_OTHER)

    async def settings(self, request: Request) -> Response:
        """Set the company."""
        form = await form_of(request)
        try:
            company_settings.save(books_of(self._emulator, request), form)
        except (Refusal, BadForm) as error:
            return self._shown.settings_page(request, said_of(error))
        return RedirectResponse("/app/settings", _SEE_OTHER)

    async def choose_company(self, request: Request) -> Response:
        """Go to another company."""
        realm = (await form_of(request)).get("company", "")
        answer = RedirectResponse("/app/invoices", _SEE_OTHER)
        return enter(answer, realm) if realm in self._emulator.store.tree["companies"] else self._shown.gone(request)

    async def deliveries(self, request: Request) -> Response:
        """Hold, release, repeat, mix up or lose events."""
        form = await form_of(request)
        self._emulator.deliveries.control(_DELIVERIES.get(form.get("do", ""), {}))
        back = form.get("back", "")
        return RedirectResponse(back if back.startswith("/app/") else "/app/invoices", _SEE_OTHER)


def said_of(error: Refusal | BadForm) -> str:
    """Return why something was refused, in the words that the vendor has for it."""
    if isinstance(error, BadForm):
        return str(error)
    message = MESSAGES.get(error.code, "")
    return error.detail if message.split(".")[0] in error.detail or not message else f"{message}: {error.detail}"


def _payment(books: Books, form: dict[str, str]) -> Row:
    found = books.row("Payment", form.get("payment", ""))
    if found is None:
        raise BadForm("There is no such payment.")
    return found
