"""Municipalities: what a local government and the network agree on."""

from datetime import date, datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact, municipality_tag
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
    """The latest adopted plan whose period covers a day.

    Raises:
        NoPolicyPlan: if there is none, blocked by the plans that do not cover it.
    """
    for plan in reversed(plans):
        if plan.covers(day):
            return plan
    raise NoPolicyPlan(*(plan.adopted for plan in plans), municipality=municipality, day=day)


def decide(command: MunicipalityCommand, state: State, at: datetime) -> list[Fact]:
    match command:
        case AdoptPolicyPlan():
            if command.ends_on < command.starts_on:
                raise PlanEndsBeforeItStarts(starts_on=command.starts_on, ends_on=command.ends_on)
            if command.adopted_on > at.date():
                raise InTheFuture(day=command.adopted_on)
            adopted = as_fact(PolicyPlanAdopted, command)
            return [] if any(plan.fact == adopted for plan in state.plans) else [adopted]
        case AgreePartnership():
            if at.date() < PARTNERSHIPS_FROM:
                raise PartnershipTooEarly
            plan = covering(state.plans, command.municipality, at.date())
            follows(at, plan.adopted)
            return [as_fact(PartnershipAgreed, command)]
        case _:
            assert_never(command)


REFUSALS = (PlanEndsBeforeItStarts, NoPolicyPlan, PartnershipTooEarly)
