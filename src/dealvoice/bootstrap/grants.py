"""OAuth of both vendors in the shape that workflows and token keepers ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx2

from dealvoice.connections.spool import Pair
from dealvoice.connections.tokens import GrantRefused
from dealvoice.observability import RENEWALS, get_logger
from dealvoice.pipedrive import client as pipedrive_client
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive import oauth as pipedrive_oauth
from dealvoice.quickbooks import errors as quickbooks_errors
from dealvoice.quickbooks import oauth as quickbooks_oauth
from dealvoice.settings import Settings

_log = get_logger(__name__)
_PIPEDRIVE_REFRESH_LIFE = timedelta(days=60)


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
        """
        Ask for a new pair.

        Raises:
            GrantRefused: The grant is over.
            Retry: No answer, or none that says anything of the grant: what wanted the token is tried again later.
        """
        with _told("quickbooks"):
            try:
                return _quickbooks_pair(quickbooks_oauth.refresh(self._app, self._http, refresh_token=refresh_token))
            except quickbooks_oauth.OAuthError as error:
                if error.error in quickbooks_oauth.PASSING:
                    raise quickbooks_errors.Retry(
                        error.code, status=error.status, intuit_tid=error.intuit_tid
                    ) from error
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
        """
        Ask for a new pair.

        Raises:
            GrantRefused: The grant is over.
            Retry: No answer, or none that says anything of the grant: what wanted the token is tried again later.
        """
        with _told("pipedrive"):
            try:
                return self._pair(pipedrive_oauth.refresh(self._app, self._http, refresh_token=refresh_token))
            except pipedrive_oauth.OAuthError as error:
                if error.error in pipedrive_oauth.PASSING:
                    raise pipedrive_errors.Retry(
                        error.code, status=error.status, request_id=error.request_id
                    ) from error
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


@contextmanager
def _told(vendor: str) -> Iterator[None]:
    """Log and count how a renewal ended; what it raises goes on."""
    outcome = "failed"
    try:
        yield
        outcome = "renewed"
    except GrantRefused:
        outcome = "ended"
        raise
    finally:
        RENEWALS.labels(vendor, outcome).inc()
        (_log.info if outcome == "renewed" else _log.warning)("sign_in.renewal", vendor=vendor, outcome=outcome)


def _quickbooks_pair(answer: quickbooks_oauth.TokenAnswer) -> Pair:
    return Pair(
        access=answer.access_token,
        refresh=answer.refresh_token,
        access_life=answer.expires_in,
        refresh_life=answer.refresh_expires_in,
        hard_life=answer.hard_expires_in,
    )


def _refused(error: quickbooks_oauth.OAuthError | pipedrive_oauth.OAuthError) -> Exception:
    """Return what a token call's end means: the grant is over, the call may be made later, or neither."""
    if error.error == "invalid_grant":
        return GrantRefused()
    if isinstance(error, quickbooks_oauth.OAuthError):
        if error.error not in quickbooks_oauth.PASSING:
            return error
        return quickbooks_errors.Retry(error.code, status=error.status, intuit_tid=error.intuit_tid)
    if error.error not in pipedrive_oauth.PASSING:
        return error
    return pipedrive_errors.Retry(error.code, status=error.status, request_id=error.request_id)
