"""The accountant's side: invoices, payments, customers, e-mails and company settings of the QuickBooks emulator."""

import base64
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dealvoice_sandbox.quickbooks import payments, sales
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.pdf import invoice_pdf
from dealvoice_sandbox.seeds.us_quickbooks import REALM

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

_HERE = Path(__file__).parent
_TOLD = 12
Row = dict[str, Any]


def status_of(row: Row, today: str) -> str:
    """Return how an invoice stands, in an accountant's word."""
    total, balance = Decimal(row["TotalAmt"]), Decimal(row["Balance"])
    if total == 0:
        return "Voided" if "Voided" in row.get("PrivateNote", "") else "Closed"
    if balance <= 0:
        return "Paid"
    if row.get("DueDate", "") < today:
        return "Overdue"
    return "Partially paid" if balance < total else "Open"


class _Pages:
    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(default=True)
        )
        self._templates.filters["money"] = lambda amount: f"{Decimal(amount):,.2f}"
        self._templates.filters["plain"] = lambda value: format(Decimal(str(value)).normalize(), "f")

    async def invoices(self, request: Request) -> Response:
        """List invoices, newest first."""
        rows = sorted(self._rows("Invoice"), key=lambda row: (row["TxnDate"], int(row["Id"])), reverse=True)
        return self._page("invoices.html", request, rows=rows, title="Invoices")

    async def invoice(self, request: Request) -> Response:
        """Show one invoice on paper, with what an accountant does to it."""
        row = self._emulator.rows(REALM, "Invoice").get(request.query_params.get("txnId", ""))
        if row is None:
            return self._page("gone.html", request, status=404, title="Invoice")
        edit = request.query_params.get("edit") == "1"
        return self._page(
            "invoice.html",
            request,
            title=f"Invoice {row.get('DocNumber', '')}",
            row=row,
            edit=edit,
            told=self._told(row),
        )

    async def act(self, request: Request) -> Response:
        """Carry out what a form on the invoice asks for."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        txn = form.get("txnId", "")
        back = f"/app/invoice?txnId={txn}"
        try:
            self._emulator.act(lambda: self._do(form, txn))
        except (Refusal, InvalidOperation, ValueError) as error:
            said = error.detail if isinstance(error, Refusal) else "That is not a number or a date."
            row = self._emulator.rows(REALM, "Invoice").get(txn)
            if row is None:
                return self._page("gone.html", request, status=404, title="Invoice")
            return self._page(
                "invoice.html", request, status=400, title="Invoice", row=row, edit=form.get("do") == "edit", said=said,
                told=self._told(row),
            )  # fmt: skip
        return RedirectResponse("/app/invoices" if form.get("do") == "delete" else back, 303)

    async def lists(self, request: Request) -> Response:
        """Show customers, products, payments or e-mails."""
        name = request.url.path.rsplit("/", 1)[-1]
        titles = {"customers": "Customers", "items": "Products", "payments": "Payments", "emails": "E-mails sent"}
        kinds = {"customers": "Customer", "items": "Item", "payments": "Payment"}
        rows = list(reversed(self._emulator.outbox())) if name == "emails" else self._rows(kinds[name])
        return self._page(f"{name}.html", request, rows=rows, title=titles[name])

    async def mail_pdf(self, request: Request) -> Response:
        """Return the PDF of an e-mail in the outbox."""
        mails = self._emulator.outbox()
        n = request.path_params["n"]
        if n >= len(mails):
            return Response(status_code=404)
        return Response(base64.b64decode(mails[n]["pdf"]), media_type="application/pdf")

    async def pdf(self, request: Request) -> Response:
        """Return an invoice's PDF."""
        row = self._emulator.rows(REALM, "Invoice").get(request.path_params["id"])
        if row is None:
            return Response(status_code=404)
        return Response(invoice_pdf(self._emulator.company(REALM), row), media_type="application/pdf")

    async def settings(self, request: Request) -> Response:
        """Show company settings and the sandbox's switches."""
        preferences = self._emulator.rows(REALM, "Preferences")["1"]
        return self._page(
            "settings.html",
            request,
            title="Company settings",
            preferences=preferences,
            switches=self._emulator.switches,
        )

    async def save_settings(self, request: Request) -> Response:
        """Save company settings."""
        form = await request.form()

        def save() -> None:
            row = self._emulator.rows(REALM, "Preferences")["1"]
            row["SalesFormsPrefs"] = {**row["SalesFormsPrefs"], "CustomTxnNumbers": "custom" in form}
            closed = str(form.get("closed", ""))
            books = {name: value for name, value in row["AccountingInfoPrefs"].items() if name != "BookCloseDate"}
            row["AccountingInfoPrefs"] = {
                **books,
                **({"BookCloseDate": date.fromisoformat(closed).isoformat()} if closed else {}),
            }
            self._emulator.switches.take_over({"warn_duplicate_number": "warn" in form})
            self._emulator.touch(REALM, "Preferences", row)

        self._emulator.act(save)
        return RedirectResponse("/app/settings", 303)

    async def deliveries(self, request: Request) -> Response:
        """Hold, release, repeat, mix up or lose events."""
        form = await request.form()
        wanted: dict[str, Row] = {
            "hold": {"hold": True}, "release": {"release": True}, "twice": {"duplicate": 1}, "mix": {"reorder": True},
            "lose": {"drop": 1},
        }  # fmt: skip
        self._emulator.deliveries.control(wanted.get(str(form.get("do")), {}))
        return RedirectResponse(str(form.get("back") or "/app/invoices"), 303)

    async def login(self, request: Request) -> Response:
        """Follow a link that names company and page, as the vendor's own does."""
        page = request.query_params.get("pagereq", "invoices").lstrip("/")
        return RedirectResponse(f"/app/{page}", 302)

    def _do(self, form: dict[str, str], txn: str) -> None:
        row = self._emulator.get(REALM, "Invoice", txn)
        current = {"Id": txn, "SyncToken": row["SyncToken"]}
        match form.get("do"):
            case "pay":
                amount = Decimal(form["amount"].replace(",", ""))
                payments.create(
                    self._emulator,
                    REALM,
                    {
                        "TotalAmt": amount,
                        "CustomerRef": row["CustomerRef"],
                        "TxnDate": form.get("date") or None,
                        "PaymentMethodRef": {"value": form.get("method", "2")},
                        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": txn, "TxnType": "Invoice"}]}],
                    },
                )
            case "void":
                sales.void(self._emulator, REALM, current)
            case "delete":
                sales.delete(self._emulator, REALM, current)
            case "send":
                sales.send(self._emulator, REALM, txn, form.get("to") or None)
            case "edit":
                sales.update(self._emulator, REALM, {**current, "sparse": True, **self._edited(row, form)})
            case "unpay":
                payment = self._emulator.get(REALM, "Payment", form["payment"])
                payments.delete(self._emulator, REALM, {"Id": payment["Id"], "SyncToken": payment["SyncToken"]})
            case _:
                raise ValueError(form.get("do"))

    def _edited(self, row: Row, form: dict[str, str]) -> Row:
        lines = []
        for line in row["Line"]:
            if line["DetailType"] == "SubTotalLineDetail":
                continue
            detail = line.get("SalesItemLineDetail")
            if detail is None:
                lines.append(line)
                continue
            quantity = Decimal(form.get(f"qty-{line['Id']}") or detail.get("Qty", 1))
            price = Decimal(form.get(f"price-{line['Id']}") or detail.get("UnitPrice", line["Amount"]))
            amount = (quantity * price).quantize(Decimal("0.01"))
            text = form.get(f"text-{line['Id']}", line.get("Description", ""))
            lines.append(
                {
                    **line,
                    "Description": text,
                    "Amount": amount,
                    "SalesItemLineDetail": {**detail, "Qty": quantity, "UnitPrice": price},
                }
            )
        due = date.fromisoformat(form["due"]).isoformat() if form.get("due") else row["DueDate"]
        return {
            "Line": lines,
            "DueDate": due,
            "TxnTaxDetail": {"TxnTaxCodeRef": row["TxnTaxDetail"].get("TxnTaxCodeRef")},
        }

    def _rows(self, entity: str) -> list[Row]:
        return list(self._emulator.rows(REALM, entity).values())

    def _told(self, row: Row) -> list[Row]:
        """Return what the app was told of an invoice, and what it asked for, newest first."""
        events = [
            {
                "at": one.at,
                "what": one.about,
                "how": f"event {one.state}" + (f", answered in {one.ms:.0f} ms" if one.ms else ""),
            }
            for one in self._emulator.deliveries.log
            if one.about.startswith(f"Invoice {row['Id']} ")
        ]
        calls = [
            {
                "at": one["at"],
                "what": f"{one['method']} {one['path'].split('/', 4)[-1]}",
                "how": f"asked by the app: {one['status']}",
            }
            for one in self._emulator.journal.rows()
            if one["path"].startswith("/v3/")
        ]
        return sorted([*events, *calls[-_TOLD:]], key=lambda one: one["at"], reverse=True)[:_TOLD]

    def _page(self, name: str, request: Request, *, status: int = 200, **shown: Any) -> Response:
        company = self._emulator.company(REALM)
        today = self._emulator.today(REALM)
        html = self._templates.get_template(name).render(
            company=company, here=request.url.path, back=str(request.url.path) + ("?" + request.url.query if request.url.query else ""),
            today=today, status_of=lambda row: status_of(row, today), held=self._emulator.deliveries.held,
            deal_url=self._emulator.other_url, **shown,
        )  # fmt: skip
        return HTMLResponse(html, status, headers={"cache-control": "no-store"})


def routes(emulator: "QuickBooksEmulator", _other: Any) -> list[BaseRoute]:
    """Return the routes of the accountant's side."""
    pages = _Pages(emulator)

    def own(endpoint: Any) -> Any:
        async def guarded(request: Request) -> Response:
            origin = request.headers.get("origin")
            if origin not in (None, "null") and urlsplit(origin).netloc != request.headers["host"]:
                return Response("This form came from elsewhere.", 403)
            answer: Response = await endpoint(request)
            return answer

        return guarded

    return [
        Route("/", lambda _request: RedirectResponse("/app/invoices", 302)),
        Route("/login", pages.login),
        Route("/app/login", pages.login),
        Route("/app/invoices", pages.invoices),
        Route("/app/invoice", pages.invoice),
        Route("/app/invoice", own(pages.act), methods=["POST"]),
        Route("/app/invoice/{id}/pdf", pages.pdf),
        Route("/app/customers", pages.lists),
        Route("/app/customerdetail", lambda _request: RedirectResponse("/app/customers", 302)),
        Route("/app/items", pages.lists),
        Route("/app/payments", pages.lists),
        Route("/app/emails", pages.lists),
        Route("/app/emails/{n:int}/pdf", pages.mail_pdf),
        Route("/app/settings", pages.settings),
        Route("/app/settings", own(pages.save_settings), methods=["POST"]),
        Route("/app/deliveries", own(pages.deliveries), methods=["POST"]),
        Mount("/app/static", StaticFiles(directory=_HERE / "static")),
    ]
