"""The log on any recorder of the library `eventsourcing`, its in-memory one above all.

What lies outside its interface is kept beside it in memory: sealed values, times, and the outcomes
that idempotency keys bring back. So it is for one process.
"""

import threading
from typing import Final
from uuid import UUID

from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBQueryItem,
    DCBRecorder,
)
from eventsourcing.persistence import IntegrityError
from uuid_utils import uuid7

from domain.facts import Fact, stored_name
from service.clock import Clock
from service.log.leaf import decode, encode, seal, stamp, unseal
from service.log.outcomes import ConditionFailed, Kept, KeyReused, Outcome
from service.log.store import AppendRequest, ReadResult, outcome_of

Values = list[tuple[str, str | None]]
"""Sealed values by where they stand in the fact."""
NOTHING: Final = DCBQuery(items=[DCBQueryItem(types=["nothing is called so"])])


class LogOverRecorder:
    """What a handler of commands asks of the event log, answered by a recorder."""

    def __init__(self, recorder: DCBRecorder, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[int, Values] = {}
        self._kept: dict[UUID, Kept] = {}

    def head(self) -> int:
        return self._recorder.read(NOTHING).head or 0

    def read(
        self, query: DCBQuery | None = None, *, after: int = 0, unsealed: bool = False
    ) -> ReadResult:
        response = self._recorder.read(query, after=after)
        leaves = [(found.position, found.event.data) for found in response]
        if unsealed:
            events = [unseal(at, leaf, self._values.get(at, ())) for at, leaf in leaves]
        else:
            events = [decode(at, leaf) for at, leaf in leaves]
        return ReadResult(events, response.head or 0)

    def outcome(self, key: UUID, digest: bytes) -> Outcome | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.digest != digest:
            raise KeyReused
        return kept.outcome

    def append(self, request: AppendRequest) -> Outcome:
        with self._lock:
            if request.key and (known := self.outcome(request.key, request.digest)):
                return known
            now = self._clock()
            head = self._appended(request, stamp(now))
            outcome = outcome_of(request, head, now)
            if request.key:
                self._kept[request.key] = Kept(request.digest, outcome)
            return outcome

    def _appended(self, request: AppendRequest, recorded_at: bytes) -> int:
        """Append, and give back where the log stood before."""
        condition = request.condition
        if not request.facts:
            # The library's recorders append something, or are not asked.
            if condition and (found := self._first(condition)):
                raise ConditionFailed(found)
            return self.head()
        made = [self._event(request, fact, recorded_at) for fact in request.facts]
        try:
            last = self._recorder.append([event for event, _ in made], condition)
        except IntegrityError as error:
            assert condition
            raise ConditionFailed(self._first(condition)) from error
        first = last - len(made) + 1
        self._values |= {first + n: values for n, (_, values) in enumerate(made)}
        return first - 1

    def _first(self, condition: DCBAppendCondition) -> int:
        """Where the first event stands that the condition names; 0 if there is none."""
        response = self._recorder.read(
            condition.fail_if_events_match, after=condition.after, limit=1
        )
        return next((found.position for found in response), 0)

    def _event(
        self, request: AppendRequest, fact: Fact, recorded_at: bytes
    ) -> tuple[DCBEvent, Values]:
        sealed = seal(fact)
        before, after = encode(sealed, str(uuid7()), request)
        leaf = before + recorded_at + after
        values: Values = [(value.pointer, value.value) for value in sealed.values]
        return DCBEvent(stored_name(type(fact)), leaf, sorted(sealed.tags)), values
