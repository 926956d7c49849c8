"""Sending an export: a few at once, each for a bounded time, cut off sooner than left hanging.

What was cut off can be told by whoever gets it: the last chunk of the answer never comes.
"""

import asyncio
import threading
import time
from collections.abc import Generator
from contextlib import closing
from typing import Any, Final

import psycopg
import structlog
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from projections.exports import FORMATS, Fields, Lines
from service.api.problems import TooManyExports
from service.log.connecting import own_connection
from service.log.store import Pool

_LOG: Final = structlog.get_logger(__name__)
AT_ONCE: Final = 2
"""Exports that one process makes at the same time."""
PART_SECONDS: Final = 30.0
"""How long a reader may take to fetch a part."""
LONGEST_SECONDS: Final = 1800.0
"""How long an export may take: for so long the database keeps what it shows."""


class Exports:
    """Makes exports, each on a connection of its own beside the pool."""

    def __init__(self, pool: Pool, part_seconds: float = PART_SECONDS) -> None:
        self._pool = pool
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self.part_seconds = part_seconds

    def start(self, name: str, format_name: str, lines: Lines, fields: Fields) -> "Export":
        """The answer that sends an export; its first part is made, so that it can be made at all.

        Raises:
            TooManyExports: if others are being made.
            NotInstalled: if what makes this format is not there.
        """
        parts = _Parts(self._parts(format_name, lines, fields))
        parts.first = parts.next()
        return Export(parts, f"{name}.{format_name}", FORMATS[format_name].media_type, self)

    def _parts(self, format_name: str, lines: Lines, fields: Fields) -> Generator[bytes]:
        if not self._free.acquire(blocking=False):
            raise TooManyExports
        try:
            with closing(own_connection(self._pool)) as connection:
                yield from FORMATS[format_name].parts(connection, lines, fields)
        finally:
            self._free.release()


class _Parts:
    """Parts that are made in other threads, by one at a time."""

    def __init__(self, made: Generator[bytes]) -> None:
        self._made = made
        self._lock = threading.Lock()
        self.first: bytes | None = None

    def next(self) -> bytes | None:
        with self._lock:
            return next(self._made, None)

    def close(self) -> None:
        with self._lock:
            self._made.close()


class Export(Response[bytes]):
    """A file that is sent while it is made."""

    def __init__(self, parts: _Parts, file: str, media_type: str, exports: Exports) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="{file}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept",
        }
        super().__init__(b"", media_type=media_type, headers=headers)
        self._parts = parts
        self._exports = exports

    def to_asgi_response(self, *_: Any, **_more: Any) -> ASGIResponse:
        return _Sending(self._parts, self._exports.part_seconds, str(self.media_type), self.headers)


class _Sending(ASGIResponse):
    _should_set_content_length = False

    def __init__(
        self, parts: _Parts, part_seconds: float, media_type: str, headers: dict[str, Any]
    ) -> None:
        super().__init__(media_type=media_type, headers=headers)
        self._parts = parts
        self._part_seconds = part_seconds

    async def send_body(self, send: Send, receive: Receive) -> None:
        gone = asyncio.create_task(_left(receive))
        try:
            await self._send_parts(send, gone)
        except (TimeoutError, psycopg.Error) as error:
            # The headers are out; that no last chunk comes tells the rest.
            _LOG.warning("export_cut", error=type(error).__name__)
        finally:
            gone.cancel()
            await asyncio.shield(asyncio.to_thread(self._parts.close))

    async def _send_parts(self, send: Send, gone: asyncio.Task[None]) -> None:
        until = time.monotonic() + LONGEST_SECONDS
        part = self._parts.first
        while part is not None and not gone.done():
            left = min(self._part_seconds, until - time.monotonic())
            await asyncio.wait_for(_sent(send, part), left)
            part = await asyncio.to_thread(self._parts.next)
        if part is None:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _sent(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def _left(receive: Receive) -> None:
    """Wait until the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
