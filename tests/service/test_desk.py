"""The desk: commands of many requests at once, each with its own answer."""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from service.commands import Course, Handler, Intent, Lookup, Reading
from service.desk import Desk
from service.ids import new_id
from service.log.store import LogBusy, Outcome
from service.running import Service
from tests.log.looking import until, waiting_for_a_lock
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
        desk.begin()
        try:
            return await asyncio.gather(*map(desk.carry_out, asked), return_exceptions=True)
        finally:
            await desk.end()

    return asyncio.run(together())


def append() -> Course:
    return (yield appending())


def read() -> Course:
    yield Reading(DCBQuery(items=[DCBQueryItem(tags=[new_id("request")])]))
    return (yield appending())


def look_up() -> Course:
    known = yield Lookup(uuid4(), b"")
    assert known is None
    return (yield appending())


HASTY: Final = 0.3
"""In seconds: a deadline that is to be missed."""


@pytest.fixture
def desk_of(service: Service) -> Callable[..., Desk]:
    """Makes desks that go through these courses, and are in no hurry."""
    service.log.committer.deadline = 60

    def make(**courses: Callable[[], Course]) -> Desk:
        return Desk(Courses(**courses), service.log, service.pool)

    return make


def test_what_is_appended_at_the_same_moment_goes_together(
    desk_of: Callable[..., Desk],
) -> None:
    answers = ask(desk_of(append=append), *["append"] * 20)
    outcomes = [answer for answer in answers if isinstance(answer, Outcome)]
    assert len(outcomes) == 20
    assert len({outcome.recorded_at for outcome in outcomes}) == 1


def test_what_is_given_up_before_it_was_read_for_is_not_appended(
    service: Service, desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(read=read)
    service.log.committer.deadline = HASTY
    with psycopg.connect(str(service.pool.conninfo)) as other:
        other.execute("lock table event in access exclusive mode")
        answers = ask(desk, "read", "read")
    assert [type(answer) for answer in answers] == [LogBusy, LogBusy]
    assert service.log.head() == 0


def test_nothing_is_read_for_those_who_have_gone(
    service: Service, desk_of: Callable[..., Desk]
) -> None:
    desk, url = desk_of(read=read), str(service.pool.conninfo)

    name: Any = "read"

    async def give_up() -> None:
        desk.begin()
        try:
            # There is a connection by then, which may have been lost while it was idle.
            service.log.committer.deadline = 10
            await desk.carry_out(name)
            service.log.committer.deadline = 0.3
            other.execute("lock table event in access exclusive mode")
            with pytest.raises(LogBusy):
                await desk.carry_out(name)
            await asyncio.to_thread(until, lambda: waiting_for_a_lock(looking) == 0)
        finally:
            await desk.end()

    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as looking:
        asyncio.run(give_up())


def test_after_what_was_given_up_others_are_read_for(
    service: Service, desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(read=read)
    with psycopg.connect(str(service.pool.conninfo)) as other:
        other.execute("lock table event in access exclusive mode")
        service.log.committer.deadline = HASTY
        ask(desk, "read")
    service.log.committer.deadline = 60
    assert all(isinstance(answer, Outcome) for answer in ask(desk, "read", "read"))


@pytest.mark.parametrize("course", [read, look_up])
def test_connections_that_were_closed_while_nobody_asked_are_made_anew(
    service: Service, desk_of: Callable[..., Desk], course: Callable[[], Course]
) -> None:
    desk = desk_of(asked=course)

    async def one_after_another() -> list[Outcome]:
        asked: Any = "asked"
        desk.begin()
        try:
            first = await desk.carry_out(asked)
            with service.pool.connection() as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
            return [first, await desk.carry_out(asked)]
        finally:
            await desk.end()

    assert [outcome.position for outcome in asyncio.run(one_after_another())] == [1, 2]


def test_a_question_that_the_server_does_not_take_in_at_once_is_sent_on(
    desk_of: Callable[..., Desk],
) -> None:
    def read_much() -> Course:
        tags = [new_id("request") for _ in range(30_000)]
        found, head = yield Reading(DCBQuery(items=[DCBQueryItem(tags=[tag]) for tag in tags]))
        assert found == []
        assert head == 0
        return (yield appending())

    (answer,) = ask(desk_of(read_much=read_much), "read_much")
    assert isinstance(answer, Outcome)


def test_who_holds_all_connections_of_the_pool_does_not_hold_up_commands(
    service: Service, desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(look_up=look_up, append=append)
    taken = [service.pool.getconn() for _ in range(service.pool.max_size)]
    answers = ask(desk, "look_up", "append", "append")
    for connection in taken:
        service.pool.putconn(connection)
    assert all(isinstance(answer, Outcome) for answer in answers), answers


def test_a_command_that_fails_does_not_harm_those_beside_it(
    service: Service, desk_of: Callable[..., Desk]
) -> None:
    def fail() -> Course:
        yield appending()
        raise LookupError("told by the test")

    desk = desk_of(fail=fail, append=append)
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
