"""Reflections: how professionals see their own role, from their own mandate."""

from datetime import datetime

from msgspec import structs

from domain.actors import ActorsMerged
from domain.facts import Recorded
from domain.professionals import ProfessionalRoleReflected
from projections.view import Column, Row, View, of_kind


class Reflection(Row, kw_only=True):
    professional: str = ""
    municipality: str | None = None
    mandate: str = ""
    role: str = ""
    view: str = ""
    approach: str = ""
    needs: list[str] = []
    reference: str | None = None
    reflected_at: datetime | None = None


def evolve(row: Reflection, recorded: Recorded) -> Reflection:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case ProfessionalRoleReflected() as fact:
            return structs.replace(
                row,
                professional=fact.professional,
                municipality=fact.municipality,
                mandate=fact.mandate,
                role=fact.role,
                view=fact.view,
                approach=fact.approach,
                needs=list(fact.needs),
                reference=fact.reference,
                reflected_at=recorded.occurred_at,
            )
        case ActorsMerged() as fact if fact.duplicate == row.professional:
            return structs.replace(row, professional=fact.actor)
        case _:
            return row


VIEW = View(
    name="reflections",
    row=Reflection,
    keys=of_kind("reflection"),
    empty=lambda key: Reflection(id=key),
    evolve=evolve,
    columns={
        "professional": Column("text", lambda row: row.professional),
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.reflected_at),
    },
)
