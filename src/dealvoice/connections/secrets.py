"""Random secrets and their hashes: only hashes are stored."""

import hashlib
import secrets
import uuid


def new_secret() -> str:
    """Return 256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return the hash by which a secret is found again. Secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_id() -> str:
    """Return a new id of ours: 32 hex digits, fit as a ``requestid``."""
    return uuid.uuid4().hex
