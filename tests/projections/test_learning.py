"""What was learnt: outcomes with their verifications, and blueprints version by version."""

from typing import Any

from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.blueprints import BlueprintDrafted, BlueprintPublished, BlueprintStatementAdded
from domain.facts import Fact
from domain.initiatives import InitiativeRegistered
from domain.outcomes import OutcomeHarvested, OutcomeVerified, Verdict
from domain.vocabulary import ActorId, Narrative, OutcomeId
from projections import actors, blueprints, initiatives, pilots
from projections.blueprints import Blueprint
from projections.pilots import Pilot
from projections.view import fold
from tests.facts import (
    ASSOCIATION,
    BLUEPRINT,
    CITIZEN,
    DUPLICATE,
    INITIATIVE,
    PILOT,
    SAMPLES,
    STORY,
    VERIFIER,
    recorded,
    sample_id,
)

DRAFTED, PUBLISHED = SAMPLES[BlueprintDrafted], SAMPLES[BlueprintPublished]
STATED: Any = SAMPLES[BlueprintStatementAdded]
MERGED: Any = SAMPLES[ActorsMerged]


def log(*facts: Fact) -> list[Any]:
    return [recorded(fact, position) for position, fact in enumerate(facts, start=1)]


def test_each_version_stays_readable_as_it_was_published() -> None:
    more = replace(STATED, statement=Narrative("Meer."), lessons=STATED.lessons[:1])
    again: Any = replace(PUBLISHED, version=2)  # pyright: ignore[reportCallIssue]
    row: Blueprint = fold(
        blueprints.VIEW, BLUEPRINT, log(DRAFTED, STATED, PUBLISHED, more, again, more)
    )
    assert row.status == "published"
    assert [len(version.statements) for version in row.versions] == [1, 2]
    assert [version.number for version in row.versions] == [1, 2]
    assert len(row.statements) == 3
    assert row.statements[1].statement == "Meer."


def test_a_draft_is_found_by_the_lessons_and_pilots_it_rests_on() -> None:
    row: Blueprint = fold(blueprints.VIEW, BLUEPRINT, log(DRAFTED, STATED))
    columns = blueprints.VIEW.columns
    assert row.status == "draft"
    assert columns["lesson"].value(row) == sorted(STATED.lessons)
    assert columns["pilot"].value(row) == sorted(STATED.pilots)


def test_an_outcome_shows_what_others_found() -> None:
    harvested: Any = SAMPLES[OutcomeHarvested]
    other = replace(harvested, outcome=OutcomeId(sample_id("outcome", 2)))
    row: Pilot = fold(pilots.VIEW, PILOT, log(harvested, other, SAMPLES[OutcomeVerified]))
    assert [len(outcome.verifications) for outcome in row.outcomes] == [1, 0]
    (verification,) = row.outcomes[0].verifications
    assert (verification.verified_by, verification.verdict) == (VERIFIER, Verdict.CONFIRMED)


def test_a_lesson_shows_its_id() -> None:
    (lesson,) = fold(pilots.VIEW, PILOT, STORY).lessons
    assert lesson.id.startswith("lesson_")
    assert lesson.learnt == "Een bank werkt als iemand ze onderhoudt."


# Duplicates.


def test_merged_actors_show_each_other() -> None:
    events = log(MERGED)
    kept, duplicate = (fold(actors.VIEW, key, events) for key in (CITIZEN, DUPLICATE))
    assert kept.merged_from == [DUPLICATE, sample_id("actor", 8)]
    assert (kept.merged_into, duplicate.merged_into) == (None, CITIZEN)
    again = replace(MERGED, actor=ASSOCIATION, duplicate=CITIZEN, formerly=(DUPLICATE,))
    assert fold(actors.VIEW, DUPLICATE, log(MERGED, again)).merged_into == ASSOCIATION
    assert fold(actors.VIEW, CITIZEN, log(MERGED, again)).merged_from == []


def test_the_actor_takes_the_part_of_the_duplicate() -> None:
    started: Any = SAMPLES[InitiativeRegistered]
    begun = replace(started, initiators=(ActorId(DUPLICATE), ASSOCIATION))
    row = fold(initiatives.VIEW, INITIATIVE, log(begun, MERGED))
    assert set(row.initiators) == {ASSOCIATION, CITIZEN}
