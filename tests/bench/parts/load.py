"""The callers of the measurement over HTTP: 64 connections that each wait for their answer."""

import asyncio
import json
import sys
import time
from uuid import uuid4

CONNECTIONS = 64
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


def request() -> bytes:
    return (
        f"POST /v1/requests HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(400):
        try:
            return await asyncio.open_connection("127.0.0.1", int(port))
        except ConnectionError:
            await asyncio.sleep(0.05)
    raise TimeoutError


async def call(end: float) -> int:
    reader, writer = await connected()
    done = 0
    while time.perf_counter() < end:
        writer.write(request())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError((head + answer).decode())
        done += 1
    writer.close()
    return done


async def main() -> float:
    began = time.perf_counter()
    done = await asyncio.gather(*(call(began + float(seconds)) for _ in range(CONNECTIONS)))
    return sum(done) / (time.perf_counter() - began)


sys.stdout.write(f"{asyncio.run(main())}\n")
