"""docs/routes.md: every route, and who may use it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final, NamedTuple

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from service.api.access import PUBLIC
from service.app import DOCUMENT, Parts, create_app
from service.clock import system_clock
from service.commands import Handler
from service.desk import Desk
from service.log.store import EventLog, Pool
from service.settings import SECRET_BYTES
from service.signin import Issuer, Role
from tests.documents import markdown
from tests.documents.markdown import code, table

ABOUT: Final = """\
What a route takes and answers stands in the OpenAPI document, `/v1/openapi.json`, and to read at
`/docs`. A route that names no roles does not start; those for everyone need no token."""


class Line(NamedTuple):
    path: str
    method: str
    summary: str
    roles: str


def page() -> str:
    groups: dict[str, list[Line]] = {}
    for line in sorted(_lines(_app()), key=lambda line: (line.path.split("/"), line.method)):
        group = line.path.split("/")[2] if line.path.startswith("/v1/") else "around the API"
        groups.setdefault(group, []).append(line)
    return markdown.page("Routes", ABOUT, *(_group(name, lines) for name, lines in groups.items()))


def _group(name: str, lines: list[Line]) -> str:
    rows = [(code(f"{line.method} {line.path}"), line.summary, line.roles) for line in lines]
    return f"## {name}\n\n{table(('route', 'what it does', 'for'), rows)}"


def _app() -> Litestar:
    """The app with a database that is never connected to."""
    pool: Pool = ConnectionPool[Connection[TupleRow]]("", open=False)
    secret = bytes(SECRET_BYTES)
    with closing(EventLog(pool, secret, system_clock)) as log:
        handler = Handler(log, system_clock)
        return create_app(
            Parts(
                pool=pool,
                log=log,
                issuer=Issuer(secret),
                clock=system_clock,
                handler=handler,
                desk=Desk(handler, log, pool),
                wake=lambda: None,
            )
        )


def _lines(app: Litestar) -> Iterator[Line]:
    for route in app.routes:
        handlers: list[Any] = getattr(route, "route_handlers", [])
        for handler in handlers:
            # Litestar's own: the document, which stands above, and answers to OPTIONS.
            if not isinstance(handler, HTTPRouteHandler) or not handler.include_in_schema:
                continue
            if route.path.startswith(f"{DOCUMENT}/"):
                continue
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                path = route.path_format.replace("_id}", "}")
                yield Line(path, str(method), handler.summary or "", _roles(handler))


def _roles(handler: HTTPRouteHandler) -> str:
    if handler.opt.get(PUBLIC):
        return "everyone"
    return ", ".join(role for role in Role if role in handler.opt["roles"])
