"""Notes: what is written down beside the events, about anything, for staff or shared."""

from datetime import datetime
from enum import StrEnum

from domain.boundaries import Boundary
from domain.commands import Command
from domain.facts import Fact, Recorded, as_fact
from domain.refusals import Refusal
from domain.vocabulary import Narrative, NoteId, Thing, Visibility


class NoteFor(StrEnum):
    """Whom a note is for: staff alone, or everyone whom its thing concerns."""

    INTERNAL = "internal"
    SHARED = "shared"


# Facts. These names are stored: never rename one.


class NoteAdded(Fact, frozen=True, kw_only=True, tag="note.added"):
    """Seen by staff; one that is shared also by those whom its thing concerns."""

    NL = "Notitie bij {about}: {text}"
    EN = "Note about {about}: {text}"
    VISIBILITY = Visibility.INTERNAL

    note: NoteId
    about: Thing
    text: Narrative
    visibility: NoteFor

    def seen_by(self) -> Visibility:
        shared = self.visibility is NoteFor.SHARED
        return Visibility.PARTICIPANTS if shared else Visibility.INTERNAL


NoteFact = NoteAdded


# Commands.


class AddNote(Command, frozen=True, kw_only=True):
    """Write down a note about anything, for staff or to be shared."""

    FOUNDS = True

    note: NoteId
    about: Thing
    text: Narrative
    visibility: NoteFor


# Decisions: a note rests on nothing but that what it is about exists.


def start(_command: AddNote) -> None:
    return None


def boundary(_command: AddNote, _past: object) -> Boundary:
    return ()


def evolve(_state: None, _recorded: Recorded) -> None:
    return None


def decide(command: AddNote, _state: None, _at: datetime) -> list[Fact]:
    return [as_fact(NoteAdded, command)]


REFUSALS: tuple[type[Refusal], ...] = ()
