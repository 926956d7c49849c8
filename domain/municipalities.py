"""Municipalities: what a local government and the network agree on."""

from datetime import date, datetime
from functools import reduce
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.days import day_of
from domain.facts import Fact, Mark, Past, Recorded, as_fact, municipality_tag
from domain.refusals import InTheFuture, Refusal, follows
from domain.register import lineage
from domain.vocabulary import ActorId, Narrative, NisCode, Visibility

# Facts. These names are stored: never rename one.


class PolicyPlanAdopted(Fact, frozen=True, kw_only=True, tag="municipality.plan_adopted"):
    NL = "Lokaal sociaal beleidsplan '{title}' aangenomen ({starts_on} tot {ends_on})"
    EN = "Local social policy plan '{title}' adopted ({starts_on} to {ends_on})"
    FIXED = frozenset({"adopted_on", "starts_on", "ends_on"})
    VISIBILITY = Visibility.PUBLIC

    municipality: NisCode
    title: Narrative
    adopted_on: date
    starts_on: date
    ends_on: date


class PartnershipAgreed(Fact, frozen=True, kw_only=True, tag="municipality.partnership_agreed"):
    NL = "Partnerschap met {municipality} afgesproken: {purpose}"
    EN = "Partnership with {municipality} agreed: {purpose}"
    VISIBILITY = Visibility.PUBLIC

    municipality: NisCode
    purpose: Narrative
    agreed_by: tuple[ActorId, ...] = ()


MunicipalityFact = PolicyPlanAdopted | PartnershipAgreed


# Commands.


class AdoptPolicyPlan(Command, frozen=True, kw_only=True):
    """Record that a municipality has adopted its local social policy plan."""

    municipality: NisCode
    title: Narrative
    adopted_on: date
    starts_on: date
    ends_on: date


class AgreePartnership(Command, frozen=True, kw_only=True):
    """Record that a municipality and the network are partners in setting up pilots."""

    municipality: NisCode
    purpose: Narrative
    agreed_by: tuple[ActorId, ...] = ()


MunicipalityCommand = AdoptPolicyPlan | AgreePartnership


# Refusals.


class PlanEndsBeforeItStarts(Refusal):
    RULE = 3
    NL = "Een beleidsplan eindigt niet voor het begint ({starts_on} tot {ends_on})."
    EN = "A policy plan does not end before it starts ({starts_on} to {ends_on})."


class NoPolicyPlan(Refusal):
    RULE = 3
    NL = "{municipality} heeft geen aangenomen sociaal beleidsplan dat {day} omvat."
    EN = "{municipality} has adopted no social policy plan that covers {day}."


class PartnershipTooEarly(Refusal):
    RULE = 4
    NL = "Een partnerschap met een gemeente dateert nooit van vóór 2020."
    EN = "No partnership with a municipality is dated before 2020."


# Decisions.

PARTNERSHIPS_FROM = date(2020, 1, 1)


class Plan(Struct, frozen=True):
    adopted: Mark
    fact: PolicyPlanAdopted

    def covers(self, day: date) -> bool:
        return self.fact.starts_on <= day <= self.fact.ends_on

    def is_the_one_of(self, command: AdoptPolicyPlan) -> bool:
        """Whether it is the same plan; its title is sealed, so its dates tell."""
        dates = ("municipality", "adopted_on", "starts_on", "ends_on")
        return all(getattr(self.fact, name) == getattr(command, name) for name in dates)


class State(Struct, frozen=True):
    plans: tuple[Plan, ...] = ()


def start(_command: MunicipalityCommand) -> State:
    return State()


def plans_of(nis: NisCode) -> Boundary:
    """A municipality's plans, with those of the municipalities that merged into it."""
    return tuple(about(municipality_tag(code), PolicyPlanAdopted) for code in lineage(nis))


def boundary(command: MunicipalityCommand, _past: object) -> Boundary:
    return plans_of(command.municipality)


def evolve(state: State, recorded: Recorded) -> State:
    if isinstance(recorded.fact, PolicyPlanAdopted):
        return replace(state, plans=(*state.plans, Plan(recorded.mark, recorded.fact)))
    return state


def covering(plans: tuple[Plan, ...], municipality: NisCode, day: date) -> Plan:
    """The plan whose period covers a day, and of several the one that was there first.

    Raises:
        NoPolicyPlan: if there is none, blocked by the plans that do not cover it.
    """
    found = [plan for plan in plans if plan.covers(day)]
    if not found:
        raise NoPolicyPlan(*(plan.adopted for plan in plans), municipality=municipality, day=day)
    return min(found, key=lambda plan: plan.adopted.at)


def decide(command: MunicipalityCommand, state: State, at: datetime) -> list[Fact]:
    match command:
        case AdoptPolicyPlan():
            if command.ends_on < command.starts_on:
                raise PlanEndsBeforeItStarts(starts_on=command.starts_on, ends_on=command.ends_on)
            if command.adopted_on > day_of(at):
                raise InTheFuture(day=command.adopted_on)
            if any(plan.is_the_one_of(command) for plan in state.plans):
                return []
            return [as_fact(PolicyPlanAdopted, command)]
        case AgreePartnership():
            _check_partnership(command.municipality, state.plans, at)
            return [as_fact(PartnershipAgreed, command)]
        case _:
            assert_never(command)


def check_partnership(municipality: NisCode, past: Past, at: datetime) -> None:
    """Check that a municipality could become a partner at this moment (rule 4).

    Raises:
        Refusal: if it could not.
    """
    _check_partnership(municipality, reduce(evolve, past, State()).plans, at)


def _check_partnership(municipality: NisCode, plans: tuple[Plan, ...], at: datetime) -> None:
    if day_of(at) < PARTNERSHIPS_FROM:
        raise PartnershipTooEarly
    follows(at, covering(plans, municipality, day_of(at)).adopted)


REFUSALS = (PlanEndsBeforeItStarts, NoPolicyPlan, PartnershipTooEarly)
