"""`/health` and `/ready`: whether the service lives, and whether it can work."""

from http import HTTPStatus
from typing import Any, Final

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct
from psycopg import Error
from psycopg_pool import PoolTimeout

from projections.catalogue import VIEWS
from projections.projector import positions
from service.api.access import PUBLIC


class Health(Struct, frozen=True):
    status: str


class Readiness(Struct, frozen=True):
    """Whether the database answers, where the log ends, and how far behind each view is."""

    status: str
    position: int | None = None
    lag: dict[str, int] = {}
    """In events, by view."""
    parked: list[str] = []
    """Views that stand still, because an event could not be folded; see the operators' log."""


@get(
    "/health",
    opt={PUBLIC: True},
    security=[],
    summary="Whether the service is alive.",
    operation_id="getHealth",
    sync_to_thread=False,
)
def health() -> Health:
    return Health(status="alive")


@get(
    "/ready",
    opt={PUBLIC: True},
    security=[],
    summary="Whether the database is reachable, and how far the views are.",
    operation_id="getReady",
    sync_to_thread=True,
    responses={503: ResponseSpec(Readiness, description="The database does not answer.")},
)
def ready(request: Request[Any, Any, Any]) -> Response[Readiness]:
    state = request.app.state
    try:
        with state.pool.connection() as connection:
            reached = positions(connection, VIEWS)
        end = state.log.head()
    except (Error, PoolTimeout):
        return Response(Readiness(status="no database"), status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    lag = {name: max(0, end - position) for name, position in reached.items()}
    return Response(Readiness(status="ready", position=end, lag=lag, parked=state.parked()))


ROUTES: Final = (health, ready)
