"""Histories: for each thing which events concern it and when, and the line that tells of each.

Stored is only where a line stands, a narrow row for each thing in the orders that readers ask for.
A read finds a page there, and makes its lines from the events themselves, so that no text has a
second place where it would have to be erased.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Final, cast

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


class Mention(Struct, gc=False):
    """That an event concerns a thing: what finds and orders the lines of its history."""

    thing: int
    """Short for its id, as `short` makes it."""
    position: int
    at: datetime | None = None
    visibility: int = 0
    """Its number in `SEEN`."""
    type: int = 0
    """Short for the stored name of the fact."""
    corrected: int | None = None
    """The position of the latest correction of the event."""


Place = tuple[int, int]
"""A thing, and the position of an event that concerns it."""

SEEN: Final = (Visibility.PUBLIC, Visibility.PARTICIPANTS, Visibility.INTERNAL)
"""Who may see a mention, by the number that is stored: only ever added to."""
_NUMBERS: Final = {seen: number for number, seen in enumerate(SEEN)}
HIDDEN: Final = _NUMBERS[Visibility.INTERNAL]
_SHORT_IN_SQL: Final = "('x' || left(md5({}), 16))::bit(64)::bigint"


@lru_cache(maxsize=16384)
def short(name: str) -> int:
    """The 64 bits that stand for a thing or a type where there are millions of rows.

    Among ten million things some two have the same by chance once in 370,000 logs: who reads
    compares the things themselves.
    """
    digest = hashlib.md5(name.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], signed=True)


def mentions(fact: Fact, position: int) -> Sequence[Place]:
    places = [(thing, position) for thing in _things(fact)]
    if isinstance(fact, EventCorrected):
        # It concerns the same things as the event, so none of them is left out.
        places += [(thing, fact.position) for thing, _ in places]
    return places


def _things(fact: Fact) -> list[int]:
    return [short(tag) for tag in tags(fact) if ":" not in tag or tag.startswith("nis:")]


def not_mentioned(place: Place) -> Mention:
    return Mention(*place)


def mentioned(recorded: Recorded) -> list[Mention]:
    """All mentions of an event, as it was recorded."""
    fact, position, at = recorded.fact, recorded.position, recorded.occurred_at
    seen, kind = _NUMBERS[fact.seen_by()], short(stored_name(type(fact)))
    return [Mention(thing, position, at, seen, kind) for thing in _things(fact)]


def mention(row: Mention, recorded: Recorded) -> Mention:
    fact = recorded.fact
    if recorded.position == row.position:
        (made,) = (made for made in mentioned(recorded) if made.thing == row.thing)
        return made
    if isinstance(fact, EventCorrected) and fact.position == row.position:
        seen = narrower(SEEN[row.visibility], fact.becomes.seen_by())
        return structs.replace(
            row, at=fact.happened_at, visibility=_NUMBERS[seen], corrected=recorded.position
        )
    return row


VIEW = View(
    name="history",
    version=4,
    row=Mention,
    key=("thing", "position"),
    keys=mentions,
    empty=not_mentioned,
    evolve=mention,
    once=mentioned,
    folds_corrections=True,
    texts=False,
    columns={
        "thing": Column("bigint", lambda row: row.thing),
        "position": Column("bigint", lambda row: row.position),
        "at": Column("timestamptz", lambda row: row.at),
        "visibility": Column("smallint", lambda row: row.visibility),
        "type": Column("bigint", lambda row: row.type),
        "corrected": Column("bigint", lambda row: row.corrected),
    },
    before={
        "thing": _SHORT_IN_SQL.format("thing"),
        "type": _SHORT_IN_SQL.format("type"),
        "visibility": "array_position(array['public', 'participants', 'internal'], visibility) - 1",
    },
    # Whole pages are found, filtered and counted in an index; in the other order found by the key.
    indexes=(("thing", "at", "position"),),
    beside=("type", "visibility", "corrected"),
)
