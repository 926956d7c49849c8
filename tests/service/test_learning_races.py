"""Somebody was faster: merging, verifying and publishing at the same moment, on each store."""

from typing import Final

import pytest

from domain.actors import ActorIsMerged, ActorsMerged, MergeActors, RegisterActor
from domain.blueprints import BlueprintPublished, PublishBlueprint
from domain.initiatives import JoinInitiative, Role
from domain.outcomes import NotIndependent, Verdict, VerifyOutcome
from domain.vocabulary import ActorId, ActorKind
from service.clock import StoryClock
from service.log.store import Outcome
from tests.domain.rules import broken
from tests.domain.story import NAME, SAID, STORY
from tests.facts import BLUEPRINT, CITIZEN, INITIATIVE, OUTCOME, PILOT, sample_id
from tests.service.conftest import Store
from tests.service.test_handler import NOW, ROUNDS, Desk

AGAIN: Final = ActorId(sample_id("actor", 90))
UNPUBLISHED: Final = next(
    n for n, asked in enumerate(STORY) if isinstance(asked.command, PublishBlueprint)
)
"""The steps of the story until its blueprint is published."""


@pytest.fixture
def desk(store: Store, clock: StoryClock) -> Desk:
    """The story until its blueprint can be published; and a second citizen."""
    clock.stand_at(NOW)
    desk = Desk(store, clock)
    desk.tell(UNPUBLISHED)
    desk.record(RegisterActor(actor=AGAIN, kind=ActorKind.CITIZEN, name=NAME))
    return desk


def nothing_is_broken(desk: Desk) -> None:
    assert broken(desk.log.read(unsealed=True).events) == []


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_many_who_publish_one_makes_the_version(desk: Desk, _round: int) -> None:
    came = desk.at_once(*[PublishBlueprint(blueprint=BLUEPRINT)] * 8)
    assert sorted(len(each.events) for each in came if isinstance(each, Outcome)) == [0] * 7 + [1]
    versions = [e.fact for e in desk.about(BLUEPRINT) if isinstance(e.fact, BlueprintPublished)]
    assert [fact.version for fact in versions] == [1]
    nothing_is_broken(desk)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_do_not_go_on_as_each_other(desk: Desk, _round: int) -> None:
    came = desk.at_once(
        MergeActors(actor=CITIZEN, duplicate=AGAIN, reason=SAID),
        MergeActors(actor=AGAIN, duplicate=CITIZEN, reason=SAID),
    )
    assert sorted(type(each).__name__ for each in came) == ["ActorIsMerged", "Outcome"]
    assert len([e for e in desk.about(CITIZEN) if isinstance(e.fact, ActorsMerged)]) == 1
    nothing_is_broken(desk)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_who_joins_while_being_merged_is_known_to_the_merge(desk: Desk, _round: int) -> None:
    joined, merged = desk.at_once(
        JoinInitiative(initiative=INITIATIVE, participant=AGAIN, role=Role.VOLUNTEER),
        MergeActors(actor=CITIZEN, duplicate=AGAIN, reason=SAID),
    )
    assert isinstance(merged, Outcome)
    (fact,) = [e.fact for e in desk.about(AGAIN) if isinstance(e.fact, ActorsMerged)]
    if isinstance(joined, Outcome):
        assert joined.position < merged.position
        assert fact.initiatives == (INITIATIVE,)
    else:
        assert isinstance(joined, ActorIsMerged)
        assert joined.blocked_by == (merged.position,)
        assert fact.initiatives == ()
    nothing_is_broken(desk)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_nobody_verifies_who_has_come_close_meanwhile(desk: Desk, _round: int) -> None:
    verified, joined = desk.at_once(
        VerifyOutcome(pilot=PILOT, outcome=OUTCOME, verified_by=AGAIN, verdict=Verdict.CONFIRMED),
        JoinInitiative(initiative=INITIATIVE, participant=AGAIN, role=Role.VOLUNTEER),
    )
    assert isinstance(joined, Outcome)
    if isinstance(verified, Outcome):
        assert verified.position < joined.position
    else:
        assert isinstance(verified, NotIndependent)
        assert verified.blocked_by == (joined.position,)
    nothing_is_broken(desk)
