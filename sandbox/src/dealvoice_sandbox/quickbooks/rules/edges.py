"""Rules of the gateway: who comes in, in which form, how often."""

from dealvoice_sandbox.core.rules import Rule

_TEST = "tests/sandbox/test_quickbooks_gateway.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "gateway_401",
        "a missing (3202), malformed, unknown, expired or revoked token (3200) is refused with 401, lower-case keys, the "
        "time in milliseconds and WWW-Authenticate",
        "troubleshooting: common errors; recording of 2020",
        test=f"{_TEST}gateway_when_token_is_bad_then_401_in_the_gateways_own_shape",
    ),
    Rule(
        "gateway_403",
        "a token of another company is refused with 403 and 3100, one without the accounting scope too",
        "troubleshooting: common errors",
        test=f"{_TEST}gateway_when_token_is_for_another_company_or_scope_then_403",
    ),
    Rule(
        "xml_unless_json",
        "answers and faults are XML unless Accept names JSON; a wildcard does not",
        "REST API features: formats",
        test=f"{_TEST}format_when_accept_varies_then_json_only_if_named",
    ),
    Rule(
        "xml_shape",
        "in XML, what JSON spells small is an attribute, a reference carries its name as one, a list repeats",
        "README of the vendor's schema",
        test=f"{_TEST}xml_when_an_invoice_is_read_then_attributes_references_and_lists_as_in_the_schema",
    ),
    Rule(
        "xml_order",
        "in XML, common properties come first and an entity's own last; valid by the vendor's schema",
        "the vendor's schema",
        test=f"{_TEST}xml_when_an_object_is_read_then_common_properties_come_before_its_own",
    ),
    Rule(
        "xml_requests",
        "bodies in XML are taken, alone and in batches",
        "REST API features: formats; Intuit's PHP, Java and .NET clients",
        test=f"{_TEST}xml_when_an_invoice_is_posted_in_it_then_the_same_as_in_json",
    ),
    Rule(
        "tid_everywhere",
        "every answer carries intuit_tid, x-spanid and x-amzn-trace-id",
        "troubleshooting: intuit_tid; recordings",
        test=f"{_TEST}headers_when_anything_is_answered_then_intuit_tid_is_there",
    ),
    Rule(
        "service_headers",
        "service-time, cache-control and expires on every answer of the service, qbo-version on success only",
        "recordings of 2020 and 2022",
        test=f"{_TEST}headers_when_service_answers_then_version_on_success_only",
    ),
    Rule(
        "gzip",
        "longer answers go out as gzip to whoever takes it",
        "REST API features: compression",
        test=f"{_TEST}gzip_when_asked_for_then_zipped_else_plain",
    ),
    Rule(
        "pacific_time",
        "time has milliseconds and the Pacific offset, MetaData no milliseconds; fault 2030 has no time at all",
        "recordings",
        test=f"{_TEST}time_when_answered_then_pacific_with_milliseconds",
    ),
    Rule(
        "minor_versions",
        "every minorversion, known or not, is served as 75",
        "minor versions page; unknown values unconfirmed",
        test=f"{_TEST}minorversion_when_any_then_the_same_answer",
    ),
    Rule(
        "unsupported_calls",
        "unknown paths, wrong methods and invalid UTF-8 are fault 500 with HTTP 400; wrong content types HTTP 415",
        "error codes page and recordings; texts for methods and content types unconfirmed",
        test=f"{_TEST}gateway_when_call_has_a_wrong_form_then_refused",
    ),
    Rule(
        "unknown_addresses",
        "a path outside a company is the gateway's 404 in HTML",
        "troubleshooting: HTTP status codes; body unconfirmed",
        test=f"{_TEST}gateway_when_path_is_outside_a_company_then_404_in_html",
    ),
    Rule(
        "scripted_words",
        "a scripted status speaks as the vendor would: gateway faults on 401, 403 and 429, HTML on outages, a Fault on 400, "
        "500 and 200 alike",
        "troubleshooting; recordings of HTTP 200 with a Fault",
        test=f"{_TEST}scripted_fault_when_no_body_is_given_then_the_vendors_words",
    ),
    Rule(
        "throttle",
        "more than 500 calls a minute and realm, 10 a second, 10 at once or 40 batches a minute (120 of all apps) are "
        "refused",
        "limits and throttles",
        default=False,
        test=f"{_TEST}limits_when_on_then_one_call_too_many_is_refused",
    ),
    Rule(
        "throttle_status",
        "status of a throttled call; older captures have 403",
        "limits and throttles; old captures",
        default=429,
        allowed=(429, 403),
        test=f"{_TEST}limits_when_status_is_switched_then_answered_so",
    ),
    Rule(
        "invoice_link",
        "a client is given an invoice's link when it asks, online payment is on and there is an address; then it stays",
        "Invoice page, InvoiceLink",
        test="tests/sandbox/test_books_pages.py::"
        "test_share_link_when_a_client_asks_is_given_only_with_online_payment_and_an_address",
    ),
)
