"""Blueprints: statements rest on lessons, what is published on those of two pilots (rule 11)."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.blueprints import (
    AddStatement,
    BlueprintDrafted,
    BlueprintPublished,
    BlueprintStatementAdded,
    DraftBlueprint,
    LessonsOfOnePilot,
    NoLessonCited,
    NothingToPublish,
    PublishBlueprint,
)
from domain.facts import Fact, as_fact
from domain.pilots import LessonLearned
from domain.refusals import DatedBefore
from domain.vocabulary import BlueprintId, InitiativeId, LessonId, Narrative, PilotId
from tests.domain.scenario import given, on
from tests.facts import (
    BLUEPRINT,
    INITIATIVE,
    LESSON,
    OTHER_INITIATIVE,
    OTHER_LESSON,
    OTHER_PILOT,
    PILOT,
    SAMPLES,
    sample_id,
)

SAID = Narrative("Begin bij wat mensen kunnen.")
DRAFTED: Any = SAMPLES[BlueprintDrafted]
TAUGHT: Any = SAMPLES[LessonLearned]
TAUGHT_ELSEWHERE: Any = replace(
    TAUGHT, lesson=OTHER_LESSON, pilot=OTHER_PILOT, initiative=OTHER_INITIATIVE
)
DRAFT = (TAUGHT, TAUGHT_ELSEWHERE, DRAFTED)
PUBLISH = PublishBlueprint(blueprint=BLUEPRINT)


def statement(*lessons: LessonId) -> AddStatement:
    return AddStatement(blueprint=BLUEPRINT, statement=SAID, lessons=lessons)


def added(*cited: tuple[LessonId, PilotId, InitiativeId]) -> Fact:
    lessons, pilots, initiatives = zip(*cited, strict=True)
    return BlueprintStatementAdded(
        blueprint=BLUEPRINT,
        statement=SAID,
        lessons=lessons,
        pilots=tuple(sorted(set(pilots))),
        initiatives=tuple(sorted(set(initiatives))),
    )


HERE = (LESSON, PILOT, INITIATIVE)
ELSEWHERE = (OTHER_LESSON, OTHER_PILOT, OTHER_INITIATIVE)


def published(version: int) -> Fact:
    return BlueprintPublished(
        blueprint=BLUEPRINT,
        version=version,
        pilots=(PILOT, OTHER_PILOT),
        initiatives=(INITIATIVE, OTHER_INITIATIVE),
    )


def test_a_blueprint_is_drafted() -> None:
    command = DraftBlueprint(blueprint=BLUEPRINT, title=SAID, about=SAID)
    given().when(command).then(as_fact(BlueprintDrafted, command))


def test_a_statement_is_found_from_the_pilots_whose_lessons_it_cites() -> None:
    given(*DRAFT).when(statement(LESSON)).then(added(HERE))
    given(*DRAFT).when(statement(LESSON, OTHER_LESSON)).then(added(HERE, ELSEWHERE))


def test_a_statement_cites_a_lesson() -> None:
    given(*DRAFT).when(statement()).refused(NoLessonCited, blocked_by=[3])


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (statement(LessonId(sample_id("lesson", 90))), "lessons/0"),
        (replace(statement(LESSON), blueprint=BlueprintId(sample_id("blueprint", 9))), "blueprint"),
        (replace(PUBLISH, blueprint=BlueprintId(sample_id("blueprint", 9))), "blueprint"),
    ],
)
def test_what_it_names_exists(command: Any, field: str) -> None:
    given(*DRAFT).when(command).unknown(field)


def test_a_statement_does_not_come_before_its_lessons() -> None:
    given(on("2025-03-01", TAUGHT), DRAFTED).when(statement(LESSON), at="2025-02-01").refused(
        DatedBefore, blocked_by=[1]
    )


def test_a_blueprint_is_published() -> None:
    given(*DRAFT, added(HERE), added(ELSEWHERE)).when(PUBLISH).then(published(1))
    given(*DRAFT, added(HERE, ELSEWHERE)).when(PUBLISH).then(published(1))


def test_each_version_is_numbered() -> None:
    first = (*DRAFT, added(HERE, ELSEWHERE), published(1), added(HERE))
    given(*first).when(PUBLISH).then(published(2))
    given(*first, published(2), added(HERE)).when(PUBLISH).then(published(3))


def test_a_version_with_nothing_new_is_the_one_before() -> None:
    given(*DRAFT, added(HERE, ELSEWHERE), published(1)).when(PUBLISH).already_so()


def test_without_statements_there_is_nothing_to_publish() -> None:
    given(*DRAFT).when(PUBLISH).refused(NothingToPublish, blocked_by=[3])


def test_lessons_of_one_pilot_are_too_few() -> None:
    refused = given(*DRAFT, added(HERE), added(HERE)).when(PUBLISH)
    assert refused.refused(LessonsOfOnePilot, blocked_by=[4, 5]).details["pilot"] == PILOT


def test_a_version_does_not_come_before_what_it_holds() -> None:
    late = on("2025-03-01", added(HERE, ELSEWHERE))
    given(*DRAFT, late).when(PUBLISH, at="2025-02-01").refused(DatedBefore, blocked_by=[4])
    given(*DRAFT, late, on("2025-04-01", published(1)), added(HERE)).when(
        PUBLISH, at="2025-03-15"
    ).refused(DatedBefore, blocked_by=[5])
