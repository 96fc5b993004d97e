"""What is attacked: the product, installed and connected, and a way to it over HTTP that knows nothing of browsers."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from a2wsgi import ASGIMiddleware

from playground.furnished import a_connected_house
from playground.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_connected_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def http(house: House) -> Iterator[httpx2.Client]:
    assert house.built is not None
    transport = httpx2.WSGITransport(app=ASGIMiddleware(house.built.web))
    with httpx2.Client(transport=transport, base_url="http://localhost:8100", timeout=60) as client:
        yield client
