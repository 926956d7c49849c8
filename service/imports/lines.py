"""Lines of a file: each with its number as an editor shows it, or why it cannot be read."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TextIO

from msgspec import Struct

from service.api.bodies import InputWrong, parse
from service.imports.mapping import Form, ImportMapping, MappingWrong

LONGEST_LINE: Final = 1_000_000
LONGEST_CELL: Final = csv.field_size_limit()
BYTE_ORDER_MARK: Final = "\ufeff"
_GZIP: Final = b"\x1f\x8b"
_UNDECODED: Final = re.compile("[\ud800-\udfff]")


class Line(Struct, frozen=True):
    """What stands in a line, by the names of its columns."""

    number: int
    values: Mapping[str, Any]


class Unreadable(Struct, frozen=True):
    """A line that is not as the mapping says, and why."""

    number: int
    reason: str


class _Row(NamedTuple):
    """A record of CSV, from its first line to its last."""

    number: int
    cells: list[str] | str
    """A sentence in place of the cells where there are none."""
    last: int


class _LineTooLong(Exception):  # noqa: N818 - one line's trouble
    """A line that goes on for too long to be kept."""


class Reading:
    """A file that is being read.

    Raises:
        MappingWrong: if its header lacks a column, or cannot be read.
    """

    def __init__(
        self, path: Path, file: str | None, raw: BinaryIO, text: TextIO, mapping: ImportMapping
    ) -> None:
        self.file = file
        """The file by its bytes."""
        self.size = path.stat().st_size
        self._raw = raw
        self._form = mapping.form
        self._physical = _Physical(text)
        self._lines = self._ndjson()
        if mapping.form.format == "csv":
            rows = self._rows()
            header = self._header(next(rows, None), mapping.columns)
            self._lines = self._csv(rows, header)

    @property
    def done(self) -> int:
        """How many bytes of the file were read."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[Line | Unreadable]:
        """The lines after the header, in order."""
        return self._lines

    def _csv(self, rows: Iterator[_Row], header: Sequence[str]) -> Iterator[Line | Unreadable]:
        for number, row, last in rows:
            if isinstance(row, str):
                yield Unreadable(number, row)
            elif reason := self._fault(row, len(header), number, last):
                yield Unreadable(number, reason)
            else:
                cells = (cell.strip() for cell in row)
                yield Line(number, dict(zip(header, cells, strict=True)))

    def _header(self, head: _Row | None, columns: Sequence[str]) -> list[str]:
        row = head.cells if head else ""
        if isinstance(row, str) or any(_UNDECODED.search(cell) for cell in row):
            raise MappingWrong("The header, the first line of the file, cannot be read.")
        header = [cell.strip() for cell in row]
        missing = [column for column in columns if column not in header]
        if missing:
            named = ", ".join(f"'{column}'" for column in missing)
            raise MappingWrong(f"The file has no column {named}.")
        twice = [column for column in columns if header.count(column) > 1]
        if twice:
            raise MappingWrong(f"The file has the column '{twice[0]}' more than once.")
        return header

    def _rows(self) -> Iterator[_Row]:
        physical = self._physical
        reader = csv.reader(physical, delimiter=self._form.delimiter, strict=True)
        while True:
            first = physical.number + 1
            physical.held.clear()
            try:
                row = next(reader)
            except StopIteration:
                return
            except (csv.Error, _LineTooLong):
                # An open quote takes the lines after it along: those are read anew.
                yield _Row(first, self._why_no_row(physical.held), first)
                physical.give_back()
            else:
                yield _Row(first, row, physical.number)

    def _why_no_row(self, held: Sequence[str]) -> str:
        if "\0" in held[0]:
            return "It has a NUL character."
        if sum(map(len, held)) > LONGEST_CELL:
            return f"A column has more than {LONGEST_CELL:,} characters, or its quotes never close."
        return "Its quotes do not close, or do not enclose a whole column."

    def _fault(self, row: Sequence[str], width: int, first: int, last: int) -> str | None:
        if not any(cell.strip() for cell in row) and len(row) <= 1:
            return "It is blank."
        if len(row) != width:
            until = f" (up to line {last})" if last > first else ""
            return f"It has {len(row)} columns{until}, and the header {width}."
        text = "".join(row)
        if "\0" in text:
            return "It has a NUL character."
        if not text.isascii():
            if _UNDECODED.search(text):
                return f"It is not {self._form.encoding}."
            if BYTE_ORDER_MARK in row[0]:
                return "It has a byte order mark, as where two files were put together."
        return None

    def _ndjson(self) -> Iterator[Line | Unreadable]:
        while True:
            number = self._physical.number + 1
            try:
                text = next(self._physical).strip()
                if text:
                    yield Line(number, parse(text.encode("utf-8", "surrogateescape")))
                else:
                    yield Unreadable(number, "It is blank.")
            except StopIteration:
                return
            except _LineTooLong:
                yield Unreadable(number, f"It has more than {LONGEST_LINE:,} characters.")
            except InputWrong as error:
                reason = str(error).replace("The body is", "It is").replace(" (line 1)", "")
                yield Unreadable(number, reason)
            finally:
                self._physical.held.clear()


class _Physical:
    """The lines of a text as an editor counts them, of which some can be given back."""

    def __init__(self, text: TextIO) -> None:
        self.number = 0
        self.held: list[str] = []
        """Those that were handed out for the record that is being read."""
        self._text = text
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.held.append(line)
        if len(line) == LONGEST_LINE and not line.endswith(("\r", "\n")):
            self._skip()
            raise _LineTooLong
        return line

    def give_back(self) -> None:
        """Read all but the first of those held once more."""
        self.number -= len(self.held) - 1
        self._again.extendleft(reversed(self.held[1:]))

    def _skip(self) -> None:
        while rest := self._text.readline(LONGEST_LINE):
            if rest.endswith(("\r", "\n")):
                return


@contextmanager
def reading(path: Path, mapping: ImportMapping) -> Generator[Reading]:
    """Open a file, compressed or not.

    Raises:
        MappingWrong: if it is not there, is empty, lacks a column, or is compressed and not whole.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise MappingWrong(f"The file {path} cannot be read: {why}.") from None
    file = _by_its_bytes(raw)
    with raw, _plain(raw) as plain:
        if not plain.peek(1):
            raise MappingWrong("The file is empty.")
        text = io.TextIOWrapper(
            plain, _encoding(mapping.form), errors="surrogateescape", newline=""
        )
        yield Reading(path, file, raw, text, mapping)


def _by_its_bytes(raw: BufferedReader) -> str | None:
    """What tells which file it is, for its name may be that of a person; none of a pipe."""
    if not raw.seekable():
        return None
    digest = hashlib.file_digest(raw, "sha256").hexdigest()
    raw.seek(0)
    return f"sha256:{digest}"


def _plain(raw: BufferedReader) -> BufferedReader | gzip.GzipFile:
    if raw.peek(len(_GZIP))[: len(_GZIP)] != _GZIP:
        return raw
    # Once through to its end: of a file that breaks off, nothing is to be stored.
    try:
        with gzip.open(raw) as whole:
            while whole.read(io.DEFAULT_BUFFER_SIZE * 16):
                pass
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise MappingWrong("The file is compressed and not whole.") from None
    raw.seek(0)
    return gzip.open(raw)


def _encoding(form: Form) -> str:
    """A byte order mark at the beginning is no part of the text."""
    utf_8 = form.encoding == "utf-8" or form.format == "ndjson"
    return "utf-8-sig" if utf_8 else form.encoding
