"""Workshops: from the participants' own questions to a renewed approach."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from eventsourcing.dcb.api import DCBQueryItem
from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Past, Recorded, as_fact
from domain.initiatives import InitiativeRegistered, ParticipantJoined, ParticipantLeft
from domain.participation import (
    TAKING_PART,
    Participation,
    check_taking_part,
    participation,
)
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    ActorId,
    ApproachId,
    InitiativeId,
    Narrative,
    NisCode,
    Reference,
    WorkshopId,
)


class StartingQuestion(Struct, frozen=True, kw_only=True, rename="camel"):
    asked_by: ActorId
    question: Narrative


class Answer(StrEnum):
    TAKEN_UP = "taken_up"
    SET_ASIDE = "set_aside"


# Facts. These names are stored: never rename one.


class WorkshopPlanned(Fact, frozen=True, kw_only=True, tag="workshop.planned"):
    NL = "Workshop '{title}' gepland op {planned_at}"
    EN = "Workshop '{title}' planned for {planned_at}"

    workshop: WorkshopId
    title: Narrative
    initiatives: tuple[InitiativeId, ...]
    municipality: NisCode
    planned_at: datetime
    participants: tuple[ActorId, ...] = ()
    questions: tuple[StartingQuestion, ...]
    reference: Reference | None = None


class WorkshopRescheduled(Fact, frozen=True, kw_only=True, tag="workshop.rescheduled"):
    NL = "{workshop} verplaatst naar {planned_at}"
    EN = "{workshop} moved to {planned_at}"

    workshop: WorkshopId
    initiatives: tuple[InitiativeId, ...]
    municipality: NisCode
    planned_at: datetime
    reason: Narrative | None = None


class WorkshopHeld(Fact, frozen=True, kw_only=True, tag="workshop.held"):
    NL = "{workshop} gehouden met {attendance} deelnemers"
    EN = "{workshop} held with {attendance} participants"

    workshop: WorkshopId
    initiatives: tuple[InitiativeId, ...]
    municipality: NisCode
    participants: tuple[ActorId, ...]
    attendance: int


class WorkshopCancelled(Fact, frozen=True, kw_only=True, tag="workshop.cancelled"):
    NL = "{workshop} afgelast"
    EN = "{workshop} cancelled"

    workshop: WorkshopId
    initiatives: tuple[InitiativeId, ...]
    municipality: NisCode
    reason: Narrative


class InsightRecorded(Fact, frozen=True, kw_only=True, tag="workshop.insight_recorded"):
    NL = "Inzicht: {insight}"
    EN = "Insight: {insight}"

    workshop: WorkshopId
    initiatives: tuple[InitiativeId, ...]
    insight: Narrative
    voiced_by: ActorId | None = None


class ToolHandedOver(Fact, frozen=True, kw_only=True, tag="workshop.tool_handed_over"):
    NL = "Handvat meegegeven: {tool}"
    EN = "Tool handed over: {tool}"

    workshop: WorkshopId
    initiatives: tuple[InitiativeId, ...]
    tool: Narrative
    received_by: tuple[ActorId, ...] = ()


class RenewedApproachProposed(Fact, frozen=True, kw_only=True, tag="approach.proposed"):
    NL = "Vernieuwde aanpak voorgesteld aan {initiative}: {proposal}"
    EN = "Renewed approach proposed to {initiative}: {proposal}"

    approach: ApproachId
    workshop: WorkshopId
    initiative: InitiativeId
    proposal: Narrative


class RenewedApproachTakenUp(Fact, frozen=True, kw_only=True, tag="approach.taken_up"):
    NL = "{initiative} neemt de vernieuwde aanpak op: {reason}"
    EN = "{initiative} takes the renewed approach up: {reason}"

    approach: ApproachId
    workshop: WorkshopId
    initiative: InitiativeId
    answered_by: ActorId
    reason: Narrative


class RenewedApproachSetAside(Fact, frozen=True, kw_only=True, tag="approach.set_aside"):
    NL = "{initiative} legt de vernieuwde aanpak naast zich neer: {reason}"
    EN = "{initiative} sets the renewed approach aside: {reason}"

    approach: ApproachId
    workshop: WorkshopId
    initiative: InitiativeId
    answered_by: ActorId
    reason: Narrative


WorkshopFact = (
    WorkshopPlanned
    | WorkshopRescheduled
    | WorkshopHeld
    | WorkshopCancelled
    | InsightRecorded
    | ToolHandedOver
    | RenewedApproachProposed
    | RenewedApproachTakenUp
    | RenewedApproachSetAside
)


# Commands.


class PlanWorkshop(Command, frozen=True, kw_only=True):
    """Plan a workshop from the questions that participants ask themselves."""

    FOUNDS = True

    workshop: WorkshopId
    title: Narrative
    initiatives: tuple[InitiativeId, ...]
    municipality: NisCode
    planned_at: datetime
    participants: tuple[ActorId, ...] = ()
    questions: tuple[StartingQuestion, ...] = ()
    reference: Reference | None = None


class RescheduleWorkshop(Command, frozen=True, kw_only=True):
    """Move a planned workshop."""

    workshop: WorkshopId
    planned_at: datetime
    reason: Narrative | None = None


class ReportWorkshop(Command, frozen=True, kw_only=True):
    """Record that a workshop was held, and who took part."""

    workshop: WorkshopId
    participants: tuple[ActorId, ...]
    attendance: int


class CancelWorkshop(Command, frozen=True, kw_only=True):
    """Record that a workshop does not take place."""

    workshop: WorkshopId
    reason: Narrative


class RecordInsight(Command, frozen=True, kw_only=True):
    """Keep an insight from a workshop."""

    workshop: WorkshopId
    insight: Narrative
    voiced_by: ActorId | None = None


class HandOverTool(Command, frozen=True, kw_only=True):
    """Record something handed over that people can use themselves."""

    workshop: WorkshopId
    tool: Narrative
    received_by: tuple[ActorId, ...] = ()


class ProposeApproach(Command, frozen=True, kw_only=True):
    """Propose a renewed approach to one of the workshop's initiatives."""

    FOUNDS = True

    approach: ApproachId
    workshop: WorkshopId
    initiative: InitiativeId
    proposal: Narrative


class AnswerApproach(Command, frozen=True, kw_only=True):
    """Record whether the initiative takes a renewed approach up or sets it aside."""

    approach: ApproachId
    workshop: WorkshopId
    answer: Answer
    answered_by: ActorId
    reason: Narrative


WorkshopCommand = (
    PlanWorkshop
    | RescheduleWorkshop
    | ReportWorkshop
    | CancelWorkshop
    | RecordInsight
    | HandOverTool
    | ProposeApproach
    | AnswerApproach
)


# Refusals.


class NoStartingQuestion(Refusal):
    RULE = 7
    NL = "Een workshop begint bij minstens één vraag van een deelnemer."
    EN = "A workshop starts from at least one question of a participant."


class NoInitiative(Refusal):
    """Of a workshop, or of a co-creation."""

    RULE = 7
    NL = "Dit hoort bij minstens één initiatief."
    EN = "This belongs to at least one initiative."


class WorkshopNotPlanned(Refusal):
    RULE = 7
    NL = "Deze workshop is al gehouden of afgelast."
    EN = "This workshop was held or cancelled already."


class WorkshopNotHeld(Refusal):
    RULE = 7
    NL = "Dit komt uit een workshop die gehouden is; deze is dat (nog) niet."
    EN = "This comes out of a workshop that was held; this one was not (yet)."


class NotInThisWorkshop(Refusal):
    RULE = 7
    NL = "{initiative} hoort niet bij deze workshop."
    EN = "{initiative} is not part of this workshop."


class ApproachAnswered(Refusal):
    RULE = 7
    NL = "Het initiatief heeft deze aanpak al beantwoord."
    EN = "The initiative has answered this approach already."


# Decisions.


class Planned(Struct, frozen=True):
    since: Mark


class Held(Struct, frozen=True):
    since: Mark


class Cancelled(Struct, frozen=True):
    since: Mark


class Proposal(Struct, frozen=True):
    initiative: InitiativeId
    proposed: Mark
    answer: Answer | None = None
    answered: Mark | None = None


class State(Struct, frozen=True, kw_only=True):
    stage: Planned | Held | Cancelled | None = None
    initiatives: tuple[InitiativeId, ...] = ()
    municipality: NisCode | None = None
    proposals: Mapping[ApproachId, Proposal] = {}
    participants: Participation = {}
    """Who took part when in the initiatives that the decision reads."""


def start(_command: WorkshopCommand) -> State:
    return State()


def boundary(command: WorkshopCommand, past: Past) -> Boundary:
    match command:
        case PlanWorkshop():
            return tuple(about(initiative, *TAKING_PART) for initiative in command.initiatives)
        case AnswerApproach():
            proposed = {
                recorded.fact.initiative
                for recorded in past
                if isinstance(recorded.fact, RenewedApproachProposed)
            }
            answers = (RenewedApproachProposed, RenewedApproachTakenUp, RenewedApproachSetAside)
            return (
                _life(command.workshop),
                about(command.approach, *answers),
                *(about(initiative, *TAKING_PART) for initiative in sorted(proposed)),
            )
        case _:
            return (_life(command.workshop),)


def _life(workshop: WorkshopId) -> DCBQueryItem:
    return about(workshop, WorkshopPlanned, WorkshopRescheduled, WorkshopHeld, WorkshopCancelled)


def evolve(state: State, recorded: Recorded) -> State:
    mark = recorded.mark
    match recorded.fact:
        case WorkshopPlanned() as fact:
            return replace(
                state,
                stage=Planned(mark),
                initiatives=fact.initiatives,
                municipality=fact.municipality,
            )
        case WorkshopHeld():
            return replace(state, stage=Held(mark))
        case WorkshopCancelled():
            return replace(state, stage=Cancelled(mark))
        case RenewedApproachProposed() as fact:
            proposed = {fact.approach: Proposal(fact.initiative, mark)}
            return replace(state, proposals={**state.proposals, **proposed})
        case RenewedApproachTakenUp() as fact:
            return _answered(state, fact.approach, Answer.TAKEN_UP, mark)
        case RenewedApproachSetAside() as fact:
            return _answered(state, fact.approach, Answer.SET_ASIDE, mark)
        case InitiativeRegistered() | ParticipantJoined() | ParticipantLeft() | ActorsMerged():
            now = participation(state.participants, recorded)
            return replace(state, participants=now)
        case _:
            return state


def _answered(state: State, approach: ApproachId, answer: Answer, mark: Mark) -> State:
    answered = replace(state.proposals[approach], answer=answer, answered=mark)
    return replace(state, proposals={**state.proposals, approach: answered})


def decide(command: WorkshopCommand, state: State, at: datetime) -> list[Fact]:
    match command:
        case PlanWorkshop():
            return _plan(command, state, at)
        case AnswerApproach():
            return _answer(command, state, at)
        case _:
            pass
    if state.stage is None or state.municipality is None:
        raise Unknown("workshop", command.workshop)
    about_it = {"initiatives": state.initiatives, "municipality": state.municipality}
    match command:
        case RescheduleWorkshop():
            _check_planned(state.stage, at)
            return [as_fact(WorkshopRescheduled, command, **about_it)]
        case ReportWorkshop():
            _check_planned(state.stage, at)
            return [as_fact(WorkshopHeld, command, **about_it)]
        case CancelWorkshop():
            _check_planned(state.stage, at)
            return [as_fact(WorkshopCancelled, command, **about_it)]
        case RecordInsight():
            _check_held(state.stage, at)
            return [as_fact(InsightRecorded, command, initiatives=state.initiatives)]
        case HandOverTool():
            _check_held(state.stage, at)
            return [as_fact(ToolHandedOver, command, initiatives=state.initiatives)]
        case ProposeApproach():
            _check_held(state.stage, at)
            if command.initiative not in state.initiatives:
                raise NotInThisWorkshop(state.stage.since, initiative=command.initiative)
            return [as_fact(RenewedApproachProposed, command)]
        case _:
            assert_never(command)


def _plan(command: PlanWorkshop, state: State, at: datetime) -> list[Fact]:
    if not command.initiatives:
        raise NoInitiative
    if not command.questions:
        raise NoStartingQuestion
    stays = [stay for stays in state.participants.values() for stay in stays]
    for asker in (question.asked_by for question in command.questions):
        if asker not in command.participants:
            check_taking_part(asker, stays, at, command.workshop)
    return [as_fact(WorkshopPlanned, command)]


def _answer(command: AnswerApproach, state: State, at: datetime) -> list[Fact]:
    proposal = state.proposals.get(command.approach)
    if proposal is None:
        raise Unknown("approach", command.approach)
    if proposal.answer is command.answer:
        return []
    if proposal.answered is not None:
        raise ApproachAnswered(proposal.answered)
    follows(at, proposal.proposed)
    stays = state.participants.get(proposal.initiative, ())
    check_taking_part(command.answered_by, stays, at, proposal.initiative)
    answer = {
        Answer.TAKEN_UP: RenewedApproachTakenUp,
        Answer.SET_ASIDE: RenewedApproachSetAside,
    }[command.answer]
    return [
        answer(
            approach=command.approach,
            workshop=command.workshop,
            initiative=proposal.initiative,
            answered_by=command.answered_by,
            reason=command.reason,
        )
    ]


def _check_planned(stage: Planned | Held | Cancelled, at: datetime) -> None:
    if not isinstance(stage, Planned):
        raise WorkshopNotPlanned(stage.since)
    follows(at, stage.since)


def _check_held(stage: Planned | Held | Cancelled, at: datetime) -> None:
    if not isinstance(stage, Held):
        raise WorkshopNotHeld(stage.since)
    follows(at, stage.since)


REFUSALS = (
    NoInitiative,
    NoStartingQuestion,
    WorkshopNotPlanned,
    WorkshopNotHeld,
    NotInThisWorkshop,
    ApproachAnswered,
)
