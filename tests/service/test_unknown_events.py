"""Events that a newer program recorded: all views wait for it, and operators are told where."""

import threading
import time
from typing import Final

import httpx
import pytest
from structlog.testing import capture_logs

from domain.facts import Fact, Undecodable, stored_name
from domain.vocabulary import ActorId, ActorKind, Personal
from projections import actors, names, pilots
from projections.catalogue import VIEWS
from projections.leases import positions
from projections.parking import parked
from projections.projector import Projector
from projections.rebuilding import nothing, rebuild
from projections.view import View
from service.clock import system_clock
from service.ids import new_id
from service.running import Following, Service
from service.standing import standing
from tests.client import Api
from tests.projections.told import appending, choking, register
from tests.service.conftest import Doctor


class ActorCelebrated(Fact, frozen=True, kw_only=True, tag="actor.celebrated"):
    """A fact of a type that comes later."""

    actor: ActorId
    speech: Personal


class ActorRegistered(Fact, frozen=True, kw_only=True, tag="actor.registered"):
    """A fact of today that means something else later, though it looks the same."""

    VERSION = 2

    actor: ActorId
    kind: ActorKind
    name: Personal


class ActorDetailsChanged(Fact, frozen=True, kw_only=True, tag="actor.details_changed"):
    """A fact of today with something that no field of it takes today."""

    actor: ActorId
    email: int


WHOM: Final = ActorId(new_id("actor"))
PATIENCE_SECONDS: Final = 30
SPEECH: Final = Personal("TELL-NOBODY")
LATER: Final = (
    ActorCelebrated(actor=WHOM, speech=SPEECH),
    ActorRegistered(actor=WHOM, kind=ActorKind.CITIZEN, name=SPEECH),
    ActorDetailsChanged(actor=WHOM, email=1234321),
)


@pytest.fixture(params=LATER, ids=["of another type", "of a later version", "of another form"])
def later(request: pytest.FixtureRequest, service: Service) -> Fact:
    """What stands third in the log, among four."""
    fact: Fact = request.param
    register(service, "Een")
    register(service, "Twee")
    service.log.append(appending(WHOM, fact))
    register(service, "Vier")
    return fact


def reached(service: Service) -> set[int]:
    with service.pool.connection() as connection:
        return set(positions(connection, VIEWS).values())


def test_all_views_come_up_to_it_and_wait(service: Service, later: Fact) -> None:
    with capture_logs() as lines:
        service.projector.catch_up()
        service.projector.catch_up()
    assert reached(service) == {2}
    with service.pool.connection() as connection:
        assert parked(connection, VIEWS) == []
    assert lines == [
        {
            "event": "views_wait",
            "log_level": "error",
            "position": 3,
            "type": stored_name(type(later)),
            "version": later.VERSION,
        }
    ]


@pytest.mark.usefixtures("later")
def test_a_view_that_lags_still_comes_up_to_it(service: Service) -> None:
    late = next(view for view in VIEWS if view.name == "pilots")
    with service.pool.connection() as connection:
        connection.execute("update view_position set position = 2 where view <> %s", [late.table])
    with capture_logs():
        service.projector.catch_up()
    assert reached(service) == {2}


@pytest.mark.usefixtures("later")
def test_an_event_before_it_that_one_view_cannot_take_parks_that_view_alone(
    service: Service,
) -> None:
    projector = Projector(
        service.pool, Following(service.log), (actors.VIEW, choking(names.VIEW, at=2))
    )
    with capture_logs():
        projector.catch_up()
    with service.pool.connection() as connection:
        assert [report.view for report in parked(connection, VIEWS)] == ["names"]
        assert positions(connection, [actors.VIEW]) == {"actors": 2}


@pytest.mark.parametrize("view", [actors.VIEW, pilots.VIEW], ids=lambda view: view.name)
def test_no_view_is_filled_past_it(service: Service, view: View) -> None:
    """Also one that does not look at facts of that type."""
    service.log.append(appending(WHOM, LATER[0]))
    with pytest.raises(Undecodable):
        rebuild(service.pool, Following(service.log), view, nothing, threading.Event())
    assert reached(service) == {0}


def test_ready_and_the_doctor_say_where_it_stands(
    service: Service, later: Fact, http: str, doctor: Doctor
) -> None:
    kind = stored_name(type(later))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while reached(service) != {2}:
        assert time.monotonic() < deadline
    assert httpx.get(f"{http}/ready").json()["waitsAt"] == {
        "position": 3,
        "type": kind,
        "version": later.VERSION,
    }
    code, lines = doctor()
    assert code == 1
    assert (
        "Wrong: All views wait. This program does not know the form of the event at 3 "
        f"({kind}, version {later.VERSION}): a newer one recorded it."
    ) in lines


def test_nothing_waits_where_all_events_are_known(service: Service) -> None:
    register(service, "Een")
    with service.pool.connection() as connection:
        assert standing(connection, VIEWS, system_clock()).waits_at is None


@pytest.mark.parametrize("fact", LATER[1:], ids=["of a later version", "of another form"])
def test_who_needs_it_is_told_what_it_is_and_nothing_of_what_it_says(
    service: Service, api: Api, fact: Fact
) -> None:
    service.log.append(appending(WHOM, fact))
    answer = api.post(f"/actors/{WHOM}/changes", {"phone": "+32 2 000 00 09"})
    assert answer.status_code == 503
    assert f"at 1 ({stored_name(type(fact))}, version" in answer.json()["detail"]
    assert "TELL-NOBODY" not in answer.text
    assert "1234321" not in answer.text
