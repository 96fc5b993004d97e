"""A few points of every other write path by real SIGKILL, with the real engine; all of them in a soak."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from playground.drafts import linked
from playground.house import AVIARY, REALM, House, a_house
from playground.killing import SEED, connection_of, first_user, kill_in, sampled
from playground.truth import check_creation

KILLS = 3
"""Of each path, when it is no soak."""


@dataclass(frozen=True)
class Case:
    """One act, what it is about, and what must hold once it was done in spite of the kill."""

    prepare: Callable[[House], str]
    check: Callable[[House, str], None]


def _an_address(house: House) -> str:
    return f"billing{len(_operations(house, 'invoice.create'))}@amys.example"


def _an_invoice(house: House) -> str:
    """Make an invoice of the deal; returns our id of it."""
    who = first_user(house.app)
    view = open_form(house.app, who, AVIARY)
    draft = linked(view, second=True)
    answer = issue(house.app, who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted), answer
    house.settle(2)
    with house.app.database.read(who.tenant_id) as store:
        operation = store.operations.get(answer.operation_id)
    assert operation is not None
    assert operation.invoice_id is not None
    return operation.invoice_id


def _a_payment(house: House) -> str:
    """Pay a little of a new invoice, without a word to us."""
    invoice_id = _an_invoice(house)
    data = {"do": "pay", "txnId": _at_quickbooks(house, invoice_id)["Id"], "amount": "1.00"}
    assert house.vendor.post(f"{house.sandbox.quickbooks_url}/app/invoice", data=data).status_code == 303
    return invoice_id


def _an_import(house: House) -> str:
    return str(len(_operations(house, "books.import")))


def _is_created(house: House, email: str) -> None:
    made = [one for one in _operations(house, "invoice.create") if one.body.get("email") == email]
    if made:  # else it died before the first commit, and nothing was to be made
        check_creation(house, operation_id=made[0].id, deal_id=AVIARY, mails=1)
        assert house.sandbox.quickbooks.rows(REALM, "Customer")["1"]["PrimaryEmailAddr"]["Address"] == email


def _is_voided(house: House, invoice_id: str) -> None:
    row = _row(house, invoice_id)
    assert row.voided is _is_done(house, "invoice.void", invoice_id)
    assert (_at_quickbooks(house, invoice_id)["TotalAmt"] == 0) is row.voided
    assert ("Voided" in _note(house, invoice_id)) is row.voided


def _is_deleted(house: House, invoice_id: str) -> None:
    row = _row(house, invoice_id)
    assert row.deleted is _is_done(house, "invoice.delete", invoice_id)
    assert (row.quickbooks_id not in house.sandbox.quickbooks.rows(REALM, "Invoice")) is row.deleted
    assert ("Deleted" in _note(house, invoice_id)) is row.deleted


def _is_sent(house: House, invoice_id: str) -> None:
    quickbooks_id = _row(house, invoice_id).quickbooks_id
    mails = [mail for mail in house.sandbox.quickbooks.outbox() if mail["invoice"] == quickbooks_id]
    assert len(mails) == int(_is_done(house, "invoice.send", invoice_id))


def _is_imported(house: House, before: str) -> None:
    assert len(_operations(house, "books.import")) - int(before) in {0, 1}
    assert all(one.state == State.DONE for one in _operations(house, "books.import"))
    connection = connection_of(house.app, first_user(house.app))
    assert connection.imported_at is not None
    assert connection.import_progress is None


def _is_told(house: House, invoice_id: str) -> None:
    left = float(_at_quickbooks(house, invoice_id)["Balance"])
    assert f"{left:,.2f}" in _note(house, invoice_id)
    emulator = house.sandbox.pipedrive
    (code,) = [field["field_code"] for field in emulator.fields("deal") if field["field_name"] == "Left to pay"]
    told = [row["new_value"] for row in emulator.changelog_of(AVIARY) if row["field_key"] == code]
    assert all(one != other for one, other in pairwise(told)), "told once each"


def _is_signed_in(house: House, _subject: str) -> None:
    assert connection_of(house.app, first_user(house.app)).state == "live"


CASES = {
    "update_customer": Case(_an_address, _is_created),
    "void": Case(_an_invoice, _is_voided),
    "delete": Case(_an_invoice, _is_deleted),
    "send": Case(_an_invoice, _is_sent),
    "read_books": Case(_an_import, _is_imported),
    "write_back": Case(_a_payment, _is_told),
    "refresh_tokens": Case(lambda _house: "", _is_signed_in),
}


@pytest.mark.slow
@pytest.mark.parametrize("work", CASES)
def test_path_killed_on_the_way_is_done_once(tmp_path: Path, work: str) -> None:
    case = CASES[work]

    with a_house(tmp_path / "product") as house:
        who = house.install()
        house.connect(who)
        house.quickbooks("POST", "/_sandbox/switches", json={"sandbox_mail_limit": False})
        configure.save(
            house.app, who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
            deal_fields={FieldKind.STATUS, FieldKind.LEFT},
        )  # fmt: skip
        house.run()
        count = _once(house, work, case, 0)
        assert count is not None
        kills = sampled(count, KILLS, work)
        print(f"{work}: {count} points, killed at {kills} (seed {SEED})")
        for stop_at in kills:
            _once(house, work, case, stop_at)


def _once(house: House, work: str, case: Case, stop_at: int) -> int | None:
    subject = case.prepare(house)
    house.close()
    points = kill_in(house, work, subject, stop_at)
    house.open()
    case.check(house, subject)
    return points


def _operations(house: House, kind: str) -> list[Any]:
    with house.app.database.everyone_read() as lobby:
        return list(lobby._session.scalars(select(Operation).where(Operation.kind == kind)))


def _row(house: House, invoice_id: str) -> Any:
    with house.app.database.read(first_user(house.app).tenant_id) as store:
        return store.invoices.get(invoice_id)


def _is_done(house: House, kind: str, invoice_id: str) -> bool:
    """Whether the act was written down before the kill; then it must have come to its end."""
    found = [one for one in _operations(house, kind) if one.invoice_id == invoice_id]
    assert [one.state for one in found] in ([], [State.DONE.value])
    return bool(found)


def _at_quickbooks(house: House, invoice_id: str) -> Any:
    return house.sandbox.quickbooks.rows(REALM, "Invoice")[_row(house, invoice_id).quickbooks_id]


def _note(house: House, invoice_id: str) -> str:
    quickbooks_id = _row(house, invoice_id).quickbooks_id
    (note,) = [one for one in house.notes(AVIARY) if f'txnId={quickbooks_id}"' in one["content"]]
    return str(note["content"])
