"""Group commit: one thread per process takes what waits to the server, batch by batch.

A batch is what arrived while the one before was being committed, so nobody waits for company.
It holds about half of those who are calling. While PostgreSQL commits one half the thread makes
the other ready itself: threads that each do so for themselves would mostly wait for each other.
Who comes alone and waits goes to the server in its own thread: to change threads takes as long.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

from service.clock import Clock
from service.log.batch import Batch, parameters
from service.log.draft import Draft
from service.log.line import Bell, Line, Lost
from service.log.outcomes import Kept, Placed

_LOG: Final = structlog.get_logger(__name__)

DEADLINE_SECONDS: Final = 3.0
WAITING_REQUESTS: Final = 1024
WAITING_BYTES: Final = 32_000_000
DRAFTED_REQUESTS: Final = 256
"""At most so many are made ready ahead of their batch."""
RECONNECT_SECONDS: Final = 0.1


class LogBusy(Exception):  # noqa: N818 - to be tried again later
    """More waits for the log than it takes. Nothing was appended."""


class OutcomeUnknown(Exception):  # noqa: N818
    """No answer came in time. It may have been appended, or be so yet; its key tells."""


class Ticket:
    """A request, and what became of it."""

    def __init__(self, make: Callable[[], Draft], size: int) -> None:
        self.make = make
        """Makes it ready, in whatever thread takes it to the server."""
        self.size = size
        """What it takes in bytes, nearly."""
        self.told: Callable[[], None] = _nobody
        """Called, in another thread, once there is an answer."""
        self.draft: Draft | None = None
        self.answer: Placed | Kept | Exception | None = None
        self.sent = False
        self.expired = False

    def result(self) -> Placed | Kept:
        """What became of it.

        Raises:
            ConditionFailed: if an event that the condition names was appended meanwhile.
            OwnerKnown: if the keys that it was made with are not the owners'.
            LogBusy: if there is no answer and it was not sent.
            OutcomeUnknown: if there is no answer and it was sent.
            Exception: what making it raised.
        """
        match self.answer:
            case Placed() | Kept():
                return self.answer
            case None:
                raise OutcomeUnknown if self.sent else LogBusy
            case error:
                raise error


def _nobody() -> None:
    """Nobody waits elsewhere."""


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
        self.deadline = deadline
        """In seconds: how long a request is waited for."""
        self._lock = threading.Lock()
        self._waiting: deque[Ticket] = deque()
        self._drafted: deque[Ticket] = deque()
        self._bytes = 0
        """Of those that wait, made ready or not."""
        self._answered = 0
        """How many were answered last: they are likely to call again."""
        self._bell = Bell()
        self._turn = threading.Lock()
        """Whoever takes requests to the server holds it."""
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._line: Line | None = None
        self._away = False

    def append(self, ticket: Ticket) -> Placed | Kept:
        """Append a request, or tell what became of it if its key came before; `Ticket.result`."""
        until = time.monotonic() + self.deadline
        if not self._goes_alone(ticket, until):
            self._wait_in_line(ticket, until)
        return ticket.result()

    def submit(self, ticket: Ticket, told: Callable[[], None]) -> None:
        """Take a request and go on; `told` is called, in another thread, once it has its answer.

        Raises:
            LogBusy: if too much waits already.
        """
        ticket.told = told
        with self._lock:
            self._admit(ticket)
        self._bell.ring()

    def give_up(self, ticket: Ticket) -> None:
        """Wait for a request no longer, nor for the connection that keeps it waiting."""
        with self._lock:
            if ticket.answer is not None:
                return
            ticket.expired = True
            if ticket.sent and self._line:
                self._line.cord.cut()

    def close(self) -> None:
        """Answer those that wait, then end."""
        with self._lock:
            self._ending.set()
        self._bell.ring()
        if self._thread:
            self._thread.join()
        self._bell.close()

    # The callers' side.

    def _wait_in_line(self, ticket: Ticket, until: float) -> None:
        ready = threading.Lock()
        ready.acquire()
        # What was sent already may have been done, however busy it is by now.
        with suppress(LogBusy):
            self.submit(ticket, ready.release)
            if not ready.acquire(timeout=max(until - time.monotonic(), 0)):
                self.give_up(ticket)

    def _goes_alone(self, ticket: Ticket, until: float) -> bool:
        """Take a request to the server in this thread; tells whether it has its answer."""
        if self._has_company() or not self._turn.acquire(blocking=False):
            return False
        try:
            line = self._line
            if line is None or self._ending.is_set():
                return False
            ticket.draft = ticket.make()
            self._send(line, [ticket], until)
        except Lost:
            self._drop()
            return False
        # It is the caller's to see.
        except Exception as error:  # noqa: BLE001
            ticket.answer = error
        finally:
            self._turn.release()
        return True

    def _has_company(self) -> bool:
        return bool(self._waiting or self._drafted)

    def _admit(self, ticket: Ticket) -> None:
        if (
            self._ending.is_set()
            or len(self._waiting) + len(self._drafted) >= WAITING_REQUESTS
            or self._bytes + ticket.size > WAITING_BYTES
        ):
            raise LogBusy
        self._waiting.append(ticket)
        self._bytes += ticket.size
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
            self._thread.start()

    # The committer's side.

    def _run(self) -> None:
        while self._wait_for_company():
            with self._turn:
                while self._has_company():
                    if batch := self._next():
                        self._carry_out(batch)
                        self._answered = len(batch)
        with self._turn:
            self._drop()

    def _wait_for_company(self) -> bool:
        """Wait until there is something to do; tells whether there is, or it is time to end."""
        while not self._has_company():
            if self._ending.is_set():
                return False
            self._bell.wait(self._anything_new)
        return True

    def _can_draft(self) -> bool:
        return bool(self._waiting) and len(self._drafted) < DRAFTED_REQUESTS

    def _anything_new(self) -> bool:
        return bool(self._waiting) or self._ending.is_set()

    def _next(self) -> list[Ticket]:
        """The next batch: half of the callers, for the others come while it is committed."""
        most = (len(self._waiting) + len(self._drafted) + self._answered + 1) // 2
        batch, taken, held = Batch(), list[Ticket](), list[Ticket]()
        while len(taken) < most and (self._drafted or self._draft_one()):
            if not self._drafted:
                continue
            ticket = self._drafted.popleft()
            if ticket.expired or ticket.draft is None:
                self._dismiss([ticket])
            else:
                (taken if batch.takes(ticket.draft) else held).append(ticket)
        self._drafted.extendleft(reversed(held))
        self._dismiss(taken)
        return taken

    def _draft_one(self) -> bool:
        """Make one request ready; tells whether there was one, and room for it."""
        if not self._can_draft():
            return False
        ticket = self._waiting.popleft()
        try:
            # Once it was sent it stays what it is: so it is known that it came before.
            ticket.draft = ticket.draft or ticket.make()
        # It is the caller's to see.
        except Exception as error:  # noqa: BLE001
            self._dismiss([ticket])
            self._tell([ticket], [error])
        else:
            self._drafted.append(ticket)
        return True

    def _dismiss(self, tickets: Sequence[Ticket]) -> None:
        """These wait no longer."""
        with self._lock:
            self._bytes -= sum(ticket.size for ticket in tickets)

    def _carry_out(self, tickets: Sequence[Ticket]) -> None:
        """Send a batch until it is known what became of each request that is still waited for."""
        while tickets := [ticket for ticket in tickets if not ticket.expired]:
            try:
                self._send(self._line or self._open(), tickets)
            except Lost:
                self._drop()
                if not self._pause():
                    return
            # Whatever one request does to the server, its neighbours are carried out.
            except Exception as error:  # noqa: BLE001
                if len(tickets) == 1:
                    self._tell(tickets, [error])
                    return
                for ticket in tickets:
                    self._carry_out([ticket])
                return
            else:
                return

    def _send(self, line: Line, tickets: Sequence[Ticket], until: float | None = None) -> None:
        """Send requests and hand out the answers; alone, without others, and `until` some time."""
        with self._lock:
            # From here on nobody is told that nothing was sent.
            waited = [ticket for ticket in tickets if not ticket.expired]
            again = [n for n, ticket in enumerate(waited) if ticket.sent]
            for ticket in waited:
                ticket.sent = True
        if not waited:
            return
        drafts = [ticket.draft for ticket in waited if ticket.draft]
        line.send(parameters(self._clock(), drafts, again))
        while not line.answered():
            if until is not None:
                line.wait_until(until)
            elif not self._draft_one():
                line.wait(self._bell, self._can_draft)
        answered = line.told(drafts, line.result())
        self._tell(waited, answered)
        try:
            self._told()
        # Who listens looks for themselves now and then; who appends has the answer.
        except Exception as error:  # noqa: BLE001
            _LOG.error("news_not_told", error=type(error).__name__)

    def _pause(self) -> bool:
        """Wait before connecting again; tells whether to go on."""
        return not self._ending.wait(RECONNECT_SECONDS)

    def _tell(self, tickets: Sequence[Ticket], told: Sequence[Placed | Kept | Exception]) -> None:
        answered: list[Ticket] = []
        with self._lock:
            for ticket, answer in zip(tickets, told, strict=True):
                if not ticket.expired and ticket.answer is None:
                    ticket.answer = answer
                    answered.append(ticket)
        # Only now, so that those who wake do not meet at the lock.
        for ticket in answered:
            ticket.told()

    def _open(self) -> Line:
        try:
            line = Line(self._connect())
        except OperationalError as error:
            if not self._away:
                _LOG.warning("log_unreachable", error=type(error).__name__)
            self._away = True
            raise Lost from error
        self._away = False
        with self._lock:
            self._line = line
        return line

    def _drop(self) -> None:
        with self._lock:
            line, self._line = self._line, None
        if line:
            line.close()
