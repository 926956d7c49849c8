"""What was learnt, across all cases: a row for each event that teaches something.

Where an initiative stands and on which themes it works is told by other events, and changes: who
reads puts it in, see projections/timeline.py.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, structs

from domain.blueprints import BlueprintStatementAdded
from domain.days import day_of
from domain.facts import Fact, Recorded, subject
from domain.outcomes import OutcomeHarvested, OutcomeVerified
from domain.pilots import LessonLearned, PilotDecided, PilotObservationRecorded
from domain.professionals import ProfessionalRoleReflected
from domain.records import EventCorrected
from domain.workshops import (
    Answer,
    InsightRecorded,
    RenewedApproachSetAside,
    RenewedApproachTakenUp,
)
from projections.full_text import plain
from projections.names import pseudonym
from projections.view import Column, View


class Kind(StrEnum):
    """What kind of thing was learnt."""

    LESSON = "lesson"
    OUTCOME = "outcome"
    VERIFICATION = "verification"
    DECISION = "decision"
    INSIGHT = "insight"
    OBSERVATION = "observation"
    APPROACH = "approach"
    """A renewed approach that was taken up or set aside."""
    REFLECTION = "reflection"
    STATEMENT = "statement"


TEACHES: Final[tuple[type[Fact], ...]] = (
    LessonLearned,
    OutcomeHarvested,
    OutcomeVerified,
    PilotDecided,
    InsightRecorded,
    PilotObservationRecorded,
    RenewedApproachTakenUp,
    RenewedApproachSetAside,
    ProfessionalRoleReflected,
    BlueprintStatementAdded,
)
"""Evaluators may see each of these; none is ever internal."""


class Learnt(Struct, kw_only=True, rename="camel"):
    thing: str
    """What the event tells about: a lesson, an outcome, a pilot, a workshop, …"""
    position: int
    kind: Kind | None = None
    at: datetime | None = None
    text: str = ""
    more: list[str] = []
    """What it says besides, such as the conditions of a decision."""
    sources: list[str] = []
    """Who or what told of an outcome: often people by name, so that evaluators are not told."""
    decision: str | None = None
    verdict: str | None = None
    answer: str | None = None
    indicator: str | None = None
    value: str | None = None
    unit: str | None = None
    evidence: list[int] = []
    """Positions of the events that it rests on."""
    lessons: list[str] = []
    """Those that a statement cites."""
    initiatives: list[str] = []
    pilots: list[str] = []
    workshop: str | None = None
    municipality: str | None = None
    """As the event itself states it."""
    learnt_by: list[str] = []
    corrected: bool = False


def keys(fact: Fact, position: int) -> Iterable[str]:
    """The position first, so that rows of one moment stand in the order of the log."""
    told, at = (
        (fact.becomes, fact.position) if isinstance(fact, EventCorrected) else (fact, position)
    )
    return (f"{at:016}/{subject(told)}",) if isinstance(told, TEACHES) else ()


def empty(key: str) -> Learnt:
    position, _, thing = key.partition("/")
    return Learnt(thing=thing, position=int(position))


def evolve(row: Learnt, recorded: Recorded) -> Learnt:
    fact = recorded.fact
    if isinstance(fact, EventCorrected):
        return structs.replace(row, corrected=True)
    told = {"learnt_by": _behalf(recorded), **_taught(fact), **_known(fact)}
    return structs.replace(row, at=recorded.occurred_at, **told)


def _behalf(recorded: Recorded) -> list[str]:
    return [recorded.on_behalf_of] if recorded.on_behalf_of else []


def _taught(fact: Fact) -> dict[str, Any]:
    match fact:
        case LessonLearned():
            return _said(Kind.LESSON, fact.learnt, fact.learnt_by) | {
                "evidence": list(fact.evidence)
            }
        case OutcomeHarvested():
            more = [fact.significance, fact.contribution]
            said = _said(Kind.OUTCOME, fact.description, (fact.harvested_by,), more)
            return said | {"sources": list(fact.sources)}
        case OutcomeVerified():
            said = _said(Kind.VERIFICATION, fact.note or "", (fact.verified_by,))
            return said | {"verdict": fact.verdict}
        case PilotDecided():
            said = _said(Kind.DECISION, fact.motivation, fact.deciders, fact.conditions)
            return said | {"decision": fact.decision, "evidence": list(fact.evidence)}
        case InsightRecorded():
            voiced_by = (fact.voiced_by,) if fact.voiced_by else ()
            return _said(Kind.INSIGHT, fact.insight, voiced_by)
        case PilotObservationRecorded():
            text = f"{fact.indicator}: {fact.value} {fact.unit}".rstrip()
            measured = {"indicator": fact.indicator, "value": fact.value, "unit": fact.unit}
            return {"kind": Kind.OBSERVATION, "text": text, **measured}
        case RenewedApproachTakenUp():
            said = _said(Kind.APPROACH, fact.reason, (fact.answered_by,))
            return said | {"answer": Answer.TAKEN_UP}
        case RenewedApproachSetAside():
            said = _said(Kind.APPROACH, fact.reason, (fact.answered_by,))
            return said | {"answer": Answer.SET_ASIDE}
        case ProfessionalRoleReflected():
            more = [fact.mandate, fact.view, fact.approach, *fact.needs]
            return _said(Kind.REFLECTION, fact.role, (fact.professional,), more)
        case BlueprintStatementAdded():
            return _said(Kind.STATEMENT, fact.statement) | {"lessons": list(fact.lessons)}
        case _:
            return {}


def _said(
    kind: Kind, text: str, learnt_by: Iterable[str] = (), more: Iterable[str] = ()
) -> dict[str, Any]:
    named = list(learnt_by)
    return {"kind": kind, "text": text, "more": list(more)} | (
        {"learnt_by": named} if named else {}
    )


def _known(fact: Any) -> dict[str, Any]:  # noqa: ANN401 - each fact names some of these
    """The things that a fact names, whether it names one or many."""
    pilot, initiative = getattr(fact, "pilot", None), getattr(fact, "initiative", None)
    return {
        "initiatives": [initiative] if initiative else list(getattr(fact, "initiatives", ())),
        "pilots": [pilot] if pilot else list(getattr(fact, "pilots", ())),
        "workshop": getattr(fact, "workshop", None),
        "municipality": getattr(fact, "municipality", None),
    }


def day(row: Learnt) -> date | None:
    return None if row.at is None else day_of(row.at)


def year(row: Learnt) -> int | None:
    return None if row.at is None else day_of(row.at).year


VIEW = View(
    name="learning",
    version=3,
    row=Learnt,
    keys=keys,
    empty=empty,
    evolve=evolve,
    facts=frozenset({*TEACHES, EventCorrected}),
    about=lambda key: (key.partition("/")[2],),
    columns={
        "at": Column("timestamptz", lambda row: row.at),
        "position": Column("bigint", lambda row: row.position),
        "day": Column("date", day),
        "year": Column("bigint", year),
        "kind": Column("text", lambda row: row.kind),
        "thing": Column("text", lambda row: row.thing),
        "text": Column("text", lambda row: row.text),
        "more": Column("text[]", lambda row: row.more),
        "sources": Column("text[]", lambda row: row.sources),
        "decision": Column("text", lambda row: row.decision),
        "verdict": Column("text", lambda row: row.verdict),
        "answer": Column("text", lambda row: row.answer),
        "indicator": Column("text", lambda row: row.indicator),
        "value": Column("text", lambda row: row.value),
        "unit": Column("text", lambda row: row.unit),
        "evidence": Column("text[]", lambda row: [str(position) for position in row.evidence]),
        "lessons": Column("text[]", lambda row: row.lessons),
        "initiatives": Column("text[]", lambda row: row.initiatives, filter="has"),
        "pilots": Column("text[]", lambda row: row.pilots, filter="has"),
        "workshop": Column("text", lambda row: row.workshop),
        "municipality": Column("text", lambda row: row.municipality, filter="place"),
        "learntBy": Column("text[]", lambda row: row.learnt_by),
        "pseudonyms": Column("text[]", lambda row: list(map(pseudonym, row.learnt_by))),
        "corrected": Column("boolean", lambda row: row.corrected),
        "q": Column("text", lambda row: plain(" ".join((row.text, *row.more))), filter="words"),
    },
    indexes=(
        ("at", "position"),
        ("year", "at", "position"),
        ("kind", "at", "position"),
        ("municipality", "at", "position"),
        ("initiatives",),
        ("pilots",),
        ("q",),
    ),
)
