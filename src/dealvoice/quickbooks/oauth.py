"""
Get, renew and give back access to a company.

A code is single use. A refresh may rotate the refresh token, so whoever calls must save the answer before using it, and must
not run two refreshes at once. The company's id comes with the redirect, never with the tokens.

Source: OAuth 2.0 pages of the vendor's developer site.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
import msgspec

from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.reading import decoder

ACCOUNTING_SCOPE = "com.intuit.quickbooks.accounting"
"""The whole Accounting API, read and write; there is no smaller one."""

_TIMEOUT = 30.0
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_NO_ANSWER = "no_answer"
_USER_CODES = {
    "invalid_grant": "connection.expired",
    "unreachable": "quickbooks.unreachable",
    "busy": "quickbooks.busy",
    _NO_ANSWER: "connection.renewal_unclear",
}
PASSING = frozenset({"unreachable", "busy", _NO_ANSWER})
"""Words of an ``OAuthError`` that say nothing of the grant: asked again later, the answer may be another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """The app as the developer portal knows it, and where the vendor's endpoints are."""

    authorize_url: str
    token_url: str
    revoke_url: str
    client_id: str
    client_secret: str = field(repr=False)
    # Must equal a registered one exactly.
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """A pair of tokens; save it before using it."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: timedelta
    # Rolling: counted anew from each refresh.
    refresh_expires_in: timedelta
    # What is left of the five years after which the user must connect again; None where the vendor does not say.
    hard_expires_in: timedelta | None = None


class OAuthError(QuickBooksError):
    """
    A token call that gave no tokens.

    ``error`` is the vendor's word (``invalid_grant``, ``invalid_client``, ...), or ours: ``unreachable`` (nothing was sent),
    ``busy``, and ``no_answer`` (the token may have rotated: try again with the same one).
    """

    def __init__(self, error: str, *, status: int = 0, detail: str = "", intuit_tid: str = "") -> None:
        code = _USER_CODES.get(error, "connection.misconfigured")
        super().__init__(code, status=status, vendor_code=error, detail=detail, intuit_tid=intuit_tid)
        self.error = error


def authorize_url(app: OAuthApp, state: str) -> str:
    """Give the address to send the user's browser to; ``state`` comes back with the answer and must be compared."""
    query = {
        "client_id": app.client_id,
        "response_type": "code",
        "scope": ACCOUNTING_SCOPE,
        "redirect_uri": app.redirect_uri,
        "state": state,
    }
    return f"{app.authorize_url}?{urlencode(query)}"


def exchange(app: OAuthApp, http: httpx2.Client, *, code: str) -> TokenAnswer:
    """Turn the code of a redirect into tokens; never twice, the second try can end the first one's tokens."""
    return _tokens(app, http, {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri})


def refresh(app: OAuthApp, http: httpx2.Client, *, refresh_token: str) -> TokenAnswer:
    """Renew the tokens; the refresh token of the answer replaces the one given."""
    return _tokens(app, http, {"grant_type": "refresh_token", "refresh_token": refresh_token})


def revoke(app: OAuthApp, http: httpx2.Client, *, token: str) -> None:
    """Give access back; a refresh token takes its access tokens along. A token already dead is no error."""
    response = _post(app, http, app.revoke_url, json={"token": token})
    if response.is_success:
        return
    error = _read(response)
    # The vendor answers 400 for a token it no longer knows, which is what was asked for.
    if response.status_code == 400 and error.error not in {"invalid_client", _NO_ANSWER}:
        return
    raise error


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_in: int = msgspec.field(name="x_refresh_token_expires_in")
    hard_expires_in: int | None = msgspec.field(default=None, name="x_refresh_token_hard_expires_in")


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    error: str = ""
    error_description: str | None = None


def _tokens(app: OAuthApp, http: httpx2.Client, form: Mapping[str, str]) -> TokenAnswer:
    # The header makes the answer tell what is left of the five years (Intuit's OAuth client libraries, 2025).
    response = _post(app, http, app.token_url, data=form, headers={"x-include-refresh-token-hard-expires-in": "true"})
    if not response.is_success:
        raise _read(response)
    try:
        found = decoder(_Tokens).decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OAuthError(_NO_ANSWER, status=response.status_code, intuit_tid=_tid(response)) from error
    hard = found.hard_expires_in
    return TokenAnswer(
        access_token=found.access_token,
        refresh_token=found.refresh_token,
        expires_in=timedelta(seconds=found.expires_in),
        refresh_expires_in=timedelta(seconds=found.refresh_expires_in),
        hard_expires_in=None if hard is None else timedelta(seconds=hard),
    )


def _post(
    app: OAuthApp,
    http: httpx2.Client,
    url: str,
    *,
    data: Mapping[str, str] | None = None,
    json: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    try:
        return http.post(
            url,
            data=data,
            json=json,
            auth=httpx2.BasicAuth(app.client_id, app.client_secret),
            headers={"Accept": "application/json", **(headers or {})},
            timeout=_TIMEOUT,
            follow_redirects=False,
        )
    except httpx2.RequestError as error:
        word = "unreachable" if isinstance(error, _NOT_SENT) else _NO_ANSWER
        raise OAuthError(word, detail=type(error).__name__) from error


def _read(response: httpx2.Response) -> OAuthError:
    status, tid = response.status_code, _tid(response)
    if status == 429:
        return OAuthError("busy", status=status, intuit_tid=tid)
    if status >= 500 or status == 408:
        return OAuthError(_NO_ANSWER, status=status, intuit_tid=tid)
    try:
        said = decoder(_Refusal).decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _Refusal()
    # Some refusals come without a word; the status then says whose fault it is.
    word = said.error or ("invalid_client" if status in {401, 403} else "invalid_request")
    return OAuthError(word, status=status, detail=said.error_description or "", intuit_tid=tid)


def _tid(response: httpx2.Response) -> str:
    return str(response.headers.get("intuit_tid", ""))
