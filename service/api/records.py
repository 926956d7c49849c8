"""`/corrections`: a mistake is corrected in sight, never edited away."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from msgspec import Meta, Struct

from domain.boundaries import about, query
from domain.conversations import AnyFact
from domain.facts import Fact, Recorded, concerns, subject
from domain.records import CorrectableFact, CorrectEvent, EventCorrected, corrected
from domain.vocabulary import Narrative, Position
from service.api.bodies import InputWrong, Issue, check_fact, in_utc
from service.api.problems import NotThere
from service.api.tracing import state_of
from service.api.writing import ALREADY_SO, COORDINATORS, PROBLEMS, IdempotencyKey, answered, record
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
) -> Response[Outcome]:
    data = state_of(request)["body"]
    original = _as_it_reads_now(request.app.state.log, data.position)
    becomes, happened_at = _merged(original, data.fields)
    outcome = record(
        request,
        CorrectEvent(
            position=Position(data.position),
            becomes=becomes,
            happened_at=happened_at,
            reason=Narrative(data.reason),
        ),
        thing=subject(original.fact),
        occurred_at=in_utc(data.occurred_at),
        on_behalf_of=data.on_behalf_of,
        key=idempotency_key,
    )
    return answered(outcome, _location(original.fact))


def _as_it_reads_now(log: EventLog, position: int) -> Recorded:
    """The event at a position, with what was corrected in it before.

    Raises:
        NotThere: if there is none, or it is a correction itself.
    """
    stored = log.at(position)
    if stored is None or isinstance(stored.fact, EventCorrected):
        raise NotThere("There is no event at this position that can be corrected.")
    past = log.read(query((about(subject(stored.fact)),)), unsealed=True).events
    return next(r for r in corrected(past) if r.position == position)


def _merged(original: Recorded, fields: dict[str, Any]) -> tuple[CorrectableFact, datetime]:
    """The fact as it should have been, and when it happened."""
    raw: dict[str, Any] = msgspec.to_builtins(original.fact)
    own = {field.encode_name for field in msgspec.structs.fields(type(original.fact))}
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
    return becomes, happened_at


def _moment(value: Any) -> datetime:
    try:
        return in_utc(msgspec.convert(value, Annotated[datetime, Meta(tz=True)]))
    except msgspec.ValidationError:
        detail = "Expected a moment such as 2024-03-01T09:30:00Z."
        raise InputWrong(Issue(pointer="/fields/occurredAt", detail=detail)) from None


WITHIN_ANOTHER: Final = ("approach_", "lesson_", "outcome_")
"""Things that are read with what they came out of."""


def _location(fact: Fact) -> str:
    things = (concern.id for concern in concerns(fact))
    thing = next(thing for thing in things if not thing.startswith(WITHIN_ANOTHER))
    kind, _, _ = thing.partition("_")
    if thing.startswith("nis:"):
        return f"/v1/municipalities/{thing.removeprefix('nis:')}"
    return f"/v1/{kind}s/{thing}"


ROUTES: Final = (correct,)
