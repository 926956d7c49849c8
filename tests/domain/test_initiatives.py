"""Initiatives: started by citizens or an association, and how they grow (rules 1, 2 and 8)."""

import pytest
from msgspec.structs import replace

from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.initiatives import (
    AssessOrientation,
    DescribeInitiative,
    EndInitiative,
    IdentifyStrength,
    InitiativeDescribed,
    InitiativeEnded,
    InitiativeNotActive,
    InitiativeNotResting,
    InitiativeRegistered,
    InitiativeRested,
    InitiativeResumed,
    InitiativesLinked,
    JoinInitiative,
    LeaveInitiative,
    LinkedToItself,
    LinkInitiatives,
    NobodyStartsIt,
    NotOnTheScale,
    NotStartedByCitizens,
    OrientationAssessed,
    ParticipantJoined,
    ParticipantLeft,
    RegisterInitiative,
    RestInitiative,
    ResumeInitiative,
    Role,
    StrengthIdentified,
    TakesNoPart,
)
from domain.refusals import DatedBefore, NamedTwice
from domain.vocabulary import ActorId, InitiativeId, Narrative, NisCode, Theme
from tests.domain.scenario import given, on
from tests.facts import (
    ACTORS,
    ASSOCIATION,
    CITIZEN,
    INITIATIVE,
    LOCAL_GOVERNMENT,
    MUNICIPALITY,
    NETWORK_MEMBER,
    OTHER_INITIATIVE,
    PROFESSIONAL,
    SAMPLES,
    sample_id,
)

STARTED = SAMPLES[InitiativeRegistered]
OTHER_STARTED = InitiativeRegistered(
    initiative=OTHER_INITIATIVE,
    name=Narrative("Soepdag"),
    initiators=(ASSOCIATION,),
    municipality=MUNICIPALITY,
)
JOINED = SAMPLES[ParticipantJoined]
LINKED = SAMPLES[InitiativesLinked]
RESTED = SAMPLES[InitiativeRested]
RESUMED = SAMPLES[InitiativeResumed]
ENDED = SAMPLES[InitiativeEnded]

WHY = Narrative("Daarom.")
DESCRIBE = DescribeInitiative(initiative=INITIATIVE, themes=(Theme("groen"),))
JOIN = JoinInitiative(initiative=INITIATIVE, participant=PROFESSIONAL, role=Role.PARTNER)
LEAVE = LeaveInitiative(initiative=INITIATIVE, participant=PROFESSIONAL)
IDENTIFY = IdentifyStrength(initiative=INITIATIVE, strength=WHY, identified_by=CITIZEN)
ASSESS = AssessOrientation(
    initiative=INITIATIVE,
    strength_based=4,
    network_strengthening=2,
    reason=WHY,
    assessed_by=NETWORK_MEMBER,
)
LINK = LinkInitiatives(initiative=INITIATIVE, other=OTHER_INITIATIVE, how=WHY)
REST = RestInitiative(initiative=INITIATIVE, reason=WHY)
RESUME = ResumeInitiative(initiative=INITIATIVE)
END = EndInitiative(initiative=INITIATIVE, lives_on=WHY)
CHANGES = (DESCRIBE, JOIN, LEAVE, IDENTIFY, ASSESS, LINK, REST)

BEFORE = (*ACTORS, OTHER_STARTED, STARTED)
BEGUN = len(BEFORE)
"""The position at which the initiative began."""
POSITIONS = {CITIZEN: 1, ASSOCIATION: 2, LOCAL_GOVERNMENT: 3, PROFESSIONAL: 4, NETWORK_MEMBER: 5}


def start_by(*initiators: ActorId) -> RegisterInitiative:
    return RegisterInitiative(
        initiative=INITIATIVE,
        name=Narrative("Buurttuin"),
        initiators=initiators,
        municipality=MUNICIPALITY,
        strengths=(Narrative("Handen."),),
        appetite=Narrative("Zin."),
    )


@pytest.mark.parametrize("initiators", [(CITIZEN,), (ASSOCIATION,), (CITIZEN, ASSOCIATION)])
def test_citizens_and_associations_start_an_initiative(initiators: tuple[ActorId, ...]) -> None:
    command = start_by(*initiators)
    given(*ACTORS).when(command).then(as_fact(InitiativeRegistered, command))


@pytest.mark.parametrize("actor", [LOCAL_GOVERNMENT, PROFESSIONAL, NETWORK_MEMBER])
def test_nobody_else_starts_one(actor: ActorId) -> None:
    given(*ACTORS).when(start_by(CITIZEN, actor)).refused(
        NotStartedByCitizens, blocked_by=[POSITIONS[actor]]
    )


@pytest.mark.parametrize("actor", [LOCAL_GOVERNMENT, PROFESSIONAL, NETWORK_MEMBER])
def test_nobody_else_becomes_an_initiator_later(actor: ActorId) -> None:
    given(*BEFORE).when(
        JoinInitiative(initiative=INITIATIVE, participant=actor, role=Role.INITIATOR)
    ).refused(NotStartedByCitizens, blocked_by=[POSITIONS[actor]])


def test_an_initiator_is_somebody_who_is_registered() -> None:
    given(*ACTORS).when(start_by(ActorId(sample_id("actor", 90)))).unknown("initiators/0")


def test_an_initiative_begins_in_a_municipality_of_the_register() -> None:
    command = RegisterInitiative(
        initiative=INITIATIVE,
        name=Narrative("Elders"),
        initiators=(CITIZEN,),
        municipality=NisCode("99999"),
    )
    given(*ACTORS).when(command).unknown("municipality")


@pytest.mark.parametrize(
    ("past", "command", "fact"),
    [
        ((), DESCRIBE, InitiativeDescribed),
        ((), JOIN, ParticipantJoined),
        ((JOINED,), LEAVE, ParticipantLeft),
        ((), IDENTIFY, StrengthIdentified),
        ((), ASSESS, OrientationAssessed),
        ((), LINK, InitiativesLinked),
        ((), REST, InitiativeRested),
        ((RESTED,), RESUME, InitiativeResumed),
        ((RESTED, RESUMED), JOIN, ParticipantJoined),
        ((), END, InitiativeEnded),
        ((RESTED,), END, InitiativeEnded),
    ],
)
def test_an_initiative_grows(past: tuple[Fact, ...], command: Command, fact: type[Fact]) -> None:
    given(*BEFORE, *past).when(command).then(as_fact(fact, command))


def test_somebody_takes_another_role() -> None:
    command = JoinInitiative(initiative=INITIATIVE, participant=PROFESSIONAL, role=Role.FACILITATOR)
    given(*BEFORE, JOINED).when(command).then(as_fact(ParticipantJoined, command))


@pytest.mark.parametrize(
    ("past", "command"),
    [
        (JOINED, JOIN),
        (LINKED, LINK),
        (STARTED, DescribeInitiative(initiative=INITIATIVE)),
        (
            STARTED,
            JoinInitiative(initiative=INITIATIVE, participant=CITIZEN, role=Role.INITIATOR),
        ),
    ],
    ids=["joined", "linked", "nothing to describe", "started it"],
)
def test_what_was_already_so_is_no_news(past: Fact, command: Command) -> None:
    given(*BEFORE, past).when(command).already_so()


@pytest.mark.parametrize("command", CHANGES)
@pytest.mark.parametrize("stopped", [RESTED, ENDED])
def test_nothing_changes_in_an_initiative_that_rests_or_has_ended(
    stopped: Fact, command: Command
) -> None:
    given(*BEFORE, JOINED, stopped).when(command).refused(
        InitiativeNotActive, blocked_by=[BEGUN + 2]
    )


def test_an_initiative_ends_once() -> None:
    given(*BEFORE, ENDED).when(END).refused(InitiativeNotActive, blocked_by=[BEGUN + 1])


@pytest.mark.parametrize(("past", "since"), [((), BEGUN), ((ENDED,), BEGUN + 1)])
def test_only_what_rests_goes_on_again(past: tuple[Fact, ...], since: int) -> None:
    given(*BEFORE, *past).when(RESUME).refused(InitiativeNotResting, blocked_by=[since])


def test_only_who_takes_part_leaves() -> None:
    given(*BEFORE).when(LEAVE).refused(TakesNoPart)
    left = ParticipantLeft(initiative=INITIATIVE, participant=PROFESSIONAL)
    given(*BEFORE, JOINED, left).when(LEAVE).refused(TakesNoPart)


def test_nobody_joins_what_has_not_begun() -> None:
    given(*ACTORS, on("2025-03-01", STARTED)).when(JOIN, at="2025-02-01").refused(
        DatedBefore, blocked_by=[len(ACTORS) + 1]
    )


def test_nobody_leaves_before_they_joined() -> None:
    given(*BEFORE, on("2025-03-01", JOINED)).when(LEAVE, at="2025-02-28").refused(
        DatedBefore, blocked_by=[BEGUN + 1]
    )


@pytest.mark.parametrize(("past", "command"), [(RESTED, RESUME), (RESTED, END), (RESUMED, REST)])
def test_a_stage_does_not_begin_before_the_one_it_follows(past: Fact, command: Command) -> None:
    given(*BEFORE, on("2025-03-01", past)).when(command, at="2025-02-28").refused(
        DatedBefore, blocked_by=[BEGUN + 1]
    )


def test_what_nobody_registered_does_not_grow() -> None:
    other = InitiativeId(sample_id("initiative", 90))
    given(*BEFORE).when(ResumeInitiative(initiative=other)).unknown("initiative")
    given(*BEFORE).when(LinkInitiatives(initiative=INITIATIVE, other=other, how=WHY)).unknown(
        "other"
    )


def test_an_initiative_is_started_by_somebody() -> None:
    given(*ACTORS).when(start_by()).refused(NobodyStartsIt)


def test_an_initiative_is_not_linked_with_itself() -> None:
    given(*ACTORS, STARTED).when(replace(LINK, other=INITIATIVE)).refused(LinkedToItself)


@pytest.mark.parametrize("values", [(0, 3), (3, 6), (-1, 5), (100, 1)])
def test_the_scales_go_from_one_to_five(values: tuple[int, int]) -> None:
    assessed = replace(ASSESS, strength_based=values[0], network_strengthening=values[1])
    given(*BEFORE).when(assessed).refused(NotOnTheScale)
    for value in (1, 5):
        fits = replace(ASSESS, strength_based=value, network_strengthening=value)
        assert given(*BEFORE).when(fits).answer()


def test_nobody_comes_back_before_they_left() -> None:
    left = ParticipantLeft(initiative=INITIATIVE, participant=PROFESSIONAL)
    gone = given(*BEFORE, JOINED, on("2025-03-01", left))
    gone.when(JOIN, at="2025-02-28").refused(DatedBefore, blocked_by=[BEGUN + 2])
    assert gone.when(JOIN, at="2025-03-01").answer()


def test_nobody_takes_another_role_before_the_one_they_have() -> None:
    command = JoinInitiative(initiative=INITIATIVE, participant=PROFESSIONAL, role=Role.FACILITATOR)
    given(*BEFORE, on("2025-03-01", JOINED)).when(command, at="2025-02-28").refused(
        DatedBefore, blocked_by=[BEGUN + 1]
    )


def test_a_list_names_each_once() -> None:
    refused = given(*ACTORS).when(start_by(CITIZEN, ASSOCIATION, CITIZEN)).refused(NamedTwice)
    assert refused.details == {"field": "initiators", "thing": CITIZEN}
