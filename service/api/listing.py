"""Routes that list things: filtered, sorted, counted, a page at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, LiteralString, NamedTuple

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.register import lineage, municipalities, same_place, successor
from domain.vocabulary import NisCode
from projections.full_text import CONFIGURATION, plain
from projections.tables import SORTS, all_of, defined, in_order, words
from projections.view import Column, View
from service.api.access import STAFF
from service.api.bodies import (
    in_utc,
)
from service.api.counting import Counts
from service.api.paging import NONE, PAGE_SIZE, After, Page, PageSize, page, read_cursor
from service.api.reading import AtLeast, of_register, only
from service.api.sharing import handing_out, shared
from service.api.signatures import Answer, sign
from service.api.spans import Condition, between_moments, spans
from service.api.travel import (
    BETWEEN,
    between,
    list_then,
    moment_of,
)
from service.api.travel import PARAMETERS as MOMENT
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.signin import Role

Near = Annotated[
    str | None,
    QueryParameter(
        description="A NIS code: first what is found in that place, under whichever of its codes, "
        "then in its province, then elsewhere."
    ),
]

KINDS: Final[dict[str, Any]] = {
    "text": str,
    "text[]": str,
    "date": date,
    "timestamptz": datetime,
    "bigint": int,
    "smallint": int,
    "boolean": bool,
}


class Derived(NamedTuple):
    """A filter that takes more than a column: it also depends on when and by whom it is asked."""

    kind: Any
    description: str
    test: Callable[[Request[Any, Any, Any], Any], tuple[LiteralString, Sequence[Any]]]
    """In SQL, what a row must be like for a value, and the parameters in it."""
    few: bool = False
    """Whether its test says what few rows are like, and is the same for false: all but those."""


NO_DERIVED: Final[Mapping[str, Derived]] = MappingProxyType({})


def lists(
    view: View,
    collection: str,
    *,
    roles: frozenset[Role] = STAFF,
    near: bool = False,
    usual: Mapping[str, str] = NONE,
    derived: Mapping[str, Derived] = NO_DERIVED,
) -> HTTPRouteHandler:
    """A route that lists things, filtered by the columns of their view.

    `usual` is what a filter asks unless the caller says otherwise. With `near`, the rows nearest
    to a municipality can come first. A `derived` filter stands in for the column of its name.
    """
    filters = {
        name: column
        for name, column in view.columns.items()
        if name not in ("at", "position", *derived)
    }
    orders = [n for n, c in view.columns.items() if c.type in SORTS]
    choices = (*orders, *(f"-{name}" for name in orders))

    def read(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        only(request, asked)
        asked |= between(asked)
        moment = moment_of(request, asked)
        rows = list_then(request.app.state.log, view, moment) if moment else None
        query = ListQuery(view, filters, asked, rows)
        for name, each in derived.items():
            if asked[name] is not None:
                add = query.leave_out if each.few and asked[name] is False else query.add
                add(*each.test(request, asked[name]))
        with request.app.state.pool.connection() as connection:
            return query.answer(request, connection)

    parameters: dict[str, tuple[Any, Any]] = {
        name: (_asks(name, column), usual.get(name)) for name, column in filters.items()
    }
    parameters |= {
        name: (Annotated[each.kind | None, QueryParameter(description=each.description)], None)
        for name, each in derived.items()
    }
    parameters |= {
        **BETWEEN,
        "sort": (Annotated[Literal[choices], QueryParameter()], "-at"),  # pyright: ignore[reportInvalidTypeForm]
        "pageSize": (PageSize, PAGE_SIZE),
        "after": (After, None),
        "total": (Annotated[bool, QueryParameter(description="Count them all.")], False),
        "atLeast": (AtLeast, None),
        **MOMENT,
    }
    if near:
        parameters["near"] = (Near, None)
    handle = shared(read)
    sign(handle, f"list_{view.name}", parameters, Response[bytes])
    return get(
        f"/{collection}",
        opt={"roles": roles, VIEWS: (view,)},
        middleware=[handing_out],
        summary=f"The {collection}, filtered.",
        operation_id=f"list{collection.title()}",
        media_type=MediaType.JSON,
        responses={200: Answer(Page, description="A page."), **READ_PROBLEMS},
    )(handle)


class ListQuery:
    """One page of a view's rows, in a total order, from where the last page ended."""

    def __init__(
        self,
        view: View,
        filters: dict[str, Any],
        asked: dict[str, Any],
        rows: Mapping[str, Any] | None = None,
    ) -> None:
        """Of the rows that are stored, or else of those that are given, by key."""
        self._view = view
        self._rows = rows
        self._table = sql.Identifier(view.table if rows is None else GIVEN)
        self._asked = asked
        self._size = asked["pageSize"]
        self._name = asked["sort"].removeprefix("-")
        self._falling = asked["sort"].startswith("-")
        self._where: list[sql.Composable] = []
        self._values: list[Any] = []
        self._but: tuple[sql.Composable, Sequence[Any]] | None = None
        self._words = False
        self._places: tuple[str, list[NisCode]] | None = None
        for name, column in filters.items():
            if (value := asked.get(name)) is not None:
                self._filter(name, column, value)
        self._since = in_utc(asked["from_"]) if asked.get("from_") else None
        self._until = in_utc(asked["until"]) if asked.get("until") else None

    def _filter(self, name: str, column: Column, value: Any) -> None:
        match column.filter:
            case "has":
                self._add("{} @> array[%s]", name, value)
            case "place":
                self._places = (name, list(lineage(of_register(value, name))))
            case "words":
                self._words = True
                asked = sql.SQL("{} @@ websearch_to_tsquery({}, %s)")
                self._where.append(asked.format(words(name), CONFIGURATION))
                self._values.append(plain(value))
            case _ if column.type == "boolean":
                # Named in the text, so that an index of only some rows can serve.
                self._where.append(
                    sql.SQL("{}" if value else "not {}").format(sql.Identifier(name))
                )
            case _ if column.type in SORTS:
                self._compare("{} = %s", name, value)
            case _:
                self._add("{} = %s", name, value)

    def add(self, test: LiteralString, values: Sequence[Any]) -> None:
        """Keep only the rows that pass a test as well."""
        self._where.append(sql.SQL(test))
        self._values += values

    def leave_out(self, test: LiteralString, values: Sequence[Any]) -> None:
        """Keep all rows but those that pass a test; they are few, and counted as such."""
        self._but = sql.SQL(test), values

    def _add(self, test: str, name: str, value: object) -> None:
        self._where.append(sql.SQL(test).format(sql.Identifier(name)))  # pyright: ignore[reportArgumentType]
        self._values.append(value)

    def _compare(self, test: LiteralString, name: str, value: object) -> None:
        self._where.append(sql.SQL(test).format(in_order(name)))
        self._values.append(value)

    def answer(self, request: Request[Any, Any, Any], connection: Connection[TupleRow]) -> Any:
        if self._rows is None:
            return self._answer(request, connection)
        with connection.transaction():
            _lay_out(connection, self._view, self._rows)
            return self._answer(request, connection)

    def _answer(self, request: Request[Any, Any, Any], connection: Connection[TupleRow]) -> Any:
        total = self._total(request, connection) if self._asked["total"] else None
        query, values = self.statement()
        # Planned for these very values: a few open rows are found otherwise than most of all.
        rows = connection.execute(query, values, prepare=False).fetchall()
        docs = self._docs(connection, [row[0] for row in rows[: self._size]])
        # What went meanwhile is left out.
        found = [docs[row[0]] for row in rows[: self._size] if row[0] in docs]
        return page(request, found, self._size, rows, total)

    def _total(self, request: Request[Any, Any, Any], connection: Connection[TupleRow]) -> int:
        if self._rows is None:
            counts: Counts = request.app.state.counts
            return counts.of(connection, self._view, *self.count())
        row = connection.execute(*self.count()).fetchone()
        return row[0] if row else 0

    def _docs(self, connection: Connection[TupleRow], keys: list[str]) -> dict[str, bytes]:
        if self._rows is not None:
            return {key: msgspec.json.encode(self._rows[key]) for key in keys}
        query = sql.SQL("select key, doc from {} where key = any(%s)").format(self._table)
        return dict(connection.execute(query, [keys]).fetchall())

    def statement(self) -> tuple[sql.Composed, list[Any]]:
        """What finds the keys of a page with what a cursor resumes from, and its parameters.

        A page is a range of an index; that of a place with those that merged into it is put
        together from one of each. The rows themselves are read once it is known which they are.
        """
        at, where, values = in_order(self._name), *self._from_where_it_ended()
        of_one = sql.SQL(
            "(select key, {at} as at, {far} as far from {table} where {where} {first})"
        )
        places = self._each_place()
        arms = [
            of_one.format(
                at=at,
                far=self._distance(),
                table=self._table,
                where=all_of([*test, *where]),
                first=self._first(self._distance(), at),
            )
            for test, _ in places
        ]
        found = sql.SQL(" union all ").join(arms)
        if len(arms) > 1:
            first = self._first(sql.Identifier("far"), sql.Identifier("at"))
            found = sql.SQL("select key, at, far from ({}) places {}").format(found, first)
        sent = [value for _, place in places for value in (*place, *values)]
        return sql.SQL("select key, at::text, key, far from ({}) rows").format(found), sent

    def _first(self, far: sql.Composable, at: sql.Composable) -> sql.Composed:
        """The order, and how many are enough."""
        way = sql.SQL("desc" if self._falling else "asc")
        near = sql.SQL("{}, ").format(far) if self._asked.get("near") else sql.SQL("")
        order = sql.SQL("order by {near}{at} {way}, key {way} limit {limit}")
        return order.format(near=near, at=at, way=way, limit=self._size + 1)

    def count(self) -> tuple[sql.Composed, list[Any]]:
        """What counts the rows on all pages, and its parameters."""
        where, values = list(self._where), list(self._values)
        if self._places:
            name, codes = self._places
            where.append(sql.SQL("{} = any(%s)").format(sql.Identifier(name)))
            values.append(codes)
        counts: list[sql.Composable] = []
        sent: list[Any] = []
        count = sql.SQL("{way} (select count(*) from {table} where {tests})")
        for when, bounds in self._spans():
            for way, but, of_but in self._signed():
                tests = all_of([*where, *when, *but])
                counts.append(count.format(way=way, table=self._table, tests=tests))
                sent += [*values, *bounds, *of_but]
        return sql.SQL("select {}").format(sql.SQL(" ").join(counts)), sent

    def _spans(self) -> Sequence[Condition]:
        """Parts of the time that is asked for; but words are looked for once."""
        if self._view.by_month and not self._words:
            return spans(self._since, self._until)
        return [between_moments(self._since, self._until)]

    def _signed(self) -> Iterator[tuple[sql.SQL, Sequence[sql.Composable], Sequence[Any]]]:
        """All, and less those that are left out."""
        yield sql.SQL("+"), (), ()
        if self._but:
            yield sql.SQL("-"), (self._but[0],), self._but[1]

    def _each_place(self) -> list[tuple[list[sql.Composable], list[Any]]]:
        if self._places is None:
            return [([], [])]
        name, codes = self._places
        return [([sql.SQL("{} = %s").format(sql.Identifier(name))], [code]) for code in codes]

    def _from_where_it_ended(self) -> tuple[list[sql.Composable], list[Any]]:
        """All conditions, with that of the cursor."""
        when, bounds = between_moments(self._since, self._until)
        where, values = [*self._where, *when], [*self._values, *bounds]
        if self._but:
            where.append(sql.SQL("not ({})").format(self._but[0]))
            values += self._but[1]
        if not self._asked["after"]:
            return where, values
        mark, key, far = read_cursor(self._asked["after"], (str, str, int))
        than = sql.SQL("<" if self._falling else ">")
        beyond = sql.SQL("({}, key) {} (%s, %s)").format(in_order(self._name), than)
        if not self._asked.get("near"):
            return [*where, beyond], [*values, mark, key]
        further = sql.SQL("({near} > %s or ({near} = %s and {beyond}))")
        test = further.format(near=self._distance(), beyond=beyond)
        return [*where, test], [*values, far, far, mark, key]

    def _distance(self) -> sql.Composable:
        """0 in the place itself, 1 in its province, 2 elsewhere; 0 for all, if none is asked."""
        if self._asked.get("near") is None:
            return sql.SQL("0::bigint")
        nis = of_register(self._asked["near"], "near")
        codes = [str(place.nis) for place in same_place(nis)]
        around = municipalities()[successor(nis)].province
        return sql.SQL(
            "case when municipality = any({}) then 0 when province = {} then 1 else 2 end"
        ).format(codes, around)


def _asks(name: str, column: Column) -> Any:
    kind: Any = Literal[tuple(map(str, column.choices))] if column.choices else KINDS[column.type]  # pyright: ignore[reportInvalidTypeForm]
    place = "A NIS code: what is there, and in what merged into it."
    told = place if column.filter == "place" else None
    return Annotated[kind | None, QueryParameter(name=name, description=told)]


GIVEN: Final = "given"

"""The table of the rows that a list of the past is made of, for as long as it is read."""


def _lay_out(connection: Connection[TupleRow], view: View, rows: Mapping[str, Any]) -> None:
    """Put rows into a table that is queried as the stored one is; it ends with the transaction."""
    kinds = {"key": "text"} | {name: column.type for name, column in view.columns.items()}
    table = sql.Identifier(GIVEN)
    connection.execute(
        sql.SQL("create temporary table {} ({}) on commit drop").format(table, defined(view, kinds))
    )
    with connection.cursor() as cursor:
        copied = sql.SQL("copy {} from stdin").format(table)
        with cursor.copy(copied) as copy:
            for key, row in rows.items():
                copy.write_row((key, *(c.value(row) for c in view.columns.values())))
