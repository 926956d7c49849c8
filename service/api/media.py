"""Media types of documents that are taken, and how each is known by its bytes."""

from collections.abc import Callable, Mapping
from typing import Final

_ZIP: Final = b"PK\x03\x04"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


def _zip_with(name: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(_ZIP) and name in data


def _open_document(kind: str) -> Callable[[bytes], bool]:
    """Its first entry is called `mimetype`, is not compressed, and says what it is."""
    said = b"mimetype" + f"{_OPEN}{kind}".encode()
    return lambda data: data.startswith(_ZIP) and data[30:].startswith(said)


def _webp(data: bytes) -> bool:
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"


def _text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


MEDIA_TYPES: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "application/pdf": _starts(b"%PDF-"),
    "image/jpeg": _starts(b"\xff\xd8\xff"),
    "image/png": _starts(b"\x89PNG\r\n\x1a\n"),
    "image/gif": _starts(b"GIF87a", b"GIF89a"),
    "image/webp": _webp,
    "text/plain": _text,
    "text/csv": _text,
    f"{_OFFICE}wordprocessingml.document": _zip_with(b"word/document.xml"),
    f"{_OFFICE}spreadsheetml.sheet": _zip_with(b"xl/workbook.xml"),
    f"{_OFFICE}presentationml.presentation": _zip_with(b"ppt/presentation.xml"),
    f"{_OPEN}text": _open_document("text"),
    f"{_OPEN}spreadsheet": _open_document("spreadsheet"),
    f"{_OPEN}presentation": _open_document("presentation"),
}
"""None that a browser would run: no HTML, no SVG, no scripts."""
