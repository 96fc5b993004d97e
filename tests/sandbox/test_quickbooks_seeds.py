"""The companies that the QuickBooks emulator begins with: figures that were worked out apart from its code."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from dealvoice_sandbox.seeds.worlds import WORLDS
from sandbox.desk import Desk

D = Decimal


def invoices_of(desk, name):
    found = [row for row in desk.emulator.rows(desk.realm, "Invoice").values() if row["CustomerRef"]["name"] == name]
    return sorted(found, key=lambda row: row["TxnDate"])


@pytest.mark.parametrize("seed", WORLDS)
def test_seed_when_built_then_its_company_comes_first_and_knows_its_world(seed):
    world, desk = WORLDS[seed], Desk(seed)

    people = {
        row["DisplayName"]: row["CurrencyRef"]["value"] for row in desk.emulator.rows(desk.realm, "Customer").values()
    }
    items = {row["Name"]: row["UnitPrice"] for row in desk.emulator.rows(desk.realm, "Item").values()}
    info = desk.emulator.rows(desk.realm, "CompanyInfo")["1"]

    assert desk.realm == world.realm
    assert (info["CompanyName"], info["Country"]) == (world.company, world.country)
    assert {one.name: one.currency for one in world.customers}.items() <= people.items()
    assert {one.name: one.price for one in world.items}.items() <= items.items()


@pytest.mark.parametrize("seed", WORLDS)
def test_seed_when_balances_are_added_up_then_customers_owe_what_their_documents_say(seed):
    desk = Desk(seed)
    owed = defaultdict(lambda: D(0))
    for entity, name, sign in (
        ("Invoice", "Balance", 1),
        ("CreditMemo", "Balance", -1),
        ("Payment", "UnappliedAmt", -1),
    ):
        for row in desk.emulator.rows(desk.realm, entity).values():
            owed[row["CustomerRef"]["value"]] += sign * D(row[name])

    for customer in desk.emulator.rows(desk.realm, "Customer").values():
        assert D(customer["Balance"]) == owed[customer["Id"]], customer["DisplayName"]


@pytest.mark.parametrize("seed", WORLDS)
def test_seed_when_payments_are_added_up_then_invoices_are_open_by_the_rest(seed):
    desk = Desk(seed)
    paid = defaultdict(lambda: D(0))
    for payment in desk.emulator.rows(desk.realm, "Payment").values():
        for line in payment["Line"]:
            for link in line["LinkedTxn"]:
                paid[link["TxnType"], link["TxnId"]] += D(line["Amount"])

    for row in desk.emulator.rows(desk.realm, "Invoice").values():
        linked = {link["TxnId"] for link in row["LinkedTxn"] if link["TxnType"] == "Payment"}
        assert D(row["TotalAmt"]) - paid["Invoice", row["Id"]] == D(row["Balance"]), row["DocNumber"]
        assert bool(linked) == bool(paid["Invoice", row["Id"]])


@pytest.mark.parametrize("seed", WORLDS)
def test_seed_when_the_clock_stands_elsewhere_then_invoices_stand_the_same(seed):
    def standing(desk):
        today = desk.emulator.today(desk.realm)
        return [
            (row["DocNumber"], row["Balance"], row["DueDate"] < today)
            for row in desk.emulator.rows(desk.realm, "Invoice").values()
        ]

    later = Desk(seed)
    later.emulator.clock.advance(timedelta(days=750, hours=7))
    later.emulator.reset(seed)

    assert standing(later) == standing(Desk(seed))


@pytest.mark.parametrize("seed", WORLDS)
def test_seed_when_a_new_invoice_is_written_then_ids_and_numbers_are_free(seed):
    desk = Desk(seed)
    numbers = {row.get("DocNumber") for kind in ("Invoice", "CreditMemo", "SalesReceipt")
               for row in desk.emulator.rows(desk.realm, kind).values()}  # fmt: skip
    template = next(row for row in desk.emulator.rows(desk.realm, "Invoice").values() if D(row["TotalAmt"]))
    ids = {txn for kind in ("Invoice", "Payment", "CreditMemo", "Estimate", "SalesReceipt")
           for txn in desk.emulator.rows(desk.realm, kind)}  # fmt: skip
    lines = [line for line in template["Line"] if line["DetailType"] == "SalesItemLineDetail"]

    made = desk.write("Invoice", {"CustomerRef": template["CustomerRef"], "Line": lines})

    assert made["Id"] not in ids
    assert made["DocNumber"] not in numbers


def test_reset_when_another_seed_is_named_then_that_company_first():
    desk = Desk("us")

    desk.emulator.reset("uk")

    assert next(iter(desk.emulator.store.tree["companies"])) == WORLDS["uk"].realm


def test_reset_when_there_is_no_such_seed_then_refused():
    with pytest.raises(ValueError, match="us, us-ast, us-multi, uk, ca"):
        Desk("us").emulator.reset("mars")


def test_us_when_built_then_the_sample_company_to_the_cent():
    desk = Desk("us")
    rows = desk.emulator.rows(desk.realm, "Invoice")

    assert sum(D(row["Balance"]) for row in rows.values()) == D("5281.52")
    assert {name: len(desk.emulator.rows(desk.realm, name)) for name in ("Invoice", "Customer", "Item", "Payment", "Estimate",
                                                                       "CreditMemo", "SalesReceipt", "Account")} == {
        "Invoice": 31, "Customer": 29, "Item": 18, "Payment": 16, "Estimate": 4, "CreditMemo": 1, "SalesReceipt": 1,
        "Account": 89,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "txn", "total", "balance"),
    [("1037", "130", "362.07", "362.07"), ("1036", "129", "477.50", "477.50"), ("1001", "9", "108", "0"),
     ("1005", "13", "54", "4"), ("1012", "39", "274.50", "274.50"), ("1029", "93", "460.40", "0")],
)  # fmt: skip
def test_us_when_an_invoice_is_read_then_as_recorded(number, txn, total, balance):
    row = Desk("us").read("Invoice", txn)

    assert (row["DocNumber"], row["TotalAmt"], row["Balance"]) == (number, D(total), D(balance))


def test_us_when_overdue_invoices_are_listed_then_as_recorded():
    desk = Desk("us")
    today = desk.emulator.today(desk.realm)
    late = sorted(row["DocNumber"] for row in desk.emulator.rows(desk.realm, "Invoice").values()
                  if D(row["Balance"]) and row["DueDate"] < today)  # fmt: skip

    assert late == ["1016", "1024", "1027", "1028"]


def test_us_when_its_estimates_are_read_then_closed_by_their_invoices():
    desk = Desk("us")

    estimate = desk.read("Estimate", "100")

    assert (estimate["TxnStatus"], estimate["LinkedTxn"]) == ("Closed", [{"TxnType": "Invoice", "TxnId": "130"}])
    assert {"TxnId": "100", "TxnType": "Estimate"} in desk.read("Invoice", "130")["LinkedTxn"]


def test_uk_when_built_then_vat_by_line_and_paid_part_paid_and_overdue():
    desk = Desk("uk")
    hotel, butts = invoices_of(desk, "Kew Terrace Hotels Ltd"), invoices_of(desk, "O'Hara & Sons")
    bay = invoices_of(desk, "Cardiff Bay Residents' Association")

    assert [(row["TotalAmt"], row["Balance"]) for row in hotel] == [(D(2280), D(1280)), (D("655.20"), D("655.20"))]
    assert [(row["TotalAmt"], row["Balance"]) for row in butts] == [(D(456), D(0)), (D("74.97"), D("74.97"))]
    # 45.50 at 20 %, 120.00 at 5 %, 29.00 and 180.00 at nothing.
    assert (bay[0]["TxnTaxDetail"]["TotalTax"], bay[0]["TotalAmt"]) == (D("15.10"), D("389.60"))
    assert (bay[1]["PrivateNote"], bay[1]["TotalAmt"]) == ("Voided", 0)
    assert {hotel[0]["DueDate"] < desk.emulator.today(desk.realm), hotel[1]["DueDate"] > hotel[1]["TxnDate"]} == {True}


def test_uk_when_sold_abroad_then_in_the_customers_currency_at_the_rate():
    desk = Desk("uk")
    (french,) = invoices_of(desk, "Jardin Vivant SARL")
    (polish,) = invoices_of(desk, "Ogrody Mazowsza Sp. z o.o.")
    (american,) = invoices_of(desk, "Hudson Terraces LLC")

    assert (french["CurrencyRef"]["value"], french["TotalAmt"], french["HomeTotalAmt"]) == ("EUR", 1100, D("941.82"))
    assert (polish["Balance"], polish["HomeBalance"]) == (580, D("496.60"))
    assert (american["CurrencyRef"]["value"], american["HomeTotalAmt"]) == ("USD", D("568.37"))
    receivable = {row["Name"] for row in desk.emulator.rows(desk.realm, "Account").values() if "A/R" in row["Name"]}
    assert {"Accounts Receivable (A/R) - EUR", "Accounts Receivable (A/R) - USD"} <= receivable
    assert {row["Code"] for row in desk.emulator.rows(desk.realm, "CompanyCurrency").values()} == {"EUR", "USD"}


def test_uk_when_a_credit_waits_then_the_next_invoice_uses_it():
    desk = Desk("uk")
    customer = next(
        row["Id"] for row in desk.emulator.rows(desk.realm, "Customer").values() if row["DisplayName"][:3] == "Kew"
    )
    line = {"Amount": "100", "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "2"}}}  # fmt: skip

    made = desk.invoice(line, customer=customer)

    assert (made["TotalAmt"], made["Balance"]) == (120, D("65.40"))


def test_ca_when_built_then_two_rates_and_the_recorded_rounding():
    desk = Desk("ca")
    (hotel,) = invoices_of(desk, "Hôtel du Vieux-Port")
    late, paid = invoices_of(desk, "Café Mont-Royal")
    (ottawa,) = invoices_of(desk, "Ottawa Green Roofs Ltd")

    assert [row["Amount"] for row in hotel["TxnTaxDetail"]["TaxLine"]] == [D("224.76"), D("448.40")]
    assert (hotel["TotalAmt"], paid["TotalAmt"], paid["Balance"]) == (D("5168.32"), D("114.98"), 0)
    # 510.00: GST 25.50, QST 50.87.
    assert (late["TotalAmt"], late["Balance"]) == (D("586.37"), D("386.37"))
    assert ottawa["TotalAmt"] == D("288.15")


def test_us_ast_when_built_then_taxed_by_place():
    desk = Desk("us-ast")
    found = {
        name: [(row["TxnTaxDetail"]["TotalTax"], row["Balance"]) for row in invoices_of(desk, name)]
        for name in ("Tucson Cactus House", "Brooklyn Roof Farms", "Portland Moss Co", "Bay Area Resale Nursery",
                     "Walk-in without address")
    }  # fmt: skip

    assert found == {
        "Tucson Cactus House": [(D("8.70"), D("183.70"))],
        "Brooklyn Roof Farms": [(D("17.75"), D("117.75"))],
        "Portland Moss Co": [(0, 50)],
        "Bay Area Resale Nursery": [(0, 500)],
        "Walk-in without address": [(0, 10)],
    }


def test_us_multi_when_built_then_the_sample_company_and_two_foreign_currencies():
    desk = Desk("us-multi")
    (maple,) = invoices_of(desk, "Maple Grove Estates")
    (plateau,) = invoices_of(desk, "Jardins du Plateau")
    paid, late = invoices_of(desk, "Żuraw Logistyka Sp. z o.o.")

    assert (maple["CurrencyRef"]["value"], maple["HomeTotalAmt"]) == ("CAD", D("731.20"))
    assert (plateau["Balance"], plateau["HomeBalance"]) == (250, D("182.80"))
    assert (paid["Balance"], late["TotalAmt"], late["ExchangeRate"]) == (0, 900, D("1.0846"))
    home = [row for row in desk.emulator.rows(desk.realm, "Invoice").values() if row["CurrencyRef"]["value"] == "USD"]
    assert sum(D(row["HomeBalance"]) for row in home) == D("5281.52")
