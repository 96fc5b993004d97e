"""OAuth of both vendors in the shape that workflows and token keepers ask for."""

from datetime import timedelta

import httpx2

from dealvoice.connections.tokens import GrantRefused, Pair
from dealvoice.pipedrive import client as pipedrive_client
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive import oauth as pipedrive_oauth
from dealvoice.quickbooks import errors as quickbooks_errors
from dealvoice.quickbooks import oauth as quickbooks_oauth
from dealvoice.settings import Settings

_PIPEDRIVE_REFRESH_LIFE = timedelta(days=60)
_PASSING = frozenset({"unreachable", "busy", "no_answer"})
"""Ends of a token call that say nothing of the grant: the call that needed the token was not sent, and may be later."""


class QuickBooksGrant:
    """OAuth of QuickBooks Online."""

    def __init__(self, settings: Settings, http: httpx2.Client) -> None:
        vendor = settings.quickbooks
        self._http = http
        self._app = quickbooks_oauth.OAuthApp(
            authorize_url=vendor.authorize_url,
            token_url=vendor.token_url,
            revoke_url=vendor.revoke_url,
            client_id=vendor.client_id,
            client_secret=vendor.client_secret.get_secret_value(),
            redirect_uri=f"{settings.public_url}/quickbooks/callback",
        )

    def authorize_url(self, state: str) -> str:
        """Return where to send the browser."""
        return quickbooks_oauth.authorize_url(self._app, state)

    def exchange(self, code: str) -> Pair:
        """Turn a code into tokens."""
        try:
            return _quickbooks_pair(quickbooks_oauth.exchange(self._app, self._http, code=code))
        except quickbooks_oauth.OAuthError as error:
            raise _refused(error) from error

    def renew(self, refresh_token: str) -> Pair:
        """Ask for a new pair."""
        try:
            return _quickbooks_pair(quickbooks_oauth.refresh(self._app, self._http, refresh_token=refresh_token))
        except quickbooks_oauth.OAuthError as error:
            raise _refused(error) from error

    def revoke(self, token: str) -> None:
        """Give the grant back."""
        quickbooks_oauth.revoke(self._app, self._http, token=token)


class PipedriveGrant:
    """OAuth of Pipedrive; an address outside the vendor's domain is refused before any token is sent there."""

    def __init__(self, settings: Settings, http: httpx2.Client) -> None:
        vendor = settings.pipedrive
        self._http = http
        self._suffix = vendor.api_domain_suffix
        self._app = pipedrive_oauth.OAuthApp(
            authorize_url=vendor.authorize_url,
            token_url=vendor.token_url,
            revoke_url=vendor.revoke_url,
            client_id=vendor.client_id,
            client_secret=vendor.client_secret.get_secret_value(),
            redirect_uri=f"{settings.public_url}/pipedrive/callback",
        )

    def authorize_url(self, state: str) -> str:
        """Return where to send the browser."""
        return pipedrive_oauth.authorize_url(self._app, state)

    def exchange(self, code: str) -> Pair:
        """Turn a code into tokens."""
        try:
            return self._pair(pipedrive_oauth.exchange(self._app, self._http, code=code))
        except pipedrive_oauth.OAuthError as error:
            raise _refused(error) from error

    def renew(self, refresh_token: str) -> Pair:
        """Ask for a new pair."""
        try:
            return self._pair(pipedrive_oauth.refresh(self._app, self._http, refresh_token=refresh_token))
        except pipedrive_oauth.OAuthError as error:
            raise _refused(error) from error

    def revoke(self, token: str) -> None:
        """Give the grant back: with a refresh token this is an uninstall."""
        pipedrive_oauth.revoke(self._app, self._http, token=token)

    def _pair(self, answer: pipedrive_oauth.TokenAnswer) -> Pair:
        return Pair(
            access=answer.access_token,
            refresh=answer.refresh_token,
            access_life=answer.expires_in,
            refresh_life=_PIPEDRIVE_REFRESH_LIFE,
            api_domain=pipedrive_client.check_api_domain(answer.api_domain, self._suffix),
        )


def _quickbooks_pair(answer: quickbooks_oauth.TokenAnswer) -> Pair:
    return Pair(
        access=answer.access_token,
        refresh=answer.refresh_token,
        access_life=answer.expires_in,
        refresh_life=answer.refresh_expires_in,
    )


def _refused(error: quickbooks_oauth.OAuthError | pipedrive_oauth.OAuthError) -> Exception:
    if error.error == "invalid_grant":
        return GrantRefused()
    if error.error not in _PASSING:
        return error
    again = quickbooks_errors.Retry if isinstance(error, quickbooks_oauth.OAuthError) else pipedrive_errors.Retry
    return again(error.code, status=error.status, vendor_code=error.error, detail=error.detail)
