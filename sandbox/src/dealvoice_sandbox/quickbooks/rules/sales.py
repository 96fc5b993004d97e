"""Rules of invoices and what belongs to them: numbers, lines, discounts, tax, currency, payments, credits."""

from dealvoice_sandbox.core.rules import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "void_of_paid", "void of a paid invoice: unlink its payments, or refuse", "manage linked transactions", "unlink"
    ),
    Rule("warn_duplicate_number", "company setting: refuse a number in use (6140)", "error codes", False),
)
