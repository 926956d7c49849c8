"""Shared answers: read once for all who ask the same, and never older than they may be."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import pytest
from litestar import Litestar, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from domain.vocabulary import ActorId
from projections import names
from projections.projector import Projector
from service.api import sharing
from service.api.sharing import ASIDE, Answers, handing_out, shared
from service.api.signatures import sign
from service.api.waiting import VIEWS, Progress
from service.ids import new_id
from service.running import Following, Service
from service.signin import Role
from tests.client import Api
from tests.conftest import Shared
from tests.log.requests import appending

QUESTION: Final = {
    "audience": "citizens",
    "question": "Hoe beginnen we?",
    "municipality": "44083",
    "channel": "email",
}


class Reads:
    """A route that counts how often it is read, and waits before it answers if it is told to."""

    def __init__(self, service: Service, largest: int = 16_000_000) -> None:
        self.count = 0
        self.awaited = 0
        """So many must have come before a read goes on."""
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails = False
        self.body = b'"whole"'
        progress = Progress(service.pool)
        handle = shared(self.read)
        sign(handle, "read", {}, Response[bytes])
        opt = {VIEWS: (names.VIEW,), "roles": {Role.AUDITOR}}
        route = get("/{id:str}", opt=opt, middleware=[handing_out])(handle)
        self._issuer = service.issuer
        self.app = Litestar(
            [route],
            guards=[self.let_in],
            state=State({"answers": Answers(progress, largest), "issuer": service.issuer}),
            logging_config=None,
        )

    def let_in(
        self, _connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
    ) -> None:
        self.awaited -= 1
        if self.awaited == 0:
            self.go_on.set()

    def read(self, _request: Request[Any, Any, Any], **_asked: Any) -> Response[bytes]:
        self.count += 1
        self.go_on.wait(10)
        if self.fails:
            raise ArithmeticError
        return Response(self.body)

    def asked(self, *paths: str, together: bool = False) -> list[httpx.Response]:
        async def ask() -> list[httpx.Response]:
            async with self.calling() as client:
                if not together:
                    return [await client.get(path) for path in paths]
                self.awaited = len(paths)
                self.go_on.clear()
                return list(await asyncio.gather(*(client.get(p) for p in paths)))

        return asyncio.run(ask())

    def calling(self) -> httpx.AsyncClient:
        """Each request is of somebody else who may see the same."""
        app: Any = self.app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test", auth=self._signed)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        token = self._issuer.sign(new_id("user"), Role.AUDITOR)
        request.headers["authorization"] = f"Bearer {token}"
        return request


@pytest.fixture
def reads(service: Service) -> Reads:
    return Reads(service)


def test_what_was_just_read_is_handed_out_again(reads: Reads) -> None:
    first, again = reads.asked("/a", "/a")
    assert (first.content, again.content, reads.count) == (b'"whole"', b'"whole"', 1)
    assert first.headers == again.headers


def test_another_url_is_read_for_itself(reads: Reads) -> None:
    reads.asked("/a", "/a?x=1", "/b")
    assert reads.count == 3


def test_many_who_ask_the_same_at_once_wait_for_one_read(reads: Reads) -> None:
    answers = reads.asked(*["/a"] * 8, together=True)
    assert [answer.status_code for answer in answers] == [200] * 8
    assert reads.count == 1


def test_who_waited_for_a_read_that_failed_reads_alone(reads: Reads) -> None:
    reads.fails = True
    answers = reads.asked(*["/a"] * 3, together=True)
    assert [answer.status_code for answer in answers] == [500] * 3
    assert reads.count == 3


def test_what_is_kept_is_bounded_and_the_longest_unasked_goes_first(service: Service) -> None:
    reads = Reads(service, largest=2 * (ASIDE + len("/a") + len('"whole"')))
    reads.asked("/a", "/b", "/a", "/c", "/a", "/b")
    assert reads.count == 4


def test_what_is_larger_than_all_that_may_be_kept_is_answered_too(service: Service) -> None:
    reads = Reads(service, largest=ASIDE)
    assert [answer.content for answer in reads.asked("/a", "/a")] == [b'"whole"'] * 2
    assert reads.count == 2


def test_what_is_kept_is_let_go_though_nobody_asks_again(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LONGEST_SECONDS", 0.05)
    answers: Answers = reads.app.state.answers

    async def ask_once() -> int:
        async with reads.calling() as client:
            await client.get("/a")
            await client.get("/b")
        kept = answers.size
        async with asyncio.timeout(10):
            while answers.size:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)
        return kept

    assert asyncio.run(ask_once()) > 2 * ASIDE


def test_small_answers_count_for_what_keeping_them_takes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is far more than their own bytes."""
    monkeypatch.setattr(sharing, "LONGEST_SECONDS", 60.0)
    reads = Reads(service, largest=60_000)
    reads.asked(*(f"/{n}" for n in range(30)))
    reads.asked("/0")
    assert reads.count == 31


def test_an_answer_is_read_anew_when_a_view_moved(reads: Reads, service: Service) -> None:
    async def ask() -> int:
        async with reads.calling() as client:
            await client.get("/a")
            with service.pool.connection() as connection:
                connection.execute("update view_position set position = position + 1")
            # Nobody told of it: it is seen once the moment has passed for which a look counts.
            while reads.count == 1:
                await client.get("/a")
            return reads.count

    assert asyncio.run(asyncio.wait_for(ask(), 10)) == 2


# How old an answer may be.


def test_what_was_heard_of_is_looked_for_however_short_ago_the_last_look_was(
    service: Service, follow: Projector
) -> None:
    progress = Progress(service.pool, moment=600)

    async def reached() -> list[tuple[int, ...]]:
        before = await progress.recent([names.VIEW])
        service.log.append(appending())
        progress.hear()
        follow.catch_up()
        return [before, await progress.recent([names.VIEW])]

    assert asyncio.run(reached()) == [(0,), (1,)]


def test_a_view_that_is_behind_is_looked_at_for_each_who_asks(
    service: Service, follow: Projector
) -> None:
    progress = Progress(service.pool, moment=600)

    async def reached() -> list[tuple[int, ...]]:
        service.log.append(appending())
        behind = await progress.recent([names.VIEW])
        # Nothing is heard of a view that moves.
        follow.catch_up()
        return [behind, await progress.recent([names.VIEW])]

    assert asyncio.run(reached()) == [(0,), (1,)]


@pytest.fixture
def follow(service: Service) -> Projector:
    """Brings one view to the end of the log when it is told to."""
    return Projector(service.pool, Following(service.log), (names.VIEW,))


# As a reader meets it.


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


def until_seen(shared_service: Service, position: int) -> None:
    """Until all views have come to a position, however they do."""
    with shared_service.pool.connection() as connection:
        while True:
            row = connection.execute("select min(position) from view_position").fetchone()
            if row and row[0] >= position:
                return


def test_whoever_asks_after_the_views_have_an_event_sees_it(shared: Shared, api: Api) -> None:
    asker = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    api.get(f"/actors/{asker}")
    for number in range(1, 9):
        request = api.new("/requests", QUESTION | {"askedBy": asker})
        until_seen(shared.service, api.position)
        found = api.http.get("/v1/requests", params={"askedBy": asker}).json()["items"]
        assert (found[0]["id"], len(found)) == (request, number)
        lines = api.http.get(f"/v1/actors/{asker}/history", params={"order": "desc"}).json()
        assert lines["items"][0]["position"] == api.position


def test_who_is_handed_a_kept_answer_has_an_id_of_their_own(api: Api) -> None:
    answers = [api.http.get("/v1/ambitions") for _ in range(2)]
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]


def test_a_new_name_is_read_at_once_in_a_history_that_was_kept(shared: Shared, api: Api) -> None:
    asker = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    path = f"/actors/{asker}/history"
    for name in ("Buur Twee", "Buur Drie"):
        api.get(path)
        api.record(f"/actors/{asker}/changes", {"name": name})
        until_seen(shared.service, api.position)
        assert name in api.http.get(f"/v1{path}").json()["items"][0]["sentence"]["en"]


@pytest.fixture
def signed_in(shared: Shared) -> Iterator[Callable[..., Api]]:
    clients: list[Api] = []

    def sign_in(role: Role, actor: str | None = None) -> Api:
        token = shared.service.issuer.sign("x", role, actor=ActorId(actor) if actor else None)
        clients.append(Api(shared.address, token))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.close()


def test_an_answer_is_shared_only_with_who_may_see_the_same(
    api: Api, signed_in: Callable[..., Api]
) -> None:
    actor = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    body = {"name": "Soepdag", "initiators": [actor], "municipality": "44083"}
    path = f"/v1/initiatives/{api.new('/initiatives', body)}/history"
    auditor, evaluator = signed_in(Role.AUDITOR), signed_in(Role.EVALUATOR)
    api.get(path.removeprefix("/v1"))
    for _ in range(3):
        assert "Buur Een" in auditor.http.get(path).text
        assert "Buur Een" not in evaluator.http.get(path).text
        assert signed_in(Role.ACTOR, actor).http.get(path).status_code == 403
        assert httpx.get(f"{auditor.http.base_url}{path}").status_code == 401


def test_each_actor_reads_their_own_history(api: Api, signed_in: Callable[..., Api]) -> None:
    actors = [api.new("/actors", {"kind": "citizen", "name": "Buur"}) for _ in range(2)]
    api.get(f"/actors/{actors[-1]}")
    for actor in actors * 2:
        (line,) = signed_in(Role.ACTOR, actor).http.get("/v1/me/history").json()["items"]
        assert line["data"]["actor"] == actor


@pytest.mark.parametrize("kind", ["list", "history"])
def test_who_has_the_answer_already_is_not_sent_it_again(api: Api, kind: str) -> None:
    asker = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    path = f"/v1/requests?askedBy={asker}" if kind == "list" else f"/v1/actors/{asker}/history"
    api.get(f"/actors/{asker}")
    etag = api.http.get(path).headers["etag"]
    for sent in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        same = api.http.get(path, headers={"If-None-Match": sent})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    api.new("/requests", QUESTION | {"askedBy": asker})
    api.get("/requests")
    changed = api.http.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
