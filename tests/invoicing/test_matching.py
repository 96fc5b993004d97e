"""Which customer and which product is most likely meant."""

from decimal import Decimal

import pytest

from dealvoice.invoicing.books import Customer, Item
from dealvoice.invoicing.matching import Wanted, core, fold, rank_customers, rank_items
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.names import similarity


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Żuraw Logistyka Sp. z o.o.", "zuraw logistyka sp z oo"),
        ("O'Neil S.A.", "oneil sa"),
        ("O’Neil", "oneil"),
        ("The Smith & Sons, Ltd.", "smith sons ltd"),
        ("Smith und Sons", "smith sons"),
        ("Łódź-Øst Straße Æther", "lodz ost strasse aether"),
        ("  ACME\u00a0 Corp ", "acme corp"),
        ("Acme (EUR)", "acme"),
        ("Acme (C)", "acme"),
        ("Acme (deleted)", "acme"),
        ("Acme (Poland)", "acme poland"),
        ("Ａcme", "acme"),
        ("The", "the"),
        ("And", "and"),
        ("", ""),
        ("!!!", ""),
    ],
)
def test_fold_drops_what_does_not_matter(name, folded):
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Zuraw spółka z ograniczoną odpowiedzialnością", ("zuraw", "sp zoo")),
        ("Zuraw sp. z o.o.", ("zuraw", "sp zoo")),
        ("Zuraw Sp. z o.o. Sp. k.", ("zuraw", "sp zoo sp k")),
        ("Foo GmbH & Co. KG", ("foo", "gmbh co kg")),
        ("Smith & Sons Limited", ("smith sons", "ltd")),
        ("Koala Pty. Ltd.", ("koala", "pty ltd")),
        ("Foo Company, Inc.", ("foo", "inc")),
        ("PHU Kowalski", ("kowalski", "")),
        ("Firma Handlowa Kowalski", ("kowalski", "")),
        ("PHU", ("phu", "")),
        ("SA", ("sa", "")),
        ("Cool Cars", ("cool cars", "")),
    ],
)
def test_core_takes_the_legal_form_off(name, expected):
    assert core(name) == expected


@pytest.mark.parametrize(("a", "b", "alike"), [("cars cool", "cool cars cool", 1.0), ("abc", "xyz", 0.0)])
def test_similarity_minds_neither_order_nor_repetition(a, b, alike):
    assert similarity(a, b) == alike


def a_customer(customer_id, name, *, currency="PLN", **more) -> Customer:
    values = {"active": True, "balance": Money.zero(currency), **more}
    return Customer(customer_id, name, currency, **values)


ZURAW = "Zuraw Logistyka spółka z ograniczoną odpowiedzialnością"
TAX_ID = "123-456-32-18"


@pytest.mark.parametrize(
    ("wanted", "customer", "score", "preselect"),
    [
        pytest.param(
            Wanted("Żuraw Logistyka Sp. z o.o.", tax_id=TAX_ID),
            a_customer("1", ZURAW, tax_id="XXXXX63218"),
            70,
            False,
            id="Żuraw",
        ),
        pytest.param(
            Wanted("Żuraw Logistyka Sp. z o.o.", "biuro@zuraw.pl", TAX_ID),
            a_customer("1", ZURAW, tax_id="XXXXX63218", email="Biuro@zuraw.pl"),
            110,
            True,
            id="Żuraw, same e-mail",
        ),
        pytest.param(
            Wanted("Müller & Söhne GmbH", "info@mueller.de"),
            a_customer("1", "Mueller und Soehne GmbH", email="buch@mueller.de"),
            65,
            False,
            id="Müller, same domain",
        ),
        pytest.param(
            Wanted("Smith and Sons Ltd", phone="+44 20 7946 0958", address="10 High St\nLondon SW1A 2AA"),
            a_customer(
                "1",
                "Smith & Sons Limited",
                phone="00442079460958",
                address="10 High Street\nLondon SW1A 2AA",
                city="London",
            ),
            85,
            True,
            id="Smith, same phone and address",
        ),
        pytest.param(Wanted("Cool Cars Inc."), a_customer("1", "Cool Cars"), 45, False, id="Cool Cars, name alone"),
        pytest.param(
            Wanted("Acme", tax_id="PL 123-456-32-18"),
            a_customer("1", "Acme", tax_id="1234563218"),
            105,
            True,
            id="whole tax ID",
        ),
        pytest.param(
            Wanted("Jan Kowalski", "jan@wp.pl"),
            a_customer("1", "Jan Kowalski", email="jan@wp.pl"),
            85,
            True,
            id="person, e-mail",
        ),
        pytest.param(
            Wanted("Jan Kowalski", "jan@wp.pl"),
            a_customer("1", "Jan Kowalski", email="jk@wp.pl"),
            45,
            False,
            id="free mail",
        ),
        pytest.param(
            Wanted("Logistyka Zuraw"), a_customer("1", "Żuraw Logistykaa"), 35, False, id="nearly the same words"
        ),
        pytest.param(
            Wanted("Acme Ltd", "a@acme.com"),
            a_customer("1", "Acme Ltd", email="a@acme.com", active=False),
            80,
            False,
            id="inactive",
        ),
        pytest.param(
            Wanted("Acme Ltd", "a@acme.com", TAX_ID),
            a_customer("1", "Acme Ltd", email="a@acme.com", tax_id="5260250274"),
            30,
            False,
            id="tax IDs conflict",
        ),
        pytest.param(
            Wanted("Acme Ltd", phone="600 100 200"),
            a_customer("1", "Acme Ltd", phone="+48 600100200"),
            58,
            False,
            id="end of phone",
        ),
        pytest.param(
            Wanted("Acme Ltd", address="Prosta 1\n00-838 Warszawa"),
            a_customer("1", "Acme Ltd", address="Inna 2\n00-001 Warszawa", city="Warszawa"),
            55,
            False,
            id="same city",
        ),
        pytest.param(
            Wanted("Acme Ltd", address="Prosta 1\nPoland"),
            a_customer("1", "Acme Ltd", address="X 1\nGermany"),
            30,
            False,
            id="country",
        ),
    ],
)
def test_signals_add_up(wanted, customer, score, preselect):
    (candidate,) = rank_customers(wanted, [customer])

    assert (candidate.score, candidate.preselect) == (score, preselect)


def test_company_of_another_form_country_and_tax_id_is_not_offered():
    wanted = Wanted("Acme GmbH", tax_id="DE136695976", address="Weg 1\n10115 Berlin\nGermany")
    other = a_customer("1", "Acme Sp. z o.o.", tax_id="1234563218", address="Prosta 1\n00-838 Warszawa\nPoland")

    assert rank_customers(wanted, [other]) == []


def test_customer_of_another_currency_is_not_offered():
    dollars = a_customer("1", "Acme Ltd", currency="USD", email="a@acme.com")

    assert rank_customers(Wanted("Acme Ltd", "a@acme.com", currency="EUR"), [dollars]) == []
    assert len(rank_customers(Wanted("Acme Ltd", "a@acme.com"), [dollars])) == 1


def test_of_two_namesakes_the_one_with_the_email_is_preselected():
    namesakes = [
        a_customer("1", "Jan Kowalski", email="other@wp.pl"),
        a_customer("2", "Jan Kowalski", email="jan@wp.pl"),
    ]

    first, second = rank_customers(Wanted("Jan Kowalski", "jan@wp.pl"), namesakes)

    assert (first.id, first.preselect, second.preselect) == ("2", True, False)
    assert "tag.same_email" in first.reasons
    assert "tag.best_match" in first.reasons
    assert second.reasons == ()


def test_two_equals_preselect_nobody():
    twins = [a_customer(str(n), "Acme Ltd", email="a@acme.com") for n in (1, 2)]

    assert [one.preselect for one in rank_customers(Wanted("Acme Ltd", "a@acme.com"), twins)] == [False, False]


def test_jobs_stand_behind_their_parent_and_nobody_is_preselected():
    customers = [
        a_customer("9", "55 Twin Lane", parent_id="8"),
        a_customer("8", "0969 Ocean View Road", parent_id="7"),
        a_customer("7", "Freeman Sporting Goods", email="f@freeman.com"),
        a_customer("6", "Somebody Else"),
    ]

    ranked = rank_customers(Wanted("Freeman Sporting Goods", "f@freeman.com"), customers)

    assert [one.id for one in ranked] == ["7", "8", "9"]
    assert not any(one.preselect for one in ranked)


def test_job_alone_is_never_preselected():
    job = a_customer("8", "Acme Ltd", email="a@acme.com", parent_id="7")

    (candidate,) = rank_customers(Wanted("Acme Ltd", "a@acme.com"), [job])

    assert (candidate.score, candidate.preselect) == (90, False)


@pytest.mark.parametrize(
    ("wanted", "customer", "reasons"),
    [
        (
            Wanted("Acme", tax_id=TAX_ID, address="Prosta 51\n00-838 Warszawa"),
            a_customer("1", "Acme", tax_id="1234563218", address="ul. Prosta 51\n00-838 Warszawa"),
            ("tag.same_tax_id", "tag.same_address", "tag.best_match"),
        ),
        (
            Wanted("Acme", "a@a.pl", city="Łódź"),
            a_customer("1", "Acme", email="x@x.pl,a@a.pl", city="Lodz"),
            ("tag.same_email", "tag.same_city", "tag.best_match"),
        ),
        (Wanted("Cool Cars"), a_customer("1", "Cool Cars"), ()),
    ],
)
def test_reasons_say_what_fits(wanted, customer, reasons):
    assert rank_customers(wanted, [customer])[0].reasons == reasons


@pytest.mark.parametrize("wanted", [Wanted(""), Wanted("!!!"), Wanted("Nobody Known")])
def test_nothing_known_offers_nobody(wanted):
    assert rank_customers(wanted, [a_customer("1", "Acme Ltd"), a_customer("2", "")]) == []


def an_item(item_id, name, price=None, *, kind="Service", **more) -> Item:
    return Item(
        item_id, name, kind, **{"active": True, "unit_price": None if price is None else Decimal(price), **more}
    )


@pytest.mark.parametrize(
    ("name", "code", "price", "item", "score", "preselect"),
    [
        ("Fountain Pump", "PUMP-01", "15", an_item("11", "Pump", "15.00", kind="Inventory", sku="pump01"), 60, False),
        ("Design", None, "75", an_item("4", "Design", "75.00"), 55, False),
        ("Design", "D1", "80", an_item("4", "Design", "75", sku="d1"), 105, True),
        ("Consulting EUR 90", None, None, an_item("5", "Consulting EUR 90", "90"), 45, False),
        ("Landscaping", None, None, an_item("6", "Design:Landscaping"), 40, False),
        ("Pump – large", None, None, an_item("11", "Pump"), 40, False),
        ("Concrete blocks", None, "10", an_item("12", "Concrete block", "10"), 35, False),
        ("Design", None, "75", an_item("4", "Design", "75", description="design"), 60, False),
        ("Garden chair", "X1", "10", an_item("7", "Zip", "10", sku="X1"), 70, False),
    ],
)
def test_item_points_add_up(name, code, price, item, score, preselect):
    (candidate,) = rank_items(name, code, None if price is None else Decimal(price), [item])

    assert (candidate.score, candidate.preselect) == (score, preselect)


def test_two_items_of_the_same_sku_preselect_neither():
    items = [an_item("1", "Pump", sku="P1"), an_item("2", "Pump", sku="P1")]

    assert [one.preselect for one in rank_items("Pump", "P1", None, items)] == [False, False]


def test_code_that_clashes_with_the_name_is_never_preselected():
    clash = an_item("1", "Zip", "10", sku="X1", description="Garden chair")
    agreeing = an_item("1", "Garden chair", "10", sku="X1")

    assert rank_items("Garden chair", "X1", Decimal(10), [clash])[0].preselect is False
    assert rank_items("Garden chair", "X1", Decimal(10), [agreeing])[0].preselect is True


@pytest.mark.parametrize(
    "item",
    [
        an_item("1", "Design", active=False),
        an_item("1", "Design", sold=False),
        an_item("1", "Design", kind="Category"),
        an_item("1", "Design", kind="Group"),
        an_item("1", "Something else"),
        an_item("1", ""),
    ],
)
def test_items_that_cannot_be_sold_or_do_not_fit_are_not_offered(item):
    assert rank_items("Design", None, None, [item]) == []


def test_items_come_best_first():
    items = [an_item("1", "Concrete blocks", "10"), an_item("2", "Concrete block", "10", sku="CB")]

    assert [one.id for one in rank_items("Concrete block", "cb", Decimal(10), items)] == ["2", "1"]
