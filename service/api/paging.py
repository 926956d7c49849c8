"""Pages: a part of a list, and the cursor from which the next one goes on."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.params import QueryParameter
from msgspec import Struct

from service.api.bodies import (
    LARGEST_INTEGER,
    InputWrong,
    Issue,
)

NONE: Final[Mapping[str, str]] = MappingProxyType({})
PAGE_SIZE: Final = 50

LARGEST_PAGE: Final = 200

PageSize = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]

After = Annotated[str | None, QueryParameter(description="The cursor of the page before.")]


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list; `next` is where the following one is, if there is one."""

    items: list[dict[str, Any]]
    self: str
    next: str | None = None
    total: int | None = None


def page(
    request: Request[Any, Any, Any],
    docs: Sequence[bytes],
    size: int,
    rows: Sequence[Sequence[Any]],
    total: int | None = None,
    more: Mapping[str, Any] = NONE,
) -> Response[bytes]:
    """A page of stored JSON; `rows` hold, after the document, what the cursor resumes from."""
    here = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    tail: dict[str, Any] = {"self": here, **more}
    headers: dict[str, str] = {}
    if len(rows) > size:
        query = dict(request.query_params) | {"after": cursor(rows[size - 1][1:])}
        tail["next"] = f"{request.url.path}?{urlencode(query)}"
        headers["Link"] = f'<{tail["next"]}>; rel="next"'
    if total is not None:
        tail["total"] = total
    body = b'{"items":[' + b",".join(docs[:size]) + b"]," + msgspec.json.encode(tail)[1:]
    return Response(body, media_type=MediaType.JSON, headers=headers)


def cursor(values: Sequence[Any]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(list(values))).decode().rstrip("=")


_MARK: Final = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{1,6})?\+00)?", re.ASCII)

_KEY: Final = re.compile(r"[a-z]+_[0-9a-z]{26}", re.ASCII)


def read_cursor(text: str, kinds: tuple[type[str | int], ...]) -> list[str | int]:
    """What a cursor holds: first the day or moment at which a page ended, if texts are in it.

    Raises:
        InputWrong: if it is none of ours.
    """
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values = msgspec.json.decode(raw, type=list[str | int])
    except (Base64Error, ValueError, msgspec.MsgspecError):
        values = []
    fits = tuple(type(value) for value in values) == kinds and all(
        (_is_mark(value) if place == 0 else _KEY.fullmatch(value))
        if isinstance(value, str)
        else abs(value) <= LARGEST_INTEGER
        for place, value in enumerate(values)
    )
    if not fits:
        raise InputWrong(
            Issue(parameter="after", detail="This cursor was not given out by this list.")
        )
    return values


def _is_mark(text: str) -> bool:
    """Whether it is a day or a moment as this list writes them."""
    try:
        return text == "infinity" or bool(_MARK.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False
