"""Countries by name and code, and the regions that print as a code."""

import unicodedata

_NAMES = """
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia|AO Angola
AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AZ Azerbaijan|BA Bosnia and Herzegovina|BB Barbados
BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|BM Bermuda|BN Brunei|BO Bolivia
BR Brazil|BS Bahamas|BT Bhutan|BW Botswana|BY Belarus|BZ Belize|CA Canada|CD Democratic Republic of the Congo
CF Central African Republic|CG Republic of the Congo|CH Switzerland|CI Ivory Coast|CL Chile|CM Cameroon|CN China
CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde|CW Curaçao|CY Cyprus|CZ Czechia|DE Germany|DJ Djibouti|DK Denmark
DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|ER Eritrea|ES Spain|ET Ethiopia|FI Finland
FJ Fiji|FM Micronesia|FO Faroe Islands|FR France|GA Gabon|GB United Kingdom|GD Grenada|GE Georgia|GG Guernsey|GH Ghana
GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GQ Equatorial Guinea|GR Greece|GT Guatemala|GU Guam|GW Guinea-Bissau
GY Guyana|HK Hong Kong|HN Honduras|HR Croatia|HT Haiti|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man
IN India|IQ Iraq|IR Iran|IS Iceland|IT Italy|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia
KI Kiribati|KM Comoros|KN Saint Kitts and Nevis|KP North Korea|KR South Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan
LA Laos|LB Lebanon|LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LU Luxembourg
LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MG Madagascar|MH Marshall Islands|MK North Macedonia
ML Mali|MM Myanmar|MN Mongolia|MO Macao|MR Mauritania|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MY Malaysia
MZ Mozambique|NA Namibia|NE Niger|NG Nigeria|NI Nicaragua|NL Netherlands|NO Norway|NP Nepal|NR Nauru|NZ New Zealand
OM Oman|PA Panama|PE Peru|PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland|PR Puerto Rico|PS Palestine
PT Portugal|PW Palau|PY Paraguay|QA Qatar|RO Romania|RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|SB Solomon Islands
SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia
SR Suriname|SS South Sudan|ST Sao Tome and Principe|SV El Salvador|SY Syria|SZ Eswatini|TC Turks and Caicos Islands
TD Chad|TG Togo|TH Thailand|TJ Tajikistan|TL Timor-Leste|TM Turkmenistan|TN Tunisia|TO Tonga|TR Türkiye
TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States|UY Uruguay|UZ Uzbekistan
VA Vatican City|VC Saint Vincent and the Grenadines|VE Venezuela|VG British Virgin Islands|VI U.S. Virgin Islands
VN Vietnam|VU Vanuatu|WS Samoa|XK Kosovo|YE Yemen|ZA South Africa|ZM Zambia|ZW Zimbabwe
"""
"""English short names by ISO 3166 alpha-2."""

_OTHER_NAMES = """
AT Österreich|AT Austria|BE Belgique|BE België|CH Schweiz|CH Suisse|CH Svizzera|CH Szwajcaria|CZ Czech Republic|CZ Česko
CZ Czechy|DE Deutschland|DE Niemcy|DK Danmark|DK Dania|EE Eesti|ES España|ES Hiszpania|FI Suomi|FR Francja|GB UK
GB Great Britain|GB England|GB Scotland|GB Wales|GB Northern Ireland|GB Wielka Brytania|GB Zjednoczone Królestwo
GR Hellas|HU Magyarország|HU Węgry|IE Éire|IE Irlandia|IT Italia|IT Włochy|LT Lietuva|LT Litwa|LV Latvija|LV Łotwa
NL Holland|NL The Netherlands|NL Nederland|NL Holandia|NO Norge|NO Norwegia|PL Polska|PT Portugalia|RO România
RO Rumunia|SE Sverige|SE Szwecja|SK Slovensko|SK Słowacja|TR Turkey|UA Україна|UA Ukraina|US USA|US U.S.A.
US United States of America|US Stany Zjednoczone|US America|BR Brasil|MX México|JP Nippon|KR Korea|RU Russian Federation
CI Côte d'Ivoire|VN Viet Nam|CV Cabo Verde|MK Macedonia|SZ Swaziland|AE UAE|HR Hrvatska|SI Slovenija|BG България
"""

_STATES = {
    "US": """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky
LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana
NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio
OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah
VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico""",
    "CA": """AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia
NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|QC Québec|SK Saskatchewan|YT Yukon""",
    "AU": """ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland
SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia""",
}


def fold_text(text: str) -> str:
    """Fold a text for comparison: no case, no accents, single blanks; letters of other scripts stay."""
    spread = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return " ".join("".join(sign for sign in spread if not unicodedata.combining(sign)).split())


_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})


def _pairs(table: str) -> list[tuple[str, str]]:
    rows = [row for row in table.replace("\n", "|").split("|") if row]
    return [(row.partition(" ")[0], row.partition(" ")[2]) for row in rows]


_ENGLISH = dict(_pairs(_NAMES))
_CODES = {fold_text(name): code for code, name in [*_pairs(_OTHER_NAMES), *_pairs(_NAMES)]}
_STATE_CODES = {country: {fold_text(name): code for code, name in _pairs(table)} for country, table in _STATES.items()}


def country_code(name: str) -> str:
    """Return the alpha-2 code of a country's name in English or its own or a neighbour's language; empty if unknown."""
    text = name.strip()
    if len(text) == 2 and text.isupper() and text in _ENGLISH:
        return text
    return _CODES.get(fold_text(text), "")


def country_name(code: str) -> str:
    """Return the English name of a country as QuickBooks prints it: ``USA`` for the United States."""
    return "USA" if code == "US" else _ENGLISH[code]


def state_code(country: str, name: str) -> str:
    """Return the code of a state or province where those print as codes (US, CA, AU); else the name as it is."""
    codes = _STATE_CODES.get(country, {})
    return codes.get(fold_text(name), name.strip())


def is_state(country: str, code: str) -> bool:
    """Tell whether a code names a state or province of the US, Canada or Australia."""
    return code in _STATE_CODES.get(country, {}).values()
