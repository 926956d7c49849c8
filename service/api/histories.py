"""`/history`: the traceable history of any thing, line by line."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Literal, LiteralString

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.conversations import FACTS
from domain.facts import stored_name, tags
from projections import names
from projections.histories import HIDDEN, SEEN, line_of, short
from projections.histories import VIEW as MENTIONS
from projections.sentences import named, tokens
from projections.travel import Moment
from projections.view import View
from service.api.access import STAFF, caller_of, is_actor
from service.api.bodies import InputWrong, Issue, in_utc
from service.api.paging import PAGE_SIZE, After, Page, PageSize, page, read_cursor
from service.api.reading import AtLeast, id_in_path, only, row_of
from service.api.sharing import handing_out, shared
from service.api.signatures import Answer, sign
from service.api.travel import BETWEEN, HistoryThen, as_read_by, between, moment_of
from service.api.travel import PARAMETERS as MOMENT
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.log.store import EventLog
from service.signin import Caller, Role

READERS: Final = STAFF | {Role.EVALUATOR}
"""Evaluators read histories with pseudonyms in place of names."""

PARAMETERS: Final[dict[str, tuple[Any, Any]]] = {
    "types": (
        Annotated[
            str | None,
            QueryParameter(
                description="Which to keep, with commas: stored names, or their beginnings up to "
                "the dot: pilot.decided,workshop."
            ),
        ],
        None,
    ),
    **BETWEEN,
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
    "total": (Annotated[bool, QueryParameter(description="Count them all.")], False),
    "atLeast": (AtLeast, None),
    **MOMENT,
}
RESPONSES: Final = {
    200: Answer(Page, description="A page of the history."),
    **READ_PROBLEMS,
}
READ: Final = (MENTIONS, names.VIEW)
"""The views that a page of history is made from."""


def histories(
    view: View,
    collection: str,
    prefix: str,
    roles: frozenset[Role] = STAFF,
    together: Callable[[Connection[TupleRow], str], Sequence[str]] = lambda _, thing: [thing],
) -> HTTPRouteHandler:
    """A route that gives the history of one thing of a kind, and of what is one with it."""

    def read(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        only(request, asked)

        def concerned(connection: Connection[TupleRow]) -> Sequence[str]:
            row_of(connection, view, asked["id"], prefix)
            return together(connection, asked["id"])

        return answer(request, concerned, asked)

    handle = shared(read)
    sign(
        handle,
        f"{view.name}_history",
        {"id": id_in_path(f"{prefix}_…"), **PARAMETERS},
        Response[bytes],
    )
    return get(
        f"/{collection}/{{id:str}}/history",
        opt={"roles": roles, VIEWS: (view, *READ)},
        middleware=[handing_out],
        summary=f"Everything that concerns one of the {collection}, in order.",
        operation_id=f"get{prefix.title()}History",
        media_type=MediaType.JSON,
        responses=RESPONSES,
    )(handle)


def answer(
    request: Request[Any, Any, Any],
    concerned: Callable[[Connection[TupleRow]], Sequence[str]],
    asked: dict[str, Any],
) -> Response[bytes]:
    """One page of a history, as it is now or as it was."""
    asked |= between(asked)
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
    query = HistoryQuery(concerned, caller, asked)
    total = query.total(connection) if asked["total"] else None
    found = query.page(connection)
    docs = _lines(request.app.state.log, connection, found[: asked["pageSize"]], caller, concerned)
    known = known_names(connection, docs, caller)
    marks = [(row[0], *row[3:]) for row in found]
    return page(request, [named(doc, known) for doc in docs], asked["pageSize"], marks, total)


TOLD: Final = sql.SQL("position, at, visibility, corrected")
WHOLE: Final = sql.SQL("")
ANY: Final = sql.SQL("true")


class HistoryQuery:
    """Where the lines of a history stand, in order, from where the last page ended.

    A page is a range of an index, however long the history. Of several things, such as a place and
    its predecessors, it is put together from one of each; what concerns two of them is one line.
    """

    def __init__(self, concerned: Sequence[str], caller: Caller, asked: dict[str, Any]) -> None:
        self._things = concerned
        self._asked = asked
        self._by_time = asked["orderBy"] == "occurred"
        self._way = sql.SQL("desc" if asked["order"] == "desc" else "asc")
        self._where: list[sql.Composable] = [*_visible(caller)]
        self._values: list[Any] = []
        if asked["types"]:
            self._add("type = any(%s)", list(map(short, _kinds(asked["types"]))))
        if asked["from_"]:
            self._add("at >= %s", in_utc(asked["from_"]))
        if asked["until"]:
            self._add("at < %s", in_utc(asked["until"]))

    def _add(self, test: LiteralString, *values: object) -> None:
        self._where.append(sql.SQL(test))
        self._values += values

    def total(self, connection: Connection[TupleRow]) -> int:
        """How many lines there are on all pages."""
        all_of_them, values = self._of_each()
        counted = sql.SQL("select count({}) from ({}) m").format(
            sql.SQL("distinct position" if len(self._things) > 1 else "*"), all_of_them
        )
        row = connection.execute(counted, values).fetchone()
        return row[0] if row else 0

    def page(self, connection: Connection[TupleRow]) -> list[TupleRow]:
        """Of each line its position, who may see it, its correction, and where a cursor resumes.

        There is one more than the page has.
        """
        query, values = self.statement()
        return connection.execute(query, values).fetchall()

    def statement(self) -> tuple[sql.Composed, list[Any]]:
        """What finds a page, and its parameters."""
        order = sql.SQL(
            "order by at {0}, position {0}" if self._by_time else "order by position {0}"
        ).format(self._way)
        first = sql.SQL(" {} limit {}").format(order, self._asked["pageSize"] + 1)
        of_each, values = self._of_each(first, *self._after())
        if len(self._things) > 1:
            of_each = sql.SQL("select distinct {} from ({}) m {}").format(TOLD, of_each, first)
        mark = sql.SQL("at::text, position" if self._by_time else "position")
        told = sql.SQL("select position, visibility, corrected, {} from ({}) p")
        return told.format(mark, of_each), values

    def _after(self) -> tuple[sql.Composable, Sequence[str | int]]:
        """The condition that resumes where the last page ended."""
        if not (after := self._asked["after"]):
            return ANY, ()
        mark = read_cursor(after, (str, int) if self._by_time else (int,))
        test = sql.SQL("(at, position) {} (%s, %s)" if self._by_time else "position {} %s")
        return test.format(sql.SQL("<" if self._asked["order"] == "desc" else ">")), mark

    def _of_each(
        self,
        until: sql.Composable = WHOLE,
        after: sql.Composable = ANY,
        mark: Sequence[str | int] = (),
    ) -> tuple[sql.Composed, list[Any]]:
        """The mentions of each of the things, and the parameters."""
        of_one = sql.SQL("(select {} from {} where thing = %s and {}{})").format(
            TOLD,
            sql.Identifier(MENTIONS.table),
            sql.SQL(" and ").join([*self._where, after]),
            until,
        )
        values = [each for thing in self._things for each in (short(thing), *self._values, *mark)]
        return sql.SQL(" union all ").join([of_one] * len(self._things)), values


def _kinds(types: str) -> list[str]:
    """The stored names that a reader names, also by their beginnings.

    Raises:
        InputWrong: naming those that no event has.
    """
    asked = types.split(",")
    kept = [name for name in asked if name in NAMES]
    beginnings = [name for name in asked if name.endswith(".") and name in BEGINNINGS]
    if len(kept) + len(beginnings) < len(asked):
        detail = "Name types of events, such as pilot.decided, or their beginnings: pilot."
        raise InputWrong(Issue(parameter="types", detail=detail))
    return [name for name in NAMES if name in kept or name.startswith(tuple(beginnings))]


NAMES: Final = frozenset(map(stored_name, FACTS))
BEGINNINGS: Final = frozenset(f"{name.partition('.')[0]}." for name in NAMES)


def _lines(
    log: EventLog,
    connection: Connection[TupleRow],
    found: Sequence[TupleRow],
    caller: Caller,
    concerned: Sequence[str],
) -> list[bytes]:
    """The lines of a page, as its statement found them."""
    told = [(position, seen, by) for position, seen, by, *_ in found]
    known = log.at_all(connection, [at for position, _, by in told for at in (position, by) if at])
    events = dict(zip(known, as_read_by(caller, list(known.values())), strict=True))
    return [
        msgspec.json.encode(line_of(events[position], events[by] if by else None, SEEN[seen]))
        for position, seen, by in told
        # What is short for two things finds those of both.
        if not tags(events[position].fact).isdisjoint(concerned)
    ]


def _as_it_was(
    request: Request[Any, Any, Any],
    concerned: Sequence[str],
    moment: Moment,
    asked: dict[str, Any],
) -> Response[bytes]:
    caller, size = caller_of(request), asked["pageSize"]
    thing = asked.get("id") or caller.actor or ""
    past = HistoryThen(request.app.state.log, caller, thing, concerned, moment)
    places = past.places(asked)
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
    full = caller.roles & STAFF or is_actor(caller)
    for (doc,) in rows:
        row = msgspec.json.decode(doc, type=names.VIEW.row)
        found[row.id] = row.name if full or row.kind != "actor" else names.pseudonym(row.id)
    return found


def _visible(caller: Caller) -> Sequence[sql.Composable]:
    """Which lines a reader may see, as conditions in SQL."""
    if caller.roles & STAFF:
        return []
    tests = [sql.SQL("visibility < {}").format(HIDDEN)]
    if not is_actor(caller):
        tests.append(sql.SQL("type <> all({})").format(list(map(short, UNREAD))))
    return tests


UNREAD: Final = [name for name in NAMES if name.startswith(("request.", "actor.", "record."))]
"""Evaluators read no support requests, whose lines stand in municipalities' histories too."""
