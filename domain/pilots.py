"""Proeftuin: a local experiment, from proposal to what it taught."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorRegistered, ActorsMerged
from domain.boundaries import Boundary, about
from domain.co_creation import CoCreationStepTaken
from domain.commands import Command
from domain.facts import Fact, Mark, Past, Recorded, as_fact
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
from domain.municipalities import Plan, PolicyPlanAdopted, covering, plans_of
from domain.pilot_stages import (
    Approved,
    Decision,
    Finished,
    Paused,
    Proposed,
    Rejected,
    Stage,
    allowed,
    stage_name,
    stage_of,
)
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    ActorId,
    ActorKind,
    Decimal,
    InitiativeId,
    LessonId,
    Narrative,
    NisCode,
    PilotId,
    Position,
    Reference,
    Visibility,
)

# Facts. These names are stored: never rename one.


class PilotProposed(Fact, frozen=True, kw_only=True, tag="pilot.proposed"):
    NL = "Proeftuin '{title}' voorgesteld door {initiative}"
    EN = "Pilot '{title}' proposed by {initiative}"
    VISIBILITY = Visibility.PUBLIC
    FIXED = frozenset({"starts_on", "ends_on"})

    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    title: Narrative
    hypothesis: Narrative
    aim: Narrative
    partners: tuple[ActorId, ...] = ()
    starts_on: date
    ends_on: date
    reference: Reference | None = None


class PilotConsentGiven(Fact, frozen=True, kw_only=True, tag="pilot.consent_given"):
    NL = "{initiator} stemt in met {pilot}"
    EN = "{initiator} consents to {pilot}"

    pilot: PilotId
    initiative: InitiativeId
    initiator: ActorId


class PilotConsentWithdrawn(Fact, frozen=True, kw_only=True, tag="pilot.consent_withdrawn"):
    NL = "{initiator} trekt de instemming met {pilot} in"
    EN = "{initiator} withdraws the consent to {pilot}"

    pilot: PilotId
    initiative: InitiativeId
    initiator: ActorId
    reason: Narrative | None = None


class PilotDecided(Fact, frozen=True, kw_only=True, tag="pilot.decided"):
    NL = "{pilot} {decision}: {motivation}"
    EN = "{pilot} {decision}: {motivation}"
    VISIBILITY = Visibility.PUBLIC
    FIXED = frozenset({"decision", "evidence", "ends_on"})

    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    decision: Decision
    deciders: tuple[ActorId, ...]
    motivation: Narrative
    conditions: tuple[Narrative, ...] = ()
    evidence: tuple[Position, ...] = ()
    ends_on: date | None = None


class PilotObservationRecorded(Fact, frozen=True, kw_only=True, tag="pilot.observed"):
    NL = "Waarneming in {pilot}: {indicator} = {value} {unit}"
    EN = "Observation in {pilot}: {indicator} = {value} {unit}"

    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    indicator: Narrative
    value: Decimal
    unit: Narrative


class LessonLearned(Fact, frozen=True, kw_only=True, tag="pilot.lesson_learned"):
    NL = "Les uit {pilot}: {learnt}"
    EN = "Lesson from {pilot}: {learnt}"
    VISIBILITY = Visibility.PUBLIC
    # In the first version `lesson` was its text.
    VERSION = 2
    FIXED = frozenset({"evidence"})

    lesson: LessonId
    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    learnt: Narrative
    evidence: tuple[Position, ...]
    learnt_by: tuple[ActorId, ...] = ()


PilotFact = (
    PilotProposed
    | PilotConsentGiven
    | PilotConsentWithdrawn
    | PilotDecided
    | PilotObservationRecorded
    | LessonLearned
)


# Commands.


class ProposePilot(Command, frozen=True, kw_only=True):
    """Propose a supported local experiment of an initiative in a municipality."""

    FOUNDS = True

    pilot: PilotId
    initiative: InitiativeId
    municipality: NisCode
    title: Narrative
    hypothesis: Narrative
    aim: Narrative
    partners: tuple[ActorId, ...] = ()
    starts_on: date
    ends_on: date
    reference: Reference | None = None


class GiveConsent(Command, frozen=True, kw_only=True):
    """Record that an initiator agrees to the pilot."""

    pilot: PilotId
    initiator: ActorId


class WithdrawConsent(Command, frozen=True, kw_only=True):
    """Record that an initiator no longer agrees; an approved pilot then pauses."""

    pilot: PilotId
    initiator: ActorId
    reason: Narrative | None = None


class DecidePilot(Command, frozen=True, kw_only=True):
    """Record a decision on the pilot, with its motivation and those who took it."""

    pilot: PilotId
    decision: Decision
    deciders: tuple[ActorId, ...]
    motivation: Narrative
    conditions: tuple[Narrative, ...] = ()
    evidence: tuple[Position, ...] = ()
    ends_on: date | None = None


class RecordObservation(Command, frozen=True, kw_only=True):
    """Record what was observed: an indicator, its value and unit."""

    pilot: PilotId
    indicator: Narrative
    value: Decimal
    unit: Narrative


class LearnLesson(Command, frozen=True, kw_only=True):
    """Record what was learnt, with the events it rests on."""

    FOUNDS = True

    lesson: LessonId
    pilot: PilotId
    learnt: Narrative
    evidence: tuple[Position, ...]
    learnt_by: tuple[ActorId, ...] = ()


PilotCommand = (
    ProposePilot | GiveConsent | WithdrawConsent | DecidePilot | RecordObservation | LearnLesson
)


# Refusals.


class NoInitiator(Refusal):
    RULE = 2
    NL = "Geen enkele initiatiefnemer neemt nog deel aan dit initiatief."
    EN = "No initiator takes part in this initiative any longer."


class NoStrengthOrAppetite(Refusal):
    RULE = 2
    NL = "Een proeftuin vertrekt van de sterktes en de goesting van mensen; die ontbreken nog."
    EN = "A pilot starts from people's strengths and appetite; these are not recorded yet."


class PilotEndsBeforeItStarts(Refusal):
    RULE = 3
    NL = "Een proeftuin eindigt niet voor ze begint ({starts_on} tot {ends_on})."
    EN = "A pilot does not end before it starts ({starts_on} to {ends_on})."


class NotAPartner(Refusal):
    RULE = 4
    NL = "Partners in een proeftuin zijn professionals en lokale besturen; {actor} is {kind}."
    EN = "Partners in a pilot are professionals and local governments; {actor} is a {kind}."


class NotAnInitiator(Refusal):
    RULE = 5
    NL = "{actor} is geen initiatiefnemer die nog meedoet; alleen zij stemmen in."
    EN = "{actor} is not an initiator who still takes part; only they consent."


class ConsentMissing(Refusal):
    RULE = 5
    NL = "Nog niet elke initiatiefnemer stemt in: {missing}."
    EN = "Not every initiator consents yet: {missing}."


class NoCoCreationStep(Refusal):
    RULE = 5
    NL = "Er is nog geen stap in co-creatie gezet."
    EN = "No co-creation step has been taken yet."


class NoMotivation(Refusal):
    RULE = 5
    NL = "Een beslissing vermeldt haar redenen (wet van 29 juli 1991)."
    EN = "A decision states its reasons (law of 29 July 1991)."


class NoDecider(Refusal):
    RULE = 5
    NL = "Een beslissing wordt door minstens één iemand genomen."
    EN = "A decision is taken by at least one decider."


class NotAllowedNow(Refusal):
    RULE = 6
    NL = "Deze beslissing ({decision}) past niet bij waar de proeftuin staat ({stage})."
    EN = "This decision ({decision}) does not fit where the pilot stands ({stage})."


class NotLonger(Refusal):
    RULE = 6
    NL = "Een verlenging zegt tot wanneer, en dat is na {ends_on}."
    EN = "An extension says until when, and that is after {ends_on}."


class OnlyExtensionMovesTheEnd(Refusal):
    RULE = 6
    NL = "Alleen een verlenging zegt tot wanneer; deze beslissing ({decision}) doet dat niet."
    EN = "Only an extension says until when; this decision ({decision}) does not."


class UnknownEvidence(Refusal):
    RULE = 6
    NL = "Gebeurtenis {position} gaat niet over deze proeftuin of haar initiatief."
    EN = "Event {position} does not concern this pilot or its initiative."


class NoEvidence(Refusal):
    RULE = 6
    NL = "Een les rust op minstens één gebeurtenis."
    EN = "A lesson rests on at least one event."


# Decisions.


class State(Struct, frozen=True, kw_only=True):
    """A pilot, and the grounds that its decisions ask for."""

    pilot: PilotId
    stage: Stage | None = None
    proposal: PilotProposed | None = None
    ends: tuple[date, Mark] | None = None
    """On which day, and what says so."""
    granted: Mark | None = None
    """The last decision that asked for everybody's consent."""
    consents: Mapping[ActorId, Mark] = {}
    withdrawn: Mapping[ActorId, Mark] = {}
    initiative_since: Mark | None = None
    active: bool = False
    initiators: Mapping[ActorId, Mark] = {}
    """Those who take part now, and since when."""
    strength: Mark | None = None
    """The one that was there first, by its date; so too the next two."""
    appetite: Mark | None = None
    first_step: Mark | None = None
    plans: tuple[Plan, ...] = ()
    kinds: Mapping[ActorId, tuple[ActorKind, Mark]] = {}
    known: frozenset[int] = frozenset()
    """Positions of the events about the pilot and its initiative that the decision has read."""


def start(command: PilotCommand) -> State:
    return State(pilot=command.pilot)


GROUNDS = (
    InitiativeRegistered,
    InitiativeDescribed,
    ParticipantJoined,
    ParticipantLeft,
    StrengthIdentified,
    InitiativeRested,
    InitiativeResumed,
    InitiativeEnded,
    CoCreationStepTaken,
    ActorsMerged,
)
CONSENTED = frozenset({Decision.APPROVE, Decision.RESUME})
"""Decisions that ask for the consent of every initiator."""
LIFE = (PilotProposed, PilotConsentGiven, PilotConsentWithdrawn, PilotDecided)


def boundary(command: PilotCommand, past: Past) -> Boundary:
    if isinstance(command, ProposePilot):
        return (about(command.initiative, *GROUNDS), *plans_of(command.municipality))
    life = about(command.pilot, *LIFE, ActorsMerged)
    initiatives = sorted(
        {
            recorded.fact.initiative
            for recorded in past
            if isinstance(recorded.fact, PilotProposed) and recorded.fact.pilot == command.pilot
        }
    )
    match command:
        case GiveConsent() | WithdrawConsent():
            return (life, *(about(initiative, *GROUNDS) for initiative in initiatives))
        case RecordObservation():
            return (life,)
        case DecidePilot() | LearnLesson() if command.evidence:
            return (about(command.pilot), *(about(initiative) for initiative in initiatives))
        case DecidePilot() | LearnLesson():
            return (life, *(about(initiative, *GROUNDS) for initiative in initiatives))
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    mark = recorded.mark
    if not isinstance(recorded.fact, ActorRegistered | ActorsMerged):
        state = replace(state, known=state.known | {recorded.position})
    if isinstance(recorded.fact, LIFE) and recorded.fact.pilot != state.pilot:
        return state  # another pilot of the same initiative, read as evidence
    state = replace(state, stage=stage_after(recorded.fact, state.stage, mark))
    match recorded.fact:
        case PilotProposed() as fact:
            return replace(state, proposal=fact, ends=(fact.ends_on, mark))
        case PilotDecided() as fact:
            ends = (fact.ends_on, mark) if fact.ends_on else state.ends
            granted = mark if fact.decision in CONSENTED else state.granted
            return replace(state, ends=ends, granted=granted)
        case PilotConsentGiven() as fact:
            return replace(state, consents={**state.consents, fact.initiator: mark})
        case PilotConsentWithdrawn() as fact:
            consents = {a: m for a, m in state.consents.items() if a != fact.initiator}
            withdrawn = {**state.withdrawn, fact.initiator: mark}
            return replace(state, consents=consents, withdrawn=withdrawn)
        case PolicyPlanAdopted() as fact:
            return replace(state, plans=(*state.plans, Plan(mark, fact)))
        case ActorRegistered() as fact:
            return replace(state, kinds={**state.kinds, fact.actor: (fact.kind, mark)})
        case ActorsMerged() as fact:
            return _merge(state, fact)
        case _:
            return _ground(state, recorded.fact, mark)


def _merge(state: State, fact: ActorsMerged) -> State:
    """Whoever started it or consented as the duplicate did so as the actor."""
    consents = {a: m for a, m in state.consents.items() if a != fact.duplicate}
    if given := state.consents.get(fact.duplicate):
        consents[fact.actor] = consents.get(fact.actor, given)
    initiators = {a: m for a, m in state.initiators.items() if a != fact.duplicate}
    if started := state.initiators.get(fact.duplicate):
        initiators[fact.actor] = initiators.get(fact.actor, started)
    return replace(state, consents=consents, initiators=initiators)


def _ground(state: State, fact: Fact, mark: Mark) -> State:
    match fact:
        case InitiativeRegistered():
            return replace(
                state,
                active=True,
                initiative_since=mark,
                initiators=dict.fromkeys(fact.initiators, mark),
                strength=mark if fact.strengths else None,
                appetite=mark if fact.appetite else None,
            )
        case InitiativeDescribed() if fact.appetite:
            return replace(state, appetite=_earliest(state.appetite, mark))
        case ParticipantJoined() if fact.role is Role.INITIATOR:
            return replace(state, initiators={**state.initiators, fact.participant: mark})
        case ParticipantJoined() | ParticipantLeft():
            stay = {a: since for a, since in state.initiators.items() if a != fact.participant}
            return replace(state, initiators=stay)
        case StrengthIdentified():
            return replace(state, strength=_earliest(state.strength, mark))
        case InitiativeRested() | InitiativeEnded():
            return replace(state, active=False, initiative_since=mark)
        case InitiativeResumed():
            return replace(state, active=True, initiative_since=mark)
        case CoCreationStepTaken():
            return replace(state, first_step=_earliest(state.first_step, mark))
        case _:
            return state


def _earliest(known: Mark | None, mark: Mark) -> Mark:
    return min(known or mark, mark, key=lambda mark: mark.at)


MOVING: Final = (PilotProposed, PilotConsentWithdrawn, PilotDecided)
"""The facts after which a pilot may stand elsewhere."""


def stage_after(fact: Fact, stage: Stage | None, mark: Mark) -> Stage | None:
    """Where a pilot stands once a fact about it is known; a withdrawn consent pauses it."""
    match fact:
        case PilotProposed():
            return Proposed(mark)
        case PilotConsentWithdrawn() if isinstance(stage, Approved):
            return Paused(mark)
        case PilotDecided():
            return stage_of(fact.decision, stage, mark)
        case _:
            return stage


def decide(command: PilotCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, ProposePilot):
        return _propose(command, state, at)
    if state.stage is None or state.proposal is None:
        raise Unknown("pilot", command.pilot)
    initiative = state.proposal.initiative
    whose = {"initiative": initiative, "municipality": state.proposal.municipality}
    match command:
        case GiveConsent():
            if command.initiator in state.consents:
                return []
            _check_consentable(command.initiator, state, state.stage)
            follows(at, state.initiators[command.initiator], state.withdrawn.get(command.initiator))
            return [as_fact(PilotConsentGiven, command, initiative=initiative)]
        case WithdrawConsent():
            if command.initiator not in state.consents:
                return []
            pauses = state.stage.since if isinstance(state.stage, Approved) else state.granted
            follows(at, state.consents[command.initiator], pauses)
            return [as_fact(PilotConsentWithdrawn, command, initiative=initiative)]
        case DecidePilot():
            _check_decision(command, state, state.stage, at)
            return [as_fact(PilotDecided, command, **whose)]
        case RecordObservation():
            return [as_fact(PilotObservationRecorded, command, **whose)]
        case LearnLesson():
            if not command.evidence:
                raise NoEvidence
            _check_evidence(command.evidence, state)
            return [as_fact(LessonLearned, command, **whose)]
        case _:
            assert_never(command)


def _propose(command: ProposePilot, state: State, at: datetime) -> list[Fact]:
    if command.ends_on < command.starts_on:
        raise PilotEndsBeforeItStarts(starts_on=command.starts_on, ends_on=command.ends_on)
    if state.initiative_since is None:
        raise Unknown("initiative", command.initiative)
    if not state.active:
        raise InitiativeNotActive(state.initiative_since)
    if not state.initiators:
        raise NoInitiator(state.initiative_since)
    if not (state.strength and state.appetite):
        raise NoStrengthOrAppetite(state.initiative_since)
    for actor in command.partners:
        kind, mark = state.kinds[actor]
        if kind not in (ActorKind.PROFESSIONAL, ActorKind.LOCAL_GOVERNMENT):
            raise NotAPartner(mark, actor=actor, kind=kind)
    plan = covering(state.plans, command.municipality, command.starts_on)
    initiator = min(state.initiators.values(), key=lambda mark: mark.at)
    follows(at, plan.adopted, state.initiative_since, initiator, state.strength, state.appetite)
    return [as_fact(PilotProposed, command)]


def _check_consentable(actor: ActorId, state: State, stage: Stage) -> None:
    if isinstance(stage, Rejected | Finished):
        raise NotAllowedNow(stage.since, decision="consent", stage=stage_name(stage))
    if actor not in state.initiators:
        raise NotAnInitiator(actor=actor)


def _check_decision(command: DecidePilot, state: State, stage: Stage, at: datetime) -> None:
    if command.decision not in allowed(stage):
        raise NotAllowedNow(stage.since, decision=command.decision, stage=stage_name(stage))
    follows(at, stage.since)
    if not command.motivation.strip():
        raise NoMotivation
    if not command.deciders:
        raise NoDecider
    _check_evidence(command.evidence, state)
    _check_end(command, state)
    if command.decision in CONSENTED:
        _check_grounds(state, at)


def _check_end(command: DecidePilot, state: State) -> None:
    """Only an extension moves the day on which a pilot ends, and to a later one."""
    if command.decision is not Decision.EXTEND:
        if command.ends_on is not None:
            raise OnlyExtensionMovesTheEnd(decision=command.decision)
    elif state.ends and (command.ends_on is None or command.ends_on <= state.ends[0]):
        raise NotLonger(state.ends[1], ends_on=state.ends[0])


def _check_grounds(state: State, at: datetime) -> None:
    """What a pilot needs to run: consent of every current initiator, and a step taken."""
    missing = sorted(state.initiators.keys() - state.consents.keys())
    if not state.active and state.initiative_since is not None:
        raise InitiativeNotActive(state.initiative_since)
    if not state.initiators:
        raise NoInitiator
    if missing:
        raise ConsentMissing(missing=", ".join(missing))
    if state.first_step is None:
        raise NoCoCreationStep
    follows(at, state.first_step, *(state.consents[actor] for actor in state.initiators))


def _check_evidence(evidence: tuple[Position, ...], state: State) -> None:
    for position in evidence:
        if position not in state.known:
            raise UnknownEvidence(position=position)


REFUSALS = (
    NoInitiator,
    NoStrengthOrAppetite,
    PilotEndsBeforeItStarts,
    NotAPartner,
    NotAnInitiator,
    ConsentMissing,
    NoCoCreationStep,
    NoMotivation,
    NoDecider,
    NotAllowedNow,
    NotLonger,
    OnlyExtensionMovesTheEnd,
    UnknownEvidence,
    NoEvidence,
)
