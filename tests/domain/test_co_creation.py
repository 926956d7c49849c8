"""Co-creation: steps, and what each brought to them (rule 8)."""

import pytest
from msgspec.structs import replace

from domain.co_creation import (
    CoCreationConcluded,
    CoCreationEnded,
    CoCreationStarted,
    CoCreationStepTaken,
    ConcludeCoCreation,
    Contribution,
    StartCoCreation,
    StepKind,
    TakeCoCreationStep,
)
from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.initiatives import (
    InitiativeRegistered,
    ParticipantJoined,
    ParticipantLeft,
    Role,
    TakesNoPart,
)
from domain.refusals import DatedBefore
from domain.vocabulary import ActorId, CoCreationId, Narrative
from domain.workshops import NoInitiative
from tests.domain.scenario import given, on
from tests.facts import (
    ACTORS,
    CITIZEN,
    COCREATION,
    INITIATIVE,
    NETWORK_MEMBER,
    PROFESSIONAL,
    SAMPLES,
    sample_id,
)

STARTED = SAMPLES[InitiativeRegistered]
BEGUN = SAMPLES[CoCreationStarted]
STEP_TAKEN = SAMPLES[CoCreationStepTaken]
CONCLUDED = SAMPLES[CoCreationConcluded]
WHY = Narrative("Daarom.")
CONCLUDE = ConcludeCoCreation(cocreation=COCREATION, result=WHY)
START = StartCoCreation(cocreation=COCREATION, initiatives=(INITIATIVE,), challenge=WHY)

BEFORE = (*ACTORS, STARTED)
AT = len(BEFORE) + 1
"""The position at which the co-creation began."""


def step(*contributors: ActorId) -> TakeCoCreationStep:
    return TakeCoCreationStep(
        cocreation=COCREATION,
        step=StepKind.EXPLORE,
        contributions=tuple(
            Contribution(contributor=actor, contribution=WHY) for actor in contributors
        ),
        result=WHY,
    )


def test_a_co_creation_starts_around_a_challenge() -> None:
    given(*BEFORE).when(START).then(as_fact(CoCreationStarted, START))


def test_it_starts_from_initiatives_that_exist() -> None:
    given(*ACTORS).when(START).unknown("initiatives/0")


@pytest.mark.parametrize(
    ("past", "contributor"),
    [
        ((), CITIZEN),
        ((), PROFESSIONAL),
        (
            (
                ParticipantJoined(
                    initiative=INITIATIVE, participant=NETWORK_MEMBER, role=Role.FACILITATOR
                ),
            ),
            NETWORK_MEMBER,
        ),
    ],
    ids=["of the initiative", "of the trajectory", "joined meanwhile"],
)
def test_who_takes_part_contributes(past: tuple[Fact, ...], contributor: ActorId) -> None:
    given(*BEFORE, BEGUN, *past).when(step(contributor)).then(
        as_fact(CoCreationStepTaken, step(contributor), initiatives=(INITIATIVE,))
    )


@pytest.mark.parametrize(
    ("past", "contributor"),
    [
        ((), NETWORK_MEMBER),
        ((ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN),), CITIZEN),
    ],
    ids=["never joined", "left"],
)
def test_who_takes_no_part_does_not(past: tuple[Fact, ...], contributor: ActorId) -> None:
    given(*BEFORE, BEGUN, *past).when(step(PROFESSIONAL, contributor)).refused(
        TakesNoPart, blocked_by=[AT]
    )


def test_a_step_needs_no_contribution() -> None:
    given(*BEFORE, BEGUN).when(step()).then(
        as_fact(CoCreationStepTaken, step(), initiatives=(INITIATIVE,))
    )


def test_a_co_creation_is_concluded() -> None:
    given(*BEFORE, BEGUN, STEP_TAKEN).when(CONCLUDE).then(
        as_fact(CoCreationConcluded, CONCLUDE, initiatives=(INITIATIVE,))
    )


@pytest.mark.parametrize("command", [step(CITIZEN), CONCLUDE])
def test_nothing_follows_its_conclusion(command: Command) -> None:
    given(*BEFORE, BEGUN, CONCLUDED).when(command).refused(CoCreationEnded, blocked_by=[AT + 1])


@pytest.mark.parametrize("command", [step(CITIZEN), CONCLUDE])
def test_nothing_comes_before_its_start(command: Command) -> None:
    given(*BEFORE, on("2025-03-01", BEGUN)).when(command, at="2025-02-28").refused(
        DatedBefore, blocked_by=[AT]
    )


def test_what_nobody_started_has_no_steps() -> None:
    other = CoCreationId(sample_id("cocreation", 90))
    given(*BEFORE, BEGUN).when(ConcludeCoCreation(cocreation=other, result=WHY)).unknown(
        "cocreation"
    )


def test_a_co_creation_belongs_to_an_initiative() -> None:
    given(*ACTORS).when(replace(START, initiatives=())).refused(NoInitiative)
