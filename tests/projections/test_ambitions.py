"""Ambitions: who counts, once each, since when, until the last day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.ambitions import Counted
from domain.facts import Fact, Recorded
from domain.pilots import Decision, PilotDecided
from domain.records import EventCorrected
from domain.vocabulary import Narrative, NisCode, PilotId, Position
from projections.ambitions import APPROVALS, Ambition, Approval, Progress, progress
from projections.view import fold, touched
from tests.facts import SAMPLES, recorded, sample_id

BORSBEEK, ANTWERPEN, DEINZE = "11007", "11002", "44083"
BEGIN = datetime(2022, 1, 1, 12, tzinfo=UTC)


def approval(number: int, municipality: str, since: datetime | None = None) -> Approval:
    return Approval(
        id=sample_id("pilot", number),
        municipality=municipality,
        position=number,
        since=since or BEGIN + timedelta(days=number),
    )


def reached(
    *approvals: Approval,
    by: str = "2023-12-31",
    target: int = 2,
    counted: Counted = Counted.MUNICIPALITIES_WITH_PILOT,
) -> Progress:
    ambition = Ambition(
        id=sample_id("ambition", 1), counted=counted, target=target, by=date.fromisoformat(by)
    )
    return progress(ambition, approvals)


def test_each_municipality_counts_once_since_its_first_pilot() -> None:
    found = reached(approval(3, DEINZE), approval(1, DEINZE), approval(2, ANTWERPEN))
    assert found.count == 2
    assert [(one.id, one.by) for one in found.reached] == [(DEINZE, [1, 3]), (ANTWERPEN, [2])]
    assert found.reached[0].since == BEGIN + timedelta(days=1)
    assert found.reached_at == BEGIN + timedelta(days=2)


def test_it_is_not_reached_while_one_is_missing() -> None:
    assert reached(approval(1, DEINZE)).reached_at is None
    assert reached().count == 0


@pytest.mark.parametrize(("by", "count"), [("2024-12-31", 2), ("2025-01-01", 1)])
def test_municipalities_that_have_merged_by_the_last_day_are_one(by: str, count: int) -> None:
    found = reached(approval(1, BORSBEEK), approval(2, ANTWERPEN), by=by)
    assert found.count == count
    assert found.reached[-1].id == ANTWERPEN


@pytest.mark.parametrize(
    ("since", "count"),
    [("2023-12-31T22:59:59+00:00", 1), ("2023-12-31T23:00:00+00:00", 0)],
    ids=["the last evening in Flanders", "after midnight"],
)
def test_the_last_day_counts_whole(since: str, count: int) -> None:
    assert reached(approval(1, DEINZE, datetime.fromisoformat(since))).count == count


def test_pilots_are_counted_one_by_one() -> None:
    found = reached(approval(1, DEINZE), approval(2, DEINZE), counted=Counted.PILOTS)
    assert [one.id for one in found.reached] == [sample_id("pilot", 1), sample_id("pilot", 2)]


# Which pilots were approved.


def decided(decision: Decision) -> Fact:
    return replace(SAMPLES[PilotDecided], decision=decision)


def test_an_approved_pilot_counts_whatever_became_of_it() -> None:
    log = [
        recorded(decided(decision), position)
        for position, decision in enumerate((Decision.DEFER, Decision.APPROVE, Decision.STOP), 1)
    ]
    pilot = PilotId(sample_id("pilot", 1))
    row: Approval = fold(APPROVALS, pilot, log)
    assert (row.position, row.since) == (2, log[1].occurred_at)
    assert [touched(APPROVALS, event) for event in log] == [(), (pilot,), ()]


def test_an_approval_counts_from_the_day_to_which_it_was_corrected() -> None:
    approved = recorded(decided(Decision.APPROVE), 1)
    fix: Recorded = recorded(
        EventCorrected(
            position=Position(1),
            becomes=approved.fact,  # pyright: ignore[reportArgumentType]
            happened_at=BEGIN,
            reason=Narrative("Een dag vroeger."),
        ),
        2,
    )
    pilot = PilotId(sample_id("pilot", 1))
    assert touched(APPROVALS, fix) == (pilot,)
    row: Approval = fold(APPROVALS, pilot, [approved, fix])
    assert row.since == BEGIN
    assert NisCode(row.municipality) == "11001"
