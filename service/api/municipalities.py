"""`/municipalities`: places, by their NIS code, with their predecessors and local governments."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from msgspec import Struct
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.facts import municipality_tag
from domain.municipalities import AdoptPolicyPlan, AgreePartnership
from domain.register import Municipality, lineage, municipalities, successor
from domain.vocabulary import NisCode
from projections import actors
from projections.municipalities import VIEW, Dossier, Stage
from service.api.histories import PARAMETERS, READ, READERS, RESPONSES, history
from service.api.problems import NotThere
from service.api.reading import AtLeast, id_in_path, only, thing
from service.api.samples import GOVERNMENT
from service.api.sharing import SHARED, shared
from service.api.signatures import sign
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


def _of_register(request: Request[Any, Any, Any], **asked: Any) -> Response[list[Municipality]]:
    only(request, asked)
    known = municipalities()
    if asked["stage"] is None:
        return Response(list(known.values()))
    with request.app.state.pool.connection() as connection:
        rows = connection.execute(
            sql.SQL("select key from {} where stage = %s order by key").format(
                sql.Identifier(VIEW.table)
            ),
            [asked["stage"]],
        ).fetchall()
    return Response([known[NisCode(key)] for (key,) in rows])


def _place(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    known = _known(asked["id"])
    now = successor(known.nis)
    with request.app.state.pool.connection() as connection:
        dossier = _dossier(connection, now)
    place = Place(
        municipality=known, goes_on_as=now, predecessors=lineage(now)[1:], dossier=dossier
    )
    return thing(request, msgspec.json.encode(place), dossier.version)


def _history(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    codes = lineage(successor(_known(asked["id"]).nis))
    with request.app.state.pool.connection() as connection:
        governments = connection.execute(
            sql.SQL("select key from {} where nis = any(%s)").format(
                sql.Identifier(actors.VIEW.table)
            ),
            [list(codes)],
        ).fetchall()
        concerned = [*map(municipality_tag, codes), *(key for (key,) in governments)]
        return history(request, connection, concerned, asked)


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
        {"stage": (ReachedStage, None), "atLeast": (AtLeast, None)},
        Response[list[Municipality]],
    )
    sign(_place, "get_municipality", {"id": by_code, "atLeast": (AtLeast, None)}, Response[bytes])
    history_of = shared(_history)
    sign(history_of, "municipality_history", {"id": by_code, **PARAMETERS}, Response[bytes])
    opt: dict[str, Any] = {"roles": READERS, VIEWS: (VIEW, actors.VIEW, *READ)}
    reads: dict[str, Any] = {"opt": opt, "sync_to_thread": True, "media_type": MediaType.JSON}
    return (
        get(
            "/municipalities",
            summary="The register of Flemish municipalities, with validity and successors.",
            operation_id="listMunicipalities",
            responses=READ_PROBLEMS,
            **reads,
        )(_of_register),
        get(
            "/municipalities/{id:str}",
            summary="A municipality, and the dossier of the place it is now.",
            operation_id="getMunicipality",
            responses={200: ResponseSpec(Place, description="The place."), **READ_PROBLEMS},
            **reads,
        )(_place),
        get(
            "/municipalities/{id:str}/history",
            summary="The history of a place, its predecessors and its local government.",
            operation_id="getMunicipalityHistory",
            responses=RESPONSES,
            opt=opt | {SHARED: True},
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
