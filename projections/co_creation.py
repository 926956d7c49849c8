"""Co-creation: a trajectory's steps, and what each brought to them."""

from datetime import datetime

from msgspec import Struct, structs

from domain.actors import ActorsMerged
from domain.co_creation import (
    CoCreationConcluded,
    CoCreationStarted,
    CoCreationStepTaken,
    Contribution,
)
from domain.facts import Recorded
from projections.view import Column, Row, View, of_kind


class Step(Struct, frozen=True, kw_only=True):
    position: int
    at: datetime
    step: str
    contributions: list[Contribution]
    result: str


class CoCreation(Row, kw_only=True):
    status: str = "running"
    challenge: str = ""
    initiatives: list[str] = []
    participants: list[str] = []
    """Those invited beside the participants of the initiatives."""
    steps: list[Step] = []
    result: str | None = None
    reference: str | None = None
    started_at: datetime | None = None
    concluded_at: datetime | None = None


def evolve(row: CoCreation, recorded: Recorded) -> CoCreation:
    row = structs.replace(row, version=recorded.position)
    at = recorded.occurred_at
    match recorded.fact:
        case CoCreationStarted() as fact:
            return structs.replace(
                row,
                challenge=fact.challenge,
                initiatives=list(fact.initiatives),
                participants=list(fact.participants),
                reference=fact.reference,
                started_at=at,
            )
        case CoCreationStepTaken() as fact:
            step = Step(
                position=recorded.position,
                at=at,
                step=fact.step,
                contributions=list(fact.contributions),
                result=fact.result,
            )
            return structs.replace(row, steps=[*row.steps, step])
        case ActorsMerged() as fact if fact.duplicate in row.participants:
            others = [a for a in row.participants if a not in (fact.duplicate, fact.actor)]
            return structs.replace(row, participants=[*others, fact.actor])
        case CoCreationConcluded() as fact:
            return structs.replace(row, status="concluded", result=fact.result, concluded_at=at)
        case _:
            return row


VIEW = View(
    name="cocreations",
    version=2,
    row=CoCreation,
    keys=of_kind("cocreation"),
    empty=lambda key: CoCreation(id=key),
    evolve=evolve,
    columns={
        "status": Column("text", lambda row: row.status, choices=("running", "concluded")),
        "initiative": Column("text[]", lambda row: row.initiatives, filter="has"),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.started_at),
    },
)
