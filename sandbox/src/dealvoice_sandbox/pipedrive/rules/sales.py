"""Rules of a deal's products, discounts and installments, and of the value that follows from them."""

from dealvoice_sandbox.core.rules import Rule

_LINES = "tests/sandbox/test_pipedrive_lines.py::test_"
_CONTACTS = "tests/sandbox/test_pipedrive_contacts.py::test_"

RULES: tuple[Rule, ...] = (
    Rule("row_sum", "price times quantity less the discount; the deal's value is their sum", "deal products v2",
         test=f"{_LINES}row_when_added_then_its_sum_is_the_deals_value"),
    Rule("row_rounding", "rounded half up to the currency's digits, row by row", "currencies v1; unconfirmed",
         test=f"{_CONTACTS}sum_when_currency_has_other_digits_then_rounded_to_them"),
    Rule("row_disabled", "a switched-off row counts nothing", "deal products v2; unconfirmed",
         test=f"{_LINES}row_when_switched_off_counts_nothing"),
    Rule("tax_method", "one tax method a deal: changing it on a row changes the others", "deal products v2",
         test=f"{_LINES}method_when_one_row_changes_it_then_all_rows_of_the_deal_follow"),
    Rule("value_kept", "a deal whose last row goes keeps its value", "deal products v2; unconfirmed",
         test=f"{_LINES}value_when_last_row_goes_stays"),
    Rule("deal_discounts", "percentages of what is paid once first, then amounts", "deal discounts v2; order unconfirmed",
         test=f"{_LINES}discounts_when_both_kinds_then_percent_first"),
    Rule("recurring_value", "a recurring row counts once a payment, a year's without an end",
         "recurring products; unconfirmed",
         test=f"{_LINES}recurring_when_it_has_cycles_then_each_counts_and_without_end_a_year_does"),
    Rule("revenue", "acv, arr and mrr follow from recurring rows and are null without", "recurring products; unconfirmed",
         test=f"{_LINES}revenue_when_rows_recur_then_acv_arr_and_mrr_follow"),
    Rule("installments", "installments need one-time rows and no recurring one", "installments v2",
         test=f"{_LINES}installment_when_deal_has_recurring_rows_then_refused"),
    Rule("row_checks", "quantities, products, variations, frequencies and cycles are checked", "deal products v2",
         test=f"{_LINES}row_when_wrong_then_refused_and_nothing_is_added"),
    Rule("bulk_rows", "up to 100 rows at once, all or none", "deal products v2",
         test=f"{_LINES}bulk_when_one_row_is_wrong_then_none_is_added"),
    Rule("not_linkable", "a product that is not linkable goes on no deal", "products v2",
         test=f"{_CONTACTS}product_when_not_linkable_then_no_deal_takes_it"),
    Rule("default_tax_method", "tax method of a deal's first product where the call names none: a setting of the company",
         "Tools and apps, Products", "exclusive", test=f"{_LINES}method_when_none_is_named_then_the_companys",
         allowed=("exclusive", "inclusive", "none")),
    Rule("value_includes_tax", "deal value adds tax to exclusive rows", "deal products; unconfirmed", False,
         test=f"{_LINES}value_when_switched_adds_the_tax_of_exclusive_rows"),
    Rule("discount_per_unit", "a discount in money is taken off each piece instead of once off the row",
         "deal products; unconfirmed", False, test=f"{_LINES}discount_in_money_when_switched_counts_per_piece"),
)  # fmt: skip
