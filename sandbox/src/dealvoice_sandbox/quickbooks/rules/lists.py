"""Rules of the name lists, of shapes and of the operations that every entity shares."""

from dealvoice_sandbox.core.rules import Rule

_OPERATIONS = "tests/sandbox/test_quickbooks_operations.py::test_"
_PEOPLE = "tests/sandbox/test_quickbooks_people.py::test_"
_LISTS = "tests/sandbox/test_quickbooks_lists.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "sparse_update_of_small_lists", "sparse update of accounts, terms, classes and their like: taken, or refused",
        "support matrix: documented for customers and items only", "accept",
        _OPERATIONS + "sparse_update_of_a_term_when_the_switch_refuses_it_then_unsupported", ("accept", "refuse"),
    ),
    Rule(
        "customer_currency_change", "another currency sent in the update of a customer: passed over, or refused",
        "multicurrency page", "ignore",
        _PEOPLE + "currency_of_a_customer_when_changed_then_it_stays",
        ("ignore", "refuse"),
    ),
    Rule(
        "tax_identifier_kept", "the tax number of a customer or vendor: kept and masked, or passed over, as an edition without a place would",
        "field and its checks differ by edition; which have none is not on record", True,
        _PEOPLE + "tax_number_when_the_edition_has_no_place_then_passed_over",
    ),
    Rule(
        "replay_hours", "how long the first answer to a requestid is kept, in hours",
        "third parties say a day at least", 24,
        _OPERATIONS + "same_requestid_when_its_time_is_over_then_work_is_done_again",
    ),
    Rule(
        "replay_of_another_body", "a requestid again with another body: the first answer, or fault 600",
        "REST API features; error codes", "original",
        _OPERATIONS + "same_requestid_when_the_body_differs_then_the_switch_decides", ("original", "refuse"),
    ),
    Rule(
        "older_minor_versions", "minor versions below 75: ignored since August 2025, or honoured as before",
        "minor versions page", "ignored",
        _OPERATIONS + "minor_version_when_honoured_then_newer_properties_are_left_out", ("ignored", "honoured"),
    ),
    Rule(
        "properties_as_data", "every entity's properties, order, types, lengths and operations stand in one table",
        "vendor's schemas; page of each entity", test=_OPERATIONS + "schema_when_read_then_every_type_and_name_is_known",
    ),
    Rule(
        "order_of_checks", "JSON and properties, then what is required, then lengths, then forms, then references, then business",
        "recordings; error codes", test=_OPERATIONS + "body_when_wrong_twice_then_refused_in_the_vendors_order",
    ),
    Rule(
        "forms_of_values", "dates, enumerations, booleans, numbers, control characters and addresses each have their fault",
        "error codes", test=_OPERATIONS + "body_when_of_the_wrong_form_then_the_vendors_code",
    ),
    Rule(
        "unknown_property", "an unknown property is told with its class and those that are known",
        "recordings", test=_OPERATIONS + "property_when_unknown_then_told_with_its_class_and_the_known_ones",
    ),
    Rule(
        "numbers_as_texts", "a number in quotes is taken",
        "client libraries print exact decimals so", test=_OPERATIONS + "numbers_when_sent_as_texts_then_taken",
    ),
    Rule(
        "matrix_of_operations", "an entity takes the operations of its page; others are fault 500",
        "page of each entity", test=_OPERATIONS + "operation_when_the_entity_has_none_such_then_500",
    ),
    Rule(
        "odd_voids", "void of a bill: 200 with a system fault; of a journal entry: 200 and nothing done",
        "noted live, August 2026", test=_OPERATIONS + "void_of_a_journal_when_asked_then_nothing_is_done",
    ),
    Rule(
        "replay_after_a_refusal", "a refused first attempt leaves its requestid free",
        "unconfirmed", test=_OPERATIONS + "same_requestid_when_the_first_was_refused_then_work_is_done",
    ),
    Rule(
        "batch_items", "items of a batch fail one by one; at most 30",
        "batch page", test=_OPERATIONS + "batch_when_items_differ_then_each_has_its_own_answer",
    ),
    Rule(
        "batch_options", "optionsData of an item carries what include carries elsewhere",
        "batch page", test=_OPERATIONS + "batch_when_an_item_allows_a_duplicate_number_then_taken",
    ),
    Rule(
        "changes_in_order", "the feed tells changes in their order, the deleted last",
        "change data capture page; recordings", test=_OPERATIONS + "changes_when_asked_then_in_order_of_change_with_the_deleted_at_the_end",
    ),
    Rule(
        "changes_cut", "at most 1000 objects an answer; totalCount tells that there are more",
        "change data capture page", test=_OPERATIONS + "changes_when_more_than_a_thousand_then_cut_and_the_total_is_told",
    ),
    Rule(
        "changes_thirty_days", "the feed looks back 30 days; an older start is no fault",
        "change data capture page; a recording of 2020", test=_OPERATIONS + "changes_when_asked_from_long_ago_then_the_last_thirty_days",
    ),
    Rule(
        "changes_without_tax", "no feed of tax codes, rates and agencies",
        "change data capture page", test=_OPERATIONS + "changes_when_of_an_entity_without_a_feed_then_refused",
    ),
    Rule(
        "order_of_properties", "answers print an entity's own properties first, then common ones from the general down",
        "vendor's schemas; recordings", test=_OPERATIONS + "invoice_when_printed_then_in_the_vendors_order_and_figures",
    ),
    Rule(
        "full_update_clears_names", "a full update clears what it does not send; a sparse one leaves it",
        "REST API features", test=_PEOPLE + "full_update_when_a_property_is_left_out_then_it_is_cleared",
    ),
    Rule(
        "nothing_changed", "an update that changes nothing leaves SyncToken and time",
        "recordings of accounts and employees", test=_PEOPLE + "update_when_nothing_changes_then_version_and_time_stay",
    ),
    Rule(
        "one_name_space", "customers, vendors and employees share their display names",
        "Customer page; error codes", test=_PEOPLE + "name_when_another_list_bears_it_then_6240",
    ),
    Rule(
        "soft_deletion_renames", "Active false appends (deleted) to the name and frees it",
        "recordings of accounts and employees", test=_PEOPLE + "name_when_its_bearer_is_inactive_then_free",
    ),
    Rule(
        "jobs", "a job has its parent's path, at most five levels, and counts in the parent's balance with jobs",
        "Customer page", test=_PEOPLE + "job_when_created_then_has_its_parents_path_and_level",
    ),
    Rule(
        "address_ids", "an address has a new id whenever it changes",
        "recordings", test=_PEOPLE + "address_when_changed_then_has_another_id",
    ),
    Rule(
        "tax_ids_masked", "tax ids are masked but for their last five characters",
        "Customer page", test=_PEOPLE + "tax_id_when_read_then_all_but_five_characters_are_masked",
    ),
    Rule(
        "names_in_queries", "queries show ClientEntityId and V4IDPseudonym of names, reads do not",
        "recordings", test=_PEOPLE + "customer_when_queried_then_carries_two_more_properties_than_when_read",
    ),
    Rule(
        "item_accounts", "an item's accounts fit its type; inventory has more that it requires",
        "Item page", test=_LISTS + "item_when_it_cannot_be_then_refused",
    ),
    Rule(
        "item_categories", "categories have levels and no accounts; a name is unique under its parent",
        "Item page", test=_LISTS + "item_below_a_category_when_created_then_has_its_path",
    ),
    Rule(
        "accounts_by_type", "an account's type or subtype tells its class",
        "Account page", test=_LISTS + "account_when_created_by_subtype_then_type_and_class_are_told",
    ),
    Rule(
        "terms", "a term by days is STANDARD, by a day of the month DATE_DRIVEN",
        "Term page", test=_LISTS + "term_when_date_driven_then_says_so",
    ),
    Rule(
        "closed_preferences", "preferences that only the service sets are passed over; several currencies are for good",
        "Preferences page", test=_LISTS + "several_currencies_when_on_then_cannot_be_switched_off",
    ),
    Rule(
        "exchange_rates", "a company's rate holds from its day on; queries may ask for any day",
        "Exchangerate page", test=_LISTS + "rate_when_set_for_a_day_then_holds_from_that_day_on",
    ),
    Rule(
        "tax_service", "tax codes are made by the tax service alone, with bare bodies",
        "TaxService page", test=_LISTS + "tax_code_when_made_then_answer_is_bare_and_invoices_can_use_it",
    ),
    Rule(
        "attachments", "a file comes back from an address that works for a quarter of an hour",
        "Attachable page", test=_LISTS + "file_when_uploaded_then_comes_back_byte_for_byte_without_a_token",
    ),
    Rule(
        "upload_faults", "an upload answers 200 also where a file is refused",
        "recordings", test=_LISTS + "file_when_hung_on_nothing_then_its_own_answer_is_a_fault",
    ),
    Rule(
        "other_transactions", "bills, purchases, journals, transfers and their like are kept with what they require checked",
        "page of each entity", test=_LISTS + "bill_when_kept_then_totalled_and_changed_and_deleted",
    ),
    Rule(
        "bank_deposits", "a deposit takes payments in, and they cannot be changed until it lets them out",
        "error codes (6540)", test=_LISTS + "payment_when_in_a_deposit_then_cannot_be_deleted_until_it_is_taken_out",
    ),
)  # fmt: skip
