"""The invoice form over HTTP: what is looked over, refused, found and sent again."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from dealvoice.web.bodies import MOST_BYTES
from playground.house import AVIARY, House
from playground.one_house import house
from playground.person import Person, people

__all__ = ["house"]

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def ola(house: House) -> Iterator[Person]:
    with people(house, 101) as (person,):
        yield person


def test_review_sends_back_totals_and_findings_and_none_of_the_fields(ola: Person) -> None:
    reviewed = ola.form().review()

    assert ola.last_status == 200
    assert "$883.80" in reviewed.source
    assert 'hx-target="#rail"' in reviewed.source
    assert 'name="to"' not in reviewed.source
    assert 'name="row"' not in reviewed.source


def test_what_cannot_be_read_comes_back_as_a_finding(ola: Person) -> None:
    form = ola.form()
    quantity = next(name for name in form.fields if name.endswith(".quantity"))
    form.fields[quantity] = "abc"

    reviewed = form.review()

    assert f'data-field="{quantity}"' in reviewed.source
    assert "“abc” is not a number" in reviewed.source


def test_linking_a_customer_by_a_press_changes_the_form_and_nothing_else(house: House, ola: Person) -> None:
    form = ola.form()
    house.forget_journals()

    changed = form.press("customer", value="1")

    assert 'name="customer_id" value="1"' in changed.source
    assert "Amy&#39;s Bird Sanctuary" in changed.source
    assert house.journal("quickbooks") == []


def test_create_with_a_blocker_returns_the_form_and_says_so(ola: Person) -> None:
    form = ola.form()

    answer = ola.web.post("/modal/invoice", content=urlencode(form.pairs()), headers=ola.headers | _FORM)

    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#form-inside"
    assert "dealvoice:blocked" in answer.headers["hx-trigger"]


def test_customers_are_found_by_a_few_letters(ola: Person) -> None:
    ola.panel()

    found = ola.get("/modal/invoice/customers", q="bird")

    assert "<mark>Bird</mark> Sanctuary" in found
    assert 'role="option"' in found


def test_a_body_above_a_megabyte_is_refused_whatever_its_length_says(ola: Person) -> None:
    ola.panel()
    web, headers = ola.web, ola.headers | _FORM

    whole = web.post("/modal/invoice/review", content=b"a=" + b"x" * MOST_BYTES, headers=headers)
    chunked = web.post("/modal/invoice/review", content=iter([b"a=" + b"x" * 600_000] * 2), headers=headers)
    field = web.post("/modal/invoice/review", content=b"to=" + b"x" * 100_001, headers=headers)

    assert (whole.status_code, chunked.status_code, field.status_code) == (413, 413, 413)
    assert "1 MB" in whole.text


def test_form_older_than_its_session_is_sent_again_without_loss(house: House, ola: Person) -> None:
    """The page repeats a refused request with a new session: the same fields make the invoice."""
    form = ola.form()
    old = ola.headers
    fields = {
        "form_id": form.fields["form_id"], "deal": str(AVIARY), "customer_id": "1",
        "to": "Amy", "currency": "USD", "issued_on": "11/23/2026", "tax_mode": "none", "memo": "Typed long ago",
        "row": "n1", "line.n1.text": "Pond", "line.n1.item_id": "7", "line.n1.quantity": "1",
        "line.n1.unit_price": "12.34", "second": "1",
    }  # fmt: skip
    with house.app.database.everyone_write() as lobby:
        lobby.forget(house.app.now() + timedelta(days=1))

    refused = ola.web.post("/modal/invoice", data=fields, headers=old)
    ola.panel()
    accepted = ola.web.post("/modal/invoice", data=fields, headers=ola.headers)

    assert refused.status_code == 401
    assert accepted.status_code == 200, accepted.text[:3000]
    house.run()
    made = house.books("select * from Invoice orderby MetaData.CreateTime desc maxresults 1")[0]
    assert (made["CustomerMemo"]["value"], float(made["TotalAmt"])) == ("Typed long ago", 12.34)
