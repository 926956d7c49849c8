"""The committer at work in an event loop: whoever calls, each request gets its one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import uuid4

import pytest
import uvloop

from domain.vocabulary import Narrative
from service.log.store import AppendRequest, EventLog, Outcome, OutcomeUnknown, Pool, Unsettled
from tests.log.between import Between
from tests.log.requests import appending, at_once, received

T = TypeVar("T")
Lossy = tuple[Between, Callable[[float], EventLog]]


async def append(log: EventLog, request: AppendRequest, pool: Pool | None = None) -> Outcome:
    """Append as the desk does: nobody waits but the loop."""
    told = asyncio.Event()
    under_way = log.begin(request, told.set)
    try:
        await asyncio.wait_for(told.wait(), log.committer.deadline)
    except TimeoutError:
        under_way.give_up()
    try:
        return under_way.settled()
    except Unsettled as unsettled:
        assert pool
        with pool.connection() as connection:
            outcome = under_way.settle(connection, unsettled)
        assert outcome
        return outcome


def in_a_loop(log: EventLog, what: Callable[[], Awaitable[T]]) -> T:
    async def moved() -> T:
        log.committer.move_to(asyncio.get_running_loop())
        try:
            return await what()
        finally:
            log.committer.move_back()

    return uvloop.run(moved())


def positions(outcomes: Sequence[Outcome | Exception]) -> list[int]:
    return sorted(o.position for o in outcomes if isinstance(o, Outcome))


def test_a_loop_and_threads_beside_it_append_together(log: EventLog) -> None:
    def threads() -> list[Outcome | Exception]:
        return at_once([lambda: log.append(appending())] * 10)

    async def both() -> list[Outcome | Exception]:
        beside = asyncio.get_running_loop().run_in_executor(None, threads)
        mine = await asyncio.gather(*(append(log, appending()) for _ in range(100)))
        return [*mine, *await beside]

    assert positions(in_a_loop(log, both)) == list(range(1, 111))
    assert log.head() == 110


def test_it_goes_from_a_thread_to_a_loop_and_back(log: EventLog) -> None:
    first = log.append(appending())
    second = in_a_loop(log, lambda: append(log, appending()))
    third = log.append(appending())
    assert positions([first, second, third]) == [1, 2, 3]


def test_what_a_loop_leaves_under_way_is_carried_out(log: EventLog, pool: Pool) -> None:
    told = []

    async def leave() -> None:
        for _ in range(10):
            log.begin(appending(), lambda: told.append(1))

    in_a_loop(log, leave)
    log.close()
    assert len(told) == 10
    with pool.connection() as connection:
        assert connection.execute("select count(*) from event").fetchone() == (10,)


def test_answers_lost_in_a_loop_leave_one_effect_each(lossy: Lossy, pool: Pool) -> None:
    network, log = lossy[0], lossy[1](30)
    network.lose_answers(3)
    requests = [appending(key=uuid4() if n % 2 else None) for n in range(20)]

    async def appends() -> list[Outcome]:
        return await asyncio.gather(*(append(log, request, pool) for request in requests))

    assert positions(in_a_loop(log, appends)) == list(range(1, 21))
    assert network.lost == 3
    assert log.head() == 20


def test_past_the_deadline_a_loop_hears_so_and_goes_on(lossy: Lossy) -> None:
    network, log = lossy[0], lossy[1](0.3)
    log.append(appending())
    request = appending(key=uuid4(), digest=b"body")

    async def appends() -> Outcome:
        network.fall_silent()
        with pytest.raises(OutcomeUnknown):
            await append(log, request)
        network.speak()
        return await append(log, appending())

    assert in_a_loop(log, appends).events
    assert log.append(request).events
    assert log.head() == 3


def test_a_loop_sends_a_large_request_bit_by_bit(lossy: Lossy) -> None:
    network, log = lossy[0], lossy[1](10)
    log.append(appending())

    async def large() -> Outcome:
        network.go_deaf()
        asyncio.get_running_loop().call_later(0.05, network.hear)
        return await append(log, appending(received(question=Narrative("x" * 1_000_000))))

    assert in_a_loop(log, large).position == 2
