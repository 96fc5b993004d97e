"""Rules of reading: lists, pages, parameters, fields, searches, history."""

from dealvoice_sandbox.core.rules import Rule

_DEALS = "tests/sandbox/test_pipedrive_deals.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "deleted_readable",
        "a deleted deal can still be read by its id",
        "deals v2; unconfirmed",
        False,
        test=f"{_DEALS}deleted_deal_when_switched_is_still_read_by_id",
    ),
    Rule(
        "retired_status",
        "status of v1 paths that have a twin in v2: not known any more (404) or gone (410)",
        "changelog, deprecated v1 endpoints out of support; unconfirmed",
        404,
        test=f"{_DEALS}retired_path_when_called_then_the_switchs_status",
        allowed=(404, 410),
    ),
)
