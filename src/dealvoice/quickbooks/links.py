"""
Make addresses that open an object in QuickBooks' own screens.

At the vendor the link names the company, because a plain one opens in whatever company the browser is signed in to.

Source: environments of Intuit's OAuth client library; these addresses are no contract of the vendor's.
"""

from urllib.parse import quote, urlencode, urlsplit

_VENDOR = ".intuit.com"


def invoice_url(app_url: str, realm_id: str, invoice_id: str) -> str:
    """Give the address of an invoice; ``app_url`` is scheme and host of the application, not of the API."""
    return _link(app_url, realm_id, f"invoice?txnId={quote(invoice_id, safe='')}")


def payment_url(app_url: str, realm_id: str, payment_id: str) -> str:
    """Give the address of a received payment."""
    return _link(app_url, realm_id, f"recvpayment?txnId={quote(payment_id, safe='')}")


def customer_url(app_url: str, realm_id: str, customer_id: str) -> str:
    """Give the address of a customer."""
    return _link(app_url, realm_id, f"customerdetail?nameId={quote(customer_id, safe='')}")


def _link(app_url: str, realm_id: str, page: str) -> str:
    parts = urlsplit(app_url)
    host = parts.hostname or ""
    if not host.endswith(_VENDOR):
        return f"{app_url.rstrip('/')}/app/{page}"
    # app.qbo.intuit.com and qbo.intuit.com are the same application; only the latter documents the pinned form.
    entrance = host.removeprefix("app.")
    return f"{parts.scheme}://{entrance}/login?{urlencode({'deeplinkcompanyid': realm_id, 'pagereq': page})}"
