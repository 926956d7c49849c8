"""What was learnt, event by event, out of one story."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.facts import Fact, stored_name
from domain.outcomes import OutcomeHarvested
from domain.pilots import LessonLearned, PilotDecided, PilotObservationRecorded
from domain.professionals import ProfessionalRoleReflected
from domain.records import EventCorrected
from domain.vocabulary import Narrative, Position, Visibility
from domain.workshops import InsightRecorded, RenewedApproachSetAside
from projections.learning import TEACHES, VIEW, Kind, Learnt, day, keys, year
from projections.view import fold, touched
from tests.facts import (
    ASSOCIATION,
    BLUEPRINT,
    CITIZEN,
    INITIATIVE,
    LESSON,
    MUNICIPALITY,
    NETWORK_MEMBER,
    OTHER_LESSON,
    PILOT,
    PROFESSIONAL,
    SAMPLES,
    STORY,
    WORKSHOP,
    recorded,
)


def learnt() -> list[Learnt]:
    rows = [fold(VIEW, key, STORY) for event in STORY for key in touched(VIEW, event)]
    return sorted(rows, key=lambda row: row.position)


def row_of(fact: type[Fact]) -> Learnt:
    (position,) = (event.position for event in STORY if type(event.fact) is fact)
    return next(row for row in learnt() if row.position == position)


def test_each_event_that_teaches_has_one_row() -> None:
    taught = [event.position for event in STORY if isinstance(event.fact, TEACHES)]
    assert [row.position for row in learnt()] == taught
    assert {row.kind for row in learnt()} == set(Kind)
    assert all(row.text for row in learnt())


@pytest.mark.parametrize("fact", TEACHES)
def test_what_teaches_is_never_kept_from_evaluators(fact: type[Fact]) -> None:
    assert SAMPLES[fact].seen_by() is not Visibility.INTERNAL
    assert not stored_name(fact).startswith(("request.", "actor.", "record."))


def test_a_lesson_tells_what_it_rests_on_and_who_learnt_it() -> None:
    row = row_of(LessonLearned)
    assert (row.thing, row.pilots, row.initiatives) == (LESSON, [PILOT], [INITIATIVE])
    assert (row.municipality, row.evidence, row.learnt_by) == (MUNICIPALITY, [43], [CITIZEN])


def test_a_decision_gives_its_motivation_and_conditions() -> None:
    row, fact = row_of(PilotDecided), SAMPLES[PilotDecided]
    assert isinstance(fact, PilotDecided)
    assert (row.decision, row.text, row.more) == ("approve", fact.motivation, [*fact.conditions])
    assert row.learnt_by == [*fact.deciders]


def test_an_outcome_tells_its_sources_apart_from_what_is_searched() -> None:
    fact = SAMPLES[OutcomeHarvested]
    assert isinstance(fact, OutcomeHarvested)
    row = row_of(OutcomeHarvested)
    assert row.more == [fact.significance, fact.contribution]
    assert row.sources == [*fact.sources]
    searched = str(VIEW.columns["q"].value(row))
    assert searched
    assert not any(source.casefold() in searched for source in fact.sources)


def test_an_insight_is_of_its_workshop_and_initiatives() -> None:
    row = row_of(InsightRecorded)
    assert (row.workshop, row.initiatives, row.municipality) == (WORKSHOP, [INITIATIVE], None)


def test_an_approach_tells_what_became_of_it() -> None:
    row = row_of(RenewedApproachSetAside)
    assert (row.kind, row.answer, row.learnt_by) == (Kind.APPROACH, "set_aside", [ASSOCIATION])


def test_an_observation_is_measured_and_said() -> None:
    row = row_of(PilotObservationRecorded)
    assert (row.indicator, row.value, row.unit) == ("Gesprekken", "14.5", "per week")
    assert row.text == "Gesprekken: 14.5 per week"


def test_what_names_nobody_was_learnt_by_whom_it_was_recorded_for() -> None:
    fact = SAMPLES[PilotObservationRecorded]
    event = recorded(fact, 7, on_behalf_of=NETWORK_MEMBER)
    (key,) = touched(VIEW, event)
    assert VIEW.evolve(VIEW.empty(key), event).learnt_by == [NETWORK_MEMBER]


def test_a_reflection_says_from_which_mandate() -> None:
    row = row_of(ProfessionalRoleReflected)
    assert row.learnt_by == [PROFESSIONAL]
    assert "Buurtwerk in drie wijken." in row.more


def test_a_statement_cites_its_lessons() -> None:
    row = learnt()[-1]
    assert (row.kind, row.thing, row.lessons) == (
        Kind.STATEMENT,
        BLUEPRINT,
        [LESSON, OTHER_LESSON],
    )


def test_a_correction_changes_the_row_of_what_it_corrects() -> None:
    fact: Any = SAMPLES[LessonLearned]
    better = replace(fact, learnt=Narrative("Een bank leeft als iemand ze onderhoudt."))
    lesson = recorded(fact, 1)
    correction = recorded(
        EventCorrected(
            position=Position(1),
            becomes=better,
            happened_at=lesson.occurred_at.replace(year=2022),
            reason=Narrative("Anders gezegd."),
        ),
        2,
    )
    (key,) = touched(VIEW, lesson)
    assert touched(VIEW, correction) == (key,)
    row = fold(VIEW, key, [lesson, correction])
    assert (row.text, year(row), row.corrected) == (better.learnt, 2022, True)


def test_a_correction_of_something_else_is_no_row() -> None:
    assert [event for event in STORY if isinstance(event.fact, EventCorrected)]
    assert not [
        key
        for event in STORY
        if isinstance(event.fact, EventCorrected)
        for key in keys(event.fact, event.position)
    ]


def test_the_day_and_the_year_are_those_of_brussels() -> None:
    fact = SAMPLES[LessonLearned]
    moment = recorded(fact).occurred_at.replace(year=2023, month=12, day=31, hour=23, minute=30)
    event = recorded(fact, occurred_at=moment)
    row = VIEW.evolve(VIEW.empty(*touched(VIEW, event)), event)
    assert (str(day(row)), year(row)) == ("2024-01-01", 2024)
