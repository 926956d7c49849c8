"""The callers of the measurement over HTTP: 64 connections that each wait for their answer.

    load.py PORT TOKEN ACTOR SECONDS

Prints how many commands a second were answered. Plain sockets and prepared bytes, so that as little
as can be of the machine goes to asking: callers elsewhere would take none of it.
"""

import json
import select
import socket
import sys
import time
from typing import Final

from uuid_utils import uuid4

CONNECTIONS: Final = 64
PATIENCE_SECONDS: Final = 20
LENGTH: Final = b"\r\ncontent-length: "
KEY_LENGTH: Final = 36


class Questions:
    """Requests that each have a key and a question of their own."""

    def __init__(self, token: str, asked_by: str) -> None:
        told = {
            "askedBy": asked_by,
            "audience": "citizens",
            "municipality": "44021",
            "channel": "email",
            "question": "Hoe houden we onze buurttuin levendig? ",
        }
        body = json.dumps(told).encode().removesuffix(b'"}')
        length = len(body) + KEY_LENGTH + len(b'"}')
        self._start = (
            f"POST /v1/requests HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\nIdempotency-Key: "
        ).encode()
        self._body = b"\r\n\r\n" + body

    def next(self) -> bytes:
        key = str(uuid4()).encode()
        return b"".join((self._start, key, self._body, key, b'"}'))


def connected(port: int) -> socket.socket:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            connection.settimeout(0)
            return connection


def is_whole(answer: bytes) -> bool:
    """Whether all of an answer is there.

    Raises:
        SystemExit: if it does not say that something was recorded.
    """
    ends = answer.find(b"\r\n\r\n")
    if ends < 0:
        return False
    at = answer.find(LENGTH, 0, ends) + len(LENGTH)
    if at < len(LENGTH) or not answer.startswith(b"HTTP/1.1 201 "):
        raise SystemExit(answer.decode())
    length = int(answer[at : answer.index(b"\r", at)])
    return len(answer) == ends + 4 + length


def load(port: int, questions: Questions, seconds: float) -> float:
    asking = {one.fileno(): one for one in (connected(port) for _ in range(CONNECTIONS))}
    came: dict[int, bytes] = {}
    answers = select.epoll()
    done, began = 0, time.perf_counter()
    until = began + seconds
    for number, one in asking.items():
        answers.register(number, select.EPOLLIN)
        one.sendall(questions.next())
    while asking:
        ready = answers.poll(PATIENCE_SECONDS)
        if not ready:
            raise SystemExit("The service does not answer.")
        for number, _ in ready:
            one = asking[number]
            more = one.recv(65536)
            if not more:
                raise SystemExit("The service ended the connection.")
            answer = came.pop(number, b"") + more
            if not is_whole(answer):
                came[number] = answer
                continue
            done += 1
            if time.perf_counter() < until:
                one.sendall(questions.next())
            else:
                answers.unregister(number)
                asking.pop(number).close()
    return done / (time.perf_counter() - began)


if __name__ == "__main__":
    port, token, asked_by, seconds = sys.argv[1:]
    speed = load(int(port), Questions(token, asked_by), float(seconds))
    sys.stdout.write(f"{speed}\n")
