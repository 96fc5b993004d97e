"""Field definitions and what custom fields of every type may hold."""

import pytest

ADDRESS = {"value": "1 Main St", "country": None, "admin_area_level_1": None, "admin_area_level_2": None,
           "locality": "Bath", "sublocality": None, "route": None, "street_number": None, "subpremise": None,
           "postal_code": None}  # fmt: skip


def a_field(company, kind, **more):
    return company.ok("POST", "/api/v2/dealFields", {"field_name": "F", "field_type": kind, **more})["field_code"]


def store(company, code, value):
    return company.call("PATCH", "/api/v2/deals/12", {"custom_fields": {code: value}})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("varchar", "text"), ("varchar_auto", "text"), ("text", "long\ntext"), ("phone", "+48 22 123"), ("double", 500.25),
        ("monetary", {"value": 2300, "currency": "EUR"}), ("user", 102), ("org", 31), ("people", 21),
        ("date", "2024-01-01"), ("daterange", {"value": "2024-01-01", "until": "2024-02-01"}),
        ("time", {"value": "09:00:00", "timezone_id": 318, "timezone_name": "Europe/London"}),
        ("timerange", {"value": "09:00:00", "until": "10:00:00", "timezone_id": 318, "timezone_name": "Europe/London"}),
    ],
)  # fmt: skip
def test_value_when_of_its_type_then_read_back_and_cleared_by_null(company, kind, value):
    code = a_field(company, kind)
    assert store(company, code, value).json()["data"]["custom_fields"][code] == value
    assert store(company, code, None).json()["data"]["custom_fields"][code] is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("varchar", 5), ("varchar", "x" * 256), ("double", "500"), ("double", True), ("monetary", 2300),
        ("monetary", {"value": 1, "currency": "???"}), ("monetary", {"value": 1, "colour": 2}), ("date", "01.02.2024"),
        ("date", "2024-02-30"), ("daterange", "2024-01-01"), ("time", "09:00"), ("time", {"value": "99:00:00"}),
        ("user", "102"), ("address", "1 Main St"), ("address", {"locality": "Bath"}),
    ],
)  # fmt: skip
def test_value_when_of_another_type_then_validation_error_that_names_the_field(company, kind, value):
    code = a_field(company, kind)
    answer = store(company, code, value)
    assert answer.status_code == 400
    assert answer.json()["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    assert code in answer.json()["error"]


def test_address_when_written_then_parts_that_were_not_sent_are_null(company):
    code = a_field(company, "address")
    kept = store(company, code, {"value": "1 Main St", "locality": "Bath"}).json()["data"]["custom_fields"][code]
    assert kept == {**ADDRESS, "formatted_address": "1 Main St"}


def test_money_when_no_currency_is_sent_then_the_users_own(company):
    code = a_field(company, "monetary")
    assert store(company, code, {"value": 5}).json()["data"]["custom_fields"][code] == {"value": 5, "currency": "USD"}


@pytest.mark.parametrize(("kind", "plural"), [("enum", False), ("set", True)])
def test_choices_when_written_then_only_known_ids(company, kind, plural):
    field = company.ok(
        "POST",
        "/api/v2/dealFields",
        {"field_name": "F", "field_type": kind, "options": [{"label": "A"}, {"label": "B"}]},
    )
    code, first = field["field_code"], field["options"][0]["id"]
    value = [first] if plural else first
    assert store(company, code, value).status_code == 200
    assert store(company, code, [999] if plural else 999).status_code == 400
    assert store(company, code, "A").status_code == 400
    labelled = company.ok("GET", "/api/v2/deals/12?include_option_labels=true")["custom_fields"][code]
    assert labelled == ([{"id": first, "label": "A"}] if plural else {"id": first, "label": "A"})


def test_set_when_emptied_by_a_list_then_400_and_by_null_cleared(company):
    code = a_field(company, "set", options=[{"label": "A"}])
    assert store(company, code, []).status_code == 400
    assert store(company, code, None).status_code == 200


def test_options_when_added_renamed_and_removed_then_only_the_touched_answer_all_or_none(company):
    code = a_field(company, "enum", options=[{"label": "A"}])
    path = f"/api/v2/dealFields/{code}/options"
    added = company.ok("POST", path, [{"label": "B"}, {"label": "C"}])
    assert [one["label"] for one in added] == ["B", "C"]
    assert company.ok("PATCH", path, [{"id": added[0]["id"], "label": "b"}]) == [{"id": added[0]["id"], "label": "b"}]
    store(company, code, added[1]["id"])
    assert company.call("DELETE", path, [{"id": added[1]["id"]}, {"id": 9999}]).status_code == 400
    company.ok("DELETE", path, [{"id": added[1]["id"]}])
    assert company.ok("GET", "/api/v2/deals/12")["custom_fields"][code] is None
    assert [one["label"] for one in company.ok("GET", f"/api/v2/dealFields/{code}")["options"]] == ["A", "b"]


def test_field_when_removed_then_its_values_go_and_its_key_is_refused(company):
    code = a_field(company, "varchar")
    store(company, code, "x")
    assert company.ok("DELETE", f"/api/v2/dealFields/{code}")["field_code"] == code
    assert code not in company.ok("GET", "/api/v2/deals/12")["custom_fields"]
    assert store(company, code, "x").status_code == 400
    assert company.call("GET", f"/api/v2/dealFields/{code}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{"field_name": "F"}, {"field_name": "", "field_type": "text"}, {"field_name": "F", "field_type": "int"},
     {"field_name": "F", "field_type": "enum"}, {"field_name": "F", "field_type": "text", "options": [{"label": "A"}]},
     {"field_name": "x" * 256, "field_type": "text"}],
)  # fmt: skip
def test_field_when_definition_is_wrong_then_400(company, body):
    assert company.call("POST", "/api/v2/dealFields", body).status_code == 400


def test_field_when_its_type_or_code_is_changed_then_400(company):
    code = a_field(company, "varchar")
    for body in ({"field_type": "text"}, {"field_code": "x"}):
        assert company.call("PATCH", f"/api/v2/dealFields/{code}", body).status_code == 400


def test_field_when_made_by_no_admin_then_403(company):
    body = {"field_name": "F", "field_type": "text"}
    assert company.call("POST", "/api/v2/dealFields", body, user=102).status_code == 403
