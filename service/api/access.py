"""Who may: every route names its roles, or does not start."""

from collections.abc import Iterable
from typing import Any, Final

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Scope

from service.api.problems import NotAllowed
from service.api.tracing import state_of
from service.signin import Caller, Issuer, NotSignedIn, Role

PUBLIC: Final = "public"
STAFF: Final = frozenset({Role.COORDINATOR, Role.AUDITOR})


class RouteWithoutRoles(Exception):  # noqa: N818 - stops the start
    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__(f"These routes name no roles that may use them: {', '.join(paths)}.")


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let in who may, to routes that are not for everybody."""
    if handler.opt.get(PUBLIC) or connection.scope.get("method") == "OPTIONS":
        return
    header = connection.headers.get("authorization", "")
    admit(connection.app.state.issuer, header, handler, state_of(connection))


def admit(
    issuer: Issuer, authorization: str, handler: BaseRouteHandler, state: dict[str, Any]
) -> Caller:
    """Let in whose token has a role that the route names; leave the caller with the request.

    Raises:
        NotSignedIn: if there is no token to be trusted.
        NotAllowed: if its roles do not allow this.
    """
    state["caller"] = caller = issuer.read(_bearer(authorization))
    if not caller.roles & handler.opt["roles"]:
        needed = ", ".join(sorted(handler.opt["roles"]))
        raise NotAllowed(f"This takes one of the roles: {needed}.")
    return caller


def authorization(scope: Scope) -> str:
    """The header with the token, as it was sent; empty if there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return value.decode("latin-1")
    return ""


def is_actor(caller: Caller) -> bool:
    """Whether somebody reads as an actor; who is an evaluator too reads as that, which is less."""
    return Role.ACTOR in caller.roles and Role.EVALUATOR not in caller.roles


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    return state_of(connection)["caller"]


def check_roles(app: Litestar) -> None:
    """Refuse to start an app with a route that names no roles and is not public.

    Raises:
        RouteWithoutRoles: naming the routes.
    """
    nameless = [
        route.path
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        and not handler.opt.get(PUBLIC)
        and not handler.opt.get("roles")
        and "OPTIONS" not in handler.http_methods
    ]
    if nameless:
        raise RouteWithoutRoles(sorted(set(nameless)))


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("Send a token: Authorization: Bearer …")
    return token.strip()
