"""Municipalities: the dossier of a place, under the code with which it goes on today."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct, structs

from domain.actors import ActorRegistered
from domain.facts import Fact, Recorded, municipality_tag, tags
from domain.info_sessions import InfoSessionPlanned
from domain.initiatives import InitiativeRegistered
from domain.municipalities import PartnershipAgreed, PolicyPlanAdopted
from domain.pilots import PilotProposed
from domain.register import lineage, municipalities, successor
from domain.support_requests import SupportRequestReceived
from domain.vocabulary import ActorKind, NisCode
from domain.workshops import WorkshopPlanned
from projections.view import Column, Row, View


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


class Dossier(Row, kw_only=True):
    name: str
    predecessors: list[str] = []
    """The codes that merged into it."""
    plans: list[PolicyPlan] = []
    partnerships: list[Partnership] = []
    local_governments: list[str] = []
    requests: int = 0
    sessions: int = 0
    workshops: int = 0
    initiatives: int = 0
    pilots: int = 0


def evolve(row: Dossier, recorded: Recorded) -> Dossier:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case SupportRequestReceived():
            return structs.replace(row, requests=row.requests + 1)
        case InfoSessionPlanned():
            return structs.replace(row, sessions=row.sessions + 1)
        case WorkshopPlanned():
            return structs.replace(row, workshops=row.workshops + 1)
        case InitiativeRegistered():
            return structs.replace(row, initiatives=row.initiatives + 1)
        case PilotProposed():
            return structs.replace(row, pilots=row.pilots + 1)
        case ActorRegistered(kind=ActorKind.LOCAL_GOVERNMENT) as fact:
            return structs.replace(row, local_governments=[*row.local_governments, fact.actor])
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
    row=Dossier,
    keys=keys,
    empty=empty,
    evolve=evolve,
    about=lambda key: tuple(municipality_tag(code) for code in lineage(NisCode(key))),
    columns={"pilots": Column("bigint", lambda row: row.pilots)},
)
