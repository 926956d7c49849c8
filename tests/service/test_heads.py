"""HEAD: on every route that has GET, the same head and no body."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import httpx

from domain.vocabulary import ActorId
from service.api.heads import heads
from service.running import Service
from service.signin import Role
from tests.client import Api
from tests.conftest import Shared
from tests.facts import (
    AMBITION,
    BLUEPRINT,
    CITIZEN,
    COCREATION,
    DOCUMENT,
    EXAMPLE,
    INITIATIVE,
    MUNICIPALITY,
    NOTE,
    PILOT,
    REFLECTION,
    REQUEST,
    SESSION,
    WORKSHOP,
)
from tests.projections.told import tell
from tests.service.test_documents import attached

THINGS: Final = {
    "actors": CITIZEN,
    "requests": REQUEST,
    "sessions": SESSION,
    "examples": EXAMPLE,
    "initiatives": INITIATIVE,
    "workshops": WORKSHOP,
    "cocreations": COCREATION,
    "municipalities": MUNICIPALITY,
    "reflections": REFLECTION,
    "pilots": PILOT,
    "blueprints": BLUEPRINT,
    "ambitions": AMBITION,
    "notes": NOTE,
    "documents": DOCUMENT,
}
MOVING: Final = {"date", "x-request-id", "transfer-encoding"}
"""Headers that differ from answer to answer; the last is of how the body is sent."""


def paths(service: Service) -> Iterator[str]:
    """Where there is GET, each with the id of a thing of the story."""
    for route in service.app().routes:
        methods = {m for h in getattr(route, "route_handlers", []) for m in h.http_methods}
        if "GET" in methods:
            thing = THINGS.get(route.path_format.removeprefix("/v1/").partition("/")[0], "")
            yield route.path_format.replace("{id}", thing)


def head_of(answer: httpx.Response) -> dict[str, str]:
    return {name: said for name, said in answer.headers.items() if name not in MOVING}


def test_every_route_that_has_get_has_head(of_module: Shared) -> None:
    service = of_module.service
    tell(service)
    api = Api(of_module.address, service.issuer.sign("test", Role.COORDINATOR))
    document = attached(api, CITIZEN)
    api.close()
    service.projector.catch_up()
    known = [path.replace(DOCUMENT, document) for path in paths(service)]
    asked = [(path, form) for path in known for form in ("*/*", "text/csv")]
    found = set[str]()
    with httpx.Client(base_url=of_module.address, timeout=30) as client:
        for role in (Role.COORDINATOR, Role.ACTOR, None):
            actor = ActorId(CITIZEN) if role is Role.ACTOR else None
            token = service.issuer.sign("test", role, actor=actor) if role else "none"
            client.headers["Authorization"] = f"Bearer {token}"
            for path, form in asked:
                get = client.get(path, headers={"Accept": form})
                head = client.head(path, headers={"Accept": form})
                assert head.status_code == get.status_code, path
                assert head.content == b"", path
                if path not in ("/ready", "/metrics"):  # they tell of this very moment
                    assert head_of(head) == head_of(get), path
                found |= {path} if get.status_code == 200 else set()
    # All but a page of Litestar's own that is not there.
    assert {path for path, _ in asked} - found == {"/v1/openapi.json/{path}"}


def test_what_is_sent_in_parts_is_not_made_for_a_head() -> None:
    made: list[int] = []

    async def export(scope: Any, receive: Any, send: Any) -> None:
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            made.append(1)
            await send({"type": "http.response.body", "body": b"part", "more_body": True})

    sent: list[Any] = []

    async def ask() -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {"type": "http", "method": "HEAD"}
        await heads(export)(scope, receive, send)

    asyncio.run(ask())
    assert made == []
    assert [message.get("body") for message in sent] == [None, b""]


def test_head_is_there_only_where_get_is(of_module: Shared) -> None:
    token = of_module.service.issuer.sign("test", Role.COORDINATOR)
    named = {"Authorization": f"Bearer {token}"}
    head = httpx.head(f"{of_module.address}/v1/corrections", headers=named)
    assert head.status_code == 405
