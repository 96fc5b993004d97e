"""
What a company says of itself and how it is set: CompanyInfo and Preferences.

A group of settings is merged member by member; members that only the service sets are passed over in silence.
Source: CompanyInfo and Preferences pages of the Accounting API.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import merging
from dealvoice_sandbox.quickbooks.faults_text import Refusal, missing, stale
from dealvoice_sandbox.quickbooks.references import KINDS

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_CLOSED = {
    "CurrencyPrefs": {"MultiCurrencyEnabled", "HomeCurrency"},
    "TaxPrefs": {"UsingSalesTax", "PartnerTaxEnabled", "TaxGroupCodeRef"},
    "SalesFormsPrefs": {"AutoApplyCredit", "AutoApplyPayments", "UsingProgressInvoicing", "UsingPriceLevels",
                        "ETransactionEnabledStatus", "IPNSupportEnabled"},
    "AccountingInfoPrefs": {"FirstMonthOfFiscalYear", "TaxYearMonth", "TaxForm", "UseAccountNumbers",
                            "CustomerTerminology"},
    "ProductAndServicesPrefs": {"RevenueRecognitionEnabled"},
}  # fmt: skip
"""Members that a client cannot set: once a company has several currencies, it has them for good."""


def update(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """
    Change settings; there is one object of each kind.

    Raises:
        Refusal: 2020 without a SyncToken, 5010 for an old one, 2500 for terms that are not there.
    """
    row = emulator.rows(realm, entity)["1"]
    if body.get("SyncToken") in (None, ""):
        raise missing("SyncToken")
    if str(body["SyncToken"]) != row["SyncToken"]:
        raise stale()
    given = merging.writable(entity, body)
    if entity == "CompanyInfo":
        return _company(emulator, realm, row, given)
    values = dict(row)
    for group, members in given.items():
        if not isinstance(members, dict):
            values[group] = members
            continue
        open_ones = {name: value for name, value in members.items() if name not in _CLOSED.get(group, ())}
        values[group] = {**(row.get(group) or {}), **open_ones}
    terms = ((values.get("SalesFormsPrefs") or {}).get("DefaultTerms") or {}).get("value")
    if terms and "SalesFormsPrefs" in given:
        emulator.reference(realm, "Term", {"value": terms}, kind=KINDS["Term"])
    return merging.store(emulator, realm, entity, row, values)


def _company(emulator: "QuickBooksEmulator", realm: str, row: Row, given: Row) -> Row:
    # What is not sent stays: the service requires the name and the address and takes the rest as it comes.
    values = {**row, **given}
    if not values.get("CompanyName"):
        raise missing("CompanyName")
    if given.get("Country") not in (None, row.get("Country")):
        raise Refusal("6000", "Business Validation Error: The country of a company cannot be changed.", "Country")
    for name in ("CompanyAddr", "LegalAddr", "CustomerCommunicationAddr"):
        if name in given:
            values[name] = merging.address(emulator, realm, given[name], row.get(name))
    emulator.company(realm)["name"] = values["CompanyName"]
    return merging.store(emulator, realm, "CompanyInfo", row, values)
