"""What a struct's field types say: which values name things, and which are to be sealed."""

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, NewType, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import FieldInfo
from msgspec.structs import fields as read_fields


@cache
def fields_of(struct: type[Struct]) -> tuple[FieldInfo, ...]:
    """The fields of a struct; reading its annotations each time would take long."""
    return read_fields(struct)


class Place(NamedTuple):
    """One value inside a struct, and where it stands."""

    path: tuple[str | int, ...]
    """Keys and indexes from the outermost struct, in their stored names."""
    role: str
    """The name of the field that holds it: what the named thing is to the fact."""
    kind: Any
    """The declared type: a NewType for ids, numbers and sealed texts."""
    value: Any


class Field(NamedTuple):
    name: str
    stored: str
    kind: Any
    many: bool


def places(value: Struct) -> Iterator[Place]:
    """Each value of a NewType in a struct, nested ones too, in the order of declaration."""
    return _places(value, ())


def _places(value: Struct, path: tuple[str | int, ...]) -> Iterator[Place]:
    for name, stored, kind, many in plan(type(value)):
        held = getattr(value, name)
        if held is None:
            continue
        here = (*path, stored)
        if many:
            for i, item in enumerate(held):
                if kind is not None:
                    yield Place((*here, i), name, kind, item)
                elif isinstance(item, Struct):
                    yield from _places(item, (*here, i))
        elif kind is not None:
            yield Place(here, name, kind, held)
        elif isinstance(held, Struct):
            yield from _places(held, here)


@cache
def plan(struct: type[Struct]) -> tuple[Field, ...]:
    """The fields that may hold a place."""
    return tuple(
        Field(field.name, field.encode_name, kind, many)
        for field in fields_of(struct)
        for kind, many in (_shape(field.type),)
        if kind is not None or _may_nest(field.type)
    )


def _may_nest(declared: object) -> bool:
    """Whether a field may hold a struct, or several."""
    parts = get_args(declared)
    if parts:
        return any(_may_nest(part) for part in parts)
    return isinstance(declared, type) and issubclass(declared, Struct)


def _shape(declared: object) -> tuple[Any, bool]:
    """The NewType (or None) that a field holds, and whether it holds many."""
    if isinstance(declared, NewType):
        return declared, False
    origin = get_origin(declared)
    if origin in (Union, UnionType):
        options = [option for option in get_args(declared) if option is not NoneType]
        return _shape(options[0]) if len(options) == 1 else (None, False)
    if origin is tuple:
        kind, _ = _shape(get_args(declared)[0])
        return kind, True
    return None, False


def kinds(declared: object) -> Iterator[Any]:
    """Each NewType that a value of this type may hold, nested ones too."""
    if isinstance(declared, NewType):
        yield declared
    elif isinstance(declared, type) and issubclass(declared, Struct):
        for field in fields_of(declared):
            yield from kinds(field.type)
    else:
        for part in get_args(declared):
            yield from kinds(part)
