"""One intent, one invoice, however often it is sent at once and later; and a second one only by somebody's will."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from dealvoice.connections.who import Who
from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice_sandbox.pipedrive import users
from playground.accountant import Accountant
from playground.drafts import linked
from playground.house import AVIARY, REALM
from playground.truth import check_creation

FIFTY = 50
JAN = 102
Answer = Accepted | Returned


def _press(books: Accountant, view: FormView, who: Who | None = None) -> Answer:
    return issue(
        books.house.app, who or books.house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view, second=True),
        problems=(),
    )  # fmt: skip


def _at_once(presses: Sequence[tuple[Accountant, FormView, Who | None]]) -> list[Answer]:
    """Press all at the same moment."""
    together = threading.Barrier(min(len(presses), 16))

    def press(one: tuple[Accountant, FormView, Who | None]) -> Answer:
        together.wait(30)
        return _press(*one)

    with ThreadPoolExecutor(together.parties) as pool:
        return list(pool.map(press, presses))


def _invoices(books: Accountant) -> int:
    return len(books.vendor.rows(REALM, "Invoice"))


def test_fifty_submits_of_one_form_at_once_make_one_invoice(books: Accountant) -> None:
    view, before = open_form(books.house.app, books.house.who, AVIARY), _invoices(books)
    presses = [(books, view, None)] * (FIFTY - FIFTY % 16)

    answers = [*_at_once(presses), *(_press(books, view) for _ in range(FIFTY % 16))]
    books.house.run()

    assert len(answers) == FIFTY
    (operation_id,) = {answer.operation_id for answer in answers if isinstance(answer, Accepted)}
    assert all(isinstance(answer, Accepted) for answer in answers)
    check_creation(books.house, operation_id=operation_id, deal_id=AVIARY)
    assert _invoices(books) == before + 1


def test_post_replayed_later_with_another_body_is_the_same_invoice(books: Accountant) -> None:
    view, before = open_form(books.house.app, books.house.who, AVIARY), _invoices(books)
    first = _press(books, view)
    books.house.run()
    changed = replace(linked(view, second=True), email="once.more@birds.example")

    again = issue(books.house.app, books.house.who, form_id=view.form_id, deal_id=AVIARY, draft=changed, problems=())
    books.house.run()

    assert isinstance(first, Accepted)
    assert first == again
    assert _invoices(books) == before + 1


def test_two_tabs_at_once_make_one_invoice_and_one_question(books: Accountant) -> None:
    tabs, before = [open_form(books.house.app, books.house.who, AVIARY) for _ in range(2)], _invoices(books)

    answers = _at_once([(books, view, None) for view in tabs])
    books.house.run()

    assert sorted(type(answer).__name__ for answer in answers) == ["Accepted", "Returned"]
    asked = next(answer for answer in answers if isinstance(answer, Returned))
    assert "deal.invoiced_already" in {finding.code for finding in asked.view.findings}
    assert _invoices(books) == before + 1


def test_two_users_at_once_make_one_and_the_second_on_purpose(books: Accountant) -> None:
    app, ola = books.house.app, books.house.who
    users.set_active(books.house.sandbox.pipedrive, JAN, active=True, by=ola.user_id, source="api")
    jan = books.house.install(JAN)
    configure.save(app, ola, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True)
    before = _invoices(books)
    forms = [(books, open_form(app, who, AVIARY), who) for who in (ola, jan)]

    answers = _at_once(forms)
    loser = next(form for form, answer in zip(forms, answers, strict=True) if isinstance(answer, Returned))
    again = open_form(app, loser[2], AVIARY)
    second = _press(books, again, loser[2])
    books.house.run()

    assert sum(isinstance(answer, Accepted) for answer in answers) == 1
    assert isinstance(second, Accepted)
    check_creation(books.house, operation_id=second.operation_id, deal_id=AVIARY)
    assert _invoices(books) == before + 2
