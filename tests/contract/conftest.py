"""One running sandbox a session for strangers' clients, back at its seed before each test."""

from collections.abc import Iterator

import pytest

from contract.vendors import APP_URL, Vendor, pipedrive_at, quickbooks_at
from dealvoice_sandbox import serving_all
from playground.receiving import Receiver, a_receiver


@pytest.fixture(scope="session")
def sandbox() -> Iterator[serving_all.Sandbox]:
    running = serving_all.start(quickbooks_port=0, pipedrive_port=0, app_url=APP_URL)
    yield running
    running.stop()


@pytest.fixture
def quickbooks(sandbox: serving_all.Sandbox) -> Vendor:
    vendor = quickbooks_at(sandbox)
    vendor.reset()
    if not vendor.live:
        vendor.control("PUT", "app", strict_client=True, webhook_url="")
    return vendor


@pytest.fixture
def pipedrive(sandbox: serving_all.Sandbox) -> Vendor:
    vendor = pipedrive_at(sandbox)
    vendor.reset()
    if not vendor.live:
        vendor.control("PUT", "app", strict_client=True)
    return vendor


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as one:
        yield one
