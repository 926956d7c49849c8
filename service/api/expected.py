"""What a value should have been, said without repeating what was sent: that may be a name."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from msgspec import Meta, Struct

from domain.fields import fields_of

MOMENT: Final = "A moment with its time zone, such as 2024-03-01T09:30:00Z."
DAY: Final = "A day, such as 2024-03-01."
_UNKNOWN_FIELD: Final = "Object contains unknown field"


def kind_at(declared: Any, way: Sequence[str]) -> Any:
    """The kind of the value at the end of a way through lists and structs; none if unknown."""
    kind = _without_none(declared)
    if not way:
        return kind
    bare = _bare(kind)
    if get_origin(bare) in (list, tuple):
        return kind_at(get_args(bare)[0], way[1:])
    fields = fields_of(bare) if _is_struct(bare) else ()
    return next((kind_at(f.type, way[1:]) for f in fields if f.encode_name == way[0]), None)


def unrepeated(detail: str, kind: Any = None) -> str:
    """The reader's detail, in the words of what was expected there where that says more."""
    bare = _bare(kind)
    if choices := _choices(bare):
        return f"Choose from: {', '.join(choices)}."
    if said := _SAID.get(bare):
        return said
    if detail.startswith(_UNKNOWN_FIELD):
        names = [field.encode_name for field in fields_of(bare)] if _is_struct(bare) else []
        return f"There is a field too many; the fields are: {', '.join(names)}."
    if told := _told(kind, detail):
        return f"{told}."
    if detail.startswith("Invalid enum value"):
        return "This is not one of the choices."
    return f"{detail.rstrip('.')}."


_SAID: Final[dict[Any, str]] = {datetime: MOMENT, date: DAY, bool: "Either true or false."}


def _told(kind: Any, detail: str) -> str | None:
    """What is said of a kind where its form is wrong; of its length the reader says enough."""
    if "length" in detail:
        return None
    asked = (each for each in get_args(kind)[1:] if isinstance(each, Meta))
    return next((each.description for each in asked if each.description), None)


def _choices(bare: Any) -> list[str]:
    if isinstance(bare, type) and issubclass(bare, Enum):
        return [str(each.value) for each in bare]
    return list(map(str, get_args(bare))) if get_origin(bare) is Literal else []


def _without_none(kind: Any) -> Any:
    inner = _bare(kind)
    if get_origin(inner) not in (Union, UnionType):
        return kind
    options = [option for option in get_args(inner) if option is not NoneType]
    return _without_none(options[0]) if len(options) == 1 else kind


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)
