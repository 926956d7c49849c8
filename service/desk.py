"""The desk: takes the commands of all requests of a process, and carries out together what waits.

A thread for each request would mostly wait for the others: for the interpreter, for connections,
and to be woken. Here one thread goes with all commands step by step. What they read is one call to
the server, what they append waits for the committer together, and it wakes the event loop once for
all that is done.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

import structlog
from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

from service.commands import Ask, Course, Handler, Intent, Lookup, Reading
from service.log.connecting import Cord, own_connection
from service.log.store import (
    Appending,
    AppendRequest,
    EventLog,
    LogBusy,
    Outcome,
    OutcomeUnknown,
    Pool,
    ReadResult,
    Unsettled,
)

_LOG: Final = structlog.get_logger(__name__)
T = TypeVar("T")
LARGEST_QUEUE: Final = 1024
TOGETHER: Final = 64
"""So many commands at most take a step together, so that the first need not wait for the last."""


class _Visit:
    """A command under way, and who waits for it."""

    __slots__ = ("appending", "course", "error", "future", "given_up", "reading", "value")

    def __init__(self, course: Course, future: "asyncio.Future[Outcome]") -> None:
        self.course = course
        self.future = future
        self.appending: Appending | None = None
        self.value: object = None
        """What the course asked for last, or why it cannot be had."""
        self.error: BaseException | None = None
        self.given_up = False
        self.reading = False


class Desk:
    """Carries out commands for an event loop. Close it when the loop has ended."""

    def __init__(self, handler: Handler, log: EventLog, pool: Pool) -> None:
        self._handler = handler
        self._log = log
        self._pool = pool
        self._inbox: SimpleQueue[_Visit | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._under_way = 0
        self._reader: _Reader | None = None
        self._lock = threading.Lock()
        """Over whether a command is given up before or after it goes to be appended."""

    async def carry_out(self, intent: Intent) -> Outcome:
        """What `Handler.carry_out` does, without a thread that waits.

        Raises:
            LogBusy: if too much is under way, or the log could not be read in time.
            OutcomeUnknown: if no answer came in time; the same key gets it later.
            Exception: what `Handler.carry_out` does.
        """
        if max(self._under_way, self._inbox.qsize()) >= LARGEST_QUEUE:
            raise LogBusy
        visit = _Visit(self._handler.course(intent), asyncio.get_running_loop().create_future())
        self._start()
        self._under_way += 1
        self._inbox.put(visit)
        try:
            async with asyncio.timeout(self._log.committer.deadline):
                return await visit.future
        except TimeoutError:
            raise self._given_up(visit) from None
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """End once what was begun is done."""
        self._inbox.put(None)
        if self._thread:
            self._thread.join()
        self._drop_reader()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
            self._thread.start()

    def _given_up(self, visit: _Visit) -> Exception:
        """Wait no longer, nor for the connection that keeps it waiting."""
        with self._lock:
            visit.given_up = True
            appending = visit.appending
        if appending is None:
            if visit.reading and (reader := self._reader):
                reader.cut()
            return LogBusy()
        appending.give_up()
        return OutcomeUnknown() if appending.sent else LogBusy()

    # The desk's own thread.

    def _run(self) -> None:
        while True:
            visits, ending = self._waiting()
            while visits:
                visits = self._step_or_fail(visits)
            if ending:
                return

    def _waiting(self) -> tuple[list[_Visit], bool]:
        """Those that have news, waited for; and whether it is time to end."""
        found = [self._inbox.get()]
        try:
            while len(found) < TOGETHER:
                found.append(self._inbox.get_nowait())
        except Empty:
            pass
        return [visit for visit in found if visit is not None], None in found

    def _step_or_fail(self, visits: list[_Visit]) -> list[_Visit]:
        """A step; a fault of ours is told to those whom it meets, and the next are served."""
        try:
            return self._step(visits)
        except Exception as error:  # noqa: BLE001
            _LOG.error("desk_failed", error=type(error).__name__)
            for visit in visits:
                visit.error = error
                visit.appending = None
            _deliver(visits)
            return []

    def _step(self, visits: Sequence[_Visit]) -> list[_Visit]:
        """Go a step further with each; gives back those that need not wait for the next."""
        done: list[_Visit] = []
        readings: list[tuple[_Visit, Reading]] = []
        again: list[_Visit] = []
        for visit in visits:
            match self._advanced(visit):
                case None:
                    done.append(visit)
                case Reading() as ask:
                    readings.append((visit, ask))
                case Lookup() as ask:
                    self._look_up(visit, ask)
                    again.append(visit)
                case AppendRequest() as ask:
                    if not self._begins(visit, ask):
                        again.append(visit)
        _deliver(done)
        if readings:
            self._read(readings)
        return [*again, *(visit for visit, _ in readings)]

    def _advanced(self, visit: _Visit) -> Ask | None:
        """What the command asks for next; None once it is done, or nobody waits for it."""
        if visit.given_up:
            return None
        if visit.appending is not None and not self._settled(visit, visit.appending):
            return None
        try:
            if (error := visit.error) is not None:
                visit.error = None
                return visit.course.throw(error)
            return visit.course.send(visit.value)
        except StopIteration as end:
            visit.value = end.value
        # It is the caller's to see.
        except Exception as error:  # noqa: BLE001
            visit.error = error
        return None

    def _settled(self, visit: _Visit, appending: Appending) -> bool:
        """Take what became of an append; tells if so, or it was sent once more."""
        try:
            visit.value = appending.settled()
        except Unsettled as unsettled:
            return self._read_up(visit, appending, unsettled)
        # It is the course's to see.
        except Exception as error:  # noqa: BLE001
            visit.error = error
        visit.appending = None
        return True

    def _read_up(self, visit: _Visit, appending: Appending, unsettled: Unsettled) -> bool:
        """Read what became of an append; tells if so, or it was sent once more."""
        try:
            visit.value = self._asked(lambda connection: appending.settle(connection, unsettled))
            if visit.value is None:
                with self._lock:
                    if not visit.given_up:
                        appending.repeat()
                return False
        # It is the course's to see.
        except Exception as error:  # noqa: BLE001
            visit.error = error
        visit.appending = None
        return True

    def _begins(self, visit: _Visit, ask: AppendRequest) -> bool:
        """Hand what is to be appended to the committer; tells whether it took it."""
        try:
            with self._lock:
                # Who gave up was told that nothing is appended.
                if not visit.given_up:
                    visit.appending = self._log.begin(ask, lambda: self._inbox.put(visit))
        except LogBusy as error:
            visit.error = error
            return False
        return True

    def _look_up(self, visit: _Visit, ask: Lookup) -> None:
        try:
            visit.value = self._asked(
                lambda connection: self._log.outcome_on(connection, ask.key, ask.digest)
            )
        # It is the course's to see.
        except Exception as error:  # noqa: BLE001
            visit.error = error

    def _read(self, readings: Sequence[tuple[_Visit, Reading]]) -> None:
        for visit, _ in readings:
            visit.reading = True
        try:
            queries = [ask.query for _, ask in readings]
            found, head = self._asked(lambda connection: self._log.read_all(connection, queries))
        # Whatever one reading does, its neighbours are answered.
        except Exception as error:  # noqa: BLE001
            if isinstance(error, OperationalError) or len(readings) == 1:
                for visit, _ in readings:
                    visit.error = error
            else:
                for one in readings:
                    self._read([one])
            return
        finally:
            for visit, _ in readings:
                visit.reading = False
        for (visit, ask), events in zip(readings, found, strict=True):
            visit.value = ReadResult([e for e in events if e.position > ask.after], head)

    def _asked(self, what: Callable[[Connection[TupleRow]], T]) -> T:
        """What the server says on the desk's own connection, which waits for nobody else's."""
        fresh = self._reader is None
        try:
            self._reader = self._reader or _Reader(self._pool)
            return what(self._reader.connection)
        except OperationalError:
            self._drop_reader()
            if fresh:
                raise
            return self._asked(what)  # it may have been closed while it was idle

    def _drop_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader:
            reader.close()


class _Reader:
    """The connection on which the desk reads."""

    def __init__(self, pool: Pool) -> None:
        self.connection: Connection[TupleRow] = own_connection(pool)
        # From the index to the events, also where the tables were small when it was planned.
        self.connection.execute(
            "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;"
            " set plan_cache_mode = force_generic_plan"
        )
        self._cord = Cord(self.connection)

    def cut(self) -> None:
        self._cord.cut()

    def close(self) -> None:
        self.connection.close()
        self._cord.let_go()


def _deliver(done: Sequence[_Visit]) -> None:
    """Tell the event loop of all that is done at once."""
    if done := [visit for visit in done if visit.appending is None]:
        with suppress(RuntimeError):  # nobody waits any more once the loop has ended
            done[0].future.get_loop().call_soon_threadsafe(_answer, done)


def _answer(done: Sequence[_Visit]) -> None:
    for visit in done:
        if visit.future.done():
            continue
        if visit.error is not None:
            visit.future.set_exception(visit.error)
        else:
            outcome: Any = visit.value
            visit.future.set_result(outcome)
