"""Duplicates: two entries that are one and the same go on as one of them (rules 10 and 12)."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.actors import (
    ActorIsMerged,
    ActorsMerged,
    ChangeActorDetails,
    KindsDiffer,
    MergeActors,
    MergedWithItself,
    NumbersDiffer,
    NumberTaken,
    RegisterActor,
)
from domain.co_creation import (
    CoCreationStarted,
    CoCreationStepTaken,
    Contribution,
    StepKind,
    TakeCoCreationStep,
)
from domain.facts import Fact, as_fact
from domain.initiatives import (
    InitiativeRegistered,
    JoinInitiative,
    LeaveInitiative,
    ParticipantJoined,
    ParticipantLeft,
    Role,
)
from domain.municipalities import PolicyPlanAdopted
from domain.outcomes import NotIndependent, OutcomeHarvested, Verdict, VerifyOutcome
from domain.pilots import (
    ConsentMissing,
    DecidePilot,
    Decision,
    PilotConsentGiven,
    PilotDecided,
    PilotProposed,
)
from domain.records import EventCorrected
from domain.refusals import DatedBefore
from domain.support_requests import (
    SupportRequestReceived,
    SupportRequestTriaged,
    TriageSupportRequest,
)
from domain.vocabulary import (
    ActorId,
    ActorKind,
    EnterpriseNumber,
    Narrative,
    Personal,
    Track,
    VCode,
)
from tests.domain.scenario import Given, given, on
from tests.domain.test_records import correct
from tests.facts import (
    ACTORS,
    ASSOCIATION,
    CITIZEN,
    COCREATION,
    DUPLICATE,
    INITIATIVE,
    LOCAL_GOVERNMENT,
    OUTCOME,
    PILOT,
    PROFESSIONAL,
    REQUEST,
    SAMPLES,
    sample_id,
)

WHY = Narrative("Tweemaal opgenomen.")
CITIZEN_AGAIN: Any = replace(ACTORS[0], actor=DUPLICATE)
ASSOCIATION_AGAIN: Any = replace(
    ACTORS[1], actor=DUPLICATE, vcode=None, enterprise_number=EnterpriseNumber("0200065765")
)
BY_VCODE: Any = replace(ACTORS[1], enterprise_number=None)
THIRD = ActorId(sample_id("actor", 9))
MERGE = MergeActors(actor=CITIZEN, duplicate=DUPLICATE, reason=WHY)
MERGED = as_fact(ActorsMerged, MERGE)
STARTED: Any = replace(SAMPLES[InitiativeRegistered], initiators=(DUPLICATE,))
BEFORE = (*ACTORS, CITIZEN_AGAIN)


def merged(*facts: Fact, **taking_part: Any) -> Given:
    """All this, and then the merge of the citizen's duplicate."""
    return given(*BEFORE, *facts, as_fact(ActorsMerged, MERGE, **taking_part))


def facts_of(past: Given) -> list[Fact]:
    return [event.fact for event in past.log]


def test_a_duplicate_goes_on_as_the_other() -> None:
    given(*BEFORE).when(MERGE).then(MERGED)


def test_what_is_merged_is_merged() -> None:
    merged().when(replace(MERGE, reason=Narrative("Nog eens."))).already_so()


def test_nobody_is_merged_with_itself() -> None:
    given(*BEFORE).when(replace(MERGE, duplicate=CITIZEN)).refused(MergedWithItself)


def test_only_actors_of_one_kind_are_duplicates() -> None:
    given(*BEFORE).when(replace(MERGE, actor=PROFESSIONAL)).refused(
        KindsDiffer, blocked_by=[len(BEFORE)]
    )


def test_duplicates_are_registered() -> None:
    given(*ACTORS).when(MERGE).unknown("duplicate")
    given(CITIZEN_AGAIN).when(MERGE).unknown("actor")


def test_a_merged_actor_is_merged_no_second_time() -> None:
    third: Any = replace(CITIZEN_AGAIN, actor=THIRD)
    at = len(BEFORE) + 2
    for command in (
        MergeActors(actor=THIRD, duplicate=DUPLICATE, reason=WHY),
        MergeActors(actor=DUPLICATE, duplicate=THIRD, reason=WHY),
        MergeActors(actor=DUPLICATE, duplicate=CITIZEN, reason=WHY),
    ):
        refused = merged(third).when(command).refused(ActorIsMerged, blocked_by=[at])
        assert refused.details["kept"] == CITIZEN


def test_who_took_in_a_duplicate_can_turn_out_to_be_one() -> None:
    third: Any = replace(CITIZEN_AGAIN, actor=THIRD)
    command = MergeActors(actor=THIRD, duplicate=CITIZEN, reason=WHY)
    again = as_fact(ActorsMerged, command, formerly=(DUPLICATE,))
    merged(third).when(command).then(again)
    change = ChangeActorDetails(actor=DUPLICATE, name=Personal("Ander"))
    refused = given(*facts_of(merged(third)), again).when(change)
    assert refused.refused(ActorIsMerged, blocked_by=[len(BEFORE) + 3]).details["kept"] == THIRD
    given(*facts_of(merged(third)), again).when(replace(MERGE, actor=THIRD)).already_so()


# Numbers (rule 10).


def test_numbers_of_a_duplicate_pass_to_the_actor() -> None:
    command = MergeActors(actor=ASSOCIATION, duplicate=DUPLICATE, reason=WHY)
    past = (ACTORS[0], BY_VCODE, ASSOCIATION_AGAIN)
    passed = as_fact(ActorsMerged, command, enterprise_number=EnterpriseNumber("0200065765"))
    given(*past).when(command).then(passed)
    newcomer = RegisterActor(
        actor=THIRD,
        kind=ActorKind.ASSOCIATION,
        name=Personal("Nieuw"),
        enterprise_number=EnterpriseNumber("0200065765"),
    )
    refused = given(*past, passed).when(newcomer).refused(NumberTaken, blocked_by=[4])
    assert refused.details["actor"] == ASSOCIATION


def test_two_who_have_a_number_of_their_own_are_two() -> None:
    other = replace(ASSOCIATION_AGAIN, vcode=VCode("V0001002"), enterprise_number=None)
    command = MergeActors(actor=ASSOCIATION, duplicate=DUPLICATE, reason=WHY)
    given(*ACTORS, other).when(command).refused(NumbersDiffer, blocked_by=[len(ACTORS) + 1])


# Taking part (rule 12).


@pytest.mark.parametrize(
    "command",
    [
        JoinInitiative(initiative=INITIATIVE, participant=DUPLICATE, role=Role.VOLUNTEER),
        LeaveInitiative(initiative=INITIATIVE, participant=DUPLICATE),
        ChangeActorDetails(actor=DUPLICATE, name=Personal("Ander")),
    ],
)
def test_a_merged_actor_takes_part_in_nothing_new(command: Any) -> None:
    refused = (
        merged(STARTED, initiatives=(INITIATIVE,))
        .when(command)
        .refused(ActorIsMerged, blocked_by=[len(BEFORE) + 2])
    )
    assert refused.details["kept"] == CITIZEN


def test_it_is_found_from_all_that_the_duplicate_is_part_of() -> None:
    received: Any = replace(SAMPLES[SupportRequestReceived], asked_by=DUPLICATE)
    begun: Any = replace(SAMPLES[CoCreationStarted], participants=(DUPLICATE,))
    consents = PilotConsentGiven(pilot=PILOT, initiative=INITIATIVE, initiator=DUPLICATE)
    facts = (received, STARTED, begun, SAMPLES[PolicyPlanAdopted], SAMPLES[PilotProposed], consents)
    given(*BEFORE, *facts).when(MERGE).then(
        as_fact(
            ActorsMerged,
            MERGE,
            requests=(REQUEST,),
            initiatives=(INITIATIVE,),
            cocreations=(COCREATION,),
            pilots=(PILOT,),
        )
    )


def test_the_actor_takes_part_in_place_of_the_duplicate() -> None:
    command = LeaveInitiative(initiative=INITIATIVE, participant=CITIZEN)
    merged(STARTED, initiatives=(INITIATIVE,)).when(command).then(as_fact(ParticipantLeft, command))
    joined = ParticipantJoined(initiative=INITIATIVE, participant=CITIZEN, role=Role.VOLUNTEER)
    asked = merged(STARTED, joined, initiatives=(INITIATIVE,)).when(
        JoinInitiative(initiative=INITIATIVE, participant=CITIZEN, role=Role.INITIATOR)
    )
    asked.already_so()


def test_a_consent_of_the_duplicate_is_that_of_the_actor() -> None:
    consent = PilotConsentGiven(pilot=PILOT, initiative=INITIATIVE, initiator=DUPLICATE)
    grounds: tuple[Fact, ...] = (
        STARTED,
        SAMPLES[PolicyPlanAdopted],
        SAMPLES[CoCreationStarted],
        SAMPLES[CoCreationStepTaken],
        SAMPLES[PilotProposed],
    )
    approve = DecidePilot(
        pilot=PILOT, decision=Decision.APPROVE, deciders=(LOCAL_GOVERNMENT,), motivation=WHY
    )
    whose: dict[str, Any] = {"initiatives": (INITIATIVE,), "pilots": (PILOT,)}
    merged(*grounds, **whose).when(approve).refused(ConsentMissing)
    proposed: Any = SAMPLES[PilotProposed]
    merged(*grounds, consent, **whose).when(approve).then(
        as_fact(PilotDecided, approve, initiative=INITIATIVE, municipality=proposed.municipality)
    )


def test_what_the_duplicate_was_invited_to_the_actor_contributes_to() -> None:
    begun: Any = replace(SAMPLES[CoCreationStarted], participants=(DUPLICATE,))
    started: Any = replace(SAMPLES[InitiativeRegistered], initiators=(ASSOCIATION,))
    command = TakeCoCreationStep(
        cocreation=COCREATION,
        step=StepKind.TEST,
        contributions=(Contribution(contributor=CITIZEN, contribution=WHY),),
        result=WHY,
    )
    merged(started, begun, cocreations=(COCREATION,)).when(command).then(
        as_fact(CoCreationStepTaken, command, initiatives=(INITIATIVE,))
    )


def test_a_request_of_the_duplicate_is_that_of_the_actor() -> None:
    received: Any = replace(SAMPLES[SupportRequestReceived], asked_by=DUPLICATE)
    command = TriageSupportRequest(request=REQUEST, track=Track.INFORM, reason=WHY)
    merged(received, requests=(REQUEST,)).when(command).then(
        as_fact(
            SupportRequestTriaged,
            command,
            asked_by=CITIZEN,
            municipality=received.municipality,
        )
    )


def test_who_is_the_same_as_somebody_close_does_not_verify() -> None:
    harvested: Any = replace(SAMPLES[OutcomeHarvested], harvested_by=DUPLICATE)
    started: Any = replace(STARTED, initiators=(ASSOCIATION,))
    proposed: Any = replace(SAMPLES[PilotProposed], partners=())
    command = VerifyOutcome(
        pilot=PILOT, outcome=OUTCOME, verified_by=CITIZEN, verdict=Verdict.CONFIRMED
    )
    merged(started, proposed, harvested, pilots=(PILOT,)).when(command).refused(
        NotIndependent, blocked_by=[len(BEFORE) + 4]
    )


def test_what_names_a_merged_actor_can_still_be_corrected() -> None:
    registered = replace(CITIZEN_AGAIN, name=Personal("Burger V."))
    command = correct(len(BEFORE), registered, when="2024-01-14")
    merged().when(command).then(
        EventCorrected(
            position=command.position,
            becomes=command.becomes,
            happened_at=command.happened_at,
            reason=command.reason,
        )
    )


def test_a_merge_does_not_come_before_what_goes_on_by_it() -> None:
    log = given(*BEFORE, on("2025-03-01", STARTED))
    log.when(MERGE, at="2025-02-01").refused(DatedBefore, blocked_by=[len(BEFORE) + 1])
    log.when(MERGE).then(replace(MERGED, initiatives=(INITIATIVE,)))
