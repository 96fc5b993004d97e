"""What a customer sees who follows an invoice's link: the invoice, its PDF, and a way to pay; nobody signs in."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dealvoice_sandbox.quickbooks import share_links
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.pages import forms
from dealvoice_sandbox.quickbooks.pages.books import Books
from dealvoice_sandbox.quickbooks.pages.looks import draw
from dealvoice_sandbox.quickbooks.pages.session import BadForm, amount, form_of

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


class PublicPages:
    """The pages behind links."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator

    async def view(self, request: Request) -> Response:
        """Show the invoice."""
        return self._page(request)

    async def pdf(self, request: Request) -> Response:
        """Return the invoice's PDF."""
        found = share_links.find(self._emulator, request.path_params["token"])
        if found is None:
            return self._page(request)
        realm, row = found
        return Response(Books(self._emulator, realm).pdf("Invoice", row), media_type="application/pdf")

    async def pay(self, request: Request) -> Response:
        """Pay all or a part; never more than is owed."""
        found = share_links.find(self._emulator, request.path_params["token"])
        if found is None:
            return self._page(request)
        (realm, row), form = found, await form_of(request)
        books = Books(self._emulator, realm)
        try:
            wanted = _wanted(form, Decimal(str(row["Balance"])))
            card = next((one["Id"] for one in books.living("PaymentMethod") if one.get("Type") == "CREDIT_CARD"), "")
            books.write("Payment", forms.payment(books, row, {"amount": str(wanted), "method": card}))
        except BadForm as error:
            return self._page(request, said=str(error))
        except Refusal as error:
            return self._page(request, said=error.detail)
        return RedirectResponse(request.url.path, 303)

    def _page(self, request: Request, said: str = "") -> Response:
        token = request.path_params["token"]
        found = share_links.find(self._emulator, token)
        if found is None:
            return HTMLResponse(draw("public_gone.html"), 404, headers={"cache-control": "no-store"})
        realm, row = found
        books = Books(self._emulator, realm)
        html = draw(
            "public.html", books=books, company=books.company, info=books.row("CompanyInfo", "1") or {}, row=row,
            state=books.state("Invoice", row), path=f"{share_links.PATH}{token}", said=said,
        )  # fmt: skip
        return HTMLResponse(html, 400 if said else 200, headers={"cache-control": "no-store"})


def _wanted(form: dict[str, str], owed: Decimal) -> Decimal:
    wanted = amount(form.get("amount") or str(owed), "Amount")
    if not 0 < wanted <= owed:
        raise BadForm("Pay at most what is owed.")
    return wanted
