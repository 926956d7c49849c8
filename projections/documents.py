"""Documents, by what they belong to: what each is, not its bytes."""

from datetime import datetime

from msgspec import structs

from domain.documents import DocumentAttached
from domain.facts import Recorded
from projections.view import Column, Row, View, of_kind


class Document(Row, kw_only=True):
    about: str = ""
    name: str = ""
    media_type: str = ""
    size: int = 0
    """In bytes."""
    sha256: str = ""
    """In hexadecimal."""
    attached_at: datetime | None = None


def evolve(row: Document, recorded: Recorded) -> Document:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        # One may be about another, which it then concerns as well.
        case DocumentAttached() as fact if fact.document == row.id:
            return structs.replace(
                row,
                about=fact.about,
                name=fact.name,
                media_type=fact.media_type,
                size=fact.size,
                sha256=fact.sha256,
                attached_at=recorded.occurred_at,
            )
        case _:
            return row


VIEW = View(
    name="documents",
    version=2,
    row=Document,
    keys=of_kind("document"),
    empty=lambda key: Document(id=key),
    evolve=evolve,
    columns={
        "about": Column("text", lambda row: row.about),
        "mediaType": Column("text", lambda row: row.media_type),
        "sha256": Column("text", lambda row: row.sha256),
        "at": Column("timestamptz", lambda row: row.attached_at),
    },
)
