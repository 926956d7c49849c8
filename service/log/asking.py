"""Asking the log from an event loop: boundaries are read, and the loop goes on meanwhile.

Straight through libpq, as the committer's line: what psycopg does around it takes longer.
"""

import asyncio
import os
import struct
from collections.abc import Sequence
from typing import Final, Self

import psycopg
from eventsourcing.dcb.api import DCBQuery
from psycopg import Connection, OperationalError, errors, pq
from psycopg.rows import TupleRow

from domain.facts import Recorded
from service.log import wire
from service.log.connecting import Pool, own_connection
from service.log.draft import laid_out, selectors_of
from service.log.leaf import decode
from service.log.store import selected

_FOUND: Final = b"found"
_STATEMENT: Final = b"select * from found($1, $2, $3, $4, $5)"
_SELECTOR: Final = (wire.INT4, wire.INT4, wire.INT4, wire.INT4)
_PLACE: Final = struct.Struct(">iq")
"""The number of a query, below 0 for the end of the log; and a position."""
_KINDS: Final = tuple(wire.ARRAY_OF[kind] for kind in (*_SELECTOR, wire.INT8))
MANY: Final = 500
"""So many events take some milliseconds to be read: longer than others should wait."""


class Asking:
    """A connection for one question at a time, of many queries; of one event loop."""

    @classmethod
    def of(cls, pool: Pool, loop: asyncio.AbstractEventLoop) -> Self:
        """One on the pool's database. To be called in a thread, for it waits for the server."""
        connection = own_connection(pool)
        try:
            return cls(connection, loop)
        except psycopg.Error:
            connection.close()
            raise

    def __init__(self, connection: Connection[TupleRow], loop: asyncio.AbstractEventLoop) -> None:
        # From the index to the events, also where the tables were small when it was planned.
        connection.execute(
            "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;"
            # And what is asked for nobody any more ends by itself.
            " set plan_cache_mode = force_generic_plan; set client_connection_check_interval = 1000"
        )
        self.is_there = True
        self._connection = connection
        self._pgconn = connection.pgconn
        self._loop = loop
        self._answer: asyncio.Future[pq.abc.PGresult] | None = None
        self._result: pq.abc.PGresult | None = None
        _check(self._pgconn.prepare(_FOUND, _STATEMENT, _KINDS))
        # Of our own: libpq closes its socket when the connection is lost, and the loop must not
        # find another's under that number.
        self._socket = os.dup(self._pgconn.socket)

    def listen(self) -> None:
        """Hear from now on what the server says: when nobody asked, that is that it ends."""
        self._loop.add_reader(self._socket, self._hear)

    async def read(self, queries: Sequence[DCBQuery]) -> tuple[list[list[Recorded]], int]:
        """What matches each of the queries, and the last position, from one snapshot.

        It is one call to the server; sealed values read as commitments.

        Raises:
            OperationalError: if the connection is gone, or was cut.
        """
        result = await self._ask(_selectors(queries))
        if result.ntuples > MANY:
            return await asyncio.to_thread(_found, queries, result)
        return _found(queries, result)

    async def _ask(self, parameters: Sequence[bytes | None]) -> pq.abc.PGresult:
        self._answer, self._result = self._loop.create_future(), None
        try:
            self._pgconn.send_query_prepared(_FOUND, parameters, [1] * len(parameters), 1)
            self._send()
            return await self._answer
        finally:
            self._answer = None

    def _send(self) -> None:
        """Send on what the server did not take in at once."""
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._hear)
        else:
            self._loop.remove_writer(self._socket)

    def _hear(self) -> None:
        """Something came in, or can go out."""
        try:
            self._pgconn.consume_input()
            self._send()
            if self._answer:
                self._take(self._answer)
        except OperationalError:
            self.cut()

    def _take(self, answer: "asyncio.Future[pq.abc.PGresult]") -> None:
        while not self._pgconn.is_busy():
            if (result := self._pgconn.get_result()) is None:
                self._give(answer)
                return
            self._result = result

    def _give(self, answer: "asyncio.Future[pq.abc.PGresult]") -> None:
        if answer.done() or self._result is None:
            return
        try:
            _check(self._result)
        except psycopg.Error as error:
            answer.set_exception(error)
        else:
            answer.set_result(self._result)

    def cut(self) -> None:
        """End; whoever waits for an answer hears so."""
        if self.is_there:
            self.is_there = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            os.close(self._socket)
            self._connection.close()
        if self._answer and not self._answer.done():
            self._answer.set_exception(OperationalError("The connection was cut."))


def _check(result: pq.abc.PGresult) -> None:
    if result.status not in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        raise errors.error_from_result(result)


def _selectors(queries: Sequence[DCBQuery]) -> Sequence[bytes | None]:
    """What the server's function `found` is given."""
    asked = [(n, s) for n, query in enumerate(queries) for s in selectors_of(query)]
    spans, hashes = laid_out(selector for _, selector in asked)
    rows = [(n, *span) for (n, _), span in zip(asked, spans, strict=True)]
    return [*wire.columns(_SELECTOR, rows), wire.integers(hashes)]


def _found(
    queries: Sequence[DCBQuery], result: pq.abc.PGresult
) -> tuple[list[list[Recorded]], int]:
    found: list[dict[int, bytes]] = [{} for _ in queries]
    head, value = 0, result.get_value
    for row in range(result.ntuples):
        n, position = _PLACE.unpack((value(row, 0) or b"") + (value(row, 1) or b""))
        if n < 0:
            head = position
        else:
            found[n][position] = value(row, 2) or b""
    return [_events(query, leaves) for query, leaves in zip(queries, found, strict=True)], head


def _events(query: DCBQuery, leaves: dict[int, bytes]) -> list[Recorded]:
    events = (decode(position, leaf) for position, leaf in sorted(leaves.items()))
    return [event for event in events if selected(query, event.fact)]
