"""R1, R2 and R17 to R36: the purpose, and the invoice form."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from playground.house import House, a_house
from playground.ordinary import AMY, FOUNTAIN, LINKS, filled, in_books, invoiced, number_of, pay, writes
from playground.person import Person, Screen, people

THREE = ((1, "1", "275"), (2, "2", "15"), (3, "8", "50"))


def test_r01_invoice_reaches_quickbooks_with_nothing_typed(house: House, ola: Person) -> None:
    deal = ola.deal(FOUNTAIN)

    number = number_of(filled(ola, deal).create())

    made = in_books(house, number)
    assert made["CustomerRef"]["value"] == AMY
    assert made["BillEmail"]["Address"] == "Birds@Intuit.com"
    assert (made["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"], made["Line"][0]["Amount"]) == ("5", 275)


def test_r02_status_is_brought_up_to_date_in_pipedrive(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    pay(house, number)

    shown = ola.post("/panel/refresh", {"deal": str(deal)})

    assert ola.invoice(number, deal).get("data-flag") == "paid"
    assert number in shown


@pytest.mark.parametrize("status", ["open", "won", "lost"])
def test_r17_form_opens_on_every_deal(ola: Person, status: str) -> None:
    with_products = ola.deal(FOUNTAIN)
    ola.crm("PATCH", f"/api/v2/deals/{with_products}", status=status)
    without = ola.deal(value=1200.0)
    ola.crm("PATCH", f"/api/v2/deals/{without}", status=status)

    for deal, price in ((with_products, "275.00"), (without, "1,200.00")):
        panel = ola.panel(deal)
        assert panel.button("+ Invoice").get("aria-disabled") is None
        form = ola.form(deal)
        assert [form.fields[f"line.{key}.unit_price"] for key in form.rows] == [price]


def test_r18_closing_the_form_sends_nothing(house: House, ola: Person) -> None:
    deal = ola.deal(FOUNTAIN)
    house.forget_journals()

    filled(ola, deal).type(to="Somebody else", number="X-1").review()

    assert house.journal("quickbooks") == []


def test_r19_customer_details_are_filled_and_editable(house: House, ola: Person) -> None:
    form = filled(ola, ola.deal(FOUNTAIN))
    assert form.fields["to"] == "Amys Bird Sanctuary Inc."
    assert form.fields["address"].startswith("4581 Finch St.")
    assert form.fields["email"] == "Birds@Intuit.com"
    assert "tax_id" in form.fields

    done = form.type(to="Amy Lauterbach", email="amy@example.com").create()

    made = in_books(house, number_of(done))
    assert made["BillAddr"]["Line1"] == "Amy Lauterbach"
    assert made["BillEmail"]["Address"] == "amy@example.com"


def test_r20_tax_behaviour_is_chosen_and_totals_follow(tmp_path: Path) -> None:
    with a_house(tmp_path, seed="uk") as uk:
        uk.who = uk.install()
        uk.connect(uk.who)
        with people(uk, 101) as (ola,):
            form = ola.form(12)
            modes = form.tree.xpath('//select[@name="tax_mode"]/option/@value')
            totals = {mode: form.type(tax_mode=mode).review().all("sum")[0].text_content() for mode in modes}

    assert set(modes) == {"exclusive", "inclusive", "none"}
    assert len(set(totals.values())) >= 2
    assert totals["inclusive"] == totals["none"]


def test_r20_a_us_company_has_no_prices_with_tax(ola: Person) -> None:
    form = filled(ola, ola.deal(FOUNTAIN))
    taxed, untaxed = (form.type(tax_mode=mode).review().all("sum")[0].text_content() for mode in ("exclusive", "none"))

    assert form.tree.xpath('//select[@name="tax_mode"]/option/@value') == ["exclusive", "none"]
    assert taxed != untaxed


def test_r21_currency_is_mandatory(house: House, ola: Person) -> None:
    form = filled(ola, ola.deal(FOUNTAIN)).type(currency="")
    house.forget_journals()

    answer = form.create()

    assert ola.last_status == 422
    assert "currency.missing" in answer.findings()
    assert house.journal("quickbooks") == []


def test_r23_items_make_up_the_charge(ola: Person) -> None:
    form = filled(ola, ola.deal(*THREE))

    amounts = [form.words(form.by_id(f"sum-{key}")) for key in form.rows]

    assert amounts == ["$275.00", "$30.00", "$400.00"]
    assert "Subtotal $705.00" in " ".join(form.text.replace("Subtotal", "Subtotal ").split())


def test_r24_deal_products_become_items(house: House, ola: Person) -> None:
    deal = ola.deal(*THREE)
    rows = ola.crm("GET", f"/api/v2/deals/{deal}/products")
    ola.crm("PATCH", f"/api/v2/deals/{deal}/products/{rows[2]['id']}", discount=10, discount_type="percentage", tax=8)

    form = ola.form(deal)

    seen = [
        tuple(
            form.fields[f"line.{key}.{name}"] for name in ("product_name", "quantity", "unit_price", "discount_percent")
        )
        for key in form.rows
    ]
    assert seen == [
        ("Rock fountain", "1", "275.00", "0"), ("Fountain pump", "2", "15.00", "0"), ("Installation", "8", "50.00", "10"),
    ]  # fmt: skip
    assert [form.fields.get(f"line.{key}.taxed", "") for key in form.rows][2] == "1"


def test_r25_items_are_added_and_removed_and_totals_follow(ola: Person) -> None:
    form = filled(ola, ola.deal(*THREE))
    before = form.all("sum")[0].text_content()

    added = form.press("add", path="/modal/invoice/rows")
    new = next(key for key in added.rows if key not in form.rows)
    added.fields |= {f"line.{new}.text": "Delivery", f"line.{new}.unit_price": "20", f"line.{new}.item_id": "7"}
    with_row = added.review().all("sum")[0].text_content()
    removed = added.press("remove", at=new, path="/modal/invoice/rows")

    assert len(added.rows) == 4
    assert with_row != before
    assert removed.all("sum")[0].text_content() == before


def test_r26_unlinked_item_stops_the_invoice_and_is_pointed_at(house: House, ola: Person) -> None:
    deal = ola.deal((4, "6", "30"))
    form = ola.form(deal).press("customer", value=AMY)
    form = form.press("item", at=form.rows[0], value="")
    house.forget_journals()

    answer = form.create()

    assert ola.last_status == 422
    found = answer.tree.xpath('//*[@data-code="item.missing"]')[0]
    assert found.get("data-field") == f"line.{form.rows[0]}"
    assert house.journal("quickbooks") == []


def test_r27_unlinked_item_carries_a_warning_until_it_is_linked(ola: Person) -> None:
    form = ola.form(ola.deal((4, "6", "30")))
    form = form.press("item", at=form.rows[0], value="")
    row = form.by_id(f"row-{form.rows[0]}")
    assert "unlinked" in row.get("class")
    assert row.find_class("ic-warn") or row.xpath(".//svg")
    assert "Not linked to a QuickBooks product" in form.words(row)

    linked = form.press("item", at=form.rows[0], value=LINKS["Garden lights"])

    assert "Not linked" not in linked.words(linked.by_id(f"row-{linked.rows[0]}"))


def test_r29_products_are_searched_and_linked_in_the_form(ola: Person) -> None:
    form = ola.form(ola.deal(value=300.0))
    found = ola.get("/modal/invoice/items", q="pump", row=form.rows[0])
    assert "Pump" in found

    linked = form.press("item", at=form.rows[0], value="11")

    assert "Pump" in linked.words(linked.by_id(f"row-{linked.rows[0]}"))


def test_r30_currency_must_be_the_customers(tmp_path: Path) -> None:
    with a_house(tmp_path, seed="us-multi") as multi:
        multi.who = multi.install()
        multi.connect(multi.who)
        with people(multi, 101) as (ola,):
            form = filled(ola, ola.deal(FOUNTAIN)).type(currency="EUR")
            multi.forget_journals()
            answer = form.create()

            told = answer.findings()["customer.currency_mismatch"]
            assert ola.last_status == 422
            assert "EUR" in told
            assert "USD" in told
            assert multi.journal("quickbooks") == []


def test_r31_several_currencies_need_quickbooks_to_keep_them(ola: Person) -> None:
    form = filled(ola, ola.deal(FOUNTAIN, currency="EUR"))

    told = form.findings()["currency.multicurrency_off"]

    offered = set(form.tree.xpath('//select[@name="currency"]/option/@value'))
    assert offered - {"EUR"} == {"USD"}
    assert "USD" in told
    assert "Multicurrency" in told


def test_r32_invoice_is_linked_to_an_existing_customer(house: House, ola: Person) -> None:
    form = ola.form(ola.deal(FOUNTAIN))
    form = form.press("no_customer").press("item", at=form.rows[0], value="5")
    house.forget_journals()
    assert "customer.missing" in form.create().findings()
    assert house.journal("quickbooks") == []

    assert "Amy's Bird Sanctuary" in Screen(ola.get("/modal/invoice/customers", q="amy", currency="USD")).text
    linked = form.press("customer", value=AMY)

    assert "customer.missing" not in linked.findings()
    assert "Amy's Bird Sanctuary" in linked.words(linked.all("linked")[0])


def test_r33_new_customer_is_created_and_linked(house: House, ola: Person) -> None:
    form = ola.form(ola.deal(FOUNTAIN)).press("new_customer")
    form = form.press("item", at=form.rows[0], value="5")

    done = form.type(
        to="Wrocław Gardens",
        address="Prosta 51\n00-838 Warszawa\nPoland",
        email="kontakt@example.pl",
        tax_id="123-456-32-18",
    ).create()

    made = in_books(house, number_of(done))
    customer = house.books(f"select * from Customer where Id = '{made['CustomerRef']['value']}'")[0]
    assert customer["DisplayName"] == "Wrocław Gardens"
    assert customer["BillAddr"]["City"] == "Warszawa"
    assert customer["PrimaryEmailAddr"]["Address"] == "kontakt@example.pl"
    assert customer["CurrencyRef"]["value"] == "USD"
    assert "PrimaryTaxIdentifier" in customer


def test_r34_update_is_offered_for_a_linked_customer_and_off_at_first(ola: Person) -> None:
    unlinked = ola.form(ola.deal(FOUNTAIN)).press("no_customer")
    linked = unlinked.press("customer", value=AMY)

    assert unlinked.by_id("f-update_customer") is None
    assert linked.by_id("f-update_customer").get("checked") is None
    assert linked.press("update_customer", value="1").by_id("f-update_customer").get("checked") is not None


@pytest.mark.parametrize(
    ("on", "email", "writes"), [(True, "new@amys.example", 1), (True, "", 0), (False, "x@y.example", 0)]
)
def test_r35_what_differs_is_written_to_the_customer_when_that_is_on(
    house: House, ola: Person, *, on: bool, email: str, writes: int
) -> None:
    form = filled(ola, ola.deal(FOUNTAIN)).press("update_customer", value="1" if on else "")
    before = house.books(f"select * from Customer where Id = '{AMY}'")[0]
    form = form.type(email=email or before["PrimaryEmailAddr"]["Address"], address="4581 Finch St.\nBayshore, CA 94326")
    house.forget_journals()

    form.create()

    written = [call for call in house.journal("quickbooks") if call["path"].endswith("/customer")]
    after = house.books(f"select * from Customer where Id = '{AMY}'")[0]
    assert len(written) == writes
    changed = {name for name in after if after[name] != before.get(name) and not name.startswith("Balance")}
    assert changed == ({"PrimaryEmailAddr", "SyncToken", "MetaData"} if writes else set())


def test_r36_create_says_what_is_missing_and_a_double_click_makes_one(house: House, ola: Person) -> None:
    deal = ola.deal(FOUNTAIN)
    unfinished = ola.form(deal).press("no_customer")
    create = unfinished.by_id("create")
    assert create.get("aria-disabled") == "true"
    assert unfinished.words(unfinished.by_id(create.get("aria-describedby"))) != ""

    form = filled(ola, deal)
    house.forget_journals()
    first, second = form.create(), form.create()

    assert number_of(first) == number_of(second)
    assert writes(house).count("invoice") == 1
    assert Decimal(str(in_books(house, number_of(first))["TotalAmt"])) > 0


def test_r28_form_warns_when_a_linked_product_changed(house: House, ola: Person) -> None:
    deal, _ = invoiced(ola)
    kept = house.books("select * from Item where Id = '5'")[0]
    house.post_books("item", kept | {"Name": "Rock Fountain XL", "UnitPrice": 299})
    ola.post("/panel/refresh", {"deal": str(deal)})
    changed = ola.form(ola.deal(FOUNTAIN)).findings()

    kept = house.books("select * from Item where Id = '5'")[0]
    house.post_books("item", kept | {"Active": False})
    ola.post("/panel/refresh", {"deal": str(deal)})
    inactive = ola.form(ola.deal(FOUNTAIN)).findings()

    kept = house.books("select * from Item where Id = '5' and Active in (true, false)")[0]
    house.post_books("item", kept | {"Active": True, "Name": "Rock Fountain", "UnitPrice": 275})
    ola.post("/panel/refresh", {"deal": str(deal)})
    assert {"item.renamed", "item.changed"} <= set(changed)
    assert "299" in changed["item.changed"]
    assert "item.inactive" in inactive


def test_r34_update_of_the_customer_is_offered_when_linked_and_off_by_default(ola: Person) -> None:
    form = ola.form(ola.deal(FOUNTAIN)).press("no_customer")
    assert form.tree.xpath('//input[@name="update_customer"]') == []

    linked = form.press("customer", value=AMY)

    box = linked.tree.xpath('//input[@name="update_customer"]')[0]
    assert box.get("checked") is None


def test_r35_only_what_differs_is_written_and_only_when_wanted(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        house.who = house.install()
        house.connect(house.who)
        before = _amy(house)

        house.forget_journals()
        number_of(filled(ola, ola.deal(FOUNTAIN)).type(email="new@example.com").create())
        assert writes(house) == ["invoice"]
        assert _amy(house)["PrimaryEmailAddr"] == before["PrimaryEmailAddr"]

        house.forget_journals()
        number_of(filled(ola, ola.deal(FOUNTAIN)).type(update_customer="1").create())
        assert "customer" not in writes(house) or _amy(house)["BillAddr"] == before["BillAddr"]

        house.forget_journals()
        form = filled(ola, ola.deal(FOUNTAIN)).type(update_customer="1", email="new@example.com")
        number_of(form.create())
        after = _amy(house)
        assert writes(house).count("customer") == 1
        assert after["PrimaryEmailAddr"] == {"Address": "new@example.com"}
        assert (after["BillAddr"], after["DisplayName"]) == (before["BillAddr"], before["DisplayName"])


def _amy(house: House) -> dict[str, object]:
    return house.books(f"select * from Customer where Id = '{AMY}'")[0]


def test_r22_templates_are_chosen_in_the_form_and_absent_when_there_are_none(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        house.who = house.install()
        house.connect(house.who)
        deal = ola.deal(FOUNTAIN)
        assert ola.form(deal).by_id("f-template") is None

        ola.open("/settings")
        wanted = {"template_id": "", "t.name": "Projects", "t.memo": "Thank you for the project", "t.due_days": "30"}
        ola.post("/settings/templates", wanted)
        form = filled(ola, deal)
        options = {option.text: option.get("value") for option in form.by_id("f-template").xpath("option")}
        chosen = form.type(template_id=options["Projects"]).press("", path="/modal/invoice/template")
        made = in_books(house, number_of(chosen.create()))

    assert chosen.fields["memo"] == "Thank you for the project"
    assert made["CustomerMemo"]["value"] == "Thank you for the project"
    assert (date.fromisoformat(made["DueDate"]) - date.fromisoformat(made["TxnDate"])).days == 30
