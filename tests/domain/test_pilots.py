"""Proeftuinen: what a pilot starts from, what a decision needs, and its life (rules 2 to 6, 11)."""

from datetime import date
from typing import Any, Final

import pytest
from msgspec.structs import replace

from domain.co_creation import CoCreationStarted, CoCreationStepTaken
from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.initiatives import (
    InitiativeDescribed,
    InitiativeEnded,
    InitiativeNotActive,
    InitiativeRegistered,
    InitiativeRested,
    InitiativeResumed,
    ParticipantJoined,
    ParticipantLeft,
    Role,
    StrengthIdentified,
)
from domain.municipalities import NoPolicyPlan, PolicyPlanAdopted
from domain.pilots import (
    ConsentMissing,
    DecidePilot,
    Decision,
    GiveConsent,
    LearnLesson,
    LessonLearned,
    NoCoCreationStep,
    NoDecider,
    NoEvidence,
    NoInitiator,
    NoMotivation,
    NoStrengthOrAppetite,
    NotAllowedNow,
    NotAnInitiator,
    NotAPartner,
    NotLonger,
    OnlyExtensionMovesTheEnd,
    PilotConsentGiven,
    PilotConsentWithdrawn,
    PilotDecided,
    PilotEndsBeforeItStarts,
    PilotObservationRecorded,
    PilotProposed,
    ProposePilot,
    RecordObservation,
    UnknownEvidence,
    WithdrawConsent,
)
from domain.refusals import DatedBefore
from domain.vocabulary import ActorId, Decimal, Narrative, NisCode, PilotId, Position
from tests.domain.scenario import given, on
from tests.facts import (
    ACTORS,
    ASSOCIATION,
    CITIZEN,
    INITIATIVE,
    LESSON,
    LOCAL_GOVERNMENT,
    MUNICIPALITY,
    NETWORK_MEMBER,
    PILOT,
    PROFESSIONAL,
    SAMPLES,
    about_pilot,
    sample_id,
)

WHY = Narrative("Daarom.")
STARTED = InitiativeRegistered(
    initiative=INITIATIVE,
    name=WHY,
    initiators=(CITIZEN, ASSOCIATION),
    municipality=MUNICIPALITY,
    strengths=(WHY,),
    appetite=WHY,
)
PLAN = SAMPLES[PolicyPlanAdopted]
"""Of the whole of 2024 to 2029."""
PROPOSED = SAMPLES[PilotProposed]
BEGUN = SAMPLES[CoCreationStarted]
STEP = SAMPLES[CoCreationStepTaken]
CONSENTS = (
    PilotConsentGiven(pilot=PILOT, initiative=INITIATIVE, initiator=CITIZEN),
    PilotConsentGiven(pilot=PILOT, initiative=INITIATIVE, initiator=ASSOCIATION),
)
WITHDRAWN = PilotConsentWithdrawn(pilot=PILOT, initiative=INITIATIVE, initiator=CITIZEN)
RESTED = InitiativeRested(initiative=INITIATIVE, reason=WHY)
RESUMED = InitiativeResumed(initiative=INITIATIVE)
ENDED = InitiativeEnded(initiative=INITIATIVE, lives_on=WHY)


def decided(decision: Decision) -> PilotDecided:
    return PilotDecided(
        **about_pilot(),
        decision=decision,
        deciders=(LOCAL_GOVERNMENT,),
        motivation=WHY,
        ends_on=date(2025, 12, 31) if decision is Decision.EXTEND else None,
    )


def decision(decision: Decision, **more: Any) -> DecidePilot:
    said: dict[str, Any] = {"deciders": (LOCAL_GOVERNMENT,), "motivation": WHY}
    if decision is Decision.EXTEND:
        said["ends_on"] = date(2026, 6, 30)
    return DecidePilot(pilot=PILOT, decision=decision, **(said | more))


def proposal(**more: Any) -> ProposePilot:
    said: dict[str, Any] = {
        "pilot": PILOT,
        "initiative": INITIATIVE,
        "municipality": MUNICIPALITY,
        "title": WHY,
        "hypothesis": WHY,
        "aim": WHY,
        "partners": (PROFESSIONAL, LOCAL_GOVERNMENT),
        "starts_on": date(2025, 7, 1),
        "ends_on": date(2026, 6, 30),
    }
    return ProposePilot(**(said | more))


def left(actor: ActorId) -> ParticipantLeft:
    return ParticipantLeft(initiative=INITIATIVE, participant=actor)


APPROVED: Final = decided(Decision.APPROVE)
BEFORE = (*ACTORS, STARTED, PLAN)
GROUNDS = (*BEFORE, BEGUN, STEP, PROPOSED)
"""All that a proposed pilot rests on but the consents."""
READY = (*GROUNDS, *CONSENTS)
START_AT = len(ACTORS) + 1
PROPOSED_AT = len(GROUNDS)
CITIZEN_AT, NETWORK_MEMBER_AT = 1, 5


# Proposing (rules 2, 3 and 4).


def test_a_pilot_is_proposed() -> None:
    given(*BEFORE).when(proposal()).then(as_fact(PilotProposed, proposal()))


def test_strength_and_appetite_may_come_after_the_beginning() -> None:
    bare = replace(STARTED, strengths=(), appetite=None)
    strength = StrengthIdentified(initiative=INITIATIVE, strength=WHY)
    appetite = InitiativeDescribed(initiative=INITIATIVE, appetite=WHY)
    given(*ACTORS, bare, PLAN, strength, appetite).when(proposal()).then(
        as_fact(PilotProposed, proposal())
    )


@pytest.mark.parametrize(
    "bare",
    [replace(STARTED, strengths=()), replace(STARTED, appetite=None)],
    ids=["no strength", "no appetite"],
)
def test_a_pilot_starts_from_strengths_and_appetite(bare: InitiativeRegistered) -> None:
    given(*ACTORS, bare, PLAN).when(proposal()).refused(NoStrengthOrAppetite, blocked_by=[START_AT])


@pytest.mark.parametrize("stopped", [RESTED, ENDED])
def test_a_pilot_belongs_to_an_active_initiative(stopped: Fact) -> None:
    given(*BEFORE, stopped).when(proposal()).refused(
        InitiativeNotActive, blocked_by=[len(BEFORE) + 1]
    )
    given(*BEFORE, RESTED, RESUMED).when(proposal()).then(as_fact(PilotProposed, proposal()))


def test_a_pilot_needs_an_initiator_who_still_takes_part() -> None:
    given(*BEFORE, left(CITIZEN)).when(proposal()).then(as_fact(PilotProposed, proposal()))
    given(*BEFORE, left(CITIZEN), left(ASSOCIATION)).when(proposal()).refused(
        NoInitiator, blocked_by=[START_AT]
    )


@pytest.mark.parametrize("start", ["2023-12-31", "2030-01-01"])
def test_a_policy_plan_covers_the_start_of_a_pilot(start: str) -> None:
    command = proposal(starts_on=date.fromisoformat(start), ends_on=date(2031, 1, 1))
    given(*BEFORE).when(command).refused(NoPolicyPlan, blocked_by=[len(BEFORE)])


@pytest.mark.parametrize("start", ["2024-01-01", "2029-12-31"])
def test_the_first_and_last_day_of_a_plan_count(start: str) -> None:
    command = proposal(starts_on=date.fromisoformat(start), ends_on=date(2031, 1, 1))
    given(*BEFORE).when(command).then(as_fact(PilotProposed, command))


def test_without_a_plan_there_is_no_pilot() -> None:
    given(*ACTORS, STARTED).when(proposal()).refused(NoPolicyPlan)
    given(*BEFORE).when(proposal(municipality=NisCode("11002"))).refused(NoPolicyPlan)


def test_a_plan_of_a_predecessor_covers_its_successor() -> None:
    plan = replace(PLAN, municipality=NisCode("11007"))
    command = proposal(municipality=NisCode("11002"))
    given(*ACTORS, STARTED, plan).when(command).then(as_fact(PilotProposed, command))


def test_a_pilot_does_not_end_before_it_starts() -> None:
    given(*BEFORE).when(proposal(ends_on=date(2025, 6, 30))).refused(PilotEndsBeforeItStarts)


@pytest.mark.parametrize(
    ("actor", "position"), [(CITIZEN, CITIZEN_AT), (NETWORK_MEMBER, NETWORK_MEMBER_AT)]
)
def test_partners_are_professionals_and_local_governments(actor: ActorId, position: int) -> None:
    given(*BEFORE).when(proposal(partners=(PROFESSIONAL, actor))).refused(
        NotAPartner, blocked_by=[position]
    )


@pytest.mark.parametrize(
    ("late", "position"),
    [
        ((on("2025-03-01", STARTED), PLAN), START_AT),
        ((STARTED, on("2025-03-01", PLAN)), START_AT + 1),
        ((STARTED, PLAN, RESTED, on("2025-03-01", RESUMED)), START_AT + 3),
    ],
    ids=["initiative", "plan", "active again"],
)
def test_a_pilot_is_not_proposed_before_what_it_rests_on(
    late: tuple[Any, ...], position: int
) -> None:
    given(*ACTORS, *late).when(proposal(), at="2025-02-01").refused(
        DatedBefore, blocked_by=[position]
    )


@pytest.mark.parametrize(
    ("bare", "late"),
    [
        (
            replace(STARTED, strengths=()),
            StrengthIdentified(initiative=INITIATIVE, strength=WHY),
        ),
        (replace(STARTED, appetite=None), InitiativeDescribed(initiative=INITIATIVE, appetite=WHY)),
        (
            replace(STARTED, initiators=(CITIZEN,)),
            ParticipantJoined(initiative=INITIATIVE, participant=ASSOCIATION, role=Role.INITIATOR),
        ),
    ],
    ids=["strength", "appetite", "initiator"],
)
def test_what_a_pilot_starts_from_was_there_before_it(bare: Fact, late: Fact) -> None:
    gone = (left(CITIZEN),) if isinstance(late, ParticipantJoined) else ()
    asked = given(*ACTORS, bare, PLAN, *gone, on("2025-03-01", late))
    asked.when(proposal(), at="2025-02-28").refused(
        DatedBefore, blocked_by=[len(BEFORE) + len(gone) + 1]
    )
    asked.when(proposal(), at="2025-03-01").then(as_fact(PilotProposed, proposal()))


def test_the_first_strength_is_the_one_that_counts() -> None:
    later = StrengthIdentified(initiative=INITIATIVE, strength=WHY)
    given(*BEFORE, on("2025-03-01", later)).when(proposal(), at="2025-02-28").then(
        as_fact(PilotProposed, proposal())
    )


# Consent (rule 5).


def test_an_initiator_consents() -> None:
    command = GiveConsent(pilot=PILOT, initiator=CITIZEN)
    given(*GROUNDS).when(command).then(as_fact(PilotConsentGiven, command, initiative=INITIATIVE))
    given(*READY).when(command).already_so()
    given(*READY, WITHDRAWN).when(command).then(
        as_fact(PilotConsentGiven, command, initiative=INITIATIVE)
    )


@pytest.mark.parametrize(
    ("past", "actor"),
    [
        ((), PROFESSIONAL),
        (
            (
                ParticipantJoined(
                    initiative=INITIATIVE, participant=NETWORK_MEMBER, role=Role.VOLUNTEER
                ),
            ),
            NETWORK_MEMBER,
        ),
        ((left(CITIZEN),), CITIZEN),
    ],
    ids=["partner", "volunteer", "left"],
)
def test_only_initiators_who_take_part_consent(past: tuple[Fact, ...], actor: ActorId) -> None:
    given(*GROUNDS, *past).when(GiveConsent(pilot=PILOT, initiator=actor)).refused(NotAnInitiator)


@pytest.mark.parametrize(
    "ending", [(decided(Decision.REJECT),), (*CONSENTS[1:], APPROVED, decided(Decision.STOP))]
)
def test_nobody_consents_to_what_has_ended(ending: tuple[Fact, ...]) -> None:
    given(*GROUNDS, *ending).when(GiveConsent(pilot=PILOT, initiator=CITIZEN)).refused(
        NotAllowedNow, blocked_by=[PROPOSED_AT + len(ending)]
    )


def test_a_consent_is_withdrawn() -> None:
    command = WithdrawConsent(pilot=PILOT, initiator=CITIZEN, reason=WHY)
    given(*READY).when(command).then(as_fact(PilotConsentWithdrawn, command, initiative=INITIATIVE))
    given(*GROUNDS).when(command).already_so()
    given(*READY, WITHDRAWN).when(command).already_so()


def test_a_consent_is_not_withdrawn_before_it_was_given() -> None:
    given(*GROUNDS, on("2025-03-01", CONSENTS[0])).when(
        WithdrawConsent(pilot=PILOT, initiator=CITIZEN), at="2025-02-28"
    ).refused(DatedBefore, blocked_by=[PROPOSED_AT + 1])


def test_nobody_consents_before_they_joined() -> None:
    joined = ParticipantJoined(initiative=INITIATIVE, participant=CITIZEN, role=Role.INITIATOR)
    given(*GROUNDS, left(CITIZEN), on("2025-03-01", joined)).when(
        GiveConsent(pilot=PILOT, initiator=CITIZEN), at="2025-02-28"
    ).refused(DatedBefore, blocked_by=[PROPOSED_AT + 2])


def test_a_consent_is_not_given_again_before_it_was_withdrawn() -> None:
    given(*READY, on("2025-03-01", WITHDRAWN)).when(
        GiveConsent(pilot=PILOT, initiator=CITIZEN), at="2025-02-28"
    ).refused(DatedBefore, blocked_by=[len(READY) + 1])


@pytest.mark.parametrize("past", [(), (decided(Decision.PAUSE),), (decided(Decision.STOP),)])
def test_a_consent_is_not_withdrawn_before_the_decision_that_rests_on_it(
    past: tuple[Fact, ...],
) -> None:
    given(*READY, on("2025-03-01", APPROVED), *(on("2025-03-02", fact) for fact in past)).when(
        WithdrawConsent(pilot=PILOT, initiator=CITIZEN), at="2025-02-28"
    ).refused(DatedBefore, blocked_by=[len(READY) + 1])


# Approving (rule 5).


def taken(command: DecidePilot) -> Fact:
    return as_fact(PilotDecided, command, initiative=INITIATIVE, municipality=MUNICIPALITY)


APPROVE: Final = decision(Decision.APPROVE)


def test_a_pilot_is_approved() -> None:
    given(*READY).when(APPROVE).then(taken(APPROVE))


@pytest.mark.parametrize(
    "past",
    [(), CONSENTS[:1], (*CONSENTS, WITHDRAWN)],
    ids=["none", "one of two", "withdrawn"],
)
def test_a_pilot_is_not_approved_while_an_initiator_has_not_consented(
    past: tuple[Fact, ...],
) -> None:
    given(*GROUNDS, *past).when(APPROVE).refused(ConsentMissing)


def test_a_new_initiator_consents_too() -> None:
    somebody: Any = replace(ACTORS[0], actor=ActorId(sample_id("actor", 6)))
    joined = ParticipantJoined(
        initiative=INITIATIVE, participant=somebody.actor, role=Role.INITIATOR
    )
    consents = PilotConsentGiven(pilot=PILOT, initiative=INITIATIVE, initiator=somebody.actor)
    given(somebody, *READY, joined).when(APPROVE).refused(ConsentMissing)
    given(somebody, *READY, joined, consents).when(APPROVE).then(taken(APPROVE))


def test_only_who_still_is_an_initiator_has_to_consent() -> None:
    given(*GROUNDS, CONSENTS[0], left(ASSOCIATION)).when(APPROVE).then(taken(APPROVE))
    given(*READY, left(CITIZEN), left(ASSOCIATION)).when(APPROVE).refused(NoInitiator)


def test_a_pilot_is_not_approved_before_a_step_was_taken_in_co_creation() -> None:
    given(*BEFORE, BEGUN, PROPOSED, *CONSENTS).when(APPROVE).refused(NoCoCreationStep)


def test_a_pilot_of_an_initiative_that_rests_is_not_approved() -> None:
    given(*READY, RESTED).when(APPROVE).refused(InitiativeNotActive, blocked_by=[len(READY) + 1])


@pytest.mark.parametrize("choice", [Decision.APPROVE, Decision.REJECT, Decision.DEFER])
def test_a_decision_states_its_reasons_and_who_took_it(choice: Decision) -> None:
    given(*READY).when(decision(choice, motivation=Narrative(" \n"))).refused(NoMotivation)
    given(*READY).when(decision(choice, deciders=())).refused(NoDecider)


@pytest.mark.parametrize(
    ("late", "position"),
    [
        ((*BEFORE, BEGUN, STEP, on("2025-03-01", PROPOSED), *CONSENTS), PROPOSED_AT),
        ((*GROUNDS, CONSENTS[0], on("2025-03-01", CONSENTS[1])), PROPOSED_AT + 2),
        ((*BEFORE, BEGUN, on("2025-03-01", STEP), PROPOSED, *CONSENTS), PROPOSED_AT - 1),
    ],
    ids=["proposal", "consent", "step"],
)
def test_a_pilot_is_not_approved_before_what_that_needs(
    late: tuple[Any, ...], position: int
) -> None:
    given(*late).when(APPROVE, at="2025-02-01").refused(DatedBefore, blocked_by=[position])


# Its life (rule 6).

PROPOSED_ONLY: Final = frozenset({Decision.APPROVE, Decision.REJECT, Decision.DEFER})
WHILE_APPROVED: Final = frozenset(
    {
        Decision.ADJUST,
        Decision.PAUSE,
        Decision.EXTEND,
        Decision.SCALE,
        Decision.STOP,
        Decision.COMPLETE,
    }
)
WHILE_PAUSED: Final = frozenset({Decision.RESUME, Decision.ADJUST, Decision.STOP})

LIVES: Final[dict[str, tuple[tuple[Decision, ...], frozenset[Decision]]]] = {
    "proposed": ((), PROPOSED_ONLY),
    "deferred": ((Decision.DEFER,), PROPOSED_ONLY),
    "deferred twice": ((Decision.DEFER, Decision.DEFER), PROPOSED_ONLY),
    "approved": ((Decision.APPROVE,), WHILE_APPROVED),
    "adjusted": ((Decision.APPROVE, Decision.ADJUST), WHILE_APPROVED),
    "extended": ((Decision.APPROVE, Decision.EXTEND), WHILE_APPROVED),
    "scaled": ((Decision.APPROVE, Decision.SCALE), WHILE_APPROVED),
    "paused": ((Decision.APPROVE, Decision.PAUSE), WHILE_PAUSED),
    "paused, adjusted": ((Decision.APPROVE, Decision.PAUSE, Decision.ADJUST), WHILE_PAUSED),
    "resumed": ((Decision.APPROVE, Decision.PAUSE, Decision.RESUME), WHILE_APPROVED),
    "rejected": ((Decision.REJECT,), frozenset()),
    "stopped": ((Decision.APPROVE, Decision.STOP), frozenset()),
    "completed": ((Decision.APPROVE, Decision.COMPLETE), frozenset()),
}


@pytest.mark.parametrize("choice", Decision)
@pytest.mark.parametrize("life", LIVES)
def test_decisions_follow_the_life_of_a_pilot(life: str, choice: Decision) -> None:
    so_far, allowed = LIVES[life]
    asked = given(*READY, *map(decided, so_far)).when(decision(choice))
    if choice in allowed:
        asked.then(taken(decision(choice)))
    else:
        since = len(READY) + len(so_far) if so_far else PROPOSED_AT
        asked.refused(NotAllowedNow, blocked_by=[since])


@pytest.mark.parametrize("choice", Decision)
def test_a_withdrawn_consent_pauses_an_approved_pilot(choice: Decision) -> None:
    asked = given(*READY, APPROVED, WITHDRAWN).when(decision(choice))
    if choice is Decision.RESUME:
        asked.refused(ConsentMissing)
    elif choice in WHILE_PAUSED:
        asked.then(taken(decision(choice)))
    else:
        asked.refused(NotAllowedNow, blocked_by=[len(READY) + 2])


@pytest.mark.parametrize("ends_on", [None, date(2025, 5, 31), date(2025, 1, 1)])
def test_an_extension_is_until_a_later_day(ends_on: date | None) -> None:
    """The proposal ends on 31 May 2025."""
    given(*READY, APPROVED).when(decision(Decision.EXTEND, ends_on=ends_on)).refused(
        NotLonger, blocked_by=[PROPOSED_AT]
    )


def test_a_pilot_is_extended_again_from_where_it_ends_by_then() -> None:
    extended = given(*READY, APPROVED, decided(Decision.EXTEND))
    extended.when(decision(Decision.EXTEND, ends_on=date(2025, 12, 31))).refused(
        NotLonger, blocked_by=[len(READY) + 2]
    )
    again = decision(Decision.EXTEND, ends_on=date(2026, 1, 1))
    extended.when(again).then(taken(again))


@pytest.mark.parametrize("choice", sorted(WHILE_APPROVED - {Decision.EXTEND}))
def test_only_an_extension_moves_the_end(choice: Decision) -> None:
    given(*READY, APPROVED).when(decision(choice, ends_on=date(2026, 6, 30))).refused(
        OnlyExtensionMovesTheEnd
    )


def test_a_pilot_resumes_once_all_consent_again() -> None:
    resume = decision(Decision.RESUME)
    given(*READY, APPROVED, WITHDRAWN, CONSENTS[0]).when(resume).then(taken(resume))


def test_a_decision_is_not_dated_before_the_one_it_follows() -> None:
    given(*READY, on("2025-03-01", APPROVED)).when(
        decision(Decision.PAUSE), at="2025-02-28"
    ).refused(DatedBefore, blocked_by=[len(READY) + 1])


def test_another_pilot_of_the_same_initiative_does_not_count() -> None:
    """A decision that cites evidence reads all of the initiative, its other pilots too."""
    other: Any = replace(PROPOSED, pilot=PilotId(sample_id("pilot", 2)))
    command = DecidePilot(
        pilot=other.pilot,
        decision=Decision.APPROVE,
        deciders=(LOCAL_GOVERNMENT,),
        motivation=WHY,
        evidence=(Position(PROPOSED_AT),),
    )
    given(*READY, other).when(command).refused(ConsentMissing)
    given(*GROUNDS, other, decided(Decision.REJECT)).when(
        replace(command, decision=Decision.DEFER)
    ).then(
        PilotDecided(
            pilot=other.pilot,
            initiative=INITIATIVE,
            municipality=MUNICIPALITY,
            decision=Decision.DEFER,
            deciders=command.deciders,
            motivation=WHY,
            evidence=command.evidence,
        )
    )


# Evidence, observations and lessons (rules 6 and 11).


def test_a_decision_cites_events_of_the_pilot_and_its_initiative() -> None:
    command = decision(
        Decision.APPROVE, evidence=(Position(START_AT), Position(PROPOSED_AT), Position(9))
    )
    given(*READY).when(command).then(taken(command))


@pytest.mark.parametrize(
    "position",
    [999, START_AT + 1, CITIZEN_AT, 3],
    ids=["nothing", "plan", "actor", "decider"],
)
def test_evidence_concerns_the_pilot_or_its_initiative(position: int) -> None:
    evidence = (Position(PROPOSED_AT), Position(position))
    given(*READY).when(decision(Decision.APPROVE, evidence=evidence)).refused(UnknownEvidence)
    given(*READY).when(
        LearnLesson(
            lesson=LESSON,
            pilot=PILOT,
            learnt=WHY,
            evidence=evidence,
            learnt_by=(CITIZEN, LOCAL_GOVERNMENT),
        )
    ).refused(UnknownEvidence)


def test_an_observation_is_recorded() -> None:
    command = RecordObservation(pilot=PILOT, indicator=WHY, value=Decimal("-3.5"), unit=WHY)
    given(*READY, APPROVED).when(command).then(
        as_fact(PilotObservationRecorded, command, initiative=INITIATIVE, municipality=MUNICIPALITY)
    )


def test_a_lesson_rests_on_evidence() -> None:
    command = LearnLesson(lesson=LESSON, pilot=PILOT, learnt=WHY, evidence=(Position(PROPOSED_AT),))
    given(*READY).when(command).then(
        as_fact(LessonLearned, command, initiative=INITIATIVE, municipality=MUNICIPALITY)
    )
    given(*READY).when(LearnLesson(lesson=LESSON, pilot=PILOT, learnt=WHY, evidence=())).refused(
        NoEvidence
    )


@pytest.mark.parametrize(
    "command",
    [
        GiveConsent(pilot=PilotId(sample_id("pilot", 90)), initiator=CITIZEN),
        WithdrawConsent(pilot=PilotId(sample_id("pilot", 90)), initiator=CITIZEN),
        RecordObservation(
            pilot=PilotId(sample_id("pilot", 90)), indicator=WHY, value=Decimal("1"), unit=WHY
        ),
    ],
)
def test_nothing_happens_to_a_pilot_that_nobody_proposed(command: Command) -> None:
    given(*READY).when(command).unknown("pilot")
