"""The exact bytes of an event: canonical, with nothing sealed in them."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any, Final

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs, to_builtins

from domain.actors import ActorRegistered
from domain.co_creation import CoCreationStepTaken, Contribution, StepKind
from domain.facts import Concern, Fact, Recorded, Source, concerns, stored_name, tags
from domain.fields import places
from domain.info_sessions import InfoSessionPlanned
from domain.pilots import LessonLearned
from domain.records import EventCorrected
from domain.vocabulary import (
    ActorId,
    CoCreationId,
    InitiativeId,
    Narrative,
    NisCode,
    Personal,
    Reference,
    WorkshopId,
)
from domain.workshops import StartingQuestion, WorkshopPlanned
from service.log.leaf import (
    ERASED,
    UPCASTERS,
    Sealed,
    SealedFact,
    commitment,
    decode,
    encode,
    id_in,
    lesson_at,
    seal,
    stamp,
    unseal,
)
from tests import golden
from tests.facts import (
    APPROACH,
    ASSOCIATION,
    CITIZEN,
    CORRECTION,
    ENTERPRISE_NUMBER,
    INITIATIVE,
    NETWORK_MEMBER,
    PROFESSIONAL,
    SAMPLES,
    SESSION,
    STORY,
    VCODE,
    WORKSHOP,
    recorded,
    sample_id,
)

TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
"""Any text that is one: control characters, combining marks and astral planes, no half pairs."""
MOMENTS: Final = st.datetimes(timezones=st.just(UTC))


def leaf_of(event: Recorded) -> tuple[bytes, list[Sealed]]:
    sealed = seal(event.fact)
    return encoded(event, sealed), sealed.values


def encoded(event: Recorded, sealed: SealedFact) -> bytes:
    """The leaf as the log puts it together once it knows the time."""
    before, after = encode(sealed, event.id, event)
    return before + stamp(event.recorded_at) + after


def revealed(sealed: Sequence[Sealed]) -> list[tuple[str, str | None]]:
    return [(value.pointer, value.value) for value in sealed]


# Canonical bytes.


@pytest.mark.parametrize("event", STORY, ids=lambda event: f"{event.position}")
def test_a_leaf_is_canonical_json(event: Recorded) -> None:
    leaf, _ = leaf_of(event)
    assert leaf == rfc8785.dumps(json.loads(leaf))


@given(
    text=TEXTS,
    other=TEXTS,
    moment=MOMENTS,
    line=st.integers(0, 2**53 - 1),
    late=st.booleans(),
)
def test_a_leaf_is_canonical_json_whatever_the_texts(
    text: str, other: str, moment: datetime, *, line: int, late: bool
) -> None:
    fact = InfoSessionPlanned(
        session=SESSION,
        title=Narrative(text),
        municipality=NisCode("11001"),
        planned_at=moment,
        hosts=(NETWORK_MEMBER,),
        reference=Reference(other),
    )
    event = recorded(
        fact,
        occurred_at=moment,
        recorded_at=moment,
        on_behalf_of=CITIZEN,
        source=Source(kind="import", file=other, line=line),
        request_id=text,
        out_of_order=late,
    )
    leaf, sealed = leaf_of(event)
    assert leaf == rfc8785.dumps(json.loads(leaf))
    assert json.loads(leaf)["source"] == {"kind": "import", "file": other, "line": line}
    assert unseal(1, leaf, revealed(sealed)) == event


@given(text=TEXTS)
def test_a_fact_with_any_text_is_canonical_once_unsealed_too(text: str) -> None:
    fact = InfoSessionPlanned(
        session=SESSION,
        title=Narrative(text),
        municipality=NisCode("11001"),
        planned_at=datetime(2024, 1, 1, tzinfo=UTC),
    )
    leaf = encoded(recorded(fact), SealedFact(fact, [], frozenset(), ()))
    assert leaf == rfc8785.dumps(json.loads(leaf))


def test_moments_are_written_in_utc_to_the_microsecond() -> None:
    event = recorded(
        SAMPLES[InfoSessionPlanned], occurred_at=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    )
    assert json.loads(leaf_of(event)[0])["occurredAt"] == "2024-01-02T03:04:05.678901Z"


def test_a_leaf_holds_the_envelope_without_its_position() -> None:
    leaf = json.loads(leaf_of(recorded(SAMPLES[InfoSessionPlanned], 7))[0])
    assert leaf.keys() == {
        "fact",
        "v",
        "id",
        "occurredAt",
        "recordedAt",
        "recordedBy",
        "source",
        "requestId",
    }


# Sealed values.


@pytest.mark.parametrize("event", STORY, ids=lambda event: f"{event.position}")
def test_what_is_sealed_stands_nowhere_in_the_leaf(event: Recorded) -> None:
    leaf, sealed = leaf_of(event)
    kinds = [place for place in places(event.fact) if place.kind in (Personal, Narrative)]
    assert len(sealed) == len(kinds)
    for value in sealed:
        assert value.value.encode() not in leaf
        assert json.dumps(value.value).encode() not in leaf


@pytest.mark.parametrize("event", STORY, ids=lambda event: f"{event.position}")
def test_a_leaf_reads_back_as_the_event(event: Recorded) -> None:
    leaf, sealed = leaf_of(event)
    assert unseal(event.position, leaf, revealed(sealed)) == event
    assert decode(event.position, leaf).mark == event.mark
    assert type(decode(event.position, leaf).fact) is type(event.fact)


@pytest.mark.parametrize("event", STORY, ids=lambda event: f"{event.position}")
def test_each_value_is_committed_to(event: Recorded) -> None:
    """Anybody who is given the salt and the value can check them against the leaf."""
    leaf, sealed = leaf_of(event)
    held = json.loads(leaf)["fact"]
    for value in sealed:
        said = at(held, value.pointer)
        scheme, _, digest = said.partition(":")
        assert scheme == "sealed"
        assert urlsafe_b64decode(digest + "=") == sha256(value.salt + value.value.encode()).digest()
        assert said != commitment(value.salt, value.value + " ")
        assert said != commitment(bytes(16), value.value)


def at(held: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        held = held[int(step) if step.isdigit() else step]
    return held


def test_the_same_value_is_committed_to_anew_each_time() -> None:
    """Equal texts do not show: each commitment has a salt of its own."""
    twice = CoCreationStepTaken(
        cocreation=CoCreationId(sample_id("cocreation", 1)),
        initiatives=(INITIATIVE,),
        step=StepKind.TEST,
        contributions=(
            Contribution(contributor=CITIZEN, contribution=Narrative("Ja.")),
            Contribution(contributor=PROFESSIONAL, contribution=Narrative("Ja.")),
        ),
        result=Narrative("Ja."),
    )
    fact = seal(twice)
    raw, sealed = to_builtins(fact.fact), fact.values
    assert len({at(raw, value.pointer) for value in sealed}) == 3
    assert len({value.salt for value in sealed}) == 3


@pytest.mark.parametrize("event", STORY, ids=lambda event: f"{event.position}")
def test_what_is_gone_reads_as_erased(event: Recorded) -> None:
    leaf, sealed = leaf_of(event)
    erased = unseal(event.position, leaf, [(value.pointer, None) for value in sealed])
    texts = {p.value for p in places(erased.fact) if p.kind in (Personal, Narrative)}
    assert texts <= {ERASED}
    assert concerns(erased.fact) == concerns(event.fact)
    assert erased.recorded_by == event.recorded_by


def test_one_value_goes_without_the_others() -> None:
    leaf, sealed = leaf_of(STORY[0])
    values = [(v.pointer, None if v.pointer == "/email" else v.value) for v in sealed]
    fact: Any = unseal(1, leaf, values).fact
    assert (fact.name, fact.email) == ("Burger Voorbeeld", ERASED)


def test_personal_details_lie_under_their_actor_and_texts_under_what_they_tell_about() -> None:
    registered = seal(STORY[3].fact).values
    assert {value.pointer: value.owner for value in registered} == {
        "/name": PROFESSIONAL,
        "/organisation": PROFESSIONAL,
        "/mandate": PROFESSIONAL,
    }
    planned = seal(SAMPLES[WorkshopPlanned]).values
    assert {value.pointer: value.owner for value in planned} == {
        "/title": WORKSHOP,
        "/questions/0/question": WORKSHOP,
    }


def test_a_text_names_the_actors_of_its_fact() -> None:
    assert seal(SAMPLES[WorkshopPlanned]).names == (CITIZEN, PROFESSIONAL)


# Tags.


def test_tags_come_from_the_types_of_fields_with_their_roles() -> None:
    fact = WorkshopPlanned(
        workshop=WORKSHOP,
        title=Narrative(f"Over {APPROACH}"),
        initiatives=(INITIATIVE, InitiativeId(sample_id("initiative", 2))),
        municipality=NisCode("11001"),
        planned_at=datetime(2024, 1, 1, tzinfo=UTC),
        participants=(CITIZEN, PROFESSIONAL),
        questions=(
            StartingQuestion(asked_by=CITIZEN, question=Narrative("Wie?")),
            StartingQuestion(asked_by=ASSOCIATION, question=Narrative("Waar?")),
        ),
        reference=Reference("2024/001"),
    )
    assert concerns(fact) == (
        Concern("workshop", WORKSHOP),
        Concern("initiatives", INITIATIVE),
        Concern("initiatives", sample_id("initiative", 2)),
        Concern("municipality", "nis:11001"),
        Concern("participants", CITIZEN),
        Concern("participants", PROFESSIONAL),
        Concern("asked_by", CITIZEN),
        Concern("asked_by", ASSOCIATION),
    )
    assert tags(fact) == {concern.id for concern in concerns(fact)}


def test_numbers_of_other_registers_are_tags() -> None:
    assert tags(STORY[1].fact) == {ASSOCIATION, f"vcode:{VCODE}", f"enterprise:{ENTERPRISE_NUMBER}"}
    assert tags(STORY[2].fact) >= {"nis:11001"}


def test_who_contributed_is_found_by_it() -> None:
    step = SAMPLES[CoCreationStepTaken]
    assert Concern("contributor", PROFESSIONAL) in concerns(step)
    assert Concern("contributor", CITIZEN) in concerns(step)
    sealed = seal(step).values
    assert [value.pointer for value in sealed] == [
        "/contributions/0/contribution",
        "/contributions/1/contribution",
        "/result",
    ]


def test_a_correction_concerns_what_the_corrected_fact_does() -> None:
    assert tags(CORRECTION) == tags(CORRECTION.becomes)
    correction = seal(CORRECTION)
    raw, sealed = to_builtins(correction.fact), correction.values
    assert [value.pointer for value in sealed] == ["/becomes/title", "/reason"]
    assert {value.owner for value in sealed} == {SESSION}
    assert raw["becomes"]["type"] == stored_name(InfoSessionPlanned)
    assert raw["becomes"]["title"].startswith("sealed:")


@pytest.mark.parametrize("fact", SAMPLES.values(), ids=lambda fact: stored_name(type(fact)))
def test_a_correction_of_any_fact_reads_back(fact: Any) -> None:
    if isinstance(fact, EventCorrected):
        return
    correction = EventCorrected(
        position=CORRECTION.position,
        becomes=fact,
        happened_at=CORRECTION.happened_at,
        reason=CORRECTION.reason,
    )
    leaf, sealed = leaf_of(recorded(correction))
    assert unseal(1, leaf, revealed(sealed)).fact == correction
    assert tags(correction) == tags(fact)


def test_fields_of_later_versions_are_passed_over() -> None:
    leaf, _ = leaf_of(recorded(SAMPLES[InfoSessionPlanned]))
    raw = json.loads(leaf)
    raw["fact"]["later"], raw["alsoLater"] = 1, {"deep": []}
    assert decode(1, json.dumps(raw).encode()) == decode(1, leaf)


def test_a_text_of_a_field_that_is_no_more_is_passed_over() -> None:
    leaf, sealed = leaf_of(STORY[0])
    raw = json.loads(leaf)
    raw["fact"]["nickname"] = "sealed:-"
    values = [*revealed(sealed), ("/nickname", "Bijnaam")]
    assert unseal(1, json.dumps(raw).encode(), values) == STORY[0]


def test_texts_of_an_older_version_are_there_when_it_is_brought_up_to_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def louder(raw: dict[str, Any], _position: int) -> dict[str, Any]:
        return raw | {"name": raw["name"].upper()}

    upcasters: Any = UPCASTERS
    leaf, sealed = leaf_of(STORY[0])
    monkeypatch.setitem(upcasters, ("actor.registered", 1), louder)
    monkeypatch.setattr(ActorRegistered, "VERSION", 2)
    fact: Any = unseal(1, leaf, revealed(sealed)).fact
    assert fact.name == "BURGER VOORBEELD"


def test_a_lesson_of_the_first_version_in_a_correction_is_brought_up_to_date_too() -> None:
    """Its id is that of the lesson that is corrected."""
    leaf, _ = leaf_of(recorded(CORRECTION, 99))
    raw = json.loads(leaf)
    older = json.loads((golden.FOLDER / "pilot.lesson_learned.1.json").read_bytes())
    raw["fact"] |= {"position": 43, "becomes": older | {"lesson": "sealed:-"}}
    values = [("/becomes/lesson", "Een bank werkt.")]
    for read in (
        unseal(99, json.dumps(raw).encode(), values),
        decode(99, json.dumps(raw).encode()),
    ):
        assert isinstance(read.fact, EventCorrected)
        lesson = read.fact.becomes
        assert isinstance(lesson, LessonLearned)
        assert lesson.lesson == lesson_at(43)
        assert lesson.learnt in ("Een bank werkt.", "sealed:-")


@given(text=TEXTS)
def test_the_id_is_found_whatever_the_texts(text: str) -> None:
    near = f'{text},"id":"'
    fact = structs.replace(SAMPLES[InfoSessionPlanned], reference=Reference(near))
    event = recorded(fact, 7, source=Source(kind="import", file=near, line=1), request_id=near)
    assert id_in(leaf_of(event)[0]) == event.id


def test_ids_stand_by_their_own_kind() -> None:
    """A type that names nothing makes no tag, whatever it looks like."""
    fact: Fact = structs.replace(SAMPLES[InfoSessionPlanned], reference=Reference(CITIZEN))
    assert CITIZEN not in tags(fact)
    assert ActorId is not WorkshopId


@pytest.mark.parametrize(
    ("moment", "stands"),
    [
        (
            datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2))),
            "2026-07-01T10:00:00.000000Z",
        ),
        (datetime(26, 7, 1, 12, 0, 0, 5, tzinfo=UTC), "0026-07-01T12:00:00.000005Z"),
    ],
)
def test_a_time_stands_in_the_leaf_in_utc_with_six_digits(moment: datetime, stands: str) -> None:
    assert stamp(moment) == stands.encode()
