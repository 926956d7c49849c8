"""A draft of the log: what is stored, and upon it what was decided and not stored yet.

Commands are carried out against it as against the log itself. Storing a draft makes a real
import of what would otherwise stay a dry run, so that the two cannot differ.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from domain.boundaries import within
from domain.facts import Recorded, tags
from service.clock import Clock
from service.log.store import AppendRequest, EventLog, KeyReused, Outcome, ReadResult, outcome_of

_Item = tuple[tuple[str, ...], tuple[str, ...]]


class Draft:
    """The log as it was when the draft was begun, and what comes upon it. For one thread."""

    def __init__(self, log: EventLog, clock: Clock) -> None:
        self._log: Final = log
        self._clock: Final = clock
        self._begin(log.head())

    def _begin(self, base: int) -> None:
        self._base = self._head = base
        self._known: dict[UUID, tuple[bytes, Outcome]] = {}
        self._asked: set[UUID] = set()
        self._requests: list[AppendRequest] = []
        self._out_of_order: set[UUID] = set()
        self._stored: dict[_Item, list[Recorded]] = {}
        self._decided: dict[str, dict[str, list[Recorded]]] = defaultdict(dict)

    # What carrying a command out asks of a log.

    def read(self, query: DCBQuery | None = None, *, after: int = 0) -> ReadResult:
        items = query.items if query else []
        self._fetch([item for item in items if _name(item) not in self._stored])
        found: dict[int, Recorded] = {}
        for item in items:
            decided = within((item,), self._candidates(item))
            found |= {event.position: event for event in (*self._stored[_name(item)], *decided)}
        return ReadResult([found[p] for p in sorted(found) if p > after], self._head)

    def outcome(self, key: UUID, digest: bytes) -> Outcome | None:
        known = self.known(key)
        if known and not self._log.digests.same(self._known[key][0], key, digest):
            raise KeyReused
        return known

    def append(self, request: AppendRequest) -> Outcome:
        if request.key and (known := self.outcome(request.key, request.digest)):
            return known
        now = self._clock()
        outcome = outcome_of(request, self._head, now)
        for event, fact in zip(outcome.events, request.facts, strict=True):
            recorded = Recorded(
                position=event.position,
                id="",
                fact=fact,
                occurred_at=request.occurred_at,
                recorded_at=now,
                recorded_by=request.recorded_by,
            )
            for tag in tags(fact):
                self._decided[tag].setdefault(event.type, []).append(recorded)
        self._head += len(outcome.events)
        self._requests.append(request)
        if request.key:
            self._known[request.key] = request.digest, outcome
            if request.out_of_order:
                self._out_of_order.add(request.key)
        return outcome

    # What an import asks besides.

    def learn(self, keys: Iterable[UUID]) -> None:
        """Look up at once which of many commands came before."""
        unknown = {key for key in keys if key not in self._asked and key not in self._known}
        if unknown:
            self._known |= self._log.outcomes(list(unknown))
            self._asked |= unknown

    def known(self, key: UUID) -> Outcome | None:
        """What became of the command with this key, whatever it said."""
        self.learn([key])
        known = self._known.get(key)
        return known[1] if known else None

    def out_of_order(self, key: UUID) -> bool:
        """Whether a command of this draft is dated before what it depends on."""
        return key in self._out_of_order

    def store(self) -> None:
        """Append what was decided to the log, and go on from there.

        Raises:
            ConditionFailed: if others appended meanwhile what it depends on; nothing is stored.
        """
        if self._requests:
            self._begin(self._log.append_all(self._requests, self._base))

    def drop(self) -> None:
        """Forget what was decided, and go on from where the log stands now."""
        self._begin(self._log.head())

    def _candidates(self, item: DCBQueryItem) -> Iterator[Recorded]:
        by_type = self._decided[item.tags[0]]
        for name in item.types or by_type:
            yield from by_type.get(name, ())

    def _fetch(self, items: Sequence[DCBQueryItem]) -> None:
        if not items:
            return
        events = self._log.read(DCBQuery(items=list(items))).events
        past = [event for event in events if event.position <= self._base]
        self._stored |= {_name(item): within((item,), past) for item in items}


def _name(item: DCBQueryItem) -> _Item:
    return tuple(item.types), tuple(item.tags)
