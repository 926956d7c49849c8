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
    NoContribution,
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
    ("past", "contributor", "blocked_by"),
    [
        ((), NETWORK_MEMBER, [AT]),
        ((ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN),), CITIZEN, [AT, AT + 1]),
    ],
    ids=["never joined", "left"],
)
def test_who_takes_no_part_does_not(
    past: tuple[Fact, ...], contributor: ActorId, blocked_by: list[int]
) -> None:
    given(*BEFORE, BEGUN, *past).when(step(PROFESSIONAL, contributor)).refused(
        TakesNoPart, blocked_by=blocked_by
    )


def test_a_step_is_made_of_contributions() -> None:
    given(*BEFORE, BEGUN).when(step()).refused(NoContribution, blocked_by=[AT])


LEFT = ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN)
JOINED = ParticipantJoined(initiative=INITIATIVE, participant=CITIZEN, role=Role.VOLUNTEER)


def test_who_took_part_on_the_day_contributed() -> None:
    gone = given(*BEFORE, BEGUN, on("2025-03-01", LEFT))
    gone.when(step(CITIZEN), at="2025-02-28").then(
        as_fact(CoCreationStepTaken, step(CITIZEN), initiatives=(INITIATIVE,))
    )
    gone.when(step(CITIZEN), at="2025-03-01").refused(TakesNoPart, blocked_by=[AT, AT + 1])


def test_who_came_back_contributes_from_then_on() -> None:
    back = given(*BEFORE, BEGUN, on("2025-03-01", LEFT), on("2025-04-01", JOINED))
    assert back.when(step(CITIZEN), at="2025-02-28").answer()
    back.when(step(CITIZEN), at="2025-03-15").refused(DatedBefore, blocked_by=[AT + 2])
    assert back.when(step(CITIZEN), at="2025-04-01").answer()


def test_another_role_is_no_new_beginning() -> None:
    again = given(*BEFORE, BEGUN, on("2025-03-01", JOINED))
    assert again.when(step(CITIZEN), at="2025-02-28").answer()
    gone = given(*BEFORE, BEGUN, on("2025-03-01", JOINED), on("2025-04-01", LEFT))
    gone.when(step(CITIZEN), at="2025-04-02").refused(TakesNoPart, blocked_by=[AT, AT + 2])


def test_a_co_creation_is_not_concluded_before_its_last_step() -> None:
    steps = (on("2025-03-01", STEP_TAKEN), on("2025-02-01", STEP_TAKEN))
    given(*BEFORE, BEGUN, *steps).when(CONCLUDE, at="2025-02-28").refused(
        DatedBefore, blocked_by=[AT + 1]
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
