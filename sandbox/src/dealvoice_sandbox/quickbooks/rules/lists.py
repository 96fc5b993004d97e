"""Rules of the name lists, of shapes and of the operations that every entity shares."""

from dealvoice_sandbox.core.rules import Rule

_SETTINGS = "tests/sandbox/test_quickbooks_operations.py::"

RULES: tuple[Rule, ...] = (
    Rule(
        "sparse_update_of_small_lists", "sparse update of accounts, terms, classes and their like: taken, or refused",
        "support matrix: documented for customers and items only", "accept",
        _SETTINGS + "test_sparse_update_of_a_term_when_the_switch_refuses_it_then_unsupported", ("accept", "refuse"),
    ),
    Rule(
        "customer_currency_change", "another currency sent in the update of a customer: passed over, or refused",
        "multicurrency page", "ignore",
        "tests/sandbox/test_quickbooks_people.py::test_currency_of_a_customer_when_changed_then_it_stays",
        ("ignore", "refuse"),
    ),
    Rule(
        "replay_hours", "how long the first answer to a requestid is kept, in hours",
        "third parties say a day at least", 24,
        _SETTINGS + "test_same_requestid_when_its_time_is_over_then_work_is_done_again",
    ),
    Rule(
        "replay_of_another_body", "a requestid again with another body: the first answer, or fault 600",
        "REST API features; error codes", "original",
        _SETTINGS + "test_same_requestid_when_the_body_differs_then_the_switch_decides", ("original", "refuse"),
    ),
    Rule(
        "older_minor_versions", "minor versions below 75: ignored since August 2025, or honoured as before",
        "minor versions page", "ignored",
        _SETTINGS + "test_minor_version_when_honoured_then_newer_properties_are_left_out", ("ignored", "honoured"),
    ),
)  # fmt: skip
