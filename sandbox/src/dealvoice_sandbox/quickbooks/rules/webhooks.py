"""Rules of the events that an app is told of."""

from dealvoice_sandbox.core.rules import Rule

_TEST = "tests/sandbox/test_quickbooks_webhooks.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "webhook_shape",
        "CloudEvents: an array, one element a change, with the realm as intuitaccountid",
        "change of the payload, November 2025; a delivery captured in August 2026",
        test=f"{_TEST}event_when_something_changes_then_a_cloud_event_in_the_vendors_shape",
    ),
    Rule(
        "webhook_signature",
        "intuit-signature is base64 of HMAC-SHA256 over the raw body; a token changed in the portal counts at once",
        "webhooks page; effect of a change unconfirmed",
        test=f"{_TEST}signature_when_the_portals_token_changes_then_the_next_try_is_signed_by_it",
    ),
    Rule(
        "webhook_timetable",
        "current: again after 10, 20 and 30 s, 5 and 20 min, 2, 4 and 6 h, then every 6 h; older: after 20, 30 and 50 min, "
        "then the message is dropped and the address left alone",
        "webhooks best practices; the older page",
        default="current",
        allowed=("current", "older"),
        test=f"{_TEST}retry_when_nobody_answers_then_on_the_timetable_by_the_vendors_clock",
    ),
    Rule(
        "webhook_order",
        "later messages wait until the first is acknowledged",
        "webhooks best practices",
        test=f"{_TEST}order_when_the_first_is_not_acknowledged_then_the_later_ones_wait",
    ),
    Rule(
        "webhook_no_retry",
        "answers of 4xx but 408 are not tried again",
        "webhooks best practices; unconfirmed",
        test=f"{_TEST}retry_when_answer_is_final_then_none",
    ),
    Rule(
        "webhook_window_seconds",
        "seconds in which events are gathered into one message; 0 sends each alone",
        "webhooks page: several entities in one message; the span is unconfirmed",
        default=1,
        allowed=tuple(range(61)),
        test=f"{_TEST}window_when_events_come_together_then_one_message_for_all_companies",
    ),
    Rule(
        "webhook_subscription",
        "the app is told of what it subscribed to, out of what the portal offers for each entity",
        "portal's list of subscriptions",
        test=f"{_TEST}subscription_when_the_portal_names_events_then_only_these",
    ),
    Rule(
        "own_writes_notified",
        "the app is told of what it wrote itself",
        "unconfirmed",
        default=True,
        test=f"{_TEST}own_writes_when_switched_off_then_only_other_peoples_changes",
    ),
    Rule(
        "void_and_emailed_also_updated",
        "a void or a sent mail tells updated as well",
        "unconfirmed",
        default=False,
        test=f"{_TEST}void_when_switched_then_updated_as_well",
    ),
    Rule(
        "void_event_name",
        "how a void is spelled in the type of an event",
        "portal: void; Intuit's blog and clients: voided",
        default="void",
        allowed=("void", "voided"),
        test=f"{_TEST}void_when_spelling_is_switched_then_typed_so",
    ),
    Rule(
        "webhook_content_type",
        "content type of CloudEvents",
        "Java sample; both seen",
        default="application/json; charset=utf-8",
        allowed=("application/json; charset=utf-8", "application/cloudevents+json"),
        test=f"{_TEST}content_type_when_switched_then_sent_so",
    ),
    Rule(
        "webhook_merge",
        "a merge names what disappeared",
        "webhooks page",
        test=f"{_TEST}merge_when_told_then_names_what_disappeared",
    ),
    Rule(
        "legacy_webhooks",
        "the older webhook payload instead of CloudEvents",
        "webhooks page (older edition)",
        default=False,
        test=f"{_TEST}legacy_when_switched_then_changes_by_company_in_the_older_words",
    ),
)
