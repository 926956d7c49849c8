"""The committer's line to the server: batches go out on it, and it waits for more than one thing.

Straight through libpq: what psycopg does around it takes as long as all the rest.
"""

import select
import socket
import time
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import psycopg
from psycopg import Connection, OperationalError, errors, pq
from psycopg.rows import TupleRow

from service.log.batch import (
    KINDS,
    KNOWN_EVENT,
    KNOWN_KEY,
    KNOWN_OWNER,
    STATEMENT,
    Answers,
    answers,
)
from service.log.connecting import Cord
from service.log.draft import Draft
from service.log.outcomes import (
    ConditionFailed,
    Kept,
    KeyReused,
    OwnerKnown,
    Placed,
    kept_outcomes,
)

_APPEND: Final = b"append"
_MOVED: Final = frozenset({"25006", "57P01", "57P02", "57P03", "57P05"})
"""The server ends, restarts, or only reads now: what was asked is to be asked elsewhere."""


class Lost(Exception):  # noqa: N818
    """The connection is gone, and with it the answer."""


class Bell:
    """Wakes the committer where it waits for the server as well as for callers."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._asleep = False

    def ring(self) -> None:
        """Wake it, if it sleeps."""
        if self._asleep:
            self._asleep = False
            self._near.send(b"!")

    def wait(self, due: Callable[[], bool], other: tuple[int, int] | None = None) -> None:
        """Sleep until it rings, a socket is ready for one of some events, or it is due already."""
        self._asleep = True
        # Who came before saw it awake and did not ring.
        if not due():
            waking = select.poll()
            waking.register(self._far, select.POLLIN)
            if other:
                waking.register(*other)
            if any(found == self._far.fileno() for found, _ in waking.poll()):
                self._far.recv(4096)
        self._asleep = False

    def close(self) -> None:
        self._near.close()
        self._far.close()


class Line:
    """The connection on which batches go, with the call prepared on it."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        self.cord = Cord(connection)
        # The plans are made once, perhaps while the log is small: let them be those of a large one.
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute("set enable_seqscan = off")
        self._pgconn = connection.pgconn
        self._check(self._pgconn.prepare(_APPEND, STATEMENT.encode(), KINDS))

    def send(self, sent: Sequence[bytes]) -> None:
        """Have a batch carried out, in one transaction of its own."""
        try:
            self._pgconn.send_query_prepared(_APPEND, sent, [1] * len(sent), 1)
        except psycopg.Error as error:
            raise Lost from error

    def answered(self) -> bool:
        """Whether there is an answer."""
        try:
            self._pgconn.consume_input()
        except psycopg.Error as error:
            raise Lost from error
        return not self._pgconn.is_busy()

    def wait(self, bell: Bell, due: Callable[[], bool]) -> None:
        """Wait for the answer, or for the bell."""
        bell.wait(due, self._waited_for())

    def wait_until(self, until: float) -> None:
        """Wait for the answer alone; past that moment it is lost."""
        waiting = select.poll()
        waiting.register(*self._waited_for())
        if not waiting.poll(max(until - time.monotonic(), 0) * 1000):
            raise Lost

    def _waited_for(self) -> tuple[int, int]:
        """The socket, and what of it: the server does not take in a large batch at once."""
        try:
            unsent = self._pgconn.flush()
            return self._pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0)
        except psycopg.Error as error:
            raise Lost from error

    def result(self) -> Answers:
        """The answer."""
        result = self._pgconn.get_result()
        # After its last words the server may keep the line open, and say nothing more.
        if result is None or _severity(result) in {b"FATAL", b"PANIC"}:
            raise Lost
        # It commits after it has said what it did, and may fall in between.
        if self._pgconn.get_result() or not self._is_at_rest():
            raise Lost
        self._check(result)
        array = result.get_value(0, 0)
        if array is None:
            raise LookupError("The log's function gave no answer.")
        return answers(array)

    def _is_at_rest(self) -> bool:
        return self._pgconn.transaction_status == pq.TransactionStatus.IDLE

    def told(self, drafts: Sequence[Draft], done: Answers) -> list[Placed | Kept | Exception]:
        """The answer for each request."""
        if min(done.places) >= 0:  # as mostly
            return [Placed(place, done.recorded_at) for place in done.places]
        keys = [
            draft.key
            for draft, place in zip(drafts, done.places, strict=True)
            if place == KNOWN_KEY and draft.key
        ]
        try:
            kept = kept_outcomes(self._connection, [UUID(bytes=key) for key in keys])
            return [
                self._answer(draft, place, done, kept)
                for draft, place in zip(drafts, done.places, strict=True)
            ]
        except OperationalError as error:
            raise Lost from error

    def _answer(
        self, draft: Draft, place: int, done: Answers, kept: dict[UUID, Kept]
    ) -> Placed | Kept | Exception:
        if place >= 0:
            return Placed(place, done.recorded_at)
        if place == KNOWN_KEY and draft.key:
            known = kept[UUID(bytes=draft.key)]
            return known if known.digest == draft.digest else KeyReused()
        if place == KNOWN_EVENT:
            return self._placed(draft)
        return OwnerKnown() if place == KNOWN_OWNER else ConditionFailed(-place)

    def _placed(self, draft: Draft) -> Placed:
        row = self._connection.execute(
            "select position - 1, recorded_at from event where id = %s",
            [UUID(bytes=draft.entries[0].id)],
        ).fetchone()
        if row is None:
            raise LookupError("An event that was found is not there.")
        return Placed(*row)

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
            return
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        gone = self._pgconn.status != pq.ConnStatus.OK
        if gone or not state or state in _MOVED or state.startswith("08"):
            raise Lost
        try:
            kind = errors.lookup(state)
        except KeyError:
            kind = psycopg.DatabaseError
        raise kind(f"The log could not be appended to ({state}).")

    def close(self) -> None:
        self._connection.close()
        self.cord.let_go()


def _severity(result: pq.abc.PGresult) -> bytes | None:
    return result.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED)
