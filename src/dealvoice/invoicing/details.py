"""The rarer details of an invoice: terms, texts, tracking, custom fields, payment; and what of them the company has."""

from dataclasses import dataclass
from datetime import date, timedelta

CUSTOM_FIELDS = ("1", "2", "3")
"""DefinitionIds of the fields that a company may have on sales forms."""
LONGEST_CUSTOM_FIELD = 31
"""Characters of a custom field (facts: 31, not confirmed)."""
LONGEST_MEMO = 1000
LONGEST_NOTE = 3900
"""QuickBooks takes 4,000; our mark is the last line."""
LONGEST_COPIES = 200


@dataclass(frozen=True, slots=True)
class CustomField:
    """One of the company's own fields on sales forms."""

    id: str
    """QuickBooks' DefinitionId, ``1`` to ``3``."""
    name: str


@dataclass(frozen=True, slots=True)
class Rules:
    """
    Which details the company has switched on.

    Source: QuickBooks Online Accounting API, Preferences: AccountingInfoPrefs, SalesFormsPrefs, ProductAndServicesPrefs,
    EmailMessagesPrefs; CompanyInfo, NameValue OfferingSku.
    """

    class_per_invoice: bool = False
    class_per_line: bool = False
    locations: bool = False
    location_word: str = ""
    """What the company calls a location, such as Store; empty when it has no word of its own."""
    custom_fields: tuple[CustomField, ...] = ()
    service_dates: bool = False
    revenue_recognition: bool = False
    """Revenue is booked by service dates: a line without one is missing in those reports."""
    online_payment: bool = False
    mail_subject: str = ""
    """Subject of the e-mail that QuickBooks sends; empty when it is not known."""
    mail_copies: str = ""
    """Who gets a copy of every sales form."""
    plan: str = ""
    """Such as QuickBooks Online Simple Start; empty when it is not known."""

    @property
    def lacks_multicurrency(self) -> bool:
        """Whether the plan has no multicurrency (facts, "Multicurrency": not in Simple Start)."""
        return "simple start" in self.plan.casefold()


@dataclass(frozen=True, slots=True)
class Term:
    """A payment term: days after the issue date, or a day of a month."""

    id: str
    name: str
    active: bool = True
    due_days: int | None = None
    day_of_month: int | None = None
    next_month_days: int = 0
    """Nearer to the day than this, the invoice is due a month later."""

    def due_on(self, issued_on: date) -> date:
        """
        Return the due date.

        Source: QuickBooks Online Accounting API, Term: STANDARD (DueDays) and DATE_DRIVEN (DayOfMonthDue,
        DueNextMonthDays).
        """
        if self.due_days is not None or self.day_of_month is None:
            return issued_on + timedelta(days=self.due_days or 0)
        due = _on_day(issued_on.year, issued_on.month, self.day_of_month)
        while due < issued_on + timedelta(days=self.next_month_days):
            following = due.replace(day=1) + timedelta(days=32)
            due = _on_day(following.year, following.month, self.day_of_month)
        return due


@dataclass(frozen=True, slots=True)
class Choice:
    """A class or location that may be chosen."""

    id: str
    name: str
    """With its parents: ``Garden:Ponds``."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Details:
    """The rarer details of a draft; all empty at first."""

    term_id: str | None = None
    memo: str = ""
    """Message to the customer, printed on the invoice."""
    note: str = ""
    """Private note, without our mark; it shows on statements."""
    class_id: str | None = None
    location_id: str | None = None
    custom_fields: tuple[tuple[str, str], ...] = ()
    """Definition and text of each that has one."""
    copies: str = ""
    """Who gets a copy of the e-mail, comma separated."""
    online_card: bool | None = None
    """The customer may pay by card; None leaves it to QuickBooks."""
    online_bank: bool | None = None
    number_pattern: str = ""
    """First number of a series of its own, from the template; empty for the company's series."""
    template_id: str = ""
    """The template that was chosen last."""

    def custom_field(self, field_id: str) -> str:
        """Return the text of a custom field; empty when it has none."""
        return dict(self.custom_fields).get(field_id, "")

    @property
    def rare(self) -> bool:
        """Whether any of them has a value, so that they are shown."""
        return bool(
            self.term_id
            or self.memo
            or self.note
            or self.class_id
            or self.location_id
            or self.custom_fields
            or self.copies
        )


def _on_day(year: int, month: int, day: int) -> date:
    last = (date(year, month, 1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day, last.day))
