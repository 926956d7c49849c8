"""`/municipalities`: places, by their NIS code, with their predecessors and local governments."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from msgspec import Struct, structs
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.facts import municipality_tag
from domain.municipalities import AdoptPolicyPlan, AgreePartnership
from domain.register import Municipality, lineage, municipalities, successor
from domain.vocabulary import NisCode
from projections import actors
from projections.municipalities import VIEW, Dossier, Stage
from projections.travel import Moment, naming, row_then
from service.api.histories import PARAMETERS, READ, READERS, RESPONSES, answer
from service.api.problems import NotThere
from service.api.reading import AtLeast, id_in_path, only, thing
from service.api.samples import GOVERNMENT
from service.api.sharing import handing_out, shared
from service.api.signatures import Answer, sign
from service.api.travel import PARAMETERS as MOMENT
from service.api.travel import as_it_was, list_then, moment_of, past_of
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS, records

ReachedStage = Annotated[
    Stage | None,
    QueryParameter(
        description="Only the places that came this far: engaged, plan_adopted, partner or pilots."
    ),
]


class Place(Struct, kw_only=True, rename="camel"):
    """A municipality as the register has it, and the dossier of the place it is now."""

    municipality: Municipality
    goes_on_as: NisCode
    predecessors: tuple[NisCode, ...]
    dossier: Dossier


class Standing(Municipality, frozen=True, kw_only=True, rename="camel"):
    """A municipality of the register, and how far the place it is now has come."""

    stage: Stage = Stage.NOT_ENGAGED
    pilots: int = 0
    """Those proposed there and in what merged into it."""


def _of_register(request: Request[Any, Any, Any], **asked: Any) -> Response[list[Standing]]:
    only(request, asked)
    reached = _reached(request, moment_of(request, asked))
    everywhere = [_standing(known, reached) for known in municipalities().values()]
    if (wanted := asked["stage"]) is None:
        return Response(everywhere)
    # A place is listed once, under the code with which it goes on.
    return Response([one for one in everywhere if one.stage == wanted and one.successor is None])


def _reached(
    request: Request[Any, Any, Any], moment: Moment | None
) -> Mapping[str, tuple[Stage, int]]:
    """How far each place came, and how many pilots it had, by its code."""
    if moment:
        then = list_then(request.app.state.log, VIEW, moment, naming("nis"))
        return {key: (row.stage, row.pilots) for key, row in then.items()}
    with request.app.state.pool.connection() as connection:
        rows = connection.execute(
            sql.SQL("select key, stage, pilots from {}").format(sql.Identifier(VIEW.table))
        ).fetchall()
    # A version that is still being filled shows none of them.
    return {key: (Stage(stage or Stage.NOT_ENGAGED), pilots or 0) for key, stage, pilots in rows}


def _standing(known: Municipality, reached: Mapping[str, tuple[Stage, int]]) -> Standing:
    stage, pilots = reached.get(successor(known.nis), (Stage.NOT_ENGAGED, 0))
    return Standing(**structs.asdict(known), stage=stage, pilots=pilots)


def _place(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    known = _known(asked["id"])
    if moment := moment_of(request, asked):
        now = successor(known.nis)
        past = past_of(request.app.state.log, VIEW.about(now))
        # A place was always there; what was told of it may not have been.
        dossier = row_then(VIEW, now, past, moment) or VIEW.empty(now)
        return as_it_was(request, _with_dossier(known, dossier))
    with request.app.state.pool.connection() as connection:
        dossier = _dossier(connection, successor(known.nis))
    return thing(request, msgspec.json.encode(_with_dossier(known, dossier)), dossier.version)


def _with_dossier(known: Municipality, dossier: Dossier) -> Place:
    now = successor(known.nis)
    return Place(municipality=known, goes_on_as=now, predecessors=lineage(now)[1:], dossier=dossier)


def _history(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    codes = lineage(successor(_known(asked["id"]).nis))

    def concerned(connection: Connection[TupleRow]) -> list[str]:
        governments = connection.execute(
            sql.SQL("select key from {} where nis = any(%s)").format(
                sql.Identifier(actors.VIEW.table)
            ),
            [list(codes)],
        ).fetchall()
        return [*map(municipality_tag, codes), *(key for (key,) in governments)]

    return answer(request, concerned, asked)


def _known(nis: str) -> Municipality:
    if (known := municipalities().get(NisCode(nis))) is None:
        raise NotThere("The register of Flemish municipalities has no such NIS code.")
    return known


def _dossier(connection: Connection[TupleRow], nis: NisCode) -> Dossier:
    row = connection.execute(
        sql.SQL("select doc from {} where key = %s").format(sql.Identifier(VIEW.table)), [nis]
    ).fetchone()
    return msgspec.json.decode(row[0], type=Dossier) if row else VIEW.empty(nis)


def _reads() -> tuple[HTTPRouteHandler, ...]:
    by_code = id_in_path("a NIS code, old or new")
    sign(
        _of_register,
        "list_municipalities",
        {"stage": (ReachedStage, None), "atLeast": (AtLeast, None), **MOMENT},
        Response[list[Standing]],
    )
    read = {"id": by_code, "atLeast": (AtLeast, None), **MOMENT}
    sign(_place, "get_municipality", read, Response[bytes])
    history_of = shared(_history)
    sign(history_of, "municipality_history", {"id": by_code, **PARAMETERS}, Response[bytes])
    opt: dict[str, Any] = {"roles": READERS, VIEWS: (VIEW, actors.VIEW, *READ)}
    reads: dict[str, Any] = {"opt": opt, "sync_to_thread": True, "media_type": MediaType.JSON}
    return (
        get(
            "/municipalities",
            summary="All Flemish municipalities, with validity, successors and how far each came.",
            operation_id="listMunicipalities",
            responses=READ_PROBLEMS,
            **reads,
        )(_of_register),
        get(
            "/municipalities/{id:str}",
            summary="A municipality, and the dossier of the place it is now, also as it was.",
            operation_id="getMunicipality",
            responses={200: Answer(Place, description="The place."), **READ_PROBLEMS},
            **reads,
        )(_place),
        get(
            "/municipalities/{id:str}/history",
            summary="The history of a place, its predecessors and its local government.",
            operation_id="getMunicipalityHistory",
            responses=RESPONSES,
            opt=opt,
            middleware=[handing_out],
            media_type=MediaType.JSON,
        )(history_of),
    )


ROUTES: Final = (
    records(
        "/municipalities/{municipality:str}/plans",
        AdoptPolicyPlan,
        example={
            "title": "Samen sterk 2020-2025",
            "adoptedOn": "2019-12-19",
            "startsOn": "2020-01-01",
            "endsOn": "2025-12-31",
            "occurredAt": "2019-12-19T20:00:00Z",
        },
    ),
    records(
        "/municipalities/{municipality:str}/partnerships",
        AgreePartnership,
        example={
            "purpose": "Samen proeftuinen ondersteunen.",
            "agreedBy": [GOVERNMENT],
            "occurredAt": "2024-02-01T14:00:00Z",
        },
    ),
    *_reads(),
)
