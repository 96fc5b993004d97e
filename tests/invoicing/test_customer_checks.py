"""The draft's customer: whom he may be a double of, what stands against him, and what is told of an update."""

from dataclasses import replace

import pytest

from dealvoice.invoicing.books import NearMatch, OtherName, Survivor, TakenKind
from dealvoice.invoicing.customer_checks import check_customer, customer_differences
from dealvoice.invoicing.customer_diff import Detail, Tick, mark_of
from dealvoice.invoicing.draft import name_of_new
from dealvoice.invoicing.finding import Severity
from dealvoice.invoicing.matching import Wanted, judge_customers, nearest
from dealvoice.invoicing.names import difference
from invoicing.test_matching import a_customer as somebody
from invoicing.test_preflight import MULTI, NEW, a_company, a_customer, a_draft, the_books

ACME = somebody("1", "Acme Ltd", email="a@acme.com")


@pytest.mark.parametrize(
    ("score", "kind", "severity", "remedy"),
    [
        (45, TakenKind.CUSTOMER, Severity.WARNING, "link_near"),
        (54, TakenKind.CUSTOMER, Severity.WARNING, "link_near"),
        (55, TakenKind.CUSTOMER, Severity.BLOCKER, "link_near"),
        (90, TakenKind.VENDOR, Severity.WARNING, "other_customer"),
    ],
)
def test_a_near_match_is_told_before_another_one_is_made(score, kind, severity, remedy):
    near = NearMatch(kind, "7", "Acme", score, ("tag.same_name",))

    (finding,) = check_customer(a_draft(**NEW), the_books(customer=None, near=near))

    assert (finding.code, finding.severity, finding.remedy) == ("customer.near_duplicate", severity, remedy)


def test_the_nearest_is_the_likeliest_that_was_not_denied():
    wanted = Wanted("Acme Ltd", "a@acme.com")
    others = [OtherName(TakenKind.VENDOR, "30", "ACME Limited"), OtherName(TakenKind.EMPLOYEE, "55", "Emily Platt")]

    first = nearest(wanted, [ACME], others, known=())
    second = nearest(wanted, [ACME], others, known={"customer:1"})
    third = nearest(wanted, [ACME], others, known={"customer:1", "vendor:30"})

    assert (first.key, first.score, first.reasons) == ("customer:1", 90, ("tag.same_name", "tag.same_email"))
    assert (second.key, second.score) == ("vendor:30", 50)
    assert third is None


def test_nobody_is_near_when_only_the_address_or_a_likeness_speaks():
    wanted = Wanted("Acme Gardens", address="51 Main St\nBayshore, CA 94326")

    assert nearest(wanted, [somebody("1", "Zebra", address="51 Main St\nBayshore, CA 94326")], (), known=()) is None


def test_a_customer_of_another_currency_is_no_double():
    assert nearest(Wanted("Acme Ltd", currency="EUR"), [ACME], (), known=()) is None


def test_everybody_found_is_judged_and_nobody_preselected():
    found = judge_customers(Wanted("Acme Ltd", "a@acme.com"), [ACME, somebody("2", "Zebra")])

    assert (found["1"].reasons, found["1"].same_name, found["1"].preselect) == (
        ("tag.same_email", "tag.best_match"),
        True,
        False,
    )
    assert (found["2"].reasons, found["2"].same_name, found["2"].name_differs) == ((), False, "")


@pytest.mark.parametrize(
    ("wanted", "known", "words"),
    [
        ("Amys Bird Sanctuary Inc.", "Amy's Bird Sanctuary", "Inc."),
        ("Cool Cars", "Cool Cars Inc.", "Inc."),
        ("Müller & Söhne GmbH", "Mueller und Soehne GmbH", ""),
        ("Żuraw Logistyka Sp. z o.o.", "Zuraw Logistyka spółka z ograniczoną odpowiedzialnością", ""),
        ("Kew Terrace Hotels", "Kew Terraces Hotels Ltd", "Terrace"),
    ],
)
def test_names_differ_by_words(wanted, known, words):
    assert difference(wanted, known) == words


def test_a_taken_name_offers_who_has_it_and_a_free_one():
    books = the_books(customer=None, name_taken_by=TakenKind.CUSTOMER, name_taken_id="9", free_name="Acme (2)")

    (finding,) = check_customer(a_draft(to="Acme", **NEW), books)

    assert (finding.remedy, finding.remedy_value, finding.params["proposal"]) == ("link_namesake", "9", "Acme (2)")


@pytest.mark.parametrize(
    ("to", "new_name", "name"),
    [
        (" Acme  Ltd ", "", "Acme Ltd"),
        ("Acme Ltd", "Acme Ltd (EUR)", "Acme Ltd (EUR)"),
        ("Other Ltd", "Acme Ltd (EUR)", "Other Ltd"),
        ("", "Acme Ltd (EUR)", ""),
    ],
)
def test_a_free_name_holds_as_long_as_it_fits_the_addressee(to, new_name, name):
    assert name_of_new(a_draft(to=to, new_name=new_name)) == name


def test_a_merged_customer_leads_to_the_one_that_is_left():
    (finding,) = check_customer(a_draft(), the_books(customer=None, survivor=Survivor("5", "Dukes")))

    assert (finding.code, finding.remedy, finding.remedy_value) == ("customer.gone", "link_survivor", "5")
    assert finding.params["survivor"] == "Dukes"


def test_a_job_is_told_with_its_parent():
    books = the_books(customer=a_customer(parent_id="7"), parent_name="Freeman")

    (finding,) = check_customer(a_draft(), books)

    assert (finding.code, finding.severity, finding.params["parent"]) == ("customer.is_sub", Severity.INFO, "Freeman")


def test_nothing_is_compared_while_the_update_is_off():
    books = the_books(customer=a_customer(email="old@x.pl"))

    draft = a_draft(email="new@x.pl", address="")

    assert customer_differences(draft, books) == ()
    assert written(replace(draft, update_customer=True), books) == ["email"]


def written(draft, books):
    return [each.detail for each in customer_differences(draft, books) if each.write]


def test_a_change_there_is_told_with_its_field():
    books = the_books(customer=a_customer(email="theirs@x.pl"), looked={Detail.EMAIL: "before@x.pl"})

    (finding,) = check_customer(a_draft(email="ours@x.pl", update_customer=True), books)

    assert (finding.code, finding.severity, finding.params["fields"]) == (
        "customer.changed_meanwhile",
        Severity.WARNING,
        "email",
    )


def test_a_hidden_tax_id_is_told_until_it_is_ticked():
    books = the_books(customer=a_customer(tax_id="XXXXX63218"))
    draft = a_draft(tax_id="1234563218", update_customer=True)
    ticked = {Detail.TAX_ID: Tick(on=True, against=mark_of("XXXXX63218"))}

    (finding,) = check_customer(draft, books)

    assert (finding.code, finding.remedy, finding.params["end"]) == ("customer.tax_id_hidden", "write_detail", "63218")
    assert list(check_customer(replace(draft, update_ticks=ticked), books)) == []


def test_an_edition_without_a_place_for_the_tax_id_is_never_written_to():
    books = the_books(company=a_company(country="IN"), customer=a_customer())
    draft = a_draft(tax_id="1234563218-99", address="", email="", update_customer=True)

    assert written(draft, books) == []
    assert written(replace(draft, tax_id="22AAAAA0000A1Z5"), books) == ["tax_id"]


def test_three_ways_out_of_another_currency_start_with_the_customers_own():
    (finding,) = check_customer(a_draft(currency="EUR"), the_books(company=MULTI))

    assert (finding.code, finding.remedy, finding.remedy_value) == (
        "customer.currency_mismatch",
        "use_currency",
        "USD",
    )
