"""How users are spoken to: numbers, dates and money by their locale, texts by their language, both as Pipedrive says."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dealvoice.i18n import Speech

TODAY = date(2026, 3, 13)
NBSP = "\u00a0"
MONEY = [  # locale, amount, currency, shown
    ("en_US", "1404", "USD", "$1,404.00"),
    ("en_US", "-40", "USD", "−$40.00"),
    ("en_US", "1250", "EUR", "€1,250.00"),
    ("en_US", "12000", "JPY", "¥12,000"),
    ("en_GB", "1250", "GBP", "£1,250.00"),
    ("en_GB", "1404", "USD", "US$1,404.00"),
    ("pl_PL", "1404", "USD", f"1{NBSP}404,00{NBSP}USD"),
    ("pl_PL", "-40", "USD", f"−40,00{NBSP}USD"),
    ("pl_PL", "1250", "EUR", f"1{NBSP}250,00{NBSP}EUR"),
    ("pl_PL", "1250", "PLN", f"1{NBSP}250,00{NBSP}zł"),
    ("pl_PL", "12000", "JPY", f"12{NBSP}000{NBSP}JPY"),
    ("he_IL", "1404", "ILS", f"\u200f1,404.00{NBSP}\u200f₪"),
]
DATES = [  # locale, in a field, in a sentence, of last year, a time
    ("en_US", "Mar 13, 2026", "Mar 13", "Mar 13, 2025", f"2:02{NBSP}PM"),
    ("en_GB", "13 Mar 2026", "13 Mar", "13 Mar 2025", "14:02"),
    ("pl_PL", "13.03.2026", "13 mar", "13 mar 2025", "14:02"),
]
TYPED = [
    ("en_US", "1404", "1404"),
    ("en_US", "1,404.00", "1404"),
    ("en_US", "1404.5", "1404.5"),
    ("pl_PL", "1404", "1404"),
    ("pl_PL", "1 404,00", "1404"),
    ("pl_PL", f"1{NBSP}404,00", "1404"),
    ("pl_PL", "1404,5", "1404.5"),
    ("pl_PL", "1404.5", "1404.5"),
]
LOCALES = [
    "bg_BG",
    "cs_CZ",
    "da_DK",
    "de_DE",
    "el_GR",
    "en_AU",
    "en_CA",
    "en_GB",
    "en_IN",
    "en_US",
    "es_ES",
    "es_MX",
    "et_EE",
    "fi_FI",
    "fr_CA",
    "fr_FR",
    "he_IL",
    "hr_HR",
    "hu_HU",
    "id_ID",
    "it_IT",
    "ja_JP",
    "ko_KR",
    "lt_LT",
    "lv_LV",
    "nb_NO",
    "nl_NL",
    "pl_PL",
    "pt_BR",
    "pt_PT",
    "ro_RO",
    "ru_RU",
    "sk_SK",
    "sl_SI",
    "sv_SE",
    "tr_TR",
    "uk_UA",
    "vi_VN",
    "zh_CN",
    "zh_TW",
]


def speech(locale: str) -> Speech:
    return Speech.of(locale, locale, "UTC")


@pytest.mark.parametrize(("locale", "amount", "currency", "shown"), MONEY)
def test_money_is_written_by_the_locale(locale: str, amount: str, currency: str, shown: str) -> None:
    assert shown == speech(locale).money(Decimal(amount), currency)


@pytest.mark.parametrize(("locale", "field", "sentence", "last_year", "time"), DATES)
def test_dates_and_times_are_written_by_the_locale(
    locale: str, field: str, sentence: str, last_year: str, time: str
) -> None:
    says = speech(locale)

    assert field == says.date_field(TODAY)
    assert sentence == says.date(TODAY, TODAY)
    assert last_year == says.date(TODAY.replace(year=2025), TODAY)
    assert time == says.time(datetime(2026, 3, 13, 14, 2, tzinfo=UTC))


@pytest.mark.parametrize(("locale", "typed", "meant"), TYPED)
def test_numbers_are_read_as_the_locale_writes_them(locale: str, typed: str, meant: str) -> None:
    assert Decimal(meant) == speech(locale).parse_number(typed)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_date_that_is_shown_is_read_back(locale: str) -> None:
    says = speech(locale)

    for day in (*(date(2026, month, 9) for month in range(1, 13)), date(2026, 5, 31), date(2028, 2, 29)):
        assert day == says.parse_date(says.date_field(day))


def test_language_and_locale_are_two_choices() -> None:
    """A Pipedrive user may read English and count in Polish."""
    says = Speech.of("en", "pl_PL", "Europe/Warsaw")

    assert says.t("flag.overdue") == "Overdue"
    assert f"1{NBSP}404,00{NBSP}USD" == says.money(Decimal(1404), "USD")
    assert says.time(datetime(2026, 3, 13, 14, 2, tzinfo=UTC)) == "15:02"


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [("pl", "pl"), ("pl_PL", "pl"), ("pl-PL", "pl"), ("PL", "pl"), ("en_GB", "en"), ("pt-br", "en"), ("", "en")],
)
def test_the_language_is_the_users_or_english(wanted: str, spoken: str) -> None:
    assert spoken == Speech.of(wanted, wanted, "UTC").language
