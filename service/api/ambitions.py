"""`/ambitions`: what is aimed at by a day, and how far it has come."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.ambitions import SetAmbition
from domain.facts import stored_name
from domain.pilots import PilotDecided
from projections.ambitions import APPROVALS, VIEW, Ambition, Approval, Progress, progress
from projections.travel import Moment
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import AtLeast, check_id, id_in_path, only, row_of, thing
from service.api.signatures import Answer, sign
from service.api.travel import PARAMETERS as MOMENT
from service.api.travel import as_it_was, list_then, moment_of, thing_then
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS, records


class AmbitionNow(Ambition, kw_only=True):
    """An ambition, with all that counts towards it until now."""

    progress: Progress


def _ambition(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    if moment := moment_of(request, asked):
        return as_it_was(request, _ambition_then(request, asked["id"], moment))
    with request.app.state.pool.connection() as connection:
        doc = row_of(connection, VIEW, asked["id"], "ambition")
        approvals = _approvals(connection)
    ambition = msgspec.json.decode(doc, type=Ambition)
    shown = _with_progress(ambition, approvals)
    # What `If-Match` looks at, and then what moves its progress.
    moved = max((ambition.version, *(approval.version for approval in approvals)))
    return thing(request, msgspec.json.encode(shown), f"{ambition.version}.{moved}")


def _ambition_then(request: Request[Any, Any, Any], key: str, moment: Moment) -> AmbitionNow:
    log = request.app.state.log
    check_id(key, "ambition")
    ambition = thing_then(log, VIEW, key, moment)
    approvals = list_then(log, APPROVALS, moment, (stored_name(PilotDecided),))
    return _with_progress(ambition, list(approvals.values()))


def _with_progress(ambition: Ambition, approvals: list[Approval]) -> AmbitionNow:
    return AmbitionNow(**msgspec.structs.asdict(ambition), progress=progress(ambition, approvals))


def _approvals(connection: Connection[TupleRow]) -> list[Approval]:
    rows = connection.execute(
        sql.SQL("select doc from {}").format(sql.Identifier(APPROVALS.table))
    ).fetchall()
    return [msgspec.json.decode(doc, type=Approval) for (doc,) in rows]


def _now() -> HTTPRouteHandler:
    parameters = {"id": id_in_path("ambition_…"), "atLeast": (AtLeast, None), **MOMENT}
    sign(_ambition, "get_ambition", parameters, Response[bytes])
    return get(
        "/ambitions/{id:str}",
        opt={"roles": READERS, VIEWS: (VIEW, APPROVALS)},
        summary="An ambition, and how far it has come: what counts towards it, since when.",
        operation_id="getAmbition",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={
            200: Answer(AmbitionNow, description="The ambition."),
            **READ_PROBLEMS,
        },
    )(_ambition)


ROUTES: Final = (
    records(
        "/ambitions",
        SetAmbition,
        example={
            "statement": "Tegen eind 2030 zetten dertig steden en gemeenten proeftuinen op.",
            "counted": "municipalities_with_pilot",
            "target": 30,
            "by": "2030-12-31",
        },
    ),
    lists(VIEW, "ambitions", roles=READERS),
    _now(),
    histories(VIEW, "ambitions", "ambition", roles=READERS),
)
