"""Reading what a replay is made from: the events of a pilot, and those that it rests on."""

from collections.abc import Callable, Iterator, Sequence

from eventsourcing.dcb.api import DCBQueryItem

from domain.boundaries import CORRECTED, query
from domain.facts import Past, Recorded, subject
from domain.records import corrected, corrects
from projections.replay import Comparison, Step, compared, steps
from projections.travel import hidden
from service.log.store import EventLog

Sees = Callable[[Recorded, frozenset[int]], bool]
"""Whether a reader may see an event, given the positions of what only staff may see."""


class Replay:
    """The life of one pilot, for one reader."""

    def __init__(self, log: EventLog, pilot: str, past: Past, sees: Sees) -> None:
        self._log = log
        self._pilot = pilot
        self._past = past
        self._internal = hidden(past)
        self._sees = sees
        self._found: dict[int, Past] = {}

    def after(self, position: int) -> Iterator[Step]:
        """The steps that were recorded after a position."""
        first = sum(recorded.position <= position for recorded in self._past)
        return steps(self._pilot, self._past, first, self._shows, self._evidence)

    def last(self, position: int) -> int | None:
        """The position of the last step that was recorded until then; none if none was."""
        known = (r.position for r in self._past if r.position <= position and self._shows(r))
        return max(known, default=None)

    def compared(self, before: int, after: int) -> Comparison:
        return compared(self._pilot, self._past, before, after)

    def _shows(self, recorded: Recorded) -> bool:
        return self._sees(recorded, self._internal)

    def _evidence(self, positions: Sequence[int], known: int) -> Past:
        """Those that the reader may see, each as it read when the log stood there."""
        found: list[Recorded] = []
        for position in positions:
            about_it = self._about(position)
            read = corrected(r for r in about_it if r.position <= known)
            found += [r for r in read[:1] if self._sees(r, hidden(about_it))]
        return found

    def _about(self, position: int) -> Past:
        """An event and all corrections of it."""
        if position not in self._found:
            self._found[position] = self._read(position)
        return self._found[position]

    def _read(self, position: int) -> Past:
        event = self._log.at(position)
        if event is None:
            return []
        fixes = query((DCBQueryItem(types=[CORRECTED], tags=[subject(event.fact)]),))
        later = self._log.read(fixes, after=position, unsealed=True).events
        return [event, *(r for r in later if corrects(r, position))]
