"""
Get, renew and give back a user's access.

Scopes are fixed in the developer hub, so none are asked for. A token stands for one user in one company; revoking the refresh
token uninstalls the app for him.

Source: OAuth pages of Pipedrive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
import msgspec

from dealvoice.pipedrive.errors import PipedriveError
from dealvoice.reading import decoder

_TIMEOUT = 20.0
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_NO_ANSWER = "no_answer"
_USER_CODES = {
    "invalid_grant": "pipedrive.expired",
    "unreachable": "pipedrive.no_answer",
    "busy": "pipedrive.busy",
    _NO_ANSWER: "pipedrive.no_answer",
}
PASSING = frozenset({"unreachable", "busy", _NO_ANSWER})
"""Words of an ``OAuthError`` that say nothing of the grant: asked again later, the answer may be another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """The app as the developer hub knows it, and where the vendor's endpoints are."""

    authorize_url: str
    token_url: str
    revoke_url: str
    client_id: str
    client_secret: str = field(repr=False)
    # Must equal the registered one exactly; there is one for an app.
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """A pair of tokens; store all of it, the domain may change too."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: timedelta
    # Scheme and host for this company's calls; check it before use.
    api_domain: str
    # As sent, parted by commas.
    scope: str

    @property
    def scopes(self) -> frozenset[str]:
        """Give the scopes granted."""
        return frozenset(word for word in self.scope.replace(",", " ").split() if word)


class OAuthError(PipedriveError):
    """
    A token call that gave no tokens.

    ``error`` is the vendor's word (``invalid_grant``, ``invalid_client``, ...), or ours: ``unreachable`` (nothing was sent),
    ``busy``, and ``no_answer`` (try again with the same token).
    """

    def __init__(self, error: str, *, status: int = 0, detail: str = "", request_id: str = "") -> None:
        code = _USER_CODES.get(error, "connection.misconfigured")
        super().__init__(code, status=status, vendor_code=error, detail=detail, request_id=request_id)
        self.error = error


def authorize_url(app: OAuthApp, state: str) -> str:
    """Give the address to send the user's browser to; ``state`` comes back with the answer and must be compared."""
    query = {"client_id": app.client_id, "redirect_uri": app.redirect_uri, "state": state}
    return f"{app.authorize_url}?{urlencode(query)}"


def exchange(app: OAuthApp, http: httpx2.Client, *, code: str) -> TokenAnswer:
    """Turn the code of a callback into tokens; it lives five minutes and serves once."""
    return _tokens(app, http, {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri})


def refresh(app: OAuthApp, http: httpx2.Client, *, refresh_token: str) -> TokenAnswer:
    """Renew the access token; store the refresh token that comes back, even if it is the same."""
    return _tokens(app, http, {"grant_type": "refresh_token", "refresh_token": refresh_token})


def revoke(app: OAuthApp, http: httpx2.Client, *, token: str, hint: str = "refresh_token") -> None:
    """Give access back; with the refresh token the app is uninstalled for the user. Unknown tokens are no error."""
    response = _post(app, http, app.revoke_url, {"token": token, "token_type_hint": hint})
    if not response.is_success:
        raise _read(response)


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
    refresh_token: str
    expires_in: int
    api_domain: str
    scope: str = ""


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    error: str = ""
    message: str | None = None


def _tokens(app: OAuthApp, http: httpx2.Client, form: Mapping[str, str]) -> TokenAnswer:
    response = _post(app, http, app.token_url, form)
    if not response.is_success:
        raise _read(response)
    try:
        found = decoder(_Tokens).decode(response.content)
    except msgspec.ValidationError as error:
        # A refusal with status 200 is one all the same.
        raise _read(response) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OAuthError(_NO_ANSWER, status=response.status_code) from error
    return TokenAnswer(
        access_token=found.access_token,
        refresh_token=found.refresh_token,
        expires_in=timedelta(seconds=found.expires_in),
        api_domain=found.api_domain,
        scope=found.scope,
    )


def _post(app: OAuthApp, http: httpx2.Client, url: str, form: Mapping[str, str]) -> httpx2.Response:
    try:
        return http.post(
            url,
            data=form,
            auth=httpx2.BasicAuth(app.client_id, app.client_secret),
            headers={"Accept": "application/json"},
            timeout=_TIMEOUT,
            follow_redirects=False,
        )
    except httpx2.RequestError as error:
        word = "unreachable" if isinstance(error, _NOT_SENT) else _NO_ANSWER
        raise OAuthError(word, detail=type(error).__name__) from error


def _read(response: httpx2.Response) -> OAuthError:
    status, request_id = response.status_code, response.headers.get("x-request-id", "")
    if status == 429:
        return OAuthError("busy", status=status, request_id=request_id)
    if status >= 500 or status == 408:
        return OAuthError(_NO_ANSWER, status=status, request_id=request_id)
    try:
        said = decoder(_Refusal).decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _Refusal()
    if response.is_success and not said.error:
        return OAuthError(_NO_ANSWER, status=status, request_id=request_id)
    # Some refusals come without a word; the status then says whose fault it is.
    word = said.error or ("invalid_client" if status in {401, 403} else "invalid_request")
    return OAuthError(word, status=status, detail=said.message or "", request_id=request_id)
