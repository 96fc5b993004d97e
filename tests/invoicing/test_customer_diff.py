"""What differs between QuickBooks' customer and the form, what is written of it, and what is left alone."""

import pytest

from dealvoice.invoicing.customer_diff import Detail, Tick, compare, is_same, mark_of, plan

FINCH = "4581 Finch St.\nBayshore, CA 94326"


@pytest.mark.parametrize(
    ("detail", "theirs", "ours", "same"),
    [
        (Detail.ADDRESS, FINCH, "4581 Finch St.\nBayshore, CA 94326", True),
        (Detail.ADDRESS, "Amy Lauterbach\nAmy's Bird Sanctuary\n4581 Finch St.\nBayshore, CA 94326", FINCH, True),
        (Detail.ADDRESS, "4581 FINCH ST\nBayshore\n94326 CA", FINCH, True),
        (Detail.ADDRESS, FINCH, "4581 Finch St., Suite 2\nBayshore, CA 94326", False),
        (
            Detail.ADDRESS,
            "ul. Prosta 51/14\n00-838 Warszawa\nPoland",
            "ul. Prosta 51/14\n00-838 WARSZAWA\nPolska",
            True,
        ),
        (Detail.ADDRESS, "", FINCH, False),
        (Detail.EMAIL, "Birds@Intuit.com", "birds@intuit.com", True),
        (Detail.EMAIL, "a@x.pl, b@x.pl", "b@x.pl;A@x.pl", True),
        (Detail.EMAIL, "a@x.pl", "a@x.pl,b@x.pl", False),
        (Detail.TAX_ID, "XXXXX63218", "123-456-32-18", True),
        (Detail.TAX_ID, "XXXXX63218", "1234563219", False),
        (Detail.TAX_ID, "PL1234563218", "123-456-32-18", True),
        (Detail.TAX_ID, "", "12-3456789", False),
    ],
)
def test_values_mean_the_same_or_not(detail, theirs, ours, same):
    assert is_same(detail, theirs, ours) is same
    assert is_same(detail, ours, theirs) is same


def one(theirs, ours, *, detail=Detail.EMAIL, looked=None, tick=None):
    known = None if looked is None else {detail: looked}
    found = compare({detail: theirs}, {detail: ours}, deals={}, looked=known, ticks={detail: tick} if tick else {})
    return next(each for each in found if each.detail is detail)


def test_a_detail_that_differs_is_ticked_by_itself():
    found = one("old@x.pl", "new@x.pl", looked="old@x.pl")

    assert (found.differs, found.changed_there, found.write) == (True, False, True)


@pytest.mark.parametrize(
    ("theirs", "ours", "differs"),
    [
        (FINCH, f"{FINCH}\nUSA", False),
        (f"{FINCH}\nUnited States", FINCH, False),
        (FINCH, f"{FINCH}\nGermany", True),
        (f"{FINCH}\nGermany", FINCH, True),
        ("4581 Finch St., Bayshore, CA 94326, USA", FINCH, False),
    ],
)
def test_the_companys_own_country_may_be_left_out(theirs, ours, differs):
    found = compare({Detail.ADDRESS: theirs}, {Detail.ADDRESS: ours}, deals={}, looked=None, ticks={}, country="US")

    assert found[0].differs is differs


def test_an_empty_field_never_empties_the_customer():
    found = one("old@x.pl", "  ", tick=Tick(on=True, against=mark_of("old@x.pl")))

    assert (found.offered, found.write) == (False, False)


def test_equal_details_are_never_written_even_when_ticked():
    found = one("Old@x.pl", "old@x.pl", tick=Tick(on=True, against=mark_of("Old@x.pl")))

    assert (found.offered, found.write) == (False, False)


def test_what_somebody_changed_there_starts_without_a_tick():
    found = one("theirs@x.pl", "ours@x.pl", looked="before@x.pl")

    assert (found.differs, found.changed_there, found.write) == (True, True, False)


def test_a_tick_beside_the_changed_value_counts():
    found = one("theirs@x.pl", "ours@x.pl", looked="before@x.pl", tick=Tick(on=True, against=mark_of("theirs@x.pl")))

    assert (found.changed_there, found.write) == (True, True)


def test_a_tick_beside_an_older_value_says_nothing():
    found = one("theirs@x.pl", "ours@x.pl", tick=Tick(on=True, against=mark_of("before@x.pl")))

    assert (found.changed_there, found.write) == (True, False)


def test_a_tick_taken_off_stays_off():
    found = one("old@x.pl", "new@x.pl", tick=Tick(on=False, against=mark_of("old@x.pl")))

    assert (found.offered, found.write) == (True, False)


def test_a_masked_tax_id_that_fits_is_written_only_on_demand():
    masked, whole = "XXXXX63218", "1234563218"

    silent = one(masked, whole, detail=Detail.TAX_ID)
    asked = one(masked, whole, detail=Detail.TAX_ID, tick=Tick(on=True, against=mark_of(masked)))

    assert (silent.differs, silent.hidden, silent.write) == (False, True, False)
    assert asked.write is True


@pytest.mark.parametrize(
    ("now", "what"),
    [("old@x.pl", "write"), ("Old@x.pl", "write"), ("new@x.pl", "there"), ("third@x.pl", "changed"), ("", "changed")],
)
def test_a_second_try_writes_only_what_is_still_as_it_was(now, what):
    found = plan({Detail.EMAIL: now}, before={Detail.EMAIL: "old@x.pl"}, wanted={Detail.EMAIL: "new@x.pl"})

    assert found.write == ({Detail.EMAIL: "new@x.pl"} if what == "write" else {})
    assert found.there == ((Detail.EMAIL,) if what == "there" else ())
    assert found.changed == ((Detail.EMAIL,) if what == "changed" else ())


def test_each_detail_is_decided_by_itself():
    before = {Detail.EMAIL: "old@x.pl", Detail.TAX_ID: "", Detail.ADDRESS: FINCH}
    wanted = {Detail.EMAIL: "new@x.pl", Detail.TAX_ID: "12-3456789", Detail.ADDRESS: "1 Main St"}
    now = {Detail.EMAIL: "theirs@x.pl", Detail.TAX_ID: "XXXXX56789", Detail.ADDRESS: FINCH}

    found = plan(now, before=before, wanted=wanted)

    assert (found.changed, found.there, found.write) == (
        (Detail.EMAIL,),
        (Detail.TAX_ID,),
        {Detail.ADDRESS: "1 Main St"},
    )
