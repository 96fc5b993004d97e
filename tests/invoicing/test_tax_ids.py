"""Tax IDs and e-mail addresses."""

import pytest

from dealvoice.invoicing.emails import is_email, split_emails, valid_emails
from dealvoice.invoicing.tax_ids import bare, country_of, is_masked, is_suspect, prefix_of, visible_end


@pytest.mark.parametrize(
    ("tax_id", "country", "suspect"),
    [
        ("123-456-78-90", "PL", True),
        ("123-456-32-18", "PL", False),
        ("PL 123 456 32 18", "PL", False),
        ("DE136695976", "DE", False),
        ("DE136695978", "DE", True),
        ("83 914 571 673", "AU", False),
        ("99 999 999 999", "AU", True),
        ("anything", "US", False),
        ("anything", "", False),
        ("", "PL", False),
    ],
)
def test_check_digits_are_those_of_the_country(tax_id, country, suspect):
    assert is_suspect(tax_id, country) is suspect


@pytest.mark.parametrize(
    ("tax_id", "expected"),
    [
        ("PL 123-456-32-18", "1234563218"),
        ("1234563218", "1234563218"),
        ("EL123456789", "123456789"),
        ("", ""),
        ("AB1", "AB1"),
    ],
)
def test_bare_id_has_no_separators_and_no_country(tax_id, expected):
    assert bare(tax_id) == expected


@pytest.mark.parametrize(
    ("tax_id", "prefix"),
    [("PL1234563218", "PL"), ("EL123456789", "GR"), ("1234563218", ""), ("ZZ123456", ""), ("PLOT", "")],
)
def test_prefix_is_a_country(tax_id, prefix):
    assert prefix_of(tax_id) == prefix


def test_country_is_the_ids_own_or_the_first_known():
    assert country_of("PL1234563218", "DE", "US") == "PL"
    assert country_of("1234563218", "", "US") == "US"
    assert country_of("1234563218") == ""


@pytest.mark.parametrize(
    ("stored", "masked"),
    [("XXXXX63218", True), ("*****63218", True), ("1234563218", False), ("XI123456789", False), ("", False)],
)
def test_masked_ids_are_known_as_such(stored, masked):
    assert is_masked(stored) is masked


def test_visible_end_is_what_quickbooks_shows():
    assert visible_end("123-456-32-18") == visible_end("XXXXX63218") == "63218"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a@x.pl", True),
        ("first.last+tag@sub.example.com", True),
        ("a@b", False),
        ("@x.pl", False),
        ("a@@x.pl", False),
        ("a b@x.pl", False),
        ("a@x..pl", False),
        ("a@x.", False),
        ("", False),
    ],
)
def test_email_has_one_at_and_a_domain_with_a_dot(text, valid):
    assert is_email(text) is valid


def test_emails_are_split_at_commas_and_semicolons():
    assert split_emails(" a@x.pl; b@x.pl ,, bad ") == ("a@x.pl", "b@x.pl", "bad")


def test_valid_emails_are_found_in_free_text():
    assert valid_emails("a@x.pl b@y.pl;nobody") == ("a@x.pl", "b@y.pl")
