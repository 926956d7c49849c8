"""The desk: takes the commands of all requests of a process, and carries out together what waits.

It works in the event loop itself, and so does the committer for it: a thread for each request, or
one for all of them, would mostly wait for its turn. What the commands read is one call to the
server, and what they append waits for the committer together.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from itertools import takewhile
from typing import Any, Final, TypeVar

from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

from domain.facts import Recorded
from service.commands import Course, Handler, Intent, Lookup, Reading
from service.log.asking import Asking
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
from service.log.tickets import reading_up

T = TypeVar("T")
LARGEST_QUEUE: Final = 1024
TOGETHER: Final = 64
"""So many commands at most are read for together, so that the first need not wait for the last."""


class _Visit:
    """A command under way, and who waits for it."""

    __slots__ = ("appending", "course", "cut", "future", "until")

    def __init__(self, course: Course, future: "asyncio.Future[Outcome]", until: float) -> None:
        self.course = course
        self.future = future
        self.until = until
        self.appending: Appending | None = None
        self.cut: Callable[[], None] | None = None
        """Ends the connection on which something was asked for it."""


class Desk:
    """Carries out commands for an event loop: it begins and ends there."""

    def __init__(self, handler: Handler, log: EventLog, pool: Pool) -> None:
        self._handler = handler
        self._log = log
        self._pool = pool
        self._loop: asyncio.AbstractEventLoop | None = None
        self._visits: dict[_Visit, None] = {}
        """Those under way, the oldest first."""
        self._readings: deque[tuple[_Visit, Reading]] = deque()
        self._is_reading = False
        self._asking: Asking | None = None
        self._aside = _Aside(pool)
        self._settled: deque[_Visit] = deque()
        """Those whose append has its answer."""
        self._is_woken = False
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def carry_out(self, intent: Intent) -> Outcome:
        """What `Handler.carry_out` does, without a thread that waits.

        Raises:
            LogBusy: if too much is under way, or the log could not be read in time.
            OutcomeUnknown: if no answer came in time; the same key gets it later.
            Exception: what `Handler.carry_out` does.
        """
        if len(self._visits) >= LARGEST_QUEUE:
            raise LogBusy
        loop = self._loop or asyncio.get_running_loop()
        until = loop.time() + self._log.committer.deadline
        visit = _Visit(self._handler.course(intent), loop.create_future(), until)
        self._visits[visit] = None
        self._watch()
        self._step(visit)
        return await visit.future

    def begin(self) -> None:
        """Open, in the loop that it is to work in, and have the committer work there too."""
        self._loop = asyncio.get_running_loop()
        # A command takes longer here than on the server, which so never waits for a batch: fewer
        # and larger ones spare both.
        self._log.committer.move_to(self._loop, at_once=1)

    async def end(self) -> None:
        """Wait for nothing more, and let the connections go."""
        for visit in list(self._visits):
            self._give_up(visit)
        self._log.committer.move_back()
        if self._timer:
            self._timer.cancel()
        self._aside.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._hang_up()
        self._aside.hang_up()

    # Going on with a command.

    def _step(self, visit: _Visit, value: object = None, error: Exception | None = None) -> None:
        """Hand it what it asked for, or why it cannot be had, and see to what it asks for next."""
        if visit not in self._visits:
            return
        visit.appending = visit.cut = None
        try:
            ask = visit.course.throw(error) if error else visit.course.send(value)
            match ask:
                case Reading():
                    self._readings.append((visit, ask))
                    self._read_on()
                case Lookup():
                    self._run(self._look_up(visit, ask))
                case AppendRequest():
                    self._begin(visit, ask)
        except StopIteration as end:
            self._finish(visit, end.value)
        # It is the caller's to see.
        except Exception as fault:  # noqa: BLE001
            self._finish(visit, fault)

    def _finish(self, visit: _Visit, became: Outcome | Exception) -> None:
        """Tell who waits what became of it."""
        del self._visits[visit]
        if visit.future.done():
            return
        if isinstance(became, Exception):
            visit.future.set_exception(became)
        else:
            visit.future.set_result(became)

    def _run(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Those for whom it takes too long.

    def _watch(self) -> None:
        """Be woken when the oldest command has waited long enough."""
        if self._timer is None and (oldest := next(iter(self._visits), None)):
            loop = oldest.future.get_loop()
            self._timer = loop.call_at(oldest.until, self._give_up_the_late)

    def _give_up_the_late(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for visit in list(takewhile(lambda visit: visit.until <= now, self._visits)):
            self._give_up(visit)
        self._watch()

    def _give_up(self, visit: _Visit) -> None:
        """Wait no longer, nor for the connection that keeps it waiting."""
        if visit.cut:
            visit.cut()
        if visit.appending:
            visit.appending.give_up()
        is_unknown = visit.appending is not None and visit.appending.sent
        self._finish(visit, OutcomeUnknown() if is_unknown else LogBusy())

    # Reading, together.

    def _read_on(self) -> None:
        if not self._is_reading:
            self._is_reading = True
            # It begins once all who are here now have asked.
            self._run(self._read_all())

    async def _read_all(self) -> None:
        try:
            while self._readings:
                count = min(len(self._readings), TOGETHER)
                some = [self._readings.popleft() for _ in range(count)]
                await self._read(some)
        finally:
            self._is_reading = False

    async def _read(self, some: Sequence[tuple[_Visit, Reading]]) -> None:
        some = [(visit, ask) for visit, ask in some if visit in self._visits]
        if not some:
            return
        for visit, _ in some:
            visit.cut = self._hang_up
        try:
            found, head = await self._found(some)
        except OperationalError as error:
            for visit, _ in some:
                self._step(visit, error=error)
        # Whatever one reading does, its neighbours are answered.
        except Exception as error:  # noqa: BLE001
            if len(some) == 1:
                self._step(some[0][0], error=error)
            else:
                for one in some:
                    await self._read([one])
        else:
            for (visit, ask), events in zip(some, found, strict=True):
                self._step(visit, ReadResult([e for e in events if e.position > ask.after], head))

    async def _found(
        self, some: Sequence[tuple[_Visit, Reading]]
    ) -> tuple[list[list[Recorded]], int]:
        asking = self._asking
        fresh = asking is None or not asking.is_there
        try:
            if asking is None or fresh:
                asking = self._asking = await self._connected()
            return await asking.read([ask.query for _, ask in some])
        except OperationalError:
            self._hang_up()
            # Nothing is asked for those who have gone: nobody would end it, if it never ended.
            if fresh or not any(visit in self._visits for visit, _ in some):
                raise
            return await self._found(some)  # the server may have gone on elsewhere

    async def _connected(self) -> Asking:
        loop = asyncio.get_running_loop()
        asking = await asyncio.to_thread(Asking.of, self._pool, loop)
        asking.listen()
        return asking

    def _hang_up(self) -> None:
        asking, self._asking = self._asking, None
        if asking:
            asking.cut()

    # Appending.

    def _begin(self, visit: _Visit, ask: AppendRequest) -> None:
        """Hand what is to be appended to the committer."""
        try:
            visit.appending = self._log.begin(ask, partial(self._told, visit))
        except LogBusy as error:
            self._step(visit, error=error)

    def _told(self, visit: _Visit) -> None:
        """By the committer, in the loop: go on once it has told all of a batch."""
        self._settled.append(visit)
        if not self._is_woken:
            self._is_woken = True
            visit.future.get_loop().call_soon(self._settle)

    def _settle(self) -> None:
        self._is_woken = False
        while self._settled:
            visit = self._settled.popleft()
            # Nobody waits for what was given up.
            if appending := visit.appending:
                self._go_on_after(visit, appending)

    def _go_on_after(self, visit: _Visit, appending: Appending) -> None:
        try:
            outcome = appending.settled()
        except Unsettled as unsettled:
            self._run(self._read_up(visit, appending, unsettled))
        # It is the course's to see.
        except Exception as error:  # noqa: BLE001
            self._step(visit, error=error)
        else:
            self._step(visit, outcome)

    # What is asked now and then.

    async def _read_up(self, visit: _Visit, appending: Appending, unsettled: Unsettled) -> None:
        """Read what became of an append, or send it once more."""
        visit.cut = self._aside.cut
        try:
            with reading_up(unsettled):
                outcome = await self._aside.ask(lambda it: appending.settle(it, unsettled))
            visit.cut = None
            if outcome:
                self._step(visit, outcome)
            elif visit in self._visits:
                appending.repeat()
        # It is the course's to see.
        except Exception as error:  # noqa: BLE001
            self._step(visit, error=error)

    async def _look_up(self, visit: _Visit, ask: Lookup) -> None:
        visit.cut = self._aside.cut
        try:
            known = await self._aside.ask(lambda it: self._log.outcome_on(it, ask.key, ask.digest))
        # It is the course's to see.
        except Exception as error:  # noqa: BLE001
            self._step(visit, error=error)
        else:
            self._step(visit, known)


class _Aside:
    """A second connection, for what is asked now and then, in a thread."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turn = asyncio.Lock()
        self._held: tuple[Connection[TupleRow], Cord] | None = None

    async def ask(self, what: Callable[[Connection[TupleRow]], T]) -> T:
        """What the server says."""
        async with self._turn:
            return await asyncio.to_thread(self._asked, what)

    def cut(self) -> None:
        """Have who waits for an answer hear that there is none."""
        if held := self._held:
            held[1].cut()

    def hang_up(self) -> None:
        held, self._held = self._held, None
        if held:
            held[0].close()
            held[1].let_go()

    def _asked(self, what: Callable[[Connection[TupleRow]], T]) -> T:
        fresh = self._held is None
        try:
            if (held := self._held) is None:
                connection = own_connection(self._pool)
                held = self._held = connection, Cord(connection)
            return what(held[0])
        except OperationalError:
            self.hang_up()
            if fresh:
                raise
            return self._asked(what)  # it may have been closed while it was idle
