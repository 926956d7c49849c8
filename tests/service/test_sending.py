"""What is sent over HTTP: an answer goes out whole."""

import asyncio
from typing import Any, Final

import pytest
import uvicorn
from uvicorn.server import ServerState

from service.sending import Protocol

Message = dict[str, Any]
LENGTH: Final = (b"content-length", b"4")


class Wire(asyncio.Transport):
    """A transport that remembers what went out, and when it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.sent

    def resume_reading(self) -> None:
        """Nothing was paused."""


def head(*headers: tuple[bytes, bytes]) -> Message:
    return {"type": "http.response.start", "status": 201, "headers": [*headers]}


def body(part: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": more}


def sent(*messages: Message, line: bytes = b"GET / HTTP/1.1", asked: bytes = b"") -> list[bytes]:
    """What went out, piece by piece, when a request is answered so."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    async def answer() -> list[bytes]:
        config = uvicorn.Config(app, log_config=None, date_header=False, server_header=False)
        config.load()
        protocol, wire = Protocol(config, ServerState(), {}), Wire()
        protocol.connection_made(wire)
        protocol.data_received(line + b"\r\nhost: test\r\n" + asked + b"\r\n")
        await asyncio.gather(*protocol.tasks)
        out = [*wire.sent]
        protocol.connection_lost(None)
        return out

    return asyncio.run(answer())


def test_head_and_body_go_out_in_one_piece() -> None:
    assert sent(head(LENGTH, (b"location", b"/v1/pilots/pilot_x")), body(b"body")) == [
        b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\nlocation: /v1/pilots/pilot_x\r\n\r\nbody"
    ]


def test_a_body_that_is_left_out_is_an_empty_one() -> None:
    out = sent(head((b"content-length", b"0")), {"type": "http.response.body"})
    assert out == [b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"]


def test_who_wants_no_more_hears_that_it_ends() -> None:
    out = sent(head(LENGTH), body(b"body"), asked=b"connection: close\r\n")
    assert out == [
        b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbody",
        b"closed",
    ]


def test_what_comes_in_parts_goes_out_in_parts() -> None:
    first, *parts = sent(head(LENGTH), body(b"bo", more=True), body(b"dy"))
    assert first == b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\n"
    assert parts == [b"bo", b"dy"]


def test_a_head_that_says_no_length_does_not_wait_for_what_follows() -> None:
    first, *_ = sent(head((b"content-type", b"text/event-stream")))
    assert first.startswith(b"HTTP/1.1 201 Created\r\ncontent-type: text/event-stream\r\n")


def test_to_head_no_body_is_sent() -> None:
    out = sent(head(LENGTH), body(b"body"), line=b"HEAD / HTTP/1.1")
    assert out == [b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\n"]


@pytest.mark.parametrize("part", [b"bod", b"body!"])
def test_a_body_of_another_length_than_the_head_says_ends_the_connection(part: bytes) -> None:
    out = sent(head(LENGTH), body(part))
    assert out[0] == b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\n"
    assert b"closed" in out


def test_a_header_is_not_split_by_what_is_in_it() -> None:
    out = sent(head(LENGTH, (b"location", b"/\r\nset-cookie: x")), body(b"body"))
    assert out == [b"closed"]
