"""Products made and woken with the invoice, links remembered with name and price, QuickBooks asked when it must be."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dealvoice.invoicing.books import TaxRegime
from dealvoice.invoicing.draft import Draft, DraftLine
from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.invoice import find
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.review import review
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.catch_up import catch_up
from playground.drafts import linked
from playground.house import AVIARY, House, a_house
from playground.truth import check_creation

LIGHTS = "Garden lights"


def _row(draft: Draft, product: str) -> DraftLine:
    return next(line for line in draft.lines if line.product_name == product)


def _with(draft: Draft, product: str, **changes: Any) -> Draft:
    lines = tuple(replace(line, **changes) if line.product_name == product else line for line in draft.lines)
    return replace(draft, lines=lines)


def _making(view: FormView, name: str = LIGHTS) -> Draft:
    return _with(linked(view), LIGHTS, item_id=None, new_item=name)


def _create(house: House, view: FormView, draft: Draft) -> str:
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted), [finding for finding in answer.view.findings if finding.severity == "blocker"]
    house.run()
    return answer.operation_id


def _review(house: House, view: FormView, draft: Draft) -> dict[str, Any]:
    seen = review(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    return {finding.code: finding for finding in seen.findings}


def _item(house: House, item_id: str) -> dict[str, Any]:
    (found,) = house.books(f"SELECT * FROM Item WHERE Id = '{item_id}' AND Active IN (true, false)")
    return found


def _change_item(house: House, item_id: str, **changes: Any) -> None:
    """Change a product as the accountant would; the mirror follows by the change feed."""
    grant = house.quickbooks("POST", "/_sandbox/tokens", json={})
    seen = _item(house, item_id)
    answer = house.vendor.post(
        f"{house.sandbox.quickbooks_url}/v3/company/{grant['realmId']}/item",
        json={"Id": item_id, "SyncToken": seen["SyncToken"], "sparse": True, "Name": seen["Name"], **changes},
        headers={"Authorization": f"Bearer {grant['access_token']}", "Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    _sweep(house)


def _sweep(house: House) -> None:
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
    catch_up(house.app, house.who.tenant_id, connection.id)


def _posts(house: House) -> list[str]:
    return [row["path"].rsplit("/", 1)[-1] for row in house.journal("quickbooks")]


def test_product_is_made_with_the_invoice_and_linked_for_good(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = _making(view)
    house.forget_journals()

    assert "item.missing" not in _review(house, view, draft)
    assert _posts(house) == []
    operation_id = _create(house, view, draft)

    assert _posts(house) == ["item", "invoice"]
    made = check_creation(house, operation_id=operation_id, deal_id=AVIARY)
    sold = next(line for line in made["Line"] if line.get("Description", "").startswith(LIGHTS))
    item = _item(house, sold["SalesItemLineDetail"]["ItemRef"]["value"])
    assert (item["Name"], item["Type"], item["UnitPrice"], item["Taxable"]) == (LIGHTS, "Service", 30, True)
    assert item["IncomeAccountRef"]["name"]
    assert find.items(house.app, house.who, LIGHTS).options[0].id == item["Id"]
    with house.app.database.read(house.who.tenant_id) as store:
        assert (
            item["Id"] in store.links.items(store.connections.current().id, {_row(draft, LIGHTS).product_id}).values()
        )


def test_same_new_product_on_two_rows_is_made_once(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = _making(view)
    more = replace(_row(draft, LIGHTS), key="n1", new_item="garden  LIGHTS", product_id=None, product_name="")
    house.forget_journals()

    _create(house, view, replace(draft, lines=(*draft.lines, more)))

    assert _posts(house) == ["item", "invoice"]


def test_lost_answer_of_a_new_product_is_looked_for_by_its_name(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    house.sandbox.quickbooks.faults.add({"method": "POST", "path": "/item", "action": "drop_after", "times": 1})

    operation_id = _create(house, view, _making(view))
    for _ in range(4):
        house.engine.advance(timedelta(seconds=30))
        house.run()

    check_creation(house, operation_id=operation_id, deal_id=AVIARY)
    assert len(house.books(f"SELECT * FROM Item WHERE Name = '{LIGHTS}'")) == 1


@pytest.mark.parametrize("active", [True, False])
def test_taken_name_is_told_before_anything_is_sent(house: House, active: bool) -> None:
    if not active:
        _change_item(house, "11", Active=False)
    view = open_form(house.app, house.who, AVIARY)

    found = _review(house, view, _making(view, " pump "))

    remedy = ("link_named", "11") if active else ("link_item", "")
    assert (found["item.name_taken"].remedy, found["item.name_taken"].remedy_value) == remedy


def test_name_taken_meanwhile_is_refused_and_told_with_the_product(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _rename_silently(house, "11", LIGHTS)

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=_making(view), problems=())
    house.run()

    with house.app.database.read(house.who.tenant_id) as store:
        operation = store.operations.get(answer.operation_id)
    assert (operation.state, operation.fault["code"]) == ("refused", "item.name_taken")
    assert operation.fault["params"]["name"] == LIGHTS
    assert "item.name_taken" in _review(house, view, _making(view))


def _rename_silently(house: House, item_id: str, name: str) -> None:
    grant = house.quickbooks("POST", "/_sandbox/tokens", json={})
    house.vendor.post(
        f"{house.sandbox.quickbooks_url}/v3/company/{grant['realmId']}/item",
        json={"Id": item_id, "SyncToken": _item(house, item_id)["SyncToken"], "sparse": True, "Name": name},
        headers={"Authorization": f"Bearer {grant['access_token']}", "Accept": "application/json"},
    ).raise_for_status()


def test_inactive_product_is_made_active_with_the_invoice_only(house: House) -> None:
    _change_item(house, "11", Active=False)
    view = open_form(house.app, house.who, AVIARY)
    draft = linked(view)
    assert _review(house, view, draft)["item.inactive"].remedy == "activate_item"
    woken = _with(draft, "Fountain pump", activate=True)
    assert "item.inactive" not in _review(house, view, woken)
    assert _item(house, "11")["Active"] is False

    operation_id = _create(house, view, woken)

    check_creation(house, operation_id=operation_id, deal_id=AVIARY)
    assert _item(house, "11")["Active"] is True


def test_product_changed_since_it_was_linked_is_told_until_it_is_accepted(house: House) -> None:
    first = open_form(house.app, house.who, AVIARY)
    _create(house, first, linked(first))
    _change_item(house, "11", UnitPrice=22.5, Name="Pump, big")
    view = open_form(house.app, house.who, AVIARY)
    draft = linked(view, second=True)

    found = _review(house, view, draft)

    assert (found["item.renamed"].params["old"], found["item.renamed"].params["new"]) == ("Pump", "Pump, big")
    assert (found["item.changed"].params["theirs"], found["item.changed"].params["ours"]) == ("22.5 USD", "15 USD")
    find.accept_item(house.app, house.who, AVIARY, _row(draft, "Fountain pump"))
    assert not {"item.renamed", "item.changed"} & set(_review(house, view, draft))


def test_going_on_with_a_changed_product_does_not_accept_it(house: House) -> None:
    first = open_form(house.app, house.who, AVIARY)
    _create(house, first, linked(first))
    _change_item(house, "11", UnitPrice=22.5)
    view = open_form(house.app, house.who, AVIARY)
    _create(house, view, linked(view, second=True))

    third = open_form(house.app, house.who, AVIARY)

    assert "item.changed" in _review(house, third, linked(third, second=True))


def test_quickbooks_is_asked_once_and_what_it_says_is_kept(house: House) -> None:
    _rename_silently(house, "11", "Zeppelin")
    house.forget_journals()

    before, asked, after = (find.items(house.app, house.who, "zepp", ask=ask) for ask in (False, True, False))

    assert (before.total, asked.asked, asked.options[0].name, after.options[0].name) == (
        0,
        True,
        "Zeppelin",
        "Zeppelin",
    )
    assert len(house.journal("quickbooks")) == 1


def test_search_asks_by_itself_while_the_first_import_runs(tmp_path: Path) -> None:
    with a_house(tmp_path) as early:
        early.who = early.install()
        early.sandbox.quickbooks.faults.add({"status": 503, "path": "/query", "times": 0})
        early.connect(early.who)
        silent = find.items(early.app, early.who, "pump")
        early.sandbox.quickbooks.faults.clear()

        found = find.items(early.app, early.who, "pump")

        assert (silent.importing, bool(silent.trouble), silent.options) == (True, True, ())
        assert (found.importing, found.asked, found.options[0].name) == (True, True, "Pump")


def test_discounts_inside_the_price_leave_the_total_and_one_line_a_row(house: House) -> None:
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
        fold_discounts=True,
    )  # fmt: skip
    view = open_form(house.app, house.who, AVIARY)

    operation_id = _create(house, view, linked(view))

    made = check_creation(house, operation_id=operation_id, deal_id=AVIARY)
    lines = [line for line in made["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert len(lines) == len(view.draft.lines)
    assert Decimal(str(made["TotalAmt"])) == Decimal("883.80")


def test_row_without_a_product_needs_one_or_a_new_one(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = _with(linked(view), LIGHTS, item_id=None)

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())

    assert isinstance(answer, Returned)
    assert "item.missing" in {finding.code for finding in answer.view.findings}


@pytest.mark.parametrize("seed", ["us-ast", "us-multi", "uk", "ca"])
def test_product_is_made_in_every_kind_of_company(tmp_path: Path, seed: str) -> None:
    with a_house(tmp_path, seed=seed) as house:
        house.who = house.install()
        house.connect(house.who)
        view = _form_with_products(house)
        code = next((one.id for one in view.tax_codes if one.percent > 0), None)
        outside = view.company.tax_regime is TaxRegime.NON_US
        line = replace(view.draft.lines[0], item_id=None, new_item="Brand new", taxed=True, tax_code=code)
        draft = replace(
            view.draft, lines=(line,), customer_id=None, create_customer=True, to="Brand New Ltd",
            email="new@brand.example", address="1 New Street", discount_amount=Decimal(0),
            currency=view.company.home_currency, rate=None,
        )  # fmt: skip
        house.forget_journals()

        answer = issue(house.app, house.who, form_id=view.form_id, deal_id=draft.deal_id, draft=draft, problems=())
        assert isinstance(answer, Accepted), [one for one in answer.view.findings if one.severity == "blocker"]
        house.run()

        assert _posts(house) == ["customer", "item", "invoice"]
        (item,) = house.books("SELECT * FROM Item WHERE Name = 'Brand new'")
        assert Decimal(str(item["UnitPrice"])) == line.unit_price
        if outside:
            assert item["SalesTaxCodeRef"]["value"] == code
        else:
            assert item["Taxable"] is True


def _form_with_products(house: House) -> FormView:
    for deal in house.sandbox.pipedrive.deals():
        if house.sandbox.pipedrive.deal_products(deal["id"]):
            view = open_form(house.app, house.who, deal["id"])
            if (
                view.draft.lines
                and view.draft.currency == view.company.home_currency
                and view.draft.lines[0].unit_price
            ):
                return view
    raise AssertionError("the seed has no such deal")
