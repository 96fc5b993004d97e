"""An address of an app that keeps what it is sent."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Message:
    """One call that came in."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """The address and what came."""

    url: str = ""
    seen: list[Message] = field(default_factory=list)

    def wait_for(self, enough: Callable[[list[Message]], bool], *, seconds: float = 10.0) -> list[Message]:
        """Wait until enough has come."""
        deadline = time.monotonic() + seconds
        while not enough(self.seen):
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.01)
        return list(self.seen)


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    """Listen on a free port of the loopback."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            told.seen.append(Message({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
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
