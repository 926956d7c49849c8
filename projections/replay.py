"""Replay: the life of a pilot, step by step, each as it was known when it was recorded."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from domain.facts import Past, Recorded, stored_name
from domain.pilots import LessonLearned, PilotDecided
from domain.records import EventCorrected, corrected
from projections.pilots import VIEW, Pilot
from projections.sentences import Sentence, sentence, verbatim
from projections.travel import Moment, row_then
from projections.view import fold, needs_refold

MOST: Final = 20
"""So many of what was not known yet are told one by one; the others are counted."""


class Told(Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that a step rests on or did not know of; sealed for who may not see it."""

    position: int
    type: str | UnsetType = UNSET
    sentence: Sentence | UnsetType = UNSET
    occurred_at: datetime | UnsetType = UNSET
    recorded_at: datetime | UnsetType = UNSET
    sealed: bool | UnsetType = UNSET


class Change(Struct, frozen=True, kw_only=True):
    """What became of one field: of a list what came and went, else its value."""

    field: str
    before: Raw | UnsetType = UNSET
    after: Raw | UnsetType = UNSET
    added: list[Raw] | UnsetType = UNSET
    removed: list[Raw] | UnsetType = UNSET


class By(Struct, frozen=True, kw_only=True):
    id: str
    name: str


class Grounds(Struct, frozen=True, kw_only=True):
    """Who decided or learnt, why, on which conditions, and on which events that rests."""

    by: list[By]
    reason: Raw
    conditions: Raw | UnsetType = UNSET
    evidence: list[Told]


class NotKnown(Struct, frozen=True, kw_only=True, rename="camel"):
    """What had happened by then and was recorded only later, and what was corrected later."""

    late: list[Told] = []
    late_count: int = 0
    corrections: list[Told] = []
    corrections_count: int = 0


class Step(Struct, frozen=True, kw_only=True, rename="camel"):
    """One event in the life of a pilot, as it was recorded, and what it made of the pilot."""

    position: int
    type: str
    sentence: Sentence
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str
    on_behalf_of: By | UnsetType = UNSET
    corrects: int | UnsetType = UNSET
    """The position of the event that it corrects."""
    grounds: Grounds | UnsetType = UNSET
    changed: list[Change]
    not_known: NotKnown
    state: Raw
    """The pilot after it."""


class Comparison(Struct, frozen=True, kw_only=True):
    """A pilot at two moments, each as it was known then, and the difference."""

    before: Raw
    after: Raw
    changed: list[Change]


Sees = Callable[[Recorded], bool]
"""Whether the reader may see an event."""
Evidence = Callable[[Sequence[int], int], Past]
"""The events at these positions, as they read when the log stood at a position."""


def steps(pilot: str, past: Past, first: int, sees: Sees, evidence: Evidence) -> Iterator[Step]:
    """Each step that a reader may see from the one at index `first` on.

    `past` is all that concerns the pilot, as it was recorded.
    """
    row: Pilot | None = row_then(VIEW, pilot, past[:first], Moment())
    seen = [recorded for recorded in corrected(past) if sees(recorded)]
    for index in range(first, len(past)):
        recorded, before = past[index], row
        row = _after(pilot, past[: index + 1], row)
        if sees(recorded):
            yield _step(recorded, changes(before, row), row, _not_known(recorded, seen), evidence)


def compared(pilot: str, past: Past, before: int, after: int) -> Comparison:
    """What was known when the log stood at two positions."""
    then, later = (row_then(VIEW, pilot, past, Moment(known=known)) for known in (before, after))
    return Comparison(before=_raw(then), after=_raw(later), changed=changes(then, later))


def _after(pilot: str, past: Past, row: Pilot | None) -> Pilot:
    """The row after the last of these events, upon the row before it."""
    if row is None or needs_refold(VIEW, past[-1]):
        return fold(VIEW, pilot, past)
    return VIEW.evolve(row, past[-1])


def _step(
    recorded: Recorded,
    changed: list[Change],
    row: Pilot,
    not_known: NotKnown,
    evidence: Evidence,
) -> Step:
    fact = recorded.fact
    return Step(
        position=recorded.position,
        type=stored_name(type(fact)),
        sentence=sentence(fact),
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        recorded_by=recorded.recorded_by,
        on_behalf_of=_by(recorded.on_behalf_of) if recorded.on_behalf_of else UNSET,
        corrects=fact.position if isinstance(fact, EventCorrected) else UNSET,
        grounds=_grounds(recorded, evidence),
        changed=changed,
        not_known=not_known,
        state=_raw(row),
    )


def _grounds(recorded: Recorded, evidence: Evidence) -> Grounds | UnsetType:
    match recorded.fact:
        case PilotDecided() as fact:
            by, reason, conditions = fact.deciders, fact.motivation, _raw(fact.conditions)
        case LessonLearned() as fact:
            by, reason, conditions = fact.learnt_by, fact.learnt, UNSET
        case _:
            return UNSET
    found = {event.position: event for event in evidence(fact.evidence, recorded.position)}
    return Grounds(
        by=[_by(actor) for actor in by],
        reason=_raw(reason),
        conditions=conditions,
        evidence=[
            told(found[position]) if position in found else Told(position=position, sealed=True)
            for position in fact.evidence
        ],
    )


def _not_known(recorded: Recorded, read: Past) -> NotKnown:
    """`read` holds all events as they read now."""
    later = [event for event in read if event.position > recorded.position]
    late = [
        event
        for event in later
        if event.occurred_at <= recorded.occurred_at and not isinstance(event.fact, EventCorrected)
    ]
    fixes = [
        event
        for event in later
        if isinstance(event.fact, EventCorrected) and event.fact.position <= recorded.position
    ]
    return NotKnown(
        late=[told(event) for event in late[:MOST]],
        late_count=len(late),
        corrections=[told(event) for event in fixes[:MOST]],
        corrections_count=len(fixes),
    )


def told(event: Recorded) -> Told:
    return Told(
        position=event.position,
        type=stored_name(type(event.fact)),
        sentence=sentence(event.fact),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )


def _by(actor: str) -> By:
    """With a token, which whoever reads it replaces by the name."""
    return By(id=actor, name=f"{{{actor}}}")


# What changed.


def changes(before: Struct | None, after: Struct | None) -> list[Change]:
    """Field by field; the version is no news."""
    was, became = _fields(before), _fields(after)
    return [
        _change(name, was.get(name), became.get(name))
        for name in {**was, **became}
        if name not in ("id", "version") and was.get(name) != became.get(name)
    ]


def _fields(row: Struct | None) -> Mapping[str, object]:
    if row is None:
        return {}
    names = zip(row.__struct_encode_fields__, row.__struct_fields__, strict=True)
    return {stored: getattr(row, name) for stored, name in names}


def _change(name: str, was: object, became: object) -> Change:
    if not isinstance(was, list) and not isinstance(became, list):
        return Change(field=name, before=_raw(was), after=_raw(became))
    before, after = (
        [msgspec.json.encode(item) for item in cast("list[object]", value or [])]
        for value in (was, became)
    )
    return Change(field=name, added=_without(after, before), removed=_without(before, after))


def _without(items: list[bytes], others: list[bytes]) -> list[Raw]:
    left = Counter(others)
    found: list[Raw] = []
    for item in items:
        if left[item]:
            left[item] -= 1
        else:
            found.append(Raw(verbatim(item)))
    return found


def _raw(value: object) -> Raw:
    return Raw(verbatim(msgspec.json.encode(value)))
