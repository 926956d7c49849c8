"""The intake: how a request that records is taken in and answered.

Litestar finds the route, tells of it in the OpenAPI document, and has problems answered. What it
would do for each request beside (a request object, parameters by a signature, hooks, a response
object) takes longer than the command itself, so the intake stands in its place.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec import Struct

from service.api.access import admit
from service.api.bodies import LARGEST_BODY, InputWrong, Issue, read_body
from service.api.expected import unrepeated
from service.api.tracing import scope_state
from service.log.store import Outcome

BODY: Final = "body"
"""Under this name a route says as what its body is read."""
_PLAIN_HOST: Final = re.compile(rb"[0-9A-Za-z.:-]*")
_OUTCOME: Final = msgspec.json.Encoder()


class Taken(NamedTuple):
    """A request as it was taken in."""

    parts: State
    """Those of the app."""
    state: dict[str, Any]
    """The request's own: its id, and the caller."""
    path: dict[str, str]
    """The parameters in its path, by name."""
    data: Any
    """Its body, as the route reads it."""
    key: UUID | None
    if_match: str | None


class Told(NamedTuple):
    """What is answered."""

    outcome: Outcome
    location: str
    """Where the thing is read."""


Handle = Callable[[Taken], Awaitable[Told]]


def intake(handle: Handle) -> Callable[[ASGIApp], ASGIApp]:
    """The middleware that answers the requests of a route; what lies behind it is never asked."""

    def instead_of(app: ASGIApp) -> ASGIApp:
        del app
        return partial(_answer, handle)

    return instead_of


def straight(app: Litestar) -> ASGIApp:
    """Litestar's router, with a shorter way to the routes that an intake answers.

    It finds them as ever, and goes the long way where it does not; what it leaves with a request
    is for handlers of its own.
    """
    long, find = app.asgi_router, app.asgi_router.handle_routing

    def way(scope: Any) -> ASGIApp:
        if scope.get("method") != "POST" or not _is_plain(scope):
            return long
        try:
            taken, route, _, named, template = find(path=scope["path"], method="POST")
        except HTTPException:
            return long
        if BODY not in route.opt:
            return long
        scope["route_handler"], scope["path_params"] = route, named
        scope["path_template"] = template
        return taken

    async def go(scope: Scope, receive: Receive, send: Send) -> None:
        await way(scope)(scope, receive, send)

    return go


def _is_plain(scope: HTTPScope) -> bool:
    """Whether path and host are so ordinary that they need not be looked at more closely."""
    path = scope["path"]
    if path.endswith("/") or "//" in path:
        return False
    for name, value in scope["headers"]:
        if name == b"host":
            return _PLAIN_HOST.fullmatch(value) is not None
    return True


async def _answer(handle: Handle, scope: Scope, receive: Receive, send: Send) -> None:
    await _tell(await handle(await _take(scope, receive)), send)


async def _take(scope: Any, receive: Receive) -> Taken:
    """Take a request in: first who asks, then what.

    Raises:
        NotSignedIn, NotAllowed, RequestEntityTooLarge, InputWrong: for the first that is wrong.
    """
    # Where a header comes twice, the first counts.
    headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
    parts, route, state = scope["litestar_app"].state, scope["route_handler"], scope_state(scope)
    admit(parts.issuer, headers.get(b"authorization", b"").decode("latin-1"), route, state)
    _check_media_type(headers.get(b"content-type", b""))
    kind: type[Struct] = route.opt[BODY]
    data = read_body(await _whole(headers.get(b"content-length", b""), receive), kind)
    key = _key(headers.get(b"idempotency-key"))
    _check_query(scope["query_string"])
    seen = headers.get(b"if-match")
    if_match = None if seen is None else seen.decode("latin-1")
    return Taken(parts, state, scope["path_params"], data, key, if_match)


def _check_media_type(header: bytes) -> None:
    if header.partition(b";")[0].strip().lower() != b"application/json":
        detail = "The body is JSON; say so with Content-Type: application/json."
        raise InputWrong(Issue(detail=detail), status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


async def _whole(announced: bytes, receive: Receive) -> bytes:
    """The body, which is not read to its end where it is too large."""
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        raise RequestEntityTooLarge
    body = b""
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise InputWrong(Issue(detail="The body ended before its time."))
        body += message["body"]
        if len(body) > LARGEST_BODY:
            raise RequestEntityTooLarge
        if not message.get("more_body"):
            return body


def _key(header: bytes | None) -> UUID | None:
    if header is None:
        return None
    try:
        return msgspec.convert(header.decode("latin-1"), UUID)
    except msgspec.ValidationError as error:
        issue = Issue(parameter="Idempotency-Key", detail=unrepeated(str(error)))
        raise InputWrong(issue) from None


def _check_query(query: bytes) -> None:
    if query and (named := _named(query)):
        raise InputWrong(*_not_taken(dict.fromkeys(named)))


def _named(query: bytes) -> list[str]:
    return [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]


def _not_taken(names: Iterable[str]) -> list[Issue]:
    detail = "There is no such parameter; this route takes none."
    return [Issue(parameter=name[:60], detail=detail) for name in names]


async def _tell(told: Told, send: Send) -> None:
    """201 with where the thing is; 200 if it was already so."""
    body = _OUTCOME.encode(told.outcome)
    await send(
        {
            "type": "http.response.start",
            "status": HTTPStatus.CREATED if told.outcome.events else HTTPStatus.OK,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                (b"location", told.location.encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
