"""Rules of invoices and what belongs to them: numbers, lines, discounts, tax, currency, payments, credits."""

from dealvoice_sandbox.core.rules import Rule

_SWITCHES = "tests/sandbox/test_quickbooks_switches.py::test_"
_SALES = "tests/sandbox/test_quickbooks_sales.py::test_"
_TAX = "tests/sandbox/test_quickbooks_tax.py::test_"
_PAYMENTS = "tests/sandbox/test_quickbooks_payments.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "void_of_paid", "void of a paid invoice: unlink its payments, or refuse",
        "manage linked transactions", "unlink",
        f"{_SWITCHES}void_of_paid_when_switched_refuses_instead_of_unlinking",
        allowed=("unlink", "refuse"),
    ),
    Rule(
        "delete_of_paid_code", "code that refuses to delete a paid invoice",
        "manage linked transactions", "6480",
        f"{_SALES}delete_of_paid_code_when_switched_then_either",
        allowed=("6480", "6000"),
    ),
    Rule(
        "void_of_payment_plain", "a payment or receipt can be voided by operation=void too",
        "Payment page", True,
        f"{_PAYMENTS}void_of_payment_plain_when_switched_off_then_only_the_documented_form",
    ),
    Rule(
        "warn_duplicate_number", "company setting: refuse a number in use (6140)",
        "error codes", False,
        f"{_SWITCHES}warn_duplicate_number_when_switched_refuses_a_number_in_use",
    ),
    Rule(
        "duplicates_need_custom_numbers", "6140 comes only where the company types its numbers itself",
        "sandbox walk of September 2026", False,
        f"{_SALES}duplicates_need_custom_numbers_when_switched_then_only_there_refused",
    ),
    Rule(
        "typed_number_moves_series", "the automatic series goes on from a number that was typed",
        "Invoice page", False,
        f"{_SALES}typed_number_moves_series_when_switched_on_then_the_pattern_goes_on",
    ),
    Rule(
        "missing_item", "a line without item: the company's default item, or a line of text",
        "sandbox walk of September 2026, against the Invoice page", "default",
        f"{_SALES}missing_item_when_switched_then_default_item_or_text",
        allowed=("default", "text"),
    ),
    Rule(
        "default_line_code", "code of a line that names none: by the item, or by item and customer",
        "Invoice page", "item_and_customer",
        f"{_SALES}default_line_code_when_switched_then_looks_at_the_customer_or_not",
        allowed=("item_and_customer", "item"),
    ),
    Rule(
        "too_many_decimals", "amounts, quantities, prices with more places than are kept",
        "error codes", "round",
        f"{_SALES}too_many_decimals_when_switched_then_rounded_or_refused",
        allowed=("round", "refuse"),
    ),
    Rule(
        "feature_off_code", "code for using what the company has switched off",
        "error codes", "5030",
        f"{_SALES}feature_off_code_when_switched_then_says_so_with_each_code",
        allowed=("5030", "5020", "6000"),
    ),
    Rule(
        "closed_books_code", "code for writing into a closed period",
        "error codes", "6200",
        f"{_SALES}closed_books_code_when_switched_then_holds_for_every_operation",
        allowed=("6200", "6210", "5010"),
    ),
    Rule(
        "closing_day_is_closed", "the closing day itself belongs to the closed period",
        "Preferences page", True,
        f"{_SALES}closing_day_is_closed_when_switched_then_the_day_itself_is_open",
    ),
    Rule(
        "company_lapsed", "the subscription has ended: writing is refused (6190), reading goes on",
        "error codes", False,
        f"{_SALES}company_lapsed_when_switched_then_writes_are_refused_and_reads_go_on",
    ),
    Rule(
        "inactive_reference_code", "code of a reference to something inactive",
        "error codes", "2500",
        f"{_SALES}inactive_reference_code_when_switched_then_either",
        allowed=("2500", "610"),
    ),
    Rule(
        "address_rebuilt", "an address that an update brings comes back as lines: who, company, street, place",
        "Invoice page, BillAddr", True,
        f"{_SALES}address_rebuilt_when_an_update_brings_one_then_lines_or_as_sent",
    ),
    Rule(
        "online_payment", "new invoices allow online payment",
        "recordings of 2025 and 2026 disagree", False,
        f"{_SALES}online_payment_when_switched_then_the_flags_of_new_invoices",
    ),
    Rule(
        "send_without_address_code", "code of sending to nobody",
        "error codes", "6420",
        f"{_SALES}send_without_address_code_when_switched_then_either",
        allowed=("6420", "2020"),
    ),
    Rule(
        "sandbox_mail_limit", "the 41st e-mail of a day is refused",
        "sandbox FAQ", True,
        f"{_SALES}sandbox_mail_limit_when_switched_then_the_41st_of_a_day",
    ),
    Rule(
        "discount_when_inclusive", "a discount line where prices include tax",
        "manage sales tax for non-US locales", "refuse",
        f"{_TAX}discount_when_inclusive_switched_then_refused_or_taken_off_the_price",
        allowed=("refuse", "accept"),
    ),
    Rule(
        "discount_needs_tax_code", "outside the US a discount line needs a tax code too",
        "manage sales tax for non-US locales", False,
        f"{_TAX}discount_needs_tax_code_when_switched_then_refused_without",
    ),
    Rule(
        "tax_rounding", "tax rounded as each regime does, or line by line, or on the total",
        "Canadian invoice of 4495.16 at 9.975 %", "regime",
        f"{_TAX}tax_rounding_when_switched_then_by_line_or_on_the_total",
        allowed=("regime", "line", "total"),
    ),
    Rule(
        "us_tax_override", "TotalTax sent under manual tax is honoured or dropped",
        "manage sales tax for US locales", "honoured",
        f"{_TAX}us_tax_override_when_switched_then_kept_or_dropped",
        allowed=("honoured", "dropped"),
    ),
    Rule(
        "automatic_tax_override", "TotalTax sent under automated tax: where a jurisdiction is found, always, never",
        "sources disagree", "in_jurisdiction",
        f"{_TAX}automatic_tax_override_when_switched_then_by_place",
        allowed=("in_jurisdiction", "honoured", "dropped"),
    ),
    Rule(
        "world_tax_override", "tax sent outside the US: honoured within two cents a line, always, never",
        "manage sales tax for non-US locales", "tolerance",
        f"{_TAX}world_tax_override_when_switched_then_only_near_always_or_never",
        allowed=("tolerance", "always", "never"),
    ),
    Rule(
        "untaxed_customer", "what frees a customer of tax: a reason, or Taxable=false alone",
        "manage sales tax for US locales; sample invoice 1037", "reason",
        f"{_TAX}untaxed_customer_when_switched_then_the_flag_alone_may_do",
        allowed=("reason", "flag"),
    ),
    Rule(
        "currency_left_out", "a document without currency where a company keeps several: the customer's, or refused",
        "manage multiple currencies", "customer",
        f"{_TAX}currency_left_out_when_switched_then_the_customers_or_refused",
        allowed=("customer", "refuse"),
    ),
    Rule(
        "home_currency_named", "the home currency named in a company that keeps only that one",
        "integrations disagree", "accept",
        f"{_TAX}home_currency_named_when_switched_then_accepted_or_refused",
        allowed=("accept", "refuse"),
    ),
    Rule(
        "exchange_rate_left_out", "a rate that is left out: 1, or the company's rate of the day",
        "observed since 2024", "one",
        f"{_TAX}exchange_rate_left_out_when_switched_then_one_or_the_days",
        allowed=("one", "day"),
    ),
    Rule(
        "customer_change_of_paid", "another customer on an invoice with payments: refused, or they come free",
        "manage linked transactions", "refuse",
        f"{_SALES}customer_change_of_paid_when_switched_then_refused_or_payments_come_free",
        allowed=("refuse", "unlink"),
    ),
    Rule(
        "deposited_is_fixed", "a payment in a bank deposit can be neither changed nor taken off (6540)",
        "error codes", True,
        f"{_PAYMENTS}deposited_is_fixed_when_the_payment_lies_in_a_deposit_then_6540",
    ),
    Rule(
        "credits_applied_at_birth", "waiting credits go to a new invoice at once, where the company has it so",
        "Preferences page", True,
        f"{_PAYMENTS}credits_applied_at_birth_when_switched_then_a_new_invoice_is_paid_by_what_waits",
    ),
    Rule("line_arithmetic", "a line whose amount is not quantity times price, rounded, is refused (6070)", "error codes", test=f"{_SALES}line_when_amount_is_off_by_a_cent_then_6070_in_the_vendors_words"),
    Rule("line_ids", "line ids are kept for lines that were there and never given twice", "linked discussion of full updates, recordings", test=f"{_SALES}lines_when_updated_without_ids_then_new_ids_that_were_never_used"),
    Rule("inline_subtotal", "a text line Subtotal: sums what is above", "Invoice page", test=f"{_SALES}line_of_text_when_it_says_subtotal_then_sums_what_is_above"),
    Rule("bundles", "a bundle is expanded to the lines of its items", "Invoice page", test=f"{_SALES}line_of_a_bundle_when_sold_then_expanded_to_its_items"),
    Rule("shipping", "shipping stands under the subtotal and no discount falls on it", "Invoice page", test=f"{_SALES}line_of_shipping_when_allowed_then_stands_under_the_subtotal"),
    Rule("line_limits", "10,000 lines, 750 on a taxed document", "REST API features", test=f"{_SALES}lines_when_more_than_750_then_refused_only_when_one_is_taxed"),
    Rule("shared_numbers", "invoices, credit memos and sales receipts share one series of numbers", "recordings of 2026", test=f"{_SALES}number_when_automatic_then_shared_with_credit_memos_and_receipts_but_not_estimates"),
    Rule("custom_numbers", "with CustomTxnNumbers a document left without number has none", "Invoice page", test=f"{_SALES}number_when_the_company_types_its_own_then_only_as_sent_or_asked_for"),
    Rule("due_by_terms", "due date by terms of the document, the customer, the company", "Term page", test=f"{_SALES}due_date_when_given_or_by_terms_then_as_the_vendor_counts"),
    Rule("deposits", "a deposit lowers the balance and needs an account for money", "Invoice page", test=f"{_SALES}deposit_when_given_then_balance_falls_and_account_is_kept"),
    Rule("void_keeps_lines", "void sets amounts to zero, takes prices out and marks the note", "recording of 2020", test=f"{_SALES}void_when_done_then_amounts_go_and_the_rest_stays"),
    Rule("full_update_clears", "a full update clears what is not sent", "Invoice page", test=f"{_SALES}update_when_full_then_what_is_not_sent_is_cleared"),
    Rule("manual_tax", "US manual tax: rate by rate on the sum of taxed lines", "sample invoice 1029", test=f"{_TAX}manual_when_one_group_then_rate_by_rate_on_the_sum"),
    Rule("automatic_tax", "US automated tax: by the place shipped to; no place, no tax", "sandbox walk of September 2026", test=f"{_TAX}automatic_when_shipped_somewhere_then_that_places_rates"),
    Rule("code_on_every_line", "outside the US every line needs a tax code", "recorded fault of July 2025", test=f"{_TAX}code_when_missing_outside_the_united_states_then_the_vendors_words"),
    Rule("inclusive_prices", "a price with tax survives; net is what is left", "manage sales tax for non-US locales", test=f"{_TAX}inclusive_when_the_price_is_sent_then_net_is_taken_out_and_the_price_survives"),
    Rule("no_tax_applies", "NotApplicable forbids tax detail (6170)", "error codes", test=f"{_TAX}not_applicable_when_tax_is_sent_then_6170"),
    Rule("currency_of_customer", "a document is in its customer's currency", "manage multiple currencies", test=f"{_TAX}currency_when_it_is_not_the_customers_then_6000"),
    Rule("payment_raises_version", "an applied payment lowers the balance and raises the invoice's version", "sample company", test=f"{_PAYMENTS}payment_when_in_part_then_the_rest_is_open_and_the_version_rises"),
    Rule("credit_by_payment", "a credit memo is applied by a payment that names it", "sample payment 74", test=f"{_PAYMENTS}credit_memo_when_applied_by_a_payment_of_nothing_then_used_up"),
    Rule("estimate_closed", "an invoice linked to an estimate closes it", "Estimate page", test=f"{_PAYMENTS}estimate_when_invoiced_then_closed_and_linked_both_ways"),
    Rule("receipt_paid", "a sales receipt is paid at once", "SalesReceipt page", test=f"{_PAYMENTS}sales_receipt_when_created_then_paid_at_once"),
)  # fmt: skip
