"""
Makes tax codes with their rates: the one way to create them. Body and answer are bare, without an envelope.

Source: TaxService page of the Accounting API.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.checking import read
from dealvoice_sandbox.quickbooks.faults_text import Refusal, bad_reference, business, missing
from dealvoice_sandbox.quickbooks.schema import TYPES
from dealvoice_sandbox.quickbooks.writing import stamp

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_SIDES = {"Sales": "SalesTaxRateList", "Purchase": "PurchaseTaxRateList"}
_LONGEST = 100


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """
    Create a tax code and those of its rates that are new.

    Raises:
        Refusal: A name in use, a rate out of range or said twice, an unknown rate or agency.
    """
    asked = read("TaxService", TYPES["TaxService"], body)
    name = str(asked.get("TaxCode", "")).strip()
    if not name:
        raise missing("TaxCode")
    if len(name) > _LONGEST:
        detail = (
            "String length specified does not match the supported length. "
            f"Min:0 Max:{_LONGEST} supported. Supplied length:{len(name)}"
        )
        raise Refusal("2050", detail, "TaxCode")
    if not asked.get("TaxRateDetails"):
        raise missing("TaxRateDetails")
    _is_free(emulator, realm, "TaxCode", name)
    details = [_checked(emulator, realm, one) for one in asked["TaxRateDetails"]]
    said = [one.get("TaxRateId") or one.get("TaxRateName") for one in details]
    if len({(one, detail["TaxApplicableOn"]) for one, detail in zip(said, details, strict=True)}) < len(said):
        raise business("A tax rate can be used only once in a tax code.")
    answer = [_made(emulator, realm, one) for one in details]
    code_id = emulator.next_id(realm, "other")
    lists = {
        name_of: {
            "TaxRateDetail": [
                {"TaxRateRef": {"value": one["TaxRateId"], "name": one["TaxRateName"]}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
                for one in answer
                if one["TaxApplicableOn"] == side
            ]
        }
        for side, name_of in _SIDES.items()
    }  # fmt: skip
    values = {"Name": name, "Description": name, "Active": True, "Taxable": True, "TaxGroup": True, **lists}
    emulator.new(realm, "TaxCode", code_id, values | {"TaxCodeConfigType": "USER_DEFINED"})
    return {"TaxCode": name, "TaxCodeId": code_id, "TaxRateDetails": answer}


def _checked(emulator: "QuickBooksEmulator", realm: str, detail: Row) -> Row:
    side = detail.get("TaxApplicableOn") or "Sales"
    if side not in _SIDES:
        raise Refusal("2170", f"Invalid Enumeration : {side}", "TaxApplicableOn")
    known = emulator.rows(realm, "TaxRate").get(str(detail.get("TaxRateId", "")))
    if detail.get("TaxRateId"):
        if known is None:
            raise bad_reference("TaxRates", str(detail["TaxRateId"]))
        return {**detail, "TaxApplicableOn": side}
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if detail.get(name) in (None, ""):
            raise missing(name)
    if not 0 <= Decimal(detail["RateValue"]) <= 100:
        raise Refusal("2090", f"Invalid Number : {detail['RateValue']}", "RateValue")
    if str(detail["TaxAgencyId"]) not in emulator.rows(realm, "TaxAgency"):
        raise bad_reference("TaxAgencies", str(detail["TaxAgencyId"]))
    _is_free(emulator, realm, "TaxRate", str(detail["TaxRateName"]))
    return {**detail, "TaxApplicableOn": side}


def _made(emulator: "QuickBooksEmulator", realm: str, detail: Row) -> Row:
    if detail.get("TaxRateId"):
        rate = emulator.rows(realm, "TaxRate")[str(detail["TaxRateId"])]
    else:
        at = stamp(emulator.clock.now())
        values = {
            "Name": detail["TaxRateName"],
            "Description": detail["TaxRateName"],
            "Active": True,
            "RateValue": detail["RateValue"],
            "AgencyRef": {"value": str(detail["TaxAgencyId"])},
            "EffectiveTaxRate": [{"RateValue": detail["RateValue"], "EffectiveDate": at}],
            "SpecialTaxType": "NONE",
            "DisplayType": "ReadOnly",
        }
        rate = emulator.new(realm, "TaxRate", emulator.next_id(realm, "other"), values)
    return {
        "TaxRateName": rate["Name"],
        "TaxRateId": rate["Id"],
        "RateValue": rate["RateValue"],
        "TaxAgencyId": rate["AgencyRef"]["value"],
        "TaxApplicableOn": detail["TaxApplicableOn"],
    }


def _is_free(emulator: "QuickBooksEmulator", realm: str, entity: str, name: str) -> None:
    for row in emulator.rows(realm, entity).values():
        if row["Name"].casefold() == name.casefold():
            raise Refusal("6240", f"The name supplied already exists. : Id={row['Id']}", "Name")
