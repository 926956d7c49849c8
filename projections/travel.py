"""Time travel: what a view shows of a moment in the past.

Two questions, which may be asked together (docs/decisions/0022): what was recorded by then, and
what had happened by then. What remains is folded in order of position, as always.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, reduce
from typing import Any, Final

from msgspec import Struct

from domain.conversations import FACTS, FOUNDING
from domain.facts import Past, Recorded, stored_name, subject
from domain.fields import kinds
from domain.records import EventCorrected, corrected, corrects, fixed, fixes_in
from domain.vocabulary import ID_PREFIXES, NUMBER_PREFIXES, Thing, Visibility
from projections import histories
from projections.histories import Line
from projections.view import View, fold_read, touched, touching

_BEGINNINGS: Final = frozenset(FOUNDING.values())


class Moment(Struct, frozen=True, kw_only=True):
    """What is looked back at; without either it is now."""

    known: int | None = None
    """The position of the last event that was recorded by then; 0 if none was."""
    as_of: datetime | None = None
    """What happened after it is left out."""

    def knew(self, recorded: Recorded) -> bool:
        return self.known is None or recorded.position <= self.known

    def saw(self, recorded: Recorded) -> bool:
        """Whether an event had happened; of a corrected one, as it should have been."""
        return self.as_of is None or recorded.occurred_at <= self.as_of


def known(past: Iterable[Recorded], moment: Moment) -> Past:
    """What was recorded by then, each event as it was recorded."""
    return [recorded for recorded in past if moment.knew(recorded)]


def then(past: Iterable[Recorded], moment: Moment) -> Past:
    """What had happened by then, each event as it was known to have been."""
    return [recorded for recorded in corrected(known(past, moment)) if moment.saw(recorded)]


# One row.


def row_then(view: View, key: str, past: Iterable[Recorded], moment: Moment) -> Any | None:  # noqa: ANN401 - the view's own row type
    """A row as it was, from all events about it; none if there was no such thing yet."""
    read = corrected(known(past, moment))
    if not _had_begun(view, key, read, moment):
        return None
    # Each reads by its last correction, also where only an earlier one had happened by then.
    return fold_read(view, key, filter(moment.saw, read))


def _had_begun(view: View, key: str, read: Past, moment: Moment) -> bool:
    its = filter(touching(view, key), read)
    first = next(its, None)
    if first is None or moment.saw(first):
        return first is not None
    return not _begins(first, key) and any(map(moment.saw, its))


def _begins(recorded: Recorded, key: str) -> bool:
    """Whether a thing begins with this event: nothing is seen of it before."""
    return type(recorded.fact) in _BEGINNINGS and subject(recorded.fact) == key


# All rows.


def rows_then(
    view: View, corrections: Iterable[Recorded], events: Iterable[Recorded], moment: Moment
) -> Mapping[str, Any]:
    """All rows of a view as they were, by key; holds rows in memory, and no events.

    `corrections` are all there are; `events` at least those that touch the view, in order of
    position, and read no further than what was known.
    """
    fixes = fixes_in(known(corrections, moment))
    rows: dict[str, Any] = {}
    unbegun: set[str] = set()
    for recorded in events:
        if not moment.knew(recorded):
            break
        _fold_in(view, fixed(recorded, fixes), moment, rows, unbegun)
    return rows


def _fold_in(
    view: View, recorded: Recorded, moment: Moment, rows: dict[str, Any], unbegun: set[str]
) -> None:
    seen = moment.saw(recorded)
    for key in touched(view, recorded):
        if seen and key not in unbegun:
            rows[key] = view.evolve(rows.get(key) or view.empty(key), recorded)
        elif key not in rows and _begins(recorded, key):
            unbegun.add(key)


@cache
def naming(prefix: str) -> tuple[str, ...]:
    """The stored names of all facts that may concern a thing of this kind."""
    found = (fact for fact in FACTS if any(_makes(prefix, kind) for kind in kinds(fact)))
    return tuple(stored_name(fact) for fact in found)


def _makes(prefix: str, kind: object) -> bool:
    return kind is Thing or prefix in (ID_PREFIXES.get(kind), NUMBER_PREFIXES.get(kind))


# Histories.


def hidden(past: Iterable[Recorded]) -> frozenset[int]:
    """The positions of what only staff may see, by all that is known now.

    What was internal once, or came to be, is so when it is looked back at too.
    """
    found: set[int] = set()
    for recorded in past:
        if recorded.fact.seen_by() is Visibility.INTERNAL:
            found.add(recorded.position)
            if isinstance(recorded.fact, EventCorrected):
                found.add(recorded.fact.position)
    return frozenset(found)


def line_then(position: int, past: Iterable[Recorded], moment: Moment) -> Line:
    """The line of one event, as it read then."""
    about_it = [
        recorded
        for recorded in known(past, moment)
        if recorded.position == position or corrects(recorded, position)
    ]
    return reduce(histories.evolve, about_it, Line(position=position))
