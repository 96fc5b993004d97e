"""The gateway of the QuickBooks emulator: who comes in, how often, and in which form answers go out."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from dealvoice_sandbox.quickbooks import limits
from dealvoice_sandbox.quickbooks.gateway import wants_json
from dealvoice_sandbox.quickbooks.limits import Limits
from playground.books import REALM, Books, a_books

XML = {"Accept": "application/xml"}
SPACE = "{http://schema.intuit.com/finance/v3}"


@pytest.fixture
def books() -> Iterator[Books]:
    with a_books() as opened:
        yield opened


@pytest.mark.parametrize(
    ("authorization", "code", "detail"),
    [
        ("", "3202", "EmptyField"),
        ("Bearer", "3200", "Malformed bearer token: too short or too long"),
        ("Basic eDp5", "3200", "Malformed bearer token: too short or too long"),
        ("Bearer nonsense", "3200", "Token invalid"),
    ],
)
def test_gateway_when_token_is_bad_then_401_in_the_gateways_own_shape(books, authorization, code, detail):
    answer = books.call("GET", "customer/1", headers={"Authorization": authorization})

    body = answer.json()
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    (error,) = body["fault"]["error"]
    assert (error["code"], error["detail"], error["element"]) == (code, detail, None)
    assert error["message"].endswith(f"errorCode=00{code}; statusCode=401")
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert abs(body["time"] / 1000 - datetime.now(UTC).timestamp()) < 60
    assert {name for name, value in body.items() if value is None} == {
        "warnings", "intuitObject", "report", "queryResponse", "syncErrorResponse", "requestId", "status",
    }  # fmt: skip
    assert body["batchItemResponse"] == body["attachableResponse"] == body["cdcresponse"] == []


def test_gateway_when_an_hour_has_passed_then_token_is_expired(books):
    books.wait(seconds=3600)
    answer = books.call("GET", "customer/1")
    assert answer.status_code == 401
    assert answer.json()["fault"]["error"][0]["detail"].startswith("Token expired: ")


def test_gateway_when_token_is_for_another_company_or_scope_then_403(books):
    answers = [books.call("GET", "customer/1", realm="1")]
    books.sign_in(scope="openid email")
    answers.append(books.call("GET", "customer/1"))

    assert [one.status_code for one in answers] == [403, 403]
    assert {one.json()["fault"]["error"][0]["code"] for one in answers} == {"3100"}
    assert {one.json()["fault"]["type"] for one in answers} == {"AUTHORIZATION"}


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("application/json", True),
        ("application/json;charset=UTF-8", True),
        ("APPLICATION/JSON", True),
        ("text/plain, application/json", True),
        ("application/pdf, application/json", True),
        ("application/vnd.api+json", True),
        ("", False),
        ("*/*", False),
        ("application/*", False),
        ("application/xml", False),
        ("application/xml, application/json;q=0.5", False),
        ("application/json;q=0", False),
        ("application/json;q=nonsense", False),
    ],
)
def test_format_when_accept_varies_then_json_only_if_named(accept, json):
    assert wants_json(accept) is json


def test_xml_when_an_invoice_is_read_then_attributes_references_and_lists_as_in_the_schema(books):
    answer = books.call("GET", "invoice/130", headers=XML)
    wanted = books.call("GET", "invoice/130").json()["Invoice"]

    root = ET.fromstring(answer.content)
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    assert root.tag == f"{SPACE}IntuitResponse"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}-0[78]:00", root.attrib["time"])
    invoice = root[0]
    assert (invoice.tag, invoice.attrib) == (f"{SPACE}Invoice", {"domain": "QBO", "sparse": "false"})
    customer = invoice.find(f"{SPACE}CustomerRef")
    assert (customer.text, customer.attrib["name"]) == (wanted["CustomerRef"]["value"], wanted["CustomerRef"]["name"])
    assert len(invoice.findall(f"{SPACE}Line")) == len(wanted["Line"])
    assert invoice.find(f"{SPACE}TotalAmt").text == "362.07"
    assert invoice.find(f"{SPACE}CustomerMemo").text == wanted["CustomerMemo"]["value"]


def test_xml_when_an_object_is_read_then_common_properties_come_before_its_own(books):
    names = [
        one.tag.removeprefix(SPACE) for one in ET.fromstring(books.call("GET", "customer/1", headers=XML).content)[0]
    ]
    assert names[:3] == ["Id", "SyncToken", "MetaData"]
    assert names.index("GivenName") < names.index("DisplayName") < names.index("BillAddr") < names.index("Balance")


def test_xml_when_queried_then_counts_are_attributes(books):
    answer = books.call("GET", "query", params={"query": "select * from Invoice maxresults 2"}, headers=XML)
    found = ET.fromstring(answer.content)[0]
    assert found.tag == f"{SPACE}QueryResponse"
    assert found.attrib == {"startPosition": "1", "maxResults": "2", "totalCount": "31"}
    assert [one.tag for one in found] == [f"{SPACE}Invoice"] * 2


def test_xml_when_refused_then_faults_of_gateway_and_service_have_the_same_shape(books):
    service = books.call("GET", "customer/999", headers=XML)
    gateway = books.call("GET", "customer/1", headers={**XML, "Authorization": "Bearer x"})
    for answer, status, kind, code in (
        (service, 400, "ValidationFault", "610"),
        (gateway, 401, "AUTHENTICATION", "3200"),
    ):
        fault = ET.fromstring(answer.content)[0]
        assert answer.status_code == status
        assert (fault.tag, fault.attrib["type"], fault[0].attrib["code"]) == (f"{SPACE}Fault", kind, code)
        assert [one.tag for one in fault[0]] == [f"{SPACE}Message", f"{SPACE}Detail"]


POST_XML = {"Content-Type": "application/xml; charset=UTF-8"}


def test_xml_when_an_invoice_is_posted_in_it_then_the_same_as_in_json(books):
    body = """<?xml version="1.0" encoding="UTF-8"?>
    <ns0:Invoice xmlns:ns0="http://schema.intuit.com/finance/v3" domain="QBO" sparse="false">
      <ns0:PrivateNote>Tom &amp; Jerry &#x2713;</ns0:PrivateNote>
      <ns0:Line><ns0:Amount>20.50</ns0:Amount><ns0:DetailType>SalesItemLineDetail</ns0:DetailType>
        <ns0:SalesItemLineDetail><ns0:ItemRef name="Services">1</ns0:ItemRef><ns0:UnitPrice>10.25</ns0:UnitPrice>
          <ns0:Qty>2</ns0:Qty></ns0:SalesItemLineDetail></ns0:Line>
      <ns0:CustomerRef>1</ns0:CustomerRef>
      <ns0:CustomerMemo>Thank you</ns0:CustomerMemo>
      <ns0:AllowOnlineACHPayment>false</ns0:AllowOnlineACHPayment>
    </ns0:Invoice>"""
    detail = {"ItemRef": {"value": "1", "name": "Services"}, "UnitPrice": 10.25, "Qty": 2}
    line = {"Amount": 20.5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    same = {
        "PrivateNote": "Tom & Jerry ✓", "Line": [line], "CustomerRef": {"value": "1"},
        "CustomerMemo": {"value": "Thank you"}, "AllowOnlineACHPayment": False,
    }  # fmt: skip

    by_xml = books.call("POST", "invoice", content=body.encode(), headers=POST_XML).json()["Invoice"]
    by_json = books.call("POST", "invoice", json=same).json()["Invoice"]

    apart = {"Id", "DocNumber", "MetaData"}
    assert {key: value for key, value in by_xml.items() if key not in apart} == {
        key: value for key, value in by_json.items() if key not in apart
    }


def test_xml_when_an_answer_is_changed_and_sent_back_then_taken(books):
    told = books.call("GET", "customer/1", headers=XML).text
    body = told[told.index("<Customer") : told.index("</IntuitResponse>")]
    body = body.replace("</DisplayName>", " and more</DisplayName>")
    answer = books.call("POST", "customer", content=body.encode(), headers=POST_XML)
    assert answer.json()["Customer"]["DisplayName"] == "Amy's Bird Sanctuary and more"


def test_xml_when_a_batch_is_posted_in_it_then_each_item_is_answered(books):
    body = f"""<IntuitBatchRequest xmlns="{SPACE[1:-1]}">
      <BatchItemRequest bId="1" operation="create"><Customer><DisplayName>By XML</DisplayName></Customer></BatchItemRequest>
      <BatchItemRequest bId="2"><Query>select count(*) from Item</Query></BatchItemRequest>
    </IntuitBatchRequest>"""
    first, second = books.call("POST", "batch", content=body.encode(), headers=POST_XML).json()["BatchItemResponse"]
    assert (first["bId"], first["Customer"]["DisplayName"]) == ("1", "By XML")
    assert (second["bId"], second["QueryResponse"]) == ("2", {"totalCount": 18})


@pytest.mark.parametrize(
    "body",
    [
        b"<Customer>",
        b"nonsense",
        b"<?xml version='1.0' encoding='nonsense'?><Customer/>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><Customer><DisplayName>&x;</DisplayName></Customer>",
        b"<Customer><Colour>red</Colour><DisplayName>x</DisplayName></Customer>",
    ],
)
def test_xml_when_body_is_malformed_or_has_unknown_properties_then_2010(books, body):
    answer = books.call("POST", "customer", content=body, headers=POST_XML)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2010")


def test_xml_when_text_holds_markup_or_control_characters_then_still_well_formed(books):
    name = "A <b>&amp; \"quoted\" 'Ltd'"
    made = books.call("POST", "customer", json={"DisplayName": name}, headers=XML)
    assert ET.fromstring(made.content)[0].find(f"{SPACE}DisplayName").text == name


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/v3/company/{REALM}/customer/1", 200),
        ("GET", f"/v3/company/{REALM}/customer/999", 400),
        ("GET", "/v3/company/1/customer/1", 403),
        ("GET", "/v3/nothing", 404),
        ("GET", f"/v3/company/{REALM}/scripted", 503),
        ("POST", "/oauth2/v1/tokens/bearer", 401),
        ("GET", "/.well-known/openid_sandbox_configuration", 200),
    ],
)
def test_headers_when_anything_is_answered_then_intuit_tid_is_there(books, method, path, status):
    books.control("POST", "faults", status=503, path="scripted")
    answers = [books.http.request(method, path, headers=books.headers) for _ in range(2)]
    first, second = (one.headers["intuit_tid"] for one in answers)
    assert answers[0].status_code == status
    assert re.fullmatch("1-[0-9a-f]{8}-[0-9a-f]{24}", first)
    assert answers[0].headers["x-amzn-trace-id"] == f"Root={first}"
    assert first != second


def test_journal_when_a_call_was_answered_then_found_by_its_intuit_tid(books):
    tid = books.call("GET", "customer/1").headers["intuit_tid"]
    assert [row["path"] for row in books.control("GET", "journal") if row["intuit_tid"] == tid] == [
        f"/v3/company/{REALM}/customer/1"
    ]


def test_headers_when_service_answers_then_version_on_success_only(books):
    good, bad = books.call("GET", "customer/1").headers, books.call("GET", "customer/999").headers

    assert good["content-type"] == "application/json;charset=UTF-8"
    assert bad["content-type"] == "application/json"
    assert good["qbo-version"] == "2073.223"
    assert "qbo-version" not in bad
    for headers in (good, bad):
        assert re.fullmatch(r"total=\d+, db=\d+", headers["service-time"])
        assert headers["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        assert (headers["expires"], headers["server"]) == ("0", "istio-envoy")


def test_gzip_when_asked_for_then_zipped_else_plain(books):
    asked = {"params": {"query": "select * from Customer"}}
    zipped = books.call("GET", "query", headers={"Accept-Encoding": "gzip"}, **asked)
    plain = books.call("GET", "query", headers={"Accept-Encoding": "identity"}, **asked)
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.json()["QueryResponse"] == plain.json()["QueryResponse"]


def test_time_when_answered_then_pacific_with_milliseconds(books):
    good = books.call("GET", "customer/1").json()
    refused = books.call("GET", "customer/999").json()
    wrong_id = books.call("GET", "customer/1.5").json()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[78]:00", good["time"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]:00", good["Customer"]["MetaData"]["CreateTime"])
    assert "time" in refused
    assert wrong_id["Fault"]["Error"][0]["code"] == "2030"
    assert "time" not in wrong_id


@pytest.mark.parametrize("version", ["1", "62", "75", "999", "abc", ""])
def test_minorversion_when_any_then_the_same_answer(books, version):
    plain = books.call("GET", "invoice/130").json()["Invoice"]
    assert books.call("GET", "invoice/130", params={"minorversion": version}).json()["Invoice"] == plain


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("PUT", "customer", {"json": {}}, 400, "500"),
        ("DELETE", "invoice/130", {}, 400, "500"),
        ("PATCH", "customer/1", {"json": {}}, 400, "500"),
        ("GET", "batch", {}, 400, "500"),
        ("POST", "cdc", {"json": {}}, 400, "500"),
        ("GET", "spaceship/1", {}, 400, "500"),
        ("POST", "customer", {"content": b"\xff\xfe"}, 400, "500"),
        ("POST", "customer", {"data": {"DisplayName": "x"}}, 415, "1050"),
        ("POST", "query", {"json": {}}, 415, "1050"),
        ("POST", "upload", {"json": {}}, 415, "1050"),
    ],
)
def test_gateway_when_call_has_a_wrong_form_then_refused(books, method, path, more, status, code):
    answer = books.call(method, path, **more)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (status, code)


def test_gateway_when_text_has_half_a_character_then_2040_and_a_whole_one_is_kept(books):
    for name, status in (("a\\ud83d", 400), ("a\\ud83d\\ude00", 200)):
        body = f'{{"DisplayName":"{name}"}}'.encode()
        answer = books.call("POST", "customer", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status
    assert answer.json()["Customer"]["DisplayName"] == "a😀"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 100_000, "application/json"),
        (b'{"Line":' * 5_000 + b"1" + b"}" * 5_000, "application/json"),
        (b"<Invoice>" + b"<Line>" * 5_000 + b"</Line>" * 5_000 + b"</Invoice>", "application/xml"),
    ],
)
def test_gateway_when_body_is_nested_without_end_then_refused(books, body, kind):
    answer = books.call("POST", "invoice", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2010")


@pytest.mark.parametrize("kind", ["application/text", "text/plain", "application/text; charset=utf-8"])
def test_query_when_posted_with_a_text_type_then_answered(books, kind):
    answer = books.call("POST", "query", content=b"select count(*) from Customer", headers={"Content-Type": kind})
    assert answer.json()["QueryResponse"] == {"totalCount": 29}


@pytest.mark.parametrize("path", ["/v3/", "/v3/company", "/v3/companies/1/customer/1"])
def test_gateway_when_path_is_outside_a_company_then_404_in_html(books, path):
    answer = books.http.get(path, headers=books.headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        ({"status": 200}, "application/json", ["SystemFault", '"10000"']),
        ({"status": 400, "code": "6190", "detail": "Invalid Company Status"}, "application/json", ['"6190"']),
        ({"status": 401}, "application/json", ['"3200"', "AUTHENTICATION"]),
        ({"status": 403}, "application/json", ['"3100"', "AUTHORIZATION"]),
        ({"status": 429}, "application/json", ['"3001"', "The request limit was reached.  Try again later"]),
        ({"status": 500}, "application/json", ["SystemFault"]),
        ({"status": 502}, "text/html; charset=utf-8", ["502 Bad Gateway"]),
        ({"status": 503}, "text/html; charset=utf-8", ["503"]),
        ({"status": 504}, "text/html; charset=utf-8", ["504"]),
    ],
)
def test_scripted_fault_when_no_body_is_given_then_the_vendors_words(books, told, kind, words):
    books.control("POST", "faults", **told)
    answer = books.call("GET", "customer/1")
    assert answer.status_code == told["status"]
    assert answer.headers["content-type"] == kind
    assert [word for word in words if word not in answer.text] == []


def test_scripted_fault_when_on_oauth_then_its_own_words(books):
    for status in (400, 401, 503):
        books.control("POST", "faults", status=status, path="tokens/bearer")
    answers = [books.http.post("/oauth2/v1/tokens/bearer") for _ in range(3)]
    assert [one.json()["error"] for one in answers[:2]] == ["invalid_grant", "invalid_client"]
    assert answers[2].headers["content-type"].startswith("text/html")


def test_limits_when_off_then_nothing_is_refused(books):
    assert {books.call("GET", "customer/1").status_code for _ in range(12)} == {200}


def test_limits_when_on_then_one_call_too_many_is_refused(books):
    books.switch(throttle=True)

    statuses = [books.call("GET", "customer/1").status_code for _ in range(11)]
    refused = books.call("GET", "customer/1")
    books.wait(seconds=1)

    assert statuses == [200] * 10 + [429]
    assert refused.json()["fault"]["error"][0]["code"] == "3001"
    assert "retry-after" not in refused.headers
    assert books.call("GET", "customer/1").status_code == 200


def test_limits_when_status_is_switched_then_answered_so(books):
    books.switch(throttle=True, throttle_status=403)
    answers = [books.call("GET", "customer/1") for _ in range(11)]
    assert answers[-1].status_code == 403
    assert "errorCode=003001; statusCode=403" in answers[-1].text


def test_limits_when_forty_batches_went_in_a_minute_then_the_next_is_refused_and_reads_are_not(books):
    books.switch(throttle=True)
    statuses = []
    for _ in range(41):
        statuses.append(books.call("POST", "batch", json={"BatchItemRequest": []}).status_code)
        books.wait(seconds=1)
    assert statuses == [200] * 40 + [429]
    assert books.call("GET", "customer/1").status_code == 200


def test_limits_when_calls_overlap_then_the_eleventh_is_refused(books, monkeypatch):
    monkeypatch.setattr(limits, "PER_SECOND", 100)
    books.switch(throttle=True)
    books.control("POST", "faults", delay_ms=150, times=0, path="customer")
    with ThreadPoolExecutor(11) as pool:
        statuses = sorted(one.status_code for one in pool.map(lambda _: books.call("GET", "customer/1"), range(11)))
    assert statuses == [200] * 10 + [429]


class _Timer:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def test_limits_when_five_hundred_calls_of_all_apps_went_in_a_minute_then_full_until_the_minute_is_over():
    timer = _Timer()
    counted = Limits(timer)
    passed = 0
    for n in range(500):
        passed += counted.take("r", f"app {n % 2}", batch=False, under_way=1)
        timer.wait(0.1)
    assert passed == 500
    assert not counted.take("r", "app 3", batch=False, under_way=1)
    assert counted.take("other", "app 3", batch=False, under_way=1)
    timer.wait(10.1)
    assert counted.take("r", "app 3", batch=False, under_way=1)


def test_limits_when_one_app_is_full_then_another_still_gets_in():
    counted = Limits(_Timer())
    assert [counted.take("r", "a", batch=False, under_way=1) for _ in range(11)] == [True] * 10 + [False]
    assert counted.take("r", "b", batch=False, under_way=1)


def test_limits_when_three_apps_sent_their_batches_then_a_fourth_is_refused():
    timer = _Timer()
    counted = Limits(timer)
    passed = 0
    for _ in range(40):
        for app in "abc":
            passed += counted.take("r", app, batch=True, under_way=1)
        timer.wait(1)
    assert passed == 120
    assert not counted.take("r", "d", batch=True, under_way=1)
    assert counted.take("r", "d", batch=False, under_way=1)
