"""Pages of the vendor's sign-in: consent with the company chooser, and the person's list of connected apps."""

from html import escape
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.grants import IDENTITY, connected
from dealvoice_sandbox.quickbooks.identity import PERSON

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def chooser(emulator: "QuickBooksEmulator", asked: Row) -> str:
    """Return the consent page: which company, or, for a sign-in alone, just whether."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(asked.get(name, "")))}">'
        for name in ("client_id", "response_type", "redirect_uri", "state", "scope")
    )
    app = escape(emulator.portal.app_name)
    signs_in = set(asked.get("scope", "").split()) <= IDENTITY
    companies = {} if signs_in else emulator.store.tree["companies"]
    rows = "".join(
        f'<label class="company"><input type="radio" name="realm" value="{realm}"{" checked" if n == 0 else ""}>'
        f"<span><b>{escape(company['name'])}</b><small>{_about(company)}</small></span></label>"
        for n, (realm, company) in enumerate(companies.items())
    )
    what = "to know who you are" if signs_in else "to read and change the books of one company"
    return page(
        "Sign in with Intuit" if signs_in else "Choose a company",
        f'<p class="who">Signed in as {escape(PERSON["email"])}. <b>{app}</b> asks {what}.</p>'
        f'<form method="post" action="/connect/oauth2">{hidden}{rows}'
        '<p class="acts"><button name="decision" value="connect">Connect</button>'
        '<button class="plain" name="decision" value="cancel">Cancel</button></p></form>',
    )


def my_apps(emulator: "QuickBooksEmulator") -> str:
    """Return the page where a person launches or disconnects the apps of a company."""
    app = escape(emulator.portal.app_name)
    rows = "".join(
        f'<form method="post" action="/app/apps"><input type="hidden" name="realm" value="{realm}">'
        f"<p><b>{app}</b><small>{escape(emulator.company(realm)['name'])}</small></p>"
        '<p><button name="act" value="launch">Launch</button>'
        '<button class="plain" name="act" value="disconnect">Disconnect</button></p></form>'
        for realm in connected(emulator)
    )
    back = '<p><a href="/app/invoices">Back to the books</a></p>'
    return page("My apps", (rows or "<p>No app is connected to a company.</p>") + back)


def _about(company: Row) -> str:
    country = {"US": "United States", "GB": "United Kingdom"}.get(company["country"], company["country"])
    currency = company["entities"]["Preferences"]["1"]["CurrencyPrefs"]["HomeCurrency"]["value"]
    return f"{country} · {currency}"


def page(title: str, inside: str) -> str:
    """Return a page around something."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} – QuickBooks sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>
body{{font:14px/1.5 system-ui,sans-serif;background:#f4f5f8;color:#1a2231;margin:0;display:grid;place-items:start center}}
main{{background:#fff;border:1px solid #e2e5eb;border-radius:8px;margin:48px 16px;padding:24px 28px;width:min(440px,88vw)}}
h1{{font-size:20px;margin:0 0 4px}} .strip{{color:#12673a;font-size:12px;font-weight:650;margin:0 0 16px}}
.company{{display:flex;gap:10px;border:1px solid #858d9b;border-radius:6px;padding:12px;margin:8px 0;cursor:pointer}}
.company:has(input:checked){{border:2px solid #0f7353;padding:11px}} small{{display:block;color:#4f5a6b}}
button{{font:inherit;font-weight:650;border:0;border-radius:4px;padding:8px 14px;background:#0f7353;color:#fff;cursor:pointer}}
button.plain{{background:#fff;color:#1a2231;border:1px solid #c6ccd7;margin-left:8px}} .acts{{margin:20px 0 0}}
</style></head><body><main><p class="strip">Sandbox: plays QuickBooks’ sign-in. Nothing leaves this machine.</p>
<h1>{escape(title)}</h1>{inside}</main></body></html>"""
