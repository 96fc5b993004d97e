"""Small OpenAPI descriptions of what the product calls, for making good and bad input of; not the vendors' own."""

from typing import Any

REALM = "9341452000000001"
_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_REF = {"type": "object", "properties": {"value": _TEXT, "name": _TEXT}, "required": ["value"]}
_LINE = {
    "type": "object",
    "properties": {
        "Id": _TEXT, "LineNum": {"type": "integer"}, "Amount": _NUMBER, "Description": _TEXT,
        "DetailType": {"enum": ["SalesItemLineDetail", "DiscountLineDetail", "SubTotalLineDetail", "DescriptionOnly"]},
        "SalesItemLineDetail": {
            "type": "object",
            "properties": {"ItemRef": _REF, "Qty": _NUMBER, "UnitPrice": _NUMBER, "TaxCodeRef": _REF, "ServiceDate": _TEXT},
        },
        "DiscountLineDetail": {
            "type": "object", "properties": {"PercentBased": {"type": "boolean"}, "DiscountPercent": _NUMBER},
        },
        "LinkedTxn": {"type": "array", "items": {"type": "object", "properties": {"TxnId": _TEXT, "TxnType": _TEXT}}},
    },
}  # fmt: skip
_KNOWN = {"value": {"enum": ["1", "2", "5", "999"]}}
_SALE = {
    "Id": {"enum": ["130", "129", "9"]}, "SyncToken": {"enum": ["0", "1", "2"]}, "sparse": {"type": "boolean"},
    "CustomerRef": {"type": "object", "properties": _KNOWN}, "Line": {"type": "array", "items": _LINE, "maxItems": 4},
    "DocNumber": _TEXT, "TxnDate": {"type": "string", "format": "date"}, "DueDate": _TEXT, "PrivateNote": _TEXT,
    "BillEmail": {"type": "object", "properties": {"Address": _TEXT}}, "CurrencyRef": _REF, "ExchangeRate": _NUMBER,
    "TxnTaxDetail": {"type": "object", "properties": {"TxnTaxCodeRef": _REF, "TotalTax": _NUMBER}},
    "BillAddr": {"type": "object", "properties": {"Line1": _TEXT, "City": _TEXT, "Country": _TEXT}},
    "CustomerMemo": {"type": "object", "properties": {"value": _TEXT}}, "Deposit": _NUMBER, "SalesTermRef": _REF,
    "GlobalTaxCalculation": {"enum": ["TaxExcluded", "TaxInclusive", "NotApplicable"]},
    "ApplyTaxAfterDiscount": {"type": "boolean"}, "TotalAmt": _NUMBER,
}  # fmt: skip
_ENTITIES: dict[str, dict[str, Any]] = {
    "invoice": _SALE,
    "creditmemo": _SALE,
    "payment": {**_SALE, "PaymentRefNum": _TEXT, "DepositToAccountRef": _REF},
    "customer": {
        "Id": {"enum": ["1", "2"]}, "SyncToken": {"enum": ["0", "1"]}, "sparse": {"type": "boolean"},
        "DisplayName": _TEXT, "GivenName": _TEXT, "FamilyName": _TEXT, "Active": {"type": "boolean"},
        "PrimaryEmailAddr": {"type": "object", "properties": {"Address": _TEXT}}, "CurrencyRef": _REF,
        "ParentRef": _REF, "Job": {"type": "boolean"}, "BillAddr": {"type": "object", "properties": {"Line1": _TEXT}},
    },
    "item": {
        "Id": {"enum": ["1", "2"]}, "SyncToken": {"enum": ["0", "1"]}, "sparse": {"type": "boolean"}, "Name": _TEXT,
        "Type": {"enum": ["Service", "NonInventory", "Inventory", "Category", "Group"]}, "UnitPrice": _NUMBER,
        "IncomeAccountRef": _REF, "Sku": _TEXT, "Active": {"type": "boolean"}, "Taxable": {"type": "boolean"},
    },
}  # fmt: skip


def _query(**properties: Any) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _path(*names: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for name in names
    ]


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}


def _document(title: str, paths: dict[str, Any]) -> dict[str, Any]:
    for methods in paths.values():
        for operation in methods.values():
            operation["responses"] = {"default": {"description": "any"}}
    return {"openapi": "3.0.3", "info": {"title": title, "version": "1"}, "paths": paths}


def quickbooks() -> dict[str, Any]:
    """Return QuickBooks' Accounting API as far as the product calls it."""
    base = f"/v3/company/{REALM}"
    statement = {
        "type": "string",
        "pattern": r"^(select|SELECT) (\*|count\(\*\)|Id) from (Invoice|Customer|Item)"
        r"( where (Id|TxnDate|DisplayName|Balance) (=|<|>|in|like|IN) ['(%a-z0-9)\\]{0,12})?( order ?by [A-Za-z.]{1,12})?"
        r"( maxresults [0-9]{1,5})?$",
    }
    paths: dict[str, Any] = {
        f"{base}/query": {"get": {"parameters": _query(query={"anyOf": [statement, _TEXT]})}},
        f"{base}/cdc": {"get": {"parameters": _query(entities=_TEXT, changedSince=_TEXT)}},
        f"{base}/batch": {"post": {"requestBody": _body({"BatchItemRequest": {"type": "array", "maxItems": 3, "items": {
            "type": "object", "properties": {
                "bId": _TEXT, "operation": {"enum": ["create", "update", "delete", "void"]}, "Query": _TEXT,
                "Invoice": {"type": "object", "properties": _SALE},
            }}}})}},
        "/oauth2/v1/tokens/bearer": {"post": {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object", "properties": {"grant_type": _TEXT, "code": _TEXT, "refresh_token": _TEXT}}}}}}},
    }  # fmt: skip
    for entity, properties in _ENTITIES.items():
        asked = _query(
            requestid=_TEXT, operation={"enum": ["update", "delete", "void", "x"]}, include=_TEXT, minorversion=_TEXT
        )
        paths[f"{base}/{entity}"] = {"post": {"parameters": asked, "requestBody": _body(properties)}}
        paths[f"{base}/{entity}/{{id}}"] = {"get": {"parameters": _path("id")}}
    for what, method in (("send", "post"), ("pdf", "get")):
        paths[f"{base}/invoice/{{id}}/{what}"] = {method: {"parameters": [*_path("id"), *_query(sendTo=_TEXT)]}}
    return _document("QuickBooks Online, what the product calls", paths)


def pipedrive() -> dict[str, Any]:
    """Return Pipedrive's API as far as the product calls it."""
    custom = {"type": "object", "additionalProperties": {"anyOf": [_TEXT, _NUMBER, {"type": "boolean"}]}}
    known = {"enum": [1, 12, 9999]}
    deal = {
        "title": _TEXT, "value": _NUMBER, "currency": _TEXT, "org_id": known, "person_id": known, "stage_id": known,
        "status": {"enum": ["open", "won", "lost"]}, "custom_fields": custom, "expected_close_date": _TEXT,
        "label_ids": {"type": "array", "items": {"type": "integer"}},
    }  # fmt: skip
    row = {"product_id": known, "item_price": _NUMBER, "quantity": _NUMBER, "tax": _NUMBER, "discount": _NUMBER,
           "tax_method": {"enum": ["inclusive", "exclusive", "none"]}, "comments": _TEXT}  # fmt: skip
    paging = _query(limit=_TEXT, cursor=_TEXT, sort_by=_TEXT, sort_direction=_TEXT, ids=_TEXT, updated_since=_TEXT)
    number = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^(12|13|1|0|-1|x)$"}}
    ]
    paths: dict[str, Any] = {
        "/api/v2/deals": {"get": {"parameters": paging}, "post": {"requestBody": _body(deal)}},
        "/api/v2/deals/{id}": {
            "get": {"parameters": number}, "patch": {"parameters": number, "requestBody": _body(deal)}},
        "/api/v2/deals/{id}/products": {
            "get": {"parameters": [*number, *paging]}, "post": {"parameters": number, "requestBody": _body(row)}},
        "/api/v2/deals/{id}/discounts": {"post": {"parameters": number, "requestBody": _body(
            {"amount": _NUMBER, "type": {"enum": ["percentage", "amount"]}, "description": _TEXT})}},
        "/api/v2/deals/search": {"get": {"parameters": _query(term=_TEXT, fields=_TEXT, exact_match=_TEXT)}},
        "/api/v2/itemSearch": {"get": {"parameters": _query(term=_TEXT, item_types=_TEXT, limit=_TEXT)}},
        "/api/v2/dealFields": {"get": {"parameters": paging}, "post": {"requestBody": _body(
            {"field_name": _TEXT, "field_type": _TEXT, "options": {"type": "array", "items": {
                "type": "object", "properties": {"label": _TEXT}}}})}},
        "/api/v1/notes": {
            "get": {"parameters": _query(deal_id=_TEXT, start=_TEXT, limit=_TEXT, sort=_TEXT)},
            "post": {"requestBody": _body({"content": _TEXT, "deal_id": known, "add_time": _TEXT})}},
        "/api/v1/webhooks": {"get": {}, "post": {"requestBody": _body({
            "subscription_url": _TEXT, "event_action": _TEXT, "event_object": _TEXT, "name": _TEXT, "version": _TEXT})}},
        "/api/v1/users/{id}": {"get": {"parameters": _path("id")}},
        "/oauth/token": {"post": {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object", "properties": {"grant_type": _TEXT, "code": _TEXT, "refresh_token": _TEXT}}}}}}},
    }  # fmt: skip
    for what in ("persons", "organizations", "products"):
        body = {"name": _TEXT, "org_id": known, "emails": {"type": "array", "items": {
            "type": "object", "properties": {"value": _TEXT, "primary": {"type": "boolean"}}}},
            "prices": {"type": "array", "items": {"type": "object", "properties": {"price": _NUMBER, "currency": _TEXT}}}}  # fmt: skip
        paths[f"/api/v2/{what}"] = {"get": {"parameters": paging}, "post": {"requestBody": _body(body)}}
        paths[f"/api/v2/{what}/{{id}}"] = {"get": {"parameters": number}}
    return _document("Pipedrive, what the product calls", paths)
