"""The Pipedrive side of seed ``us``: a landscaping company whose deals carry the awkward cases."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.pipedrive.lines import deal_value, row_sum

Row = dict[str, Any]
OLA, JAN, MAYA = 101, 102, 103
VAT = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
INVOICE_ADDRESS = "b2c3d4e5f60718293a4b5c6d7e8f900112233445"
BILLING_EMAIL = "c3d4e5f60718293a4b5c6d7e8f90011223344556"
PO_NUMBER = "d4e5f60718293a4b5c6d7e8f9001122334455667"
SEGMENT = "e5f60718293a4b5c6d7e8f900112233445566778"
_HTML = '<script>alert(1)</script> & "quotes"'
_LONG = "International Association of Very Long Organization Names Co"

_STAGES = ("Qualified", "Site visit", "Design offer", "Negotiation", "Agreed")


def build(now: datetime) -> Row:
    """Return the tree of the emulator."""
    return _Maker(now).tree()


class _Maker:
    def __init__(self, now: datetime) -> None:
        self._now = now
        self._stamp = (now - timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._rows: dict[str, Row] = {}
        self._discounts: dict[str, Row] = {}

    def tree(self) -> Row:
        organizations, persons = self._organizations(), self._persons()
        products = self._products()
        deals = self._deals()
        return {
            "company": {"id": 12345, "name": "Craig's Landscaping", "domain": "craigs", "country": "US", "currency": "USD"},
            "users": {str(row["id"]): row for row in self._users()},
            "deals": deals,
            "persons": persons,
            "organizations": organizations,
            "products": products,
            "deal_products": self._rows,
            "discounts": self._discounts,
            "installments": {},
            "notes": self._notes(),
            "changelog": [],
            "fields": _fields(),
            "variations": {},
            "pipelines": [
                {"id": 1, "name": "Gardens", "order_nr": 1, "is_deleted": False, "is_deal_probability_enabled": True,
                 "add_time": self._stamp, "update_time": self._stamp},
            ],
            "stages": [
                {"id": n, "name": name, "order_nr": n, "pipeline_id": 1, "deal_probability": 100,
                 "is_deal_rot_enabled": False, "days_to_rotten": None, "is_deleted": False, "add_time": self._stamp,
                 "update_time": self._stamp}
                for n, name in enumerate(_STAGES, 1)
            ],
            "hooks": {},
            "grants": {},
            "codes": {},
            "access": {},
            "spent": {"day": "", "tokens": 0},
            "next": {"deals": 40, "persons": 60, "organizations": 60, "products": 60, "deal_products": 200, "notes": 510, "hooks": 1, "installments": 1, "options": 500, "variations": 201},
        }  # fmt: skip

    def _users(self) -> list[Row]:
        def user(
            user_id: int, name: str, email: str, *, admin: bool, language: str, country: str, locale: str, zone: str
        ) -> Row:
            return {
                "id": user_id, "name": name, "email": email, "is_admin": int(admin), "locale": locale,
                "timezone_name": zone, "default_currency": "USD", "active_flag": True,
                "language": {"language_code": language, "country_code": country},
                "access": [{"app": "sales", "admin": admin}, {"app": "global", "admin": admin},
                           {"app": "account_settings", "admin": admin}],
            }  # fmt: skip

        return [
            user(OLA, "Ola Nowak", "ola@craigs.example", admin=True, language="en", country="US", locale="en_US",
                 zone="America/Los_Angeles"),
            user(JAN, "Jan Kos", "jan@craigs.example", admin=False, language="pl", country="PL", locale="pl_PL",
                 zone="Europe/Warsaw"),
            user(MAYA, "Maya Reed", "maya@craigs.example", admin=False, language="en", country="US", locale="en_US",
                 zone="America/New_York"),
        ]  # fmt: skip

    def _organizations(self) -> dict[str, Row]:
        def org(org_id: int, name: str, address: Row | None, **custom: Any) -> Row:
            return {
                "id": org_id, "name": name, "owner_id": OLA, "address": address, "visible_to": 3, "label_ids": [],
                "is_deleted": False, "add_time": self._stamp, "update_time": self._stamp,
                "custom_fields": {VAT: custom.get("vat"), INVOICE_ADDRESS: custom.get("invoice_address")},
            }  # fmt: skip

        finch = _address("4581 Finch St., Bayshore, CA 94326", route="Finch St.", street_number="4581",
                         locality="Bayshore", admin_area_level_1="California", postal_code="94326",
                         country="United States")  # fmt: skip
        cool = _address("65 Ocean Dr., Half Moon Bay, CA 94213", route="Ocean Dr.", street_number="65",
                        locality="Half Moon Bay", admin_area_level_1="California", postal_code="94213",
                        country="United States")  # fmt: skip
        rows = [
            org(31, "Amys Bird Sanctuary Inc.", finch, vat="US-94-1234567"),
            org(32, "Cool Cars Inc.", cool),
            org(33, "Nomad Gardens", None),
            org(34, "Diego Rodriguez", _address("321 Channing, Palo Alto, CA 94303")),
            org(35, "Żuraw Logistyka Sp. z o.o.", _address(
                "ul. Prosta 51/14, 00-838 Warszawa, Poland", route="ul. Prosta", street_number="51", subpremise="14",
                locality="Warszawa", admin_area_level_1="mazowieckie", postal_code="00-838", country="Poland"),
                vat="123-456-32-18"),
            org(36, f"{_HTML} Garden Co", _address(f"{_HTML}\nBayshore, CA 94326")),
            org(37, _LONG, cool, invoice_address=_address("PO Box 12, Bayshore, CA 94326")),
        ]  # fmt: skip
        return {str(row["id"]): row for row in rows}

    def _persons(self) -> dict[str, Row]:
        def person(person_id: int, name: str, email: str, org_id: int | None, billing: str | None = None) -> Row:
            first, _, last = name.partition(" ")
            return {
                "id": person_id, "name": name, "first_name": first, "last_name": last, "owner_id": OLA, "org_id": org_id,
                "emails": [{"label": "work", "value": email, "primary": True}] if email else [],
                "phones": [{"label": "work", "value": "+1 650 555 3311", "primary": True}],
                "visible_to": 3, "label_ids": [], "is_deleted": False, "picture_id": None, "add_time": self._stamp,
                "update_time": self._stamp, "custom_fields": {BILLING_EMAIL: billing},
            }  # fmt: skip

        rows = [
            person(21, "Amy Lauterbach", "Birds@Intuit.com", 31, "accounts@amysbirds.example"),
            person(22, "Grace Pariente", "Cool_Cars@intuit.com", 32),
            person(23, "Nora Mad", "nora@nomad.example", 33),
            person(24, "Diego Rodriguez", "", 34),
            person(25, "Zofia Żuraw", "biuro@zuraw.example", 35),
            person(26, f"{_HTML} Person", "html@example.com", 36),
            person(27, "Jeff Chin", "jalopies@example.com", None),
            person(28, "Lena Long", "lena@long.example", 37),
        ]
        return {str(row["id"]): row for row in rows}

    def _products(self) -> dict[str, Row]:
        def product(product_id: int, name: str, code: str, price: str, tax: str) -> Row:
            return {
                "id": product_id, "name": name, "code": code, "description": "", "unit": "", "tax": Decimal(tax),
                "category": None, "is_linkable": True, "is_deleted": False, "visible_to": 3, "owner_id": OLA,
                "add_time": self._stamp, "update_time": self._stamp, "billing_frequency": "one-time",
                "billing_frequency_cycles": None, "custom_fields": {},
                "prices": [{"product_id": product_id, "price": Decimal(price), "currency": "USD", "cost": 0,
                            "direct_cost": 0, "notes": ""}],
            }  # fmt: skip

        rows = [
            product(1, "Rock fountain", "ROCK-01", "275", "8"),
            product(2, "Fountain pump", "PUMP-01", "15", "8"),
            product(3, "Installation", "INST", "50", "0"),
            product(4, "Garden lights", "LIGHT-6", "30", "8"),
            product(5, "Design", "DES", "75", "0"),
            product(6, f"{_HTML} shrub", "HTML", "20", "8"),
            product(7, "Sod, per square foot", "SOD", "0.75", "8"),
        ]
        return {str(row["id"]): row for row in rows}

    def _deals(self) -> dict[str, Row]:
        made = [
            self._deal(12, "Aviary courtyard and fountain", 31, 21, po="PO-7741", segment=402),
            self._deal(13, "Spring maintenance plan", 32, 22, value="12500"),
            self._deal(14, "Roof garden without an address", 33, 23),
            self._deal(15, "Patio for Diego, no e-mail", 34, 24),
            self._deal(16, "Warsaw terrace", 35, 25, currency="EUR"),
            self._deal(17, _HTML, 36, 26),
            self._deal(18, "Front yard of Jeff Chin", None, 27),
            self._deal(19, "Private deal of Jan", 32, 22, owner=JAN, visible_to=1),
            self._deal(20, "Won: fish pond", 31, 21, status="won"),
            self._deal(21, "Long names and gross prices", 37, 28),
            self._deal(22, "Archived greenhouse", 32, 22, archived=True),
        ]
        deals = {str(row["id"]): row for row in made}
        self._product(12, 1, "1", "275", tax="8")
        self._product(12, 2, "2", "15", tax="8")
        self._product(12, 3, "8", "50", discount="10")
        self._product(12, 4, "6", "30", tax="8")
        self._product(14, 5, "3.5", "75")
        self._product(15, 5, "2", "75")
        self._product(16, 5, "10", "90")
        self._product(17, 6, "3", "20", tax="8")
        self._product(18, 7, "400", "0.75", tax="8")
        self._product(19, 5, "1", "75")
        self._product(20, 1, "1", "275", tax="8")
        self._product(21, 1, "3", "33.33", tax="8", method="inclusive", discount="15")
        self._discounts["d21"] = {
            "id": "d21", "deal_id": 21, "description": "Old friends", "amount": Decimal(10), "type": "percentage",
            "created_at": self._stamp, "created_by": OLA, "updated_at": self._stamp, "updated_by": OLA,
        }  # fmt: skip
        for deal in deals.values():
            rows = [row for row in self._rows.values() if row["deal_id"] == deal["id"]]
            discounts = [one for one in self._discounts.values() if one["deal_id"] == deal["id"]]
            if rows:
                deal["value"] = deal_value(rows, discounts, deal["currency"], with_tax=False)
        return deals

    def _deal(
        self, deal_id: int, title: str, org_id: int | None, person_id: int, *, value: str = "0", currency: str = "USD",
        owner: int = OLA, visible_to: int = 3, status: str = "open", archived: bool = False, po: str | None = None,
        segment: int | None = None,
    ) -> Row:  # fmt: skip
        return {
            "id": deal_id, "title": title, "creator_user_id": owner, "owner_id": owner, "value": Decimal(value),
            "person_id": person_id, "org_id": org_id, "stage_id": 4 if status == "open" else 5, "pipeline_id": 1,
            "currency": currency, "add_time": self._stamp, "update_time": self._stamp, "status": status,
            "probability": None, "lost_reason": None, "visible_to": visible_to, "close_time": None,
            "won_time": self._stamp if status == "won" else None, "lost_time": None, "stage_change_time": None,
            "local_won_date": None, "local_lost_date": None, "local_close_date": None,
            "expected_close_date": (self._now + timedelta(days=14)).date().isoformat(), "label_ids": [],
            "is_deleted": False, "is_archived": archived, "archive_time": None, "origin": "ManuallyCreated",
            "origin_id": None, "channel": None, "channel_id": None, "acv": None, "arr": None, "mrr": None,
            "custom_fields": {PO_NUMBER: po, SEGMENT: segment},
        }  # fmt: skip

    def _product(
        self, deal_id: int, product_id: int, quantity: str, price: str, *, tax: str = "0", discount: str = "0",
        method: str = "exclusive",
    ) -> None:  # fmt: skip
        names = {1: "Rock fountain", 2: "Fountain pump", 3: "Installation", 4: "Garden lights", 5: "Design",
                 6: f"{_HTML} shrub", 7: "Sod, per square foot"}  # fmt: skip
        row_id = 100 + len(self._rows)
        row = {
            "id": row_id, "deal_id": deal_id, "product_id": product_id, "product_variation_id": None,
            "name": names[product_id], "item_price": Decimal(price), "quantity": Decimal(quantity),
            "discount": Decimal(discount), "discount_type": "percentage", "tax": Decimal(tax), "tax_method": method,
            "currency": "EUR" if deal_id == 16 else "USD", "comments": "", "is_enabled": True,
            "order_nr": 10 * (1 + sum(1 for row in self._rows.values() if row["deal_id"] == deal_id)),
            "billing_frequency": "one-time", "billing_frequency_cycles": None, "billing_start_date": None,
            "add_time": self._stamp, "update_time": self._stamp,
        }  # fmt: skip
        self._rows[str(row_id)] = {**row, "sum": row_sum(row)}

    def _notes(self) -> dict[str, Row]:
        at = (self._now - timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
        note = {
            "id": 501, "user_id": OLA, "deal_id": 12, "person_id": 21, "org_id": 31, "lead_id": None, "project_id": None,
            "content": "<p>Amy wants the fountain running before the spring opening.</p>", "add_time": at,
            "update_time": at, "active_flag": True, "pinned_to_deal_flag": False, "last_update_user_id": None,
        }  # fmt: skip
        return {"501": note}


def _address(text: str, **parts: str) -> Row:
    names = (
        "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
        "subpremise", "postal_code",
    )  # fmt: skip
    return {"value": text, **{name: parts.get(name) for name in names}}


def _fields() -> dict[str, list[Row]]:
    def field(code: str, name: str, kind: str, options: list[Row] | None = None) -> Row:
        return {
            "field_name": name, "field_code": code, "description": None, "field_type": kind, "options": options,
            "subfields": None, "is_custom_field": len(code) == 40, "is_optional_response_field": False,
        }  # fmt: skip

    segments = [{"id": 401, "label": "Home"}, {"id": 402, "label": "Business"}]
    return {
        "deal": [
            field("title", "Title", "varchar"), field("value", "Value", "monetary"), field("status", "Status", "status"),
            field("org_id", "Organization", "org"), field("person_id", "Contact person", "people"),
            field("expected_close_date", "Expected close date", "date"), field(PO_NUMBER, "PO number", "varchar"),
            field(SEGMENT, "Segment", "enum", segments),
        ],
        "person": [
            field("name", "Name", "varchar"), field("emails", "Email", "varchar"), field("phones", "Phone", "phone"),
            field("org_id", "Organization", "org"), field(BILLING_EMAIL, "Billing e-mail", "varchar"),
        ],
        "organization": [
            field("name", "Name", "varchar"), field("address", "Address", "address"),
            field(VAT, "VAT number", "varchar"), field(INVOICE_ADDRESS, "Invoice address", "address"),
        ],
        "product": [field("name", "Name", "varchar"), field("code", "Product code", "varchar")],
    }  # fmt: skip
