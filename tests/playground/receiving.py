"""An address of an app that keeps what it is sent and answers as told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """An app's address that keeps what it is sent and answers as told."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """Answers to come; 200 when there are no more."""
    seen: list[dict[str, Any]] = field(default_factory=list)

    def wait(self, count: int) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.seen) >= count)
        return self.seen

    def wait_for(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until what has come is enough."""
        wait_until(lambda: enough(self.seen))
        return list(self.seen)


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.seen.append({"method": self.command, "path": self.path, "headers": headers, "body": body})
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_DELETE = _take  # noqa: N815 - names of http.server

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def wait_until(true: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait for something that happens in another thread."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
