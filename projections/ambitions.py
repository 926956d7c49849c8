"""Ambitions, and how far each has come: which places and pilots count, and since when."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct, structs

from domain.ambitions import AmbitionSet, Counted
from domain.facts import Fact, Recorded
from domain.pilots import Decision, PilotDecided
from domain.records import EventCorrected
from domain.register import code_on
from domain.vocabulary import NisCode
from projections.sentences import BRUSSELS
from projections.view import Column, Row, View, of_kind


class Ambition(Row, kw_only=True):
    statement: str = ""
    counted: str = ""
    target: int = 0
    by: date | None = None
    reference: str | None = None
    set_at: datetime | None = None


def evolve(row: Ambition, recorded: Recorded) -> Ambition:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case AmbitionSet() as fact:
            return structs.replace(
                row,
                statement=fact.statement,
                counted=fact.counted,
                target=fact.target,
                by=fact.by,
                reference=fact.reference,
                set_at=recorded.occurred_at,
            )
        case _:
            return row


class Approval(Row, kw_only=True):
    """A pilot that was approved, whatever became of it."""

    municipality: str = ""
    position: int = 0
    since: datetime | None = None


def _approves(fact: Fact) -> bool:
    told = fact.becomes if isinstance(fact, EventCorrected) else fact
    return isinstance(told, PilotDecided) and told.decision is Decision.APPROVE


def _approved(fact: Fact, _position: int) -> Iterable[str]:
    return of_kind("pilot")(fact, _position) if _approves(fact) else ()


def approve(row: Approval, recorded: Recorded) -> Approval:
    row = structs.replace(row, version=recorded.position)
    match recorded.fact:
        case PilotDecided() as fact:
            return structs.replace(
                row,
                municipality=fact.municipality,
                position=recorded.position,
                since=recorded.occurred_at,
            )
        case _:
            return row


# How far it has come.


class Reached(Struct, frozen=True, kw_only=True):
    """One that counts: a municipality by the code that it has on the last day, or a pilot."""

    id: str
    since: datetime
    by: list[int]
    """Positions of the decisions by which it counts."""
    at: date
    """The day in Flanders on which it came to count."""


class Progress(Struct, frozen=True, kw_only=True, rename="camel"):
    count: int
    target: int
    reached_at: datetime | None
    """When there were enough."""
    reached: list[Reached]
    """In the order in which they came."""


def progress(ambition: Ambition, approvals: Sequence[Approval]) -> Progress:
    """How far an ambition has come, out of all pilots that were approved."""
    found: dict[str, Reached] = {}
    for approval in sorted(approvals, key=lambda one: (str(one.since), one.position)):
        if approval.since is None or ambition.by is None:
            continue
        day = approval.since.astimezone(BRUSSELS).date()
        if day > ambition.by:
            continue
        key = _counted(ambition, approval, ambition.by)
        before = found.get(key)
        found[key] = (
            structs.replace(before, by=[*before.by, approval.position])
            if before
            else Reached(id=key, since=approval.since, by=[approval.position], at=day)
        )
    reached = list(found.values())
    enough = len(reached) >= ambition.target
    return Progress(
        count=len(reached),
        target=ambition.target,
        reached_at=reached[ambition.target - 1].since if enough else None,
        reached=reached,
    )


def _counted(ambition: Ambition, approval: Approval, by: date) -> str:
    """What is counted once: municipalities that have merged by the last day are one."""
    if ambition.counted == Counted.PILOTS:
        return approval.id
    return code_on(NisCode(approval.municipality), by)


VIEW = View(
    name="ambitions",
    row=Ambition,
    keys=of_kind("ambition"),
    empty=lambda key: Ambition(id=key),
    evolve=evolve,
    columns={
        "counted": Column("text", lambda row: row.counted, choices=tuple(Counted)),
        "by": Column("date", lambda row: row.by),
        "reference": Column("text", lambda row: row.reference),
        "at": Column("timestamptz", lambda row: row.set_at),
    },
)

APPROVALS = View(
    name="approvals",
    row=Approval,
    keys=_approved,
    empty=lambda key: Approval(id=key),
    evolve=approve,
    facts=frozenset({PilotDecided, EventCorrected}),
    columns={"municipality": Column("text", lambda row: row.municipality)},
)
