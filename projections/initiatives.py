"""Initiatives as they have grown: who takes part, on what strengths, tied to what."""

from datetime import datetime

from msgspec import Struct, structs

from domain.actors import ActorsMerged
from domain.co_creation import CoCreationStarted
from domain.facts import Recorded
from domain.initiatives import (
    InitiativeDescribed,
    InitiativeEnded,
    InitiativeRegistered,
    InitiativeRested,
    InitiativeResumed,
    InitiativesLinked,
    OrientationAssessed,
    ParticipantJoined,
    ParticipantLeft,
    Role,
    StrengthIdentified,
)
from domain.pilots import PilotProposed
from domain.professionals import BridgeMade
from domain.support_requests import SupportRequestLinked
from domain.workshops import WorkshopPlanned
from projections.view import Column, Row, View, of_kind


class Participant(Struct, frozen=True, kw_only=True):
    actor: str
    role: str


class Assessment(Struct, frozen=True, kw_only=True, rename="camel"):
    """How it was looked at, on the two scales from 1 to 5."""

    position: int
    at: datetime
    strength_based: int
    network_strengthening: int
    reason: str
    assessed_by: str


class Link(Struct, frozen=True, kw_only=True):
    initiative: str
    how: str


class Bridge(Struct, frozen=True, kw_only=True):
    """People in a vulnerable position whom a professional brought along: how many, not who."""

    position: int
    at: datetime
    professional: str
    how: str
    people: int


class Initiative(Row, kw_only=True):
    status: str = "active"
    name: str = ""
    initiators: list[str] = []
    """Those who take part as initiators now."""
    participants: list[Participant] = []
    municipality: str = ""
    neighbourhood: str | None = None
    themes: list[str] = []
    strengths: list[str] = []
    appetite: str | None = None
    assessments: list[Assessment] = []
    links: list[Link] = []
    bridges: list[Bridge] = []
    requests: list[str] = []
    workshops: list[str] = []
    cocreations: list[str] = []
    pilots: list[str] = []
    lives_on: str | None = None
    reference: str | None = None
    registered_at: datetime | None = None
    ended_at: datetime | None = None


def evolve(row: Initiative, recorded: Recorded) -> Initiative:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case SupportRequestLinked() as fact:
            return structs.replace(row, requests=[*row.requests, fact.request])
        case WorkshopPlanned() as fact:
            return structs.replace(row, workshops=[*row.workshops, fact.workshop])
        case CoCreationStarted() as fact:
            return structs.replace(row, cocreations=[*row.cocreations, fact.cocreation])
        case PilotProposed() as fact:
            return structs.replace(row, pilots=[*row.pilots, fact.pilot])
        case InitiativeRested():
            return structs.replace(row, status="resting")
        case InitiativeResumed():
            return structs.replace(row, status="active")
        case InitiativeEnded() as fact:
            ended_at = recorded.occurred_at
            return structs.replace(row, status="ended", lives_on=fact.lives_on, ended_at=ended_at)
        case _:
            return _grown(row, recorded)


def _grown(row: Initiative, recorded: Recorded) -> Initiative:
    match recorded.fact:
        case InitiativeRegistered() as fact:
            return _together(
                structs.replace(
                    row,
                    name=fact.name,
                    municipality=fact.municipality,
                    neighbourhood=fact.neighbourhood,
                    themes=list(fact.themes),
                    strengths=list(fact.strengths),
                    appetite=fact.appetite,
                    reference=fact.reference,
                    registered_at=recorded.occurred_at,
                ),
                [Participant(actor=actor, role=Role.INITIATOR) for actor in fact.initiators],
            )
        case InitiativeDescribed() as fact:
            return structs.replace(
                row,
                name=fact.name or row.name,
                neighbourhood=fact.neighbourhood or row.neighbourhood,
                themes=row.themes if fact.themes is None else list(fact.themes),
                appetite=fact.appetite or row.appetite,
            )
        case ParticipantJoined() as fact:
            joined = Participant(actor=fact.participant, role=fact.role)
            return _together(row, [*_others(row, fact.participant), joined])
        case ParticipantLeft() as fact:
            return _together(row, _others(row, fact.participant))
        case ActorsMerged() as fact:
            return _together(row, _merged(row, fact))
        case StrengthIdentified() as fact:
            return structs.replace(row, strengths=[*row.strengths, fact.strength])
        case OrientationAssessed() as fact:
            assessment = Assessment(
                position=recorded.position,
                at=recorded.occurred_at,
                strength_based=fact.strength_based,
                network_strengthening=fact.network_strengthening,
                reason=fact.reason,
                assessed_by=fact.assessed_by,
            )
            return structs.replace(row, assessments=[*row.assessments, assessment])
        case BridgeMade() as fact:
            bridge = Bridge(
                position=recorded.position,
                at=recorded.occurred_at,
                professional=fact.professional,
                how=fact.how,
                people=fact.people,
            )
            return structs.replace(row, bridges=[*row.bridges, bridge])
        case InitiativesLinked() as fact:
            linked = fact.initiative if row.id == fact.other else fact.other
            return structs.replace(row, links=[*row.links, Link(initiative=linked, how=fact.how)])
        case _:
            return row


def _others(row: Initiative, actor: str) -> list[Participant]:
    return [participant for participant in row.participants if participant.actor != actor]


def _merged(row: Initiative, fact: ActorsMerged) -> list[Participant]:
    """The actor takes the duplicate's part, as the domain has it."""
    roles = {person.actor: person.role for person in row.participants}
    took_part = roles.pop(fact.duplicate, None)
    if took_part is None:
        return row.participants
    if fact.actor not in roles or took_part == Role.INITIATOR:
        roles[fact.actor] = took_part
    return [Participant(actor=actor, role=role) for actor, role in roles.items()]


def _together(row: Initiative, participants: list[Participant]) -> Initiative:
    initiators = [person.actor for person in participants if person.role == Role.INITIATOR]
    return structs.replace(row, participants=participants, initiators=initiators)


VIEW = View(
    name="initiatives",
    version=2,
    row=Initiative,
    keys=of_kind("initiative"),
    empty=lambda key: Initiative(id=key),
    evolve=evolve,
    columns={
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "status": Column("text", lambda row: row.status, choices=("active", "resting", "ended")),
        "theme": Column("text[]", lambda row: row.themes, filter="has"),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.registered_at),
    },
)
