"""The committer's line to the server: batches go out on it, and no call waits for an answer.

Straight through libpq: what psycopg does around it takes as long as all the rest. In its pipeline
mode a batch goes out before the one before is answered, and each is a transaction of its own.
"""

import os
import select
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
from psycopg import Connection, errors, pq
from psycopg.rows import TupleRow

from service.log.batch import (
    KINDS,
    KNOWN_EVENT,
    KNOWN_KEY,
    KNOWN_OWNER,
    ONE,
    answers,
    calling,
    is_one,
    parameters,
    parameters_of_one,
)
from service.log.connecting import Cord
from service.log.draft import Draft
from service.log.outcomes import ConditionFailed, EventKnown, KeyKnown, OwnerKnown, Placed

if TYPE_CHECKING:
    from service.log.tickets import Ticket

_APPEND: Final = b"append"
_APPEND_ONE: Final = b"append_one"
_MOVED: Final = frozenset({"25006", "57P01", "57P02", "57P03", "57P05"})
"""The server ends, restarts, or only reads now: what was asked is to be asked elsewhere."""

AWAKE_SECONDS: Final = 0.0005 if len(os.sched_getaffinity(0)) > 1 else 0.0
"""So long an answer is waited for without sleep, if the server may have another processor: longer
than a lone append takes mostly."""

# As numbers: what enumerations do in Python takes longer than to compare.
_ROWS: Final = int(pq.ExecStatus.TUPLES_OK)
_DONE: Final = int(pq.ExecStatus.COMMAND_OK)
_SYNCED: Final = int(pq.ExecStatus.PIPELINE_SYNC)
_LAST: Final = frozenset({b"FATAL", b"PANIC"})
_REFUSALS: Final = {KNOWN_KEY: KeyKnown, KNOWN_EVENT: EventKnown, KNOWN_OWNER: OwnerKnown}


class Lost(Exception):  # noqa: N818
    """The connection is gone, and with it the answer."""


class Sent(NamedTuple):
    """A batch under way."""

    clock: datetime
    tickets: Sequence["Ticket"]
    drafts: Sequence[Draft]


class Line:
    """The connection on which batches go, one after the other, with the calls prepared on it."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        try:
            # The plans are made once, perhaps while the log is small: let them be those of a large
            # one.
            connection.execute("set plan_cache_mode = force_generic_plan")
            connection.execute("set enable_seqscan = off")
            # What waits there for the log's lock ends soon after we do. Else each connection that
            # is given up would stay, until the server takes no more.
            connection.execute("set client_connection_check_interval = 1000")
            for name, kinds in ((_APPEND, KINDS), (_APPEND_ONE, ONE)):
                self._check(self._pgconn.prepare(name, calling(name, kinds), kinds))
            self._pgconn.enter_pipeline_mode()
            self.cord = Cord(connection)
        except BaseException:
            connection.close()
            raise
        self.under_way: deque[Sent] = deque()
        """In the order in which they were sent, which is that of the answers."""
        self._results: list[pq.abc.PGresult | None] = []
        """What came of the first of them."""
        self._waiting = select.poll()
        self._awaited = select.POLLIN
        self._waiting.register(self.fileno(), self._awaited)

    def send(self, sent: Sent, again: Sequence[int]) -> None:
        """Have a batch carried out, in one transaction of its own; `again` were sent before."""
        clock, _, drafts = sent
        if is_one(drafts) and not again:
            name, values = _APPEND_ONE, parameters_of_one(clock, drafts[0])
        else:
            name, values = _APPEND, parameters(clock, drafts, again)
        # From here on libpq may await its answer, whatever happens.
        self.under_way.append(sent)
        try:
            self._pgconn.send_query_prepared(name, values, [1] * len(values), 1)
            self._pgconn.pipeline_sync()
        except Exception as error:
            raise Lost from error

    def answered(self) -> bool:
        """Whether the whole answer for the first batch is there."""
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                # Only then it is committed.
                if result is not None and result.status == _SYNCED:
                    return True
                if result is None and self._results[-1:] == [None]:
                    raise Lost  # libpq awaits nothing more
                self._results.append(result)
        except psycopg.Error as error:
            raise Lost from error
        return False

    def fileno(self) -> int:
        """Of a socket that stays open until `close`, whatever libpq does with its own."""
        return self.cord.fileno()

    def waited_for(self) -> int:
        """What of the socket to wait for: the server does not take in a large batch at once."""
        try:
            return select.POLLIN | select.POLLOUT if self._pgconn.flush() else select.POLLIN
        except psycopg.Error as error:
            raise Lost from error

    def wait_until(self, until: float) -> bool:
        """Wait for the answer alone; tells whether there is more of it by then.

        At first without sleep: to be woken takes a seventh of a lone append.
        """
        if (awaited := self.waited_for()) != self._awaited:
            self._waiting.modify(self.fileno(), awaited)
            self._awaited = awaited
        wakeful = time.monotonic() + AWAKE_SECONDS
        while (now := time.monotonic()) < wakeful:
            if self._waiting.poll(0):
                return True
        return bool(self._waiting.poll(max(until - now, 0) * 1000))

    def answers(self) -> Sequence[Placed | Exception]:
        """The answer for each request of the first batch, once it is there.

        Raises:
            Lost: if the server fell, or may have fallen, before it was done.
            psycopg.Error: if it could not carry out the batch.
        """
        results, self._results = self._results, []
        # After it has said what it did it commits, and that too may fail.
        if len(results) != 2 or results[0] is None or results[1]:  # noqa: PLR2004 - one, and its end
            raise Lost
        self._check(results[0])
        array = results[0].get_value(0, 0)
        if array is None:
            raise LookupError("The log's function gave no answer.")
        clock, _, drafts = self.under_way[0]
        recorded_at, places = answers(array, [len(draft.entries) for draft in drafts], clock)
        return [Placed(place, recorded_at) if place >= 0 else _refusal(place) for place in places]

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status == _ROWS or result.status == _DONE:  # noqa: PLR1714 - see there
            return
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        gone = self._pgconn.status != pq.ConnStatus.OK or _severity(result) in _LAST
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


def _refusal(place: int) -> Exception:
    refusal = _REFUSALS.get(place)
    return refusal() if refusal else ConditionFailed(-place)


def _severity(result: pq.abc.PGresult) -> bytes | None:
    return result.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED)
