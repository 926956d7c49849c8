"""Workshops: the questions they start from, what they gave, what became of the approach."""

from datetime import datetime

from msgspec import Struct, structs

from domain.facts import Recorded
from domain.workshops import (
    Answer,
    InsightRecorded,
    RenewedApproachProposed,
    RenewedApproachSetAside,
    RenewedApproachTakenUp,
    StartingQuestion,
    ToolHandedOver,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopPlanned,
    WorkshopRescheduled,
)
from projections.view import Column, Row, View, of_kind


class Insight(Struct, frozen=True, kw_only=True, rename="camel"):
    insight: str
    voiced_by: str | None


class Tool(Struct, frozen=True, kw_only=True, rename="camel"):
    tool: str
    received_by: list[str]


class Approach(Struct, frozen=True, kw_only=True, rename="camel"):
    """A renewed approach, and what the initiative answered."""

    id: str
    initiative: str
    proposal: str
    answer: str | None = None
    answered_by: str | None = None
    reason: str | None = None


class Workshop(Row, kw_only=True):
    status: str = "planned"
    title: str = ""
    initiatives: list[str] = []
    municipality: str = ""
    planned_at: datetime | None = None
    participants: list[str] = []
    """Those expected; once it was held, those who were there."""
    attendance: int | None = None
    questions: list[StartingQuestion] = []
    insights: list[Insight] = []
    tools: list[Tool] = []
    approaches: list[Approach] = []
    reason: str | None = None
    """Why it was cancelled."""
    reference: str | None = None
    announced_at: datetime | None = None


def evolve(row: Workshop, recorded: Recorded) -> Workshop:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case WorkshopPlanned() as fact:
            return structs.replace(
                row,
                title=fact.title,
                initiatives=list(fact.initiatives),
                municipality=fact.municipality,
                planned_at=fact.planned_at,
                participants=list(fact.participants),
                questions=list(fact.questions),
                reference=fact.reference,
                announced_at=recorded.occurred_at,
            )
        case WorkshopRescheduled() as fact:
            return structs.replace(row, planned_at=fact.planned_at)
        case WorkshopHeld() as fact:
            present = list(fact.participants)
            return structs.replace(
                row, status="held", participants=present, attendance=fact.attendance
            )
        case WorkshopCancelled() as fact:
            return structs.replace(row, status="cancelled", reason=fact.reason)
        case InsightRecorded() as fact:
            insight = Insight(insight=fact.insight, voiced_by=fact.voiced_by)
            return structs.replace(row, insights=[*row.insights, insight])
        case ToolHandedOver() as fact:
            tool = Tool(tool=fact.tool, received_by=list(fact.received_by))
            return structs.replace(row, tools=[*row.tools, tool])
        case RenewedApproachProposed() as fact:
            approach = Approach(
                id=fact.approach, initiative=fact.initiative, proposal=fact.proposal
            )
            return structs.replace(row, approaches=[*row.approaches, approach])
        case RenewedApproachTakenUp() as fact:
            return _answered(row, fact, Answer.TAKEN_UP)
        case RenewedApproachSetAside() as fact:
            return _answered(row, fact, Answer.SET_ASIDE)
        case _:
            return row


def _answered(
    row: Workshop, fact: RenewedApproachTakenUp | RenewedApproachSetAside, answer: Answer
) -> Workshop:
    approaches = [
        structs.replace(approach, answer=answer, answered_by=fact.answered_by, reason=fact.reason)
        if approach.id == fact.approach
        else approach
        for approach in row.approaches
    ]
    return structs.replace(row, approaches=approaches)


VIEW = View(
    name="workshops",
    row=Workshop,
    keys=of_kind("workshop"),
    empty=lambda key: Workshop(id=key),
    evolve=evolve,
    columns={
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "status": Column("text", lambda row: row.status, choices=("planned", "held", "cancelled")),
        "initiative": Column("text[]", lambda row: row.initiatives, filter="has"),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.announced_at),
    },
)
