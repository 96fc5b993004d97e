"""Rules of invoices and what belongs to them: numbers, lines, discounts, tax, currency, payments, credits."""

from dealvoice_sandbox.core.rules import Rule

_SWITCHES = "tests/sandbox/test_quickbooks_switches.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "void_of_paid", "void of a paid invoice: unlink its payments, or refuse", "manage linked transactions", "unlink",
        f"{_SWITCHES}void_of_paid_when_switched_refuses_instead_of_unlinking", allowed=("unlink", "refuse"),
    ),
    Rule(
        "warn_duplicate_number", "company setting: refuse a number in use (6140)", "error codes", False,
        f"{_SWITCHES}warn_duplicate_number_when_switched_refuses_a_number_in_use",
    ),
)  # fmt: skip
