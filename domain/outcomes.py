"""Outcomes: who came to do something differently, harvested and looked at by somebody else."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Past, Recorded, as_fact
from domain.initiatives import InitiativeRegistered, ParticipantJoined
from domain.participation import TAKING_PART
from domain.pilots import PilotProposed
from domain.refusals import Refusal, Unknown
from domain.vocabulary import (
    ActorId,
    InitiativeId,
    Narrative,
    NisCode,
    OutcomeId,
    PilotId,
)


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    PARTLY_CONFIRMED = "partly_confirmed"
    NOT_CONFIRMED = "not_confirmed"


# Facts. These names are stored: never rename one.


class OutcomeHarvested(Fact, frozen=True, kw_only=True, tag="outcome.harvested"):
    """A change in what people do or how they relate, and what the pilot brought to it.

    Not public: its sources often are people.
    """

    NL = "Uitkomst van {pilot}: {description}"
    EN = "Outcome of {pilot}: {description}"

    outcome: OutcomeId
    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    description: Narrative
    significance: Narrative
    contribution: Narrative
    sources: tuple[Narrative, ...]
    harvested_by: ActorId


class OutcomeVerified(Fact, frozen=True, kw_only=True, tag="outcome.verified"):
    NL = "Uitkomst van {pilot} nagegaan door {verified_by}: {verdict}"
    EN = "Outcome of {pilot} verified by {verified_by}: {verdict}"
    FIXED = frozenset({"verdict"})

    outcome: OutcomeId
    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    verified_by: ActorId
    verdict: Verdict
    note: Narrative | None = None


OutcomeFact = OutcomeHarvested | OutcomeVerified


# Commands.


class HarvestOutcome(Command, frozen=True, kw_only=True):
    """Record who changed what and when, why it matters, and what the pilot brought to it."""

    FOUNDS = True

    outcome: OutcomeId
    pilot: PilotId
    description: Narrative
    significance: Narrative
    contribution: Narrative
    sources: tuple[Narrative, ...]
    harvested_by: ActorId


class VerifyOutcome(Command, frozen=True, kw_only=True):
    """Record what somebody independent found when they looked into an outcome."""

    pilot: PilotId
    outcome: OutcomeId
    verified_by: ActorId
    verdict: Verdict
    note: Narrative | None = None


OutcomeCommand = HarvestOutcome | VerifyOutcome


# Refusals.


class NoSource(Refusal):
    RULE = 11
    NL = "Een uitkomst vermeldt minstens één bron."
    EN = "An outcome states at least one source."


class NotIndependent(Refusal):
    RULE = 11
    NL = (
        "Wie een uitkomst nagaat, staat er los van; {actor} heeft ze zelf opgetekend of is "
        "betrokken bij de proeftuin."
    )
    EN = (
        "Who verifies an outcome stands apart from it; {actor} harvested it or is involved in "
        "the pilot."
    )


# Decisions.


class State(Struct, frozen=True, kw_only=True):
    """The pilot, and for a verification the outcome and everybody who is close to it."""

    pilot: PilotId
    proposal: PilotProposed | None = None
    harvest: OutcomeHarvested | None = None
    close: tuple[tuple[ActorId, Mark], ...] = ()
    verdicts: frozenset[tuple[ActorId, Verdict]] = frozenset()


def start(command: OutcomeCommand) -> State:
    return State(pilot=command.pilot)


def boundary(command: OutcomeCommand, past: Past) -> Boundary:
    match command:
        case HarvestOutcome():
            return (about(command.pilot, PilotProposed),)
        case VerifyOutcome():
            initiatives = {
                recorded.fact.initiative
                for recorded in past
                if isinstance(recorded.fact, PilotProposed) and recorded.fact.pilot == command.pilot
            }
            return (
                about(command.pilot, PilotProposed, ActorsMerged),
                about(command.outcome, OutcomeHarvested, OutcomeVerified),
                *(about(initiative, *TAKING_PART) for initiative in sorted(initiatives)),
            )
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case PilotProposed() as fact if fact.pilot == state.pilot:
            return _close(replace(state, proposal=fact), recorded, *fact.partners)
        case OutcomeHarvested() as fact if fact.pilot == state.pilot:
            behalf = (recorded.on_behalf_of,) if recorded.on_behalf_of else ()
            return _close(replace(state, harvest=fact), recorded, fact.harvested_by, *behalf)
        case OutcomeVerified() as fact:
            verdict = (fact.verified_by, fact.verdict)
            return replace(state, verdicts=state.verdicts | {verdict})
        case ActorsMerged() as fact:
            known = any(actor == fact.duplicate for actor, _ in state.close)
            return _close(state, recorded, fact.actor) if known else state
        case InitiativeRegistered() as fact:
            return _close(state, recorded, *fact.initiators)
        case ParticipantJoined() as fact:
            return _close(state, recorded, fact.participant)
        case _:
            return state


def _close(state: State, recorded: Recorded, *actors: ActorId) -> State:
    """Whoever took part once stays close to it, also after they left."""
    return replace(state, close=(*state.close, *((actor, recorded.mark) for actor in actors)))


def decide(command: OutcomeCommand, state: State, _at: datetime) -> list[Fact]:
    if state.proposal is None:
        raise Unknown("pilot", command.pilot)
    whose = {
        "initiative": state.proposal.initiative,
        "municipality": state.proposal.municipality,
    }
    match command:
        case HarvestOutcome():
            if not command.sources:
                raise NoSource
            return [as_fact(OutcomeHarvested, command, **whose)]
        case VerifyOutcome():
            if state.harvest is None:
                raise Unknown("outcome", command.outcome)
            in_the_way = [mark for actor, mark in state.close if actor == command.verified_by]
            if in_the_way:
                raise NotIndependent(*in_the_way, actor=command.verified_by)
            if (command.verified_by, command.verdict) in state.verdicts:
                return []
            return [as_fact(OutcomeVerified, command, **whose)]
        case _:
            assert_never(command)


REFUSALS = (NoSource, NotIndependent)
