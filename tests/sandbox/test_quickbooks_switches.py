"""Both sides of switches of the QuickBooks emulator, over its wire."""

import json
from typing import Any

import httpx2
import pytest

REALM = "9341452000000001"


class Books:
    """The seed's company, back at its seed."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, trust_env=False, timeout=10)
        self.control("reset", seed="us")
        self.headers = {
            "Authorization": f"Bearer {self.control('tokens')['access_token']}",
            "Accept": "application/json",
        }

    def control(self, name: str, **values: Any) -> Any:
        return self.http.post(f"/_sandbox/{name}", json=values).json()

    def call(self, method: str, path: str, body: Any = None, **params: str) -> httpx2.Response:
        return self.http.request(method, f"/v3/company/{REALM}/{path}", json=body, params=params, headers=self.headers)

    def invoice(self, **more: Any) -> httpx2.Response:
        line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
        return self.call("POST", "invoice", {"CustomerRef": {"value": "1"}, "Line": [line], **more})


@pytest.fixture
def books(company):
    opened = Books(company.sandbox.quickbooks_url)
    yield opened
    opened.control("reset", seed="us")
    opened.http.close()


@pytest.mark.parametrize(("setting", "status"), [("unlink", 200), ("refuse", 400)])
def test_void_of_paid_when_switched_refuses_instead_of_unlinking(books, setting, status):
    books.control("switches", void_of_paid=setting)
    made = books.invoice().json()["Invoice"]
    lines = [{"Amount": 10, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}]
    books.call("POST", "payment", {"TotalAmt": 10, "CustomerRef": {"value": "1"}, "Line": lines})
    paid = books.call("GET", f"invoice/{made['Id']}").json()["Invoice"]

    answer = books.call(
        "POST", "invoice", {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True}, operation="void"
    )

    assert answer.status_code == status


@pytest.mark.parametrize(("warns", "status"), [(False, 200), (True, 400)])
def test_warn_duplicate_number_when_switched_refuses_a_number_in_use(books, warns, status):
    books.control("switches", warn_duplicate_number=warns)

    assert books.invoice(DocNumber="1037").status_code == status


@pytest.mark.parametrize(("sorts", "status"), [(False, 400), (True, 200)])
def test_sortable_id_when_switched_takes_id_in_orderby(books, sorts, status):
    books.control("switches", sortable_id=sorts)

    assert books.call("GET", "query", query="select * from Customer orderby Id").status_code == status


@pytest.mark.parametrize("legacy", [False, True])
def test_legacy_webhooks_when_switched_sends_the_older_payload(books, receiver, legacy):
    books.control("switches", legacy_webhooks=legacy)
    books.http.put("/_sandbox/app", json={"webhook_url": receiver.url})

    made = books.invoice().json()["Invoice"]

    told = json.loads(receiver.wait(1)[0]["body"])
    books.http.put("/_sandbox/app", json={"webhook_url": ""})
    ids = told["eventNotifications"][0]["dataChangeEvent"]["entities"][0]["id"] if legacy else told[0]["intuitentityid"]
    assert ids == made["Id"]
