"""
What each finding weighs and what QuickBooks would answer without it; the source of docs/errors.md.

``PREDICTED`` is what the two-sided test of preflight goes by: a blocker that stands there is refused by QuickBooks too,
with a fault that our tables read as one of the codes named.
"""

from pathlib import Path

from babel.messages.pofile import read_po

from dealvoice.i18n import Speech
from dealvoice.invoicing.finding import CATALOGUE, Finding, Severity
from dealvoice.web.findings import tell

PAGE = Path(__file__).parent.parent.parent / "docs/errors.md"

_NAMES = {"B": "blocker", "W": "warning", "I": "info"}

WEIGHTS: dict[str, tuple[str, str]] = {
    "text.control_characters": ("B", "2040"),
    "text.name_characters": ("B", "2040 or 6000"),
    "text.outside_latin1": ("W", ""),
    "text.too_long": ("B", "2050"),
    "number.format": ("B", "2080 to 2160"),
    "line.precision": ("W", ""),
    "company.unsupported": ("B", ""),
    "company.lapsed": ("B", "6190"),
    "company.feature_off": ("B", "5020 or 5030"),
    "class.inactive": ("B", "2500"),
    "location.inactive": ("B", "2500"),
    "term.inactive": ("W", ""),
    "custom_field.unknown": ("W", ""),
    "customer.missing": ("B", "2020"),
    "customer.gone": ("B", "2500 or 610"),
    "customer.inactive": ("B", "2500 or 610"),
    "customer.currency_mismatch": ("B", "6000"),
    "customer.name_taken": ("B", "6240"),
    "customer.name_missing": ("B", "6080"),
    "customer.near_duplicate": ("B or W", ""),
    "customer.changed_meanwhile": ("W", "5010, when we wrote all the same"),
    "customer.exempt": ("I", ""),
    "customer.is_sub": ("I", ""),
    "customer.tax_id_hidden": ("I", ""),
    "customer.tax_id_suspect": ("W", ""),
    "email.missing": ("B or I", "6420, when it is to be sent"),
    "email.invalid": ("B", "2210"),
    "address.missing": ("W", ""),
    "note.reserved_word": ("B", ""),
    "deal.changed": ("B", ""),
    "deal.installments": ("W", ""),
    "deal.billed_twice": ("W", ""),
    "deal.only_left": ("I", ""),
    "deal.invoiced_already": ("B", ""),
    "date.invalid": ("B", "2060 or 2070"),
    "date.books_closed": ("B or W", "6200, 6210 or 5010"),
    "date.due_before_issue": ("W", ""),
    "date.unusual": ("W", ""),
    "line.service_date_missing": ("W", ""),
    "currency.missing": ("B", ""),
    "currency.unknown": ("B", "2220"),
    "currency.multicurrency_off": ("B", "6000; we would not even send the currency"),
    "currency.not_in_plan": ("B", "6000; we would not even send the currency"),
    "currency.not_listed": ("I", ""),
    "currency.rate_missing": ("B", ""),
    "currency.rate_odd": ("W or B", ""),
    "currency.decimals": ("B", "2110, or it rounds"),
    "number.missing": ("B", ""),
    "number.duplicate": ("B", "6140, with custom numbers; else it accepts the second one"),
    "number.own_series": ("I", ""),
    "number.jump": ("W", ""),
    "lines.none": ("B", "2020"),
    "lines.too_many": ("B", "a fault"),
    "currency.item_price_home": ("I", ""),
    "item.missing": ("B", ""),
    "item.gone": ("B", "2500"),
    "item.inactive": ("B", "2500 or 610"),
    "item.category": ("B", "2500"),
    "item.bundle": ("B", "2500 or 6000"),
    "item.not_sold": ("B", "6000"),
    "item.renamed": ("W", ""),
    "item.changed": ("W", ""),
    "item.stock_low": ("W", ""),
    "item.name_taken": ("B", "6240"),
    "item.account_missing": ("B", "2020"),
    "line.price_missing": ("B", ""),
    "line.quantity_missing": ("B", "6520, for stock"),
    "line.quantity_zero": ("W", ""),
    "line.disabled": ("I", ""),
    "line.negative": ("W", ""),
    "line.subtotal_word": ("W", ""),
    "line.recurring": ("W", ""),
    "line.recurring_endless": ("W", ""),
    "tax.code_missing": ("B", "6000"),
    "tax.code_inactive": ("B", "2500 or 6000"),
    "tax.group_missing": ("B", ""),
    "tax.inclusive_unsupported": ("B", ""),
    "tax.switched_off": ("W", ""),
    "tax.estimated": ("I", ""),
    "discount.too_large": ("B", "6000"),
    "discount.account_missing": ("B", "2500"),
    "discount.merged": ("I", ""),
    "total.negative": ("B", "6000"),
    "total.zero": ("W", ""),
    "total.differs_from_deal": ("W", ""),
    "mapping.field_gone": ("W", ""),
    "mapping.number_as_tax_id": ("W", ""),
}
"""Severity, and the fault codes that QuickBooks would answer with; empty where the rule is ours alone."""

PREDICTED: dict[str, set[str]] = {
    "text.control_characters": {"text.control_characters"},
    "text.name_characters": {"text.name_characters", "text.control_characters", "quickbooks.refused"},
    "text.too_long": {"text.too_long"},
    "number.format": {"number.format"},
    "company.feature_off": {"company.feature_off"},
    "customer.gone": {"customer.gone"},
    "customer.inactive": {"customer.inactive"},
    "customer.currency_mismatch": {"customer.currency_mismatch"},
    "customer.name_taken": {"customer.name_taken"},
    "customer.name_missing": {"customer.name_missing"},
    "email.invalid": {"email.invalid"},
    "date.books_closed": {"date.books_closed"},
    "currency.unknown": {"currency.unknown", "customer.currency_mismatch"},
    "number.duplicate": {"number.duplicate"},
    "lines.none": {"lines.none"},
    "lines.too_many": {"lines.too_many", "quickbooks.refused", "quickbooks.too_big"},
    "item.gone": {"item.gone"},
    "item.inactive": {"item.inactive"},
    "item.category": {"item.category"},
    "item.bundle": {"item.gone", "item.bundle"},
    "item.not_sold": {"item.not_sold", "quickbooks.refused"},
    "line.quantity_missing": {"line.quantity_missing"},
    "tax.code_missing": {"tax.code_missing"},
    "tax.code_inactive": {"tax.code_inactive"},
    "discount.too_large": {"discount.too_large"},
    "total.negative": {"total.negative", "discount.too_large"},
}
"""Blockers that QuickBooks refuses too, with our codes of its answer."""


_LOCALE = Path(__file__).parent.parent.parent / "src/dealvoice/locale/en/LC_MESSAGES/dealvoice.po"
_PAGE = """# What the form finds, and what is told when something did not work

Written by `make errors` from the product's own texts; a test keeps it current.

## Findings

The form shows every finding at once, beside its field, with one press to mend it where there is one. A *blocker* stops
Create invoice; a *warning* and an *info* do not. "QuickBooks" says what the service answers when such an invoice is
sent all the same, as far as its documentation and public reports tell. Where the last column says *both sides*, a test
sends a form that breaks the rule and one that only just does not to the emulator, in every kind of company, and random
forms besides: preflight passes exactly when the emulator accepts (`tests/workflows/test_preflight_truth.py`). The rules
without a code are ours alone: QuickBooks would take such an invoice, and it would be wrong.

| code | weight | what the user reads | QuickBooks | proven |
|---|---|---|---|---|
{findings}

When the company's books change between the look and the press, QuickBooks' refusal is told by the same finding with the
same remedy; one call of the change feed brings the mirror up to date, and the form is kept as it was typed.

## Told after a press, or about work in the background

Each text says what happened, what it means for the invoice, and what to do.

| code | English text |
|---|---|
{faults}
"""


def page() -> str:
    """Return docs/errors.md."""
    speech = Speech.of("en", "en_US", "UTC")
    rows = []
    for code, names in CATALOGUE.items():
        letters, answer = WEIGHTS[code]
        severity = " or ".join(_NAMES[letter] for letter in letters.split(" or "))
        told = tell(speech, Finding(code, Severity.BLOCKER, "form", {name: f"{{{name}}}" for name in names}))
        words = " ".join(part for part in (told.title.rstrip("."), "") if part) + (
            f". {told.means}" if told.means else ""
        )
        proven = "both sides" if code in PREDICTED else ""
        rows.append(f"| `{code}` | {severity} | {_cell(words)} | {answer or 'accepts it'} | {proven} |")
    with _LOCALE.open("rb") as file:
        catalogue = read_po(file)
    faults = sorted(
        (str(message.id).removeprefix("fault."), str(message.string))
        for message in catalogue
        if isinstance(message.id, str) and message.id.startswith("fault.")
    )
    return _PAGE.format(
        findings="\n".join(rows),
        faults="\n".join(f"| `{code}` | {_cell(text)} |" for code, text in faults),
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page())
