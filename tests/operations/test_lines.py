"""A line says what happened, and never who or by which secret: ours, and those of the libraries below."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy
import uvicorn
from dbos import DBOS

from dealvoice.engine.durable import DurableEngine
from dealvoice.engine.port import Task
from dealvoice.observability import DROPPED, configure, get_logger, scrub
from dealvoice.storage.engine import open_engine
from playground.house import House, a_house
from playground.ordinary import FOUNTAIN, filled, invoiced
from playground.person import people

CANARY = "canary4711secret"
MAIL = "canary.person@example.com"


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that is logged, down to DEBUG of every library."""
    with _written(request.param) as stream:
        yield stream


@contextmanager
def _written(log_format: str) -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    configure(log_format, stream=stream)
    root.setLevel(logging.DEBUG)
    server = logging.getLogger("uvicorn")
    propagated, server.propagate = server.propagate, True  # the sandbox's own servers keep their lines to themselves
    try:
        yield stream
    finally:
        server.propagate = propagated
        root.handlers[:] = handlers
        root.setLevel(level)


def test_fields_with_a_private_name_are_dropped_however_deep(written: io.StringIO) -> None:
    get_logger("dealvoice.test").info(
        "something.done", access_token=CANARY, rows=[{"email": MAIL, "headers": {"x": CANARY}}], connection="c1"
    )

    assert CANARY not in written.getvalue()
    assert MAIL not in written.getvalue()
    assert "c1" in written.getvalue()
    assert DROPPED in written.getvalue()


def test_httpx2_tells_no_query_and_no_header(written: io.StringIO) -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(400)), trust_env=False)
    address = f"http://127.0.0.1/oauth?code={CANARY}&state={CANARY}"
    answer = http.get(address, headers={"Authorization": f"Bearer {CANARY}"})
    try:
        answer.raise_for_status()
    except httpx2.HTTPStatusError:
        logging.getLogger("httpx2").exception("GET %s with Bearer %s", address, CANARY)

    assert "400" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_uvicorn_tells_no_key_of_a_path_and_no_text_of_an_exception(written: io.StringIO) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(f"for {MAIL}: refresh_token={CANARY}")

    config = uvicorn.Config(broken, port=0, host="127.0.0.1", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/webhooks/pipedrive/{CANARY}?token={CANARY}"
    assert httpx2.get(address, trust_env=False).status_code == 500
    server.should_exit = True
    thread.join(10)

    assert "ValueError" in written.getvalue()
    assert "/webhooks/pipedrive/" in written.getvalue()
    assert CANARY not in written.getvalue()
    assert MAIL not in written.getvalue()


def test_sqlalchemy_tells_no_parameter_of_a_statement_that_failed(written: io.StringIO, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("INSERT INTO nowhere VALUES (:one)"), {"one": CANARY})
    except sqlalchemy.exc.OperationalError:
        get_logger("dealvoice.test").exception("store.failed")
    finally:
        logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
        engine.dispose()

    assert "no such table" in written.getvalue()
    assert "INSERT INTO nowhere" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_dbos_and_the_engine_tell_no_text_of_a_step_that_failed(written: io.StringIO, tmp_path: Path) -> None:
    engine = DurableEngine(f"sqlite:///{tmp_path / 'engine.sqlite3'}", executor_id="lines-1")
    ended = threading.Event()

    def step(_run: str, _attempt: int) -> None:
        ended.set()
        raise ValueError(f"Bearer {CANARY} of {MAIL}")

    engine.register([Task("some.work", (("fail", step),))])
    engine.launch()
    engine.start("operation1", "some.work")
    assert ended.wait(10)
    DBOS.logger.error("a line of its own: api_token=%s", CANARY)
    engine.close()

    assert "step_failed" in written.getvalue()
    assert "a line of its own" in written.getvalue()
    assert CANARY not in written.getvalue()
    assert MAIL not in written.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {CANARY}==", f"https://x/?access_token={CANARY}&a=1", f"{{'refresh_token': '{CANARY}'}}",
        f"postgresql+psycopg://product:{CANARY}@db/dealvoice", f"v1.k1.{CANARY}abcdefgh==", f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.x",
        f"violates unique constraint\nDETAIL:  Key (name)=({CANARY}) already exists.", f"/tickets/{CANARY}",
        f"[SQL: INSERT]\n[parameters: ('{CANARY}', 'x]y')]", f"write to {MAIL.replace('person', CANARY)} now",
    ],
)  # fmt: skip
def test_a_secret_is_known_by_its_shape(text: str) -> None:
    assert CANARY not in scrub(text)
    assert DROPPED in scrub(text)


@pytest.mark.parametrize(
    "text", ["status=200 code 6210", "operation.reached fault_code=date.books_closed", "key_id=k1", "GET /settings 200"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text) == text


def test_one_line_tells_each_end_refusal_renewal_and_sweep(tmp_path: Path) -> None:
    closed = {"code": "6210", "Message": "Account Period Closed", "Detail": "The account period has closed"}
    refusal = json.dumps({"Fault": {"Error": [closed], "type": "ValidationFault"}})
    with _written("json") as written, a_house(tmp_path) as house:
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            invoiced(ola)
            house.quickbooks(
                "POST", "/_sandbox/faults", json={"method": "POST", "path": r"/invoice\?", "status": 400, "body": refusal, "times": 1}
            )  # fmt: skip
            ola.post("/modal/invoice", filled(ola, ola.deal(FOUNTAIN)).pairs())
            house.run()
        _renew(house)
    told = [json.loads(line) for line in written.getvalue().splitlines() if '"event": "' in line]

    def lines(event: str, **facts: object) -> list[dict[str, Any]]:
        return [one for one in told if one["event"] == event and facts.items() <= one.items()]

    ends = lines("operation.reached", kind="invoice.create")
    assert [(one["state"], one["level"]) for one in ends] == [
        ("accepted", "info"), ("done", "info"), ("accepted", "info"), ("refused", "warning"),
    ]  # fmt: skip
    assert ends[3]["fault_code"] == "date.books_closed"
    assert all(one["operation"] and one["tenant"] == house.who.tenant_id for one in ends)
    assert len(lines("sign_in.renewal", vendor="quickbooks", outcome="renewed")) == 1
    assert lines("sweep.done", differed=0)
    assert "Amy" not in written.getvalue()
    assert "Ola" not in written.getvalue()


def _renew(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/clock", json={"advance": "PT2H"})
    with house.app.database.read(house.who.tenant_id) as store:
        row = store.connections.current()
    assert row is not None
    token = house.app.quickbooks_tokens.access(row.tenant, row.id)
    house.app.quickbooks_tokens.access(row.tenant, row.id, refused=token)
    assert row.access_until - house.app.now() < timedelta(hours=2)
