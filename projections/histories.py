"""Histories: for each thing which events concern it and when, and the line that tells of each.

Stored is only where a line stands, a narrow row for each thing in the orders that readers ask for.
A read finds a page there, and makes its lines from the events themselves, so that no text has a
second place where it would have to be erased.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from domain.facts import Fact, Recorded, Source, concerns, stored_name, tags
from domain.records import EventCorrected
from domain.vocabulary import Personal, Visibility
from projections.sentences import Sentence, declared, sentence, verbatim
from projections.view import Column, View


class Concerned(Struct, frozen=True, kw_only=True):
    role: str
    id: str


class Was(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the event said when it was recorded."""

    data: Raw
    occurred_at: datetime | None


class Correction(Struct, frozen=True, kw_only=True, rename="camel"):
    """The latest correction of an event; each is a line of its own too."""

    by: int
    """The position of the correction."""
    at: datetime
    reason: Raw
    was: Was


class Line(Struct, kw_only=True, rename="camel"):
    """One event, as it is handed out in the history of everything that it concerns."""

    position: int
    type: str = ""
    visibility: Visibility = Visibility.INTERNAL
    sentence: Sentence = Sentence()
    occurred_at: datetime | None = None
    recorded_at: datetime | None = None
    recorded_by: str = ""
    on_behalf_of: str | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    request_id: str | UnsetType = UNSET
    concerns: list[Concerned] = []
    data: Raw = Raw(b"{}")
    out_of_order: bool | UnsetType = UNSET
    corrected: Correction | UnsetType = UNSET


def line_of(recorded: Recorded, correction: Recorded | None, visibility: Visibility) -> Line:
    """The line of an event with its latest correction, seen by those who may see its mentions."""
    line = evolve(Line(position=recorded.position), recorded)
    line = evolve(line, correction) if correction else line
    line.visibility = visibility
    return line


def evolve(line: Line, recorded: Recorded) -> Line:
    fact = recorded.fact
    if recorded.position == line.position:
        return structs.replace(
            _telling(line, fact),
            type=stored_name(type(fact)),
            visibility=fact.seen_by(),
            occurred_at=recorded.occurred_at,
            recorded_at=recorded.recorded_at,
            recorded_by=recorded.recorded_by,
            on_behalf_of=recorded.on_behalf_of or UNSET,
            source=recorded.source,
            request_id=recorded.request_id or UNSET,
            out_of_order=recorded.out_of_order or UNSET,
        )
    if isinstance(fact, EventCorrected) and fact.position == line.position:
        before = Was(data=line.data, occurred_at=line.occurred_at)
        return structs.replace(
            _telling(line, fact.becomes),
            visibility=narrower(line.visibility, fact.becomes.seen_by()),
            occurred_at=fact.happened_at,
            corrected=Correction(
                by=recorded.position,
                at=recorded.recorded_at,
                reason=_raw(fact.reason),
                was=line.corrected.was if line.corrected else before,
            ),
        )
    return line


def _telling(line: Line, fact: Fact) -> Line:
    return structs.replace(
        line,
        sentence=sentence(fact),
        concerns=[Concerned(role=role, id=thing) for role, thing in concerns(fact)],
        data=_raw(_shown(fact)),
    )


def narrower(before: Visibility, after: Visibility) -> Visibility:
    """What was internal once stays so, for the line tells how it read before."""
    return Visibility.INTERNAL if Visibility.INTERNAL in (before, after) else after


def _raw(value: object) -> Raw:
    return Raw(verbatim(msgspec.json.encode(value)))


def _shown(struct: Struct) -> dict[str, object]:
    """The stored form of a struct, without what is personal."""
    return {name: _plain(getattr(struct, field)) for field, name in _showing(type(struct))}


@cache
def _showing(struct: type[Struct]) -> tuple[tuple[str, str], ...]:
    """The fields of which nothing is personal, with their stored names."""
    kinds = declared(struct)
    stored = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    return tuple((field, name) for field, name in stored if kinds[field] is not Personal)


def _plain(value: object) -> object:
    if isinstance(value, str):  # as most are
        return value
    if isinstance(value, Fact):
        return {"type": stored_name(type(value)), **_shown(value)}
    if isinstance(value, Struct):
        return _shown(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return value


class Mention(Struct):
    """That an event concerns a thing: what finds and orders the lines of its history."""

    thing: str
    position: int
    at: datetime | None = None
    visibility: Visibility = Visibility.INTERNAL
    type: str = ""
    corrected: int | None = None
    """The position of the latest correction of the event."""


Place = tuple[str, int]
"""A thing, and the position of an event that concerns it."""


def mentions(fact: Fact, position: int) -> Sequence[Place]:
    places = [(thing, position) for thing in _things(fact)]
    if isinstance(fact, EventCorrected):
        # It concerns the same things as the event, so none of them is left out.
        places += [(thing, fact.position) for thing, _ in places]
    return places


def _things(fact: Fact) -> list[str]:
    return [tag for tag in tags(fact) if ":" not in tag or tag.startswith("nis:")]


def not_mentioned(place: Place) -> Mention:
    return Mention(*place)


def mentioned(recorded: Recorded) -> dict[Place, Mention]:
    """All mentions of an event, as it was recorded."""
    fact, position, at = recorded.fact, recorded.position, recorded.occurred_at
    seen, kind = fact.seen_by(), stored_name(type(fact))
    return {(thing, position): Mention(thing, position, at, seen, kind) for thing in _things(fact)}


def mention(row: Mention, recorded: Recorded) -> Mention:
    fact = recorded.fact
    if recorded.position == row.position:
        return mentioned(recorded)[row.thing, row.position]
    if isinstance(fact, EventCorrected) and fact.position == row.position:
        return structs.replace(
            row,
            at=fact.happened_at,
            visibility=narrower(row.visibility, fact.becomes.seen_by()),
            corrected=recorded.position,
        )
    return row


VIEW = View(
    name="history",
    version=3,
    row=Mention,
    key=("thing", "position"),
    keys=mentions,
    empty=not_mentioned,
    evolve=mention,
    about=lambda place: place[:1],
    once=mentioned,
    folds_corrections=True,
    texts=False,
    columns={
        "thing": Column("text", lambda row: row.thing),
        "position": Column("bigint", lambda row: row.position),
        "at": Column("timestamptz", lambda row: row.at),
        "visibility": Column("text", lambda row: row.visibility),
        "type": Column("text", lambda row: row.type),
        "corrected": Column("bigint", lambda row: row.corrected),
    },
    # Whole pages are found, filtered and counted in an index; in the other order found by the key.
    indexes=(("thing", "at", "position", "type", "visibility", "corrected"),),
)
