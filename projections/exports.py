"""Exports: lines of a statement as CSV, NDJSON or Parquet, in parts, in constant memory.

PostgreSQL writes the lines of the first two and they pass through as they are. Each export is
one statement, so that it shows one moment however long it takes.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Connection, sql
from psycopg.rows import TupleRow

PART_BYTES: Final = 256 * 1024
"""About as much as a part holds; a line is never cut."""
BATCH_ROWS: Final = 2000
GROUP_ROWS: Final = 20_000
"""Rows in a group of a Parquet file: what making it keeps in memory at once."""


class Field(NamedTuple):
    """One value of a line."""

    name: str
    type: str
    """In SQL: text, text[], bigint, bigint[], date, timestamptz or boolean."""
    value: LiteralString
    """In SQL, with placeholders that whoever makes the statement fills in."""
    free: bool = False
    """Whether people wrote it, so that a spreadsheet might take it for a formula."""


Fields = Sequence[Field]
Lines = Callable[[str], sql.Composed]
"""The statement that selects something from the lines."""


class Format(NamedTuple):
    media_type: str
    parts: Callable[[Connection[TupleRow], Lines, Fields], Iterator[bytes]]


class NotInstalled(Exception):  # noqa: N818 - said as a problem
    """What makes Parquet files is not there."""

    def __init__(self) -> None:
        super().__init__(
            "Parquet takes the package pyarrow, which is not installed here: add aanzet[parquet]."
        )


# CSV, as RFC 4180 has it.

_MOMENT: Final = """to_char({}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_GUARDED: Final = r"regexp_replace({}, '^[=+@\t\r-]', '''\&')"
"""What begins as a formula does gets an apostrophe before it, so that it stays a text."""


def csv(connection: Connection[TupleRow], lines: Lines, fields: Fields) -> Iterator[bytes]:
    """A line of names first; many values stand in one cell, with semicolons."""
    names = ",".join(field.name for field in fields).encode()
    return _copied(connection, lines(as_csv(fields)), sql.SQL("format csv"), b"\r\n", names)


def as_csv(fields: Fields) -> str:
    """The cells of a line, in SQL."""
    return ", ".join(map(_cell, fields))


def _cell(field: Field) -> str:
    value = field.value
    if field.type.endswith("[]"):
        value = f"array_to_string({value}, '; ')"
    elif field.type == "timestamptz":
        value = _MOMENT.format(value)
    elif field.type == "boolean":
        value = f"({value})::text"
    return _GUARDED.format(value) if field.free else value


# NDJSON: a line for each, the same as in a page.


def ndjson(connection: Connection[TupleRow], lines: Lines, fields: Fields) -> Iterator[bytes]:
    # JSON has no control characters in it, so that as the marks of CSV they change nothing.
    bare = sql.SQL(r"format csv, delimiter e'\x02', quote e'\x01'")
    return _copied(connection, lines(as_json(fields)), bare, b"\n")


def as_json(fields: Fields) -> str:
    """One JSON object of all fields, in SQL."""
    pairs = (f"'{field.name}', {_json(field)}" for field in fields)
    return f"json_build_object({', '.join(pairs)})::text"


def _json(field: Field) -> str:
    return _MOMENT.format(field.value) if field.type == "timestamptz" else field.value


def _copied(
    connection: Connection[TupleRow],
    statement: sql.Composed,
    how: sql.SQL,
    end: bytes,
    *head: bytes,
) -> Iterator[bytes]:
    copying = sql.SQL("copy ({}) to stdout ({})").format(statement, how)
    part: list[memoryview | bytes] = [*head]
    size = 0
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        # PostgreSQL sends a message for each line, which ends in a newline.
        for line in copy:
            part.append(memoryview(line)[:-1])
            size += len(line)
            if size >= PART_BYTES:
                yield end.join((*part, b""))
                part, size = [], 0
    yield end.join((*part, b""))


# Parquet, whose footer comes last: a file that broke off has none.


def parquet(connection: Connection[TupleRow], lines: Lines, fields: Fields) -> Iterator[bytes]:
    """A column for each field, in its own type.

    Raises:
        NotInstalled: if pyarrow is not.
    """
    if not has_parquet():
        raise NotInstalled
    # Large, and most processes never need it.
    pa: Any = import_module("pyarrow")
    pq: Any = import_module("pyarrow.parquet")
    types = {
        "text": pa.string(),
        "text[]": pa.list_(pa.string()),
        "bigint": pa.int64(),
        "bigint[]": pa.list_(pa.int64()),
        "date": pa.date32(),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "boolean": pa.bool_(),
    }
    schema = pa.schema([(field.name, types[field.type]) for field in fields])
    sink = _Sink()
    writer = pq.ParquetWriter(sink, schema, compression="zstd")
    for rows in _groups(connection, lines(", ".join(field.value for field in fields))):
        columns = zip(zip(*rows, strict=True), schema.types, strict=True)
        arrays = [pa.array(column, kind) for column, kind in columns]
        writer.write_table(pa.table(arrays, schema=schema))
        yield sink.taken()
    writer.close()
    yield sink.taken()


def has_parquet() -> bool:
    return find_spec("pyarrow") is not None


def _groups(connection: Connection[TupleRow], statement: sql.Composed) -> Iterator[list[TupleRow]]:
    with connection.transaction(), connection.cursor("export", binary=True) as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(statement)
        while rows := cursor.fetchmany(GROUP_ROWS):
            yield rows


class _Sink(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def taken(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


FORMATS: Final = {
    "csv": Format("text/csv", csv),
    "ndjson": Format("application/x-ndjson", ndjson),
    "parquet": Format("application/vnd.apache.parquet", parquet),
}
