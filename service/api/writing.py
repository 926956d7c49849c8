"""Routes that record: each is a command, its path, its roles and an example."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, HeaderParameter, PathParameter
from msgspec import Struct

from domain.commands import Command
from domain.facts import Mark, municipality_tag
from domain.fields import fields_of
from domain.register import lineage, municipalities, successor
from domain.support_requests import RequestNotOpen
from domain.vocabulary import ID_PREFIXES, NisCode
from service.api.bodies import InputWrong, Issue, body_of, command_of, said_around
from service.api.intake import BODY, Handle, Taken, Told, intake
from service.api.problems import NotThere, Problem, refused, wrong
from service.api.signatures import REQUIRED, Answer, sign
from service.commands import Intent, Seen
from service.ids import is_id, new_id
from service.log.store import Outcome
from service.signin import Role

COORDINATORS: Final = frozenset({Role.COORDINATOR})

IdempotencyKey = Annotated[
    UUID | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="The same key and body again gets the first answer again.",
        required=False,
    ),
]
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="The ETag of the thing's GET: refused if it has changed since.",
        required=False,
    ),
]
_SAMPLES: Final = {
    400: wrong(Issue(pointer="/question", detail="This field is missing.")),
    409: refused(RequestNotOpen(Mark(17, datetime(2024, 3, 1, 9, 30, tzinfo=UTC)))),
}
PROBLEMS: Final = {
    status: Answer(
        Problem,
        description=said,
        media_type="application/problem+json",
        examples=[Example(value=msgspec.to_builtins(_SAMPLES[status]))]
        if status in _SAMPLES
        else None,
    )
    for status, said in {
        400: "The input cannot be taken; all that is wrong with it is listed.",
        401: "No token, or none that is trusted.",
        403: "The token's roles do not allow this.",
        404: "A thing that is named does not exist.",
        409: "A rule does not allow it; the events in the way are named.",
        412: "The thing has changed since the version in If-Match.",
        413: "The body is too large.",
        415: "The body is not sent as JSON.",
        422: "The Idempotency-Key came with another body before.",
        503: "Not just now; try again.",
    }.items()
}
ALREADY_SO: Final = Answer(Outcome, description="It was already so: no new events.")
READ_PROBLEMS: Final = {status: PROBLEMS[status] for status in (400, 401, 403, 404, 503)}


def records(
    path: str,
    command: type[Command],
    *,
    example: dict[str, Any],
    roles: frozenset[Role] = COORDINATORS,
) -> HTTPRouteHandler:
    """A route that carries a command out. Its path names fields of the command.

    A name may end in `_id`, where the field's own is one that Litestar keeps for itself.
    """
    in_path = tuple(part[1:-5] for part in path.split("/") if part.startswith("{"))
    return taken_in(
        path,
        partial(carry_out, path, command),
        name=command.__name__,
        body=body_of(command, frozenset(map(_field, in_path))),
        in_path=in_path,
        example=example,
        roles=roles,
        summary=(command.__doc__ or "").strip().split("\n")[0],
    )


def taken_in(
    path: str,
    handle: Handle,
    *,
    name: str,
    body: type[Struct],
    in_path: tuple[str, ...] = (),
    example: dict[str, Any],
    roles: frozenset[Role],
    summary: str,
) -> HTTPRouteHandler:
    """A route whose requests the intake takes in and hands to `handle`."""

    async def describe(**_: Any) -> Response[Outcome]:
        """Never called: its signature is what the OpenAPI document tells."""
        raise NotImplementedError

    sign(describe, name, _parameters(body, in_path, example), Response[Outcome])
    return post(
        path,
        opt={"roles": roles, BODY: body},
        middleware=[intake(handle)],
        summary=summary,
        operation_id=name[0].lower() + name[1:],
        responses={200: ALREADY_SO, **PROBLEMS},
    )(describe)


def _field(in_path: str) -> str:
    return in_path.removesuffix("_id")


def _parameters(
    body: type[Struct], in_path: tuple[str, ...], example: dict[str, Any]
) -> dict[str, tuple[Any, Any]]:
    named = {
        name: (Annotated[str, PathParameter(description=f"The {_field(name)}'s id.")], REQUIRED)
        for name in in_path
    }
    return {
        "data": (Annotated[body, BodyKwarg(examples=[Example(value=example)])], REQUIRED),
        "idempotency_key": (IdempotencyKey, None),
        "if_match": (IfMatch, None),
        **named,
    }


async def carry_out(path: str, command: type[Command], taken: Taken) -> Told:
    """Make the command of a request and carry it out; tell what it recorded."""
    ids = {_field(name): value for name, value in taken.path.items()}
    check_ids(command, ids)
    thing = next(iter(ids.values()), None)
    if command.FOUNDS:
        field = fields_of(command)[0]
        ids = {**ids, field.name: new_id(ID_PREFIXES[field.type])}
        thing = thing or ids[field.name]
    asked = command_of(command, taken.data, ids)
    own_id = ids[command.__struct_fields__[0]] if command.FOUNDS else thing
    occurred_at, on_behalf_of = said_around(taken.data)
    intent = intent_of(
        taken.state,
        asked,
        thing=own_id or "",
        occurred_at=occurred_at,
        on_behalf_of=on_behalf_of,
        key=taken.key,
        seen=seen_of(taken.if_match, thing or ""),
    )
    outcome = await taken.parts.desk.carry_out(intent)
    taken.parts.wake()
    created = thing if taken.path or not command.FOUNDS else outcome.id
    return Told(outcome, f"/v1/{path.split('/')[1]}/{created}")


def intent_of(
    state: dict[str, Any],
    command: Command,
    *,
    thing: str,
    occurred_at: Any,
    on_behalf_of: Any,
    key: UUID | None,
    said: object = None,
    seen: Seen | None = None,
) -> Intent:
    """A command as the caller of a request, of which this is the state, means it."""
    return Intent(
        command=command,
        thing=thing,
        recorded_by=state["caller"].user,
        request_id=state["request_id"],
        occurred_at=occurred_at,
        on_behalf_of=on_behalf_of,
        key=key,
        said=said,
        seen=seen,
    )


def record(parts: State, intent: Intent) -> Outcome:
    """Carry a command out in the thread of its request, and tell the projector."""
    outcome = parts.handler.carry_out(intent)
    parts.wake()
    return outcome


def answered(outcome: Outcome, location: str) -> Response[Outcome]:
    """201 with where the thing is; 200 if it was already so."""
    return Response(
        outcome,
        status_code=201 if outcome.events else 200,
        headers={"Location": location},
    )


def check_ids(command: type[Command], ids: dict[str, str]) -> None:
    """Ids in a path are ids of their kind, or name nothing that could exist."""
    for name, value in ids.items():
        kind = _kinds(command)[name]
        prefix = ID_PREFIXES.get(kind)
        if (prefix and not is_id(value, prefix)) or (
            kind is NisCode and value not in municipalities()
        ):
            raise NotThere(f"There is no {name} with this id{_begins(prefix)}.")


@cache
def _kinds(command: type[Command]) -> Mapping[str, Any]:
    """The types of a command's fields, by name."""
    return {field.name: field.type for field in fields_of(command)}


def _begins(prefix: str | None) -> str:
    return f": it begins with {prefix}_" if prefix else ""


def seen_of(if_match: str | None, thing: str) -> Seen | None:
    if if_match is None:
        return None
    version = if_match.strip().strip('"').partition(".")[0]
    if not (version.isascii() and version.isdigit() and len(version) < len(str(2**53))):
        raise InputWrong(
            Issue(parameter="If-Match", detail='Give the ETag of the thing, such as "1042".')
        )
    if thing.isdigit():
        place = successor(NisCode(thing))
        return Seen(tuple(municipality_tag(code) for code in lineage(place)), int(version))
    return Seen((thing,), int(version))
