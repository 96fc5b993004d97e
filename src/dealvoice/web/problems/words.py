"""Puts a problem into the user's words: what happened, what it means, what its buttons do."""

from dataclasses import dataclass
from datetime import date, datetime

from dealvoice.i18n import Speech
from dealvoice.web import findings
from dealvoice.workflows.insight.views import Problem, Remedy, Tab

_UNCLEAR = "needs_attention"
_KINDS = {"refused", "unsure", "retrying"}


@dataclass(frozen=True, slots=True)
class Words:
    """A problem in words."""

    title: str
    means: str
    deal: str
    """The deal's name; its number where this user is not known to see it; empty without one."""
    remedies: tuple[tuple[Remedy, str, str], ...]
    """Each with its label and what it would use."""


def words_of(speech: Speech, problem: Problem, now: datetime) -> Words:
    """Return a problem's words."""
    deal = problem.deal_title or (speech.t("inbox.deal", id=str(problem.deal_id)) if problem.deal_id else "")
    return Words(
        title=_title(speech, problem, deal),
        means=_means(speech, problem, now),
        deal=deal,
        remedies=tuple((remedy, label(speech, remedy, value), value) for remedy, value in problem.remedies),
    )


def label(speech: Speech, remedy: Remedy, value: str = "") -> str:
    """Return what the button of a remedy says."""
    match remedy:
        case Remedy.USE_DATE:
            return speech.t("inbox.closed_a", date=speech.date_field(date.fromisoformat(value)))
        case Remedy.USE_NUMBER:
            return speech.t("refused.number_a", next=value)
        case Remedy.ACCEPT:
            return speech.t("variance.accept")
        case Remedy.LOOK_AGAIN:
            return speech.t("inbox.look_again")
        case Remedy.TRY_AGAIN:
            return speech.t("inbox.try_again")
        case Remedy.SEND_MAIL:
            return speech.t("action.send_email")
        case Remedy.CREATE:
            return speech.t("inbox.create")
        case Remedy.OPEN_DEAL:
            return speech.t("inbox.open_deal")
        case Remedy.OPEN_SETTINGS:
            return speech.t("action.settings")
        case Remedy.RECONNECT:
            return speech.t("panel.reconnect")


def _title(speech: Speech, problem: Problem, deal: str) -> str:
    if problem.fault is not None and problem.fault.code == "date.books_closed" and problem.number:
        return speech.t("inbox.closed", number=problem.number, customer=problem.customer)
    key = f"inbox.{problem.situation}"
    if not problem.number and speech.has(f"{key}_new"):
        key += "_new"
    if not speech.has(key):
        kind = problem.situation.partition(".")[0]
        key = f"inbox.{kind if kind in _KINDS else 'refused'}.other"
    return speech.t(key, number=problem.number, customer=problem.customer, deal=deal)


def _means(speech: Speech, problem: Problem, now: datetime) -> str:
    if problem.situation == "reconnect":
        return speech.t("inbox.reconnect_m")
    if problem.ends_at is not None:
        return speech.t("set.ending_text", date=speech.date_field(speech.local(problem.ends_at).date()))
    if problem.situation == "record_aside":
        return speech.t("set.aside_text")
    if problem.situation == "field_gone":
        return speech.t("set.admin_only")
    if problem.tab is Tab.RETRYING:
        wait = 0 if problem.next_try is None else max(0, round((problem.next_try - now).total_seconds()))
        return speech.n("inbox.next", wait, k=str(problem.tries)) if wait else speech.t("inbox.at_work")
    if problem.fault is None:
        return "" if problem.tab is Tab.FIXED else speech.t("inbox.no_reason")
    if problem.fault.code == _UNCLEAR:
        return speech.t("inbox.unsure_m", n=problem.looks) if problem.number else speech.t("inbox.unsure_act_m")
    parts = findings.shown(speech, problem.fault.params)
    if problem.fault.code == "date.books_closed" and {"date", "issued"} <= set(parts):
        return speech.t("inbox.closed_m", date=parts["issued"], closed=parts["date"])
    return findings.fault(speech, problem.fault.code, problem.fault.params)
