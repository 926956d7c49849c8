"""The projector: what an event does to one view stays with that view, and is told to all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx
import pytest
from msgspec import structs
from psycopg import sql
from structlog.testing import capture_logs

from domain.conversations import FACTS
from domain.facts import Recorded, subject, tags
from domain.records import EventCorrected
from projections import actors, histories, names
from projections.catalogue import VIEWS
from projections.leases import positions
from projections.parking import Parked, parked
from projections.projector import Projector
from projections.rows import row_from, telling
from projections.tables import key_of
from projections.view import Key, View, fold, looked_at, touched
from service.clock import system_clock
from service.running import Following, Service
from service.standing import standing
from tests.bench.parts.catching_up import Interleaving
from tests.facts import CORRECTION, SAMPLES, recorded
from tests.projections.told import choking, register, tell

POISONED = (actors.VIEW, choking(names.VIEW, at=2))


@pytest.fixture
def poisoned(service: Service) -> Projector:
    """A projector with a view that choked on the second of three events."""
    for name in ("Een", "Twee", "Drie"):
        register(service, name)
    projector = Projector(service.pool, Following(service.log), POISONED)
    with capture_logs() as lines:
        projector.catch_up()
    told = [line for line in lines if line["event"] == "view_parked"]
    assert [(line["view"], line["position"]) for line in told] == [("names", 2)]
    return projector


def reports(service: Service) -> list[Parked]:
    with service.pool.connection() as connection:
        return parked(connection, VIEWS)


def reached(service: Service) -> dict[str, int]:
    with service.pool.connection() as connection:
        return positions(connection, POISONED)


@pytest.mark.usefixtures("poisoned")
def test_an_event_that_a_view_cannot_take_parks_it_and_no_other(service: Service) -> None:
    assert reached(service) == {"actors": 3, "names": 0}
    (report,) = reports(service)
    assert (report.view, report.position, report.type, report.error) == (
        "names",
        2,
        "actor.registered",
        "ArithmeticError",
    )
    assert "TELL-NOBODY" not in str(report)


def test_a_correction_that_a_view_cannot_take_leaves_no_row_of_its_batch(service: Service) -> None:
    choked = choking(histories.VIEW, at=tell(service))
    Projector(service.pool, Following(service.log), [choked]).catch_up()
    assert [report.view for report in reports(service)] == ["history"]
    assert rows(service, histories.VIEW) == {}


@pytest.mark.usefixtures("poisoned")
def test_a_parked_view_is_left_alone_by_other_projectors_until_one_starts(
    service: Service,
) -> None:
    service.projector.catch_up()
    assert reached(service) == {"actors": 3, "names": 0}
    service.projector.start()
    try:
        while reached(service)["names"] < 3:
            pass
    finally:
        service.projector.stop()
    assert reports(service) == []


def test_a_view_whose_rows_cannot_be_stored_is_parked_and_no_other(service: Service) -> None:
    register(service, "Een")
    with service.pool.connection() as connection:
        connection.execute(f"alter table {names.VIEW.table} add check (kind <> 'actor')")  # pyright: ignore[reportArgumentType, reportCallIssue]
    with capture_logs():
        service.projector.catch_up()
    (report,) = reports(service)
    assert (report.view, report.position, report.error) == ("names", None, "CheckViolation")
    assert reached(service) == {"actors": 1, "names": 0}


@pytest.mark.usefixtures("poisoned")
def test_how_far_behind_each_view_is_is_known(service: Service) -> None:
    with service.pool.connection() as connection:
        now = standing(connection, VIEWS, system_clock())
    by_name = {lag.view: lag for lag in now.views}
    assert (now.head, by_name["names"].events, by_name["actors"].events) == (3, 3, 0)
    assert by_name["names"].seconds > 0


# Who serves HTTP tries again what was parked: there it is behind for a moment only.
@pytest.mark.usefixtures("poisoned")
def test_ready_and_metrics_tell_where_the_log_stands_and_of_each_view(http: str) -> None:
    assert httpx.get(f"{http}/ready").json()["position"] == 3
    lines = httpx.get(f"{http}/metrics").text.splitlines()
    assert "aanzet_log_position 3" in lines
    assert "aanzet_up 1" in lines
    assert any(line.startswith('aanzet_view_lag_seconds{view="names"} ') for line in lines)


def test_ready_and_metrics_tell_of_parked_views(http: str, service: Service) -> None:
    register(service, "Een")
    with service.pool.connection() as connection:
        connection.execute(
            "insert into view_parked (view, position, type, error) values (%s, 7, 'a.b', 'E')",
            [names.VIEW.table],
        )
    (report,) = httpx.get(f"{http}/ready").json()["parked"]
    assert (report["view"], report["position"], report["type"]) == ("names", 7, "a.b")
    lines = httpx.get(f"{http}/metrics").text.splitlines()
    assert 'aanzet_view_parked{view="names"} 1' in lines
    assert 'aanzet_view_parked{view="actors"} 0' in lines


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_looks_at_every_type_of_fact_that_touches_it(view: View) -> None:
    facts = looked_at(view)
    touching = {fact for fact in FACTS if touched(view, recorded(SAMPLES[fact], 1))}
    assert touching
    assert facts is None or touching <= facts


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_looks_at_corrections_and_at_all_that_they_may_correct(view: View) -> None:
    facts = looked_at(view)
    becoming = {
        fact
        for fact in FACTS
        if fact is not EventCorrected
        and touched(view, recorded(structs.replace(CORRECTION, becomes=SAMPLES[fact]), 2))
    }
    assert facts is None or becoming | {EventCorrected} <= facts


def test_names_looks_at_every_fact_that_may_give_one() -> None:
    """Also at one that only sometimes does, as its sample may not."""
    samples = [
        structs.replace(fact, **{name: "Naam" for name in ("name", "title") if hasattr(fact, name)})
        for fact in SAMPLES.values()
    ]
    assert {type(fact) for fact in samples if names.told(fact)} == names.NAMING


@pytest.mark.parametrize("at_once", [1, 7, 60, 1000])
def test_however_the_log_is_cut_rows_are_those_of_the_fold_of_all_of_it(
    service: Service, at_once: int
) -> None:
    Interleaving(open_cases=5).append_to(service.log, 500)
    Projector(service.pool, Following(service.log), VIEWS, at_once).catch_up()
    log = service.log.read(unsealed=True).events
    by_tag: defaultdict[str, list[Recorded]] = defaultdict(list)
    for event in log:
        for tag in tags(event.fact):
            by_tag[tag].append(event)
    assert sum(isinstance(event.fact, EventCorrected) for event in log) > 1
    for view in VIEWS:
        keys = {key for event in log for key in touched(view, event)}
        about = {key: _about(view, key, by_tag, log) for key in keys}
        assert rows(service, view) == {key: fold(view, key, about[key]) for key in keys}, view.name


def _about(
    view: View, key: Any, by_tag: Mapping[str, list[Recorded]], log: Sequence[Recorded]
) -> Sequence[Recorded]:
    if not view.once:
        return _in_order(by_tag, view.about(key))
    # What its event is about; those that touch it are among these.
    event = log[key[view.key.index("position")] - 1]
    return by_tag[subject(event.fact)]


def _in_order(by_tag: Mapping[str, list[Recorded]], wanted: Iterable[str]) -> list[Recorded]:
    found = {event.position: event for tag in wanted for event in by_tag[tag]}
    return [found[position] for position in sorted(found)]


def rows(service: Service, view: View) -> dict[Key, Any]:
    """The rows that the table of a view has."""
    key, names = key_of(view), (*key_of(view), *telling(view))
    with service.pool.connection() as connection:
        found = connection.execute(
            sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(view.table)
            )
        ).fetchall()
    return {
        values[: len(key)] if view.key else values[0]: row_from(view, values[len(key) :])
        for values in found
    }
