"""`/corrections`: a mistake is corrected in sight, never edited away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from typing import cast as typed

import msgspec
from litestar.concurrency import sync_to_thread
from msgspec import Meta, Struct, structs

from domain.boundaries import about, query
from domain.conversations import AnyFact
from domain.facts import Recorded, subject
from domain.fields import fields_of, places
from domain.records import (
    CorrectableFact,
    CorrectedMeanwhile,
    CorrectEvent,
    EventCorrected,
    check_things,
    corrected,
    corrects,
)
from domain.vocabulary import (
    ActorId,
    AmbitionId,
    BlueprintId,
    CoCreationId,
    DocumentId,
    ExampleId,
    InitiativeId,
    Narrative,
    NisCode,
    NoteId,
    PilotId,
    Position,
    ReflectionId,
    RequestId,
    SessionId,
    WorkshopId,
)
from service.api.bodies import (
    OUT_OF_CALENDAR,
    InputWrong,
    Issue,
    check_fact,
    in_calendar,
    in_utc,
    said_around,
)
from service.api.intake import Taken, Told
from service.api.problems import NotThere
from service.api.writing import COORDINATORS, intent_of, record, seen_of, taken_in
from service.commands import ATTEMPTS, Contended
from service.log.store import EventLog


class Correction(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Correct fields of an event; `occurredAt` among the fields is when it really happened."""

    position: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    fields: Annotated[dict[str, Any], Meta(min_length=1, max_length=50)]
    reason: Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None
    on_behalf_of: Annotated[str, Meta(pattern="^actor_[0-7][0-9a-hjkmnp-tv-z]{25}$")] | None = None


EXAMPLE: Final = {
    "position": 17,
    "fields": {"question": "Hoe betrekken we ook de nieuwe buren bij onze soepdag?"},
    "reason": "De vraag was verkeerd genoteerd aan de telefoon.",
}


async def _correct(taken: Taken) -> Told:
    return await sync_to_thread(_correct_as_it_reads, taken)


def _correct_as_it_reads(taken: Taken) -> Told:
    for _ in range(ATTEMPTS):
        try:
            return _correct_now(taken)
        except CorrectedMeanwhile:
            continue  # the fields are put into the fact as it reads by now
    raise Contended


def _correct_now(taken: Taken) -> Told:
    data: Correction = taken.data
    original, read_at = _as_it_reads_now(taken.parts.log, data.position)
    becomes, happened_at = _merged(original, data.fields)
    check_things(original.fact, becomes)
    thing, collection = _read_as(becomes)
    occurred_at, on_behalf_of = said_around(data)
    intent = intent_of(
        taken.state,
        CorrectEvent(
            position=Position(data.position),
            becomes=becomes,
            happened_at=happened_at,
            reason=Narrative(data.reason),
            read_at=read_at,
            changes=tuple(
                name
                for name in becomes.__struct_fields__
                if getattr(becomes, name) != getattr(original.fact, name)
            ),
        ),
        thing=thing,
        occurred_at=occurred_at,
        on_behalf_of=on_behalf_of,
        key=taken.key,
        said=[data.position, data.fields, data.reason],
        seen=seen_of(taken.if_match, thing),
    )
    return Told(record(taken.parts, intent), f"/v1/{collection}/{thing}")


def _as_it_reads_now(log: EventLog, position: int) -> tuple[Recorded, Position]:
    """The event at a position with what was corrected in it before, and the last to do so.

    Raises:
        NotThere: if there is none, or it is a correction itself.
    """
    stored = log.at(position)
    if stored is None or isinstance(stored.fact, EventCorrected):
        raise NotThere("There is no event at this position that can be corrected.")
    past = log.read(query((about(subject(stored.fact)),)), unsealed=True).events
    corrections = [recorded.position for recorded in past if corrects(recorded, position)]
    now = next(r for r in corrected(past) if r.position == position)
    return now, Position(max(corrections, default=position))


def _merged(original: Recorded, fields: dict[str, Any]) -> tuple[CorrectableFact, datetime]:
    """The fact as it should have been, and when it happened."""
    raw: dict[str, Any] = msgspec.to_builtins(original.fact)
    own = {field.encode_name for field in fields_of(type(original.fact))}
    fields = dict(fields)
    happened_at = original.occurred_at
    if "occurredAt" in fields:
        happened_at = _moment(fields.pop("occurredAt"))
    unknown = [name for name in fields if name not in own]
    issues = [Issue(pointer=f"/fields/{n[:60]}", detail="There is no such field.") for n in unknown]
    if not issues:
        issues = check_fact(type(original.fact), fields)
    if issues:
        raise InputWrong(*issues)
    becomes: Any = msgspec.convert(raw | fields, AnyFact)
    return _timed_in_utc(becomes), happened_at


def _timed_in_utc(value: Any) -> Any:
    """A fact, or what it holds, with its moments in UTC."""
    if isinstance(value, Struct):
        held = {name: _timed_in_utc(getattr(value, name)) for name in value.__struct_fields__}
        return structs.replace(value, **held)
    if isinstance(value, tuple):
        return tuple(_timed_in_utc(item) for item in typed("tuple[Any, ...]", value))
    if not in_calendar(value):
        raise InputWrong(Issue(pointer="/fields", detail=OUT_OF_CALENDAR))
    return in_utc(value)


def _moment(value: Any) -> datetime:
    try:
        moment = msgspec.convert(value, Annotated[datetime, Meta(tz=True)])
    except msgspec.ValidationError:
        detail = "Expected a moment such as 2024-03-01T09:30:00Z."
        raise InputWrong(Issue(pointer="/fields/occurredAt", detail=detail)) from None
    if not in_calendar(moment):
        raise InputWrong(Issue(pointer="/fields/occurredAt", detail=OUT_OF_CALENDAR))
    return in_utc(moment)


COLLECTIONS: Final[Mapping[object, str]] = {
    ActorId: "actors",
    RequestId: "requests",
    SessionId: "sessions",
    ExampleId: "examples",
    InitiativeId: "initiatives",
    WorkshopId: "workshops",
    CoCreationId: "cocreations",
    PilotId: "pilots",
    NisCode: "municipalities",
    ReflectionId: "reflections",
    BlueprintId: "blueprints",
    AmbitionId: "ambitions",
    NoteId: "notes",
    DocumentId: "documents",
}
"""Where things are read; an approach is read with its workshop, a lesson with its pilot."""


def _read_as(fact: CorrectableFact) -> tuple[str, str]:
    """The thing that a fact is read with, and the collection in which that stands."""
    return next(
        (place.value, COLLECTIONS[place.kind])
        for place in places(fact)
        if place.kind in COLLECTIONS
    )


ROUTES: Final = (
    taken_in(
        "/corrections",
        _correct,
        name="correctEvent",
        body=Correction,
        example=EXAMPLE,
        roles=COORDINATORS,
        summary="Correct fields of an event, with the reason.",
    ),
)
