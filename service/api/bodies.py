"""Bodies of requests: each is made from its command, and everything wrong in it is found.

A body has the command's fields, less the ids that stand in the path or begin with it, and two
of its own: `occurredAt` and `onBehalfOf`.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from http import HTTPStatus
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Optional, Union, get_args, get_origin
from typing import cast as typed

import msgspec
from msgspec import Meta, Struct, structs

from domain.commands import Command
from domain.fields import fields_of
from domain.numbers import enterprise_number, vcode
from domain.register import municipalities
from domain.vocabulary import (
    ID_PREFIXES,
    ActorId,
    Decimal,
    EnterpriseNumber,
    Narrative,
    NisCode,
    Personal,
    Position,
    Reference,
    Theme,
    Thing,
    VCode,
)
from service.api.expected import kind_at, unrepeated

LARGEST_BODY: Final = 256_000
"""In bytes. An event is written for each thing it concerns, so both limits bound the views."""
DEEPEST: Final = 32
LARGEST_INTEGER: Final = 2**53 - 1
LONGEST_LIST: Final = 100
YEARS: Final = range(1900, 2200)
OUT_OF_CALENDAR: Final = "The year lies outside 1900 to 2199."


class Issue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and where: a JSON Pointer into the body, or a parameter."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class InputWrong(Exception):  # noqa: N818 - the caller's business
    """The request cannot be taken as it is; nothing was stored."""

    def __init__(self, *issues: Issue, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        self.issues = issues
        self.status = status
        super().__init__(issues[0].detail)


_KINDS: Final[dict[Any, Any]] = {
    Narrative: Annotated[
        str, Meta(min_length=1, max_length=20_000, pattern=r"\S", description="A text")
    ],
    Personal: Annotated[
        str, Meta(min_length=1, max_length=300, pattern=r"\S", description="A text")
    ],
    Reference: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            pattern=r"^\S(.*\S)?$(?!\n)",
            description="Your own name for it, on one line, without spaces around it",
        ),
    ],
    Theme: Annotated[
        str,
        Meta(
            max_length=40,
            pattern=r"^[a-zà-ÿ0-9]+(-[a-zà-ÿ0-9]+)*$(?!\n)",
            description="A subject in lower case, its words joined by hyphens: samen-eten",
        ),
    ],
    Thing: Annotated[
        str,
        Meta(
            pattern=r"^([a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}|nis:[0-9]{5})$(?!\n)",
            description="Anything, by its id; a municipality as nis: and its code",
        ),
    ],
    NisCode: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{5}$(?!\n)",
            description="The NIS code of a municipality: five digits, such as 44083",
        ),
    ],
    VCode: Annotated[
        str, Meta(pattern=r"^V[0-9]{7}$(?!\n)", description="A VCode: V and seven digits")
    ],
    EnterpriseNumber: Annotated[str, Meta(min_length=9, max_length=20)],
    Decimal: Annotated[
        str,
        Meta(
            max_length=26,
            pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$(?!\n)",
            description='A number as text: "34" or "14.5"',
        ),
    ],
    Position: Annotated[int, Meta(ge=1, le=LARGEST_INTEGER)],
    **{
        kind: Annotated[
            str,
            Meta(
                pattern=rf"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$(?!\n)",
                description=f"An id such as {prefix}_…",
            ),
        ]
        for kind, prefix in ID_PREFIXES.items()
    },
    str: Annotated[str, Meta(min_length=1, max_length=40)],
    int: Annotated[int, Meta(ge=0, le=1_000_000)],
    datetime: Annotated[datetime, Meta(tz=True)],
}
"""What the edge asks of each type; the domain's own facts are taken as they were stored."""

_SAID_AROUND: Final[tuple[tuple[str, Any, None], ...]] = (
    ("occurred_at", Optional[_KINDS[datetime]], None),  # noqa: UP045 - made from values
    ("on_behalf_of", Optional[_KINDS[ActorId]], None),  # noqa: UP045
)


@cache
def body_of(command: type[Command], in_path: frozenset[str]) -> type[Struct]:
    """The struct in which a command's body is read."""
    own = {command.__struct_fields__[0]} if command.FOUNDS else set[str]()
    fields = [
        (f.name, _edge(f.type), *_default(f))
        for f in fields_of(command)
        if f.name not in in_path | own
    ]
    body = msgspec.defstruct(
        command.__name__,
        [*fields, *_SAID_AROUND],  # pyright: ignore[reportArgumentType]
        rename="camel",
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )
    body.__doc__ = command.__doc__
    return body


def _default(field: structs.FieldInfo) -> tuple[Any, ...]:
    return () if field.default is msgspec.NODEFAULT else (field.default,)


@cache
def _nested(struct: type[Struct]) -> type[Struct]:
    fields = [(f.name, _edge(f.type), *_default(f)) for f in fields_of(struct)]
    return msgspec.defstruct(
        struct.__name__,
        fields,  # pyright: ignore[reportArgumentType]
        rename="camel",
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )


def _edge(declared: Any) -> Any:
    """A field's type as the edge asks it."""
    if declared in _KINDS:
        return _KINDS[declared]
    if get_origin(declared) in (Union, UnionType):
        options = [_edge(option) for option in get_args(declared) if option is not NoneType]
        return Union[(*options, None)]
    if get_origin(declared) is tuple:
        item: Any = _edge(get_args(declared)[0])
        return Annotated[list[item], Meta(max_length=LONGEST_LIST)]  # pyright: ignore[reportInvalidTypeForm]
    if isinstance(declared, type) and issubclass(declared, Struct):
        return _nested(declared)
    return declared


def command_of(command: type[Command], body: Struct, ids: dict[str, str]) -> Command:
    """The command that a body and the ids of its path make.

    Raises:
        InputWrong: if a number of somebody else's register is none.
    """
    named: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, stored, check in _checks(command):
        value = ids[name] if name in ids else getattr(body, name, None)
        try:
            named[stored] = check(value) if check and value is not None else value
        except ValueError as error:
            issues.append(Issue(pointer=f"/{stored}", detail=str(error)))
    if issues:
        raise InputWrong(*issues)
    return msgspec.convert(named, command, from_attributes=True)


Check = Callable[[Any], Any]
"""Gives a value as it is recorded, or raises a ValueError that says what it should have been."""


@cache
def _checks(command: type[Command]) -> tuple[tuple[str, str, Check | None], ...]:
    """The fields of a command, by both of their names, and what is asked of them beside."""
    return tuple((f.name, f.encode_name, _check_of(f.type)) for f in fields_of(command))


def _check_of(declared: Any) -> Check | None:
    kinds = {declared, *get_args(declared)}
    return next((check for kind, check in _CHECKS.items() if kind in kinds), None)


def _known(nis: NisCode) -> NisCode:
    if nis not in municipalities():
        raise ValueError("The register of Flemish municipalities has no such NIS code.")
    return nis


def _dated(value: date) -> date:
    if not in_calendar(value):
        raise ValueError(OUT_OF_CALENDAR)
    return in_utc(value)


_CHECKS: Final[dict[Any, Check]] = {
    EnterpriseNumber: enterprise_number,
    VCode: vcode,
    NisCode: _known,
    datetime: _dated,
    date: _dated,
}


def said_around(data: Struct) -> tuple[datetime | None, ActorId | None]:
    """When a body says that it happened, and on whose behalf it was recorded.

    Raises:
        InputWrong: if that lies in no year that anybody means.
    """
    occurred_at = getattr(data, "occurred_at", None)
    if not in_calendar(occurred_at):
        raise InputWrong(Issue(pointer="/occurredAt", detail=OUT_OF_CALENDAR))
    return in_utc(occurred_at), getattr(data, "on_behalf_of", None)


def in_calendar(value: object) -> bool:
    """Whether a day or moment lies in years that anybody means; true of anything else."""
    return not isinstance(value, date) or value.year in YEARS


def in_utc(value: Any) -> Any:
    """The same moment in UTC, so that equal moments are stored in equal bytes."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


# Reading what was sent.


def parse(body: bytes) -> Any:
    """The JSON of a body, having refused what parsers disagree on.

    Raises:
        InputWrong: for what is no JSON object, too deep, has a key twice, a NUL character,
            half a surrogate pair, or an integer that JSON programs do not agree on.
    """
    # Text first: json.loads would guess at UTF-16 and UTF-32, and then count other brackets.
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _unreadable("The body is not UTF-8.") from None
    if _is_deep(text):
        raise _unreadable(f"The JSON is nested more than {DEEPEST} deep.")
    try:
        value = _JSON.decode(text)
    except ValueError as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _unreadable(f"The body is not JSON{place}.") from None
    if not isinstance(value, dict):
        raise _unreadable("The body is a JSON object.")
    # As it stands in a text, a control character is no JSON, nor half a pair UTF-8.
    for held in _texts(value) if "\\u" in text else ():
        if "\0" in held:
            raise _unreadable("A text has a NUL character in it.")
        if not held.isascii() and re.search("[\ud800-\udfff]", held):
            raise _unreadable("A text has half a surrogate pair in it.")
    return typed("Any", value)


def _unreadable(detail: str) -> InputWrong:
    return InputWrong(Issue(detail=detail))


_BRACKETS: Final = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def _is_deep(text: str) -> bool:
    """Whether the brackets go deeper than is read, told in one pass without recursion."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth, in_text = 0, False
    for found in _BRACKETS.finditer(text):
        mark = found[0]
        if mark == '"':
            in_text = not in_text
        elif not in_text and mark in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif not in_text and mark in "]}":
            depth -= 1
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _unreadable("An object has the same key twice.")
    return found


def _integer(digits: str) -> int:
    if len(digits) > len(str(-LARGEST_INTEGER)) or abs(int(digits)) > LARGEST_INTEGER:
        raise _unreadable("A number is larger than 2^53 - 1.")
    return int(digits)


def _no_float(_digits: str) -> float:
    raise _unreadable("Numbers are whole; give a decimal as text.")


_JSON: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_no_float,
    parse_constant=_no_float,
)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, held in typed("dict[str, Any]", value).items():
                yield key
                yield from _texts(held)
        case list():
            for item in typed("list[Any]", value):
                yield from _texts(item)
        case _:
            pass


def issues_of(raw: dict[str, Any], body: type[Struct]) -> tuple[Issue, ...]:
    """Everything that keeps a JSON object from being this body, field by field."""
    found: list[Issue] = []
    fields = {field.encode_name: field for field in fields_of(body)}
    found += [
        Issue(pointer=f"/{_escaped(name)}", detail="There is no such field.")
        for name in raw
        if name not in fields
    ]
    for name, field in fields.items():
        if name not in raw:
            if field.required:
                found.append(Issue(pointer=f"/{name}", detail="This field is missing."))
            continue
        try:
            msgspec.convert(raw[name], field.type)
        except msgspec.ValidationError as error:
            detail, _, path = str(error).partition(" - at `$")
            way = re.findall(r"[\w]+", path.rstrip("`"))
            said = unrepeated(detail, kind_at(field.type, way))
            found.append(Issue(pointer="/" + "/".join((name, *way)), detail=said))
    return tuple(found)


def check_fact(fact: type[Struct], given: dict[str, Any]) -> list[Issue]:
    """Everything wrong with new values for some fields of a fact."""
    edge = _nested(fact)
    return [
        Issue(pointer=f"/fields{issue.pointer}", detail=issue.detail)
        for issue in issues_of(given, edge)
        if issue.pointer and issue.pointer[1:].split("/")[0] in given
    ]


def _escaped(name: str) -> str:
    return name[:60].replace("~", "~0").replace("/", "~1")


def read_body(sent: bytes, body: type[Struct]) -> Struct:
    """What was sent, read strictly.

    Raises:
        InputWrong: telling everything that is wrong with it.
    """
    raw = parse(sent)
    try:
        return msgspec.convert(raw, body)
    except msgspec.ValidationError:
        raise InputWrong(*issues_of(raw, body)) from None
