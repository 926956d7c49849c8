"""Notes, by what they are about."""

from datetime import datetime

from msgspec import structs

from domain.facts import Recorded
from domain.notes import NoteAdded, NoteFor
from projections.view import Column, Row, View, of_kind


class Note(Row, kw_only=True):
    about: str = ""
    text: str = ""
    visibility: str = ""
    added_by: str = ""
    added_at: datetime | None = None


def evolve(row: Note, recorded: Recorded) -> Note:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        # One may be about another, which it then concerns as well.
        case NoteAdded() as fact if fact.note == row.id:
            return structs.replace(
                row,
                about=fact.about,
                text=fact.text,
                visibility=fact.visibility,
                added_by=recorded.recorded_by,
                added_at=recorded.occurred_at,
            )
        case _:
            return row


VIEW = View(
    name="notes",
    version=2,
    row=Note,
    keys=of_kind("note"),
    empty=lambda key: Note(id=key),
    evolve=evolve,
    columns={
        "about": Column("text", lambda row: row.about),
        "visibility": Column("text", lambda row: row.visibility, choices=tuple(NoteFor)),
        "at": Column("timestamptz", lambda row: row.added_at),
    },
)
