"""What a struct's field types say: which values name things, and which are to be sealed."""

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, NewType, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields


class Place(NamedTuple):
    """One value inside a struct, and where it stands."""

    path: tuple[str | int, ...]
    """Keys and indexes from the outermost struct, in their stored names."""
    role: str
    """The name of the field that holds it: what the named thing is to the fact."""
    kind: Any
    """The declared type: a NewType for ids, numbers and sealed texts."""
    value: Any


class _Field(NamedTuple):
    name: str
    stored: str
    kind: Any
    many: bool


def places(value: Struct) -> Iterator[Place]:
    """Each value of a NewType in a struct, nested ones too, in the order of declaration."""
    yield from _places(value, ())


def _places(value: Struct, path: tuple[str | int, ...]) -> Iterator[Place]:
    for field in _plan(type(value)):
        held = getattr(value, field.name)
        if held is None:
            continue
        here = (*path, field.stored)
        items = (
            [((*here, i), item) for i, item in enumerate(held)] if field.many else [(here, held)]
        )
        for where, item in items:
            if isinstance(item, Struct):
                yield from _places(item, where)
            elif field.kind is not None:
                yield Place(where, field.name, field.kind, item)


@cache
def _plan(struct: type[Struct]) -> tuple[_Field, ...]:
    return tuple(
        _Field(field.name, field.encode_name, *_shape(field.type)) for field in fields(struct)
    )


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
