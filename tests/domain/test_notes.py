"""Notes and documents: about anything that exists, and nothing else."""

from typing import Any

import pytest

from domain.actors import ActorIsMerged, ActorsMerged
from domain.commands import Command
from domain.documents import AttachDocument, DocumentAttached
from domain.facts import as_fact, tags
from domain.initiatives import InitiativeRegistered
from domain.notes import AddNote, NoteAdded, NoteFor
from domain.refusals import DatedBefore
from domain.vocabulary import Narrative, Thing, Visibility
from tests.domain.scenario import given, on
from tests.domain.test_merging import BEFORE, MERGED
from tests.facts import (
    ACTORS,
    CITIZEN,
    DOCUMENT,
    DUPLICATE,
    INITIATIVE,
    NOTE,
    SAMPLES,
    sample_id,
)

STARTED = SAMPLES[InitiativeRegistered]
SAID = Narrative("Eerst bellen.")


def note(about: str, visibility: NoteFor = NoteFor.INTERNAL) -> AddNote:
    return AddNote(note=NOTE, about=Thing(about), text=SAID, visibility=visibility)


def document(about: str) -> AttachDocument:
    return AttachDocument(
        document=DOCUMENT,
        about=Thing(about),
        name=SAID,
        media_type="text/plain",
        size=3,
        sha256="ab" * 32,
    )


BOTH = pytest.mark.parametrize(
    ("command", "fact"), [(note, NoteAdded), (document, DocumentAttached)]
)


@BOTH
@pytest.mark.parametrize("about", [CITIZEN, INITIATIVE, "nis:11001", "nis:11007"])
def test_it_is_about_anything(command: Any, fact: Any, about: str) -> None:
    asked: Command = command(about)
    given(*ACTORS, STARTED).when(asked).then(as_fact(fact, asked))
    assert about in tags(as_fact(fact, asked))


@BOTH
@pytest.mark.parametrize(
    "about", [sample_id("pilot", 9), sample_id("actor", 90), "nis:21004", "nis:", "thing_1", "x"]
)
def test_what_it_is_about_exists(command: Any, fact: Any, about: str) -> None:
    del fact
    given(*ACTORS, STARTED).when(command(about)).unknown("about")


@BOTH
def test_it_does_not_come_before_what_it_is_about(command: Any, fact: Any) -> None:
    late = on("2025-03-01", STARTED)
    given(*ACTORS, late).when(command(INITIATIVE), at="2025-02-01").refused(
        DatedBefore, blocked_by=[len(ACTORS) + 1]
    )
    asked = command(CITIZEN)
    given(*ACTORS).when(asked, at="2019-02-01").then(as_fact(fact, asked))


@BOTH
def test_it_is_about_the_actor_that_goes_on(command: Any, fact: Any) -> None:
    del fact
    assert isinstance(MERGED, ActorsMerged)
    given(*BEFORE, MERGED).when(command(DUPLICATE)).refused(
        ActorIsMerged, blocked_by=[len(BEFORE) + 1]
    )


def test_who_may_see_a_note_is_for_the_note_to_say() -> None:
    assert as_fact(NoteAdded, note(INITIATIVE)).seen_by() is Visibility.INTERNAL
    shared = as_fact(NoteAdded, note(INITIATIVE, NoteFor.SHARED))
    assert shared.seen_by() is Visibility.PARTICIPANTS
