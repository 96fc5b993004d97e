"""The second port: readiness in detail and the figures, on this machine's loopback alone, in a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from dealvoice.observability import get_logger
from dealvoice.web.watch.routes import watch_app
from dealvoice.workflows.app import App

_HOST = "127.0.0.1"
_log = get_logger(__name__)


@contextmanager
def watching(app: App, port: int) -> Iterator[None]:
    """
    Serve a process's figures for a block; nothing is served where the port is 0.

    A port that is taken costs the figures, not the product: it is logged, and the block goes on.
    """
    if not port:
        yield
        return
    config = uvicorn.Config(
        watch_app(app), host=_HOST, port=port, log_config=None, access_log=False, server_header=False, lifespan="off",
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_serve, args=(server, port), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)


def _serve(server: uvicorn.Server, port: int) -> None:
    try:
        server.run()
    except SystemExit:  # uvicorn's way to say that it could not listen
        _log.error("watch.port_taken", port=port)
