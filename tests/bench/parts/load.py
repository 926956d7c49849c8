"""The callers of the measurement over HTTP: 64 connections that each wait for their answer."""

import asyncio
import json
import re
import sys
import time
from typing import Final, cast
from uuid import uuid4

import uvloop

CONNECTIONS: Final = 64
CONNECT_SECONDS: Final = 20
LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
port, token, asked_by, seconds = sys.argv[1:]
body = json.dumps(
    {
        "askedBy": asked_by,
        "audience": "citizens",
        "question": "Hoe houden we onze buurttuin levendig?",
        "municipality": "44021",
        "channel": "email",
    }
).encode()
START: Final = (
    f"POST /v1/requests HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: "
).encode()
END: Final = b"\r\n\r\n" + body


class Caller(asyncio.Protocol):
    """One connection: the next request goes out once the answer to the one before is whole."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._came = b""
        self.done = 0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Which uvloop's transports are, though not by inheritance.
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, ends, answer = self._came.partition(b"\r\n\r\n")
        if not ends:
            return
        length = LENGTH.search(head + b"\r\n")
        if length is None or not head.startswith(b"HTTP/1.1 201"):
            self.ended.set_exception(RuntimeError(self._came.decode()))
            self._transport.close()
        elif len(answer) == int(length[1]):
            self.done += 1
            self._came = b""
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("The service ended the connection."))

    def _ask(self) -> None:
        if time.perf_counter() < self._until:
            self._transport.write(START + str(uuid4()).encode() + END)
        else:
            self.ended.set_result(self.done)
            self._transport.close()


async def call(until: float) -> int:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_SECONDS):
        while True:
            try:
                _, caller = await loop.create_connection(
                    lambda: Caller(until), "127.0.0.1", int(port)
                )
                break
            except ConnectionError:
                await asyncio.sleep(0.05)
    return await caller.ended


async def main() -> float:
    began = time.perf_counter()
    done = await asyncio.gather(*(call(began + float(seconds)) for _ in range(CONNECTIONS)))
    return sum(done) / (time.perf_counter() - began)


sys.stdout.write(f"{uvloop.run(main())}\n")
