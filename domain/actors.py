"""Actors: everyone who takes part."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact, municipality_tag, tags
from domain.refusals import Refusal, follows
from domain.vocabulary import (
    ActorId,
    ActorKind,
    CoCreationId,
    EnterpriseNumber,
    ExampleId,
    InitiativeId,
    Narrative,
    NisCode,
    Personal,
    PilotId,
    Reference,
    ReflectionId,
    RequestId,
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


class ActorsMerged(Fact, frozen=True, kw_only=True, tag="actor.merged"):
    """Two entries were one and the same; what the duplicate takes part in goes on with the other.

    It is found from all that the duplicate is part of, so that decisions about it know.
    """

    NL = "{duplicate} is dezelfde als {actor}; het gaat verder onder {actor}"
    EN = "{duplicate} is the same as {actor}; it goes on as {actor}"

    actor: ActorId
    duplicate: ActorId
    reason: Narrative
    formerly: tuple[ActorId, ...] = ()
    """Those that had merged into the duplicate before."""
    vcode: VCode | None = None
    """Numbers that pass from the duplicate to the actor."""
    enterprise_number: EnterpriseNumber | None = None
    requests: tuple[RequestId, ...] = ()
    initiatives: tuple[InitiativeId, ...] = ()
    cocreations: tuple[CoCreationId, ...] = ()
    pilots: tuple[PilotId, ...] = ()
    examples: tuple[ExampleId, ...] = ()
    reflections: tuple[ReflectionId, ...] = ()


ActorFact = ActorRegistered | ActorDetailsChanged | ActorsMerged


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


class MergeActors(Command, frozen=True, kw_only=True):
    """Record that two entries are one and the same; the duplicate goes on as this actor."""

    actor: ActorId
    duplicate: ActorId
    reason: Narrative


ActorCommand = RegisterActor | ChangeActorDetails | MergeActors


# Refusals.


class NumberTaken(Refusal):
    RULE = 10
    NL = "{number} hoort al bij {actor}."
    EN = "{number} belongs to {actor} already."


class DetailsDoNotFit(Refusal):
    RULE = 10
    NL = "Voor deze soort actor ({kind}) klopt dit niet: {what}."
    EN = "For this kind of actor ({kind}) this does not fit: {what}."


class NumbersDiffer(Refusal):
    RULE = 10
    NL = "{actor} en {duplicate} hebben elk een eigen nummer: het zijn twee verschillende."
    EN = "{actor} and {duplicate} each have a number of their own: they are two, not one."


class ActorIsMerged(Refusal):
    RULE = 12
    NL = "{actor} is samengevoegd en neemt aan niets nieuws deel; noem {kept}."
    EN = "{actor} was merged and takes part in nothing new; name {kept} instead."


class MergedWithItself(Refusal):
    RULE = 12
    NL = "{actor} kan niet met zichzelf samengevoegd worden."
    EN = "{actor} cannot be merged with itself."


class KindsDiffer(Refusal):
    RULE = 12
    NL = "Alleen actoren van dezelfde soort zijn dubbel; dit zijn {kind} en {other}."
    EN = "Only actors of one kind are duplicates; these are {kind} and {other}."


# Decisions.

Numbers = Mapping[str, tuple[ActorId, Mark]]


Merges = Mapping[ActorId, tuple[ActorId, Mark]]
"""The actor as whom each duplicate goes on."""


def merged(now: Merges, recorded: Recorded) -> Merges:
    """The merges once this event is known."""
    match recorded.fact:
        case ActorsMerged() as fact:
            kept = (fact.actor, recorded.mark)
            return {**now, **dict.fromkeys((fact.duplicate, *fact.formerly), kept)}
        case _:
            return now


class State(Struct, frozen=True):
    holders: Numbers
    """Who holds a number, by the number's tag."""
    registered: Mapping[ActorId, tuple[ActorRegistered, Mark]] = {}
    merges: Merges = {}
    duplicate: ActorId | None = None
    concerned: frozenset[str] = frozenset()
    """All that the past of the duplicate concerns."""
    last: Mark | None = None
    """The latest of what goes on with the other; people exist before they are registered."""


def start(command: ActorCommand) -> State:
    duplicate = command.duplicate if isinstance(command, MergeActors) else None
    return State(holders={}, duplicate=duplicate)


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
            return tuple(about(tag, ActorRegistered, ActorsMerged) for tag in _numbers(command))
        case ChangeActorDetails():
            return (about(command.actor, ActorRegistered, ActorDetailsChanged),)
        case MergeActors():
            return (
                about(command.actor, ActorRegistered, ActorsMerged),
                about(command.duplicate),
            )
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    if state.duplicate in (concerned := tags(recorded.fact)):
        state = replace(state, concerned=state.concerned | concerned)
        if not isinstance(recorded.fact, ActorRegistered):
            marks = [mark for mark in (state.last, recorded.mark) if mark]
            state = replace(state, last=max(marks, key=lambda mark: mark.at))
    match recorded.fact:
        case ActorRegistered() as fact:
            held = dict.fromkeys(_numbers(fact), (fact.actor, recorded.mark))
            known = {**state.registered, fact.actor: (fact, recorded.mark)}
            return replace(state, holders={**state.holders, **held}, registered=known)
        case ActorsMerged() as fact:
            held = dict.fromkeys(_numbers(fact), (fact.actor, recorded.mark))
            return replace(
                state,
                holders={**state.holders, **held},
                merges=merged(state.merges, recorded),
            )
        case _:
            return state


def decide(command: ActorCommand, state: State, at: datetime) -> list[Fact]:
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
            check_details(command, state.registered[command.actor][0].kind)
            nothing_new = command == ChangeActorDetails(actor=command.actor)
            return [] if nothing_new else [as_fact(ActorDetailsChanged, command)]
        case MergeActors():
            return _merge(command, state, at)
        case _:
            assert_never(command)


def _merge(command: MergeActors, state: State, at: datetime) -> list[Fact]:
    actor, duplicate = command.actor, command.duplicate
    if actor == duplicate:
        raise MergedWithItself(actor=actor)
    if state.merges.get(duplicate, (None,))[0] == actor:
        return []
    refuse_merged((actor, duplicate), state.merges)
    (kept, _), (goes, mark) = state.registered[actor], state.registered[duplicate]
    if kept.kind is not goes.kind:
        raise KindsDiffer(mark, kind=kept.kind, other=goes.kind)
    held = [_held(state, one) for one in (actor, duplicate)]
    if held[0].keys() & held[1].keys():
        raise NumbersDiffer(mark, actor=actor, duplicate=duplicate)
    follows(at, state.last)
    return [
        as_fact(
            ActorsMerged,
            command,
            formerly=tuple(sorted(a for a, (into, _) in state.merges.items() if into == duplicate)),
            vcode=held[1].get("vcode"),
            enterprise_number=held[1].get("enterprise"),
            requests=_of_kind(state, "request"),
            initiatives=_of_kind(state, "initiative"),
            cocreations=_of_kind(state, "cocreation"),
            pilots=_of_kind(state, "pilot"),
            examples=_of_kind(state, "example"),
            reflections=_of_kind(state, "reflection"),
        )
    ]


def _held(state: State, actor: ActorId) -> Mapping[str, str]:
    """The numbers of an actor, by the register that gives them out."""
    numbers = (tag for tag, (holder, _) in state.holders.items() if holder == actor)
    return {register: number for register, _, number in (tag.partition(":") for tag in numbers)}


def _of_kind(state: State, prefix: str) -> tuple[str, ...]:
    return tuple(sorted(thing for thing in state.concerned if thing.startswith(f"{prefix}_")))


def refuse_merged(actors: Iterable[ActorId], merges: Merges) -> None:
    """Check that none of these actors goes on as another.

    Raises:
        ActorIsMerged: naming as whom.
    """
    for actor in actors:
        if actor in merges:
            kept, mark = merges[actor]
            raise ActorIsMerged(mark, actor=actor, kept=kept)


def _numbers(holder: ActorRegistered | RegisterActor | ActorsMerged) -> tuple[str, ...]:
    nis = None if isinstance(holder, ActorsMerged) else holder.nis
    found = (
        tag_of(VCode, holder.vcode) if holder.vcode else None,
        tag_of(EnterpriseNumber, holder.enterprise_number) if holder.enterprise_number else None,
        municipality_tag(nis) if nis else None,
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


REFUSALS = (
    NumberTaken,
    DetailsDoNotFit,
    NumbersDiffer,
    ActorIsMerged,
    MergedWithItself,
    KindsDiffer,
)
