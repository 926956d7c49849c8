"""Info sessions: what is planned, what was asked and told."""

from datetime import datetime

from msgspec import structs

from domain.facts import Recorded
from domain.info_sessions import (
    Attendance,
    InfoSessionCancelled,
    InfoSessionHeld,
    InfoSessionPlanned,
    InfoSessionRescheduled,
)
from projections.view import Column, Row, View, of_kind


class InfoSession(Row, kw_only=True):
    status: str = "planned"
    title: str = ""
    municipality: str = ""
    planned_at: datetime | None = None
    hosts: list[str] = []
    attendance: list[Attendance] = []
    participants: list[str] = []
    questions: list[str] = []
    examples_told: list[str] = []
    examples: list[str] = []
    """Those of the catalogue that were told."""
    reason: str | None = None
    """Why it was cancelled."""
    reference: str | None = None
    announced_at: datetime | None = None


def evolve(row: InfoSession, recorded: Recorded) -> InfoSession:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case InfoSessionPlanned() as fact:
            return structs.replace(
                row,
                title=fact.title,
                municipality=fact.municipality,
                planned_at=fact.planned_at,
                hosts=list(fact.hosts),
                reference=fact.reference,
                announced_at=recorded.occurred_at,
            )
        case InfoSessionRescheduled() as fact:
            return structs.replace(row, planned_at=fact.planned_at)
        case InfoSessionHeld() as fact:
            return structs.replace(
                row,
                status="held",
                attendance=list(fact.attendance),
                participants=list(fact.participants),
                questions=list(fact.questions),
                examples_told=list(fact.examples_told),
                examples=list(fact.examples),
            )
        case InfoSessionCancelled() as fact:
            return structs.replace(row, status="cancelled", reason=fact.reason)
        case _:
            return row


VIEW = View(
    name="sessions",
    version=2,
    row=InfoSession,
    keys=of_kind("session"),
    empty=lambda key: InfoSession(id=key),
    evolve=evolve,
    columns={
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "status": Column("text", lambda row: row.status, choices=("planned", "held", "cancelled")),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.announced_at),
    },
)
