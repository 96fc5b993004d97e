"""The time zone that a company's days are judged in when QuickBooks names none: the usual one of its country."""

_ZONES = {
    "AE": "Asia/Dubai", "AT": "Europe/Vienna", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens",
    "HK": "Asia/Hong_Kong", "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem",
    "IN": "Asia/Kolkata", "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KE": "Africa/Nairobi", "LU": "Europe/Luxembourg",
    "MT": "Europe/Malta", "MY": "Asia/Kuala_Lumpur", "NG": "Africa/Lagos", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PH": "Asia/Manila", "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "SA": "Asia/Riyadh", "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore", "TH": "Asia/Bangkok", "UK": "Europe/London", "ZA": "Africa/Johannesburg",
}  # fmt: skip
"""By country code. Countries of several zones (US, CA, AU, BR, MX ...) are left out: whoever connected knows better."""


def zone_of_country(country: str) -> str:
    """Return the name of a country's one or usual time zone; empty when it has several or is unknown."""
    return _ZONES.get(country.strip().upper()[:2] if len(country.strip()) == 2 else country.strip().upper(), "")
