"""Rules of the way in: OAuth, gateway, limits, queries, change feed, webhooks."""

from dealvoice_sandbox.core.rules import Rule

_GATEWAY = "tests/sandbox/test_quickbooks_gateway.py::test_"
_OAUTH = "tests/sandbox/test_quickbooks_oauth.py::test_"
_QUERY = "tests/sandbox/test_quickbooks_query.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "gateway_401",
        "a missing (3202), malformed, unknown, expired or revoked token (3200) is refused with 401, lower-case keys, the "
        "time in milliseconds and WWW-Authenticate",
        "troubleshooting: common errors; recording of 2020",
        test=f"{_GATEWAY}gateway_when_token_is_bad_then_401_in_the_gateways_own_shape",
    ),
    Rule(
        "gateway_403",
        "a token of another company is refused with 403 and 3100, one without the accounting scope too",
        "troubleshooting: common errors",
        test=f"{_GATEWAY}gateway_when_token_is_for_another_company_or_scope_then_403",
    ),
    Rule(
        "xml_unless_json",
        "answers and faults are XML unless Accept names JSON; a wildcard does not",
        "REST API features: formats",
        test=f"{_GATEWAY}format_when_accept_varies_then_json_only_if_named",
    ),
    Rule(
        "xml_shape",
        "in XML, what JSON spells small is an attribute, a reference carries its name as one, a list repeats",
        "README of the vendor's schema",
        test=f"{_GATEWAY}xml_when_an_invoice_is_read_then_attributes_references_and_lists_as_in_the_schema",
    ),
    Rule(
        "tid_everywhere",
        "every answer carries intuit_tid, x-spanid and x-amzn-trace-id",
        "troubleshooting: intuit_tid; recordings",
        test=f"{_GATEWAY}headers_when_anything_is_answered_then_intuit_tid_is_there",
    ),
    Rule(
        "service_headers",
        "service-time, cache-control and expires on every answer of the service, qbo-version on success only",
        "recordings of 2020 and 2022",
        test=f"{_GATEWAY}headers_when_service_answers_then_version_on_success_only",
    ),
    Rule(
        "gzip",
        "longer answers go out as gzip to whoever takes it",
        "REST API features: compression",
        test=f"{_GATEWAY}gzip_when_asked_for_then_zipped_else_plain",
    ),
    Rule(
        "pacific_time",
        "time has milliseconds and the Pacific offset, MetaData no milliseconds; fault 2030 has no time at all",
        "recordings",
        test=f"{_GATEWAY}time_when_answered_then_pacific_with_milliseconds",
    ),
    Rule(
        "minor_versions",
        "every minorversion, known or not, is served as 75",
        "minor versions page; unknown values unconfirmed",
        test=f"{_GATEWAY}minorversion_when_any_then_the_same_answer",
    ),
    Rule(
        "unsupported_calls",
        "unknown paths, wrong methods and invalid UTF-8 are fault 500 with HTTP 400; wrong content types HTTP 415",
        "error codes page and recordings; texts for methods and content types unconfirmed",
        test=f"{_GATEWAY}gateway_when_call_has_a_wrong_form_then_refused",
    ),
    Rule(
        "unknown_addresses",
        "a path outside a company is the gateway's 404 in HTML",
        "troubleshooting: HTTP status codes; body unconfirmed",
        test=f"{_GATEWAY}gateway_when_path_is_outside_a_company_then_404_in_html",
    ),
    Rule(
        "scripted_words",
        "a scripted status speaks as the vendor would: gateway faults on 401, 403 and 429, HTML on outages, a Fault on 400, "
        "500 and 200 alike",
        "troubleshooting; recordings of HTTP 200 with a Fault",
        test=f"{_GATEWAY}scripted_fault_when_no_body_is_given_then_the_vendors_words",
    ),
    Rule(
        "throttle",
        "more than 500 calls a minute and realm, 10 a second, 10 at once or 40 batches a minute (120 of all apps) are "
        "refused",
        "limits and throttles",
        default=False,
        test=f"{_GATEWAY}limits_when_on_then_one_call_too_many_is_refused",
    ),
    Rule(
        "throttle_status",
        "status of a throttled call; older captures have 403",
        "limits and throttles; old captures",
        default=429,
        allowed=(429, 403),
        test=f"{_GATEWAY}limits_when_status_is_switched_then_answered_so",
    ),
    Rule(
        "discovery",
        "both discovery documents name this emulator's addresses and the vendor's own issuer",
        "OpenID Connect page",
        test=f"{_OAUTH}discovery_when_read_then_every_address_answers_here_and_the_issuer_is_the_vendor",
    ),
    Rule(
        "company_chooser",
        "a person chooses one of several companies; code, state and realmId come back",
        "OAuth page: authorization request",
        test=f"{_OAUTH}consent_when_shown_then_a_person_chooses_among_several_companies",
    ),
    Rule(
        "consent_declined",
        "a no comes back as access_denied, an unknown scope as invalid_scope",
        "OAuth page: errors",
        test=f"{_OAUTH}consent_when_declined_then_access_denied_with_state_and_no_realm",
    ),
    Rule(
        "exact_redirect",
        "with strict_client the redirect address has to be registered to the letter, and the client id known",
        "OAuth page: redirect URIs",
        test=f"{_OAUTH}consent_when_request_is_wrong_then_a_page_says_so_and_nobody_is_sent_anywhere",
    ),
    Rule(
        "code_life",
        "a code lives five minutes",
        "OAuth FAQ: minutes; the number is unconfirmed",
        test=f"{_OAUTH}code_when_five_minutes_old_then_refused",
    ),
    Rule(
        "code_reuse_revokes",
        "a code that comes a second time ends the grant that it began",
        "OAuth FAQ: may invalidate the tokens; unconfirmed",
        default=True,
        test=f"{_OAUTH}code_when_used_twice_then_refused_and_by_switch_the_tokens_die",
    ),
    Rule(
        "refresh_rotation",
        "the value of a refresh token changes at the first refresh after 24 hours and counts down from 8726400 seconds",
        "OAuth FAQ",
        test=f"{_OAUTH}refresh_when_a_day_has_passed_then_a_new_value_and_the_old_one_dies",
    ),
    Rule(
        "strict_rotation",
        "every refresh rotates the refresh token and the old one dies at once",
        "OAuth FAQ",
        default=False,
        test=f"{_OAUTH}refresh_when_rotation_is_strict_then_every_time_a_new_value",
    ),
    Rule(
        "refresh_grace_hours",
        "hours for which a superseded refresh token still works",
        "OAuth FAQ: up to 24; field reports: 0",
        default=0,
        allowed=tuple(range(25)),
        test=f"{_OAUTH}refresh_when_grace_is_switched_on_then_the_old_value_works_so_long_and_gives_the_new_one",
    ),
    Rule(
        "hard_expiry",
        "a grant ends after five years; x_refresh_token_hard_expires_in comes only when the header asks for it",
        "refresh token policy of November 2025; intuit-oauth 4.2.4",
        test=f"{_OAUTH}hard_life_when_asked_for_then_five_years_from_consent_and_then_the_end",
    ),
    Rule(
        "token_refusals",
        "wrong keys are 401 invalid_client, everything else 400 with invalid_grant, invalid_request or "
        "unsupported_grant_type",
        "OAuth FAQ; issues of Intuit's clients",
        test=f"{_OAUTH}token_when_request_is_incomplete_then_400",
    ),
    Rule(
        "revoke",
        "revoking a refresh token ends the grant with its access tokens; an access token ends alone",
        "OAuth page: revoke; the second half unconfirmed",
        test=f"{_OAUTH}revoke_when_refresh_token_is_given_then_the_whole_grant_dies",
    ),
    Rule(
        "disconnect_at_quickbooks",
        "disconnected at QuickBooks, tokens die at once and the browser goes to the disconnect address with realmId",
        "OAuth FAQ; app settings",
        test=f"{_OAUTH}disconnect_when_done_at_quickbooks_then_tokens_die_and_browser_goes_to_the_app_with_the_realm",
    ),
    Rule(
        "id_token",
        "with openid the first tokens bring an id_token, RS256, signed by the key of the JWKS address",
        "OpenID Connect page",
        test=f"{_OAUTH}id_token_when_openid_is_asked_then_signed_by_the_published_key",
    ),
    Rule(
        "openid_alone",
        "OpenID scopes alone: no company, no realmId, no API",
        "OpenID Connect page",
        test=f"{_OAUTH}openid_when_alone_then_no_company_is_chosen_and_the_api_is_closed",
    ),
    Rule(
        "userinfo",
        "userinfo tells what the scopes cover",
        "OpenID Connect page",
        test=f"{_OAUTH}userinfo_when_scopes_vary_then_only_what_they_cover",
    ),
    Rule(
        "query_syntax",
        "AND only, quoted values, paging clauses in either order; anything else is 4000 with the place and what was expected",
        "data queries; recordings of 4000",
        test=f"{_QUERY}query_when_syntax_is_wrong_then_4000_says_where",
    ),
    Rule(
        "query_round_trip",
        "keywords in any case, several lines, escapes by backslash",
        "data queries",
        test=f"{_QUERY}parse_when_statement_is_written_out_then_read_back_the_same",
    ),
    Rule(
        "query_validation",
        "unknown entities and properties, properties that cannot be asked for, and pages from 0 are 4001",
        "error codes page; recordings",
        test=f"{_QUERY}query_when_it_asks_what_cannot_be_asked_then_4001",
    ),
    Rule(
        "query_comparison",
        "texts are compared without regard to case, numbers as numbers, references by id; LIKE knows % only",
        "data queries",
        test=f"{_QUERY}where_when_compared_then_case_number_and_kind_are_forgiven",
    ),
    Rule(
        "query_moments",
        "date-times are compared in any zone; one without a zone is Pacific",
        "data queries; zone of a bare time unconfirmed",
        test=f"{_QUERY}where_when_moments_then_compared_in_any_zone",
    ),
    Rule(
        "query_dates",
        "dates are compared by day; CURRENT_DATE is known",
        "data queries (older edition)",
        test=f"{_QUERY}where_when_dates_then_compared_by_day_whatever_the_form",
    ),
    Rule(
        "query_inactive",
        "name lists hide inactive objects unless Active is asked for",
        "data queries",
        test=f"{_QUERY}inactive_when_active_is_not_asked_for_then_hidden",
    ),
    Rule(
        "query_order",
        "nothing said: name lists by name, transactions by last change, the newest first",
        "recordings",
        test=f"{_QUERY}order_when_nothing_is_said_then_names_rise_and_transactions_fall_by_last_change",
    ),
    Rule(
        "query_pages",
        "STARTPOSITION counts from 1; 100 rows unless MAXRESULTS says otherwise",
        "data queries",
        test=f"{_QUERY}page_when_nothing_is_said_then_a_hundred",
    ),
    Rule(
        "query_pseudo_codes",
        "the pseudo tax codes come on top of the first page",
        "python-quickbooks' live tests",
        test=f"{_QUERY}tax_codes_when_paged_then_pseudo_codes_come_on_top_of_the_first_page",
    ),
    Rule(
        "query_projection",
        "named properties only, parts of them too, with domain and sparse",
        "data queries; python-quickbooks",
        test=f"{_QUERY}projection_when_properties_are_named_then_only_these_and_the_domain",
    ),
    Rule(
        "query_total_count",
        "totalCount comes with some entities only and counts all pages",
        "recordings of May 2026",
        test=f"{_QUERY}total_count_when_entity_has_it_then_all_rows_and_not_the_pages",
    ),
    Rule(
        "sortable_id",
        "Id may stand in ORDERBY, as before January 2026",
        "data queries",
        default=False,
        test=f"{_QUERY}order_by_id_when_not_switched_on_then_4001_else_by_number",
    ),
    Rule(
        "order_by_in_two_words",
        "ORDER BY with a blank is known",
        "python-quickbooks; unconfirmed",
        default=True,
        test=f"{_QUERY}order_when_two_words_are_switched_off_then_4000",
    ),
    Rule(
        "not_equal",
        "!= is known",
        "python-quickbooks' live tests; unconfirmed",
        default=True,
        test=f"{_QUERY}not_equal_when_switched_off_then_4000",
    ),
    Rule(
        "maxresults_above_1000",
        "MAXRESULTS above 1000: capped or refused",
        "unconfirmed",
        default="cap",
        allowed=("cap", "refuse"),
        test=f"{_QUERY}maxresults_when_above_a_thousand_then_capped_or_refused_by_switch",
    ),
    Rule(
        "legacy_webhooks",
        "the older webhook payload instead of CloudEvents",
        "webhooks",
        False,
        "tests/sandbox/test_quickbooks_switches.py::test_legacy_webhooks_when_switched_sends_the_older_payload",
    ),
)
