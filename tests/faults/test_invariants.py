"""The checker of every run bites: each invariant finds what is broken in a history that was good before."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.operations import CREATE
from playground.deal_side import keep_fields
from playground.drafts import linked
from playground.house import AVIARY, a_house
from playground.invariants import INVARIANTS, History, Watch, a_log, breaches


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """A run in which all went well: an invoice with its note, e-mail and fields, and one in euro."""
    with a_log() as log, a_house(tmp_path_factory.mktemp("good"), seed="us-multi") as house:
        watch = Watch(house, log)
        house.who = house.install()
        house.connect(house.who)
        keep_fields(house, FieldKind.STATUS)
        view = open_form(house.app, house.who, AVIARY)
        draft = linked(view, send_email=True)
        answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
        assert isinstance(answer, Accepted), [found.code for found in answer.view.findings]
        house.settle()
        yield watch.check(texts=True)


def _twin(operation: Operation, **changed: Any) -> Operation:
    """Return a copy of an operation's row, changed."""
    values = {column.name: deepcopy(getattr(operation, column.name)) for column in Operation.__table__.columns}
    return Operation(**values | changed)


def _creation(history: History) -> Operation:
    return next(one for one in history.operations if one.kind == CREATE)


def _books(history: History, **changed: Any) -> dict[str, dict[str, Any]]:
    """Return the books with the invoice that was made changed; ``Id`` makes a second one of it."""
    books = {realm: dict(rows) for realm, rows in history.books.items()}
    realm, made = _made(history)
    books[realm][changed.get("Id", made["Id"])] = {**made, **changed}
    return books


def _made(history: History) -> tuple[str, dict[str, Any]]:
    """Return the invoice that was made, and its realm."""
    row = next(one for one in history.invoices if one.id == _creation(history).invoice_id)
    realm = next(one.realm_id for one in history.connections if one.id == row.connection_id)
    return realm, dict(history.books[realm][row.quickbooks_id])


def _with(history: History, **changed: Any) -> History:
    """Return the history with its creation changed."""
    made = _creation(history)
    others = [one for one in history.operations if one is not made]
    return replace(history, operations=[*others, _twin(made, **changed)])


BREAKS: dict[str, Callable[[History], History]] = {
    "one_invoice_an_operation": lambda good: replace(good, books=_books(good, Id="999")),
    "one_note_an_invoice": lambda good: replace(good, notes=[*good.notes, *good.notes]),
    "one_field_a_kind": lambda good: replace(
        good,
        deal_fields=[*good.deal_fields, *(one for one in good.deal_fields if one["field_name"] == "Invoice status")],
    ),
    "one_mail_an_order": lambda good: replace(good, mails=[*good.mails, *good.mails]),
    "every_operation_ends": lambda good: _with(good, state=State.UNKNOWN.value),
    "no_sign_in_is_lost": lambda good: replace(good, good=frozenset()),
    "mirror_equals_quickbooks": lambda good: replace(good, books=_books(good, Balance="1.00")),
    "tenants_stay_apart": lambda good: _with(good, tenant="somebody else"),
    "limits_are_kept": lambda good: replace(good, limits=(1, 1)),
    "cursors_only_go_on": lambda good: replace(
        good, cursors=[*good.cursors, (good.cursors[-1][0], good.cursors[-1][1] - timedelta(seconds=1))]
    ),
    "no_secret_is_told": lambda good: replace(good, texts={**good.texts, "an error": next(iter(good.secrets))}),
    "amounts_agree": lambda good: _with(good, body={**_creation(good).body, "net": "1.00"}),
    "home_totals_follow_the_rate": lambda good: replace(good, books=_books(good, ExchangeRate="2", HomeTotalAmt="3")),
}

MORE: dict[str, Callable[[History], History]] = {
    "one_invoice_an_operation": lambda good: _with(good, state=State.REFUSED.value, invoice_id=None),
    "one_note_an_invoice": lambda good: replace(good, notes=[]),
    "one_field_a_kind": lambda good: replace(good, deal_fields=[]),
    "one_mail_an_order": lambda good: replace(good, mails=[]),
    "no_sign_in_is_lost": lambda good: replace(good, good=good.good - {one.id for one in good.installations}),
    "mirror_equals_quickbooks": lambda good: replace(good, books=_books(good, Id="999", PrivateNote="")),
    "tenants_stay_apart": lambda good: replace(
        good, calls=[*good.calls, {"realm": "1", "at": datetime(2026, 1, 1).isoformat() + "+00:00"}]
    ),
    "amounts_agree": lambda good: _with(good, their_total=1),
}
"""The other side of some."""


def test_good_history_breaks_nothing_and_has_what_the_invariants_look_at(good: History) -> None:
    assert breaches(good) == []
    assert _creation(good).state == State.DONE
    assert len(good.notes) == len(good.mails) == 1
    assert len(good.cursors) > 1
    assert len(good.secrets) >= 5
    assert any(field["field_name"] == "Invoice status" for field in good.deal_fields)


@pytest.mark.parametrize(
    ("name", "breaking"), [pair for table in (BREAKS, MORE) for pair in table.items()],
    ids=[f"{name}{side}" for table, side in ((BREAKS, ""), (MORE, ", other side")) for name in table],
)  # fmt: skip
def test_broken_history_is_found(good: History, name: str, breaking: Callable[[History], History]) -> None:
    assert name in {said.partition(":")[0] for said in breaches(breaking(good))}


def test_every_invariant_is_broken_here() -> None:
    assert set(BREAKS) == {one.__name__ for one in INVARIANTS}
