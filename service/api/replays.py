"""`/pilots/{id}/replay`: the life of a pilot, step by step, as it was known at each."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import QueryParameter

from domain.facts import Past
from projections import names
from projections.sentences import named
from service.api.access import caller_of
from service.api.bodies import InputWrong, Issue
from service.api.histories import READERS, known_names
from service.api.paging import After, Page, page, read_cursor
from service.api.problems import NotThere
from service.api.reading import AtLeast, check_id, id_in_path, only
from service.api.signatures import Answer, sign
from service.api.travel import NONE_SUCH, NOT_YET, as_read_by, moment_in, past_of, sees
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.log.reading import position_at
from service.replaying import Replay

PAGE_SIZE: Final = 20
LARGEST_PAGE: Final = 50
LARGEST_BYTES: Final = 1_000_000
"""A page ends once it is as large: each step holds the whole state after it."""
_MOMENT: Final = "A day, or a moment with its time zone."
_DAYS: Final = ("at", "from_", "until")
PARAMETERS: Final[dict[str, tuple[Any, Any]]] = {
    "id": id_in_path("pilot_…"),
    "at": (
        Annotated[
            str | None,
            QueryParameter(description=f"Begin with the last step recorded by then. {_MOMENT}"),
        ],
        None,
    ),
    "from_": (
        Annotated[
            str | None,
            QueryParameter(name="from", description=f"Compare how it was known then. {_MOMENT}"),
        ],
        None,
    ),
    "until": (
        Annotated[
            str | None,
            QueryParameter(description=f"With how it was known then, or now. {_MOMENT}"),
        ],
        None,
    ),
    "pageSize": (Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)], PAGE_SIZE),
    "after": (After, None),
    "atLeast": (AtLeast, None),
}


TOLD: Final = (
    "A page of steps, in the order in which they were recorded: each with what it changed, the "
    "grounds of a decision, what was not known yet, and the pilot after it. With from or until "
    "they are those in between, and comparison holds the pilot before and after, and what differs."
)


def _replay(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    if asked["at"] and (asked["from_"] or asked["until"]):
        detail = "Either look at one moment, with at, or compare two, with from and until."
        raise InputWrong(Issue(parameter="at", detail=detail))
    positions = _positions(request, asked)
    check_id(asked["id"], "pilot")
    log, caller = request.app.state.log, caller_of(request)
    past = as_read_by(caller, past_of(log, (asked["id"],)))
    if not past:
        raise NotThere(NONE_SUCH)
    replay = Replay(log, asked["id"], past, partial(sees, caller))
    return _page(request, replay, past, positions, asked)


def _positions(request: Request[Any, Any, Any], asked: Mapping[str, Any]) -> dict[str, int]:
    """Where the log stood at each of the moments that are named."""
    now = request.app.state.clock()
    moments = {
        name: moment_in(asked[name], name.rstrip("_"), now)
        for name in _DAYS
        if asked[name] is not None
    }
    with request.app.state.pool.connection() as connection:
        return {name: position_at(connection, moment) for name, moment in moments.items()}


def _page(
    request: Request[Any, Any, Any],
    replay: Replay,
    past: Past,
    positions: Mapping[str, int],
    asked: Mapping[str, Any],
) -> Response[bytes]:
    before, end = positions.get("from_", 0), positions.get("until", past[-1].position)
    if (last := replay.last(positions.get("at", end))) is None:
        raise NotThere(NOT_YET)
    if "at" in positions:
        before = last - 1
    comparing = "from_" in positions or "until" in positions
    comparison = {"comparison": replay.compared(before, end)} if comparing else {}
    after = before
    if asked["after"]:
        (after,) = read_cursor(asked["after"], (int,))
    docs, rows, size = list[bytes](), list[tuple[Any, ...]](), 0
    for step in islice(replay.after(int(after)), asked["pageSize"] + 1):
        if step.position > end:
            break
        rows.append(("", step.position))
        if len(rows) > asked["pageSize"] or size > LARGEST_BYTES:
            break
        docs.append(msgspec.json.encode(step))
        size += len(docs[-1])
    return _answered(request, docs, rows, comparison)


def _answered(
    request: Request[Any, Any, Any],
    docs: list[bytes],
    rows: list[tuple[Any, ...]],
    more: Mapping[str, Any],
) -> Response[bytes]:
    held = msgspec.json.encode(more)
    with request.app.state.pool.connection() as connection:
        known = known_names(connection, [*docs, held], caller_of(request))
    told = [named(doc, known) for doc in docs]
    return page(request, told, len(docs), rows, more=msgspec.json.decode(named(held, known)))


sign(_replay, "replay_pilot", PARAMETERS, Response[bytes])
ROUTES: Final = (
    get(
        "/pilots/{id:str}/replay",
        opt={"roles": READERS, VIEWS: (names.VIEW,)},
        summary="The life of a pilot step by step: what each event changed, and what was known.",
        operation_id="replayPilot",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={200: Answer(Page, description=TOLD), **READ_PROBLEMS},
    )(_replay),
)
