"""What is sent over HTTP: an answer goes out whole, not its head first and its body after that."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

Message = Any
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]
_LEFT_TO_UVICORN: Final = frozenset({b"connection", b"transfer-encoding"})
_UNSENDABLE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Protocol(HttpToolsProtocol):
    """uvicorn's, of which an answer goes out in one go where head and body come together.

    Else each would be a call to the system and a packet, for which the client wakes up.
    """

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: App) -> None:
        super()._start_asgi_task(cycle, partial(_ask, app, cycle))


def _ask(
    app: App, cycle: RequestResponseCycle, scope: object, receive: object, send: Send
) -> Awaitable[None]:
    return app(scope, receive, Sending(cycle, send).send)


class Sending:
    """Keeps the head of an answer that says how long it is until its body comes."""

    __slots__ = ("_cycle", "_head", "_length", "_send")

    def __init__(self, cycle: RequestResponseCycle, send: Send) -> None:
        self._cycle = cycle
        self._send = send
        self._head: Message | None = None
        self._length = -1

    async def send(self, message: Message) -> None:
        head, self._head = self._head, None
        if head is None and message["type"] == "http.response.start":
            self._length = _length(message)
            if self._length >= 0:
                self._head = message
                return
        if head is not None:
            if self._is_all(message):
                self._write(head, message.get("body", b""))
                return
            await self._send(head)
        await self._send(message)

    def _is_all(self, message: Message) -> bool:
        """Whether this is the whole body, and nothing keeps it from going out now."""
        cycle = self._cycle
        return (
            not message.get("more_body")
            and len(message.get("body", b"")) == self._length
            and cycle.scope["method"] != "HEAD"
            and not (cycle.flow.write_paused or cycle.disconnected)
        )

    def _write(self, head: Message, body: bytes) -> None:
        """Send it, and leave all as uvicorn does once everything is said."""
        cycle = self._cycle
        said = [STATUS_LINE[head["status"]]]
        for name, value in (*cycle.default_headers, *head["headers"]):
            said += (name, b": ", value, b"\r\n")
        said += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        cycle.transport.write(b"".join(said))
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


def _length(head: Message) -> int:
    """How long a head says that the body is; -1 if it takes more than to be written down."""
    length, values = -1, b""
    for name, value in head.get("headers", ()):
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name in _LEFT_TO_UVICORN:
            return -1
        values += value
    return -1 if _UNSENDABLE.search(values) else length
