"""Tax IDs: how they compare, and whether their check digits are right."""

import re
from enum import StrEnum

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from dealvoice.invoicing.countries import country_code

_PREFIX = re.compile(r"([A-Z]{2})(?=[A-Z0-9]*\d)")
_GREECE = "EL"
_VISIBLE = 5
"""QuickBooks masks a stored ID but for its last characters."""
_MASKED = re.compile(r"[X*•]{2,}.{0,5}")


class TaxIdPlace(StrEnum):
    """Where a customer's tax ID goes, by the edition of the company's QuickBooks."""

    PRIMARY = "primary"
    """The customer's primary tax identifier."""
    GSTIN = "gstin"
    """India: the customer's GST number."""
    BUSINESS_NUMBER = "business_number"
    """India: the customer's business number."""
    INVOICE = "invoice"
    """The edition has no place for it on the customer: it is printed on the invoice."""


def place_of(tax_id: str, company_country: str) -> TaxIdPlace:
    """
    Return where an ID is kept.

    Source: QuickBooks Online Accounting API, Customer: PrimaryTaxIdentifier; GSTIN (15) and BusinessNumber (10), India only.
    Whether an edition really kept it, its answer says: see ``workflows/invoice/create``.
    """
    if company_country != "IN":
        return TaxIdPlace.PRIMARY
    by_length = {15: TaxIdPlace.GSTIN, 10: TaxIdPlace.BUSINESS_NUMBER}
    return by_length.get(len(re.sub(r"[^A-Z0-9]", "", tax_id.upper())), TaxIdPlace.INVOICE)


def bare(tax_id: str) -> str:
    """Return an ID as it is compared: capitals and digits only, without the country in front."""
    signs = re.sub(r"[^A-Z0-9]", "", tax_id.upper())
    prefix = prefix_of(tax_id)
    return signs[2:] if prefix and len(signs) > _VISIBLE + 2 else signs


def prefix_of(tax_id: str) -> str:
    """Return the country in front of an ID (``PL1234563218``), empty when there is none."""
    seen = _PREFIX.match(re.sub(r"[^A-Z0-9]", "", tax_id.upper()))
    if seen is None:
        return ""
    return "GR" if seen[1] == _GREECE else country_code(seen[1])


def is_masked(tax_id: str) -> bool:
    """Tell whether only the end of an ID is known."""
    return _MASKED.fullmatch(tax_id.strip().upper()) is not None


def visible_end(tax_id: str) -> str:
    """Return the last five characters, which QuickBooks shows of a masked ID."""
    return re.sub(r"[^A-Z0-9]", "", tax_id.upper())[-_VISIBLE:]


def country_of(tax_id: str, *others: str) -> str:
    """Return whose rules an ID is judged by: its own prefix, else the first of the others that is known."""
    return next((code for code in (prefix_of(tax_id), *others) if code), "")


def is_suspect(tax_id: str, country: str) -> bool:
    """Tell whether an ID fails the check of its country; False where no check is known (as in the US)."""
    module = get_cc_module(country.lower(), "vat") if country else None
    if module is None or not tax_id.strip():
        return False
    try:
        module.validate(tax_id)
    except ValidationError:
        return True
    return False
