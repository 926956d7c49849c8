"""Support requests as they stand: what is open, overdue, whose, where."""

from datetime import date, datetime

from msgspec import structs

from domain.actors import ActorsMerged
from domain.facts import Recorded
from domain.support_requests import (
    SupportRequestAnswered,
    SupportRequestAssigned,
    SupportRequestClosed,
    SupportRequestDeclined,
    SupportRequestHandled,
    SupportRequestLinked,
    SupportRequestReceived,
    SupportRequestReopened,
    SupportRequestTriaged,
    SupportRequestWithdrawn,
)
from domain.vocabulary import Track
from projections.full_text import plain
from projections.months import MONTH
from projections.view import Column, Row, View, of_kind


class SupportRequest(Row, kw_only=True):
    status: str = "received"
    asked_by: str = ""
    audience: str = ""
    question: str = ""
    municipality: str = ""
    channel: str = ""
    received_at: datetime | None = None
    due_on: date | None = None
    reference: str | None = None
    track: str | None = None
    starts_from: str | None = None
    assignee: str | None = None
    initiatives: list[str] = []
    steps: int = 0
    answer: str | None = None
    examples: list[str] = []
    """Those of the catalogue that the answer points to."""
    outcome: str | None = None
    ended_at: datetime | None = None


STATUSES = ("received", "triaged", "answered", "declined", "withdrawn", "closed")
OPEN = frozenset(STATUSES[:3])


def evolve(row: SupportRequest, recorded: Recorded) -> SupportRequest:
    row = structs.replace(row, version=recorded.position)
    at = recorded.occurred_at
    match recorded.fact:
        case SupportRequestReceived() as fact:
            return structs.replace(
                row,
                status="received",
                asked_by=fact.asked_by,
                audience=fact.audience,
                question=fact.question,
                municipality=fact.municipality,
                channel=fact.channel,
                received_at=at,
                due_on=fact.due_on,
                reference=fact.reference,
            )
        case SupportRequestTriaged() as fact:
            return structs.replace(
                row, status="triaged", track=fact.track, starts_from=fact.starts_from
            )
        case ActorsMerged() as fact:
            return _merged(row, fact)
        case SupportRequestAssigned() as fact:
            return structs.replace(row, assignee=fact.assignee)
        case SupportRequestHandled():
            return structs.replace(row, steps=row.steps + 1)
        case SupportRequestLinked() as fact:
            return structs.replace(row, initiatives=[*row.initiatives, fact.initiative])
        case SupportRequestAnswered() as fact:
            return structs.replace(
                row, status="answered", answer=fact.answer, examples=list(fact.examples)
            )
        case SupportRequestDeclined():
            return structs.replace(row, status="declined", ended_at=at)
        case SupportRequestWithdrawn():
            return structs.replace(row, status="withdrawn", ended_at=at)
        case SupportRequestClosed() as fact:
            return structs.replace(row, status="closed", outcome=fact.outcome, ended_at=at)
        case SupportRequestReopened():
            return structs.replace(row, status="received", outcome=None, ended_at=None)
        case _:
            return row


def _merged(row: SupportRequest, fact: ActorsMerged) -> SupportRequest:
    if row.asked_by == fact.duplicate:
        row = structs.replace(row, asked_by=fact.actor)
    return structs.replace(row, assignee=fact.actor) if row.assignee == fact.duplicate else row


VIEW = View(
    name="requests",
    version=4,
    row=SupportRequest,
    keys=of_kind("request"),
    empty=lambda key: SupportRequest(id=key),
    evolve=evolve,
    columns={
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "status": Column("text", lambda row: row.status, choices=STATUSES),
        "open": Column("boolean", lambda row: row.status in OPEN),
        "track": Column("text", lambda row: row.track, choices=tuple(Track)),
        "assignee": Column("text", lambda row: row.assignee),
        "askedBy": Column("text", lambda row: row.asked_by),
        "reference": Column("text", lambda row: row.reference),
        "q": Column(
            "text", lambda row: plain(f"{row.question} {row.answer or ''}"), filter="words"
        ),
        "dueOn": Column("date", lambda row: row.due_on),
        "at": Column("timestamptz", lambda row: row.received_at),
    },
    by_month=True,
    beside=("municipality", "status", "open", "track", "assignee", "dueOn", "at", MONTH),
    indexes=(
        ("q",),
        ("reference",),
        ("askedBy",),
        # What is asked of very many is counted in these, which have each combination once.
        ("status", "track", "municipality", "open"),
        (MONTH, "status", "track", "municipality", "open"),
        ("at",),
        ("dueOn",),
        ("status", "at"),
        ("municipality", "at"),
        ("assignee", "at"),
        # Few of many are open, and those are asked for most.
        ("open", "at"),
        ("open", "dueOn"),
        ("open", "status", "at"),
        ("open", "municipality", "at"),
        ("open", "assignee", "at"),
        ("open", "q"),
    ),
)
