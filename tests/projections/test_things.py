"""Things as they stand: what the story made of each."""

from typing import Any

from msgspec import structs

from domain.documents import DocumentAttached
from domain.facts import Fact
from domain.initiatives import InitiativeRested, InitiativesLinked, ParticipantLeft
from domain.notes import NoteAdded
from projections.catalogue import view
from projections.names import of_municipalities
from projections.view import fold
from tests.facts import (
    APPROACH,
    ASSOCIATION,
    CANCELLED_SESSION,
    CANCELLED_WORKSHOP,
    CITIZEN,
    COCREATION,
    ENTERPRISE_NUMBER,
    INITIATIVE,
    OTHER_INITIATIVE,
    PILOT,
    PROFESSIONAL,
    REQUEST,
    SAMPLES,
    SESSION,
    STORY,
    VCODE,
    WORKSHOP,
    recorded,
    sample_id,
)


def row(name: str, key: str, *more: Fact, until: int = len(STORY)) -> Any:
    later = [recorded(fact, until + number) for number, fact in enumerate(more, start=1)]
    return fold(view(name), key, [*STORY[:until], *later])


def test_an_actor_keeps_the_details_that_a_change_leaves_out() -> None:
    actor = row("actors", PROFESSIONAL)
    assert actor.contact.email == "professional@example.org"
    assert actor.organisation == "Organisatie Voorbeeld"
    assert actor.mandate == "Buurtwerk in drie wijken."
    assert actor.version > 6


def test_an_association_is_found_by_its_numbers() -> None:
    columns = view("actors").columns
    actor = row("actors", ASSOCIATION)
    assert columns["vcode"].value(actor) == VCODE
    assert columns["enterpriseNumber"].value(actor) == ENTERPRISE_NUMBER


def test_an_initiative_shows_who_takes_part_and_what_grew_from_it() -> None:
    initiative = row("initiatives", INITIATIVE, until=45)
    assert initiative.status == "active"
    assert initiative.initiators == [CITIZEN, ASSOCIATION]
    assert [(p.actor, p.role) for p in initiative.participants] == [
        (CITIZEN, "initiator"),
        (ASSOCIATION, "initiator"),
        (PROFESSIONAL, "partner"),
    ]
    assert initiative.themes == ["groen", "voeding"]
    assert len(initiative.strengths) == 2
    assert [a.strength_based for a in initiative.assessments] == [4]
    assert (initiative.requests, initiative.workshops) == ([REQUEST], [WORKSHOP])
    assert (initiative.cocreations, initiative.pilots) == ([COCREATION], [PILOT])


def test_an_initiator_who_left_is_none_any_longer() -> None:
    left = structs.replace(SAMPLES[ParticipantLeft], participant=CITIZEN)
    assert row("initiatives", INITIATIVE, left).initiators == [ASSOCIATION]


def test_an_initiative_rests_and_ends() -> None:
    assert row("initiatives", INITIATIVE, SAMPLES[InitiativeRested], until=45).status == "resting"
    ended = row("initiatives", INITIATIVE)
    assert ended.status == "ended"
    assert ended.lives_on == "De buren doen verder zonder ons."


def test_a_link_shows_at_both_ends() -> None:
    link = recorded(SAMPLES[InitiativesLinked])
    one = fold(view("initiatives"), INITIATIVE, [link])
    other = fold(view("initiatives"), OTHER_INITIATIVE, [link])
    assert [link.initiative for link in one.links] == [OTHER_INITIATIVE]
    assert [link.initiative for link in other.links] == [INITIATIVE]


def test_a_session_was_held_or_cancelled() -> None:
    held = row("sessions", SESSION)
    assert held.status == "held"
    assert held.title == "Wat beweegt er al in onze wijk?"
    assert sum(group.people for group in held.attendance) == 22
    assert row("sessions", CANCELLED_SESSION).status == "cancelled"


def test_a_workshop_shows_what_became_of_its_approach() -> None:
    workshop = row("workshops", WORKSHOP)
    assert workshop.status == "held"
    assert workshop.planned_at.month == 4
    assert [question.asked_by for question in workshop.questions] == [CITIZEN]
    assert [(a.id, a.answer) for a in workshop.approaches] == [(APPROACH, "taken_up")]
    assert row("workshops", CANCELLED_WORKSHOP).status == "cancelled"


def test_a_co_creation_shows_what_each_brought_to_a_step() -> None:
    cocreation = row("cocreations", COCREATION)
    assert cocreation.status == "concluded"
    brought = [c.contributor for step in cocreation.steps for c in step.contributions]
    assert brought == [CITIZEN, PROFESSIONAL]


def test_a_thing_has_the_name_that_it_was_last_given() -> None:
    assert row("names", CITIZEN).name == "Burger Voorbeeld"
    assert row("names", PROFESSIONAL).name == "Professional Voorbeeld"
    assert row("names", SESSION).name == "Wat beweegt er al in onze wijk?"
    assert row("names", COCREATION).kind == "cocreation"


def test_a_document_about_a_document_leaves_it_as_it_was() -> None:
    first: Any = SAMPLES[DocumentAttached]
    other = structs.replace(
        first, document=sample_id("document", 2), about=first.document, sha256="0" * 64
    )
    before, after = row("documents", first.document), row("documents", first.document, other)
    assert after == structs.replace(before, version=after.version)
    assert row("documents", other.document, other).sha256 == other.sha256


def test_a_note_about_a_note_leaves_it_as_it_was() -> None:
    first: Any = SAMPLES[NoteAdded]
    other = structs.replace(first, note=sample_id("note", 2), about=first.note, text="Dat ook.")
    before, after = row("notes", first.note), row("notes", first.note, other)
    assert after == structs.replace(before, version=after.version)
    assert row("notes", other.note, other).text == "Dat ook."


def test_a_municipality_has_its_name_from_the_register() -> None:
    assert of_municipalities()["nis:11007"] == "Borsbeek"
