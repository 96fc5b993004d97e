"""The query language: grammar, comparisons, order, pages, projections, and the vendor's faults."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.query import Condition, Statement, literal, parse
from dealvoice_sandbox.quickbooks.query_run import Plan
from playground.books import REALM, Books, a_books


@pytest.fixture(scope="module")
def _opened() -> Iterator[Books]:
    with a_books() as opened:
        yield opened


@pytest.fixture
def books(_opened: Books) -> Books:
    """The sample company as it is; a test that writes resets it first."""
    _opened.control("POST", "switches", sortable_id=False, not_equal=True, order_by_in_two_words=True)
    _opened.control("POST", "switches", maxresults_above_1000="cap")
    return _opened


@pytest.fixture
def fresh() -> Iterator[Books]:
    with a_books() as opened:
        yield opened


def rows(books: Books, statement: str) -> list[dict[str, Any]]:
    found = [value for value in books.query(statement).values() if isinstance(value, list)]
    return found[0] if found else []


def ids(books: Books, statement: str) -> list[str]:
    return [row["Id"] for row in rows(books, statement)]


def refused(books: Books, statement: str) -> tuple[str, str]:
    answer = books.ask(statement)
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()["Fault"]["Error"]
    assert error["Message"] == {"4000": "Error parsing query", "4001": "Invalid query"}[error["code"]]
    return error["code"], error["Detail"]


# Grammar.

_names = st.sampled_from(["Id", "DisplayName", "Balance", "MetaData.CreateTime", "Order_no", "Country", "a1", "Line.*"])
_texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)


def _cased(draw: Any, word: str) -> str:
    return draw(st.sampled_from([word, word.lower(), word.title()]))


@st.composite
def statements(draw: Any) -> tuple[str, Statement]:
    """A statement and its text, with blanks and letters as people write them."""
    gap = draw(st.sampled_from([" ", "  ", "\n", "\t"]))
    fields = draw(st.none() | st.lists(_names, min_size=1, max_size=3).map(tuple))
    count = fields is None and draw(st.booleans())
    made = Statement(draw(st.sampled_from(["Invoice", "customer"])), fields, count)
    parts = [_cased(draw, "SELECT"), "COUNT(*)" if count else "*" if fields is None else ", ".join(fields)]
    parts += [_cased(draw, "FROM"), made.entity]
    conditions, written = [], []
    for _ in range(draw(st.integers(0, 3))):
        path = draw(_names.filter(lambda name: "*" not in name))
        operator = draw(st.sampled_from(["=", "!=", "<", ">", "<=", ">=", "like", "in"]))
        values = draw(st.lists(_texts, min_size=1, max_size=3 if operator == "in" else 1))
        quoted = ["'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" for value in values]
        conditions.append(Condition(path, operator, tuple(literal(value) for value in values)))
        right = f"({', '.join(quoted)})" if operator == "in" else quoted[0]
        written.append(f"{path} {_cased(draw, operator.upper())} {right}")
    made.where = tuple(conditions)
    if written:
        parts += [_cased(draw, "WHERE"), f" {_cased(draw, 'AND')} ".join(written)]
    orders = draw(st.lists(st.tuples(_names.filter(lambda name: "*" not in name), st.booleans()), max_size=2))
    if orders:
        made.orders = tuple(orders)
        parts += [_cased(draw, "ORDERBY"), ", ".join(name + (" DESC" if down else " asc") for name, down in orders)]
    pages = []
    if draw(st.booleans()):
        made.start = draw(st.integers(1, 10**9 - 1))
        pages.append(f"{_cased(draw, 'STARTPOSITION')} {made.start}")
    if draw(st.booleans()):
        made.most = draw(st.integers(1, 1000))
        pages.append(f"{_cased(draw, 'MAXRESULTS')} {made.most}")
    return gap.join(parts + draw(st.permutations(pages))), made


@settings(max_examples=100, deadline=None)
@given(statements())
def test_parse_when_statement_is_written_out_then_read_back_the_same(pair):
    text, statement = pair
    read = parse(text)
    for condition, wanted in zip(read.where, statement.where, strict=True):
        assert [value.text for value in condition.values] == [value.text for value in wanted.values]
        assert (condition.path, condition.operator) == (wanted.path, wanted.operator)
    for name in ("entity", "fields", "count", "orders", "start", "most"):
        assert getattr(read, name) == getattr(statement, name)


_WORDS = [
    "select", "*", "from", "Invoice", "where", "and", "or", "Id", "=", "<=", "'a'", "'", "\\", "(", ")", "in", "like",
    "orderby", "order", "by", "desc", "startposition", "maxresults", "1", "-1", "99999999999", ",", ".", "count", ";",
    "true", "current_date", "\u0000", "\u2019", "\u0663", "!", "MetaData.CreateTime", "%", "not", "null", "--",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join))
def test_parse_when_text_is_garbage_then_only_the_vendors_fault_is_raised(text):
    refusal: Refusal | None = None
    try:
        parse(text)
    except Refusal as raised:
        refusal = raised
    assert refusal is None or (refusal.code, refusal.detail.partition(":")[0]) in (
        ("4000", "QueryParserError"), ("4001", "QueryValidationError"),
    )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(_WORDS), max_size=5).map(" ".join),
    st.sampled_from(["Id", "Balance", "Active", "MetaData.CreateTime", "DisplayName", "PrimaryEmailAddr", "Job"]),
    st.sampled_from(["=", "!=", "<", ">=", "like", "in"]),
    _texts,
)
def test_query_when_literals_are_odd_then_answered_or_refused_but_never_broken(books, tail, path, operator, value):
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    right = f"({quoted})" if operator == "in" else quoted
    assert books.ask(f"select * from Customer where {path} {operator} {right} {tail}").status_code in (200, 400)


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("", 'Encountered "<EOF>" at line 0, column 0.\nWas expecting:\n    "select" ...\n    '),
        ("selec * from X", 'Encountered " <ID> "selec "" at line 1, column 1.\nWas expecting:\n    "select" ...\n    '),
        ("select * frm X", 'Encountered " <ID> "frm "" at line 1, column 10.\n'),
        ("select * from", 'Encountered "<EOF>" at line 1, column 13.\nWas expecting:\n    <ID> ...\n    '),
        ("select * from Item where Name = 'a' or Name = 'b'", 'Encountered " <ID> "or "" at line 1, column 37.\n'),
        ("select * from Item where Name = 'a", "Invalid content. Lexical error at line 1, column 33.  Encountered: "),
        ("select * from Item where Name = ’a’", 'Encountered: "’" (8217), after : ""'),
        ("select * from Item where Name = 'Amy's'", 'Encountered " <ID> "s "" at line 1, column 38.\n'),
        ("select * from Item where Name in ()", 'Encountered " ")" ") "" at line 1, column 35.\n'),
        ("select * from Item maxresults 5 maxresults 6", 'Encountered " <MAXRESULTS> "maxresults ""'),
        ("select * from Item maxresults ten", 'Encountered " <ID> "ten ""'),
        ("select * from Item group by Name", 'Encountered " <ID> "group ""'),
        ("select sum(Balance) from Invoice", "Encountered "),
        ("select * from Item;", 'Encountered: ";" (59), after : ""'),
        ("delete from Item", 'Encountered " <ID> "delete "" at line 1, column 1.\n'),
    ],
)
def test_query_when_syntax_is_wrong_then_4000_says_where(books, statement, detail):
    code, told = refused(books, statement)
    assert code == "4000"
    assert told.startswith("QueryParserError: ")
    assert detail in told


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("select * from Custmoer", "invalid context declaration: Custmoer"),
        ("select * from Invoice where PrivateNote = 'x'", "property 'PrivateNote' is not queryable"),
        ("select * from Invoice orderby PrivateNote", "property 'PrivateNote' is not sortable"),
        ("select * from Invoice where Line.Amount > '5'", "property 'Line.Amount' is not queryable"),
        ("select * from Customer where Colour = 'red'", "Property Colour not found for Entity Customer"),
        ("select Colour from Customer", "Property Colour not found for Entity Customer"),
        ("select * from Customer orderby MetaData.Colour", "Property MetaData.Colour not found for Entity Customer"),
        ("select * from Customer where Id > '5'", "property 'Id' takes = and IN only"),
        ("select * from Customer startposition 0", "value 0 is too small. Min allowed value is 1"),
        ("select * from Customer maxresults 0", "value 0 is too small. Min allowed value is 1"),
    ],
)
def test_query_when_it_asks_what_cannot_be_asked_then_4001(books, statement, detail):
    assert refused(books, statement) == ("4001", f"QueryValidationError: {detail}")


# Comparisons.


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("DisplayName = 'Amy\\'s Bird Sanctuary'", ["1"]),
        ("displayname = 'amy\\'s BIRD sanctuary'", ["1"]),
        ("DISPLAYNAME LIKE 'Amy%'", ["1"]),
        ("DisplayName LIKE '%bird%'", ["1"]),
        ("DisplayName LIKE 'Amy'", []),
        ("DisplayName LIKE 'Am_%'", []),
        ("DisplayName IN ('Cool Cars', 'nobody')", ["3"]),
        ("Id = '1'", ["1"]),
        ("Id IN ('1', '3', '999')", ["1", "3"]),
        ("Id = '1' AND Id = '3'", []),
        ("Id = '1' AND DisplayName = 'Cool Cars'", []),
        ("Id = 1", ["1"]),
        ("Balance = '239'", ["1"]),
        ("Balance = 239", ["1"]),
        ("Balance = '239.00'", ["1"]),
        ("Balance = 'much'", []),
        ("PrimaryEmailAddr = 'birds@intuit.com'", ["1"]),
        ("PrimaryEmailAddr.Address = 'Birds@Intuit.com'", ["1"]),
        ("Active = true AND Id = '1'", ["1"]),
        ("Active = 'true' AND Id = '1'", ["1"]),
        ("Active = false AND Id = '1'", []),
        ("Job = true AND ParentRef = '22'", ["23"]),
    ],
)
def test_where_when_compared_then_case_number_and_kind_are_forgiven(books, where, expected):
    assert ids(books, f"select * from Customer where {where}") == expected


def test_where_when_values_are_ordered_then_each_operator_draws_its_line(books):
    balances = {row["Id"]: row["Balance"] for row in rows(books, "select * from Customer")}
    for operator, holds in {
        "<": lambda one: one < 239, "<=": lambda one: one <= 239, ">": lambda one: one > 239,
        ">=": lambda one: one >= 239, "=": lambda one: one == 239, "!=": lambda one: one != 239,
    }.items():  # fmt: skip
        expected = {customer for customer, balance in balances.items() if holds(balance)}
        assert set(ids(books, f"select * from Customer where Balance {operator} '239'")) == expected, operator


def test_like_when_percent_is_escaped_then_plain(fresh):
    for name in ("100% wool", "100 sheep of wool"):
        fresh.call("POST", "customer", json={"DisplayName": name})
    found = rows(fresh, "select * from Customer where DisplayName like '100\\%%wool'")
    assert [row["DisplayName"] for row in found] == ["100% wool"]


def test_where_when_dates_then_compared_by_day_whatever_the_form(books):
    invoice = rows(books, "select * from Invoice where Id = '130'")[0]
    day = invoice["TxnDate"]
    assert "130" in ids(books, f"select * from Invoice where TxnDate = '{day}' maxresults 1000")
    assert "130" in ids(books, f"select * from Invoice where TxnDate = '{day}T09:00:00-07:00' maxresults 1000")
    assert "130" not in ids(books, f"select * from Invoice where TxnDate < '{day}' maxresults 1000")
    assert ids(books, "select * from Invoice where TxnDate > CURRENT_DATE") == []


def test_where_when_moments_then_compared_in_any_zone(fresh):
    stored = rows(fresh, "select * from Invoice where Id = '130'")[0]["MetaData"]["LastUpdatedTime"]
    moment = datetime.fromisoformat(stored)
    utc = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for written in (stored, utc, stored[:19]):
        hit = ids(fresh, f"select * from Invoice where MetaData.LastUpdatedTime = '{written}' maxresults 1000")
        assert "130" in hit, written
        later = ids(fresh, f"select * from Invoice where metadata.lastupdatedtime > '{written}' maxresults 1000")
        assert "130" not in later


def test_where_when_a_plus_sign_was_not_encoded_then_the_offset_still_counts(books):
    statement = "select%20count(*)%20from%20Invoice%20where%20MetaData.CreateTime%20%3E%20'2000-01-01T00:00:00+00:00'"
    answer = books.http.get(f"/v3/company/{REALM}/query?query={statement}", headers=books.headers)
    assert answer.json()["QueryResponse"] == {"totalCount": 31}


def test_where_when_several_conditions_then_all_must_hold(books):
    both = "select * from Invoice where CustomerRef = '1' and Balance > '0' maxresults 1000"
    found = rows(books, both)
    assert found
    assert all(row["CustomerRef"]["value"] == "1" and row["Balance"] > 0 for row in found)


def test_not_equal_when_switched_off_then_4000(books):
    books.switch(not_equal=False)
    assert refused(books, "select * from Customer where Balance != '0'")[0] == "4000"


# Inactive objects.


def test_inactive_when_active_is_not_asked_for_then_hidden(fresh):
    made = fresh.call("POST", "customer", json={"DisplayName": "Gone Ltd"}).json()["Customer"]
    ending = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    assert fresh.call("POST", "customer", json=ending).status_code == 200

    where = f"select * from Customer where Id = '{made['Id']}'"
    assert ids(fresh, where) == []
    assert ids(fresh, f"{where} and Active in (true, false)") == [made["Id"]]
    assert ids(fresh, f"{where} and Active = false") == [made["Id"]]
    assert fresh.query("select count(*) from Customer") == {"totalCount": 29}


# Order and pages.


def test_order_when_nothing_is_said_then_names_rise_and_transactions_fall_by_last_change(books):
    names = [row["DisplayName"].casefold() for row in rows(books, "select * from Customer")]
    times = [
        datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"])
        for row in rows(books, "select * from Invoice maxresults 1000")
    ]
    assert names == sorted(names)
    assert times == sorted(times, reverse=True)


def test_order_when_several_properties_then_first_counts_first(books):
    found = rows(books, "select * from Invoice orderby TxnDate asc, Balance desc maxresults 1000")
    keys = [(row["TxnDate"], -row["Balance"]) for row in found]
    assert keys == sorted(keys)


@pytest.mark.parametrize("words", ["orderby", "ORDERBY", "order by", "ORDER   BY"])
def test_order_when_spelled_in_any_way_then_known(books, words):
    found = [row["DisplayName"] for row in rows(books, f"select * from Customer {words} DisplayName desc maxresults 3")]
    assert found == sorted(found, reverse=True)


def test_order_when_two_words_are_switched_off_then_4000(books):
    books.switch(order_by_in_two_words=False)
    assert refused(books, "select * from Customer order by DisplayName")[0] == "4000"
    assert len(rows(books, "select * from Customer orderby DisplayName maxresults 2")) == 2


def test_order_by_id_when_not_switched_on_then_4001_else_by_number(books):
    statement = "select * from Customer orderby Id maxresults 12"
    assert refused(books, statement) == ("4001", "QueryValidationError: property 'Id' is not sortable")
    books.switch(sortable_id=True)
    assert ids(books, statement) == [str(number) for number in range(1, 13)]


def test_page_when_asked_for_then_start_and_most_in_either_order(books):
    every = ids(books, "select * from Customer maxresults 1000")
    assert ids(books, "select * from Customer startposition 6 maxresults 5") == every[5:10]
    assert ids(books, "select * from Customer maxresults 5 startposition 6") == every[5:10]


def test_page_when_all_are_walked_then_each_row_comes_once(books):
    seen = itertools.chain.from_iterable(
        ids(books, f"select * from Invoice startposition {start} maxresults 7") for start in range(1, 36, 7)
    )
    assert sorted(seen) == sorted(ids(books, "select * from Invoice maxresults 1000"))


def test_page_when_beyond_the_end_then_empty_response(books):
    assert books.query("select * from Customer startposition 30") == {}
    assert books.query("select * from Customer where DisplayName = 'nobody'") == {}


def test_page_when_nothing_is_said_then_a_hundred(fresh):
    for n in range(75):
        fresh.call("POST", "customer", json={"DisplayName": f"Customer no {n}"})
    found = fresh.query("select * from Customer")
    assert (len(found["Customer"]), found["startPosition"], found["maxResults"]) == (100, 1, 100)


def test_maxresults_when_above_a_thousand_then_capped_or_refused_by_switch(books):
    statement = "select * from Customer maxresults 1001"
    assert len(rows(books, statement)) == 29
    books.switch(maxresults_above_1000="refuse")
    assert refused(books, statement)[0] == "4001"


def test_order_when_ties_are_shuffled_then_pages_overlap_and_leave_out(fresh):
    sorted_pages = [f"select * from Account orderby AccountType startposition {n} maxresults 30" for n in (1, 31, 61)]
    plain = [one for page in sorted_pages for one in ids(fresh, page)]
    fresh.switch(shuffled_ties=True)
    mixed = [one for page in sorted_pages for one in ids(fresh, page)]
    assert len(plain) == len(mixed) == len(set(plain)) > len(set(mixed))


def test_page_when_something_is_written_between_then_found_anew(fresh):
    assert len(rows(fresh, "select * from Customer")) == 29
    made = fresh.call("POST", "customer", json={"DisplayName": "000 first"}).json()["Customer"]
    assert ids(fresh, "select * from Customer")[0] == made["Id"]


def test_tax_codes_when_paged_then_pseudo_codes_come_on_top_of_the_first_page(books):
    found = books.query("select * from TaxCode maxresults 1")
    assert found["maxResults"] == len(found["TaxCode"]) > 1
    assert len([row for row in found["TaxCode"] if row["Id"] not in ("TAX", "NON", "CustomSalesTax")]) == 1
    assert len(books.query("select * from TaxCode startposition 2 maxresults 1")["TaxCode"]) == 1


# Shapes.


def test_count_when_asked_then_total_only(books):
    assert books.query("select count(*) from Invoice") == {"totalCount": 31}
    assert books.query("SELECT COUNT( * ) FROM Invoice WHERE CustomerRef = '999'") == {"totalCount": 0}


def test_total_count_when_entity_has_it_then_all_rows_and_not_the_pages(books):
    assert books.query("select * from Invoice maxresults 2")["totalCount"] == 31
    assert "totalCount" not in books.query("select * from Customer maxresults 2")


def test_projection_when_properties_are_named_then_only_these_and_the_domain(books):
    (row,) = rows(books, "select id, displayname, MetaData.CreateTime from Customer where Id = '1'")
    assert set(row) == {"Id", "DisplayName", "MetaData", "domain", "sparse"}
    assert set(row["MetaData"]) == {"CreateTime"}


def test_projection_when_lines_are_named_then_whole_or_in_part(books):
    (whole,) = rows(books, "select Line.* from Invoice where Id = '130'")
    (part,) = rows(books, "select Line.Amount, Line.Id from Invoice where Id = '130'")
    assert whole["Line"] == rows(books, "select * from Invoice where Id = '130'")[0]["Line"]
    assert all(set(line) <= {"Amount", "Id"} for line in part["Line"])
    assert [line["Amount"] for line in part["Line"]] == [line["Amount"] for line in whole["Line"]]


def test_projection_when_star_has_more_beside_it_then_everything(books):
    assert rows(books, "select *, Sku from Item maxresults 1000") == rows(books, "select * from Item maxresults 1000")


def test_query_when_posted_then_the_same_as_got(books):
    statement = "select * from Customer where DisplayName = 'Amy\\'s Bird Sanctuary' and Balance >= '0'"
    posted = books.call("POST", "query", content=statement.encode(), headers={"Content-Type": "application/text"})
    assert posted.json()["QueryResponse"] == books.query(statement)


def test_query_when_many_invoices_are_walked_then_looked_through_and_sorted_once(fresh, monkeypatch):
    rows_of = fresh.emulator.rows(REALM, "Invoice")
    pattern = rows_of["130"]
    for number in range(1000, 3000):
        rows_of[str(number)] = {**pattern, "Id": str(number), "CustomerRef": {"value": str(number % 500)}}
    runs: list[int] = []
    run = Plan.run
    monkeypatch.setattr(Plan, "run", lambda plan, found: runs.append(len(found)) or run(plan, found))

    pages = [
        ids(fresh, f"select Id from Invoice startposition {start} maxresults 100") for start in range(1, 2101, 100)
    ]

    assert len(set(itertools.chain.from_iterable(pages))) == 2031
    assert runs == [2031]
    assert fresh.query("select count(*) from Invoice where CustomerRef = '7'")["totalCount"] == 4
