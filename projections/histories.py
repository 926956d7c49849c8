"""Histories: a line for every event, and for each thing which lines concern it and when.

A line is stored once, however many things it concerns. Beside it stands, for each of them, a
narrow row in the orders that readers ask for; a read finds a page there, and then its lines.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from domain.facts import Fact, Recorded, Source, concerns, stored_name, subject, tags
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


def keys(fact: Fact, position: int) -> Iterator[str]:
    """An event is told with its subject, which its corrections have too."""
    yield f"{subject(fact)}/{position}"
    if isinstance(fact, EventCorrected):
        yield f"{subject(fact)}/{fact.position}"


def empty(key: str) -> Line:
    return Line(position=_place_of(key)[1])


def _place_of(key: str) -> tuple[str, int]:
    thing, _, position = key.rpartition("/")
    return thing, int(position)


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
            visibility=_narrower(line.visibility, fact.becomes.seen_by()),
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


def _narrower(before: Visibility, after: Visibility) -> Visibility:
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


LINES = View(
    name="lines",
    row=Line,
    keys=keys,
    empty=empty,
    evolve=evolve,
    about=lambda key: (_place_of(key)[0],),
    folds_corrections=True,
    columns={
        "position": Column("bigint", lambda line: line.position),
        "visibility": Column("text", lambda line: line.visibility),
    },
    indexes=(("position",),),
)


class Mention(Struct, kw_only=True, array_like=True):
    """That an event concerns a thing: what finds and orders the lines of its history."""

    thing: str
    position: int
    type: str = ""
    visibility: Visibility = Visibility.INTERNAL
    at: datetime | None = None


def mentions(fact: Fact, position: int) -> Iterator[str]:
    for tag in sorted(tags(fact)):
        if ":" in tag and not tag.startswith("nis:"):
            continue
        yield f"{tag}/{position}"
        # A correction concerns the same things as the event, so none of them is left out.
        if isinstance(fact, EventCorrected):
            yield f"{tag}/{fact.position}"


def not_mentioned(key: str) -> Mention:
    thing, position = _place_of(key)
    return Mention(thing=thing, position=position)


def mention(row: Mention, recorded: Recorded) -> Mention:
    fact, at = recorded.fact, recorded.occurred_at
    if recorded.position == row.position:
        kind = stored_name(type(fact))
        return structs.replace(row, type=kind, visibility=fact.seen_by(), at=at)
    if isinstance(fact, EventCorrected) and fact.position == row.position:
        seen = _narrower(row.visibility, fact.becomes.seen_by())
        return structs.replace(row, visibility=seen, at=fact.happened_at)
    return row


VIEW = View(
    name="history",
    version=2,
    row=Mention,
    keys=mentions,
    empty=not_mentioned,
    evolve=mention,
    about=lambda key: (_place_of(key)[0],),
    folds_corrections=True,
    texts=False,
    columns={
        "thing": Column("text", lambda row: row.thing),
        "position": Column("bigint", lambda row: row.position),
        "at": Column("timestamptz", lambda row: row.at),
        "visibility": Column("text", lambda row: row.visibility),
        "type": Column("text", lambda row: row.type),
    },
    # Whole pages are found, filtered and counted in an index.
    indexes=(
        ("thing", "at", "position", "type", "visibility"),
        ("thing", "position", "at", "type", "visibility"),
    ),
)
