"""Invoice numbers: the preview comes true, creations at once get numbers of their own, nobody's number is given twice."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dealvoice.invoicing.draft import Draft
from dealvoice.storage.numbers import fold_number
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.review import review
from dealvoice.workflows.invoice.views import FormView, OperationView
from dealvoice.workflows.sync.catch_up import catch_up
from playground.drafts import linked
from playground.house import AVIARY, House, a_house

MANY = 50 if os.environ.get("DEALVOICE_SOAK") == "1" else 20
"""Creations at once."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        yield opened


def _open(house: House, *, custom: bool = False) -> None:
    """Connect, to a company that gives its invoices numbers of its own when asked to."""
    if custom:
        kept = house.books("select * from Preferences")[0]
        kept["SalesFormsPrefs"] |= {"CustomTxnNumbers": True}
        house.post_books("preferences", kept)
    house.who = house.install()
    house.connect(house.who)


def _write(house: House, entity: str, number: str = "") -> str:
    """Write a document in QuickBooks' own screens and return its number."""
    item = house.books("select * from Item where Type = 'Service'")[0]["Id"]
    customer = next(
        row["Id"]
        for row in house.books("select * from Customer")
        if row.get("CurrencyRef", {}).get("value") == _home(house)
    )
    codes = [row["Id"] for row in house.books("select * from TaxCode") if row.get("SalesTaxRateList")]
    code = "NON" if _country(house) == "US" else codes[0]
    detail = {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 10, "TaxCodeRef": {"value": code}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    body = {"CustomerRef": {"value": customer}, "Line": [line]} | ({"DocNumber": number} if number else {})
    return str(house.post_books(entity.lower(), body)[entity]["DocNumber"])


def _home(house: House) -> str:
    return str(house.books("select * from Preferences")[0]["CurrencyPrefs"]["HomeCurrency"]["value"])


def _country(house: House) -> str:
    return str(house.books("select * from CompanyInfo")[0]["Country"])


def _sweep(house: House) -> None:
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
    catch_up(house.app, house.who.tenant_id, connection.id)


def _create(house: House, view: FormView, draft: Draft) -> Accepted | Returned:
    return issue(house.app, house.who, form_id=view.form_id, deal_id=view.deal_id, draft=draft, problems=())


def _made(house: House, view: FormView, draft: Draft) -> OperationView:
    answer = _create(house, view, draft)
    assert isinstance(answer, Accepted), answer.view.findings
    house.run()
    return progress(house.app, house.who, answer.operation_id)


def _calls(house: House) -> list[str]:
    return [row["path"].rpartition("/")[2] for row in house.journal("quickbooks")]


def _deals(house: House, count: int) -> list[int]:
    """Write deals without products in Pipedrive."""
    token = house.pipedrive("POST", "/_sandbox/tokens", json={"user_id": 101})["access_token"]
    made = []
    for number in range(count):
        answer = house.vendor.post(
            f"{house.sandbox.pipedrive_url}/api/v2/deals",
            json={"title": f"Pond {number}", "value": 100, "currency": "USD", "org_id": None},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code < 300, answer.text
        made.append(answer.json()["data"]["id"])
    return made


@pytest.mark.parametrize(
    "seed", ["uk", *(pytest.param(seed, marks=pytest.mark.slow) for seed in ("us", "us-ast", "us-multi", "ca"))]
)
def test_preview_is_the_number_that_quickbooks_then_gives(tmp_path: Path, seed: str) -> None:
    """A1, A3: credit memos and sales receipts take numbers of the same series."""
    with a_house(tmp_path, seed=seed) as house:
        _open(house)
        form = open_form(house.app, house.who, AVIARY)

        assert form.next_number == _write(house, "Invoice")


@pytest.mark.parametrize("entity", ["CreditMemo", "SalesReceipt"])
def test_number_of_another_document_is_known_from_the_feed(house: House, entity: str) -> None:
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    _write(house, entity, view.next_number)
    _sweep(house)

    draft = replace(linked(view), number=view.next_number)
    shown = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())

    told = {finding.code: finding for finding in shown.findings}
    assert told["number.duplicate"].params["kind"] == ("credit_memo" if entity == "CreditMemo" else "sales_receipt")
    assert told["number.duplicate"].remedy_value == str(int(view.next_number) + 1)


def test_number_typed_costs_one_question_and_is_kept(house: House) -> None:
    """A1: QuickBooks itself would take a number twice where it numbers by itself."""
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    house.forget_journals()

    done = _made(house, view, replace(linked(view), number="GRAL-2021"))

    assert (done.state, done.number) == ("done", "GRAL-2021")
    assert _calls(house) == ["query", "invoice"]


def test_number_used_in_quickbooks_a_moment_ago_is_refused_and_the_next_free_offered(house: House) -> None:
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    _write(house, "Invoice", "GRAL-2021")
    house.forget_journals()

    refused = _made(house, view, replace(linked(view), number="GRAL-2021"))

    assert refused.state == "refused"
    assert refused.fault is not None
    assert refused.fault.code == "number.duplicate"
    assert refused.fault.params["next"] == "GRAL-2022"
    assert _calls(house) == ["query"]
    again = open_form(house.app, house.who, AVIARY)
    assert _made(house, again, replace(linked(again), number="GRAL-2022", second_confirmed=True)).number == "GRAL-2022"


def test_number_of_a_refused_creation_is_free_again(house: House) -> None:
    _open(house)
    view = open_form(house.app, house.who, AVIARY)
    house.sandbox.quickbooks.faults.add({"path": "/invoice", "method": "POST", "status": 400, "code": "2020"})

    refused = _made(house, view, replace(linked(view), number="GRAL-7"))
    again = open_form(house.app, house.who, AVIARY)

    assert refused.state == "refused"
    assert _made(house, again, replace(linked(again), number="GRAL-7")).state == "done"


def test_number_reserved_by_a_creation_under_way_is_a_duplicate(house: House) -> None:
    _open(house)
    deals = _deals(house, 2)
    first, second = (open_form(house.app, house.who, deal) for deal in deals)
    assert isinstance(_create(house, first, replace(linked(first), number="GRAL-7")), Accepted)

    answer = _create(house, second, replace(linked(second), number=" gral-7 "))

    assert isinstance(answer, Returned)
    assert "number.duplicate" in {finding.code for finding in answer.view.findings}


@pytest.mark.parametrize("count", [5, pytest.param(MANY, marks=pytest.mark.slow)])
def test_forms_with_one_proposal_get_numbers_of_their_own(house: House, count: int) -> None:
    """A2: the proposals of open forms are the same; what is given never is, and the result says so."""
    _open(house, custom=True)
    _write(house, "Invoice", "GRAL-2021")
    _sweep(house)
    views = [open_form(house.app, house.who, deal) for deal in _deals(house, count)]
    assert {view.draft.number for view in views} == {"GRAL-2022"}
    house.forget_journals()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda view: _create(house, view, linked(view)), views))
    house.run()

    assert all(isinstance(answer, Accepted) for answer in answers)
    ended = [progress(house.app, house.who, answer.operation_id) for answer in answers]
    assert sorted(view.number for view in ended) == [f"GRAL-{number}" for number in range(2022, 2022 + count)]
    assert sum(view.number_was == "GRAL-2022" for view in ended) == count - 1
    assert _calls(house) == ["invoice"] * count  # nobody typed a number: nothing is asked beforehand
    given = [row["DocNumber"] for row in house.books("select * from Invoice maxresults 1000")]
    assert len({fold_number(number) for number in given if number.startswith("GRAL")}) == count + 1


def test_proposal_used_in_quickbooks_meanwhile_becomes_the_next_one(house: House) -> None:
    """A2: QuickBooks refuses the number (6140); nobody typed it, so that the next free one is taken."""
    _open(house, custom=True)
    house.quickbooks("POST", "/_sandbox/switches", json={"warn_duplicate_number": True})
    view = open_form(house.app, house.who, AVIARY)
    proposed = view.draft.number
    _write(house, "Invoice", proposed)

    done = _made(house, view, linked(view))

    assert (done.state, done.number, done.number_was) == ("done", str(int(proposed) + 1), proposed)


def test_proposal_follows_the_month_of_the_issue_date(house: House) -> None:
    _open(house, custom=True)
    view = open_form(house.app, house.who, AVIARY)
    issued_on = view.draft.issued_on
    assert issued_on is not None
    _write(house, "Invoice", f"INV/{issued_on:%Y/%m}/007")
    _sweep(house)
    view = open_form(house.app, house.who, AVIARY)
    assert view.draft.number == f"INV/{issued_on:%Y/%m}/008"
    later = issued_on.replace(year=issued_on.year + 1, month=1, day=4)

    shown = review(
        house.app, house.who, form_id=view.form_id, deal_id=AVIARY,
        draft=replace(linked(view), issued_on=later, due_on=later), problems=(),
    )  # fmt: skip

    assert (shown.number_renewed, shown.draft.number) == (True, f"INV/{later:%Y/%m}/001")


def test_form_without_a_number_is_refused_where_the_company_types_its_own(house: House) -> None:
    _open(house, custom=True)
    view = open_form(house.app, house.who, AVIARY)

    answer = _create(house, view, replace(linked(view), number=""))

    assert isinstance(answer, Returned)
    assert "number.missing" in {finding.code for finding in answer.view.findings}
