"""`/learning`: what was learnt across all cases, as a page or as a file for other programs."""

from functools import partial
from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.openapi.spec import OpenAPIMediaType, Operation
from litestar.params import QueryParameter
from psycopg import Connection
from psycopg.rows import TupleRow

from projections.examples import PROVINCES
from projections.exports import FORMATS, NotInstalled, as_json, has_parquet
from projections.learning import Kind
from projections.timeline import FIELDS, READ, Wanted, count, lines
from service.api.access import STAFF, caller_of
from service.api.bodies import InputWrong, Issue, in_utc
from service.api.histories import READERS
from service.api.negotiation import best
from service.api.paging import PAGE_SIZE, After, Page, PageSize, page, read_cursor
from service.api.problems import NotAcceptable, Problem
from service.api.reading import AtLeast, of_register, only
from service.api.signatures import Answer, sign
from service.api.travel import BETWEEN, between
from service.api.waiting import VIEWS
from service.api.writing import READ_PROBLEMS

MEDIA_TYPES: Final = {
    "json": "application/json",
    **{name: each.media_type for name, each in FORMATS.items()},
}
OF_PAGES: Final = ("after", "pageSize", "total")


def _learning(request: Request[Any, Any, Any], **asked: Any) -> Response[bytes]:
    only(request, asked)
    asked |= between(asked)
    form = _form(request, asked["format"])
    wanted = _wanted(asked, named=bool(caller_of(request).roles & STAFF))
    if form == "json":
        with request.app.state.pool.connection() as connection:
            return _page(request, connection, wanted, asked)
    if issues := [_pageless(name) for name in OF_PAGES if name in request.query_params]:
        raise InputWrong(*issues)
    try:
        return request.app.state.exports.start("learning", form, partial(lines, wanted), FIELDS)
    except NotInstalled as error:
        raise NotAcceptable(str(error)) from None


def _form(request: Request[Any, Any, Any], named: str | None) -> str:
    """The name of the format that is asked for by name or, if by none, as the client accepts."""
    if named is not None:
        return named
    there = {name: of for name, of in MEDIA_TYPES.items() if name != "parquet" or has_parquet()}
    found = best(request.headers.get("accept", "*/*"), list(there.values()))
    if found is None:
        given = ", ".join(there.values())
        raise NotAcceptable(f"This can be given as one of: {given}.")
    return next(name for name, of in there.items() if of == found)


def _pageless(name: str) -> Issue:
    return Issue(parameter=name, detail="An export has no pages: it holds everything asked for.")


def _wanted(asked: dict[str, Any], *, named: bool) -> Wanted:
    return Wanted(
        named=named,
        kinds=_kinds(asked["kind"]),
        initiative=asked["initiative"],
        pilot=asked["pilot"],
        municipality=asked["municipality"] and of_register(asked["municipality"], "municipality"),
        province=asked["province"],
        theme=asked["theme"],
        year=asked["year"],
        since=in_utc(asked["from_"]),
        until=in_utc(asked["until"]),
        q=asked["q"],
        latest_first=asked["sort"] == "-at",
    )


def _kinds(text: str | None) -> tuple[Kind, ...]:
    known = {str(kind): kind for kind in Kind}
    names = [name.strip() for name in text.split(",")] if text is not None else []
    if not known.keys() >= set(names):
        raise InputWrong(Issue(parameter="kind", detail=f"Choose from: {', '.join(known)}."))
    return tuple(known[name] for name in names)


def _page(
    request: Request[Any, Any, Any],
    connection: Connection[TupleRow],
    wanted: Wanted,
    asked: dict[str, Any],
) -> Response[bytes]:
    after: Any = read_cursor(asked["after"], (str, int)) if asked["after"] else None
    select = f"{as_json(FIELDS)}, l.at::text, l.position"
    rows = connection.execute(
        lines(wanted, select, after=after, limit=asked["pageSize"] + 1)
    ).fetchall()
    total = connection.execute(count(wanted)).fetchone() if asked["total"] else None
    docs = [row[0].encode() for row in rows]
    answer = page(request, docs, asked["pageSize"], rows, total[0] if total else None)
    answer.headers["Vary"] = "Accept"
    return answer


def _asks(kind: Any, description: str, **more: Any) -> tuple[Any, Any]:
    return Annotated[kind | None, QueryParameter(description=description, **more)], None


PARAMETERS: Final[dict[str, tuple[Any, Any]]] = {
    "kind": _asks(str, f"Kinds to keep, with commas: {', '.join(Kind)}."),
    "initiative": _asks(str, "What an initiative taught."),
    "pilot": _asks(str, "What a pilot taught."),
    "municipality": _asks(str, "A NIS code: what was learnt there and in what merged into it."),
    "province": _asks(Literal[PROVINCES], "Where the place lies today."),  # pyright: ignore[reportInvalidTypeForm]
    "theme": _asks(str, "Of initiatives that work on this theme."),
    "year": _asks(int, "The year in which it happened, in Brussels.", ge=1, le=9999),
    **BETWEEN,
    "q": _asks(str, "Words, in Dutch, as they are found in the text."),
    "sort": (
        Annotated[Literal["at", "-at"], QueryParameter(description="Oldest or latest first.")],
        "at",
    ),
    "format": _asks(
        Literal["json", "csv", "ndjson", "parquet"],
        "In place of the header Accept, for whoever cannot set it.",
    ),
    "pageSize": (PageSize, PAGE_SIZE),
    "after": (After, None),
    "total": (Annotated[bool, QueryParameter(description="Count them all.")], False),
    "atLeast": (AtLeast, None),
}


class Exported(Operation):
    """Tells in the OpenAPI document that the answer also comes as files."""

    def __post_init__(self) -> None:
        answer: Any = (self.responses or {})["200"]
        answer.content |= {form.media_type: OpenAPIMediaType() for form in FORMATS.values()}


sign(_learning, "list_learning", PARAMETERS, Response[bytes])

ROUTES: Final = (
    get(
        "/learning",
        opt={"roles": READERS, VIEWS: READ},
        summary="What was learnt, as one timeline: a page of it, or all of it as a file.",
        operation_id="listLearning",
        operation_class=Exported,
        sync_to_thread=True,
        media_type=MediaType.JSON,
        responses={
            200: Answer(Page, description="A page, or the whole in the format asked for."),
            406: Answer(
                Problem,
                description="It cannot be given in any format that is accepted.",
                media_type="application/problem+json",
            ),
            **READ_PROBLEMS,
        },
    )(_learning),
)
