"""Arrays in PostgreSQL's binary form: a batch goes to the server as a few of them."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Final

_HEADER: Final = struct.Struct(">iiIii")
_EMPTY: Final = struct.Struct(">iiI")
_LENGTH: Final = struct.Struct(">i")

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


def integers(kind: int, values: Sequence[int]) -> bytes:
    """An array of int4 or int8."""
    size, letter = (4, "i") if kind == INT4 else (8, "q")
    flat = [size, 0] * len(values)
    flat[1::2] = values
    return _start(kind, len(values)) + struct.pack(f">{f'i{letter}' * len(values)}", *flat)


def octets(kind: int, values: Sequence[bytes]) -> bytes:
    """An array of values whose binary form is given."""
    return _start(kind, len(values)) + _with_lengths(values)


def uuids(values: Sequence[bytes]) -> bytes:
    """An array of them, of 16 bytes each."""
    if not values:
        return _start(UUID, 0)
    length = _LENGTH.pack(16)
    return _start(UUID, len(values)) + length + length.join(values)


def texts(values: Sequence[str]) -> bytes:
    return octets(TEXT, list(map(str.encode, values)))


def _with_lengths(values: Sequence[bytes]) -> bytes:
    # Without a step of the interpreter for each: these make up most of what an append sends.
    lengths = map(_LENGTH.pack, map(len, values))
    return b"".join(chain.from_iterable(zip(lengths, values, strict=True)))


@lru_cache(maxsize=8192)
def array_text(values: tuple[int, ...]) -> str:
    """An array of integers as the server reads it from text."""
    return f"{{{','.join(map(str, values))}}}"


def instant(moment: datetime) -> bytes:
    return struct.pack(">q", (moment - _POSTGRES_EPOCH) // _MICROSECOND)


def moment_of(microseconds: int) -> datetime:
    """The time so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)


def read_integers(array: bytes) -> tuple[int, ...]:
    """The values of an array of int8 without nulls."""
    count = (len(array) - _HEADER.size) // 12
    return struct.unpack_from(f">{'iq' * count}", array, _HEADER.size)[1::2]


def _start(kind: int, count: int) -> bytes:
    return _HEADER.pack(1, 0, kind, count, 1) if count else _EMPTY.pack(0, 0, kind)


COPY_START: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END: Final = b"\xff\xff"


def copied(*values: bytes) -> bytes:
    """A row of COPY in binary form."""
    return _FIELDS.pack(len(values)) + _with_lengths(values)


_FIELDS: Final = struct.Struct(">h")


def copied_integers(rows: Sequence[tuple[int, int, int]]) -> bytes:
    """Rows of three int8."""
    flat: list[int] = []
    for first, second, third in rows:
        flat += (3, 8, first, 8, second, 8, third)
    return struct.pack(f">{'hiqiqiq' * len(rows)}", *flat)


def integer(value: int) -> bytes:
    return struct.pack(">q", value)
