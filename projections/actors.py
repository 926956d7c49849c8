"""Actors as they are known: what they are, and how they are reached."""

from datetime import datetime
from typing import Any

from msgspec import Struct, structs

from domain.actors import ActorDetailsChanged, ActorRegistered, ActorsMerged
from domain.facts import Recorded
from domain.vocabulary import ActorKind
from projections.view import Column, Row, View, of_kind


class Contact(Struct, frozen=True, kw_only=True, rename="camel"):
    """How somebody is reached: for staff and for the actor, never for others."""

    email: str | None = None
    phone: str | None = None
    policy_maker: str | None = None
    policy_staff: str | None = None


class Actor(Row, kw_only=True):
    kind: str = ""
    name: str = ""
    organisation: str | None = None
    sector: str | None = None
    mandate: str | None = None
    vcode: str | None = None
    enterprise_number: str | None = None
    nis: str | None = None
    reference: str | None = None
    contact: Contact = Contact()
    merged_into: str | None = None
    """As whom it goes on, if it was a duplicate."""
    merged_from: list[str] = []
    """The duplicates that go on as this actor."""
    registered_at: datetime | None = None


def evolve(row: Actor, recorded: Recorded) -> Actor:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case ActorRegistered() as fact:
            return structs.replace(
                _detailed(row, fact),
                kind=fact.kind,
                vcode=fact.vcode,
                enterprise_number=fact.enterprise_number,
                nis=fact.nis,
                reference=fact.reference,
                registered_at=recorded.occurred_at,
            )
        case ActorDetailsChanged() as fact:
            return _detailed(row, fact)
        case ActorsMerged() as fact:
            return _merged(row, fact)
        case _:
            return row


def _merged(row: Actor, fact: ActorsMerged) -> Actor:
    if row.id != fact.actor:
        return structs.replace(row, merged_into=fact.actor, merged_from=[])
    return structs.replace(
        row,
        merged_from=[*row.merged_from, fact.duplicate, *fact.formerly],
        vcode=row.vcode or fact.vcode,
        enterprise_number=row.enterprise_number or fact.enterprise_number,
    )


def _detailed(row: Actor, fact: ActorRegistered | ActorDetailsChanged) -> Actor:
    """The row with the details that the fact states; what it leaves out stays."""
    contact = structs.replace(row.contact, **_stated(fact, Contact.__struct_fields__))
    details = _stated(fact, ("name", "organisation", "sector", "mandate"))
    return structs.replace(row, contact=contact, **details)


def _stated(fact: Struct, fields: tuple[str, ...]) -> dict[str, Any]:
    values = {field: getattr(fact, field) for field in fields}
    return {field: value for field, value in values.items() if value is not None}


VIEW = View(
    name="actors",
    version=2,
    row=Actor,
    keys=of_kind("actor"),
    empty=lambda key: Actor(id=key),
    evolve=evolve,
    columns={
        "kind": Column("text", lambda row: row.kind, choices=tuple(ActorKind)),
        "nis": Column("text", lambda row: row.nis),
        "vcode": Column("text", lambda row: row.vcode),
        "enterpriseNumber": Column("text", lambda row: row.enterprise_number),
        "reference": Column("text", lambda row: row.reference),
        "mergedInto": Column("text", lambda row: row.merged_into),
        "at": Column("timestamptz", lambda row: row.registered_at),
    },
)
