"""Arrays in PostgreSQL's binary form: a batch goes to the server as a few of them."""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

_HEADER: Final = struct.Struct(">iiIii")
_EMPTY: Final = struct.Struct(">iiI")
_LENGTH: Final = struct.Struct(">i")
_SHORT: Final = 2048
_LENGTHS: Final = [_LENGTH.pack(length) for length in range(_SHORT)]
"""Of what is short, as most is."""
_UUID_LENGTH: Final = _LENGTH.pack(16)

INT4: Final = 23
INT8: Final = 20
TEXT: Final = 25
BYTEA: Final = 17
UUID: Final = 2950
TIMESTAMPTZ: Final = 1184
ARRAY_OF: Final = {INT4: 1007, INT8: 1016, TEXT: 1009, BYTEA: 1001, UUID: 2951}
"""The type of an array, by that of its elements."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSTGRES_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def columns(kinds: tuple[int, ...], rows: Sequence[Sequence[Any]]) -> Sequence[bytes | None]:
    """The columns of some rows, each an array of its kind; nulls if there are none.

    The server reads a null in no time, and an empty array in a microsecond.
    """
    if not rows:
        return nothing(kinds)
    return [
        _WRITERS[kind](column) for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)
    ]


def nothing(kinds: tuple[int, ...]) -> Sequence[None]:
    """The columns, or the values, of what is not there."""
    return (None,) * len(kinds)


@lru_cache(maxsize=512)
def numbers(values: tuple[int, ...]) -> bytes:
    """An array of int4: places and lengths, of which the same rows come again and again."""
    return _integers(INT4, values, 4, "i")


def integers(values: Sequence[int]) -> bytes:
    """An array of int8."""
    return _integers(INT8, values, 8, "q")


def _integers(kind: int, values: Sequence[int], size: int, letter: str) -> bytes:
    count = len(values)
    flat = [size] * (2 * count)
    flat[1::2] = values
    return _start(kind, count) + _packing(letter, count)(*flat)


@lru_cache(maxsize=4096)
def _packing(letter: str, count: int) -> Callable[..., bytes]:
    return struct.Struct(f">{f'i{letter}' * count}").pack


def octets(values: Sequence[bytes]) -> bytes:
    """An array of values as they are."""
    return _with_lengths(values, _start(BYTEA, len(values)))


def uuids(values: Sequence[bytes]) -> bytes:
    """An array of them, of 16 bytes each; not of none."""
    return _start(UUID, len(values)) + _UUID_LENGTH + _UUID_LENGTH.join(values)


def texts(values: Sequence[str]) -> bytes:
    return _with_lengths([value.encode() for value in values], _start(TEXT, len(values)))


def _with_lengths(values: Sequence[bytes], start: bytes = b"") -> bytes:
    flat = [start]
    for value in values:
        size = len(value)
        flat += (_LENGTHS[size] if size < _SHORT else _LENGTH.pack(size), value)
    return b"".join(flat)


def instant(moment: datetime) -> bytes:
    return integer((moment - _POSTGRES_EPOCH) // _MICROSECOND)


def moment_of(microseconds: int) -> datetime:
    """The time so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)


def read_integers(array: bytes) -> tuple[int, ...]:
    """The values of an array of int8 without nulls."""
    return _values((len(array) - _HEADER.size) // 12)(array, _HEADER.size)[1::2]


@lru_cache(maxsize=256)
def _values(count: int) -> Callable[[bytes, int], tuple[int, ...]]:
    return struct.Struct(f">{'iq' * count}").unpack_from


@lru_cache(maxsize=1024)
def _start(kind: int, count: int) -> bytes:
    return _HEADER.pack(1, 0, kind, count, 1) if count else _EMPTY.pack(0, 0, kind)


_WRITERS: Final = {INT4: numbers, INT8: integers, TEXT: texts, BYTEA: octets, UUID: uuids}


COPY_START: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END: Final = b"\xff\xff"


def copied(*values: bytes) -> bytes:
    """A row of COPY in binary form."""
    return _FIELDS.pack(len(values)) + _with_lengths(values)


_FIELDS: Final = struct.Struct(">h")


integer: Final = struct.Struct(">q").pack
"""An int8 as it stands in a row."""
