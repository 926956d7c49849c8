"""Deny by default: a route names who may use it, and nobody else may."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler

from domain.vocabulary import ActorId
from service.api.access import PUBLIC, RouteWithoutRoles, check_roles
from service.ids import new_id
from service.running import Service
from service.signin import Role

DOCUMENT = "/v1/openapi.json"
OPEN = {
    "/health",
    "/ready",
    "/metrics",
    "/docs",
    DOCUMENT,
    # Litestar's router for the document makes these two of its own: the same again, and a 404.
    f"{DOCUMENT}/openapi.json",
    f"{DOCUMENT}/x",
}
"""What needs no token. A path that joins them is a decision, not an accident."""


class Door(NamedTuple):
    """A route as somebody outside comes to it."""

    method: str
    path: str
    roles: frozenset[Role]
    public: bool


@get("/nobody", sync_to_thread=False)
def nobody() -> str:
    return ""


@get("/empty", opt={"roles": frozenset[Role]()}, sync_to_thread=False)
def empty() -> str:
    return ""


def doors(app: Litestar) -> Iterator[Door]:
    for route in app.routes:
        handlers: list[Any] = getattr(route, "route_handlers", [])
        path = "/".join(
            "x" if part.startswith("{") else part for part in route.path_format.split("/")
        )
        for handler in handlers:
            assert isinstance(handler, HTTPRouteHandler), f"{route.path} is no HTTP route"
            for method in handler.http_methods - {"OPTIONS"}:
                roles = frozenset(handler.opt.get("roles", ()))
                yield Door(str(method), path, roles, bool(handler.opt.get(PUBLIC)))


def test_a_route_that_names_no_roles_does_not_start() -> None:
    app = Litestar([nobody, empty], openapi_config=None)
    with pytest.raises(RouteWithoutRoles) as refused:
        check_roles(app)
    assert str(refused.value).endswith(": /empty, /nobody.")


def test_only_these_routes_are_open_to_everyone(service: Service) -> None:
    found = list(doors(service.app()))
    assert {door.path for door in found if door.public} == OPEN
    assert not [door for door in found if door.public and door.method not in ("GET", "HEAD")]


def test_no_route_answers_without_a_token_or_to_a_role_it_does_not_name(
    http: str, service: Service
) -> None:
    actor = ActorId(new_id("actor"))
    tokens = {
        role: service.issuer.sign("somebody", role, actor=actor if role is Role.ACTOR else None)
        for role in Role
    }
    closed = [door for door in doors(service.app()) if not door.public]
    assert closed
    as_json = {"Content-Type": "application/json"}
    with httpx.Client(base_url=http, headers=as_json, timeout=30) as client:
        for door in closed:
            body = b"{}" if door.method == "POST" else None
            answer = client.request(door.method, door.path, content=body)
            assert answer.status_code == 401, door
            assert answer.headers["www-authenticate"] == "Bearer", door
            for role, token in tokens.items():
                bearer = {"Authorization": f"Bearer {token}"}
                answer = client.request(door.method, door.path, headers=bearer, content=body)
                let_in = answer.status_code not in (401, 403)
                assert let_in == (role in door.roles), (door, role, answer.text)
                assert answer.status_code < 500, (door, role, answer.text)
                if not let_in:
                    assert answer.status_code == 403, (door, role)


def test_a_forged_or_foreign_token_opens_nothing(http: str, service: Service) -> None:
    good = service.issuer.sign("somebody", Role.COORDINATOR)
    head, claims, signature = good.split(".")
    for token in (
        f"{head}.{claims}.{signature[:-4]}AAAA",
        f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.",
        "x",
        "x x",
    ):
        answer = httpx.get(f"{http}/v1/actors", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
        assert len(token) < 2 or token not in answer.text
