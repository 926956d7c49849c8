"""Initiatives: what citizens start and grow, the thread through everything."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorRegistered, ActorsMerged
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    ActorId,
    ActorKind,
    InitiativeId,
    Narrative,
    NisCode,
    Reference,
    Theme,
    Visibility,
)


class Role(StrEnum):
    INITIATOR = "initiator"
    PARTNER = "partner"
    VOLUNTEER = "volunteer"
    FACILITATOR = "facilitator"


# Facts. These names are stored: never rename one.


class InitiativeRegistered(Fact, frozen=True, kw_only=True, tag="initiative.registered"):
    NL = "Initiatief '{name}' gestart door {initiators}"
    EN = "Initiative '{name}' started by {initiators}"
    VISIBILITY = Visibility.PUBLIC

    initiative: InitiativeId
    name: Narrative
    initiators: tuple[ActorId, ...]
    municipality: NisCode
    neighbourhood: Narrative | None = None
    themes: tuple[Theme, ...] = ()
    strengths: tuple[Narrative, ...] = ()
    appetite: Narrative | None = None
    reference: Reference | None = None


class InitiativeDescribed(Fact, frozen=True, kw_only=True, tag="initiative.described"):
    """Only what changed; what is left out stays as it was."""

    NL = "Beschrijving van {initiative} aangevuld"
    EN = "Description of {initiative} extended"
    VISIBILITY = Visibility.PUBLIC

    initiative: InitiativeId
    name: Narrative | None = None
    neighbourhood: Narrative | None = None
    themes: tuple[Theme, ...] | None = None
    appetite: Narrative | None = None


class ParticipantJoined(Fact, frozen=True, kw_only=True, tag="initiative.joined"):
    NL = "{participant} doet mee als {role}"
    EN = "{participant} takes part as {role}"
    FIXED = frozenset({"role"})

    initiative: InitiativeId
    participant: ActorId
    role: Role


class ParticipantLeft(Fact, frozen=True, kw_only=True, tag="initiative.left"):
    NL = "{participant} doet niet langer mee"
    EN = "{participant} no longer takes part"

    initiative: InitiativeId
    participant: ActorId
    reason: Narrative | None = None


class StrengthIdentified(Fact, frozen=True, kw_only=True, tag="initiative.strength_identified"):
    NL = "Sterkte benoemd: {strength}"
    EN = "Strength identified: {strength}"

    initiative: InitiativeId
    strength: Narrative
    identified_by: ActorId | None = None


class OrientationAssessed(Fact, frozen=True, kw_only=True, tag="initiative.assessed"):
    """On the two scales from 1 to 5."""

    NL = "Bekeken: krachtgericht {strength_based}/5, netwerkversterkend {network_strengthening}/5"
    EN = "Assessed: strengths {strength_based}/5, network {network_strengthening}/5"

    initiative: InitiativeId
    strength_based: int
    network_strengthening: int
    reason: Narrative
    assessed_by: ActorId


class InitiativesLinked(Fact, frozen=True, kw_only=True, tag="initiative.linked"):
    NL = "{initiative} verbonden met {other}"
    EN = "{initiative} linked with {other}"

    initiative: InitiativeId
    other: InitiativeId
    how: Narrative


class InitiativeRested(Fact, frozen=True, kw_only=True, tag="initiative.rested"):
    NL = "{initiative} rust even"
    EN = "{initiative} rests"

    initiative: InitiativeId
    reason: Narrative


class InitiativeResumed(Fact, frozen=True, kw_only=True, tag="initiative.resumed"):
    NL = "{initiative} gaat weer verder"
    EN = "{initiative} goes on again"

    initiative: InitiativeId


class InitiativeEnded(Fact, frozen=True, kw_only=True, tag="initiative.ended"):
    NL = "{initiative} is geëindigd; zo leeft het voort: {lives_on}"
    EN = "{initiative} has ended; so it lives on: {lives_on}"
    VISIBILITY = Visibility.PUBLIC

    initiative: InitiativeId
    lives_on: Narrative


InitiativeFact = (
    InitiativeRegistered
    | InitiativeDescribed
    | ParticipantJoined
    | ParticipantLeft
    | StrengthIdentified
    | OrientationAssessed
    | InitiativesLinked
    | InitiativeRested
    | InitiativeResumed
    | InitiativeEnded
)


# Commands.


class RegisterInitiative(Command, frozen=True, kw_only=True):
    """Take up what citizens or an association have started."""

    FOUNDS = True

    initiative: InitiativeId
    name: Narrative
    initiators: tuple[ActorId, ...]
    municipality: NisCode
    neighbourhood: Narrative | None = None
    themes: tuple[Theme, ...] = ()
    strengths: tuple[Narrative, ...] = ()
    appetite: Narrative | None = None
    reference: Reference | None = None


class DescribeInitiative(Command, frozen=True, kw_only=True):
    """Change the description; what is left out stays as it was."""

    initiative: InitiativeId
    name: Narrative | None = None
    neighbourhood: Narrative | None = None
    themes: tuple[Theme, ...] | None = None
    appetite: Narrative | None = None


class JoinInitiative(Command, frozen=True, kw_only=True):
    """Record that somebody takes part, in a role."""

    initiative: InitiativeId
    participant: ActorId
    role: Role


class LeaveInitiative(Command, frozen=True, kw_only=True):
    """Record that somebody no longer takes part."""

    initiative: InitiativeId
    participant: ActorId
    reason: Narrative | None = None


class IdentifyStrength(Command, frozen=True, kw_only=True):
    """Name a strength that people or a place have."""

    initiative: InitiativeId
    strength: Narrative
    identified_by: ActorId | None = None


class AssessOrientation(Command, frozen=True, kw_only=True):
    """Look at an initiative on the two scales, from 1 to 5, with a reason."""

    initiative: InitiativeId
    strength_based: int
    network_strengthening: int
    reason: Narrative
    assessed_by: ActorId


class LinkInitiatives(Command, frozen=True, kw_only=True):
    """Tie two initiatives together."""

    initiative: InitiativeId
    other: InitiativeId
    how: Narrative


class RestInitiative(Command, frozen=True, kw_only=True):
    """Let an initiative rest."""

    initiative: InitiativeId
    reason: Narrative


class ResumeInitiative(Command, frozen=True, kw_only=True):
    """Let a resting initiative go on."""

    initiative: InitiativeId


class EndInitiative(Command, frozen=True, kw_only=True):
    """Record that an initiative has ended, and how it lives on."""

    initiative: InitiativeId
    lives_on: Narrative


InitiativeCommand = (
    RegisterInitiative
    | DescribeInitiative
    | JoinInitiative
    | LeaveInitiative
    | IdentifyStrength
    | AssessOrientation
    | LinkInitiatives
    | RestInitiative
    | ResumeInitiative
    | EndInitiative
)


# Refusals.


class NotStartedByCitizens(Refusal):
    RULE = 1
    NL = (
        "Een initiatief start bij burgers of een vereniging; {actor} is dat niet ({kind}). "
        "Het netwerk, een lokaal bestuur of een professional doet mee als partner."
    )
    EN = (
        "An initiative is started by citizens or an association; {actor} is neither ({kind}). "
        "The network, a local government or a professional takes part as a partner."
    )


class NobodyStartsIt(Refusal):
    RULE = 1
    NL = "Een initiatief heeft minstens één initiatiefnemer."
    EN = "An initiative has at least one initiator."


class LinkedToItself(Refusal):
    RULE = 1
    NL = "Een initiatief wordt met een ander verbonden, niet met zichzelf."
    EN = "An initiative is linked with another, not with itself."


class InitiativeNotActive(Refusal):
    RULE = 2
    NL = "Dit initiatief is niet actief: het rust of is geëindigd."
    EN = "This initiative is not active: it rests or has ended."


class InitiativeNotResting(Refusal):
    RULE = 2
    NL = "Dit initiatief rust niet."
    EN = "This initiative is not resting."


class NotOnTheScale(Refusal):
    RULE = 2
    NL = "Krachtgericht en netwerkversterkend gaan van 1 tot 5; {value} staat daar niet op."
    EN = "Strengths and network are looked at on scales from 1 to 5; {value} is not on them."


class TakesNoPart(Refusal):
    RULE = 8
    NL = "{actor} neemt niet deel aan {thing}."
    EN = "{actor} does not take part in {thing}."


# Decisions.

SCALE = range(1, 6)
STARTERS = frozenset({ActorKind.CITIZEN, ActorKind.ASSOCIATION})

GROWTH = (
    InitiativeRegistered,
    ParticipantJoined,
    ParticipantLeft,
    InitiativeRested,
    InitiativeResumed,
    InitiativeEnded,
    ActorsMerged,
)
"""The facts that say whether an initiative is active and who takes part in it."""


class Active(Struct, frozen=True):
    since: Mark


class Resting(Struct, frozen=True):
    since: Mark


class Ended(Struct, frozen=True):
    since: Mark


class State(Struct, frozen=True, kw_only=True):
    """One initiative and the kinds of the actors that the decision reads."""

    initiative: InitiativeId
    stage: Active | Resting | Ended | None = None
    participants: Mapping[ActorId, tuple[Role, Mark]] = {}
    left: Mapping[ActorId, Mark] = {}
    """When those who took part before and left did so."""
    kinds: Mapping[ActorId, tuple[ActorKind, Mark]] = {}
    links: frozenset[InitiativeId] = frozenset()


def start(command: InitiativeCommand) -> State:
    return State(initiative=command.initiative)


def boundary(command: InitiativeCommand, _past: object) -> Boundary:
    match command:
        case RegisterInitiative():
            return ()
        case LinkInitiatives():
            return (
                about(command.initiative, *GROWTH, InitiativesLinked),
                about(command.other, *GROWTH),
            )
        case _:
            return (about(command.initiative, *GROWTH),)


def evolve(state: State, recorded: Recorded) -> State:
    mark = recorded.mark
    match recorded.fact:
        case ActorRegistered() as fact:
            return replace(state, kinds={**state.kinds, fact.actor: (fact.kind, mark)})
        case InitiativeRegistered() as fact if fact.initiative == state.initiative:
            initiators = dict.fromkeys(fact.initiators, (Role.INITIATOR, mark))
            return replace(state, stage=Active(mark), participants=initiators)
        case ActorsMerged() as fact:
            return _merge(state, fact)
        case InitiativesLinked() as fact:
            return replace(state, links=state.links | {fact.initiative, fact.other})
        case (
            ParticipantJoined()
            | ParticipantLeft()
            | InitiativeRested()
            | InitiativeResumed()
            | InitiativeEnded()
        ) as fact if fact.initiative == state.initiative:
            return _grow(state, fact, mark)
        case _:
            return state


def _grow(
    state: State,
    fact: ParticipantJoined
    | ParticipantLeft
    | InitiativeRested
    | InitiativeResumed
    | InitiativeEnded,
    mark: Mark,
) -> State:
    match fact:
        case ParticipantJoined():
            joined = {fact.participant: (fact.role, mark)}
            return replace(state, participants={**state.participants, **joined})
        case ParticipantLeft():
            stay = {a: role for a, role in state.participants.items() if a != fact.participant}
            left = {**state.left, fact.participant: mark}
            return replace(state, participants=stay, left=left)
        case InitiativeRested():
            return replace(state, stage=Resting(mark))
        case InitiativeResumed():
            return replace(state, stage=Active(mark))
        case InitiativeEnded():
            return replace(state, stage=Ended(mark))
        case _:
            assert_never(fact)


def _merge(state: State, fact: ActorsMerged) -> State:
    """The actor takes the duplicate's part; who was an initiator as either still is one."""
    stay = {a: part for a, part in state.participants.items() if a != fact.duplicate}
    if took_part := state.participants.get(fact.duplicate):
        own = stay.get(fact.actor, took_part)
        stay[fact.actor] = took_part if took_part[0] is Role.INITIATOR else own
    return replace(state, participants=stay)


def decide(command: InitiativeCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, RegisterInitiative):
        if not command.initiators:
            raise NobodyStartsIt
        for actor in command.initiators:
            _check_starter(actor, state)
        return [as_fact(InitiativeRegistered, command)]
    if state.stage is None:
        raise Unknown("initiative", command.initiative)
    if isinstance(command, ResumeInitiative):
        if not isinstance(state.stage, Resting):
            raise InitiativeNotResting(state.stage.since)
        follows(at, state.stage.since)
        return [InitiativeResumed(initiative=command.initiative)]
    if isinstance(state.stage, Ended) or (
        isinstance(state.stage, Resting) and not isinstance(command, EndInitiative)
    ):
        raise InitiativeNotActive(state.stage.since)
    return _change(command, state, at, state.stage.since)


def _change(
    command: DescribeInitiative
    | JoinInitiative
    | LeaveInitiative
    | IdentifyStrength
    | AssessOrientation
    | LinkInitiatives
    | RestInitiative
    | EndInitiative,
    state: State,
    at: datetime,
    since: Mark,
) -> list[Fact]:
    match command:
        case DescribeInitiative():
            described = as_fact(InitiativeDescribed, command)
            empty = InitiativeDescribed(initiative=command.initiative)
            return [] if described == empty else [described]
        case JoinInitiative():
            return _join(command, state, at)
        case LeaveInitiative():
            if command.participant not in state.participants:
                raise TakesNoPart(actor=command.participant, thing=command.initiative)
            follows(at, state.participants[command.participant][1])
            return [as_fact(ParticipantLeft, command)]
        case IdentifyStrength():
            return [as_fact(StrengthIdentified, command)]
        case AssessOrientation():
            check_scales(command)
            return [as_fact(OrientationAssessed, command)]
        case LinkInitiatives():
            if command.other == command.initiative:
                raise LinkedToItself
            if command.other in state.links:
                return []
            return [as_fact(InitiativesLinked, command)]
        case RestInitiative():
            follows(at, since)
            return [as_fact(InitiativeRested, command)]
        case EndInitiative():
            follows(at, since)
            return [as_fact(InitiativeEnded, command)]
        case _:
            assert_never(command)


def _join(command: JoinInitiative, state: State, at: datetime) -> list[Fact]:
    role, since = state.participants.get(command.participant, (None, None))
    if role is command.role:
        return []
    follows(at, since, state.left.get(command.participant))
    if command.role is Role.INITIATOR:
        _check_starter(command.participant, state)
    return [as_fact(ParticipantJoined, command)]


def check_scales(assessed: AssessOrientation | OrientationAssessed) -> None:
    """Check that both values are on their scale.

    Raises:
        NotOnTheScale: naming the first that is not.
    """
    for value in (assessed.strength_based, assessed.network_strengthening):
        if value not in SCALE:
            raise NotOnTheScale(value=value)


def _check_starter(actor: ActorId, state: State) -> None:
    if actor not in state.kinds:
        raise Unknown("initiators", actor)
    kind, mark = state.kinds[actor]
    if kind not in STARTERS:
        raise NotStartedByCitizens(mark, actor=actor, kind=kind)


REFUSALS = (
    NotStartedByCitizens,
    NobodyStartsIt,
    LinkedToItself,
    InitiativeNotActive,
    InitiativeNotResting,
    NotOnTheScale,
    TakesNoPart,
)
