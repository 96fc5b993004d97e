"""
Texts that an attacker would put into names and notes, and a way to put them into every text of both vendors.

Whatever runs calls ``ran``, which the browser under test counts.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, Final
from unicodedata import category

from dealvoice_sandbox.serving_all import Sandbox
from playground.house import REALM

_CALL: Final = "ran(1)"
_OUT_OF: Final = (
    "", '">', "'>", "`>", "</textarea>", "</title>", "</script>", "</style>", "-->", "]]>", "</option></select>", "</svg>", "</template>",
)  # fmt: skip
_TAGS: Final = (
    "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "<svg><script>{}</script></svg>", "<body onload={}>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>", "<details open ontoggle={}>", "<input autofocus onfocus={}>",
    "<math><mtext><img src=x onerror={}></mtext></math>", '<style>@import "x";*{{animation:a}}</style><p onanimationstart={}>',
)  # fmt: skip
_MORE: Final = (
    # Other elements
    "<ScRiPt>{}</sCrIpT>", "<script/x>{}</script>", "<<script>{}//<</script>", "<scr<script>ipt>{}</script>", "<img/src=x/onerror={}>",
    "<svg><animate onbegin={} attributeName=x dur=1s>", "<svg><a xlink:href=javascript:{}><text y=20>x</text></a></svg>",
    "<video><source onerror={}></video>", "<audio src=x onerror={}>", "<marquee onstart={}>", "<object data=javascript:{}></object>",
    "<embed src=javascript:{}>", "<base href=javascript:{}//>", "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=x onerror={}>", "<form action=javascript:{}><button>x</button></form>", "<button formaction=javascript:{}>x</button>",
    "<select autofocus onfocus={}>", "<textarea autofocus onfocus={}>", "<keygen autofocus onfocus={}>", "<dialog open onfocusin={}>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>", "<template><script>{}</script></template>", "<xmp><img src=x onerror={}></xmp>",
    # Out of attributes
    '" onmouseover="{}" x="', "' onmouseover='{}' x='", '" autofocus onfocus="{}" x="', "' autofocus onfocus='{}' x='", "x onerror={} ",
    '" style="animation-name:x" onanimationstart="{}" x="', "` onmouseover={} x=`", '"/onpointerenter="{}', "&quot; onclick=&quot;{}&quot;",
    # Addresses
    "javascript:{}", "JaVaScRiPt:{}", "java\tscript:{}", "java\nscript:{}", " javascript:{}", "\x01javascript:{}", "javascript&colon;{}",
    "&#106;avascript:{}", "data:text/html,<script>{}</script>", "vbscript:{}", "//evil.example/{}", "https:evil.example/{}",
    # Templates and formats
    "{{{{7*7}}}}", "{{{{ {} }}}}", "${{{}}}", "#{{{}}}", "<%= {} %>", "{{% import os %}}{}", "{{{{constructor.constructor('{}')()}}}}",
    "{{{{request.application.__globals__}}}}", "%(person)s %s %d {}", "{{person}} {{0}} {{person.__class__}}", "[[{}]]", "{{{{{{{}}}}}}}",
    # htmx
    "<div hx-get=/settings hx-trigger=load hx-on::load={}>", "<div hx-on:click={}>", "<div hx-get=/x hx-vals='js:{{a:{}}}' hx-trigger=load>",
    "<div hx-trigger='load[{}]' hx-get=/x>", "<div data-hx-get=/x data-hx-trigger=load data-hx-on:load={}>", "<div hx-swap-oob=true id=panel-inside>{}</div>",
    '" hx-get="/x" hx-trigger="load" hx-on::after-request="{}" x="', "<div hx-ext=x hx-headers='js:{{a:{}}}'>", "<hx-partial hx-target=body>{}</hx-partial>",
    # Unicode
    "\u202e<script>{}</script>\u202c", "＜script＞{}＜/script＞", "<script\u2028>{}</script>", "\ufeff<script>{}</script>", "<\u200bscript>{}</script>",
    "\u00bcscript\u00be{}\u00bc/script\u00be", "<ſcript>{}</ſcript>", "<İMG SRC=x ONERROR={}>", "a\u0301\u0301\u0301\u0301{}", "👩‍👩‍👧‍👦 {} 🇵🇱",
    # Encodings
    "&lt;script&gt;{}&lt;/script&gt;", "&#x3c;script&#x3e;{}&#x3c;/script&#x3e;", "%3Cscript%3E{}%3C/script%3E", "\\u003cscript\\u003e{}",
    "\\x3cscript\\x3e{}", "+ADw-script+AD4-{}+ADw-/script+AD4-", "&amp;lt;img src=x onerror={}&amp;gt;",
    # Tables, files, queries
    "=cmd|'/C {}'!A0", "+1+{}", "-2+{}", "@SUM({})", "\t={}", '=HYPERLINK("javascript:{}")', "../../../etc/passwd {}", "..\\..\\{}.pdf",
    'a.pdf"; filename="{}.exe', "x\r\nSet-Cookie: dealvoice={}", "x%0d%0aContent-Disposition: {}", "CON.{}", "' OR 1=1 -- {}", "'; DROP TABLE customers; -- {}",
    "\\' or DisplayName like '%{}", "{}\\", "%_{}", "/*{}*/", "<!-- {} --", "<![CDATA[{}", "<?xml {} ?>", "<!DOCTYPE x [<!ENTITY a '{}'>]>&a;",
)  # fmt: skip
PAYLOADS: Final = tuple(
    dict.fromkeys(
        [out + tag.format(_CALL) for out, tag in product(_OUT_OF, _TAGS)] + [text.format(_CALL) for text in _MORE]
    )
)


class Deck:
    """Deals the payloads out, a few at a time, round and round; those that can be typed, when they are for a form."""

    def __init__(self, *, typed: bool = False) -> None:
        self._all = [text for text in PAYLOADS if not typed or all(category(letter) != "Cc" for letter in text)]
        self._at = 0

    def some(self, longest: int) -> str:
        """Return the next ones that fit into a text of so many characters."""
        text = ""
        while len(text) + len(self._all[self._at]) < longest:
            text += f"{self._all[self._at]} "
            self._at = (self._at + 1) % len(self._all)
        return text


ALL: Final = " ".join(PAYLOADS)
_CRM: Final = {
    "organizations": {"name", "value", "country", "locality", "route", "street_number", "postal_code", "admin_area_level_1"},
    "persons": {"name", "first_name", "last_name", "value"}, "deals": {"title"}, "products": {"name", "code", "description", "unit"},
    "deal_products": {"name", "comments"}, "discounts": {"description"}, "stages": {"name"}, "pipelines": {"name"}, "company": {"name"},
    "fields": {"field_name", "description", "label"}, "notes": set(),
}  # fmt: skip
_BOOKS: Final = {
    "DisplayName", "FullyQualifiedName", "CompanyName", "LegalName", "GivenName", "FamilyName", "PrintOnCheckName", "FreeFormNumber", "Address",
    "Line1", "Line2", "City", "PostalCode", "Notes", "Name", "Sku", "Description", "DocNumber", "PrivateNote", "PaymentRefNum", "name",
}  # fmt: skip


def poison(sandbox: Sandbox, *, deal: int, customer: str) -> int:
    """
    Put payloads into every text of both companies; what one deal and one customer show gets all of them.

    Returns:
        How many texts were changed.
    """
    deck, changed = Deck(), 0
    crm, books = sandbox.pipedrive, sandbox.quickbooks
    for table, keys in _CRM.items():
        rows = crm.store.tree[table]
        for key, row in rows.items() if isinstance(rows, dict) and table != "company" else [("", rows)]:
            whole = str(deal) in (key, str(row.get("deal_id") if isinstance(row, dict) else "")) or key in ("31", "21")
            for holder, name in _texts(row, keys):
                holder[name] = ALL if whole else deck.some(250)
                changed += 1
            for code, value in row.get("custom_fields", {}).items() if isinstance(row, dict) else ():
                if isinstance(value, str):
                    row["custom_fields"][code] = ALL if whole else deck.some(250)
                    changed += 1
    for user_id, user in crm.store.tree["users"].items():
        user["name"] = user["name"] if user_id == "101" else deck.some(250)
    for rows in books.company(REALM)["entities"].values():
        for key, row in rows.items():
            for holder, name in _texts(row, _BOOKS):
                short = {"DocNumber": 120, "PaymentRefNum": 120}.get(name, 500)
                holder[name] = ALL if key == customer and row.get("DisplayName") is not None else deck.some(short)
                changed += 1
    books._indexes.clear()
    books._printed.clear()
    return changed


def _texts(value: Any, keys: set[str]) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner, keys)
    elif isinstance(value, dict):
        for name, inner in list(value.items()):
            if name in keys and isinstance(inner, str):
                yield value, name
            elif name != "custom_fields":
                yield from _texts(inner, keys)
