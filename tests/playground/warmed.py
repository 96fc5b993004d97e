"""What every process of the product does first, done once: the fork server imports this, and all who are forked have it."""

import httpx2
from sqlalchemy.orm import configure_mappers

from dealvoice import cli
from dealvoice.i18n import Speech
from playground import killing

__all__ = ["cli", "killing"]

configure_mappers()
httpx2.HTTPTransport(trust_env=False, verify=False).close()
Speech.of("en-US", "en_US", "UTC")
