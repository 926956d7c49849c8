"""Municipalities: the dossier of a place, under the code with which it goes on today."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, structs

from domain.actors import ActorRegistered
from domain.engagements import (
    ApproachAgreed,
    LocalNeedIdentified,
    LocalPersonIdentified,
    MunicipalityEngaged,
    MunicipalRole,
    MunicipalRoleChosen,
)
from domain.examples import ExamplePublished
from domain.facts import Fact, Recorded, municipality_tag, tags
from domain.info_sessions import InfoSessionPlanned
from domain.initiatives import InitiativeRegistered
from domain.municipalities import PartnershipAgreed, PolicyPlanAdopted
from domain.pilots import PilotProposed
from domain.register import lineage, municipalities, successor
from domain.support_requests import SupportRequestReceived
from domain.vocabulary import ActorKind, NisCode
from domain.workshops import WorkshopPlanned
from projections.view import Column, Row, View, telling_of


class PolicyPlan(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    municipality: str
    """The code that adopted it: the place's own or a predecessor's."""
    title: str
    adopted_on: date
    starts_on: date
    ends_on: date


class Partnership(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    municipality: str
    purpose: str
    agreed_by: list[str]
    agreed_at: datetime


class Engagement(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    municipality: str
    purpose: str
    agreed_by: list[str]
    agreed_at: datetime


class LocalNeed(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    at: datetime
    need: str
    situation: str | None
    themes: list[str]
    identified_by: str | None


class ChosenRole(Struct, frozen=True, kw_only=True):
    position: int
    at: datetime
    role: str
    reason: str


class LocalPerson(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    person: str
    activity: str
    agreed_on: date


class Approach(Struct, frozen=True, kw_only=True, rename="camel"):
    position: int
    approach: str
    to_get_started: list[str]
    agreed_by: list[str]
    agreed_at: datetime


class Stage(StrEnum):
    """How far a municipality has come: the furthest of these that it reached."""

    NOT_ENGAGED = "not_engaged"
    ENGAGED = "engaged"
    PLAN_ADOPTED = "plan_adopted"
    PARTNER = "partner"
    PILOTS = "pilots"


class Dossier(Row, kw_only=True):
    name: str
    stage: Stage = Stage.NOT_ENGAGED
    predecessors: list[str] = []
    """The codes that merged into it."""
    engagements: list[Engagement] = []
    needs: list[LocalNeed] = []
    roles: list[ChosenRole] = []
    people: list[LocalPerson] = []
    approaches: list[Approach] = []
    plans: list[PolicyPlan] = []
    partnerships: list[Partnership] = []
    local_governments: list[str] = []
    requests: int = 0
    sessions: int = 0
    examples: int = 0
    workshops: int = 0
    initiatives: int = 0
    pilots: int = 0


def evolve(row: Dossier, recorded: Recorded) -> Dossier:
    row = structs.replace(_agreed(_counted(row, recorded), recorded), version=recorded.position)
    return structs.replace(row, stage=_stage(row))


def _stage(row: Dossier) -> Stage:
    if row.pilots:
        return Stage.PILOTS
    if row.partnerships or any(role.role == MunicipalRole.PARTNER for role in row.roles):
        return Stage.PARTNER
    if row.plans:
        return Stage.PLAN_ADOPTED
    return Stage.ENGAGED if row.engagements else Stage.NOT_ENGAGED


def _counted(row: Dossier, recorded: Recorded) -> Dossier:
    match recorded.fact:
        case SupportRequestReceived():
            return structs.replace(row, requests=row.requests + 1)
        case InfoSessionPlanned():
            return structs.replace(row, sessions=row.sessions + 1)
        case ExamplePublished():
            return structs.replace(row, examples=row.examples + 1)
        case WorkshopPlanned():
            return structs.replace(row, workshops=row.workshops + 1)
        case InitiativeRegistered():
            return structs.replace(row, initiatives=row.initiatives + 1)
        case PilotProposed():
            return structs.replace(row, pilots=row.pilots + 1)
        case ActorRegistered(kind=ActorKind.LOCAL_GOVERNMENT) as fact:
            return structs.replace(row, local_governments=[*row.local_governments, fact.actor])
        case _:
            return row


def _agreed(row: Dossier, recorded: Recorded) -> Dossier:
    match recorded.fact:
        case PolicyPlanAdopted() as fact:
            plan = PolicyPlan(
                position=recorded.position,
                municipality=fact.municipality,
                title=fact.title,
                adopted_on=fact.adopted_on,
                starts_on=fact.starts_on,
                ends_on=fact.ends_on,
            )
            return structs.replace(row, plans=[*row.plans, plan])
        case PartnershipAgreed() as fact:
            partnership = Partnership(
                position=recorded.position,
                municipality=fact.municipality,
                purpose=fact.purpose,
                agreed_by=list(fact.agreed_by),
                agreed_at=recorded.occurred_at,
            )
            return structs.replace(row, partnerships=[*row.partnerships, partnership])
        case _:
            return _engaged(row, recorded)


def _engaged(row: Dossier, recorded: Recorded) -> Dossier:
    position, at = recorded.position, recorded.occurred_at
    match recorded.fact:
        case MunicipalityEngaged() as fact:
            engagement = Engagement(
                position=position,
                municipality=fact.municipality,
                purpose=fact.purpose,
                agreed_by=list(fact.agreed_by),
                agreed_at=at,
            )
            return structs.replace(row, engagements=[*row.engagements, engagement])
        case LocalNeedIdentified() as fact:
            need = LocalNeed(
                position=position,
                at=at,
                need=fact.need,
                situation=fact.situation,
                themes=list(fact.themes),
                identified_by=fact.identified_by,
            )
            return structs.replace(row, needs=[*row.needs, need])
        case MunicipalRoleChosen() as fact:
            role = ChosenRole(position=position, at=at, role=fact.role, reason=fact.reason)
            return structs.replace(row, roles=[*row.roles, role])
        case LocalPersonIdentified() as fact:
            person = LocalPerson(
                position=position,
                person=fact.person,
                activity=fact.activity,
                agreed_on=fact.agreed_on,
            )
            return structs.replace(row, people=[*row.people, person])
        case ApproachAgreed() as fact:
            approach = Approach(
                position=position,
                approach=fact.approach,
                to_get_started=list(fact.to_get_started),
                agreed_by=list(fact.agreed_by),
                agreed_at=at,
            )
            return structs.replace(row, approaches=[*row.approaches, approach])
        case _:
            return row


def keys(fact: Fact, _position: int) -> Iterable[str]:
    codes = (tag.removeprefix("nis:") for tag in tags(fact) if tag.startswith("nis:"))
    return sorted({successor(NisCode(code)) for code in codes})


def empty(key: str) -> Dossier:
    code = NisCode(key)
    return Dossier(
        id=key, name=municipalities()[code].name, predecessors=list[str](lineage(code)[1:])
    )


VIEW = View(
    name="municipalities",
    version=2,
    row=Dossier,
    keys=keys,
    empty=empty,
    evolve=evolve,
    facts=telling_of(NisCode),
    about=lambda key: tuple(municipality_tag(code) for code in lineage(NisCode(key))),
    columns={
        "stage": Column("text", lambda row: row.stage),
        "pilots": Column("bigint", lambda row: row.pilots),
    },
)
