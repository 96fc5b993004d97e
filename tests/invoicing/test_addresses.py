"""Pipedrive's addresses as QuickBooks' lines, and back from text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.address import Address, BillAddress, same_place, text_of, to_bill_address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(
            Address(
                "x",
                street="ul. Prosta",
                house="51",
                flat="14",
                postal_code="00-838",
                city="Warszawa",
                state="mazowieckie",
                country="Poland",
            ),
            BillAddress(("ul. Prosta 51/14",), "Warszawa", "", "00-838", "Poland"),
            id="Polish",
        ),
        pytest.param(
            Address(
                "x",
                street="Main St",
                house="45612",
                flat="Suite 200",
                city="Bayshore",
                state="California",
                postal_code="94326",
                country="United States",
            ),
            BillAddress(("45612 Main St", "Suite 200"), "Bayshore", "CA", "94326", "USA"),
            id="American",
        ),
        pytest.param(
            Address(
                "x", street="Rue X", house="1", district="Plateau", city="Montréal", state="Québec", country="Canada"
            ),
            BillAddress(("1 Rue X", "Plateau"), "Montréal", "QC", "", "Canada"),
            id="Canadian, with district",
        ),
        pytest.param(
            Address(
                "x",
                street="Weg",
                house="3",
                district="Mitte",
                state="Berlin",
                postal_code="10115",
                country="Deutschland",
            ),
            BillAddress(("Weg 3",), "Mitte", "Berlin", "10115", "Germany"),
            id="German, district for a city",
        ),
        pytest.param(
            Address("x", street="Weg", county="Uri", country="Atlantis"),
            BillAddress(("Weg",), "Uri", "", "", "Atlantis"),
            id="county for a city, unknown country kept",
        ),
        pytest.param(
            "4581 Finch St., Bayshore, CA 94326",
            BillAddress(("4581 Finch St.",), "Bayshore", "CA", "94326"),
            id="American text",
        ),
        pytest.param(
            "4581 Finch St.\nBayshore CA 94326-1234",
            BillAddress(("4581 Finch St.",), "Bayshore", "CA", "94326-1234"),
            id="ZIP+4",
        ),
        pytest.param("CA 94326", BillAddress((), "", "CA", "94326"), id="state and code alone"),
        pytest.param("5 Main St, CA 94326", BillAddress(("5 Main St",), "", "CA", "94326"), id="a street is no city"),
        pytest.param("Rynek 1\n31-042 Kraków", BillAddress(("Rynek 1",), "Kraków", "", "31-042"), id="Polish text"),
        pytest.param(
            "ul. Prosta 51, 00-838 Warszawa, Polska",
            BillAddress(("ul. Prosta 51",), "Warszawa", "", "00-838", "Poland"),
            id="Polish text with country",
        ),
        pytest.param(
            "10 Downing St, London SW1A 2AA, UK",
            BillAddress(("10 Downing St",), "London", "", "SW1A 2AA", "United Kingdom"),
            id="GB",
        ),
        pytest.param(
            "1 Bay St, Toronto, ON M5V 2T6, Canada",
            BillAddress(("1 Bay St",), "Toronto", "ON", "M5V 2T6", "Canada"),
            id="CA",
        ),
        pytest.param("Weg 3, 10115 Berlin", BillAddress(("Weg 3",), "Berlin", "", "10115"), id="DE"),
        pytest.param("Somewhere 5", BillAddress(("Somewhere 5",)), id="nothing guessed"),
        pytest.param("4581 Finch St.", BillAddress(("4581 Finch St.",)), id="a house number is no postal code"),
        pytest.param("XX 94326", BillAddress(("XX 94326",)), id="no such state"),
        pytest.param("Poland", BillAddress(("Poland",)), id="one word is a line"),
        pytest.param("", BillAddress(), id="empty"),
        pytest.param(" \n\r\n ", BillAddress(), id="blank"),
        pytest.param("a\nb\nc\nd\ne\nf\ng", BillAddress(("a", "b", "c", "d", "e, f, g")), id="more than five lines"),
        pytest.param(Address("Somewhere 5"), BillAddress(("Somewhere 5",)), id="address with text only"),
    ],
)
def test_address_becomes_lines_city_state_and_country(address, expected):
    assert to_bill_address(address) == expected


@pytest.mark.parametrize(
    ("house", "country", "line"),
    [
        ("51", "United States", "51 Long Road"),
        ("51", "France", "51 Long Road"),
        ("51", "GB", "51 Long Road"),
        ("51", "Poland", "Long Road 51"),
        ("51", "", "Long Road 51"),
        ("", "Poland", "Long Road"),
    ],
)
def test_house_number_stands_where_the_country_has_it(house, country, line):
    seen = to_bill_address(Address("", street="Long Road", house=house, city="X", country=country))

    assert seen.lines == (line,)


@pytest.mark.parametrize(
    "bill",
    [
        BillAddress(("ul. Prosta 51/14",), "Warszawa", "", "00-838", "Poland"),
        BillAddress(("45612 Main St", "Suite 200"), "Bayshore", "CA", "94326", "USA"),
        BillAddress(("10 Downing St",), "London", "", "SW1A 2AA", "United Kingdom"),
        BillAddress(("1 King St",), "Sydney", "NSW", "2000", "Australia"),
        BillAddress(("Calle 1",), "Madrid", "Comunidad de Madrid", "28013", "Spain"),
        BillAddress(("Kerkstraat 1",), "Amsterdam", "", "1017 AB", "Netherlands"),
        BillAddress(("Hlavní 1",), "Praha", "", "110 00", "Czechia"),
        BillAddress(("Somewhere 5",)),
    ],
)
def test_text_of_an_address_is_read_back_as_it_was(bill):
    assert to_bill_address(text_of(bill)) == bill


@given(st.text(alphabet="ab 1-,\n", max_size=60))
def test_text_loses_no_word(text):
    read = text_of(to_bill_address(text))

    assert sorted(read.replace(",", " ").split()) == sorted(text.replace(",", " ").split())


def test_lines_are_written_as_the_country_does():
    address = Address(
        "x", street="Main St", house="5", city="Bayshore", state="California", postal_code="94326", country="US"
    )

    assert address.lines() == ("5 Main St", "Bayshore, CA 94326", "USA")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Prosta 51\n00-838 Warszawa", "ul. PROSTA 51, Warszawa 00-838", False),
        ("Prosta 51\n00-838 Warszawa", "PROSTA  51, Warszawa 00-838", True),
        ("Rynek 1\nKraków", "rynek 1, krakow", True),
        ("5 Main St\nUSA", "5 Main St\nUnited States", True),
        ("Prosta 51", "Acme\nAnn Smith\nProsta 51", True),
        ("Prosta 51", "Prosta 51\nWarszawa", False),
        ("Prosta 51", "Prosta 52", False),
        ("", "", True),
        ("", "Prosta 51", False),
    ],
)
def test_same_place_compares_words_not_lines(a, b, same):
    assert same_place(a, b) is same
    assert same_place(b, a) is same
