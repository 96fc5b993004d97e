"""R47 to R53: the side panel and the list of all invoices."""

from datetime import date, timedelta
from typing import Any

from playground.house import House
from playground.ordinary import AMY, in_books, invoiced, pay, writes
from playground.person import Person, Screen


def _by_hand(house: House, amount: int, **values: Any) -> dict[str, Any]:
    """Make an invoice in QuickBooks by hand."""
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "7"}}}
    made: dict[str, Any] = house.post_books("invoice", {"CustomerRef": {"value": AMY}, "Line": [line]} | values)
    return dict(made["Invoice"])


def _row(shown: Screen, number: str) -> Any:
    return next(row for row in shown.tree.xpath("//tbody/tr") if number in row.text_content())


def test_r47_panel_lists_number_total_and_flag(ola: Person) -> None:
    deal, number = invoiced(ola)

    row = " ".join(ola.invoice(number, deal).text_content().split())

    for part in (number, "$297.00", "Open"):
        assert part in row


def test_r48_refresh_brings_updates_when_no_event_came(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    pay(house, number)
    assert ola.invoice(number, deal).get("data-flag") == "open"
    house.forget_journals()

    shown = Screen(ola.post("/panel/refresh", {"deal": str(deal)}))

    assert ola.invoice(number, deal).get("data-flag") == "paid"
    assert "as of" in shown.words(shown.by_id("freshness"))
    assert len(house.journal("quickbooks")) == 1


def test_r49_more_leads_to_settings_and_unlinks(house: House, ola: Person) -> None:
    deal, _ = invoiced(ola)
    panel = ola.panel(deal)
    items = panel.tree.xpath('//*[@role="menuitem"]')
    unlink = next(item for item in items if "Unlink customer" in item.text_content())
    assert any("Settings" in item.text_content() for item in items)
    assert any(name.startswith("data-") for name, _ in unlink.items()), "it asks first"
    house.forget_journals()

    ola.post("/panel/unlink-customer", {"deal": str(deal)})

    assert "Linked to QuickBooks customer" not in ola.panel(deal).text
    assert house.journal("quickbooks") == []
    assert house.books(f"select * from Customer where Id = '{AMY}'")[0]["Active"] is True


def test_r50_view_all_opens_the_expanded_panel(ola: Person) -> None:
    deal, number = invoiced(ola)
    assert ola.panel(deal).button("View all invoices") is not None

    shown = ola.all(deal)
    every = ola.all(deal, period="all")  # she may have chosen another one before, which is remembered

    assert "Amy's Bird Sanctuary" in shown.text
    assert number in every.text


def test_r51_period_is_chosen_and_both_ends_count(house: House, ola: Person) -> None:
    deal, _ = invoiced(ola)
    first, last = date.today() - timedelta(days=40), date.today() - timedelta(days=30)
    inside = [_by_hand(house, 11, TxnDate=day.isoformat())["DocNumber"] for day in (first, last)]
    outside = [
        _by_hand(house, 12, TxnDate=day.isoformat())["DocNumber"]
        for day in (first - timedelta(days=1), last + timedelta(days=1))
    ]
    ola.panel(deal)
    ola.post("/panel/refresh", {"deal": str(deal)})

    def shown_day(day: date) -> str:
        return f"{day:%b} {day.day}, {day.year}"

    shown = ola.all(deal, period="range", first=shown_day(first), last=shown_day(last))

    numbers = {str(row.xpath("./td//a")[0].text_content()).strip() for row in shown.tree.xpath("//tbody/tr")}
    assert set(inside) <= numbers
    assert not set(outside) & numbers


def test_r51_period_and_order_are_remembered_for_the_user(office: list[Person], ola: Person) -> None:
    deal, _ = invoiced(ola)
    ola.all(deal, period="year", sort="total", down="0")

    again = ola.all(deal)

    assert again.by_id("period-year").get("aria-pressed") == "true"
    assert again.by_id("sort-total").getparent().get("aria-sort") == "ascending"
    ola.all(deal, period="quarter", sort="issued", down="1")


def test_r52_all_invoices_of_the_contact_are_listed(house: House, ola: Person) -> None:
    deal, _ = invoiced(ola)
    by_hand = _by_hand(house, 77)
    ola.panel(deal)
    ola.post("/panel/refresh", {"deal": str(deal)})

    shown = ola.all(deal, period="all")

    assert "QuickBooks" in _row(shown, by_hand["DocNumber"]).text_content()


def test_r53_invoices_are_linked_to_and_unlinked_from_the_deal(house: House, ola: Person) -> None:
    deal, _ = invoiced(ola)
    number = _by_hand(house, 88)["DocNumber"]
    ola.panel(deal)
    ola.post("/panel/refresh", {"deal": str(deal)})
    row = _row(ola.all(deal, period="all"), number)
    invoice = str(row.get("id")).removeprefix("invoice-")
    before = in_books(house, number)
    house.forget_journals()

    ola.post("/modal/all/link", {"deal": str(deal), "invoice": invoice, "number": number})
    house.run()
    linked = ola.panel(deal).text
    ola.post("/modal/all/unlink", {"deal": str(deal), "invoice": invoice, "number": number})
    house.run()
    unlinked = ola.panel(deal).text

    assert number in linked
    assert number not in unlinked
    assert writes(house) == []
    assert in_books(house, number) == before
