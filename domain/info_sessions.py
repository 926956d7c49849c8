"""Info sessions: informing, by questions, examples, stories and testimonies."""

from datetime import datetime
from typing import assert_never, get_args

from eventsourcing.dcb.api import DCBQueryItem
from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.examples import ExampleWithdrawn, Withdrawals, check_in_catalogue, withdrawal_of
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    ActorId,
    Audience,
    ExampleId,
    Narrative,
    NisCode,
    Reference,
    SessionId,
    Visibility,
)


class Attendance(Struct, frozen=True, kw_only=True, rename="camel"):
    audience: Audience
    people: int


# Facts. These names are stored: never rename one.


class InfoSessionPlanned(Fact, frozen=True, kw_only=True, tag="session.planned"):
    NL = "Infosessie '{title}' gepland op {planned_at}"
    EN = "Info session '{title}' planned for {planned_at}"
    VISIBILITY = Visibility.PUBLIC

    session: SessionId
    title: Narrative
    municipality: NisCode
    planned_at: datetime
    hosts: tuple[ActorId, ...] = ()
    reference: Reference | None = None


class InfoSessionRescheduled(Fact, frozen=True, kw_only=True, tag="session.rescheduled"):
    NL = "{session} verplaatst naar {planned_at}"
    EN = "{session} moved to {planned_at}"
    VISIBILITY = Visibility.PUBLIC

    session: SessionId
    municipality: NisCode
    planned_at: datetime
    reason: Narrative | None = None


class InfoSessionHeld(Fact, frozen=True, kw_only=True, tag="session.held"):
    NL = "{session} gehouden voor {attendance:people} mensen"
    EN = "{session} held for {attendance:people} people"

    session: SessionId
    municipality: NisCode
    attendance: tuple[Attendance, ...]
    participants: tuple[ActorId, ...] = ()
    questions: tuple[Narrative, ...] = ()
    examples_told: tuple[Narrative, ...] = ()
    examples: tuple[ExampleId, ...] = ()
    """Those of the catalogue that were told."""


class InfoSessionCancelled(Fact, frozen=True, kw_only=True, tag="session.cancelled"):
    NL = "{session} afgelast"
    EN = "{session} cancelled"
    VISIBILITY = Visibility.PUBLIC

    session: SessionId
    municipality: NisCode
    reason: Narrative


InfoSessionFact = (
    InfoSessionPlanned | InfoSessionRescheduled | InfoSessionHeld | InfoSessionCancelled
)


# Commands.


class PlanInfoSession(Command, frozen=True, kw_only=True):
    """Plan an info session."""

    FOUNDS = True

    session: SessionId
    title: Narrative
    municipality: NisCode
    planned_at: datetime
    hosts: tuple[ActorId, ...] = ()
    reference: Reference | None = None


class RescheduleInfoSession(Command, frozen=True, kw_only=True):
    """Move a planned info session."""

    session: SessionId
    planned_at: datetime
    reason: Narrative | None = None


class ReportInfoSession(Command, frozen=True, kw_only=True):
    """Record that an info session was held: who came, what they asked, what was told."""

    session: SessionId
    attendance: tuple[Attendance, ...]
    participants: tuple[ActorId, ...] = ()
    questions: tuple[Narrative, ...] = ()
    examples_told: tuple[Narrative, ...] = ()
    examples: tuple[ExampleId, ...] = ()


class CancelInfoSession(Command, frozen=True, kw_only=True):
    """Record that an info session does not take place."""

    session: SessionId
    reason: Narrative


InfoSessionCommand = PlanInfoSession | RescheduleInfoSession | ReportInfoSession | CancelInfoSession


# Refusals.


class SessionNotPlanned(Refusal):
    RULE = 7
    NL = "Deze infosessie is al gehouden of afgelast."
    EN = "This info session was held or cancelled already."


# Decisions.


class Planned(Struct, frozen=True):
    since: Mark
    municipality: NisCode
    planned_at: datetime


class Over(Struct, frozen=True):
    since: Mark


class State(Struct, frozen=True):
    stage: Planned | Over | None = None
    withdrawn: Withdrawals = {}


def start(_command: InfoSessionCommand) -> State:
    return State()


def boundary(command: InfoSessionCommand, _past: object) -> Boundary:
    match command:
        case PlanInfoSession():
            return ()
        case ReportInfoSession():
            return (_life(command.session), *map(withdrawal_of, command.examples))
        case RescheduleInfoSession() | CancelInfoSession():
            return (_life(command.session),)
        case _:
            assert_never(command)


def _life(session: SessionId) -> DCBQueryItem:
    return about(session, *get_args(InfoSessionFact))


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case InfoSessionPlanned() as fact:
            planned = Planned(recorded.mark, fact.municipality, fact.planned_at)
            return replace(state, stage=planned)
        case InfoSessionRescheduled() as fact:
            moved = Planned(recorded.mark, fact.municipality, fact.planned_at)
            return replace(state, stage=moved)
        case InfoSessionHeld() | InfoSessionCancelled():
            return replace(state, stage=Over(recorded.mark))
        case ExampleWithdrawn() as fact:
            withdrawn = {**state.withdrawn, fact.example: recorded.mark}
            return replace(state, withdrawn=withdrawn)
        case _:
            return state


def decide(command: InfoSessionCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, PlanInfoSession):
        return [as_fact(InfoSessionPlanned, command)]
    stage = state.stage
    if stage is None:
        raise Unknown("session", command.session)
    if isinstance(stage, Over):
        raise SessionNotPlanned(stage.since)
    where = {"municipality": stage.municipality}
    match command:
        case RescheduleInfoSession():
            if command.planned_at == stage.planned_at:
                return []
            follows(at, stage.since)
            return [as_fact(InfoSessionRescheduled, command, **where)]
        case ReportInfoSession():
            follows(at, stage.since)
            check_in_catalogue(command.examples, state.withdrawn, at)
            return [as_fact(InfoSessionHeld, command, **where)]
        case CancelInfoSession():
            follows(at, stage.since)
            return [as_fact(InfoSessionCancelled, command, **where)]
        case _:
            assert_never(command)


REFUSALS = (SessionNotPlanned,)
