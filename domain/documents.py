"""Documents: files that belong to something; their bytes lie outside the log."""

from datetime import datetime

from domain.boundaries import Boundary
from domain.commands import Command
from domain.facts import Fact, Recorded, as_fact
from domain.refusals import Refusal
from domain.vocabulary import DocumentId, Narrative, Thing

# Facts. These names are stored: never rename one.


class DocumentAttached(Fact, frozen=True, kw_only=True, tag="document.attached"):
    """The SHA-256 of the file, in hexadecimal, finds and proves its bytes; the size is in bytes."""

    NL = "Document '{name}' toegevoegd bij {about}"
    EN = "Document '{name}' attached to {about}"
    FIXED = frozenset({"media_type", "size", "sha256"})

    document: DocumentId
    about: Thing
    name: Narrative
    media_type: str
    size: int
    sha256: str


DocumentFact = DocumentAttached


# Commands.


class AttachDocument(Command, frozen=True, kw_only=True):
    """Attach a file to anything; its bytes are stored before this is recorded."""

    FOUNDS = True

    document: DocumentId
    about: Thing
    name: Narrative
    media_type: str
    size: int
    sha256: str


# Decisions: a document rests on nothing but that what it belongs to exists.


def start(_command: AttachDocument) -> None:
    return None


def boundary(_command: AttachDocument, _past: object) -> Boundary:
    return ()


def evolve(_state: None, _recorded: Recorded) -> None:
    return None


def decide(command: AttachDocument, _state: None, _at: datetime) -> list[Fact]:
    return [as_fact(DocumentAttached, command)]


REFUSALS: tuple[type[Refusal], ...] = ()
