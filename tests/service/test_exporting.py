"""Exports that do not come to their end: told apart by who gets them, and nothing stays behind."""

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any, Final

import httpx
import psycopg
import pytest
import uvicorn
from litestar import Litestar, get
from psycopg import sql

from projections.exports import FORMATS, PART_BYTES, Field
from service.api.exporting import AT_ONCE, Export, Exports
from service.api.problems import TooManyExports
from service.log.store import Pool
from tests.conftest import Shared

FIELDS: Final = (Field("number", "bigint", "n"), Field("text", "text", "repeat('x', 200)"))
MANY: Final = 60_000


def lines(select: str) -> sql.Composed:
    counting = sql.SQL("select {} from generate_series(1, {}) n")
    return counting.format(sql.SQL(select), MANY)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def pool(shared: Shared) -> Pool:
    return shared.service.pool


def at_work(pool: Pool) -> list[int]:
    """The database's processes that make an export."""
    with pool.connection() as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where query ~* 'generate_series|^fetch'"
            " and state <> 'idle' and pid <> pg_backend_pid() and datname = current_database()"
        ).fetchall()
    return [pid for (pid,) in rows]


def end_them(pool: Pool) -> None:
    with pool.connection() as connection:
        for pid in at_work(pool):
            connection.execute("select pg_terminate_backend(%s)", [pid])


def sent(export: Export, on_part: Callable[[int], Any], *, leaves: bool = False) -> list[Any]:
    """What an answer sends to a reader, who does something at each part."""
    messages: list[Any] = []

    async def receive() -> Any:
        if leaves and len(messages) > 1:
            return {"type": "http.disconnect"}
        await asyncio.sleep(0 if leaves else 3600)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)
        if message["type"] == "http.response.body" and message["more_body"]:
            await asyncio.to_thread(on_part, len(messages))
            await stalled.wait() if on_part is STALLS else None

    async def main() -> None:
        await export.to_asgi_response()({"type": "http"}, receive, send)  # pyright: ignore[reportArgumentType]

    stalled = asyncio.Event()
    asyncio.run(main())
    return messages


def STALLS(_number: int) -> None:  # noqa: N802 - a reader, not a call
    """Takes a part and asks for no other."""


def goes_on(_number: int) -> None:
    """Takes every part at once."""


def is_whole(messages: list[Any]) -> bool:
    return not messages[-1].get("more_body", True)


def test_a_whole_export_ends_with_a_last_chunk(pool: Pool) -> None:
    messages = sent(Exports(pool).start("x", "csv", lines, FIELDS), goes_on)
    body = b"".join(message["body"] for message in messages[1:])
    assert is_whole(messages)
    assert body.count(b"\r\n") == MANY + 1
    assert max(len(message["body"]) for message in messages[1:]) < PART_BYTES * 2
    assert at_work(pool) == []


@pytest.mark.parametrize("form", FORMATS)
def test_one_whose_database_goes_away_has_no_last_chunk(pool: Pool, form: str) -> None:
    export = Exports(pool).start("x", form, lines, FIELDS)
    messages = sent(export, lambda number: end_them(pool) if number == 2 else None)
    assert len(messages) > 1
    assert not is_whole(messages)


def test_a_reader_who_stalls_is_cut_off_and_frees_the_place(pool: Pool) -> None:
    exports = Exports(pool, part_seconds=0.05)
    for _ in range(AT_ONCE + 1):
        assert not is_whole(sent(exports.start("x", "csv", lines, FIELDS), STALLS))
    assert at_work(pool) == []


def test_nothing_is_made_for_a_reader_who_has_left(pool: Pool) -> None:
    messages = sent(Exports(pool).start("x", "csv", lines, FIELDS), goes_on, leaves=True)
    assert not is_whole(messages)
    assert sum(len(message.get("body", b"")) for message in messages) < MANY * 200 / 2
    assert at_work(pool) == []


def test_a_few_are_made_at_once(pool: Pool) -> None:
    exports = Exports(pool)
    running = [exports.start("x", "csv", lines, FIELDS) for _ in range(AT_ONCE)]
    with pytest.raises(TooManyExports):
        exports.start("x", "csv", lines, FIELDS)
    assert is_whole(sent(running.pop(), goes_on))
    sent(exports.start("x", "csv", lines, FIELDS), goes_on, leaves=True)
    # Those that nobody sends are given up with their answer.
    running.clear()
    assert at_work(pool) == []


def test_what_fails_at_once_is_a_problem_and_frees_the_place(pool: Pool) -> None:
    exports = Exports(pool)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            exports.start("x", "csv", lines, (Field("no", "text", "nothing_such"),))


@pytest.fixture
def address(pool: Pool) -> Generator[str]:
    """A server that breaks off in the middle of its one export."""
    exports = Exports(pool)

    @get("/", sync_to_thread=True)
    def breaks() -> Export:
        export = exports.start("x", "csv", lines, FIELDS)
        end_them(pool)
        return export

    app: Any = Litestar([breaks], openapi_config=None, logging_config=None)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_a_client_notices_that_an_export_broke_off(address: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(address)
