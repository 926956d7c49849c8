"""Info sessions: planned, and then held or cancelled once (rules 7 and 10)."""

import pytest

from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.info_sessions import (
    Attendance,
    CancelInfoSession,
    InfoSessionCancelled,
    InfoSessionHeld,
    InfoSessionPlanned,
    InfoSessionRescheduled,
    PlanInfoSession,
    ReportInfoSession,
    RescheduleInfoSession,
    SessionNotPlanned,
)
from domain.refusals import DatedBefore, NoSuchMunicipalityThen
from domain.vocabulary import Audience, Narrative, NisCode, SessionId
from tests.domain.scenario import LATER, day, given, on
from tests.facts import ACTORS, CITIZEN, MUNICIPALITY, SAMPLES, SESSION, sample_id

PLANNED = SAMPLES[InfoSessionPlanned]
HELD = SAMPLES[InfoSessionHeld]
CANCELLED = InfoSessionCancelled(
    session=SESSION, municipality=MUNICIPALITY, reason=Narrative("Te weinig plaats.")
)

REPORT = ReportInfoSession(
    session=SESSION,
    attendance=(Attendance(audience=Audience.CITIZENS, people=9),),
    participants=(CITIZEN,),
    questions=(Narrative("Wat kan er nog meer?"),),
)
MOVE = RescheduleInfoSession(session=SESSION, planned_at=LATER, reason=Narrative("Feestdag."))
CANCEL = CancelInfoSession(session=SESSION, reason=Narrative("Ziek."))


def plan(municipality: str = "11001") -> PlanInfoSession:
    return PlanInfoSession(
        session=SESSION,
        title=Narrative("Wat beweegt er al?"),
        municipality=NisCode(municipality),
        planned_at=LATER,
        hosts=(CITIZEN,),
    )


def test_an_info_session_is_planned() -> None:
    given(*ACTORS).when(plan()).then(as_fact(InfoSessionPlanned, plan()))


@pytest.mark.parametrize(
    ("municipality", "date", "on_that_day"),
    [("11007", "2025-01-01", "Antwerpen (11002)"), ("46029", "2024-12-31", "Lokeren (46014)")],
    ids=["merged", "not yet there"],
)
def test_it_takes_place_in_a_municipality_of_the_day(
    municipality: str, date: str, on_that_day: str
) -> None:
    refused = given(*ACTORS).when(plan(municipality), at=date).refused(NoSuchMunicipalityThen)
    assert refused.details["successor"] == on_that_day


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (MOVE, InfoSessionRescheduled),
        (REPORT, InfoSessionHeld),
        (CANCEL, InfoSessionCancelled),
    ],
)
def test_what_was_planned_is_moved_held_or_cancelled(command: Command, fact: type[Fact]) -> None:
    given(*ACTORS, PLANNED).when(command).then(as_fact(fact, command, municipality=MUNICIPALITY))


def test_what_was_moved_is_held_or_moved_on() -> None:
    moved = as_fact(InfoSessionRescheduled, MOVE, municipality=MUNICIPALITY)
    log = given(*ACTORS, PLANNED, moved)
    log.when(REPORT).then(as_fact(InfoSessionHeld, REPORT, municipality=MUNICIPALITY))
    back = RescheduleInfoSession(session=SESSION, planned_at=day("2025-06-01"))
    log.when(back).then(as_fact(InfoSessionRescheduled, back, municipality=MUNICIPALITY))
    log.when(MOVE).already_so()


@pytest.mark.parametrize("command", [MOVE, REPORT, CANCEL])
@pytest.mark.parametrize("ending", [HELD, CANCELLED])
def test_it_is_held_or_cancelled_only_once(ending: Fact, command: Command) -> None:
    given(*ACTORS, PLANNED, ending).when(command).refused(
        SessionNotPlanned, blocked_by=[len(ACTORS) + 2]
    )


@pytest.mark.parametrize("command", [MOVE, REPORT, CANCEL])
def test_it_is_not_held_before_it_was_planned(command: Command) -> None:
    given(*ACTORS, on("2025-03-01", PLANNED)).when(command, at="2025-02-01").refused(
        DatedBefore, blocked_by=[len(ACTORS) + 1]
    )


def test_what_was_never_planned_is_not_held() -> None:
    other = SessionId(sample_id("session", 90))
    given(*ACTORS, PLANNED).when(
        CancelInfoSession(session=other, reason=Narrative("Ziek."))
    ).unknown("session")
