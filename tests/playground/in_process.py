"""Calls applications in this thread: no sockets, no event loop, no threads, and so no order but the caller's own."""

import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any

import httpx2

App = Any
"""An ASGI application that never waits: its coroutines run to their end at once."""


class InProcess(httpx2.BaseTransport):
    """The network, where each address is an application in this process."""

    def __init__(self, apps: Mapping[int, App]) -> None:
        self.apps = dict(apps)
        """By port."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Have the application at the address answer."""
        port = request.url.port
        assert port in self.apps, f"nobody listens at {request.url}"
        return answer_of(self.apps[port], request)


class OneAtATime(InProcess):
    """The same for callers in several threads: an application is called by one of them at a time, as by its own loop."""

    def __init__(self, apps: Mapping[int, App]) -> None:
        super().__init__(apps)
        self._turn = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Have the application answer once it is free."""
        with self._turn:
            return super().handle_request(request)


class Inline(Executor):
    """Threads that are none: what is handed over is done at once, by whoever hands it over."""

    def submit(self, work: Any, /, *args: Any, **more: Any) -> Future[Any]:
        """Do it now. What an ``Exception`` becomes is told by the future; anything else ends the caller."""
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **more))
        except Exception as error:  # noqa: BLE001 - as a thread does
            done.set_exception(error)
        return done


def answer_of(app: App, request: httpx2.Request) -> httpx2.Response:
    """Return what an application answers."""
    sent: list[Mapping[str, Any]] = []
    heard = iter([{"type": "http.request", "body": request.read()}])

    async def receive() -> Any:
        return next(heard, {"type": "http.disconnect"})

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    _run(app(_scope(request), receive, send))
    start, *parts = sent
    assert not parts[-1].get("more_body"), "an answer without an end"
    return httpx2.Response(
        start["status"], headers=start["headers"], content=b"".join(part.get("body", b"") for part in parts),
        request=request,
    )  # fmt: skip


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("the application waits for something, and here nothing else goes on")


def _scope(request: httpx2.Request) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
        "scheme": request.url.scheme, "path": request.url.path, "raw_path": request.url.raw_path,
        "query_string": request.url.query, "root_path": "", "client": ("127.0.0.1", 1),
        "server": (request.url.host, request.url.port), "headers": list(_headers(request.headers.raw)),
    }  # fmt: skip


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    # Zipping what never leaves the process costs more than the rest of a call.
    return ((name.lower(), value) for name, value in raw if name.lower() != b"accept-encoding")


def port_of(url: str) -> int:
    """Return the port of an address that names one."""
    port = httpx2.URL(url).port
    assert port is not None
    return port
