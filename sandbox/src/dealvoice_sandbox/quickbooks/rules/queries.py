"""Rules of the query language."""

from dealvoice_sandbox.core.rules import Rule

_TEST = "tests/sandbox/test_quickbooks_query.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "query_syntax",
        "AND only, quoted values, paging clauses in either order; anything else is 4000 with the place and what was expected",
        "data queries; recordings of 4000",
        test=f"{_TEST}query_when_syntax_is_wrong_then_4000_says_where",
    ),
    Rule(
        "query_round_trip",
        "keywords in any case, several lines, escapes by backslash",
        "data queries",
        test=f"{_TEST}parse_when_statement_is_written_out_then_read_back_the_same",
    ),
    Rule(
        "query_validation",
        "unknown entities and properties, properties that cannot be asked for, and pages from 0 are 4001",
        "error codes page; recordings",
        test=f"{_TEST}query_when_it_asks_what_cannot_be_asked_then_4001",
    ),
    Rule(
        "query_comparison",
        "texts are compared without regard to case, numbers as numbers, references by id; LIKE knows % only",
        "data queries",
        test=f"{_TEST}where_when_compared_then_case_number_and_kind_are_forgiven",
    ),
    Rule(
        "query_moments",
        "date-times are compared in any zone; one without a zone is Pacific",
        "data queries; zone of a bare time unconfirmed",
        test=f"{_TEST}where_when_moments_then_compared_in_any_zone",
    ),
    Rule(
        "query_dates",
        "dates are compared by day; CURRENT_DATE is known",
        "data queries (older edition)",
        test=f"{_TEST}where_when_dates_then_compared_by_day_whatever_the_form",
    ),
    Rule(
        "query_inactive",
        "name lists hide inactive objects unless Active is asked for",
        "data queries",
        test=f"{_TEST}inactive_when_active_is_not_asked_for_then_hidden",
    ),
    Rule(
        "query_order",
        "nothing said: name lists by name, transactions by last change, the newest first",
        "recordings",
        test=f"{_TEST}order_when_nothing_is_said_then_names_rise_and_transactions_fall_by_last_change",
    ),
    Rule(
        "query_pages",
        "STARTPOSITION counts from 1; 100 rows unless MAXRESULTS says otherwise",
        "data queries",
        test=f"{_TEST}page_when_nothing_is_said_then_a_hundred",
    ),
    Rule(
        "query_pseudo_codes",
        "the pseudo tax codes come on top of the first page",
        "python-quickbooks' live tests",
        test=f"{_TEST}tax_codes_when_paged_then_pseudo_codes_come_on_top_of_the_first_page",
    ),
    Rule(
        "query_projection",
        "named properties only, parts of them too, with domain and sparse",
        "data queries; python-quickbooks",
        test=f"{_TEST}projection_when_properties_are_named_then_only_these_and_the_domain",
    ),
    Rule(
        "query_total_count",
        "totalCount comes with some entities only and counts all pages",
        "recordings of May 2026",
        test=f"{_TEST}total_count_when_entity_has_it_then_all_rows_and_not_the_pages",
    ),
    Rule(
        "sortable_id",
        "Id may stand in ORDERBY, as before January 2026",
        "data queries",
        default=False,
        test=f"{_TEST}order_by_id_when_not_switched_on_then_4001_else_by_number",
    ),
    Rule(
        "order_by_in_two_words",
        "ORDER BY with a blank is known",
        "python-quickbooks; unconfirmed",
        default=True,
        test=f"{_TEST}order_when_two_words_are_switched_off_then_4000",
    ),
    Rule(
        "not_equal",
        "!= is known",
        "python-quickbooks' live tests; unconfirmed",
        default=True,
        test=f"{_TEST}not_equal_when_switched_off_then_4000",
    ),
    Rule(
        "maxresults_above_1000",
        "MAXRESULTS above 1000: capped or refused",
        "unconfirmed",
        default="cap",
        allowed=("cap", "refuse"),
        test=f"{_TEST}maxresults_when_above_a_thousand_then_capped_or_refused_by_switch",
    ),
    Rule(
        "shuffled_ties",
        "rows that are equal in ORDERBY come in another order on every page",
        "data queries promise no order among them; unconfirmed",
        default=False,
        test=f"{_TEST}order_when_ties_are_shuffled_then_pages_overlap_and_leave_out",
    ),
)
