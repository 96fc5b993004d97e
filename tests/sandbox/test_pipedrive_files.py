"""Files and users of API v1, and its field selector."""

import pytest

PDF = b"%PDF-1.7 \x00\xff bytes"


def upload(company, user=101, **form):
    headers = {"Authorization": f"Bearer {company.token(user)}"}
    file = form.pop("file", ("Invoice 1001 ü.pdf", PDF, "application/pdf"))
    return company.http.post("/api/v1/files", files={"file": file}, data=form, headers=headers)


def test_file_when_uploaded_then_bytes_come_back_and_the_deal_shows_it(company):
    made = upload(company, deal_id="12").json()["data"]

    assert (made["name"], made["file_type"], made["file_size"]) == ("Invoice 1001 ü.pdf", "pdf", len(PDF))
    assert (made["deal_id"], made["deal_name"]) == (12, "Aviary courtyard and fountain")
    loaded = company.call("GET", f"/api/v1/files/{made['id']}/download")
    assert (loaded.content, loaded.headers["content-type"]) == (PDF, "application/octet-stream")
    assert [row["id"] for row in company.ok("GET", "/api/v1/deals/12/files")] == [made["id"]]
    deal = company.ok("GET", "/api/v2/deals/12", params={"include_fields": "files_count"})
    assert deal["files_count"] == 1
    flow = company.ok("GET", "/api/v1/deals/12/flow?items=file")
    assert [("content" in item["data"]) for item in flow] == [False]


def test_file_when_renamed_and_deleted_then_listed_no_more(company):
    made = upload(company, person_id="21").json()["data"]
    form = {"headers": {"Authorization": f"Bearer {company.token()}"}, "data": {"name": "New", "description": "d"}}
    renamed = company.http.put(f"/api/v1/files/{made['id']}", **form).json()["data"]

    assert (renamed["name"], renamed["description"], renamed["person_name"]) == ("New", "d", "Amy Lauterbach")
    assert company.ok("DELETE", f"/api/v1/files/{made['id']}") == {"id": made["id"]}
    assert company.ok("GET", "/api/v1/files") == []
    assert company.call("GET", f"/api/v1/files/{made['id']}/download").status_code == 404


def test_file_when_its_deal_is_hidden_then_it_is_too(company):
    made = upload(company, user=102, deal_id="19").json()["data"]
    assert company.call("GET", f"/api/v1/files/{made['id']}", user=103).status_code == 404
    assert company.ok("GET", "/api/v1/files", user=103) == []
    assert upload(company, user=103, deal_id="19").status_code == 404


@pytest.mark.parametrize("form", [{"deal_id": "x"}, {"file": ("", b"", "")}])
def test_file_when_form_is_wrong_then_400(company, form):
    assert upload(company, **form).status_code == 400


def test_files_when_limit_is_above_100_then_400(company):
    assert company.call("GET", "/api/v1/files?limit=101").status_code == 400


def test_body_when_multipart_is_broken_then_400(company):
    headers = {"Authorization": f"Bearer {company.token()}", "content-type": "multipart/form-data; boundary=x"}
    assert company.http.post("/api/v1/files", content=b"--y\r\nnothing", headers=headers).status_code == 400


def test_selector_when_given_then_only_these_fields(company):
    rows = company.ok("GET", "/api/v1/users:(id,name)")
    assert rows == [{"id": 101, "name": "Ola Nowak"}, {"id": 102, "name": "Jan Kos"}, {"id": 103, "name": "Maya Reed"}]


def test_users_when_found_by_name_or_email_then_those(company):
    assert [row["id"] for row in company.ok("GET", "/api/v1/users/find?term=kos")] == [102]
    assert [row["id"] for row in company.ok("GET", "/api/v1/users/find?term=maya@&search_by_email=1")] == [103]
    assert company.ok("GET", "/api/v1/users/102/permissions")["can_use_api"] is True
    assert company.ok("GET", "/api/v1/users/102/permissions")["can_add_custom_fields"] is False


def test_user_when_deactivated_then_his_tokens_are_refused_until_he_is_back(company, receiver):
    company.control("PUT", "app", scopes=["base", "users:read", "admin"])
    hook = {"subscription_url": receiver.url, "event_action": "change", "event_object": "user", "name": "x"}
    company.ok("POST", "/api/v1/webhooks", hook)
    jan = company.token(102)
    answer = company.ok("PUT", "/api/v1/users/102", {"active_flag": False})

    assert (answer["active_flag"], answer["is_deleted"]) == (False, True)
    for headers in ({"Authorization": f"Bearer {jan}"}, {"x-api-token": "api-102"}):
        assert company.http.get("/api/v1/users/me", headers=headers).status_code == 401
    assert b'"active_flag":false' in receiver.wait(1)[0]["body"]
    assert b"permitted_user_ids" not in receiver.seen[0]["body"]
    company.control("POST", "user", user_id=102, active=True)
    assert company.call("GET", "/api/v1/users/me", user=102).status_code == 200


def test_user_when_changed_by_no_admin_then_403_in_the_vendors_words(company):
    company.control("PUT", "app", scopes=["base", "admin"])
    answer = company.call("PUT", "/api/v1/users/103", {"active_flag": False}, user=102)
    assert (answer.status_code, answer.json()["error"]) == (403, "You do not have permissions to do this.")


def test_user_when_he_would_shut_himself_out_then_403(company):
    company.control("PUT", "app", scopes=["base", "admin"])
    assert company.call("PUT", "/api/v1/users/101", {"active_flag": False}).status_code == 403


def test_sharing_when_changed_then_the_app_is_told_by_post_with_its_keys(company, receiver):
    company.control("PUT", "app", redirect_uris=[receiver.url])
    company.control("POST", "share", user_id=103, shared=False)
    told = receiver.wait(1)[0]
    assert (told["method"], told["body"]) == ("POST", b'{"company_id":12345,"user_id":103,"isShared":false}')
    assert told["headers"]["authorization"].startswith("Basic ")
