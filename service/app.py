"""The app is a value: made from its parts, by one function that tests call too."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct
from structlog.typing import FilteringBoundLogger

from service.api import access, problems, routes
from service.api.bodies import LARGEST_BODY
from service.api.counting import Counts
from service.api.exporting import Exports
from service.api.heads import heads
from service.api.intake import straight
from service.api.items import Items
from service.api.sharing import Answers
from service.api.tracing import scope_state
from service.api.waiting import Progress, await_views
from service.clock import Clock
from service.commands import Handler
from service.desk import Desk
from service.ids import new_uuid
from service.log.store import EventLog, Pool
from service.signin import Issuer

_LOG: Final = structlog.get_logger(__name__)


class Parts(Struct, frozen=True, kw_only=True):
    """What the app is made of."""

    pool: Pool
    log: EventLog
    issuer: Issuer
    clock: Clock
    handler: Handler
    desk: Desk
    wake: Callable[[], None]
    """Tells the projector that something was appended."""


def create_app(parts: Parts) -> Litestar:
    """The HTTP service.

    Raises:
        RouteWithoutRoles: if a route names no roles that may use it.
    """
    progress = Progress(parts.pool)

    def tell() -> None:
        # Before the append is answered: whoever reads after it reads nothing that is older.
        progress.hear()
        parts.wake()

    @asynccontextmanager
    async def listening(_app: Litestar) -> AsyncGenerator[None]:
        parts.desk.begin()
        try:
            with parts.log.news.listening(progress.hear):
                yield
        finally:
            await parts.desk.end()

    app = Litestar(
        route_handlers=[
            Router("/v1", route_handlers=list(routes.VERSION_1)),
            *routes.AROUND,
        ],
        guards=[access.guard],
        # For what goes wrong behind a middleware; `traced` sees to all else.
        exception_handlers={Exception: problems.respond},
        before_request=await_views,
        request_max_body_size=LARGEST_BODY,
        openapi_config=_openapi(),
        plugins=[Items()],
        # Ours is structlog; see writing_down.py.
        logging_config=None,
        state=State(
            {
                "pool": parts.pool,
                "log": parts.log,
                "issuer": parts.issuer,
                "clock": parts.clock,
                "handler": parts.handler,
                "desk": parts.desk,
                "wake": tell,
                "progress": progress,
                "answers": Answers(progress),
                "counts": Counts(),
                "exports": Exports(parts.pool),
            }
        ),
        lifespan=[listening],
    )
    access.check_roles(app)
    # Around everything, so that requests to no route have an id and a line too.
    app.asgi_handler = traced(heads(straight(app)))
    return app


DOCUMENT: Final = "/v1/openapi.json"


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Aanzet",
        version="0.1.0",
        description="Cases of BurgersAanZet: every step an event, every history traceable.",
        render_plugins=[JsonRenderPlugin()],
        openapi_router=Router(
            DOCUMENT, route_handlers=[], opt={access.PUBLIC: True}, include_in_schema=False
        ),
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
            }
        ),
        security=[{"bearer": []}],
    )


def traced(app: ASGIApp) -> ASGIApp:
    """Give each request an id, and a problem if it goes wrong; write one line about it.

    The line tells ids and figures, no texts.
    """
    # Made ready once, for every request waits for its line.
    log: FilteringBoundLogger = _LOG.bind()

    async def trace(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id, began, is_answered = new_uuid(), time.perf_counter(), False
        state = scope_state(scope)
        state["request_id"] = request_id

        async def answer(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                _write_line(log, scope, state, message["status"], time.perf_counter() - began)
                # A copy: a shared answer's messages go out many times.
                named = [*message["headers"], (b"x-request-id", request_id.encode())]
                message = {**message, "headers": named}
            await send(message)

        try:
            await app(scope, receive, answer)
        # Whatever it is, the caller gets a problem, if they have no answer yet.
        except Exception as error:
            if is_answered:
                raise
            await problems.answer(error, scope, receive, answer)

    return trace


def template(scope: HTTPScope) -> str | None:
    """The route's path with its parameters' names, once it is known which route it is."""
    known: Any = scope
    return known.get("path_template")


def _write_line(
    log: FilteringBoundLogger, scope: HTTPScope, state: dict[str, Any], status: int, seconds: float
) -> None:
    caller = state.get("caller")
    log.info(
        "request",
        request_id=state["request_id"],
        method=scope["method"],
        # The route, not the path: a path may hold anything that somebody typed.
        route=template(scope),
        status=status,
        ms=round(seconds * 1000, 1),
        user=caller.user if caller else None,
    )
