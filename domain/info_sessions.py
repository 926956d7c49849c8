"""Info sessions: informing, by questions, examples, stories and testimonies."""

from datetime import datetime
from typing import assert_never

from msgspec import Struct

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    ActorId,
    Audience,
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


class InfoSessionHeld(Fact, frozen=True, kw_only=True, tag="session.held"):
    NL = "{session} gehouden voor {attendance:people} mensen"
    EN = "{session} held for {attendance:people} people"

    session: SessionId
    municipality: NisCode
    attendance: tuple[Attendance, ...]
    participants: tuple[ActorId, ...] = ()
    questions: tuple[Narrative, ...] = ()
    examples_told: tuple[Narrative, ...] = ()


class InfoSessionCancelled(Fact, frozen=True, kw_only=True, tag="session.cancelled"):
    NL = "{session} afgelast"
    EN = "{session} cancelled"
    VISIBILITY = Visibility.PUBLIC

    session: SessionId
    municipality: NisCode
    reason: Narrative


InfoSessionFact = InfoSessionPlanned | InfoSessionHeld | InfoSessionCancelled


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


class ReportInfoSession(Command, frozen=True, kw_only=True):
    """Record that an info session was held: who came, what they asked, what was told."""

    session: SessionId
    attendance: tuple[Attendance, ...]
    participants: tuple[ActorId, ...] = ()
    questions: tuple[Narrative, ...] = ()
    examples_told: tuple[Narrative, ...] = ()


class CancelInfoSession(Command, frozen=True, kw_only=True):
    """Record that an info session does not take place."""

    session: SessionId
    reason: Narrative


InfoSessionCommand = PlanInfoSession | ReportInfoSession | CancelInfoSession


# Refusals.


class SessionNotPlanned(Refusal):
    RULE = 7
    NL = "Deze infosessie is al gehouden of afgelast."
    EN = "This info session was held or cancelled already."


# Decisions.


class Planned(Struct, frozen=True):
    since: Mark
    municipality: NisCode


class Over(Struct, frozen=True):
    since: Mark


State = Planned | Over | None


def start(_command: InfoSessionCommand) -> State:
    return None


def boundary(command: InfoSessionCommand, _past: object) -> Boundary:
    return (about(command.session, InfoSessionPlanned, InfoSessionHeld, InfoSessionCancelled),)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case InfoSessionPlanned() as fact:
            return Planned(recorded.mark, fact.municipality)
        case InfoSessionHeld() | InfoSessionCancelled():
            return Over(recorded.mark)
        case _:
            return state


def decide(command: InfoSessionCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, PlanInfoSession):
        return [as_fact(InfoSessionPlanned, command)]
    if state is None:
        raise Unknown("session", command.session)
    if isinstance(state, Over):
        raise SessionNotPlanned(state.since)
    follows(at, state.since)
    match command:
        case ReportInfoSession():
            return [as_fact(InfoSessionHeld, command, municipality=state.municipality)]
        case CancelInfoSession():
            return [as_fact(InfoSessionCancelled, command, municipality=state.municipality)]
        case _:
            assert_never(command)


REFUSALS = (SessionNotPlanned,)
