"""Routes that read a thing, as it is now or as it was, and what all that read check."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.register import municipalities
from domain.vocabulary import NisCode
from projections.view import View
from service.api.access import STAFF
from service.api.bodies import (
    OUT_OF_CALENDAR,
    InputWrong,
    Issue,
    in_calendar,
)
from service.api.problems import NotThere
from service.api.sharing import matches
from service.api.signatures import REQUIRED, Answer, sign
from service.api.travel import (
    NONE_SUCH,
    as_it_was,
    moment_of,
    thing_then,
)
from service.api.travel import PARAMETERS as MOMENT
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS
from service.ids import is_id
from service.signin import Role

AtLeast = Annotated[
    int | None,
    QueryParameter(description="Wait until the event at this position is in view.", ge=0),
]


def of_register(text: str, parameter: str) -> NisCode:
    """The NIS code that a parameter names.

    Raises:
        InputWrong: if the register has none such.
    """
    if text not in municipalities():
        detail = "A NIS code of a Flemish municipality: five digits, such as 44083."
        raise InputWrong(Issue(parameter=parameter, detail=detail))
    return NisCode(text)


def things(
    view: View, collection: str, prefix: str, *, roles: frozenset[Role] = STAFF
) -> HTTPRouteHandler:
    """A route that gives one thing as it is now, or as it was."""

    def handle(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
        only(request, asked)
        if moment := moment_of(request, asked):
            check_id(asked["id"], prefix)
            return as_it_was(request, thing_then(request.app.state.log, view, asked["id"], moment))
        with request.app.state.pool.connection() as connection:
            doc = row_of(connection, view, asked["id"], prefix)
        version = msgspec.json.decode(doc, type=_Versioned).version
        return thing(request, doc, version)

    parameters = {"id": id_in_path(f"{prefix}_…"), "atLeast": (AtLeast, None), **MOMENT}
    sign(handle, f"get_{view.name}", parameters, Response[bytes])
    return get(
        f"/{collection}/{{id:str}}",
        opt={"roles": roles, VIEWS: (view,)},
        summary=f"One of the {collection} as it is now, or as it was.",
        operation_id=f"get{prefix.title()}",
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={200: Answer(view.row, description="The thing."), **READ_PROBLEMS},
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
    check_id(key, prefix)
    row = connection.execute(
        sql.SQL("select doc from {} where key = %s").format(sql.Identifier(view.table)), [key]
    ).fetchone()
    if row is None:
        raise NotThere(NONE_SUCH)
    return row[0]


def check_id(key: str, prefix: str | None) -> None:
    """Look whether this can be the id of such a thing at all.

    Raises:
        NotThere: if not.
    """
    if prefix is not None and not is_id(key, prefix):
        raise NotThere(f"There is no such thing: its id begins with {prefix}_.")


class _Versioned(Struct):
    version: int


def thing(request: Request[Any, Any, Any], doc: bytes, version: int | str) -> Response[bytes]:
    """A thing with its version as a strong ETag; 304 to who has it already."""
    etag = f'"{version}"'
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers={"ETag": etag})
    return Response(doc, media_type=MediaType.JSON, headers={"ETag": etag})


def only(request: Request[Any, Any, Any], asked: dict[str, Any]) -> None:
    """Refuse query parameters that a route does not have, e.g. misspelt filters."""
    names = sorted(name.rstrip("_") for name in asked.keys() - {"id"})
    detail = f"There is no such parameter; this route takes: {', '.join(names)}."
    issues = [
        Issue(parameter=name[:60], detail=detail)
        for name in request.query_params
        if name.rstrip("_") != name or not {name, f"{name}_"} & asked.keys()
    ]
    issues += [
        Issue(parameter=name.rstrip("_"), detail="A text has a NUL character in it.")
        for name, value in asked.items()
        if isinstance(value, str) and "\0" in value
    ]
    issues += [
        Issue(parameter=name.rstrip("_"), detail=OUT_OF_CALENDAR)
        for name, value in asked.items()
        if not in_calendar(value)
    ]
    if issues:
        raise InputWrong(*issues)
