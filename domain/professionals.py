"""Professionals: bridges to people in a vulnerable position, each from their own mandate."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorRegistered
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.initiatives import InitiativeEnded, InitiativeNotActive
from domain.refusals import Refusal, Unknown
from domain.vocabulary import (
    ActorId,
    ActorKind,
    InitiativeId,
    Narrative,
    NisCode,
    Reference,
    ReflectionId,
)

# Facts. These names are stored: never rename one.


class ProfessionalRoleReflected(Fact, frozen=True, kw_only=True, tag="professional.role_reflected"):
    """On informal involvement between citizens, and how the professional can further it."""

    NL = "{professional} denkt na over de eigen rol: {role}"
    EN = "{professional} reflects on the own role: {role}"

    reflection: ReflectionId
    professional: ActorId
    municipality: NisCode | None = None
    mandate: Narrative
    role: Narrative
    view: Narrative
    approach: Narrative
    needs: tuple[Narrative, ...] = ()
    """What it takes."""
    reference: Reference | None = None


class BridgeMade(Fact, frozen=True, kw_only=True, tag="initiative.bridge_made"):
    """A number of people, and never who they are."""

    NL = "{professional} bracht mensen ({people}) en {initiative} samen: {how}"
    EN = "{professional} brought people ({people}) and {initiative} together: {how}"

    initiative: InitiativeId
    professional: ActorId
    how: Narrative
    people: int


ProfessionalFact = ProfessionalRoleReflected | BridgeMade


# Commands.


class ReflectOnRole(Command, frozen=True, kw_only=True):
    """Record how a professional sees the own role, from the own mandate."""

    FOUNDS = True

    reflection: ReflectionId
    professional: ActorId
    municipality: NisCode | None = None
    mandate: Narrative
    role: Narrative
    view: Narrative
    approach: Narrative
    needs: tuple[Narrative, ...] = ()
    reference: Reference | None = None


class MakeBridge(Command, frozen=True, kw_only=True):
    """Record that a professional brought people in a vulnerable position to an initiative.

    Say how, and how many; name nobody.
    """

    initiative: InitiativeId
    professional: ActorId
    how: Narrative
    people: int


ProfessionalCommand = ReflectOnRole | MakeBridge


# Refusals.


class NotAProfessional(Refusal):
    RULE = 16
    NL = "Dit doet een professional, vanuit het eigen mandaat; {actor} is dat niet ({kind})."
    EN = "A professional does this, from the own mandate; {actor} is none ({kind})."


class NobodyBrought(Refusal):
    RULE = 16
    NL = "Een brug brengt minstens één mens en het initiatief samen."
    EN = "A bridge brings at least one person and the initiative together."


# Decisions.


class State(Struct, frozen=True):
    kinds: Mapping[ActorId, tuple[ActorKind, Mark]] = {}
    ended: Mark | None = None
    """Since when there is nothing left to bring people to."""


def start(_command: ProfessionalCommand) -> State:
    return State()


def boundary(command: ProfessionalCommand, _past: object) -> Boundary:
    match command:
        case ReflectOnRole():
            return ()
        case MakeBridge():
            return (about(command.initiative, InitiativeEnded),)
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case ActorRegistered() as fact:
            known = {fact.actor: (fact.kind, recorded.mark)}
            return replace(state, kinds={**state.kinds, **known})
        case InitiativeEnded():
            return replace(state, ended=recorded.mark)
        case _:
            return state


def decide(command: ProfessionalCommand, state: State, at: datetime) -> list[Fact]:
    _check_professional(command.professional, state)
    match command:
        case ReflectOnRole():
            return [as_fact(ProfessionalRoleReflected, command)]
        case MakeBridge():
            if command.people < 1:
                raise NobodyBrought
            if state.ended and state.ended.at <= at:
                raise InitiativeNotActive(state.ended)
            return [as_fact(BridgeMade, command)]
        case _:
            assert_never(command)


def _check_professional(actor: ActorId, state: State) -> None:
    if actor not in state.kinds:
        raise Unknown("professional", actor)
    kind, mark = state.kinds[actor]
    if kind is not ActorKind.PROFESSIONAL:
        raise NotAProfessional(mark, actor=actor, kind=kind)


REFUSALS = (NotAProfessional, NobodyBrought)
