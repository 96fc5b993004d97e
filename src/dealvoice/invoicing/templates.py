"""
Templates: named sets of our own defaults that a new invoice is filled with.

QuickBooks lists no form styles to apps and takes none with an invoice: it prints with the company's own style. So a
template holds data only. What it holds is text by field, so that it can be kept, compared and shown as it is.

Source: QuickBooks Online Accounting API, Invoice (TemplateRef is for Desktop only; the PDF follows the company's style).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from dealvoice.invoicing.books import Books, TaxRegime
from dealvoice.invoicing.details import CUSTOM_FIELDS, Details, Term
from dealvoice.invoicing.draft import Draft, TaxMode

FIELDS = (
    "memo",
    "note",
    "term_id",
    "due_days",
    "tax_mode",
    "class_id",
    "location_id",
    "custom_1",
    "custom_2",
    "custom_3",
    "online_card",
    "online_bank",
    "number_pattern",
    "send_email",
    "copies",
)
"""What a template may hold. Yes and no are ``1`` and ``0``; days are a whole number."""
LONGEST_NAME = 80
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Template:
    """
    A named set of defaults.

    Raises:
        ValueError: It has no name, or holds what a template cannot hold.
    """

    id: str
    name: str
    is_default: bool = False
    """A new form opens with it."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """Text by field, of the fields it holds; a field that is not there stays as the deal fills it."""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise ValueError("a template needs a name of at most 80 characters")
        if not set(self.fills) <= set(FIELDS):
            raise ValueError("a template holds no such field")
        days = self.fills.get("due_days", "0")
        if not (days.isascii() and days.isdigit() and int(days) <= MOST_DAYS):
            raise ValueError("days to pay are a whole number")
        if self.fills.get("tax_mode", TaxMode.EXCLUSIVE) not in set(TaxMode):
            raise ValueError("no such tax mode")


def fields_of(draft: Draft) -> dict[str, str]:
    """Return what a draft has in every field that a template may hold."""
    details = draft.details
    days = (draft.due_on - draft.issued_on).days if draft.due_on and draft.issued_on else None
    return {
        "memo": details.memo,
        "note": details.note,
        "term_id": details.term_id or "",
        "due_days": "" if days is None else str(days),
        "tax_mode": draft.tax_mode.value,
        "class_id": details.class_id or "",
        "location_id": details.location_id or "",
        **{f"custom_{field_id}": details.custom_field(field_id) for field_id in CUSTOM_FIELDS},
        "online_card": _flag(on=details.online_card),
        "online_bank": _flag(on=details.online_bank),
        "number_pattern": details.number_pattern,
        "send_email": _flag(on=draft.send_email),
        "copies": details.copies,
    }


def apply(
    template: Template | None, draft: Draft, books: Books, *, at_first: Mapping[str, str], filled: Mapping[str, str]
) -> tuple[Draft, dict[str, str]]:
    """
    Fill a draft from a template; what somebody changed by hand stays.

    Args:
        template: The chosen one; None for none.
        draft: The form as it is.
        books: The company: its terms, and whether prices may include tax.
        at_first: The fields as the deal had filled them: what comes back when a template does not hold a field.
        filled: The fields as they were filled last; where the draft differs, a person has typed.

    Returns:
        The draft, and what its fields were filled with now.
    """
    fills = dict(template.fills) if template is not None else {}
    if fills.get("term_id") and "due_days" not in fills:
        # The term's own days follow below; the deal's days would contradict it.
        fills["due_days"] = _days_of(fills["term_id"], draft, books)
    elif "due_days" in fills:
        fills.setdefault("term_id", "")
    if fills.get("tax_mode") == TaxMode.INCLUSIVE and books.company.tax_regime is not TaxRegime.NON_US:
        del fills["tax_mode"]
    now = fields_of(draft)
    wanted = {name: fills.get(name, at_first.get(name, "")) for name in FIELDS}
    kept = {name: now[name] if now[name] != filled.get(name, "") else wanted[name] for name in FIELDS}
    draft = _with(draft, kept)
    details = replace(draft.details, template_id=template.id if template is not None else "")
    return replace(draft, details=details), wanted


def _days_of(term_id: str, draft: Draft, books: Books) -> str:
    term: Term | None = next((known for known in books.terms if known.id == term_id), None)
    if term is None or draft.issued_on is None:
        return ""
    return str((term.due_on(draft.issued_on) - draft.issued_on).days)


def _with(draft: Draft, values: Mapping[str, str]) -> Draft:
    days = values["due_days"]
    due_on = draft.due_on
    if days and draft.issued_on is not None:
        due_on = draft.issued_on + timedelta(days=int(days))
    custom = tuple((field_id, text) for field_id in CUSTOM_FIELDS if (text := values[f"custom_{field_id}"]))
    return replace(
        draft,
        due_on=due_on,
        tax_mode=TaxMode(values["tax_mode"]) if values["tax_mode"] else draft.tax_mode,
        send_email=values["send_email"] == "1",
        details=Details(
            term_id=values["term_id"] or None,
            memo=values["memo"],
            note=values["note"],
            class_id=values["class_id"] or None,
            location_id=values["location_id"] or None,
            custom_fields=custom,
            copies=values["copies"],
            online_card=_on(values["online_card"]),
            online_bank=_on(values["online_bank"]),
            number_pattern=values["number_pattern"],
        ),
    )


def _flag(*, on: bool | None) -> str:
    return "" if on is None else "1" if on else "0"


def _on(text: str) -> bool | None:
    return None if not text else text == "1"
