"""The projector: what an event does to one view stays with that view."""

import httpx
from msgspec import structs
from structlog.testing import capture_logs

from domain.actors import ActorRegistered
from domain.facts import API, Recorded
from domain.vocabulary import ActorId, ActorKind, Personal, UserId
from projections import actors, names
from projections.projector import Projector, positions, set_up
from projections.view import Row, View
from service.clock import system_clock
from service.ids import new_id
from service.log.store import AppendRequest
from service.running import Following, Service
from tests.conftest import Shared


def register(service: Service, name: str) -> int:
    actor = ActorId(new_id("actor"))
    fact = ActorRegistered(actor=actor, kind=ActorKind.CITIZEN, name=Personal(name))
    request = AppendRequest(
        thing=actor,
        facts=[fact],
        occurred_at=system_clock(),
        recorded_by=UserId(new_id("user")),
        source=API,
        request_id="test",
    )
    return service.log.append(request).position


def choking(row: Row, recorded: Recorded) -> Row:
    if recorded.position == 2:
        raise ArithmeticError
    return structs.replace(row, version=recorded.position)


CHOKES: View = structs.replace(names.VIEW, name="chokes", evolve=choking, row=names.VIEW.row)


def test_an_event_that_a_view_cannot_take_parks_it_and_no_other(service: Service) -> None:
    for name in ("Een", "Twee", "Drie"):
        register(service, name)
    views = (actors.VIEW, CHOKES, names.VIEW)
    with service.pool.connection() as connection:
        set_up(connection, views)
    projector = Projector(service.pool, Following(service.log), views)
    with capture_logs() as lines:
        projector.catch_up()
    assert projector.parked() == ["chokes"]
    told = [line for line in lines if line["event"] == "view_parked"]
    assert [(line["view"], line["position"]) for line in told] == [("chokes", 2)]
    with service.pool.connection() as connection:
        assert positions(connection, views) == {"actors": 3, "chokes": 0, "names": 3}


def test_ready_tells_of_parked_views(shared: Shared) -> None:
    assert httpx.get(f"{shared.address}/ready").json()["parked"] == []
