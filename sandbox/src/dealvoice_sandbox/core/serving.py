"""Serves an application on a loopback port from a thread of its own, and stops it; zips answers on the way out."""

import logging
import threading
import time

import uvicorn
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_PATIENCE = 15.0


class _CutsAreMeant(logging.Filter):
    """Keeps the server quiet about answers that a scripted fault cut off."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "without completing response" not in record.getMessage()


class Running:
    """A server that runs until ``stop``. Port 0 takes a free one."""

    def __init__(self, app: ASGIApp, *, port: int, host: str = "127.0.0.1") -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, lifespan="off",
                           timeout_graceful_shutdown=2, server_header=False)
        )  # fmt: skip
        log = logging.getLogger("uvicorn.error")
        if not any(isinstance(one, _CutsAreMeant) for one in log.filters):
            log.addFilter(_CutsAreMeant())
        self._thread = threading.Thread(target=self._server.run, daemon=True, name=f"serve-{port}")
        self._thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"cannot listen on {host}:{port}; is something else there?")
            time.sleep(0.01)
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://{host}:{self.port}"

    def end_soon(self) -> None:
        """Begin to stop, without waiting; ``stop`` waits."""
        self._server.should_exit = True

    def stop(self) -> None:
        """Stop serving and wait for the thread."""
        self.end_soon()
        self._thread.join(timeout=10)


class Zipped:
    """Middleware: answers of a vendor's API go out compressed to whoever takes them so; it stands outermost."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...] = ("/v3/",)) -> None:
        self._plain, self._paths = app, paths
        self._zipped = GZipMiddleware(app, minimum_size=1000, compresslevel=1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        zips = scope["type"] == "http" and scope["path"].startswith(self._paths)
        await (self._zipped if zips else self._plain)(scope, receive, send)
