"""Engagements: what a local government and the network do together, from first need to approach.

A need may be heard and a person met before anything is agreed; a role and an approach are
chosen together, so they come after the engagement.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from typing import assert_never

from eventsourcing.dcb.api import DCBQueryItem
from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.days import day_of
from domain.facts import Fact, Mark, Past, Recorded, as_fact, municipality_tag, tags
from domain.municipalities import (
    PartnershipAgreed,
    PolicyPlanAdopted,
    check_partnership,
    plans_of,
)
from domain.refusals import InTheFuture, Refusal, follows
from domain.register import lineage
from domain.vocabulary import ActorId, Narrative, NisCode, Theme, Visibility


class MunicipalRole(StrEnum):
    FACILITATOR = "facilitator"
    LINKER = "linker"
    """Ties initiatives to each other."""
    FINDER = "finder"
    """Finds the local people who are active."""
    PARTNER = "partner"
    """Sets up innovative projects with the network, once its plan is adopted."""


# Facts. These names are stored: never rename one.


class MunicipalityEngaged(Fact, frozen=True, kw_only=True, tag="municipality.engaged"):
    NL = "{municipality} en het netwerk gaan samen op weg: {purpose}"
    EN = "{municipality} and the network set out together: {purpose}"
    VISIBILITY = Visibility.PUBLIC

    municipality: NisCode
    purpose: Narrative
    agreed_by: tuple[ActorId, ...] = ()


class LocalNeedIdentified(Fact, frozen=True, kw_only=True, tag="municipality.need_identified"):
    NL = "Lokale nood benoemd: {need}"
    EN = "Local need identified: {need}"

    municipality: NisCode
    need: Narrative
    situation: Narrative | None = None
    """The concrete situation in which it showed."""
    themes: tuple[Theme, ...] = ()
    identified_by: ActorId | None = None


class MunicipalRoleChosen(Fact, frozen=True, kw_only=True, tag="municipality.role_chosen"):
    NL = "{municipality} kiest een rol als {role}: {reason}"
    EN = "{municipality} chooses a role as {role}: {reason}"
    VISIBILITY = Visibility.PUBLIC
    FIXED = frozenset({"role"})

    municipality: NisCode
    role: MunicipalRole
    reason: Narrative


class LocalPersonIdentified(Fact, frozen=True, kw_only=True, tag="municipality.person_identified"):
    """Named with their agreement, given on the day `agreed_on`."""

    NL = "{person} is ter plaatse actief: {activity}"
    EN = "{person} is active there: {activity}"
    FIXED = frozenset({"agreed_on"})

    municipality: NisCode
    person: ActorId
    activity: Narrative
    agreed_on: date


class ApproachAgreed(Fact, frozen=True, kw_only=True, tag="municipality.approach_agreed"):
    NL = "Aanpak afgesproken: {approach}"
    EN = "Approach agreed: {approach}"
    VISIBILITY = Visibility.PUBLIC

    municipality: NisCode
    approach: Narrative
    to_get_started: tuple[Narrative, ...] = ()
    """What the municipality needs for it."""
    agreed_by: tuple[ActorId, ...] = ()


EngagementFact = (
    MunicipalityEngaged
    | LocalNeedIdentified
    | MunicipalRoleChosen
    | LocalPersonIdentified
    | ApproachAgreed
)


# Commands.


class EngageMunicipality(Command, frozen=True, kw_only=True):
    """Record that a municipality and the network set out together."""

    municipality: NisCode
    purpose: Narrative
    agreed_by: tuple[ActorId, ...] = ()


class IdentifyLocalNeed(Command, frozen=True, kw_only=True):
    """Record what is needed locally, from a concrete situation."""

    municipality: NisCode
    need: Narrative
    situation: Narrative | None = None
    themes: tuple[Theme, ...] = ()
    identified_by: ActorId | None = None


class ChooseMunicipalRole(Command, frozen=True, kw_only=True):
    """Record a role that the municipality takes; it may have several."""

    municipality: NisCode
    role: MunicipalRole
    reason: Narrative


class IdentifyLocalPerson(Command, frozen=True, kw_only=True):
    """Record that somebody is active locally, who agrees to be known as such."""

    municipality: NisCode
    person: ActorId
    activity: Narrative
    agreed_on: date | None = None


class AgreeApproach(Command, frozen=True, kw_only=True):
    """Record the approach that suits the municipality, and what it needs to get started."""

    municipality: NisCode
    approach: Narrative
    to_get_started: tuple[Narrative, ...] = ()
    agreed_by: tuple[ActorId, ...] = ()


EngagementCommand = (
    EngageMunicipality
    | IdentifyLocalNeed
    | ChooseMunicipalRole
    | IdentifyLocalPerson
    | AgreeApproach
)


# Refusals.


class MunicipalityNotEngaged(Refusal):
    RULE = 15
    NL = "{municipality} is nog niet met het netwerk op weg; een rol of aanpak komt daarna."
    EN = "{municipality} is not engaged with the network yet; a role or an approach comes then."


class PersonHasNotAgreed(Refusal):
    RULE = 14
    NL = "Wie lokaal actief is, wordt pas genoemd na akkoord; noteer wanneer {actor} dat gaf."
    EN = "Who is active locally is named once they agreed to it; record when {actor} did."


# Decisions.


class Engagement(Struct, frozen=True):
    since: Mark
    fact: MunicipalityEngaged


class State(Struct, frozen=True, kw_only=True):
    """What is known of a municipality, with those that merged into it."""

    engagements: tuple[Engagement, ...] = ()
    roles: frozenset[MunicipalRole] = frozenset()
    people: frozenset[ActorId] = frozenset()
    plans: tuple[Recorded, ...] = ()


def start(_command: EngagementCommand) -> State:
    return State()


def boundary(command: EngagementCommand, _past: object) -> Boundary:
    nis = command.municipality
    match command:
        case EngageMunicipality() | AgreeApproach():
            return tuple(_of_place(nis, MunicipalityEngaged))
        case IdentifyLocalNeed():
            return ()
        case ChooseMunicipalRole():
            plans = plans_of(nis) if command.role is MunicipalRole.PARTNER else ()
            return (*_of_place(nis, MunicipalityEngaged, MunicipalRoleChosen), *plans)
        case IdentifyLocalPerson():
            return tuple(_of_place(nis, LocalPersonIdentified))
        case _:
            assert_never(command)


def _of_place(nis: NisCode, *facts: type[Fact]) -> Iterator[DCBQueryItem]:
    return (about(municipality_tag(code), *facts) for code in lineage(nis))


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case MunicipalityEngaged() as fact:
            engaged = Engagement(recorded.mark, fact)
            return replace(state, engagements=(*state.engagements, engaged))
        case MunicipalRoleChosen() as fact:
            return replace(state, roles=state.roles | {fact.role})
        case LocalPersonIdentified() as fact:
            return replace(state, people=state.people | {fact.person})
        case PolicyPlanAdopted():
            return replace(state, plans=(*state.plans, recorded))
        case _:
            return state


def decide(command: EngagementCommand, state: State, at: datetime) -> list[Fact]:
    match command:
        case EngageMunicipality():
            if any(_is_known(engaged.fact, command) for engaged in state.engagements):
                return []
            return [as_fact(MunicipalityEngaged, command)]
        case IdentifyLocalNeed():
            return [as_fact(LocalNeedIdentified, command)]
        case ChooseMunicipalRole():
            if command.role in state.roles:
                return []
            _check_engaged(command.municipality, state.engagements, at)
            if command.role is MunicipalRole.PARTNER:
                check_partnership(command.municipality, state.plans, at)
            return [as_fact(MunicipalRoleChosen, command)]
        case IdentifyLocalPerson():
            return _identify(command, state, at)
        case AgreeApproach():
            _check_engaged(command.municipality, state.engagements, at)
            return [as_fact(ApproachAgreed, command)]
        case _:
            assert_never(command)


def _is_known(fact: MunicipalityEngaged, command: EngageMunicipality) -> bool:
    """Whether nobody engages anew; the purpose is sealed, so the people tell."""
    same_place = fact.municipality == command.municipality
    return same_place and set(command.agreed_by) <= set(fact.agreed_by)


def _identify(command: IdentifyLocalPerson, state: State, at: datetime) -> list[Fact]:
    if command.agreed_on is None:
        raise PersonHasNotAgreed(actor=command.person)
    if command.agreed_on > day_of(at):
        raise InTheFuture(day=command.agreed_on)
    if command.person in state.people:
        return []
    return [as_fact(LocalPersonIdentified, command)]


def _check_engaged(nis: NisCode, engagements: tuple[Engagement, ...], at: datetime) -> None:
    if not engagements:
        raise MunicipalityNotEngaged(municipality=nis)
    follows(at, min((engaged.since for engaged in engagements), key=lambda mark: mark.at))


def check_founded(event: Recorded, past: Past) -> None:
    """Check that what a place's past holds at a moment carries an event of that place.

    Raises:
        Refusal: if it would not have happened then.
    """
    match event.fact:
        case PartnershipAgreed() as fact:
            check_partnership(fact.municipality, _past_of(fact.municipality, past), event.mark.at)
        case MunicipalRoleChosen() | ApproachAgreed() as fact:
            known = _past_of(fact.municipality, past)
            state = reduce(evolve, known, State())
            _check_engaged(fact.municipality, state.engagements, event.mark.at)
            if isinstance(fact, MunicipalRoleChosen) and fact.role is MunicipalRole.PARTNER:
                check_partnership(fact.municipality, known, event.mark.at)
        case LocalPersonIdentified() as fact if fact.agreed_on > day_of(event.mark.at):
            raise InTheFuture(day=fact.agreed_on)
        case PolicyPlanAdopted() as fact if fact.adopted_on > day_of(event.mark.at):
            raise InTheFuture(day=fact.adopted_on)
        case _:
            pass


def _past_of(nis: NisCode, past: Past) -> Past:
    own = {municipality_tag(code) for code in lineage(nis)}
    return [event for event in past if tags(event.fact) & own]


REFUSALS = (MunicipalityNotEngaged, PersonHasNotAgreed)
