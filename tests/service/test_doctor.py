"""The doctor: says how all stands, and finds each row that is not what the log says."""

from pathlib import Path

import pytest

from domain.facts import subject
from domain.pilots import PilotObservationRecorded
from projections import histories, pilots
from projections.catalogue import VIEWS
from projections.histories import short
from projections.rebuilding import rebuild
from service.log.store import EventLog
from service.running import Following, Service
from tests.facts import CORRECTION, PILOT, SAMPLES, STORY
from tests.projections import harness_kills
from tests.projections.told import appending, tell
from tests.service.conftest import Doctor

TABLE = pilots.VIEW.table


@pytest.fixture
def told(service: Service) -> Service:
    tell(service)
    service.projector.catch_up()
    return service


def change(service: Service, statement: str) -> None:
    with service.pool.connection() as connection:
        connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]


def wrong(lines: list[str]) -> list[str]:
    return [line.removeprefix("Wrong: ") for line in lines if line.startswith("Wrong: ")]


@pytest.mark.usefixtures("told")
def test_all_is_well_where_the_views_are_what_the_log_says(doctor: Doctor) -> None:
    code, lines = doctor("--views")
    assert (code, wrong(lines)) == (0, [])
    assert f"Log: {len(STORY)} events." in lines
    assert any(line.endswith(f"rows of {len(VIEWS)} views.") for line in lines)
    assert lines[-1] == "All is well."


def test_a_view_that_is_behind_is_no_fault(told: Service, doctor: Doctor) -> None:
    tell(told)
    code, lines = doctor("--views")
    assert (code, wrong(lines)) == (0, [])
    assert f"Views: {len(VIEWS)}, {len(VIEWS)} behind the log." in lines


def test_a_gap_in_the_log_is_found(told: Service, doctor: Doctor) -> None:
    change(told, "alter table event disable trigger only_added_to")
    change(told, "delete from event where position = 5")
    code, lines = doctor()
    assert code == 1
    assert wrong(lines) == [f"The log ends at {len(STORY)} and holds {len(STORY) - 1} events."]


def test_a_parked_view_is_told(told: Service, doctor: Doctor) -> None:
    change(
        told,
        "insert into view_parked (view, position, type, error, parked_at)"
        f" values ('{TABLE}', 7, 'a.b', 'KeyError', '2026-01-02 03:04Z')",
    )
    code, lines = doctor()
    assert code == 1
    assert wrong(lines) == [
        "The view 'pilots' stands still since 2026-01-02 03:04Z: KeyError at 7 (a.b)."
    ]


def observed(log: EventLog) -> int:
    return log.append(appending(PILOT, SAMPLES[PilotObservationRecorded])).position


def test_a_row_that_missed_an_event_differs_from_that_event_on(
    told: Service, doctor: Doctor
) -> None:
    missed = observed(told.log)
    # Somebody moved the view on without folding.
    change(told, f"update view_position set position = {missed} where view = '{TABLE}'")
    observed(told.log)
    told.projector.catch_up()
    code, lines = doctor("--views")
    assert code == 1
    assert wrong(lines) == [f"pilots {PILOT} differs from {missed} on."]
    rebuild(told.pool, Following(told.log), pilots.VIEW)
    assert doctor("--views")[0] == 0


def test_a_row_that_was_left_behind_differs_from_the_next_event_on(
    told: Service, doctor: Doctor
) -> None:
    missed = observed(told.log)
    last = observed(told.log)
    change(told, f"update view_position set position = {last} where view = '{TABLE}'")
    assert wrong(doctor("--views")[1]) == [f"pilots {PILOT} differs from {missed} on."]


def test_rows_that_are_missing_or_come_from_nowhere_are_found(
    told: Service, doctor: Doctor
) -> None:
    change(told, f"insert into {TABLE} (key, doc) values ('pilot_x', '{{}}')")
    change(told, f"delete from {TABLE} where key = '{PILOT}'")
    began = next(
        event.position for event in STORY if PILOT in str(event.fact) and "pilot" in str(event.fact)
    )
    _, lines = doctor("--views")
    found = wrong(lines)
    assert "pilots pilot_x is told by no event." in found
    assert f"pilots {PILOT} differs from {began} on." in found
    assert len(found) == 2


@pytest.mark.parametrize(
    ("position", "changed", "since"),
    [(1, "at = '2001-01-01Z'", 1), (CORRECTION.position, "corrected = null", STORY[-1].position)],
)
def test_a_line_of_a_history_differs_from_its_event_or_from_its_correction_on(
    told: Service, doctor: Doctor, position: int, changed: str, since: int
) -> None:
    thing = short(subject(STORY[position - 1].fact))
    change(
        told,
        f"update {histories.VIEW.table} set {changed}"
        f" where (thing, position) = ({thing}, {position})",
    )
    assert wrong(doctor("--views")[1]) == [f"history {thing}/{position} differs from {since} on."]


def test_a_column_that_is_not_what_the_row_says_is_found(told: Service, doctor: Doctor) -> None:
    change(told, f"update {TABLE} set status = 'nonsense' where key = '{PILOT}'")
    assert len(wrong(doctor("--views")[1])) == 1


def test_views_show_the_log_whenever_the_process_that_keeps_them_is_killed(
    database_url: str, tmp_path: Path
) -> None:
    result = harness_kills.run(database_url, tmp_path, 5)
    assert result.sound, result
    assert result.kills == 5
