"""Histories: a line for every event and everything it concerns, corrections in sight."""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from typing import Any

import msgspec
import pytest
from msgspec import Struct, structs

from domain.actors import ActorDetailsChanged, ActorRegistered
from domain.conversations import FACTS
from domain.facts import Fact, Recorded, Source
from domain.initiatives import StrengthIdentified
from domain.notes import NoteAdded, NoteFor
from domain.records import CorrectableFact, EventCorrected
from domain.vocabulary import ActorId, Narrative, Personal, Position, Thing, Visibility
from projections.histories import SEEN, VIEW, Line, Mention, evolve, line_of, short
from projections.sentences import declared, named
from projections.view import fold
from tests.facts import (
    ASSOCIATION,
    CITIZEN,
    CORRECTION,
    INITIATIVE,
    MUNICIPALITY,
    NETWORK_MEMBER,
    NOTE,
    SAMPLES,
    SESSION,
    SESSION_PLANNED,
    START,
    STORY,
    recorded,
)

SECRET = "TELL-NOBODY"  # noqa: S105 - a marker to search for
PLANNED = recorded(SESSION_PLANNED, 13)
CORRECTED = recorded(CORRECTION, 50)


def line(position: int, *log: Recorded) -> Line:
    return reduce(evolve, log, Line(position=position))


def mention(thing: str, position: int, *log: Recorded) -> Mention:
    return fold(VIEW, (short(thing), position), log)


def seen(row: Mention) -> Visibility:
    return SEEN[row.visibility]


def json(line: Line) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(line))


def seen_by(event: Recorded) -> Iterator[Visibility]:
    """Who sees the line of an event, and all that mentions it."""
    yield line(event.position, event).visibility
    for place in VIEW.keys(event.fact, event.position):
        yield seen(fold(VIEW, place, [event]))


def secretive(fact: Fact) -> Fact:
    """The same fact with the marker in each personal field, also those left out."""
    personal = [name for name, kind in declared(type(fact)).items() if kind is Personal]
    return structs.replace(fact, **dict.fromkeys(personal, Personal(SECRET)))


def correcting(becomes: Struct, position: int = 1) -> EventCorrected:
    fact = msgspec.convert(msgspec.to_builtins(becomes), CorrectableFact)
    return EventCorrected(
        position=Position(position), becomes=fact, happened_at=START, reason=Narrative("Tikfout.")
    )


def test_an_event_is_mentioned_with_everything_that_it_concerns() -> None:
    assert set(VIEW.keys(SESSION_PLANNED, 13)) == {
        (short(SESSION), 13),
        (short(NETWORK_MEMBER), 13),
        (short(f"nis:{MUNICIPALITY}"), 13),
    }


def test_a_number_that_others_hand_out_has_no_history() -> None:
    assert list(VIEW.keys(STORY[1].fact, 2)) == [(short(ASSOCIATION), 2)]


def test_a_line_is_what_a_reader_gets() -> None:
    assert json(line(13, PLANNED)) == {
        "position": 13,
        "type": "session.planned",
        "visibility": "public",
        "sentence": {
            "nl": "Infosessie 'Wat beweegt er al in de wijk?' "
            "gepland op 1 februari 2024 om 19.30 uur",
            "en": "Info session 'Wat beweegt er al in de wijk?' "
            "planned for 1 February 2024 at 19:30",
        },
        "occurredAt": "2024-01-20T09:00:00Z",
        "recordedAt": "2024-01-20T10:00:00Z",
        "recordedBy": PLANNED.recorded_by,
        "source": {"kind": "api"},
        "requestId": "sample-13",
        "concerns": [
            {"role": "session", "id": SESSION},
            {"role": "municipality", "id": f"nis:{MUNICIPALITY}"},
            {"role": "hosts", "id": NETWORK_MEMBER},
        ],
        "data": {
            "session": SESSION,
            "title": "Wat beweegt er al in de wijk?",
            "municipality": MUNICIPALITY,
            "plannedAt": "2024-02-01T18:30:00Z",
            "hosts": [NETWORK_MEMBER],
            "reference": "2024/017",
        },
    }


def test_a_line_tells_on_whose_behalf_and_out_of_what_order() -> None:
    source = Source(kind="import", file="cases.csv", line=7)
    event = recorded(
        SESSION_PLANNED, 13, on_behalf_of=ActorId(CITIZEN), source=source, out_of_order=True
    )
    told = json(line(13, event))
    assert told["onBehalfOf"] == CITIZEN
    assert told["outOfOrder"] is True
    assert told["source"] == {"kind": "import", "file": "cases.csv", "line": 7}


def test_a_corrected_event_shows_what_it_should_have_said() -> None:
    told = json(line(13, PLANNED, CORRECTED))
    assert told["data"]["title"] == "Wat beweegt er al in onze wijk?"
    assert "in onze wijk" in told["sentence"]["nl"]
    assert told["occurredAt"] == "2024-01-08T09:00:00Z"
    assert told["recordedAt"] == "2024-01-20T10:00:00Z"
    assert told["corrected"] == {
        "by": 50,
        "at": "2024-02-26T10:00:00Z",
        "reason": "De titel klopte niet.",
        "was": {
            "data": json(line(13, PLANNED))["data"],
            "occurredAt": "2024-01-20T09:00:00Z",
        },
    }


def test_a_correction_has_a_line_of_its_own() -> None:
    told = json(line(50, PLANNED, CORRECTED))
    assert told["type"] == "record.corrected"
    assert told["data"]["position"] == 13
    assert told["data"]["becomes"]["type"] == "session.planned"
    assert "corrected" not in told


def test_a_second_correction_keeps_what_was_first_recorded() -> None:
    again = recorded(correcting(SESSION_PLANNED, 13), 51)
    told = json(line(13, PLANNED, CORRECTED, again))
    assert told["data"]["title"] == "Wat beweegt er al in de wijk?"
    assert told["corrected"]["by"] == 51
    assert told["corrected"]["was"]["occurredAt"] == "2024-01-20T09:00:00Z"


def test_a_correction_of_what_only_staff_may_see_is_theirs_too() -> None:
    event = recorded(correcting(SAMPLES[ActorDetailsChanged]), 2)
    assert set(seen_by(event)) == {Visibility.INTERNAL}


def note(visibility: NoteFor, text: str = "Eerst bellen.") -> NoteAdded:
    about = Thing(INITIATIVE)
    return NoteAdded(note=NOTE, about=about, text=Narrative(text), visibility=visibility)


@pytest.mark.parametrize(
    ("said", "seen"),
    [(NoteFor.INTERNAL, Visibility.INTERNAL), (NoteFor.SHARED, Visibility.PARTICIPANTS)],
)
def test_a_note_is_seen_by_those_it_is_for(said: NoteFor, seen: Visibility) -> None:
    assert set(seen_by(recorded(note(said), 1))) == {seen}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (NoteFor.INTERNAL, NoteFor.SHARED),
        (NoteFor.SHARED, NoteFor.INTERNAL),
        (NoteFor.INTERNAL, NoteFor.INTERNAL),
    ],
)
def test_what_was_internal_once_or_is_now_stays_with_staff(first: NoteFor, then: NoteFor) -> None:
    log = (recorded(note(first), 1), recorded(correcting(note(then, SECRET), 1), 2))
    for first_seen, then_seen in (
        (line(1, *log).visibility, line(2, *log).visibility),
        (seen(mention(INITIATIVE, 1, *log)), seen(mention(INITIATIVE, 2, *log))),
    ):
        assert first_seen is Visibility.INTERNAL
        assert (then_seen is Visibility.INTERNAL) == (then is NoteFor.INTERNAL)


def test_a_page_reads_a_line_as_all_its_corrections_left_it() -> None:
    planned = recorded(note(NoteFor.SHARED), 1)
    hidden = recorded(correcting(note(NoteFor.INTERNAL), 1), 2)
    again = recorded(correcting(note(NoteFor.SHARED, "Eerst mailen."), 1), 3)
    place = mention(INITIATIVE, 1, planned, hidden, again)
    assert place.corrected == 3
    assert line_of(planned, again, seen(place)) == line(1, planned, hidden, again)
    assert line_of(planned, None, seen(mention(INITIATIVE, 1, planned))) == line(1, planned)


def test_what_is_mentioned_keeps_its_place_until_it_is_corrected() -> None:
    def told(*log: Recorded) -> tuple[int, int, datetime | None]:
        row = mention(f"nis:{MUNICIPALITY}", 13, *log)
        return row.position, row.type, row.at

    assert told(PLANNED) == (13, short("session.planned"), PLANNED.occurred_at)
    assert told(PLANNED, CORRECTED) == (13, short("session.planned"), CORRECTION.happened_at)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_no_line_holds_a_personal_detail(fact: type[Fact]) -> None:
    told = secretive(SAMPLES[fact])
    events = [recorded(told, 1)]
    if not isinstance(told, EventCorrected):
        events.append(recorded(correcting(told), 2))
    for event in events:
        told = [line(event.position, *events)]
        told += [fold(VIEW, place, events) for place in VIEW.keys(event.fact, event.position)]
        assert SECRET.encode() not in msgspec.json.encode(told)


def test_the_marker_for_personal_details_does_get_into_facts() -> None:
    assert SECRET.encode() in msgspec.json.encode(secretive(SAMPLES[ActorRegistered]))


def test_what_people_write_is_kept_to_the_letter_and_never_named() -> None:
    text = Narrative(f"Wie is {{{CITIZEN}}}?")
    event = recorded(StrengthIdentified(initiative=INITIATIVE, strength=text))
    doc = msgspec.json.encode(line(1, event))
    told = msgspec.json.decode(named(doc, {CITIZEN: "Burger Voorbeeld"}))
    assert told["data"]["strength"] == text
    assert "Burger Voorbeeld" not in told["sentence"]["nl"]
