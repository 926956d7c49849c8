"""Shared answers: what many read at once is read from the database once.

An answer depends on its URL, on what the caller may see, and on the views that its route reads.
While those views have not moved it is handed out again as it is (docs/decisions/0024).
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import structs

from domain.vocabulary import UserId
from projections.view import View
from service.api.access import admit, authorization, caller_of
from service.api.tracing import scope_state
from service.api.waiting import VIEWS, Progress
from service.signin import Caller

LONGEST_SECONDS: Final = 1.0
"""How old a shared answer gets, whatever the views do: for what follows the clock."""
LARGEST: Final = 16_000_000
"""In bytes, of all answers that are kept; those that were asked for longest ago go first."""
ASIDE: Final = 3000
"""In bytes, what keeping an answer takes beside its own bytes and its URL."""
NOBODY: Final = UserId("")

Read = Callable[..., Response[bytes]]


class Key(NamedTuple):
    path: str
    query: bytes
    sight: Caller
    """What the caller may see: everything about them but who they are."""


class Ready(Response[bytes]):
    """An answer as it goes out, with a strong ETag."""

    def __init__(self, answer: Response[bytes]) -> None:
        super().__init__(answer.content, media_type=answer.media_type, headers=answer.headers)
        self.etag = f'"{hashlib.blake2b(answer.content, digest_size=16).hexdigest()}"'
        tag = (b"etag", self.etag.encode())
        named = [(name.lower().encode(), str(it).encode()) for name, it in answer.headers.items()]
        length = (b"content-length", str(len(answer.content)).encode())
        self._whole = _messages(
            HTTPStatus.OK,
            [(b"content-type", b"application/json"), length, tag, *named],
            answer.content,
        )
        self._unchanged = _messages(HTTPStatus.NOT_MODIFIED, [tag], b"")
        self.size = len(answer.content)

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """Itself: there is nothing left to make."""
        return self

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        for message in self._unchanged if self._is_known(scope) else self._whole:
            await send(message)

    def _is_known(self, scope: Scope) -> bool:
        return any(
            name == b"if-none-match" and matches(value.decode("latin-1"), self.etag)
            for name, value in scope["headers"]
        )


def _messages(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> tuple[Message, Message]:
    return (
        {"type": "http.response.start", "status": int(status), "headers": headers},
        {"type": "http.response.body", "body": body, "more_body": False},
    )


def matches(if_none_match: str, etag: str) -> bool:
    """Whether who sent this header has the answer with this ETag already."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in (etag, "*") for tag in tags)


class _Kept(NamedTuple):
    answer: Ready
    positions: tuple[int, ...]
    """Where the views stood before it was read."""
    until: float


class _Flight(NamedTuple):
    """A read that is under way; None comes of it if it failed."""

    positions: tuple[int, ...]
    answer: asyncio.Future[Ready | None]


class Answers:
    """The answers that are kept for a moment. Belongs to one event loop."""

    def __init__(self, progress: Progress, largest: int = LARGEST) -> None:
        self._progress = progress
        self._largest = largest
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self.size = 0
        """In bytes, of all that is kept."""
        self._flights: dict[Key, _Flight] = {}

    async def kept(self, key: Key, views: Collection[View]) -> Ready | None:
        """The answer to a request, if one is kept that is still what a read would give."""
        if key not in self._kept:
            return None
        return self._find(key, await self._progress.recent(views))

    async def share(self, key: Key, views: Collection[View], read: Read) -> Response[bytes]:
        """The answer to a request: kept, or what another is reading just now, or read."""
        positions = await self._progress.recent(views)
        if kept := self._find(key, positions):
            return kept
        flight = self._flights.get(key)
        if flight and flight.positions == positions:
            if answer := await asyncio.shield(flight.answer):
                return answer
            return Ready(await sync_to_thread(read))
        return await self._fly(key, positions, read)

    async def _fly(self, key: Key, positions: tuple[int, ...], read: Read) -> Ready:
        flight = _Flight(positions, asyncio.get_running_loop().create_future())
        self._flights[key] = flight
        try:
            answer = Ready(await sync_to_thread(read))
            self._keep(key, _Kept(answer, positions, time.monotonic() + LONGEST_SECONDS))
            flight.answer.set_result(answer)
            return answer
        finally:
            if not flight.answer.done():
                flight.answer.set_result(None)
            if self._flights.get(key) is flight:
                del self._flights[key]

    def _find(self, key: Key, positions: tuple[int, ...]) -> Ready | None:
        if (kept := self._kept.get(key)) is None:
            return None
        if kept.positions != positions or kept.until < time.monotonic():
            return None
        self._kept.move_to_end(key)
        return kept.answer

    def _keep(self, key: Key, kept: _Kept) -> None:
        self._drop(key)
        self._kept[key] = kept
        self.size += _taken(key, kept)
        while self.size > self._largest:
            self._drop(next(iter(self._kept)))
        # Also where nobody asks again: what it says may have to be forgotten.
        asyncio.get_running_loop().call_later(LONGEST_SECONDS, self._let_go, key, kept.until)

    def _let_go(self, key: Key, until: float) -> None:
        if (kept := self._kept.get(key)) and kept.until == until:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        if kept := self._kept.pop(key, None):
            self.size -= _taken(key, kept)


def _taken(key: Key, kept: _Kept) -> int:
    return ASIDE + len(key.path) + len(key.query) + kept.answer.size


def _key(scope: HTTPScope, caller: Caller) -> Key:
    return Key(scope["path"], scope["query_string"], structs.replace(caller, user=NOBODY))


def shared(read: Read) -> Callable[..., Coroutine[Any, Any, Response[bytes]]]:
    """A handler whose answer is shared among all who ask the same and may see the same."""

    async def handle(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        answers: Answers = request.app.state.answers
        key, views = _key(request.scope, caller_of(request)), request.route_handler.opt[VIEWS]
        return await answers.share(key, views, partial(read, request, **asked))

    return handle


def handing_out(app: ASGIApp) -> ASGIApp:
    """The middleware of a route with such a handler: a kept answer goes out before all else.

    Litestar makes no request of it, reads no parameters and forms no response. Who asks is looked
    at as for any other route; whoever named a position to wait for has one that came after it.
    """

    async def hand_out(scope: Any, receive: Receive, send: Send) -> None:
        parts, route = scope["litestar_app"].state, scope["route_handler"]
        caller = admit(parts.issuer, authorization(scope), route, scope_state(scope))
        kept = await parts.answers.kept(_key(scope, caller), route.opt[VIEWS])
        goes_on: Any = kept or app
        await goes_on(scope, receive, send)

    return hand_out
