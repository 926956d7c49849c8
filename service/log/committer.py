"""Group commit: what waits is taken to the server together, batch by batch, two under way at most.

A batch holds about half of those who are calling, so that one half is made ready while PostgreSQL
commits the other. The second goes out before the first is answered, on the same line, so that the
server need not wait for us in between. Whoever takes the turn does all the work that can be done
without waiting: a thread of the committer's own, or an event loop (`driving.py`).
Who comes alone and waits goes to the server in its own thread: to change threads takes as long.
"""

import threading
import time
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from service.clock import Clock
from service.log.batch import Batch
from service.log.draft import Draft
from service.log.driving import Awaited, ByLoop, ByThread
from service.log.line import Line, Lost, Sent
from service.log.opening import Opener
from service.log.outcomes import Placed
from service.log.tickets import LogBusy, OutcomeUnknown, Ticket

_LOG: Final = structlog.get_logger(__name__)

DEADLINE_SECONDS: Final = 3.0
WAITING_REQUESTS: Final = 1024
WAITING_BYTES: Final = 32_000_000
DRAFTED_REQUESTS: Final = 256
"""At most so many are made ready ahead of their batch."""
BETWEEN_LOOKS: Final = 8
"""So many are made ready between two looks at the server."""
AT_ONCE: Final = 2
"""So many batches are under way at most, unless an event loop says otherwise."""
ALONE_SECONDS: Final = 0.05
"""So long who goes alone keeps the turn, and others wait for it."""


class Committer:
    """Takes the requests of all threads of a process to the log. Safe for use by all of them."""

    def __init__(
        self,
        connect: Callable[[], Connection[TupleRow]],
        clock: Clock,
        told: Callable[[], None],
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._clock = clock
        self._told = told
        self.deadline = deadline
        """In seconds: how long a request is waited for."""
        self._lock = threading.Lock()
        self._waiting: deque[Ticket] = deque()
        self._drafted: deque[Ticket] = deque()
        self._bytes = 0
        """Of those that wait, made ready or not."""
        self._turn = threading.Lock()
        """Whoever takes requests to the server holds it."""
        self._ending = threading.Event()
        self._opener = Opener(connect, self._ring, self._ending)
        self._line: Line | None = None
        self._at_once = AT_ONCE
        self._thread = ByThread(self)
        self._driver: ByThread | ByLoop = self._thread

    # The callers' side.

    def append(self, ticket: Ticket) -> Placed:
        """Append a request; `Ticket.result` says what this raises."""
        until = time.monotonic() + self.deadline
        ready = threading.Lock()
        ready.acquire()
        ticket.told = ready.release
        try:
            if not self._goes_alone(ticket):
                self.submit(ticket)
        except LogBusy:
            # What was sent already may have been done, however busy it is by now.
            return ticket.result()
        if ticket.answer is None and not ready.acquire(timeout=max(until - time.monotonic(), 0)):
            self.give_up(ticket)
        return ticket.result()

    def submit(self, ticket: Ticket) -> None:
        """Take a request and go on; it is told once it has its answer.

        Raises:
            LogBusy: if too much waits already.
        """
        ticket.size = ticket.weight()
        with self._lock:
            self._admit(ticket)
        self._driver.ring()

    def give_up(self, ticket: Ticket) -> None:
        """Wait for a request no longer, nor for the connection that keeps it waiting."""
        with self._lock:
            if ticket.answer is None:
                ticket.expired = True
                if ticket.line:
                    ticket.line.cord.cut()

    def move_to(self, loop: AbstractEventLoop, at_once: int = AT_ONCE) -> None:
        """Work in this event loop, which runs in the calling thread, until `move_back`.

        Those it serves need not wake another thread, nor be woken by one. Of `at_once` batches
        under way each is a part of what waits; with one, all that waits goes together.
        """
        self._thread.pause()
        self._at_once = at_once
        self._driver = ByLoop(self, loop)
        self._driver.ring()

    def move_back(self) -> None:
        """Work in a thread again."""
        if isinstance(self._driver, ByLoop):
            self._driver.end()
            self._at_once = AT_ONCE
            self._thread.go_on()
            self._driver = self._thread
            self._driver.ring()

    def close(self) -> None:
        """Answer those that wait, then end."""
        with self._lock:
            self._ending.set()
        self.move_back()
        self._thread.end()
        self._opener.close(self.deadline)
        if self._line:
            self._line.close()

    def _goes_alone(self, ticket: Ticket) -> bool:
        """Take a request to the server in this thread; tells whether it went."""
        if self._driver is not self._thread or self._is_busy():
            return False
        if not self._turn.acquire(blocking=False):
            return False
        try:
            if self._is_busy() or self._line is None or self._ending.is_set():
                return False
            ticket.draft = ticket.make()
            went = self._sent_alone(self._line, ticket)
        # It is the caller's to see.
        except Exception as error:  # noqa: BLE001
            self._tell([ticket], [error])
            return True
        finally:
            self._turn.release()
        if self._under_way():
            self._driver.ring()
        return went

    def _sent_alone(self, line: Line, ticket: Ticket) -> bool:
        """Send it and wait a moment for the answer; after that it is the driver's."""
        try:
            if self._send(line, [ticket]):
                until = time.monotonic() + ALONE_SECONDS
                while line.wait_until(until):
                    if line.answered():
                        self._take(line)
                        break
        except Lost:
            self._drop(line)
            return False
        return True

    def _under_way(self) -> Sequence[Sent]:
        line = self._line
        return line.under_way if line else ()

    def _is_busy(self) -> bool:
        return bool(self._waiting or self._drafted or self._under_way())

    def _admit(self, ticket: Ticket) -> None:
        if (
            self._ending.is_set()
            or len(self._waiting) + len(self._drafted) >= WAITING_REQUESTS
            or self._bytes + ticket.size > WAITING_BYTES
        ):
            raise LogBusy
        self._waiting.append(ticket)
        self._bytes += ticket.size

    def _ring(self) -> None:
        self._driver.ring()

    # The driver's side: one at a time.

    def work(self) -> Awaited | None:
        """Do all that can be done without waiting; tells what is waited for then."""
        with self._turn:
            while True:
                while self._receives() or self._dispatches() or self._drafts():
                    pass
                line = self._line
                if line is None or not line.under_way:
                    return None
                try:
                    return line, line.waited_for()
                except Lost:
                    self._send_again(line)

    def is_done(self) -> bool:
        """Whether it is time to end, and nothing is left to do."""
        return (
            self._ending.is_set()
            and not self._under_way()
            and (self._opener.away or not (self._waiting or self._drafted))
        )

    def _receives(self) -> bool:
        """Take what the server answered; tells whether there was something."""
        if self._opener.is_done:
            self._take_opened()
            return True
        line = self._line
        if line is None or not line.under_way:
            return False
        try:
            if not line.answered():
                return False
            self._take(line)
        except Lost:
            self._send_again(line)
        return True

    def _take(self, line: Line) -> None:
        """Hand out the answers to the first batch on a line.

        Raises:
            Lost: if they do not count.
        """
        try:
            answers = line.answers()
        except Lost:
            raise
        # Whatever one request does to the server, its neighbours are carried out.
        except Exception as error:  # noqa: BLE001
            self._fail(line.under_way.popleft().tickets, error)
        else:
            self._tell(line.under_way.popleft().tickets, answers)
            self._pass_on()

    def _fail(self, tickets: Sequence[Ticket], error: Exception) -> None:
        if len(tickets) == 1:
            self._tell(tickets, [error])
            return
        for ticket in tickets:
            ticket.alone = True
        self._put_back(tickets)

    def _send_again(self, line: Line) -> None:
        """What was under way on a lost line is sent once more, as far as it is waited for."""
        tickets = [ticket for sent in line.under_way for ticket in sent.tickets]
        self._drop(line)
        self._put_back(tickets)

    def _put_back(self, tickets: Sequence[Ticket]) -> None:
        with self._lock:
            back = [ticket for ticket in tickets if not ticket.expired]
            for ticket in back:
                ticket.line = None
            self._bytes += sum(ticket.size for ticket in back)
        self._drafted.extendleft(reversed(back))

    def _dispatches(self) -> bool:
        """Send a batch, if there is one and a line for it; tells whether it could."""
        there = len(self._waiting) + len(self._drafted)
        sent = self._under_way()
        under_way = sum([len(batch.tickets) for batch in sent])
        share = max((there + under_way) // self._at_once, 1)
        # Fewer get company as soon as those under way have their answers.
        if not there or (under_way and there < share):
            return False
        line = self._line
        if line is None:
            self._drop_expired()
            if self._waiting or self._drafted:
                self._opener.begin()
            return False
        if len(sent) >= self._at_once:
            return False
        if batch := self._next(share):
            try:
                self._send(line, batch)
            except Lost:
                self._send_again(line)
        return True

    def _next(self, most: int) -> list[Ticket]:
        """A batch of so many at most, of those that can go together."""
        batch, taken, held = Batch(), list[Ticket](), list[Ticket]()
        while len(taken) < most and (self._drafted or self._draft_one()):
            if not self._drafted:
                continue
            ticket = self._drafted.popleft()
            if ticket.expired or ticket.draft is None:
                self._dismiss([ticket])
            elif ticket.alone and taken:
                held.append(ticket)
            else:
                (taken if batch.takes(ticket.draft) else held).append(ticket)
                if ticket.alone:
                    break
        self._drafted.extendleft(reversed(held))
        self._dismiss(taken)
        return taken

    def _drafts(self) -> bool:
        """Make some requests ready; tells whether there were any."""
        for n in range(BETWEEN_LOOKS):
            if not self._draft_one():
                return n > 0
        return True

    def _draft_one(self) -> bool:
        """Make one request ready; tells whether there was one, and room for it."""
        if not self._waiting or len(self._drafted) >= DRAFTED_REQUESTS:
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
            self._bytes -= sum([ticket.size for ticket in tickets])

    def _send(self, line: Line, tickets: Sequence[Ticket]) -> bool:
        """Send those that are still waited for; tells whether anything is under way.

        Raises:
            Lost: if the line is.
        """
        with self._lock:
            # From here on nobody is told that nothing was sent.
            waited: list[Ticket] = []
            drafts: list[Draft] = []
            again: list[int] = []
            for ticket in tickets:
                if ticket.expired or ticket.draft is None:
                    continue
                if ticket.sent:
                    again.append(len(waited))
                waited.append(ticket)
                drafts.append(ticket.draft)
                ticket.sent = True
                ticket.line = line
        if not waited:
            return False
        try:
            line.send(Sent(self._clock(), waited, drafts), again)
        except Lost:
            raise
        except Exception as error:  # noqa: BLE001
            self._fail(waited, error)
            return False
        return True

    def _tell(self, tickets: Sequence[Ticket], told: Sequence[Placed | Exception]) -> None:
        answered: list[Ticket] = []
        with self._lock:
            for ticket, answer in zip(tickets, told, strict=True):
                ticket.line = None
                if not ticket.expired and ticket.answer is None:
                    ticket.answer = answer
                    answered.append(ticket)
        # Only now, so that those who wake do not meet at the lock.
        for ticket in answered:
            try:
                ticket.told()
            # The others of the batch are told nevertheless.
            except Exception as error:  # noqa: BLE001
                _LOG.error("caller_not_told", error=type(error).__name__)

    def _pass_on(self) -> None:
        """Tell that the log grew."""
        try:
            self._told()
        # Who listens looks for themselves now and then; who appends has the answer.
        except Exception as error:  # noqa: BLE001
            _LOG.error("news_not_told", error=type(error).__name__)

    def _take_opened(self) -> None:
        """Have a line, or tell those who wait why there is none."""
        opened = self._opener.take()
        if isinstance(opened, Line):
            self._line = opened
        elif opened is not None:
            with self._lock:
                tickets = [*self._drafted, *self._waiting]
                self._drafted.clear()
                self._waiting.clear()
            self._dismiss(tickets)
            self._tell(tickets, [OutcomeUnknown() if t.sent else opened for t in tickets])

    def _drop_expired(self) -> None:
        with self._lock:
            for queue in (self._waiting, self._drafted):
                kept = [ticket for ticket in queue if not ticket.expired]
                self._bytes -= sum(ticket.size for ticket in queue if ticket.expired)
                queue.clear()
                queue.extend(kept)

    def _drop(self, line: Line) -> None:
        self._line = None
        self._driver.leave()
        with self._lock:
            for sent in line.under_way:
                for ticket in sent.tickets:
                    ticket.line = None
        self._opener.lose(line)
