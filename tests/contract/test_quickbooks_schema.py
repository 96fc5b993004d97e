"""Answers of the QuickBooks emulator against the vendor's own XML schema."""

import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from contract import xsd
from contract.openapi import folder
from contract.vendors import Vendor
from dealvoice_sandbox.quickbooks.fields import ENTITIES
from dealvoice_sandbox.seeds.worlds import WORLDS

SINGLE = {"CompanyInfo", "Preferences"}


class Company:
    """The company of a seed, with its answers read exactly."""

    def __init__(self, vendor: Vendor, seed: str) -> None:
        vendor.control("POST", "reset", seed=seed)
        pair = vendor.control("POST", "tokens")
        self.http = httpx2.Client(base_url=f"{vendor.url}/v3/company/{pair['realmId']}", trust_env=False, timeout=30)
        self.http.headers["authorization"] = f"Bearer {pair['access_token']}"
        self.told: list[str] = []

    def call(self, method: str, path: str, body: Any = None, *, kind: str = "application/json", **params: str) -> Any:
        sent = json.dumps(body, default=float) if body is not None else None
        headers = {"accept": "application/json", "content-type": kind}
        answer = self.http.request(method, path, content=sent, params=params, headers=headers)
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        found = json.loads(answer.content, parse_float=Decimal)
        self.told += [told for name, row in xsd.objects_in(found) for told in xsd.complaints(name, row)]
        return found

    def write(self, entity: str, body: Any, **params: str) -> Any:
        return self.call("POST", f"/{entity.lower()}", body, **params)[entity]

    def rows(self, entity: str) -> list[Any]:
        return self.call("GET", "/query", query=f"select * from {entity} maxresults 1000")["QueryResponse"].get(
            entity, []
        )

    def close(self) -> str:
        self.http.close()
        return "\n".join(sorted(set(self.told)))


@pytest.mark.parametrize("seed", sorted(WORLDS))
def test_every_row_of_a_seed_when_queried_then_fits_the_schema(quickbooks: Vendor, seed: str) -> None:
    folder()
    company = Company(quickbooks, seed)
    queryable = [name for name in ENTITIES if name in xsd.entities() and name != "ExchangeRate"]

    counts = {name: len(company.rows(name)) for name in queryable}

    assert not (told := company.close()), told
    assert counts["Invoice"] > 0


def test_rows_when_asked_for_in_xml_then_fit_the_schema_as_they_are(quickbooks: Vendor) -> None:
    folder()
    company, told = Company(quickbooks, "us"), set[str]()

    for entity in (
        "Invoice", "Payment", "CreditMemo", "Estimate", "Customer", "Item", "Account", "Term", "PaymentMethod", "TaxCode",
        "TaxRate", "TaxAgency", "CompanyInfo", "Vendor", "Employee",
    ):  # fmt: skip
        query = {"query": f"select * from {entity} maxresults 1000"}
        answer = company.http.get("/query", params=query, headers={"accept": "application/xml"})
        told |= {f"{entity}: {words}" for words in xsd.xml_complaints(answer.content)}

    company.close()
    assert not told, "\n".join(sorted(told))


def test_answer_of_each_operation_when_made_then_fits_the_schema(quickbooks: Vendor) -> None:
    folder()
    company = Company(quickbooks, "us")
    address = {"Line1": "1 Main", "City": "Bayshore", "CountrySubDivisionCode": "CA", "PostalCode": "94326"}
    customer = company.write("Customer", {
        "DisplayName": "Schema & Sons", "BillAddr": address, "ShipAddr": address, "Notes": "x",
        "PrimaryEmailAddr": {"Address": "a@example.com"}, "PrimaryPhone": {"FreeFormNumber": "1"},
        "WebAddr": {"URI": "http://example.com"}, "PaymentMethodRef": {"value": "1"}, "SalesTermRef": {"value": "3"},
    })  # fmt: skip
    company.write("Customer", {"DisplayName": "Job", "Job": True, "ParentRef": {"value": customer["Id"]}})
    item = company.write("Item", {
        "Name": "Schema", "Type": "Service", "UnitPrice": 12.5, "Sku": "S-1", "IncomeAccountRef": {"value": "1"},
        "Description": "x",
    })  # fmt: skip
    lines = [
        {"DetailType": "SalesItemLineDetail", "Amount": 25, "Description": "x", "SalesItemLineDetail": {
            "ItemRef": {"value": item["Id"]}, "Qty": 2, "UnitPrice": 12.5, "TaxCodeRef": {"value": "TAX"},
            "ServiceDate": "2026-11-01"}},
        {"DetailType": "DescriptionOnly", "Description": "a remark", "DescriptionLineDetail": {}},
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}},
    ]  # fmt: skip
    sale = {"CustomerRef": {"value": customer["Id"]}, "Line": lines}
    invoice = company.write("Invoice", {
        **sale, "BillEmail": {"Address": "a@example.com"}, "CustomerMemo": {"value": "thanks"}, "PrivateNote": "x",
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "3"}}, "SalesTermRef": {"value": "3"},
    })  # fmt: skip
    head = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]}
    invoice = company.write("Invoice", {**head, "sparse": True, "PrivateNote": "changed"})
    invoice = company.write("Invoice", invoice)
    company.call("POST", f"/invoice/{invoice['Id']}/send", kind="application/octet-stream")
    paid = [{"Amount": 5, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
    payment = company.write("Payment", {"TotalAmt": 5, "CustomerRef": sale["CustomerRef"], "Line": paid})
    company.write(
        "Payment", {"Id": payment["Id"], "SyncToken": "0", "sparse": True}, operation="update", include="void"
    )
    again = company.call("GET", f"/invoice/{invoice['Id']}")["Invoice"]
    company.write("Invoice", {"Id": again["Id"], "SyncToken": again["SyncToken"]}, operation="void")
    for entity in ("CreditMemo", "Estimate", "SalesReceipt"):
        made = company.write(entity, sale)
        company.write(entity, {"Id": made["Id"], "SyncToken": made["SyncToken"]}, operation="delete")
    company.call("POST", "/batch", {"BatchItemRequest": [
        {"bId": "1", "operation": "create", "Invoice": sale}, {"bId": "2", "Query": "select * from Term"}]})  # fmt: skip
    company.call("GET", "/cdc", entities="Invoice,Customer,Item,Payment", changedSince="2026-11-01")

    assert not (told := company.close()), told


def test_judge_when_an_object_has_what_the_schema_lacks_then_says_so() -> None:
    folder()

    told = xsd.complaints("Invoice", {"Id": "1", "Colour": "red", "Line": [{"DetailType": "NoSuchDetail"}]})

    assert told[0] == "Invoice: the schema has no Colour"
    assert "NoSuchDetail" in told[1]


def test_xml_when_an_invoice_is_read_then_elements_stand_in_the_schemas_order_and_json_in_its_own(
    quickbooks: Vendor,
) -> None:
    company = Company(quickbooks, "us")

    in_xml = company.http.get("/invoice/130", headers={"accept": "application/xml"}).text
    in_json = company.http.get("/invoice/130", headers={"accept": "application/json"}).text
    company.close()

    assert in_xml.index("<Id>") < in_xml.index("<DocNumber>") < in_xml.index("<AllowIPNPayment>")
    assert in_json.index('"AllowIPNPayment"') < in_json.index('"Id"') < in_json.index('"DocNumber"')
