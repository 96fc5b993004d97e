"""Rules of a deal's products, discounts and installments, and of the value that follows from them."""

from dealvoice_sandbox.core.rules import Rule

_LINES = "tests/sandbox/test_pipedrive_lines.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "value_includes_tax",
        "deal value adds tax to exclusive rows",
        "deal products; unconfirmed",
        False,
        test=f"{_LINES}value_when_switched_adds_the_tax_of_exclusive_rows",
    ),
    Rule(
        "discount_per_unit",
        "a discount in money is taken off each piece instead of once off the row",
        "deal products; unconfirmed",
        False,
        test=f"{_LINES}discount_in_money_when_switched_counts_per_piece",
    ),
)
