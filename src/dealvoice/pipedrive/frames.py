"""
Read the signed token that Pipedrive puts into the address of a frame.

Only company and user are signed: ids of deals in the same address are not, and have to be checked against that user's rights.

Source: custom UI extensions page of Pipedrive: HS256 with the extension's JWT secret, five minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

LEEWAY = timedelta(seconds=5)
"""How far the two clocks may differ."""


@dataclass(frozen=True, slots=True)
class FrameClaims:
    """Who looks at the frame."""

    company_id: int
    user_id: int
    # When the token ends; a session made from it may live longer.
    expires_at: datetime


class FrameTokenError(Exception):
    """A token that lets nobody in."""


class ExpiredError(FrameTokenError):
    """Genuine, but too old: ask the host for a fresh one."""


class ForgedError(FrameTokenError):
    """Not made by Pipedrive for this extension, or not readable."""


def read_frame_token(token: str, *, secret: str, now: datetime) -> FrameClaims:
    """
    Verify a token and give its claims.

    Args:
        secret: The extension's JWT secret, else the app's client secret.
        now: The time to judge by, with its zone.

    Raises:
        ExpiredError: Genuine, but past its end.
        ForgedError: Wrong signature or algorithm, or a claim missing or odd.
    """
    if not secret:
        raise ForgedError("no secret to verify with")
    try:
        # Time is judged below, by the clock given; one algorithm only, so that neither "none" nor a public key can pass.
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={
                "require": ["exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
                "verify_iss": False,
            },
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise ForgedError(type(error).__name__) from None
    expires_at = _time(claims.get("exp"), now=now)
    claimed = FrameClaims(_id(claims.get("companyId")), _id(claims.get("userId")), expires_at)
    if now >= expires_at + LEEWAY:
        raise ExpiredError("the token has ended")
    return claimed


def _id(value: object) -> int:
    # Numbers by the samples; text of digits costs nothing to take.
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ForgedError("a claim is missing")
    return value


def _time(value: object, *, now: datetime) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ForgedError("a claim is missing")
    try:
        return datetime.fromtimestamp(value, tz=now.tzinfo)
    except (OverflowError, OSError, ValueError) as error:
        raise ForgedError("a claim is odd") from error
