"""`/history`: the traceable history of any thing, line by line."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, LiteralString

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections import histories as lines
from projections import names
from projections.sentences import named, tokens
from projections.travel import Moment
from projections.view import View
from service.api.access import STAFF, caller_of
from service.api.bodies import in_utc
from service.api.reading import (
    PAGE_SIZE,
    After,
    AtLeast,
    Page,
    PageSize,
    id_in_path,
    only,
    page,
    read_cursor,
    row_of,
)
from service.api.signatures import sign
from service.api.travel import PARAMETERS as MOMENT
from service.api.travel import HistoryThen, moment_of
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.signin import Caller, Role

READERS: Final = STAFF | {Role.EVALUATOR}
"""Evaluators read histories with pseudonyms in place of names."""

PARAMETERS: Final[dict[str, tuple[Any, Any]]] = {
    "types": (
        Annotated[
            str | None,
            QueryParameter(description="Stored names to keep, with commas: pilot.decided,…"),
        ],
        None,
    ),
    "from_": (Annotated[datetime | None, QueryParameter(name="from")], None),
    "until": (Annotated[datetime | None, QueryParameter(name="until")], None),
    "orderBy": (
        Annotated[
            Literal["occurred", "recorded"],
            QueryParameter(description="By when it happened, or by its place in the log."),
        ],
        "occurred",
    ),
    "order": (Annotated[Literal["asc", "desc"], QueryParameter()], "asc"),
    "pageSize": (PageSize, PAGE_SIZE),
    "after": (After, None),
    "atLeast": (AtLeast, None),
    **MOMENT,
}
RESPONSES: Final = {
    200: ResponseSpec(Page, description="A page of the history."),
    **READ_PROBLEMS,
}
READ: Final = (lines.VIEW, names.VIEW)
"""The views that a page of history is made from."""


def histories(
    view: View,
    collection: str,
    prefix: str,
    roles: frozenset[Role] = STAFF,
    together: Callable[[Connection[TupleRow], str], Sequence[str]] = lambda _, thing: [thing],
) -> HTTPRouteHandler:
    """A route that gives the history of one thing of a kind, and of what is one with it."""

    def handle(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        only(request, asked)

        def concerned(connection: Connection[TupleRow]) -> Sequence[str]:
            row_of(connection, view, asked["id"], prefix)
            return together(connection, asked["id"])

        return answer(request, concerned, asked)

    sign(
        handle,
        f"{view.name}_history",
        {"id": id_in_path(f"{prefix}_…"), **PARAMETERS},
        Response[bytes],
    )
    return get(
        f"/{collection}/{{id:str}}/history",
        opt={"roles": roles, VIEWS: (view, *READ)},
        summary=f"Everything that concerns one of the {collection}, in order.",
        operation_id=f"get{prefix.title()}History",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses=RESPONSES,
    )(handle)


def answer(
    request: Request[Any, Any, Any],
    concerned: Callable[[Connection[TupleRow]], Sequence[str]],
    asked: dict[str, Any],
) -> Response[bytes]:
    """One page of a history, as it is now or as it was."""
    moment = moment_of(request, asked)
    with request.app.state.pool.connection() as connection:
        things = concerned(connection)
        if moment is None:
            return history(request, connection, things, asked)
    # The log is read without holding on to a connection: it takes its own.
    return _as_it_was(request, things, moment, asked)


def history(
    request: Request[Any, Any, Any],
    connection: Connection[TupleRow],
    concerned: Sequence[str],
    asked: dict[str, Any],
) -> Response[bytes]:
    """One page of the events that concern any of these, as far as the caller may see them."""
    caller = caller_of(request)
    by_time = asked["orderBy"] == "occurred"
    order = sql.SQL("at, position") if by_time else sql.SQL("position, position")
    falling = asked["order"] == "desc"
    way, than = (sql.SQL("desc"), sql.SQL("<")) if falling else (sql.SQL("asc"), sql.SQL(">"))
    where: list[sql.Composable] = [sql.SQL("thing = any(%s)"), sql.SQL(_visible(caller))]
    values: list[Any] = [list(concerned)]
    for test, value in (
        ("type = any(%s)", asked["types"].split(",") if asked["types"] else None),
        ("at >= %s", in_utc(asked["from_"])),
        ("at < %s", in_utc(asked["until"])),
    ):
        if value is not None:
            where.append(sql.SQL(test))  # pyright: ignore[reportArgumentType]
            values.append(value)
    if asked["after"]:
        where.append(sql.SQL("({}) {} (%s, %s)").format(order, than))
        values += read_cursor(asked["after"], (str if by_time else int, int))
    first = sql.SQL("at" if by_time else "position")
    rows = connection.execute(
        sql.SQL(
            # An event that concerns two of the things has a line for each; one is enough.
            "select distinct on ({first}, position) doc, {mark}, position from {table}"
            " where {where} order by {first} {way}, position {way} limit %s"
        ).format(
            first=first,
            mark=sql.SQL("at::text" if by_time else "position"),
            table=sql.Identifier(lines.VIEW.table),
            where=sql.SQL(" and ").join(where),
            way=way,
        ),
        [*values, asked["pageSize"] + 1],
    ).fetchall()
    known = known_names(connection, [row[0] for row in rows], caller)
    docs = [named(row[0], known) for row in rows]
    return page(request, docs, asked["pageSize"], rows)


def _as_it_was(
    request: Request[Any, Any, Any],
    concerned: Sequence[str],
    moment: Moment,
    asked: dict[str, Any],
) -> Response[bytes]:
    caller, size = caller_of(request), asked["pageSize"]
    thing = asked.get("id") or caller.actor or ""
    past = HistoryThen(request.app.state.log, thing, concerned, moment)
    places = past.places(caller, asked)
    total = len(places) if asked.get("total") else None
    if asked["after"]:
        kinds = (str, int) if asked["orderBy"] == "occurred" else (int,)
        mark, falling = tuple(read_cursor(asked["after"], kinds)), asked["order"] == "desc"
        places = [p for p in places if (p.mark < mark if falling else p.mark > mark)]
    places = places[: size + 1]
    docs = [msgspec.json.encode(past.line(place.event)) for place in places]
    with request.app.state.pool.connection() as connection:
        known = known_names(connection, docs, caller)
    rows = [("", *place.mark) for place in places]
    return page(request, [named(doc, known) for doc in docs], size, rows, total)


def known_names(
    connection: Connection[TupleRow], docs: Sequence[bytes], caller: Caller
) -> dict[str, str]:
    """Names for the things that lines of history speak of, as this reader may know them."""
    wanted = frozenset[str]().union(*(tokens(doc) for doc in docs))
    places = names.of_municipalities()
    found = {token: places[token] for token in wanted if token in places}
    rows = connection.execute(
        sql.SQL("select doc from {} where key = any(%s)").format(sql.Identifier(names.VIEW.table)),
        [list(wanted)],
    ).fetchall()
    full = caller.roles & STAFF or Role.ACTOR in caller.roles
    for (doc,) in rows:
        row = msgspec.json.decode(doc, type=names.VIEW.row)
        found[row.id] = row.name if full or row.kind != "actor" else pseudonym(row.id)
    return found


def pseudonym(actor: str) -> str:
    """A name that tells actors apart and nothing else."""
    return f"actor {actor[-6:]}"


def _visible(caller: Caller) -> LiteralString:
    """Which lines a reader may see, as a condition in SQL."""
    if caller.roles & STAFF:
        return "true"
    if Role.ACTOR in caller.roles:
        return "visibility <> 'internal'"
    # Evaluators read no support requests, whose lines stand in municipalities' histories too.
    return "visibility <> 'internal' and type !~ '^(request|actor|record)[.]'"
