"""Sales tax and currencies in the QuickBooks emulator: every regime, by the worked examples of the vendor's record."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice_sandbox.quickbooks.tax_engine import Part, Rate, by_line, by_total, out_of, spread, taxes
from sandbox.desk import Desk, amount_off, line, percent_off

D = Decimal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def a_foreign_company(country: str, **codes: tuple[str, ...]) -> Desk:
    """Return a company outside the United States; each code is named by its rates' percents."""
    desk = Desk()
    company = desk.emulator.company(desk.realm)
    company["country"] = country
    desk.prefer("TaxPrefs", UsingSalesTax=True, TaxGroupCodeRef=None)
    company["entities"]["TaxCode"], company["entities"]["TaxRate"] = {}, {}
    for number, (name, percents) in enumerate(codes.items(), 1):
        details = []
        for position, percent in enumerate(percents):
            rate_id = f"{number}{position}"
            company["entities"]["TaxRate"][rate_id] = {"Id": rate_id, "Name": f"{percent} %", "RateValue": D(percent)}
            details.append({"TaxRateRef": {"value": rate_id}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": position})
        company["entities"]["TaxCode"][str(number)] = {
            "Id": str(number), "Name": name, "Active": True, "Taxable": True, "TaxGroup": True,
            "SalesTaxRateList": {"TaxRateDetail": details},
        }  # fmt: skip
    return desk


@pytest.fixture
def british() -> Desk:
    return a_foreign_company("GB", standard=("20",), reduced=("5",), zero=("0",))


def tax_of(row: dict[str, Any]) -> list[Decimal]:
    return [one["Amount"] for one in row["TxnTaxDetail"].get("TaxLine", [])]


# United States, rates of the company's own


def test_manual_when_one_group_then_rate_by_rate_on_the_sum(desk):
    lines = [line(amount, code="TAX") for amount in ("75", "72", "275")]

    made = desk.invoice(*lines, TxnTaxDetail={"TxnTaxCodeRef": {"value": "3"}})

    assert (tax_of(made), made["TotalAmt"]) == ([D("29.96"), D("8.44")], D("460.40"))
    assert made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 422


def test_manual_when_the_default_group_then_the_sample_invoice(desk):
    made = desk.invoice(*[line(amount, code="TAX") for amount in ("275", "12.75", "47.50")])

    assert (made["TxnTaxDetail"]["TxnTaxCodeRef"], made["TotalAmt"]) == ({"value": "2"}, D("362.07"))


@pytest.mark.parametrize(("before_tax", "tax", "total"), [(False, "8.00", "143.00"), (True, "7.20", "142.20")])
def test_manual_when_discounted_then_base_is_whole_or_less_its_share(desk, before_tax, tax, total):
    made = desk.invoice(
        line("100", code="TAX"), line("50", code="NON"), percent_off("10"), ApplyTaxAfterDiscount=before_tax
    )

    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D(tax), D(total))


@pytest.mark.parametrize(("before_tax", "taxes_", "total"), [(False, ["29.96", "8.44"], "418.20"),
                                                             (True, ["26.97", "7.60"], "414.37")])  # fmt: skip
def test_manual_when_discounted_and_two_rates_then_each_on_its_base(desk, before_tax, taxes_, total):
    lines = [line(amount, code="TAX") for amount in ("75", "72", "275")]

    made = desk.invoice(
        *lines, percent_off("10"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "3"}}, ApplyTaxAfterDiscount=before_tax
    )

    assert (tax_of(made), made["TotalAmt"]) == ([D(one) for one in taxes_], D(total))


def test_manual_when_no_line_is_taxed_then_no_tax_lines(desk):
    assert desk.invoice(line("10", code="NON"))["TxnTaxDetail"] == {"TotalTax": 0}


@pytest.mark.parametrize(("setting", "total"), [("honoured", "5.00"), ("dropped", "8.00")])
def test_us_tax_override_when_switched_then_kept_or_dropped(desk, setting, total):
    desk.switch(us_tax_override=setting)

    made = desk.invoice(line("100", code="TAX"), TxnTaxDetail={"TotalTax": "5.00"})

    assert made["TxnTaxDetail"]["TotalTax"] == D(total)


def test_manual_when_overridden_with_two_rates_then_spread_to_the_cent(desk):
    detail = {"TxnTaxCodeRef": {"value": "3"}, "TotalTax": "10.00"}

    made = desk.invoice(line("100", code="TAX"), TxnTaxDetail=detail)

    assert tax_of(made) == [D("7.80"), D("2.20")]


@pytest.mark.parametrize(("setting", "tax"), [("reason", "8.00"), ("flag", "0")])
def test_untaxed_customer_when_switched_then_the_flag_alone_may_do(desk, setting, tax):
    desk.switch(untaxed_customer=setting)

    assert desk.invoice(line("100", code="TAX"), customer="3")["TxnTaxDetail"]["TotalTax"] == D(tax)


def test_manual_when_the_customer_has_a_reason_then_no_tax(desk):
    desk.emulator.rows(desk.realm, "Customer")["1"]["TaxExemptionReasonId"] = "9"

    assert desk.invoice(line("100", code="TAX"))["TxnTaxDetail"] == {"TotalTax": 0}


def test_manual_when_tax_is_off_then_what_is_sent_is_not_stored(desk):
    desk.prefer("TaxPrefs", UsingSalesTax=False)

    made = desk.invoice(line("100", code="TAX"), TxnTaxDetail={"TotalTax": "8", "TxnTaxCodeRef": {"value": "2"}})

    assert (made["TxnTaxDetail"], made["TotalAmt"]) == ({"TotalTax": 0}, 100)


@pytest.mark.parametrize(
    ("lines", "more", "code"),
    [
        ([line(code="3")], {}, "6100"),
        ([line(code="CustomSalesTax")], {}, "6160"),
        ([line(code="TAX")], {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "CustomSalesTax"}}}, "6160"),
        ([line(code="TAX")], {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "77"}}}, "2500"),
        ([line(code="TAX")], {"TxnTaxDetail": "text"}, "2010"),
    ],
)
def test_manual_when_a_code_cannot_be_then_refused(desk, lines, more, code):
    assert desk.refused_invoice(*lines, **more).code == code


def test_manual_when_a_reserved_code_comes_by_update_then_6230(desk):
    made = desk.invoice()
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [line(code="CustomSalesTax")]}

    assert desk.refused("Invoice", body).code == "6230"


def test_manual_when_prices_are_said_to_include_tax_then_not_known_here(desk):
    made = desk.invoice(line("100", code="TAX"), GlobalTaxCalculation="TaxInclusive")

    assert ("GlobalTaxCalculation" in made, made["TotalAmt"]) == (False, 108)


# United States, found by the vendor


@pytest.fixture
def automatic(desk) -> Desk:
    desk.prefer("TaxPrefs", PartnerTaxEnabled=True)
    return desk


def _to(city: str, state: str, code: str) -> dict[str, str]:
    return {"Line1": "1 Main St", "City": city, "CountrySubDivisionCode": state, "PostalCode": code}


@pytest.mark.parametrize(
    ("address", "percents"),
    [
        (_to("San Francisco", "CA", "94103"), ["7.25", "1.375"]),
        (_to("Sacramento", "CA", "95814"), ["7.25"]),
        (_to("Tucson", "Arizona", "85701"), ["5.6", "0.5", "2.6"]),
        (_to("Brooklyn", "NY", "11249"), ["4", "4.5", "0.375"]),
        (_to("Portland", "OR", "97204"), []),
        (_to("Toronto", "ON", "M5K 1A1"), []),
        ({"Line1": "somewhere"}, []),
        ({"CountrySubDivisionCode": "CA"}, []),
    ],
)
def test_automatic_when_shipped_somewhere_then_that_places_rates(automatic, address, percents):
    made = automatic.invoice(line("100", code="TAX"), line("50", code="NON"), ShipAddr=address)

    found = [one["TaxLineDetail"]["TaxPercent"] for one in made["TxnTaxDetail"].get("TaxLine", [])]
    assert found == [D(one) for one in percents]
    assert made["TotalAmt"] == 150 + sum(tax_of(made), D(0))
    assert "TxnTaxCodeRef" not in made["TxnTaxDetail"]


def test_automatic_when_rates_are_met_then_they_can_be_read(automatic):
    made = automatic.invoice(line("100", code="TAX"), ShipAddr=_to("San Francisco", "CA", "94103"))

    rates = [automatic.read("TaxRate", one["TaxLineDetail"]["TaxRateRef"]["value"])["Name"]
             for one in made["TxnTaxDetail"]["TaxLine"]]  # fmt: skip
    assert rates == ["California State", "San Francisco County District"]


def test_automatic_when_the_company_ships_then_says_from_where_in_two_lines(automatic):
    found = automatic.invoice()["ShipFromAddr"]

    assert set(found) == {"Id", "Line1", "Line2"}


def test_automatic_when_exempt_then_no_tax_and_the_reason(automatic):
    automatic.emulator.rows(automatic.realm, "Customer")["1"] |= {"TaxExemptionReasonId": "9", "Taxable": False}

    made = automatic.invoice(line("100", code="TAX"))

    assert (made["TxnTaxDetail"], made["TaxExemptionRef"]) == ({"TotalTax": 0}, {"value": "9", "name": "Resale"})


@pytest.mark.parametrize(
    ("setting", "here", "nowhere"),
    [("in_jurisdiction", "5", "0"), ("honoured", "5", "5"), ("dropped", "8.63", "0")],
)
def test_automatic_tax_override_when_switched_then_by_place(automatic, setting, here, nowhere):
    automatic.switch(automatic_tax_override=setting)
    detail = {"TxnTaxCodeRef": {"value": "TAX"}, "TotalTax": "5"}
    found = [
        automatic.invoice(line("100", code="TAX"), TxnTaxDetail=detail, ShipAddr=address)["TxnTaxDetail"]
        for address in (_to("San Francisco", "CA", "94103"), {"Line1": "somewhere"})
    ]

    assert [one["TotalTax"] for one in found] == [D(here), D(nowhere)]
    assert ("TaxReviewStatus" in found[0]) == (setting != "dropped")


# Elsewhere


def test_exclusive_when_lines_differ_then_a_tax_line_each(british):
    made = british.invoice(line("100", code="1"), line("45.50", code="2"), line("30", code="3"))

    assert (tax_of(made), made["TotalAmt"]) == ([D("20.00"), D("2.28"), D(0)], D("197.78"))
    assert made["GlobalTaxCalculation"] == "TaxExcluded"


def test_exclusive_when_discounted_then_each_base_less_its_share(british):
    made = british.invoice(line("100", code="1"), line("45.50", code="2"), line("30", code="3"), percent_off("10"))

    assert (tax_of(made), made["TotalAmt"]) == ([D("18.00"), D("2.05"), D(0)], D("178.00"))


@pytest.mark.parametrize(("setting", "tax"), [("regime", "448.40"), ("line", "448.40"), ("total", "448.39")])
def test_tax_rounding_when_switched_then_by_line_or_on_the_total(setting, tax):
    canadian = a_foreign_company("CA", qst=("9.975",))
    canadian.switch(tax_rounding=setting)

    assert tax_of(canadian.invoice(line("500", code="1"), line("3995.16", code="1"))) == [D(tax)]


@pytest.mark.parametrize(("setting", "tax"), [("line", "3.00"), ("total", "3.01")])
def test_tax_rounding_when_three_small_lines_then_a_cent_apart(setting, tax):
    canadian = a_foreign_company("CA", qst=("9.975",))
    canadian.switch(tax_rounding=setting)

    assert tax_of(canadian.invoice(*[line("10.05", code="1")] * 3)) == [D(tax)]


@pytest.mark.parametrize(("setting", "tax"), [("regime", ["29.96", "8.44"]), ("line", ["29.97", "8.44"])])
def test_tax_rounding_when_switched_in_the_united_states_then_a_cent_more(desk, setting, tax):
    desk.switch(tax_rounding=setting)
    lines = [line(amount, code="TAX") for amount in ("75", "72", "275")]

    assert tax_of(desk.invoice(*lines, TxnTaxDetail={"TxnTaxCodeRef": {"value": "3"}})) == [D(one) for one in tax]


@pytest.mark.parametrize(("amount", "found"), [("100", ["5.00", "9.98"]), ("19.99", ["1.00", "1.99"])])
def test_exclusive_when_one_code_has_two_rates_then_each_by_itself(amount, found):
    canadian = a_foreign_company("CA", both=("5", "9.975"))

    assert tax_of(canadian.invoice(line(amount, code="1"))) == [D(one) for one in found]


def test_exclusive_when_two_rates_on_two_lines_then_the_recorded_total():
    canadian = a_foreign_company("CA", both=("5", "9.975"))

    made = canadian.invoice(line("500", code="1"), line("3995.16", code="1"))

    assert (tax_of(made), made["TotalAmt"]) == ([D("224.76"), D("448.40")], D("5168.32"))


def test_exclusive_when_a_rate_is_on_tax_then_on_both():
    canadian = a_foreign_company("CA", both=("5", "10"))
    details = canadian.emulator.rows(canadian.realm, "TaxCode")["1"]["SalesTaxRateList"]["TaxRateDetail"]
    details[1]["TaxOnTaxOrder"] = 1

    assert tax_of(canadian.invoice(line("100", code="1"))) == [D("5.00"), D("10.50")]


def test_exclusive_when_the_rate_has_changed_then_the_one_in_force(british):
    british.emulator.rows(british.realm, "TaxRate")["10"]["EffectiveTaxRate"] = [
        {"RateValue": D("17.5"), "EffectiveDate": "2008-01-01T00:00:00-08:00", "EndDate": "2011-01-03T00:00:00-08:00"},
        {"RateValue": D(20), "EffectiveDate": "2011-01-04T00:00:00-08:00"},
    ]

    assert tax_of(british.invoice(line("100", code="1"), TxnDate="2010-05-05")) == [D("17.50")]
    assert tax_of(british.invoice(line("100", code="1"), TxnDate="2026-05-05")) == [D("20.00")]


@pytest.mark.parametrize(
    ("gross", "net", "tax"), [("24.99", "20.83", "4.16"), ("123.00", "102.50", "20.50"), ("29.97", "24.98", "4.99")]
)
def test_inclusive_when_the_price_is_sent_then_net_is_taken_out_and_the_price_survives(british, gross, net, tax):
    made = british.invoice(line(net, code="1", gross=gross), GlobalTaxCalculation="TaxInclusive")

    detail = made["Line"][0]["SalesItemLineDetail"]
    assert (made["Line"][0]["Amount"], tax_of(made), made["TotalAmt"]) == (D(net), [D(tax)], D(gross))
    assert detail["TaxInclusiveAmt"] == D(gross)


def test_inclusive_when_23_percent_then_a_round_net():
    polish = a_foreign_company("PL", vat=("23",))

    made = polish.invoice(line("100", code="1", gross="123"), GlobalTaxCalculation="TaxInclusive")

    assert (made["Line"][0]["Amount"], made["TotalAmt"]) == (100, 123)


def test_inclusive_when_only_the_net_is_sent_then_tax_is_put_on_it(british):
    made = british.invoice(line("20.83", code="1"), GlobalTaxCalculation="TaxInclusive")

    assert made["TotalAmt"] == D("25.00")


def test_inclusive_when_price_and_quantity_are_net_then_accepted(british):
    made = british.invoice(
        line("24.98", code="1", gross="29.97", Qty="3", UnitPrice="8.3266667"), GlobalTaxCalculation="TaxInclusive"
    )

    assert made["TotalAmt"] == D("29.97")


@pytest.mark.parametrize("setting", ["refuse", "accept"])
def test_discount_when_inclusive_switched_then_refused_or_taken_off_the_price(british, setting):
    british.switch(discount_when_inclusive=setting)
    lines = [line("100", code="1", gross="120"), line("20", code="2", gross="21"), amount_off("14.10")]

    if setting == "refuse":
        refusal = british.refused_invoice(*lines, GlobalTaxCalculation="TaxInclusive")
        assert refusal.detail.endswith("The discount amount can't be greater than the subtotal.")
    else:
        made = british.invoice(*lines, GlobalTaxCalculation="TaxInclusive")
        assert (tax_of(made), made["TotalAmt"]) == ([D("18.00"), D("0.90")], D("126.90"))


def test_not_applicable_when_said_then_no_code_is_needed_and_no_tax_charged(british):
    made = british.invoice(line("100"), line("50", code="1"), GlobalTaxCalculation="NotApplicable")

    assert (made["TxnTaxDetail"], made["TotalAmt"]) == ({"TotalTax": 0}, 150)


@pytest.mark.parametrize("detail", [{"TotalTax": "1"}, {"TxnTaxCodeRef": {"value": "1"}}])
def test_not_applicable_when_tax_is_sent_then_6170(british, detail):
    refusal = british.refused_invoice(line("100"), GlobalTaxCalculation="NotApplicable", TxnTaxDetail=detail)

    assert refusal.code == "6170"


@pytest.mark.parametrize(("country", "word"), [("CA", "GST/HST"), ("GB", "VAT"), ("AU", "GST")])
def test_code_when_missing_outside_the_united_states_then_the_vendors_words(country, word):
    desk = a_foreign_company(country, only=("10",))

    refusal = desk.refused_invoice(line("100"))

    assert refusal.code == "6000"
    assert refusal.detail.endswith(f"Make sure all your transactions have a {word} rate before you save.")


def test_code_when_unknown_inactive_or_for_purchases_only_then_refused(british):
    codes = british.emulator.rows(british.realm, "TaxCode")
    codes["2"]["Active"] = False
    del codes["3"]["SalesTaxRateList"]

    assert [british.refused_invoice(line("1", code=code)).code for code in ("9", "2", "3")] == ["2500"] * 3
    assert british.refused_invoice(line("1", code="1"), GlobalTaxCalculation="Sometimes").code == "2170"


@pytest.mark.parametrize(("needs", "refused"), [(True, True), (False, False)])
def test_discount_needs_tax_code_when_switched_then_refused_without(british, needs, refused):
    british.switch(discount_needs_tax_code=needs)
    body = {"CustomerRef": {"value": "1"}, "Line": [line("100", code="1"), percent_off("10")]}

    if refused:
        assert british.refused("Invoice", body).code == "6000"
    else:
        assert british.write("Invoice", body)["TotalAmt"] == 108


@pytest.mark.parametrize(
    ("setting", "near", "far"),
    [("tolerance", "20.01", "20.00"), ("always", "20.01", "25"), ("never", "20.00", "20.00")],
)
def test_world_tax_override_when_switched_then_only_near_always_or_never(british, setting, near, far):
    british.switch(world_tax_override=setting)

    found = [
        british.invoice(line("100", code="1"), TxnTaxDetail={"TotalTax": total})["TxnTaxDetail"]["TotalTax"]
        for total in ("20.01", "25")
    ]

    assert found == [D(near), D(far)]


# The engine

_MONEY = st.decimals(min_value=-10_000, max_value=10_000, places=2)
_PRICES = st.decimals(min_value=0, max_value=10_000, places=2)
_CODES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.decimals(min_value=0, max_value=30, places=3)), max_size=3,
    unique_by=lambda one: one[0],
).map(lambda found: tuple(Rate(name, percent) for name, percent in sorted(found)))  # fmt: skip
_RATES = {name: D(percent) for name, percent in (("a", "5"), ("b", "9.975"), ("c", "20"), ("d", "0"), ("e", "7.1"))}
_PARTS = st.lists(
    st.builds(
        Part, _MONEY, st.sets(st.sampled_from(sorted(_RATES)), max_size=3).map(
            lambda names: tuple(Rate(name, _RATES[name]) for name in sorted(names))
        ),
    ),
    max_size=12,
)  # fmt: skip


def _by_rate(shares):
    return {share.rate.id: (share.base, share.tax) for share in shares}


@settings(max_examples=150, deadline=None)
@given(parts=_PARTS, way=st.sampled_from([by_line, by_total]), seed=st.randoms())
def test_engine_when_lines_come_in_another_order_then_same_tax(parts, way, seed):
    mixed = list(parts)
    seed.shuffle(mixed)

    assert _by_rate(way(parts)) == _by_rate(way(mixed))


@settings(max_examples=150, deadline=None)
@given(parts=_PARTS)
def test_engine_when_by_line_or_by_total_then_half_a_cent_a_line_apart_at_most(parts):
    lines, total = _by_rate(by_line(parts)), _by_rate(by_total(parts))

    assert lines.keys() == total.keys()
    for rate, (base, tax) in lines.items():
        assert base == total[rate][0]
        assert abs(tax - total[rate][1]) <= D("0.005") * (2 * len(parts))


@settings(max_examples=150, deadline=None)
@given(base=_MONEY, rates=_CODES)
def test_engine_when_the_line_is_negative_then_tax_mirrors(base, rates):
    assert taxes(-base, rates) == [-one for one in taxes(base, rates)]
    assert all(one == round(one, 2) for one in taxes(base, rates))


@settings(max_examples=150, deadline=None)
@given(gross=_MONEY, rates=_CODES)
def test_engine_when_tax_is_taken_out_then_net_and_tax_are_the_price(gross, rates):
    net, found = out_of(gross, rates)

    assert net + sum(found, D(0)) == gross
    assert abs(net) <= abs(gross)


@settings(max_examples=150, deadline=None)
@given(amount=_PRICES, weights=st.lists(_PRICES, min_size=1, max_size=20).filter(any), seed=st.randoms())
def test_engine_when_an_amount_is_spread_then_parts_add_up_in_any_order(amount, weights, seed):
    marks = [str(weight) for weight in weights]
    order = list(range(len(weights)))
    seed.shuffle(order)

    parts = spread(amount, weights, ties=marks)
    mixed = spread(amount, [weights[n] for n in order], ties=[marks[n] for n in order])

    assert sum(parts) == amount
    assert sorted(parts) == sorted(mixed)


# Currencies


@pytest.fixture
def several(desk) -> Desk:
    desk.prefer("CurrencyPrefs", MultiCurrencyEnabled=True)
    desk.emulator.rows(desk.realm, "Customer")["1"]["CurrencyRef"] = {"value": "EUR"}
    desk.emulator.rows(desk.realm, "ExchangeRate")["1"] = {
        "SourceCurrencyCode": "EUR", "Rate": D("1.08"), "AsOfDate": "2026-01-01", "TargetCurrencyCode": "USD",
    }  # fmt: skip
    return desk


@pytest.mark.parametrize(("setting", "rate"), [("one", "1"), ("day", "1.08")])
def test_exchange_rate_left_out_when_switched_then_one_or_the_days(several, setting, rate):
    several.switch(exchange_rate_left_out=setting)

    made = several.invoice(line("100", code="NON"))

    assert (made["ExchangeRate"], made["HomeTotalAmt"], made["HomeBalance"]) == (D(rate), 100 * D(rate), 100 * D(rate))


def test_exchange_rate_when_sent_then_home_amounts_follow_payments_too(several):
    made = several.invoice(line("33.33", code="NON"), ExchangeRate="1.0846")

    several.pay("10", (made, "10"), ExchangeRate="1.1")

    assert (made["CurrencyRef"], made["HomeTotalAmt"]) == ({"value": "EUR", "name": "Euro"}, D("36.15"))
    assert several.read("Invoice", made["Id"])["HomeBalance"] == D("25.30")


@pytest.mark.parametrize(
    ("customer", "more", "sentence"),
    [
        ("1", {"CurrencyRef": {"value": "USD"}}, "same currency as the A/R and A/P accounts you use."),
        ("2", {"CurrencyRef": {"value": "EUR"}}, "same currency as the A/R and A/P accounts you use."),
        ("1", {"ExchangeRate": "0"}, "greater than 0."),
    ],
)
def test_currency_when_it_is_not_the_customers_then_6000(several, customer, more, sentence):
    refusal = several.refused_invoice(customer=customer, **more)

    assert refusal.code == "6000"
    assert refusal.detail.endswith(sentence)


def test_currency_when_the_company_keeps_one_then_6000_in_the_vendors_words(desk):
    refusal = desk.refused_invoice(CurrencyRef={"value": "EUR"})

    assert refusal.detail == "Business Validation Error: Multi Currency should be enabled to perform this operation"


def test_currency_when_the_company_keeps_one_then_no_rate_is_kept(desk):
    made = desk.invoice(ExchangeRate="3")

    assert not {"ExchangeRate", "HomeTotalAmt", "HomeBalance"} & set(made)


@pytest.mark.parametrize("setting", ["accept", "refuse"])
def test_home_currency_named_when_switched_then_accepted_or_refused(desk, setting):
    desk.switch(home_currency_named=setting)

    if setting == "refuse":
        assert desk.refused_invoice(CurrencyRef={"value": "USD"}).code == "6000"
    else:
        assert desk.invoice(CurrencyRef={"value": "USD"})["CurrencyRef"]["value"] == "USD"


@pytest.mark.parametrize("setting", ["customer", "refuse"])
def test_currency_left_out_when_switched_then_the_customers_or_refused(several, setting):
    several.switch(currency_left_out=setting)

    if setting == "refuse":
        assert several.refused_invoice().code == "2020"
    else:
        assert several.invoice()["CurrencyRef"]["value"] == "EUR"
