"""`/health`, `/ready` and `/metrics`: whether the service lives, can work, and keeps up."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

from litestar import Request, Response, get
from litestar.enums import MediaType
from msgspec import Struct
from psycopg import Error
from psycopg_pool import PoolTimeout

from projections.catalogue import VIEWS
from projections.parking import Parked
from service.api.access import PUBLIC
from service.api.signatures import Answer
from service.standing import Standing, standing


class Health(Struct, frozen=True):
    status: str


class UnknownEvent(Struct, frozen=True):
    """An event that a newer program recorded."""

    position: int
    type: str
    version: int


class Readiness(Struct, frozen=True, rename="camel"):
    """Whether the database answers, where the log ends, and how far behind each view is."""

    status: str
    position: int | None = None
    lag: dict[str, int] = {}
    """In events, by view."""
    seconds: dict[str, float] = {}
    """Since the first event was recorded that a view does not show yet, by view."""
    waits_at: UnknownEvent | None = None
    """The event at which all views wait: this program does not know its form."""
    parked: Sequence[Parked] = ()
    """Views that stand still because of an event that they cannot take."""


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
    responses={503: Answer(Readiness, description="The database does not answer.")},
)
def ready(request: Request[Any, Any, Any]) -> Response[Readiness]:
    now = _standing(request)
    if now is None:
        return Response(Readiness(status="no database"), status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    return Response(
        Readiness(
            status="ready",
            position=now.head,
            lag={lag.view: lag.events for lag in now.views},
            seconds={lag.view: round(lag.seconds, 3) for lag in now.views},
            waits_at=_unknown(now),
            parked=now.parked,
        )
    )


@get(
    "/metrics",
    opt={PUBLIC: True},
    security=[],
    summary="Figures for Prometheus: where the log ends, and how far behind it each view is.",
    operation_id="getMetrics",
    sync_to_thread=True,
    media_type=MediaType.TEXT,
    responses={503: Answer(str, description="The database does not answer.")},
)
def metrics(request: Request[Any, Any, Any]) -> Response[str]:
    now = _standing(request)
    status = HTTPStatus.OK if now else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(
        "".join(f"{line}\n" for line in _lines(now)),
        status_code=status,
        headers={"content-type": "text/plain; version=0.0.4; charset=utf-8"},
    )


def _standing(request: Request[Any, Any, Any]) -> Standing | None:
    """How all stands; None if the database does not answer."""
    state = request.app.state
    try:
        with state.pool.connection() as connection:
            return standing(connection, VIEWS, state.clock())
    except (Error, PoolTimeout):
        return None


def _unknown(now: Standing) -> UnknownEvent | None:
    if (at := now.waits_at) is None:
        return None
    return UnknownEvent(position=at.position, type=at.type, version=at.version)


def _lines(now: Standing | None) -> Iterator[str]:
    yield from _gauge("aanzet_up", "Whether the database answers.", {"": int(now is not None)})
    if now is None:
        return
    still = {report.view for report in now.parked}
    yield from _gauge("aanzet_log_position", "The last position of the log.", {"": now.head})
    for name, about, values in (
        ("position", "The last position that the view shows.", [v.position for v in now.views]),
        ("lag_events", "How many events it is behind.", [v.events for v in now.views]),
        (
            "lag_seconds",
            "How long ago the first event was recorded that it does not show.",
            [v.seconds for v in now.views],
        ),
        (
            "parked",
            "Whether it stands still because of an event that it cannot take.",
            [int(v.view in still) for v in now.views],
        ),
    ):
        labels = (f'{{view="{v.view}"}}' for v in now.views)
        yield from _gauge(f"aanzet_view_{name}", about, dict(zip(labels, values, strict=True)))


def _gauge(name: str, about: str, values: dict[str, int] | dict[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for labels, value in values.items():
        yield f"{name}{labels} {value}"


ROUTES: Final = (health, ready, metrics)
