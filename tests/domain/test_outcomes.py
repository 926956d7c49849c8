"""Outcomes: harvested with their sources, verified by somebody who stands apart (rule 11)."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.facts import Fact, as_fact
from domain.initiatives import InitiativeRegistered, ParticipantJoined, ParticipantLeft
from domain.outcomes import (
    HarvestOutcome,
    NoSource,
    NotIndependent,
    OutcomeHarvested,
    OutcomeVerified,
    Verdict,
    VerifyOutcome,
)
from domain.pilots import PilotProposed
from domain.refusals import DatedBefore
from domain.vocabulary import ActorId, Narrative, OutcomeId, PilotId
from tests.domain.scenario import given, on
from tests.facts import (
    ACTORS,
    ASSOCIATION,
    CITIZEN,
    LOCAL_GOVERNMENT,
    MUNICIPALITY,
    NETWORK_MEMBER,
    OUTCOME,
    PILOT,
    PROFESSIONAL,
    SAMPLES,
    VERIFIER,
    sample_id,
)

STARTED: Any = SAMPLES[InitiativeRegistered]
PROPOSED: Any = replace(SAMPLES[PilotProposed], partners=(LOCAL_GOVERNMENT,))
HARVESTED: Any = SAMPLES[OutcomeHarvested]
OUTSIDER: Any = replace(ACTORS[0], actor=VERIFIER)
WHOSE: dict[str, Any] = {"initiative": STARTED.initiative, "municipality": MUNICIPALITY}
HARVEST = HarvestOutcome(
    outcome=OUTCOME,
    pilot=PILOT,
    description=HARVESTED.description,
    significance=HARVESTED.significance,
    contribution=HARVESTED.contribution,
    sources=HARVESTED.sources,
    harvested_by=NETWORK_MEMBER,
)
BEFORE = (*ACTORS, OUTSIDER, STARTED, PROPOSED)
READY = (*BEFORE, HARVESTED)


def verify(actor: ActorId = VERIFIER, **more: Any) -> VerifyOutcome:
    said: dict[str, Any] = {"pilot": PILOT, "outcome": OUTCOME, "verdict": Verdict.CONFIRMED}
    return VerifyOutcome(verified_by=actor, **(said | more))


def verified(command: VerifyOutcome) -> Fact:
    return as_fact(OutcomeVerified, command, **WHOSE)


def test_an_outcome_is_harvested() -> None:
    given(*BEFORE).when(HARVEST).then(HARVESTED)


def test_an_outcome_states_its_sources() -> None:
    given(*BEFORE).when(replace(HARVEST, sources=())).refused(NoSource)


def test_an_outcome_is_of_a_pilot_that_exists() -> None:
    given(*ACTORS, STARTED).when(HARVEST).unknown("pilot")
    given(*BEFORE).when(HARVEST, at="2024-01-01").refused(DatedBefore, blocked_by=[len(BEFORE)])


def test_somebody_who_stands_apart_verifies_an_outcome() -> None:
    given(*READY).when(verify()).then(verified(verify()))


def test_the_same_verdict_of_the_same_person_is_no_news() -> None:
    given(*READY, verified(verify())).when(verify(note=Narrative("Nog eens."))).already_so()
    changed = verify(verdict=Verdict.NOT_CONFIRMED)
    given(*READY, verified(verify())).when(changed).then(verified(changed))


@pytest.mark.parametrize(
    ("actor", "position"),
    [
        (NETWORK_MEMBER, len(READY)),
        (CITIZEN, len(BEFORE) - 1),
        (ASSOCIATION, len(BEFORE) - 1),
        (LOCAL_GOVERNMENT, len(BEFORE)),
    ],
    ids=["who harvested it", "initiator", "the other initiator", "partner of the pilot"],
)
def test_nobody_close_to_it_verifies_an_outcome(actor: ActorId, position: int) -> None:
    given(*READY).when(verify(actor)).refused(NotIndependent, blocked_by=[position])


def test_who_took_part_before_is_close_to_it() -> None:
    joined, left = SAMPLES[ParticipantJoined], SAMPLES[ParticipantLeft]
    given(*READY).when(verify(PROFESSIONAL)).then(verified(verify(PROFESSIONAL)))
    given(*BEFORE, joined, left, HARVESTED).when(verify(PROFESSIONAL)).refused(
        NotIndependent, blocked_by=[len(BEFORE) + 1]
    )


def test_for_whom_it_was_recorded_is_close_to_it() -> None:
    asked = given(*READY).when(verify())
    behalf = [replace(event, on_behalf_of=VERIFIER) for event in asked.log]
    asked._replace(log=behalf).refused(NotIndependent, blocked_by=[len(READY)])


def test_an_outcome_is_verified_after_it_was_harvested_and_under_its_own_pilot() -> None:
    given(*BEFORE, on("2025-03-01", HARVESTED)).when(verify(), at="2025-02-01").refused(
        DatedBefore, blocked_by=[len(READY)]
    )
    given(*BEFORE).when(verify()).unknown("outcome")
    given(*READY).when(verify(outcome=OutcomeId(sample_id("outcome", 2)))).unknown("outcome")
    other: Any = replace(PROPOSED, pilot=PilotId(sample_id("pilot", 2)))
    given(*READY, other).when(verify(pilot=other.pilot)).unknown("outcome")
