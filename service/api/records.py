"""`/corrections`: a mistake is corrected in sight, never edited away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from typing import cast as typed
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
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
from service.api.problems import NotThere
from service.api.tracing import state_of
from service.api.writing import (
    ALREADY_SO,
    COORDINATORS,
    PROBLEMS,
    IdempotencyKey,
    IfMatch,
    answered,
    intent_of,
    no_parameters,
    record,
    seen_of,
)
from service.commands import ATTEMPTS, Contended
from service.log.store import EventLog, Outcome


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


@post(
    "/corrections",
    opt={"roles": COORDINATORS, "body": Correction},
    summary="Correct fields of an event, with the reason.",
    operation_id="correctEvent",
    sync_to_thread=True,
    responses={200: ALREADY_SO, **PROBLEMS},
)
def correct(
    request: Request[Any, Any, Any],
    data: Annotated[Correction, BodyKwarg(examples=[Example(value=EXAMPLE)])],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Outcome]:
    if request.query_params:
        raise InputWrong(*no_parameters(request))
    data = state_of(request)["body"]
    for _ in range(ATTEMPTS):
        try:
            return _correct(request, data, idempotency_key, if_match)
        except CorrectedMeanwhile:
            continue  # the fields are put into the fact as it reads by now
    raise Contended


def _correct(
    request: Request[Any, Any, Any], data: Correction, key: UUID | None, if_match: str | None
) -> Response[Outcome]:
    original, read_at = _as_it_reads_now(request.app.state.log, data.position)
    becomes, happened_at = _merged(original, data.fields)
    thing, collection = _read_as(becomes)
    occurred_at, on_behalf_of = said_around(data)
    intent = intent_of(
        request,
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
        key=key,
        said=[data.position, data.fields, data.reason],
        seen=seen_of(if_match, thing),
    )
    outcome = record(request, intent)
    return answered(outcome, f"/v1/{collection}/{thing}")


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


ROUTES: Final = (correct,)
