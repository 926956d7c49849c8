"""What is sent over HTTP: an answer goes out whole."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from service.sending import LARGEST_KEPT, Gathered

LONG = b"x" * (LARGEST_KEPT + 1)


class Wire:
    """A transport that remembers what went out, and when it was closed."""

    def __init__(self) -> None:
        self.sent: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append("closed")


def sent(*steps: Callable[[Gathered], Any], wait: bool = True) -> Sequence[bytes | str]:
    """What went out after these steps in one go, and after those that wait their turn."""

    async def take() -> Sequence[bytes | str]:
        wire = Wire()
        gathered = Gathered(cast("asyncio.Transport", wire), asyncio.get_running_loop())
        for step in steps:
            step(gathered)
        if wait:
            await asyncio.sleep(0)
        return wire.sent

    return asyncio.run(take())


def writes(data: bytes) -> Callable[[Gathered], None]:
    return lambda transport: transport.write(data)


def test_what_is_written_in_one_go_is_sent_together() -> None:
    assert sent(writes(b"head"), writes(b"body")) == [b"headbody"]


@pytest.mark.parametrize("before", [(), (writes(b"head"),)])
def test_what_is_long_is_not_kept(before: Sequence[Callable[[Gathered], None]]) -> None:
    out = sent(*before, writes(LONG), wait=False)
    assert out == [(b"head" if before else b"") + LONG]


def test_before_it_is_closed_all_is_sent() -> None:
    assert sent(writes(b"head"), lambda transport: transport.close()) == [b"head", "closed"]
