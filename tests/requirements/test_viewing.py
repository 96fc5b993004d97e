"""R37 to R46: invoices on the deal, their flags and their actions."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from playground.house import House, a_house
from playground.ordinary import in_books, invoiced, pay
from playground.person import Person, Screen, people


def _refresh(person: Person, deal: int) -> Screen:
    return Screen(person.post("/panel/refresh", {"deal": str(deal)}))


def _flag(person: Person, number: str, deal: int) -> str:
    row = person.invoice(number, deal)
    return str(row.find_class("flag")[0].text_content()).strip()


def _actions(person: Person, number: str, deal: int) -> list[str]:
    row = person.invoice(number, deal)
    items = row.xpath('.//*[@role="menuitem"]')
    return [" ".join(item.text_content().split()) for item in items if item.get("aria-disabled") != "true"]


def _change(house: House, number: str, **values: Any) -> None:
    """Change an invoice in QuickBooks as the accountant does."""
    house.post_books("invoice", in_books(house, number) | values)


def _past_due(house: House, number: str) -> None:
    late = (date.today() - timedelta(days=10)).isoformat()
    _change(house, number, TxnDate=(date.today() - timedelta(days=20)).isoformat(), DueDate=late)


def _end(house: House, person: Person, number: str, deal: int, act: str, *, here: bool) -> None:
    """Void or delete an invoice, here or in QuickBooks."""
    if here:
        person.act(person.invoice_id(number, deal), act)
        return
    made = in_books(house, number)
    house.post_books("invoice", {"Id": made["Id"], "SyncToken": made["SyncToken"]}, operation=act)
    _refresh(person, deal)


def test_r37_invoice_appears_in_the_history(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)

    notes = house.notes(deal)

    assert len(notes) == 1
    for part in (number, "Open", "Ola Nowak", "Amy", "297.00"):
        assert part in notes[0]["content"], part


def test_r38a_open(ola: Person) -> None:
    deal, number = invoiced(ola)

    assert _flag(ola, number, deal) == "Open"


def test_r38b_paid(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    pay(house, number)
    _refresh(ola, deal)

    assert _flag(ola, number, deal) == "Paid"


@pytest.mark.parametrize("here", [True, False], ids=["voided here", "voided in QuickBooks"])
def test_r38c_voided_in_either_system(house: House, ola: Person, here: bool) -> None:
    deal, number = invoiced(ola)
    _end(house, ola, number, deal, "void", here=here)

    assert _flag(ola, number, deal) == "Voided"


def test_r38d_overdue_by_the_companys_own_day(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    _past_due(house, number)
    _refresh(ola, deal)

    assert _flag(ola, number, deal) == "Overdue"


@pytest.mark.parametrize("here", [True, False], ids=["deleted here", "deleted in QuickBooks"])
def test_r38e_deleted_card_stays_and_actions_go(house: House, ola: Person, here: bool) -> None:
    deal, number = invoiced(ola)
    _end(house, ola, number, deal, "delete", here=here)

    assert _flag(ola, number, deal) == "Deleted"
    assert not {"Void…", "Delete…", "Send by email", "Download PDF"} & set(_actions(ola, number, deal))


def test_r38f_partially_paid_and_when_late_overdue_with_what_is_left(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    pay(house, number, 97)
    _refresh(ola, deal)
    assert _flag(ola, number, deal) == "Partially paid"

    _past_due(house, number)
    _refresh(ola, deal)

    assert _flag(ola, number, deal) == "Overdue"
    assert "$200.00 left" in " ".join(ola.invoice(number, deal).text_content().split())


def test_r39_menu_lists_what_the_state_allows(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    row = ola.invoice(number, deal)
    more = row.xpath(".//button[@aria-haspopup='menu']")[0]
    assert number in more.get("aria-label")

    unpaid = _actions(ola, number, deal)
    ola.act(ola.invoice_id(number, deal), "void")
    voided = _actions(ola, number, deal)

    assert {"Send by email", "Download PDF", "Open in QuickBooks", "Void…", "Delete…"} <= set(unpaid)
    assert "Void…" not in voided
    assert "Send by email" not in voided


@pytest.mark.parametrize("state", ["open", "overdue", "partially paid", "paid"])
def test_r40_unpaid_and_paid_invoices_are_voided(tmp_path: Path, state: str) -> None:
    # A company of its own: what was paid becomes a credit, which QuickBooks applies to the customer's next invoices.
    with a_house(tmp_path) as house:
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            deal, number = invoiced(ola)
            if state == "overdue":
                _past_due(house, number)
            if "paid" in state:
                pay(house, number, 100 if state == "partially paid" else None)
            _refresh(ola, deal)
            invoice = ola.invoice_id(number, deal)
            if "paid" not in state:
                ola.act(invoice, "void")
            else:
                _guided(house, ola, invoice, deal, "void")

            assert _flag(ola, number, deal) == "Voided"
            assert Decimal(str(in_books(house, number)["TotalAmt"])) == 0


def _guided(house: House, ola: Person, invoice: str, deal: int, act: str) -> None:
    """Go through the guided way: look at the payments, consent, confirm."""
    ola.open("/modal/invoice", deal, invoice=invoice, guided=act)
    chosen = {"invoice": invoice, "act": act, "becomes": "credit"}
    checked = Screen(ola.post("/modal/guided/check", chosen))
    consents = [box.get("value") for box in checked.tree.xpath('//input[@name="consent"]')]
    assert consents
    ola.post("/modal/guided", [*chosen.items(), *(("consent", consent) for consent in consents)])
    house.run()


def test_r41_voiding_says_that_it_cannot_be_undone(ola: Person) -> None:
    deal, number = invoiced(ola)
    row = ola.invoice(number, deal)
    void = next(item for item in row.xpath('.//*[@role="menuitem"]') if "Void" in item.text_content())
    asked = " ".join(value for name, value in void.items() if name.startswith("data-"))
    assert "cannot be" in asked

    ola.act(ola.invoice_id(number, deal), "void")

    assert not any("estore" in action for action in _actions(ola, number, deal))


def test_r42_invoice_is_deleted_after_a_destructive_question(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    row = ola.invoice(number, deal)
    delete = next(item for item in row.xpath('.//*[@role="menuitem"]') if "Delete" in item.text_content())
    assert any(name.startswith("data-") and "elete" in value for name, value in delete.items())

    ola.act(ola.invoice_id(number, deal), "delete")

    assert house.books(f"select * from Invoice where DocNumber = '{number}'") == []
    assert _flag(ola, number, deal) == "Deleted"


@pytest.mark.parametrize("state", ["open", "partially paid", "paid", "overdue"])
def test_r43_paid_and_due_invoices_are_sent(house: House, ola: Person, state: str) -> None:
    deal, number = invoiced(ola)
    if "paid" in state:
        pay(house, number, 100 if state == "partially paid" else None)
    if state == "overdue":
        _past_due(house, number)
    _refresh(ola, deal)

    assert "Send by email" in _actions(ola, number, deal)


def test_r43_without_an_address_sending_is_refused_with_its_reason(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    made = in_books(house, number)
    house.post_books("invoice", made | {"BillEmail": {"Address": ""}})
    _refresh(ola, deal)

    row = ola.invoice(number, deal)

    assert "Send by email" not in _actions(ola, number, deal)
    assert "no e-mail address" in row.text_content()
    assert ola.act(ola.invoice_id(number, deal), "send") in (409, 422)


def test_r44_quickbooks_sends_the_mail_and_the_sent_state_is_shown(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    house.forget_journals()

    ola.act(ola.invoice_id(number, deal), "send")

    sent = [row["path"] for row in house.journal("quickbooks") if row["path"].endswith("/send")]
    assert len(sent) == 1
    outbox = house.quickbooks("GET", "/_sandbox/outbox")
    mails = outbox if isinstance(outbox, list) else next(iter(outbox.values()))
    assert any("Birds@Intuit.com" in str(mail) for mail in mails)
    assert "e-mailed" in ola.invoice(number, deal).text_content()


def test_r45_pdf_is_downloaded_under_the_invoices_number(ola: Person) -> None:
    deal, number = invoiced(ola)

    name, content = ola.pdf(ola.invoice_id(number, deal))

    assert name.endswith(".pdf")
    assert number in name
    assert number in "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_r46_open_in_quickbooks_names_company_and_invoice(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    made = in_books(house, number)

    row = ola.invoice(number, deal)
    link = next(link for link in row.xpath(".//a") if "QuickBooks" in link.text_content())

    assert link.get("target") == "_blank"
    assert f"txnId={made['Id']}" in link.get("href")
    page = house.vendor.get(link.get("href"), follow_redirects=True)
    assert page.status_code == 200
    assert number in page.text
