"""Routes that read: lists with filters, a thing as it is now, and its history."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.register import lineage, municipalities, same_place, successor
from domain.vocabulary import NisCode
from projections.full_text import CONFIGURATION, plain
from projections.tables import words
from projections.view import Column, View
from service.api.access import STAFF
from service.api.bodies import (
    LARGEST_INTEGER,
    OUT_OF_CALENDAR,
    InputWrong,
    Issue,
    in_calendar,
    in_utc,
)
from service.api.problems import NotThere
from service.api.signatures import REQUIRED, sign
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.ids import is_id
from service.signin import Role

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 200
NONE: Final[Mapping[str, str]] = MappingProxyType({})

AtLeast = Annotated[
    int | None,
    QueryParameter(description="Wait until the event at this position is in view.", ge=0),
]
Near = Annotated[
    str | None,
    QueryParameter(
        description="A NIS code: first what is found in that place, under whichever of its codes, "
        "then in its province, then elsewhere."
    ),
]
PageSize = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]
After = Annotated[str | None, QueryParameter(description="The cursor of the page before.")]
KINDS: Final[dict[str, Any]] = {
    "text": str,
    "text[]": str,
    "date": date,
    "timestamptz": datetime,
    "bigint": int,
    "boolean": bool,
}


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list; `next` is where the following one is, if there is one."""

    items: list[dict[str, Any]]
    self: str
    next: str | None = None
    total: int | None = None


def lists(
    view: View,
    collection: str,
    *,
    roles: frozenset[Role] = STAFF,
    near: bool = False,
    usual: Mapping[str, str] = NONE,
) -> HTTPRouteHandler:
    """A route that lists things, filtered by the columns of their view.

    `usual` is what a filter asks unless the caller says otherwise. With `near`, the rows nearest
    to a municipality can come first.
    """
    filters = {
        name: column for name, column in view.columns.items() if name not in ("at", "position")
    }
    orders = [n for n, c in view.columns.items() if c.type in ("date", "timestamptz")]
    choices = (*orders, *(f"-{name}" for name in orders))

    def handle(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        only(request, asked)
        query = ListQuery(view, filters, asked)
        with request.app.state.pool.connection() as connection:
            return query.answer(request, connection)

    parameters: dict[str, tuple[Any, Any]] = {
        name: (Annotated[KINDS[column.type] | None, QueryParameter(name=name)], usual.get(name))
        for name, column in filters.items()
    }
    parameters |= {
        "from_": (Annotated[datetime | None, QueryParameter(name="from")], None),
        "until": (Annotated[datetime | None, QueryParameter(name="until")], None),
        "sort": (Annotated[Literal[choices], QueryParameter()], "-at"),  # pyright: ignore[reportInvalidTypeForm]
        "pageSize": (PageSize, PAGE_SIZE),
        "after": (After, None),
        "total": (Annotated[bool, QueryParameter(description="Count them all.")], False),
        "atLeast": (AtLeast, None),
    }
    if near:
        parameters["near"] = (Near, None)
    sign(handle, f"list_{view.name}", parameters, Response[bytes])
    return get(
        f"/{collection}",
        opt={"roles": roles, VIEWS: (view,)},
        summary=f"The {collection}, filtered.",
        operation_id=f"list{collection.title()}",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={200: ResponseSpec(Page, description="A page."), **READ_PROBLEMS},
    )(handle)


class ListQuery:
    """One page of a view's rows, in a total order, from where the last page ended."""

    def __init__(self, view: View, filters: dict[str, Any], asked: dict[str, Any]) -> None:
        self._table = sql.Identifier(view.table)
        self._asked = asked
        self._size = asked["pageSize"]
        self._name = asked["sort"].removeprefix("-")
        self._falling = asked["sort"].startswith("-")
        self._where: list[sql.Composable] = []
        self._values: list[Any] = []
        for name, column in filters.items():
            if (value := asked.get(name)) is not None:
                self._filter(name, column, value)
        if asked.get("from_"):
            self._add("{} >= %s", "at", in_utc(asked["from_"]))
        if asked.get("until"):
            self._add("{} < %s", "at", in_utc(asked["until"]))

    def _filter(self, name: str, column: Column, value: Any) -> None:
        match column.filter:
            case "has":
                self._add("{} @> array[%s]", name, value)
            case "place":
                self._add("{} = any(%s)", name, list(lineage(value)))
            case "words":
                asked = sql.SQL("{} @@ websearch_to_tsquery({}, %s)")
                self._where.append(asked.format(words(name), CONFIGURATION))
                self._values.append(plain(value))
            case _:
                self._add("{} = %s", name, value)

    def _add(self, test: str, name: str, value: object) -> None:
        self._where.append(sql.SQL(test).format(sql.Identifier(name)))  # pyright: ignore[reportArgumentType]
        self._values.append(value)

    def answer(self, request: Request[Any, Any, Any], connection: Connection[TupleRow]) -> Any:
        total = self._total(connection) if self._asked["total"] else None
        way = sql.SQL("desc" if self._falling else "asc")
        # Rows without the date sort as if it never comes.
        order = sql.SQL("coalesce({}, 'infinity')").format(sql.Identifier(self._name))
        near = self._distance()
        where, values = list(self._where), list(self._values)
        if self._asked["after"]:
            mark, key, far = read_cursor(self._asked["after"], (str, str, int))
            than = sql.SQL("<" if self._falling else ">")
            where.append(
                sql.SQL("({near} > %s or ({near} = %s and ({order}, key) {than} (%s, %s)))").format(
                    near=near, order=order, than=than
                )
            )
            values += [far, far, mark, key]
        rows = connection.execute(
            sql.SQL(
                "select doc, {order}::text, key, {near} from {table} where {where}"
                " order by {near}, {order} {way}, key {way} limit %s"
            ).format(order=order, near=near, table=self._table, way=way, where=_all(where)),
            [*values, self._size + 1],
        ).fetchall()
        return page(request, [row[0] for row in rows], self._size, rows, total)

    def _distance(self) -> sql.Composable:
        """0 in the place itself, 1 in its province, 2 elsewhere; 0 for all, if none is asked."""
        nis = self._asked.get("near")
        if nis is None:
            return sql.SQL("0::bigint")
        if nis not in municipalities():
            detail = "The register of Flemish municipalities has no such NIS code."
            raise InputWrong(Issue(parameter="near", detail=detail))
        codes = [str(place.nis) for place in same_place(NisCode(nis))]
        around = municipalities()[successor(NisCode(nis))].province
        return sql.SQL(
            "case when municipality = any({}) then 0 when province = {} then 1 else 2 end"
        ).format(codes, around)

    def _total(self, connection: Connection[TupleRow]) -> int:
        row = connection.execute(
            sql.SQL("select count(*) from {} where {}").format(self._table, _all(self._where)),
            self._values,
        ).fetchone()
        return row[0] if row else 0


def _all(tests: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL(" and ").join(tests) if tests else sql.SQL("true")


def things(
    view: View, collection: str, prefix: str, *, roles: frozenset[Role] = STAFF
) -> HTTPRouteHandler:
    """A route that gives one thing as it is now."""

    def handle(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        only(request, asked)
        with request.app.state.pool.connection() as connection:
            doc = row_of(connection, view, asked["id"], prefix)
        version = msgspec.json.decode(doc, type=_Versioned).version
        return thing(request, doc, version)

    parameters = {"id": id_in_path(f"{prefix}_…"), "atLeast": (AtLeast, None)}
    sign(handle, f"get_{view.name}", parameters, Response[bytes])
    return get(
        f"/{collection}/{{id:str}}",
        opt={"roles": roles, VIEWS: (view,)},
        summary=f"One of the {collection} as it is now.",
        operation_id=f"get{prefix.title()}",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={200: ResponseSpec(view.row, description="The thing."), **READ_PROBLEMS},
    )(handle)


def id_in_path(prefix: str) -> tuple[Any, Any]:
    """The parameter for a thing's id."""
    told = PathParameter(description=f"Its id: {prefix}.")
    return Annotated[str, told], REQUIRED


def row_of(connection: Connection[TupleRow], view: View, key: str, prefix: str | None) -> bytes:
    """The stored JSON of one row.

    Raises:
        NotThere: if there is none.
    """
    if prefix is None or is_id(key, prefix):
        row = connection.execute(
            sql.SQL("select doc from {} where key = %s").format(sql.Identifier(view.table)), [key]
        ).fetchone()
        if row is not None:
            return row[0]
    raise NotThere("There is no such thing, or not yet; atLeast waits for it.")


class _Versioned(Struct):
    version: int


def thing(request: Request[Any, Any, Any], doc: bytes, version: int) -> Response[bytes]:
    """A thing with its version as a strong ETag; 304 to who has it already."""
    etag = f'"{version}"'
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers={"ETag": etag})
    return Response(doc, media_type=MediaType.JSON, headers={"ETag": etag})


def page(
    request: Request[Any, Any, Any],
    docs: Sequence[bytes],
    size: int,
    rows: Sequence[Sequence[Any]],
    total: int | None = None,
) -> Response[bytes]:
    """A page of stored JSON; `rows` hold, after the document, what the cursor resumes from."""
    here = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    tail: dict[str, Any] = {"self": here}
    headers: dict[str, str] = {}
    if len(docs) > size:
        query = dict(request.query_params) | {"after": cursor(rows[size - 1][1:])}
        tail["next"] = f"{request.url.path}?{urlencode(query)}"
        headers["Link"] = f'<{tail["next"]}>; rel="next"'
    if total is not None:
        tail["total"] = total
    body = b'{"items":[' + b",".join(docs[:size]) + b"]," + msgspec.json.encode(tail)[1:]
    return Response(body, media_type=MediaType.JSON, headers=headers)


def cursor(values: Sequence[Any]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(list(values))).decode().rstrip("=")


_MARK: Final = re.compile(
    r"infinity|\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{1,6})?\+00)?|[a-z]+_[0-9a-z]{26}", re.ASCII
)
"""A day, a moment or an id, as this list writes them."""


def read_cursor(text: str, kinds: tuple[type[str | int], ...]) -> list[str | int]:
    """What a cursor holds.

    Raises:
        InputWrong: if it is none of ours.
    """
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values = msgspec.json.decode(raw, type=list[str | int])
    except (Base64Error, ValueError, msgspec.MsgspecError):
        values = []
    fits = tuple(type(value) for value in values) == kinds and all(
        _MARK.fullmatch(value) if isinstance(value, str) else abs(value) <= LARGEST_INTEGER
        for value in values
    )
    if not fits:
        raise InputWrong(
            Issue(parameter="after", detail="This cursor was not given out by this list.")
        )
    return values


def only(request: Request[Any, Any, Any], asked: dict[str, Any]) -> None:
    """Refuse query parameters that a route does not have, e.g. misspelt filters."""
    issues = [
        Issue(parameter=name[:60], detail="There is no such parameter.")
        for name in request.query_params
        if name.rstrip("_") != name or not {name, f"{name}_"} & asked.keys()
    ]
    issues += [
        Issue(parameter=name.rstrip("_"), detail="A text has a NUL character in it.")
        for name, value in asked.items()
        if isinstance(value, str) and "\0" in value
    ]
    issues += [
        Issue(parameter=name.rstrip("_"), detail="Give the time zone, such as Z.")
        for name, value in asked.items()
        if isinstance(value, datetime) and value.tzinfo is None
    ]
    issues += [
        Issue(parameter=name.rstrip("_"), detail=OUT_OF_CALENDAR)
        for name, value in asked.items()
        if not in_calendar(value)
    ]
    if issues:
        raise InputWrong(*issues)
