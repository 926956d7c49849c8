"""Co-creation: a trajectory of steps in which people make something together."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Past, Recorded, as_fact
from domain.initiatives import (
    InitiativeRegistered,
    ParticipantJoined,
    ParticipantLeft,
)
from domain.participation import (
    TAKING_PART,
    Participation,
    check_taking_part,
    going_on,
    participation,
)
from domain.refusals import Refusal, Unknown, follows, latest
from domain.vocabulary import ActorId, CoCreationId, InitiativeId, Narrative, Reference
from domain.workshops import NoInitiative


class StepKind(StrEnum):
    EXPLORE = "explore"
    IMAGINE = "imagine"
    PROTOTYPE = "prototype"
    TEST = "test"
    REFLECT = "reflect"


class Contribution(Struct, frozen=True, kw_only=True, rename="camel"):
    contributor: ActorId
    contribution: Narrative


# Facts. These names are stored: never rename one.


class CoCreationStarted(Fact, frozen=True, kw_only=True, tag="cocreation.started"):
    NL = "Co-creatie gestart: {challenge}"
    EN = "Co-creation started: {challenge}"

    cocreation: CoCreationId
    initiatives: tuple[InitiativeId, ...]
    challenge: Narrative
    participants: tuple[ActorId, ...] = ()
    reference: Reference | None = None


class CoCreationStepTaken(Fact, frozen=True, kw_only=True, tag="cocreation.step_taken"):
    NL = "Stap in co-creatie ({step}), met {contributions} bijdragen: {result}"
    EN = "Step in co-creation ({step}), with {contributions} contributions: {result}"

    cocreation: CoCreationId
    initiatives: tuple[InitiativeId, ...]
    step: StepKind
    contributions: tuple[Contribution, ...]
    result: Narrative


class CoCreationConcluded(Fact, frozen=True, kw_only=True, tag="cocreation.concluded"):
    NL = "Co-creatie afgerond: {result}"
    EN = "Co-creation concluded: {result}"

    cocreation: CoCreationId
    initiatives: tuple[InitiativeId, ...]
    result: Narrative


CoCreationFact = CoCreationStarted | CoCreationStepTaken | CoCreationConcluded


# Commands.


class StartCoCreation(Command, frozen=True, kw_only=True):
    """Start a trajectory around a challenge of one or more initiatives."""

    FOUNDS = True

    cocreation: CoCreationId
    initiatives: tuple[InitiativeId, ...]
    challenge: Narrative
    participants: tuple[ActorId, ...] = ()
    reference: Reference | None = None


class TakeCoCreationStep(Command, frozen=True, kw_only=True):
    """Record a step, and what each brought to it."""

    cocreation: CoCreationId
    step: StepKind
    contributions: tuple[Contribution, ...]
    result: Narrative


class ConcludeCoCreation(Command, frozen=True, kw_only=True):
    """Record what the trajectory arrived at."""

    cocreation: CoCreationId
    result: Narrative


CoCreationCommand = StartCoCreation | TakeCoCreationStep | ConcludeCoCreation


# Refusals.


class NoContribution(Refusal):
    RULE = 8
    NL = "Een stap in co-creatie bestaat uit minstens één bijdrage."
    EN = "A step in co-creation is made of at least one contribution."


class CoCreationEnded(Refusal):
    RULE = 8
    NL = "Deze co-creatie is al afgerond."
    EN = "This co-creation has been concluded already."


# Decisions.


class State(Struct, frozen=True, kw_only=True):
    started: Mark | None = None
    last_step: Mark | None = None
    """The step that was taken last, by its date."""
    concluded: Mark | None = None
    initiatives: tuple[InitiativeId, ...] = ()
    invited: frozenset[ActorId] = frozenset()
    participants: Participation = {}


def start(_command: CoCreationCommand) -> State:
    return State()


def boundary(command: CoCreationCommand, past: Past) -> Boundary:
    match command:
        case StartCoCreation():
            return ()
        case ConcludeCoCreation():
            life = (CoCreationStarted, CoCreationStepTaken, CoCreationConcluded)
            return (about(command.cocreation, *life),)
        case TakeCoCreationStep():
            initiatives = (
                initiative
                for recorded in past
                if isinstance(recorded.fact, CoCreationStarted)
                for initiative in recorded.fact.initiatives
            )
            return (
                about(command.cocreation, CoCreationStarted, CoCreationConcluded, ActorsMerged),
                *(about(initiative, *TAKING_PART) for initiative in initiatives),
            )
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case CoCreationStarted() as fact:
            return replace(
                state,
                started=recorded.mark,
                initiatives=fact.initiatives,
                invited=frozenset(fact.participants),
            )
        case CoCreationStepTaken():
            return replace(state, last_step=latest(state.last_step, recorded.mark))
        case CoCreationConcluded():
            return replace(state, concluded=recorded.mark)
        case ActorsMerged() as fact:
            invited = going_on(state.invited, fact)
            now = participation(state.participants, recorded)
            return replace(state, invited=invited, participants=now)
        case InitiativeRegistered() | ParticipantJoined() | ParticipantLeft():
            now = participation(state.participants, recorded)
            return replace(state, participants=now)
        case _:
            return state


def decide(command: CoCreationCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, StartCoCreation):
        if not command.initiatives:
            raise NoInitiative
        return [as_fact(CoCreationStarted, command)]
    if state.started is None:
        raise Unknown("cocreation", command.cocreation)
    if state.concluded is not None:
        raise CoCreationEnded(state.concluded)
    follows(at, state.started)
    match command:
        case TakeCoCreationStep():
            _check_contributions(command, state, state.started, at)
            return [as_fact(CoCreationStepTaken, command, initiatives=state.initiatives)]
        case ConcludeCoCreation():
            follows(at, state.last_step)
            return [as_fact(CoCreationConcluded, command, initiatives=state.initiatives)]
        case _:
            assert_never(command)


def _check_contributions(
    command: TakeCoCreationStep, state: State, started: Mark, at: datetime
) -> None:
    if not command.contributions:
        raise NoContribution(started)
    stays = [stay for stays in state.participants.values() for stay in stays]
    for contributor in (contribution.contributor for contribution in command.contributions):
        if contributor not in state.invited:
            check_taking_part(contributor, stays, at, command.cocreation, started)


REFUSALS = (NoContribution, CoCreationEnded)
