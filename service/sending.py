"""What is sent over HTTP: an answer goes out whole, not its head first and its body after that."""

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_KEPT: Final = 65_536
"""In bytes: what is larger goes out at once, so that a long answer is not gathered in memory."""


class Protocol(HttpToolsProtocol):
    """uvicorn's, on a transport that sends together what is written together."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(cast("asyncio.Transport", Gathered(transport, self.loop)))


class Gathered:
    """A transport that keeps what is written until the event loop goes on to others.

    Each write would be a packet of its own, that the server sends and the client wakes up for.
    """

    __slots__ = ("_kept", "_loop", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the transport's own
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._kept:
            self._loop.call_soon(self._send)
        self._kept.append(data)
        self._size += len(data)
        if self._size > LARGEST_KEPT:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._kept:
            self._transport.write(b"".join(self._kept))
            self._kept.clear()
            self._size = 0
