"""
Who signed in: id_token, its keys, userinfo, and the discovery documents that tell where everything is.

Source: OpenID Connect page of the developer site. The issuer is the vendor's own name and no address of the sandbox:
Intuit's clients compare it with that name.
"""

import base64
import time
import uuid
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

Row = dict[str, Any]
ISSUER = "https://oauth.platform.intuit.com/op/v1"
PERSON = {
    "sub": "1182d6ec-2a1f-4aa3-af3f-bb3b95db45af", "email": "craig@example.com", "givenName": "Craig",
    "familyName": "Carlson",
}  # fmt: skip
"""The person at QuickBooks, an administrator of every company of the sandbox."""
_LIFE = 3600


def id_token(held: Row) -> str:
    """
    Sign who gave a grant, for the app that has it.

    Its times are real and not the sandbox's: an app checks them by its own clock, which nobody moves on.
    """
    now = int(time.time())
    claims: Row = {
        "sub": PERSON["sub"], "aud": [held["client"]], "iss": ISSUER, "exp": now + _LIFE, "iat": now, "auth_time": now,
    }  # fmt: skip
    if held["realm"]:
        claims["realmid"] = held["realm"]
    return jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": _key_id()})


def keys() -> Row:
    """Return the public half of the signing key."""
    numbers = _key().public_key().public_numbers()
    shared = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": _key_id()}
    return {"keys": [{**shared, "n": _base64url(numbers.n), "e": _base64url(numbers.e)}]}


def userinfo(held: Row) -> Row:
    """Return what a grant's scopes let an app know of the person."""
    scopes = set(held["scope"].split())
    told: Row = {"sub": PERSON["sub"]}
    if "email" in scopes:
        told |= {"email": PERSON["email"], "emailVerified": True}
    if "profile" in scopes:
        told |= {"givenName": PERSON["givenName"], "familyName": PERSON["familyName"]}
    if "phone" in scopes:
        told |= {"phoneNumber": "+1 650 555 0100", "phoneNumberVerified": False}
    if "address" in scopes:
        told["address"] = {
            "streetAddress": "123 Sierra Way", "locality": "San Pablo", "region": "CA", "postalCode": "87999",
            "country": "US",
        }  # fmt: skip
    return told


def discovery(base: str) -> Row:
    """Return the discovery document; sandbox and production differ in userinfo's host alone, so here in nothing."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{base}/connect/oauth2",
        "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
        "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
        "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
        "jwks_uri": f"{base}/op/v1/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    }


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _key_id() -> str:
    return f"r4p5SbL2qaFehFzhj8gI-{uuid.uuid4().hex[:8]}"


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
