"""Rules of limits, webhooks and odd input."""

from dealvoice_sandbox.core.rules import Rule

_LIMITS = "tests/sandbox/test_pipedrive_limits.py::test_"
_HOOKS = "tests/sandbox/test_pipedrive_hooks.py::test_"
_DEALS = "tests/sandbox/test_pipedrive_deals.py::test_"
_FILES = "tests/sandbox/test_pipedrive_files.py::test_"

RULES: tuple[Rule, ...] = (
    Rule("rate_headers", "x-ratelimit-limit, -remaining and -reset (seconds) on every answer", "rate limiting page",
         test=f"{_LIMITS}headers_when_not_limited_then_count_down"),
    Rule("search_burst", "searches have ten calls in two seconds of their own", "rate limiting page",
         test=f"{_LIMITS}search_when_burst_is_on_then_has_ten_calls_of_its_own"),
    Rule("request_id", "every answer has an x-request-id", "seen by clients; unconfirmed",
         test=f"{_LIMITS}answer_when_any_then_has_a_request_id"),
    Rule("daily_left", "x-daily-requests-left on POST and PUT of personal tokens", "rate limiting page",
         test=f"{_LIMITS}daily_budget_when_it_is_the_plans_own_then_told_to_personal_tokens"),
    Rule("burst", "a token's calls in two seconds are limited by plan", "rate limiting page", False,
         test=f"{_LIMITS}burst_when_switched_on_answers_429_until_the_window_is_over"),
    Rule("daily_budget", "cost tokens a day for the whole company; 0 does not limit, -1 is what the plan and its seats have",
         "rate limiting page", 0, test=f"{_LIMITS}daily_budget_when_spent_answers_429_until_midnight"),
    Rule("cloudflare_after", "refusals in a row after which a personal token meets the gateway's HTML page; 0 is never",
         "rate limiting page; their number is unconfirmed", 0,
         test=f"{_LIMITS}script_when_it_ignores_429_then_meets_the_gateways_page"),
    Rule("hook_errors", "a hook's errors are told by field", "webhooks v1",
         test=f"{_HOOKS}hook_when_wrong_then_errors_by_field"),
    Rule("hook_limit", "forty hooks a user, then 422", "webhooks guide",
         test=f"{_HOOKS}hook_when_forty_are_there_then_422"),
    Rule("hook_owner", "an app's user sees and deletes his own hooks alone", "webhooks for apps",
         test=f"{_HOOKS}hooks_when_listed_then_only_the_users_own_and_deleted_once"),
    Rule("probe_hooks", "a hook whose address does not answer is refused when it is made",
         "webhooks guide; the method of the probe is unconfirmed", False,
         test=f"{_HOOKS}hook_when_probed_and_nobody_answers_then_400"),
    Rule("hook_payload", "ids in meta are texts, data is whole, previous has what changed, visible_to is a text",
         "webhooks v2 guide",
         test=f"{_HOOKS}change_when_told_then_data_is_whole_previous_only_what_changed_and_ids_are_texts"),
    Rule("hook_custom_fields", "custom fields are objects that name their type; an added one was null before",
         "webhooks v2 migration guide", test=f"{_HOOKS}custom_fields_when_told_then_typed_objects"),
    Rule("hook_actions", "create has no previous, delete no data", "webhooks v2 guide",
         test=f"{_HOOKS}event_when_anything_happens_then_told_with_what_its_action_has"),
    Rule("hook_product", "a product is still selectable, not linkable", "webhooks v2 migration guide",
         test=f"{_HOOKS}product_when_told_then_linkable_is_still_selectable"),
    Rule("hook_sight", "a hook hears what its user may see", "webhooks guide",
         test=f"{_HOOKS}event_when_the_hooks_user_may_not_see_it_then_not_told"),
    Rule("hook_retries", "anything but a 2xx is tried again after 3, 30 and 150 seconds; attempt counts", "webhooks v2 guide",
         test=f"{_HOOKS}delivery_when_refused_then_three_more_attempts_counted"),
    Rule("hook_ban", "ten first attempts that failed ban a hook for half an hour; its events are lost", "webhooks v2 guide",
         test=f"{_HOOKS}hook_when_ten_first_attempts_fail_then_banned_half_an_hour_and_events_are_lost"),
    Rule("hook_removal", "three days without a delivery remove a hook", "webhooks v2 guide",
         test=f"{_HOOKS}hook_when_nothing_arrived_for_three_days_then_removed"),
    Rule("bad_json", "a body that is no JSON is 400", "HTTP status codes",
         test=f"{_DEALS}body_when_no_json_then_400"),
    Rule("bad_multipart", "a broken multipart body is 400", "HTTP status codes",
         test=f"{_FILES}body_when_multipart_is_broken_then_400"),
)  # fmt: skip
