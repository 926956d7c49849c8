"""The desk: commands of many requests at once, each with its own answer."""

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any
from uuid import uuid4

import pytest

from service.commands import Course, Handler, Intent, Lookup
from service.desk import Desk
from service.log.store import LogBusy, Outcome
from service.running import Service
from tests.log.requests import appending


class Courses(Handler):
    """Goes through courses that a test tells; an intent is the name of one."""

    def __init__(self, **courses: Callable[[], Course]) -> None:
        self._courses = courses

    def course(self, intent: Any) -> Course:
        return self._courses[intent]()


def ask(desk: Desk, *names: Any) -> list[Outcome | BaseException]:
    """What becomes of commands that are asked for at the same moment."""

    async def together() -> list[Outcome | BaseException]:
        asked: list[Intent] = list(names)
        return await asyncio.gather(*map(desk.carry_out, asked), return_exceptions=True)

    return asyncio.run(together())


def append() -> Course:
    return (yield appending())


@pytest.fixture
def hasty(service: Service) -> Generator[Callable[..., Desk]]:
    """Makes desks whose log waits for a moment only."""
    service.log.committer.deadline = 0.3
    desks: list[Desk] = []

    def make(**courses: Callable[[], Course]) -> Desk:
        desks.append(Desk(Courses(**courses), service.log, service.pool))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


def test_what_is_given_up_while_it_is_decided_is_not_appended(
    service: Service, hasty: Callable[..., Desk]
) -> None:
    told = threading.Event()

    def slow() -> Course:
        told.wait()
        return (yield appending())

    desk = hasty(slow=slow)
    (answer,) = ask(desk, "slow")
    assert isinstance(answer, LogBusy)
    told.set()
    desk.close()
    assert service.log.head() == 0


def test_who_holds_all_connections_of_the_pool_does_not_hold_up_commands(
    service: Service, hasty: Callable[..., Desk]
) -> None:
    def look_up() -> Course:
        known = yield Lookup(uuid4(), b"")
        assert known is None
        return (yield appending())

    service.log.committer.deadline = 10
    desk = hasty(look_up=look_up, append=append)
    taken = [service.pool.getconn() for _ in range(service.pool.max_size)]
    answers = ask(desk, "look_up", "append", "append")
    for connection in taken:
        service.pool.putconn(connection)
    assert all(isinstance(answer, Outcome) for answer in answers), answers


def test_a_command_that_fails_does_not_harm_those_beside_it(
    service: Service, hasty: Callable[..., Desk]
) -> None:
    def fail() -> Course:
        yield appending()
        raise LookupError("told by the test")

    desk = hasty(fail=fail, append=append)
    first, second = ask(desk, "fail", "append")
    assert isinstance(first, LookupError)
    assert isinstance(second, Outcome)
    assert service.log.head() == 2


def test_a_listener_that_fails_does_not_stop_appends(service: Service) -> None:
    def fall() -> None:
        raise LookupError("told by the test")

    with service.log.news.listening(fall):
        assert service.log.append(appending()).position == 1
        assert service.log.append(appending()).position == 2
