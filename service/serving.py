"""Serving over HTTP: a port that is taken first, a server, and the projector beside it."""

import gc
import signal
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import uvicorn

from service.running import Service
from service.sending import Protocol
from service.settings import SettingWrong
from service.writing_down import gathering

BACKLOG: Final = 512
COLLECTED_AFTER: Final = (20_000, 10, 10)
"""So many objects more than before, and collections of the younger, until the collector looks.

What a request makes goes with it, so with Python's own 700 it looks at requests under way, in vain.
"""
GRACE_SECONDS: Final = 10
"""How long open requests may take to end once the service is told to stop."""


@contextmanager
def listening(host: str, number: int) -> Generator[socket.socket]:
    """A socket that is taken before anything else is started.

    Raises:
        SettingWrong: if the address or port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen(BACKLOG)
        except (OSError, OverflowError) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise SettingWrong(
                "The service cannot listen", f"port {number} of {host} is not to be had ({why})."
            ) from None
        yield listener


def serve_until_told(service: Service, listener: socket.socket, *, projector: bool = True) -> None:
    """Serve until SIGINT or SIGTERM; then end what is under way and return."""
    server = uvicorn.Server(_config(service))

    def stop(*_: object) -> None:
        server.should_exit = True

    # uvicorn takes these signals over while it runs, and sends itself once more those that it
    # got: they end here, so that what is around it is put away too.
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    collect_seldom()
    try:
        with gathering(), projecting(service) if projector else nullcontext():
            server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def collect_seldom() -> None:
    """Have the collector leave alone what is loaded by now, which stays, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


@contextmanager
def serving(service: Service, listener: socket.socket) -> Generator[None]:
    """Serve in another thread for as long as the block runs."""
    server = uvicorn.Server(_config(service))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http")
    with projecting(service):
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def projecting(service: Service) -> Generator[None]:
    """Keep the views up to date for as long as the block runs."""
    service.projector.start()
    try:
        yield
    finally:
        service.projector.stop()


def _config(service: Service) -> uvicorn.Config:
    app: Any = service.app()
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        http=Protocol,
        # Who asks is told by their token, never by where they come from.
        proxy_headers=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
