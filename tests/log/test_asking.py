"""What is asked of the log from an event loop is what a read of it finds."""

import asyncio
from collections.abc import Sequence
from typing import Final

from eventsourcing.dcb.api import DCBQuery

from domain.facts import Recorded
from domain.vocabulary import ActorId, RequestId
from service.ids import new_id
from service.log.asking import Asking
from service.log.store import EventLog, Pool
from tests.log.requests import RECEIVED, appending, concerns, received

CLOSED: Final = "request.closed"


def asked(pool: Pool, queries: Sequence[DCBQuery]) -> tuple[list[list[Recorded]], int]:
    async def ask() -> tuple[list[list[Recorded]], int]:
        asking = await asyncio.to_thread(Asking.of, pool, asyncio.get_running_loop())
        asking.listen()
        try:
            return await asking.read(queries)
        finally:
            asking.cut()

    return asyncio.run(ask())


def test_each_query_gets_what_it_selects_and_nothing_of_its_neighbours(
    log: EventLog, pool: Pool
) -> None:
    actor, other = ActorId(new_id("actor")), ActorId(new_id("actor"))
    request = RequestId(new_id("request"))
    log.append(appending(received(request=request, asked_by=actor)))
    log.append(appending(received(asked_by=actor)))
    log.append(appending(received(asked_by=other)))
    expected = [
        ([concerns(actor, types=[RECEIVED])], [1, 2]),
        ([concerns(other, types=[CLOSED, RECEIVED])], [3]),
        ([concerns(actor, types=[CLOSED])], []),
        ([concerns(actor)], [1, 2]),
        ([concerns(actor, request, types=[RECEIVED])], [1]),
        ([concerns(request, actor)], [1]),
        ([concerns(request, other)], []),
        ([concerns(types=[RECEIVED])], [1, 2, 3]),
        ([concerns(other, types=[RECEIVED]), concerns(request, types=[RECEIVED])], [1, 3]),
        ([concerns(new_id("actor"), types=[RECEIVED])], []),
    ]
    found, head = asked(pool, [DCBQuery(items=items) for items, _ in expected])
    assert [[event.position for event in events] for events in found] == [
        which for _, which in expected
    ]
    assert head == 3


def test_of_an_empty_log_nothing_is_found(pool: Pool) -> None:
    assert asked(pool, [DCBQuery(items=[concerns(new_id("actor"))])]) == ([[]], 0)
