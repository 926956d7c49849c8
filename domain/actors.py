"""Actors: everyone who takes part."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact, municipality_tag
from domain.refusals import Refusal
from domain.vocabulary import (
    ActorId,
    ActorKind,
    EnterpriseNumber,
    Narrative,
    NisCode,
    Personal,
    Reference,
    VCode,
    Visibility,
    tag_of,
)


class Sector(StrEnum):
    WELFARE = "welfare"
    HEALTH = "health"
    EDUCATION = "education"
    CULTURE = "culture"
    HOUSING = "housing"
    WORK = "work"
    BUSINESS = "business"
    OTHER = "other"


# Facts. These names are stored: never rename one.


class ActorRegistered(Fact, frozen=True, kw_only=True, tag="actor.registered"):
    NL = "{actor} opgenomen als {kind}"
    EN = "{actor} registered as {kind}"
    FIXED = frozenset({"kind"})

    actor: ActorId
    kind: ActorKind
    name: Personal
    email: Personal | None = None
    phone: Personal | None = None
    vcode: VCode | None = None
    enterprise_number: EnterpriseNumber | None = None
    nis: NisCode | None = None
    policy_maker: Personal | None = None
    policy_staff: Personal | None = None
    organisation: Personal | None = None
    sector: Sector | None = None
    mandate: Narrative | None = None
    reference: Reference | None = None


class ActorDetailsChanged(Fact, frozen=True, kw_only=True, tag="actor.details_changed"):
    """Only what changed; what is left out stays as it was."""

    NL = "Gegevens van {actor} gewijzigd"
    EN = "Details of {actor} changed"
    VISIBILITY = Visibility.INTERNAL

    actor: ActorId
    name: Personal | None = None
    email: Personal | None = None
    phone: Personal | None = None
    policy_maker: Personal | None = None
    policy_staff: Personal | None = None
    organisation: Personal | None = None
    sector: Sector | None = None
    mandate: Narrative | None = None


ActorFact = ActorRegistered | ActorDetailsChanged


# Commands.


class RegisterActor(Command, frozen=True, kw_only=True):
    """Take up somebody who takes part."""

    FOUNDS = True

    actor: ActorId
    kind: ActorKind
    name: Personal
    email: Personal | None = None
    phone: Personal | None = None
    vcode: VCode | None = None
    enterprise_number: EnterpriseNumber | None = None
    nis: NisCode | None = None
    policy_maker: Personal | None = None
    policy_staff: Personal | None = None
    organisation: Personal | None = None
    sector: Sector | None = None
    mandate: Narrative | None = None
    reference: Reference | None = None


class ChangeActorDetails(Command, frozen=True, kw_only=True):
    """Record new details; what is left out stays as it was."""

    actor: ActorId
    name: Personal | None = None
    email: Personal | None = None
    phone: Personal | None = None
    policy_maker: Personal | None = None
    policy_staff: Personal | None = None
    organisation: Personal | None = None
    sector: Sector | None = None
    mandate: Narrative | None = None


ActorCommand = RegisterActor | ChangeActorDetails


# Refusals.


class NumberTaken(Refusal):
    RULE = 10
    NL = "{number} hoort al bij {actor}."
    EN = "{number} belongs to {actor} already."


class DetailsDoNotFit(Refusal):
    RULE = 10
    NL = "Voor deze soort actor ({kind}) klopt dit niet: {what}."
    EN = "For this kind of actor ({kind}) this does not fit: {what}."


# Decisions.

Numbers = Mapping[str, tuple[ActorId, Mark]]


class State(Struct, frozen=True):
    holders: Numbers
    """Who holds a number, by the number's tag."""
    kinds: Mapping[ActorId, ActorKind] = {}


def start(_command: ActorCommand) -> State:
    return State(holders={})


BELONGS_TO: Mapping[str, ActorKind] = {
    "vcode": ActorKind.ASSOCIATION,
    "nis": ActorKind.LOCAL_GOVERNMENT,
    "policy_maker": ActorKind.LOCAL_GOVERNMENT,
    "policy_staff": ActorKind.LOCAL_GOVERNMENT,
    "sector": ActorKind.PROFESSIONAL,
    "mandate": ActorKind.PROFESSIONAL,
    "organisation": ActorKind.PROFESSIONAL,
}
"""Details that only one kind of actor has."""


def boundary(command: ActorCommand, _past: object) -> Boundary:
    match command:
        case RegisterActor():
            return tuple(about(tag, ActorRegistered) for tag in _numbers(command))
        case ChangeActorDetails():
            return (about(command.actor, ActorRegistered, ActorDetailsChanged),)
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case ActorRegistered() as fact:
            held = dict.fromkeys(_numbers(fact), (fact.actor, recorded.mark))
            kinds = {**state.kinds, fact.actor: fact.kind}
            return replace(state, holders={**state.holders, **held}, kinds=kinds)
        case _:
            return state


def decide(command: ActorCommand, state: State, _at: datetime) -> list[Fact]:
    match command:
        case RegisterActor():
            _check_kind(command)
            check_details(command, command.kind)
            for tag in _numbers(command):
                if tag in state.holders:
                    holder, mark = state.holders[tag]
                    raise NumberTaken(mark, number=tag.partition(":")[2], actor=holder)
            return [as_fact(ActorRegistered, command)]
        case ChangeActorDetails():
            check_details(command, state.kinds[command.actor])
            nothing_new = command == ChangeActorDetails(actor=command.actor)
            return [] if nothing_new else [as_fact(ActorDetailsChanged, command)]
        case _:
            assert_never(command)


def _numbers(holder: ActorRegistered | RegisterActor) -> tuple[str, ...]:
    found = (
        tag_of(VCode, holder.vcode) if holder.vcode else None,
        tag_of(EnterpriseNumber, holder.enterprise_number) if holder.enterprise_number else None,
        municipality_tag(holder.nis) if holder.nis else None,
    )
    return tuple(tag for tag in found if tag)


def check_details(holder: RegisterActor | ChangeActorDetails | ActorFact, kind: ActorKind) -> None:
    """Check that an actor of this kind can have these details (rule 10).

    Raises:
        DetailsDoNotFit: naming the first that only another kind has.
    """
    for detail, only in BELONGS_TO.items():
        if getattr(holder, detail, None) is not None and kind is not only:
            raise DetailsDoNotFit(kind=kind, what=f"{detail}: {only}")


def _check_kind(command: RegisterActor) -> None:
    if command.kind is ActorKind.ASSOCIATION and not (command.vcode or command.enterprise_number):
        raise DetailsDoNotFit(kind=command.kind, what="vcode, enterprise_number: 1+")
    if command.kind is ActorKind.LOCAL_GOVERNMENT and not command.nis:
        raise DetailsDoNotFit(kind=command.kind, what="nis: 1")
    if command.kind is ActorKind.CITIZEN and command.enterprise_number:
        raise DetailsDoNotFit(kind=command.kind, what="enterprise_number: 0")


REFUSALS = (NumberTaken, DetailsDoNotFit)
