"""
Document numbers: one automatic series for invoices, credit memos and sales receipts, another one for estimates.

Source: Invoice page (DocNumber, CustomTxnNumbers), numbers recorded from sample companies (1043 an invoice, 1044 a
credit memo), error codes page (6140).
"""

import re
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
SHARED = ("Invoice", "CreditMemo", "SalesReceipt")
LONGEST = 21
FIRST = "1001"


def following(number: str) -> str:
    """Return the number after one: its right-most run of digits goes up, zeros in front are kept; "" if it has none."""
    found = re.search(r"\d+(?=\D*$)", number, re.ASCII)
    if found is None:
        return ""
    digits = str(int(found[0]) + 1).zfill(len(found[0]))
    after = number[: found.start()] + digits + number[found.end() :]
    return after if len(after) <= LONGEST else ""


def give(emulator: "QuickBooksEmulator", realm: str, entity: str, values: Row, *, allow_duplicate: bool) -> None:
    """
    Number a new document: a typed number is kept, else the series goes on, or there is none.

    Raises:
        Refusal: 6140.
    """
    company = emulator.company(realm)
    typed = values.get("DocNumber")
    if typed is not None:
        values["DocNumber"] = str(typed)
        check(emulator, realm, entity, str(typed), own_id="", allow_duplicate=allow_duplicate)
        if str(typed):
            company.setdefault("typed", {})[_folded(str(typed))] = True
        moved = following(str(typed))
        if moved and entity in SHARED and emulator.switches["typed_number_moves_series"]:
            company["doc"] = moved
        return
    if _custom(emulator, realm) and values.get("AutoDocNumber") is not True:
        return
    values["DocNumber"] = _next(emulator, realm, entity)


def check(
    emulator: "QuickBooksEmulator", realm: str, entity: str, number: str, *, own_id: str, allow_duplicate: bool
) -> None:
    """
    Refuse a number in use, when the company wants to be warned.

    Raises:
        Refusal: 6140.
    """
    if not number or allow_duplicate or entity not in SHARED or not emulator.switches["warn_duplicate_number"]:
        return
    if emulator.switches["duplicates_need_custom_numbers"] and not _custom(emulator, realm):
        return
    for kind in SHARED:
        for row in emulator.rows(realm, kind).values():
            if _folded(str(row.get("DocNumber", ""))) == _folded(number) and row["Id"] != own_id:
                raise Refusal(
                    "6140",
                    "Duplicate Document Number Error : You must specify a different number. This number has already been "
                    f"used. DocNumber={number} is assigned to TxnType={kind} with TxnId={row['Id']}",
                    "DocNumber",
                )


def _next(emulator: "QuickBooksEmulator", realm: str, entity: str) -> str:
    company = emulator.company(realm)
    series = "doc" if entity in SHARED else "doc_estimate"
    number = str(company.get(series, FIRST))
    typed = company.get("typed", {})
    while entity in SHARED and _folded(number) in typed and _taken(emulator, realm, number):
        number = following(number)
    company[series] = following(number) or FIRST
    return number


def _taken(emulator: "QuickBooksEmulator", realm: str, number: str) -> bool:
    wanted = _folded(number)
    return any(
        _folded(str(row.get("DocNumber", ""))) == wanted
        for kind in SHARED
        for row in emulator.rows(realm, kind).values()
    )


def _custom(emulator: "QuickBooksEmulator", realm: str) -> bool:
    preferences = emulator.rows(realm, "Preferences")["1"]
    return bool(preferences.get("SalesFormsPrefs", {}).get("CustomTxnNumbers"))


def _folded(number: str) -> str:
    return number.strip().casefold()
