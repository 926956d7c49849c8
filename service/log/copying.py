"""COPY of some tables after one another, while the caller makes what comes next."""

import select
from collections.abc import Generator, Sequence
from typing import Final, Self

from psycopg import Connection, OperationalError, errors, pq
from psycopg.rows import TupleRow

PIECE_BYTES: Final = 1 << 16
"""The server begins with a piece once it has all of it."""


class Copying:
    """What is copied over one connection, straight through libpq.

    No call waits for the server but `finish`. After an error the connection is closed: whatever
    state the copying is in, that undoes the transaction.
    """

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        self._under_way: Generator[int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._connection.close()

    def begin(self, tables: Sequence[tuple[bytes, bytes]]) -> None:
        """Begin to copy into tables: for each a statement, and rows in binary form.

        What was begun before is finished by now.
        """
        self._under_way = _copied(self._connection.pgconn, tables)
        self.go_on()

    def go_on(self) -> int:
        """Do what can be done now; tells what of the socket to wait for (`poll`), if any is left.

        Raises:
            psycopg.Error: if the server refuses it, or is gone.
        """
        return next(self._under_way, 0) if self._under_way else 0

    def finish(self) -> None:
        """Wait until the server has it all.

        Raises:
            psycopg.Error: as `go_on` does.
        """
        while awaited := self.go_on():
            waiting = select.poll()
            waiting.register(self._connection.fileno(), awaited)
            waiting.poll()


def _copied(pgconn: pq.abc.PGconn, tables: Sequence[tuple[bytes, bytes]]) -> Generator[int]:
    # In one go, so that the server asks for the next rows itself.
    pgconn.send_query(b";".join([statement for statement, _ in tables]))
    yield from _flushed(pgconn)
    for _, rows in tables:
        yield from _answered(pgconn, pq.ExecStatus.COPY_IN)
        yield from _put(pgconn, memoryview(rows))
        yield from _answered(pgconn, pq.ExecStatus.COMMAND_OK)
    yield from _answered(pgconn, None)


def _put(pgconn: pq.abc.PGconn, rows: memoryview) -> Generator[int]:
    for n in range(0, len(rows), PIECE_BYTES):
        pgconn.put_copy_data(rows[n : n + PIECE_BYTES])
        yield from _flushed(pgconn)
    pgconn.put_copy_end()
    yield from _flushed(pgconn)


def _flushed(pgconn: pq.abc.PGconn) -> Generator[int]:
    while pgconn.flush():
        yield select.POLLIN | select.POLLOUT


def _answered(pgconn: pq.abc.PGconn, expected: pq.ExecStatus | None) -> Generator[int]:
    pgconn.consume_input()
    while pgconn.is_busy():
        yield select.POLLIN
        pgconn.consume_input()
    result = pgconn.get_result()
    if (result.status if result else None) == expected:
        return
    raise errors.error_from_result(result) if result else OperationalError("It ended too early.")
