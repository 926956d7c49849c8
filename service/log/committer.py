"""Group commit: one thread per process takes what waits to the server, batch by batch.

A batch is what arrived while the one before was being committed, so nobody waits for company.
It holds about half of those who are calling: the other half is made ready by Python while
PostgreSQL commits.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
import structlog
from psycopg import Connection, OperationalError, errors, pq
from psycopg.rows import TupleRow

from service.clock import Clock
from service.log.batch import (
    KINDS,
    KNOWN_EVENT,
    KNOWN_KEY,
    KNOWN_OWNER,
    STATEMENT,
    Answers,
    Batch,
    answers,
    parameters,
)
from service.log.connecting import Cord
from service.log.draft import Draft
from service.log.outcomes import ConditionFailed, Kept, KeyReused, kept_outcomes

_LOG: Final = structlog.get_logger(__name__)

DEADLINE_SECONDS: Final = 3.0
WAITING_REQUESTS: Final = 1024
WAITING_BYTES: Final = 32_000_000
RECONNECT_SECONDS: Final = 0.1
_APPEND: Final = b"append"
_MOVED: Final = frozenset({"25006", "57P01", "57P02", "57P03", "57P05"})
"""The server ends, restarts, or only reads now: what was asked is to be asked elsewhere."""


class LogBusy(Exception):  # noqa: N818 - to be tried again later
    """More waits for the log than it takes. Nothing was appended."""


class OutcomeUnknown(Exception):  # noqa: N818
    """No answer came in time. It may have been appended, or be so yet; its key tells."""


class OwnerKnown(Exception):  # noqa: N818
    """An owner of sealed values has a key that this process did not know. Nothing was appended."""


class Placed(NamedTuple):
    """Where a request's events were put: after which position, and when."""

    head: int
    recorded_at: datetime


class _Lost(Exception):  # noqa: N818
    """The connection is gone, and with it the answer."""


class _Ticket:
    """A request that waits for its answer."""

    __slots__ = ("answer", "draft", "expired", "ready", "sent")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.answer: Placed | Kept | Exception | None = None
        self.sent = False
        self.expired = False
        self.ready = threading.Lock()
        self.ready.acquire()

    def tell(self, answer: Placed | Kept | Exception) -> None:
        self.answer = answer
        self.ready.release()


class Committer:
    """Takes the requests of all threads of a process to the log. Safe for use by all of them."""

    def __init__(
        self,
        connect: Callable[[], Connection[TupleRow]],
        clock: Clock,
        told: Callable[[], None],
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._told = told
        self._deadline = deadline
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._waiting: deque[_Ticket] = deque()
        self._bytes = 0
        self._answered = 0
        """How many were answered last: they are likely to call again."""
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._line: _Line | None = None

    def append(self, draft: Draft) -> Placed | Kept:
        """Append, or tell what became of it if its key came before.

        Raises:
            ConditionFailed: if an event that the condition names was appended meanwhile.
            OwnerKnown: if the keys that it was made with are not the owners'.
            LogBusy: if it was not sent, as too much waits or the server is away.
            OutcomeUnknown: if it was sent and no answer came in time.
        """
        ticket = _Ticket(draft)
        with self._lock:
            self._admit(ticket)
        if not ticket.ready.acquire(timeout=self._deadline):
            self._expire(ticket)
        match ticket.answer:
            case Placed() | Kept():
                return ticket.answer
            case None:
                raise OutcomeUnknown if ticket.sent else LogBusy
            case error:
                raise error

    def close(self) -> None:
        """Answer those that wait, then end."""
        with self._lock:
            self._ending.set()
            self._news.notify()
        if self._thread:
            self._thread.join()

    # The callers' side, under the lock.

    def _admit(self, ticket: _Ticket) -> None:
        if (
            self._ending.is_set()
            or len(self._waiting) >= WAITING_REQUESTS
            or self._bytes + ticket.draft.size > WAITING_BYTES
        ):
            raise LogBusy
        self._waiting.append(ticket)
        self._bytes += ticket.draft.size
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
            self._thread.start()
        self._news.notify()

    def _expire(self, ticket: _Ticket) -> None:
        """Give up on a request, and on the connection that keeps it waiting."""
        with self._lock:
            if ticket.answer is not None:
                return
            ticket.expired = True
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                self._bytes -= ticket.draft.size
            elif self._line:
                self._line.cord.cut()

    # The committer's side.

    def _run(self) -> None:
        while batch := self._next():
            self._carry_out(batch)
            self._answered = len(batch)
        self._drop()

    def _next(self) -> list[_Ticket]:
        """The next batch; none if it is time to end."""
        with self._lock:
            while not self._waiting:
                if self._ending.is_set():
                    return []
                self._news.wait()
            # Half of the callers: the others get ready meanwhile.
            most = (len(self._waiting) + self._answered + 1) // 2
            batch, taken, held = Batch(), list[_Ticket](), list[_Ticket]()
            while self._waiting and len(taken) < most:
                ticket = self._waiting.popleft()
                (taken if batch.takes(ticket.draft) else held).append(ticket)
            self._waiting.extendleft(reversed(held))
            self._bytes -= sum(ticket.draft.size for ticket in taken)
            return taken

    def _carry_out(self, tickets: Sequence[_Ticket]) -> None:
        """Send a batch until it is known what became of each request that is still waited for."""
        while tickets := [ticket for ticket in tickets if not ticket.expired]:
            try:
                self._send(self._line or self._open(), tickets)
            except _Lost:
                self._drop()
                if not self._pause():
                    return
            # Whatever one request does to the server, its neighbours are carried out.
            except Exception as error:  # noqa: BLE001
                if len(tickets) == 1:
                    self._tell(tickets[0], error)
                    return
                for ticket in tickets:
                    self._carry_out([ticket])
                return
            else:
                return

    def _send(self, line: "_Line", tickets: Sequence[_Ticket]) -> None:
        with self._lock:
            # From here on nobody is told that nothing was sent.
            waited = [ticket for ticket in tickets if not ticket.expired]
            again = [n for n, ticket in enumerate(waited) if ticket.sent]
            for ticket in waited:
                ticket.sent = True
        if not waited:
            return
        drafts = [ticket.draft for ticket in waited]
        answered = line.told(drafts, line.call(parameters(self._clock(), drafts, again)))
        for ticket, answer in zip(waited, answered, strict=True):
            self._tell(ticket, answer)
        self._told()

    def _pause(self) -> bool:
        """Wait before connecting again; tells whether to go on."""
        return not self._ending.wait(RECONNECT_SECONDS)

    def _tell(self, ticket: _Ticket, answer: Placed | Kept | Exception) -> None:
        with self._lock:
            if not ticket.expired:
                ticket.tell(answer)

    def _open(self) -> "_Line":
        try:
            line = _Line(self._connect())
        except OperationalError as error:
            _LOG.warning("log_unreachable", error=type(error).__name__)
            raise _Lost from error
        with self._lock:
            self._line = line
        return line

    def _drop(self) -> None:
        with self._lock:
            line, self._line = self._line, None
        if line:
            line.close()


class _Line:
    """The connection on which batches go, with the call prepared on it."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        self.cord = Cord(connection)
        # The plans are made once, perhaps while the log is small: let them be those of a large one.
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute("set enable_seqscan = off")
        prepared = connection.pgconn.prepare(_APPEND, STATEMENT.encode(), KINDS)
        self._check(prepared)

    def call(self, sent: Sequence[bytes]) -> Answers:
        """Have a batch carried out, in one transaction of its own.

        Straight through libpq: what psycopg does around it takes as long as all the rest.
        """
        try:
            result = self._connection.pgconn.exec_prepared(_APPEND, sent, [1] * len(sent), 1)
        except psycopg.Error as error:
            raise _Lost from error
        self._check(result)
        array = result.get_value(0, 0)
        if array is None:
            raise LookupError("The log's function gave no answer.")
        return answers(array)

    def told(self, drafts: Sequence[Draft], done: Answers) -> list[Placed | Kept | Exception]:
        """The answer for each request."""
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
            raise _Lost from error

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
        gone = self._connection.pgconn.status != pq.ConnStatus.OK
        if gone or not state or state in _MOVED or state.startswith("08"):
            raise _Lost
        try:
            kind = errors.lookup(state)
        except KeyError:
            kind = psycopg.DatabaseError
        raise kind(f"The log could not be appended to ({state}).")

    def close(self) -> None:
        self._connection.close()
        self.cord.let_go()
