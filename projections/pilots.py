"""Pilots: where each stands, on whose consent and by which decisions."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from msgspec import Struct, structs

from domain.actors import ActorsMerged
from domain.facts import Fact, Recorded
from domain.outcomes import OutcomeHarvested, OutcomeVerified
from domain.pilots import (
    MOVING,
    Approved,
    Decision,
    Finished,
    LessonLearned,
    Paused,
    PilotConsentGiven,
    PilotConsentWithdrawn,
    PilotDecided,
    PilotObservationRecorded,
    PilotProposed,
    Proposed,
    Rejected,
    Stage,
    stage_after,
    stage_name,
)
from projections.view import Column, Row, View, of_kind


class Decided(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    decision: str
    deciders: list[str]
    motivation: str
    conditions: list[str]
    evidence: list[int]
    decided_at: datetime


class Observation(Struct, frozen=True, kw_only=True):
    position: int
    at: datetime
    indicator: str
    value: str
    unit: str


class Lesson(Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    position: int
    at: datetime
    learnt: str
    evidence: list[int]
    learnt_by: list[str]


class Verification(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    at: datetime
    verified_by: str
    verdict: str
    note: str | None


class Outcome(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that was harvested, and what others found who looked into it."""

    id: str
    position: int
    at: datetime
    description: str
    significance: str
    contribution: str
    sources: list[str]
    harvested_by: str
    verifications: list[Verification] = []


class Pilot(Row, kw_only=True):
    status: str = ""
    title: str = ""
    initiative: str = ""
    municipality: str = ""
    hypothesis: str = ""
    aim: str = ""
    partners: list[str] = []
    starts_on: date | None = None
    ends_on: date | None = None
    consents: list[str] = []
    """The initiators who consent now."""
    decisions: list[Decided] = []
    observations: list[Observation] = []
    lessons: list[Lesson] = []
    outcomes: list[Outcome] = []
    reference: str | None = None
    proposed_at: datetime | None = None


STAGES: Final[Mapping[str, type[Stage]]] = {
    "proposed": Proposed,
    "deferred": Proposed,
    "approved": Approved,
    "paused": Paused,
    "rejected": Rejected,
    "stopped": Finished,
    "completed": Finished,
}
"""The domain's stage for each status that a reader sees."""


def evolve(row: Pilot, recorded: Recorded) -> Pilot:
    return structs.replace(
        row, version=recorded.position, status=_status(row, recorded), **_told(row, recorded)
    )


def _told(row: Pilot, recorded: Recorded) -> dict[str, Any]:
    """What an event changes besides how the pilot stands."""
    match recorded.fact:
        case PilotProposed() as fact:
            return {
                "title": fact.title,
                "initiative": fact.initiative,
                "municipality": fact.municipality,
                "hypothesis": fact.hypothesis,
                "aim": fact.aim,
                "partners": list(fact.partners),
                "starts_on": fact.starts_on,
                "ends_on": fact.ends_on,
                "reference": fact.reference,
                "proposed_at": recorded.occurred_at,
            }
        case PilotConsentGiven() as fact:
            return {"consents": [*row.consents, fact.initiator]}
        case PilotConsentWithdrawn() as fact:
            return {"consents": [actor for actor in row.consents if actor != fact.initiator]}
        case ActorsMerged() as fact:
            return _merged(row, fact)
        case PilotDecided() as fact:
            return _decided(row, fact, recorded)
        case _:
            return _taught(row, recorded)


def _merged(row: Pilot, fact: ActorsMerged) -> dict[str, Any]:
    """Partners and consents of the duplicate are the actor's."""
    both = (fact.duplicate, fact.actor)
    partners, consents = (
        [*(a for a in actors if a not in both), fact.actor] if fact.duplicate in actors else actors
        for actors in (row.partners, row.consents)
    )
    return {"partners": partners, "consents": consents}


def _status(row: Pilot, recorded: Recorded) -> str:
    if not isinstance(recorded.fact, MOVING):
        return row.status
    before = STAGES[row.status](recorded.mark) if row.status else None
    stage = stage_after(recorded.fact, before, recorded.mark)
    return row.status if stage is None or stage is before else _name(stage, recorded.fact)


def _name(stage: Stage, fact: Fact) -> str:
    match stage, fact:
        case Proposed(), PilotDecided():
            return "deferred"
        case Finished(), PilotDecided(decision=Decision.STOP):
            return "stopped"
        case Finished(), _:
            return "completed"
        case _:
            return stage_name(stage)


def _decided(row: Pilot, fact: PilotDecided, recorded: Recorded) -> dict[str, Any]:
    decided = Decided(
        position=recorded.position,
        decision=fact.decision,
        deciders=list(fact.deciders),
        motivation=fact.motivation,
        conditions=list(fact.conditions),
        evidence=list(fact.evidence),
        decided_at=recorded.occurred_at,
    )
    moved = fact.ends_on if fact.decision is Decision.EXTEND else None
    return {"decisions": [*row.decisions, decided], "ends_on": moved or row.ends_on}


def _taught(row: Pilot, recorded: Recorded) -> dict[str, Any]:
    match recorded.fact:
        case PilotObservationRecorded() as fact:
            observation = Observation(
                position=recorded.position,
                at=recorded.occurred_at,
                indicator=fact.indicator,
                value=fact.value,
                unit=fact.unit,
            )
            return {"observations": [*row.observations, observation]}
        case LessonLearned() as fact:
            lesson = Lesson(
                id=fact.lesson,
                position=recorded.position,
                at=recorded.occurred_at,
                learnt=fact.learnt,
                evidence=list(fact.evidence),
                learnt_by=list(fact.learnt_by),
            )
            return {"lessons": [*row.lessons, lesson]}
        case OutcomeHarvested() as fact:
            return {"outcomes": [*row.outcomes, _harvested(fact, recorded)]}
        case OutcomeVerified() as fact:
            return {"outcomes": _verified(row, fact, recorded)}
        case _:
            return {}


def _harvested(fact: OutcomeHarvested, recorded: Recorded) -> Outcome:
    return Outcome(
        id=fact.outcome,
        position=recorded.position,
        at=recorded.occurred_at,
        description=fact.description,
        significance=fact.significance,
        contribution=fact.contribution,
        sources=list(fact.sources),
        harvested_by=fact.harvested_by,
    )


def _verified(row: Pilot, fact: OutcomeVerified, recorded: Recorded) -> list[Outcome]:
    verification = Verification(
        position=recorded.position,
        at=recorded.occurred_at,
        verified_by=fact.verified_by,
        verdict=fact.verdict,
        note=fact.note,
    )
    return [
        structs.replace(outcome, verifications=[*outcome.verifications, verification])
        if outcome.id == fact.outcome
        else outcome
        for outcome in row.outcomes
    ]


VIEW = View(
    name="pilots",
    version=2,
    row=Pilot,
    keys=of_kind("pilot"),
    empty=lambda key: Pilot(id=key),
    evolve=evolve,
    columns={
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "initiative": Column("text", lambda row: row.initiative),
        "status": Column("text", lambda row: row.status, choices=tuple(STAGES)),
        "reference": Column("text", lambda row: row.reference),
        "startsOn": Column("date", lambda row: row.starts_on),
        "at": Column("timestamptz", lambda row: row.proposed_at),
    },
)
