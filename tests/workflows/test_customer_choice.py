"""Whom the invoice is for: found in the store or in QuickBooks, never doubled in silence, made active, followed over merges."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.storage.operations import State
from dealvoice.workflows.customer.activate import activate
from dealvoice.workflows.invoice import find
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.review import review
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.sync.sweep import start_unfinished
from playground.drafts import AMY, linked
from playground.house import AVIARY, REALM, House, a_house
from playground.sweeping import catch_up_all
from playground.truth import check_creation

COOL_CARS_DEAL = 13
NEW = {"customer_id": None, "create_customer": True}


def seen(house: House, view: FormView, draft: Draft) -> FormView:
    return review(house.app, house.who, form_id=view.form_id, deal_id=view.deal_id, draft=draft, problems=())


def finding(view: FormView, code: str) -> Finding | None:
    return next((found for found in view.findings if found.code == code), None)


def queries(house: House) -> list[str]:
    return [row["path"].rpartition("/")[2] for row in house.journal("quickbooks")]


# Search


def test_search_says_why_a_customer_fits_without_a_call(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    house.forget_journals()

    found = find.customers(house.app, house.who, "bird", currency="USD", form_id=view.form_id)

    assert queries(house) == []
    assert (found.options[0].name, found.options[0].name_differs) == ("Amy's Bird Sanctuary", "Inc.")
    assert {"tag.same_email", "tag.same_address"} <= set(found.options[0].tags)


def test_whom_the_store_lacks_is_asked_for_once_and_kept(house: House) -> None:
    house.post_books("customer", {"DisplayName": "Zebra Gardens", "PrimaryEmailAddr": {"Address": "z@zebra.example"}})
    house.forget_journals()

    before = find.customers(house.app, house.who, "zebra", currency="USD")
    asked = find.customers(house.app, house.who, "zebra", currency="USD", ask=True)
    after = find.customers(house.app, house.who, "zebra", currency="USD")

    assert queries(house) == ["query"]
    assert (before.total, asked.total, after.total) == (0, 1, 1)
    assert (asked.asked, asked.trouble, asked.options[0].name) == (True, "", "Zebra Gardens")


def test_an_address_is_asked_for_as_an_address(house: House) -> None:
    house.post_books("customer", {"DisplayName": "Zebra Gardens", "PrimaryEmailAddr": {"Address": "z@zebra.example"}})

    asked = find.customers(house.app, house.who, "z@zebra", currency="USD", ask=True)

    assert [option.name for option in asked.options] == ["Zebra Gardens"]


def test_quickbooks_that_does_not_answer_leaves_what_we_know(house: House) -> None:
    house.sandbox.quickbooks.faults.add({"status": 503, "path": "/query", "times": 0})

    asked = find.customers(house.app, house.who, "bird", currency="USD", ask=True)

    assert (asked.asked, bool(asked.trouble), asked.total) == (False, True, 1)


def test_during_the_first_import_search_asks_by_itself(tmp_path: Path) -> None:
    with a_house(tmp_path) as early:
        early.who = early.install()
        early.sandbox.quickbooks.faults.add({"status": 503, "path": "/query", "times": 0})
        early.connect(early.who)
        early.sandbox.quickbooks.faults.clear()
        early.forget_journals()

        short = find.customers(early.app, early.who, "b", currency="USD")
        found = find.customers(early.app, early.who, "bird", currency="USD")

        assert (short.importing, short.asked) == (True, False)
        assert (found.importing, found.asked, found.options[0].name) == (True, True, "Amy's Bird Sanctuary")
        assert queries(early) == ["query"]


# A new customer


def test_a_likely_double_must_be_denied_before_it_is_made(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), **NEW)

    asked = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    denied = seen(house, view, replace(draft, other_than=("customer:1",)))

    assert isinstance(asked, Returned)
    near = finding(asked.view, "customer.near_duplicate")
    assert near is not None
    assert (near.severity, near.remedy_value, near.params["candidate"]) == (
        Severity.BLOCKER,
        AMY,
        "Amy's Bird Sanctuary",
    )
    assert finding(denied, "customer.near_duplicate") is None


def test_the_same_name_alone_is_a_warning(house: House) -> None:
    view = open_form(house.app, house.who, COOL_CARS_DEAL)
    draft = replace(view.draft, **NEW, email="other@elsewhere.example", address="1 Main St\nTucson, AZ 85701")

    near = finding(seen(house, view, draft), "customer.near_duplicate")

    assert near is not None
    assert (near.severity, near.params["candidate"]) == (Severity.WARNING, "Cool Cars")


def test_a_vendor_of_that_name_is_shown_and_one_to_the_letter_blocks(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    lonely = {**NEW, "email": "x@elsewhere.example", "address": "", "tax_id": ""}

    alike = finding(
        seen(house, view, replace(view.draft, **lonely, to="Books by Bessie Inc.")), "customer.near_duplicate"
    )
    taken = finding(seen(house, view, replace(view.draft, **lonely, to="books by  bessie")), "customer.name_taken")

    assert alike is not None
    assert (alike.params["kind"], alike.params["candidate"]) == ("vendor", "Books by Bessie")
    assert taken is not None
    assert (taken.params["kind"], taken.remedy_value) == ("vendor", "books by bessie (C)")


def test_a_proposed_name_is_free_and_stays_off_the_invoice(house: House) -> None:
    for name in ("Books by Bessie (C)", "Books by Bessie (2)"):
        house.post_books("customer", {"DisplayName": name})
    catch_up_all(house.app)
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), **NEW, to="Books by Bessie", email="x@elsewhere.example", address="1 Main St")
    taken = seen(house, view, draft)

    named = replace(draft, new_name=taken.free_name, other_than=("customer:1", *_denied(house, view, draft)))
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=named, problems=())
    house.run()

    assert taken.free_name == "Books by Bessie (3)"
    assert isinstance(answer, Accepted), [found.code for found in answer.view.findings]
    made = check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)
    assert made["CustomerRef"]["name"] == "Books by Bessie (3)"
    assert made["BillAddr"]["Line1"] == "Books by Bessie"
    customer = house.books("select * from Customer where DisplayName = 'Books by Bessie (3)'")[0]
    assert customer["CompanyName"] == "Books by Bessie"


def _denied(house: House, view: FormView, draft: Draft) -> list[str]:
    """Say of every near match that it is another one, as a user would."""
    denied: list[str] = []
    while (
        near := finding(seen(house, view, replace(draft, other_than=tuple(denied))), "customer.near_duplicate")
    ) and (len(denied) < 9):
        denied.append(f"{near.params['kind']}:{near.remedy_value.rpartition(':')[2]}")
    return denied


def test_a_name_taken_after_the_look_is_named_with_its_bearer(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), **NEW, to="Quiet Ponds", email="x@elsewhere.example", address="1 Main St")
    house.post_books("vendor", {"DisplayName": "Quiet Ponds"})

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    house.run()

    assert isinstance(answer, Accepted)
    with house.app.database.read(house.who.tenant_id) as store:
        operation = store.operations.get(answer.operation_id)
    assert operation is not None
    assert operation.state == State.REFUSED
    assert operation.fault["code"] == "customer.name_taken"
    assert (operation.fault["params"]["kind"], operation.fault["params"]["name"]) == ("vendor", "Quiet Ponds")


def test_a_new_customer_has_every_detail_and_the_invoices_currency(tmp_path: Path) -> None:
    with a_house(tmp_path, seed="us-multi") as house:
        house.who = house.install()
        house.connect(house.who)
        view = open_form(house.app, house.who, 12)
        lines = tuple(
            replace(line, item_id=view.item_options[line.key].id if line.key in view.item_options else "5")
            for line in view.draft.lines
        )
        draft = replace(
            view.draft, **NEW, to="Brand New Ltd", email="a@new.example", tax_id="94-1234567", address="1 Main St\nTucson, AZ 85701",
            lines=lines,
        )  # fmt: skip

        answer = issue(house.app, house.who, form_id=view.form_id, deal_id=12, draft=draft, problems=())
        house.run()

        assert isinstance(answer, Accepted), [found.code for found in answer.view.findings]
        made = house.books("select * from Customer where DisplayName = 'Brand New Ltd'")[0]
        assert made["CurrencyRef"]["value"] == view.draft.currency
        assert made["PrimaryEmailAddr"]["Address"] == "a@new.example"
        assert made["PrimaryTaxIdentifier"] == "XXXXX34567"
        assert made["BillAddr"]["City"] == "Tucson"


def test_where_the_edition_keeps_no_tax_id_it_is_printed_and_told(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/switches", json={"tax_identifier_kept": False})
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(
        linked(view), **NEW, to="Quiet Ponds", email="x@q.example", address="1 Main St", tax_id="94-1234567"
    )

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    house.run()

    assert isinstance(answer, Accepted)
    made = check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)
    assert "94-1234567" in made["BillAddr"].values()
    from dealvoice.workflows.invoice.progress import progress

    assert progress(house.app, house.who, answer.operation_id).tax_id_printed


# Currency, merges, inactive ones


def test_another_currency_has_a_free_name_for_a_new_customer(tmp_path: Path) -> None:
    with a_house(tmp_path, seed="us-multi") as house:
        house.who = house.install()
        house.connect(house.who)
        view = open_form(house.app, house.who, 12)
        name = view.customer_options[0].name
        clash = seen(house, view, replace(view.draft, customer_id=view.customer_options[0].id, currency="EUR", to=name))

        made = seen(house, view, replace(clash.draft, **NEW, new_name=clash.free_name))

        assert finding(clash, "customer.currency_mismatch") is not None
        assert clash.free_name == f"{name} (EUR)"
        assert made.new_name == f"{name} (EUR)"
        assert {found.code for found in made.findings} & {"customer.name_taken", "customer.near_duplicate"} == set()


def test_an_inactive_customer_is_made_active_by_a_press_and_once(house: House) -> None:
    customer_id = _resting(house)
    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), customer_id=customer_id)
    house.forget_journals()
    assert finding(seen(house, view, draft), "customer.inactive") is not None

    first = activate(house.app, house.who, AVIARY, customer_id)
    again = activate(house.app, house.who, AVIARY, customer_id)
    under_way = seen(house, view, draft).activating
    house.run()
    after = seen(house, view, draft)

    assert (first, under_way) == (again, True)
    assert [(row["method"], row["path"].rpartition("/")[2]) for row in house.journal("quickbooks")] == [
        ("POST", "customer")
    ]
    assert (finding(after, "customer.inactive"), after.activating) == (None, False)
    assert after.customer is not None
    assert (after.customer.name, after.customer.active) == ("Resting Ltd", True)


def _resting(house: House) -> str:
    """Make a customer inactive, as the bookkeeper would; return his id."""
    made = house.post_books("customer", {"DisplayName": "Resting Ltd"})["Customer"]
    house.post_books("customer", {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False})
    catch_up_all(house.app)
    return str(made["Id"])


@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_an_answer_lost_on_the_way_makes_him_active_all_the_same(house: House, action: str) -> None:
    customer_id = _resting(house)
    house.sandbox.quickbooks.faults.add({"action": action, "method": "POST", "path": "/customer"})

    operation_id = activate(house.app, house.who, AVIARY, customer_id)
    for _ in range(4):
        house.run()
        house.engine.advance(timedelta(seconds=70))
        start_unfinished(house.app)

    with house.app.database.read(house.who.tenant_id) as store:
        operation = store.operations.get(operation_id)
    assert operation is not None
    assert operation.state == State.DONE
    assert house.sandbox.quickbooks.rows(REALM, "Customer")[customer_id]["DisplayName"] == "Resting Ltd"


def test_why_he_could_not_be_made_active_is_told_in_the_form(house: House) -> None:
    customer_id = _resting(house)
    house.post_books("vendor", {"DisplayName": "Resting Ltd"})
    view = open_form(house.app, house.who, AVIARY)

    activate(house.app, house.who, AVIARY, customer_id)
    house.run()
    after = seen(house, view, replace(linked(view), customer_id=customer_id))

    assert {"customer.inactive", "customer.name_taken"} <= {found.code for found in after.findings}


def test_a_merged_customer_leads_to_the_survivor(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.run()
    with house.app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        store.customers.merge(connection.id, AMY, "2")
        store.customers.merge(connection.id, "2", "3")

    again = open_form(house.app, house.who, AVIARY)

    gone = finding(again, "customer.gone")
    assert gone is not None
    assert (gone.remedy, gone.remedy_value) == ("link_survivor", "3")
    assert again.customer is None


def test_unlinking_forgets_the_link_and_asks_nobody(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    house.run()
    assert open_form(house.app, house.who, AVIARY).customer is not None
    house.forget_journals()

    find.unlink_customer(house.app, house.who, AVIARY)

    assert open_form(house.app, house.who, AVIARY).customer is None
    assert queries(house) == []


def test_a_job_is_told_with_whose_it_is(house: House) -> None:
    rows = house.sandbox.quickbooks.rows(REALM, "Customer").values()
    job: dict[str, Any] = next(row for row in rows if row.get("Job"))
    view = open_form(house.app, house.who, AVIARY)

    told = finding(seen(house, view, replace(linked(view), customer_id=str(job["Id"]))), "customer.is_sub")

    assert told is not None
    parent = house.sandbox.quickbooks.rows(REALM, "Customer")[job["ParentRef"]["value"]]
    assert told.params["parent"] == parent["DisplayName"]
