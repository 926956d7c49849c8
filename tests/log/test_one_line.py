"""Batches on one line: the next lies ready at the server while the one before is under way."""

import threading
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.vocabulary import Narrative
from service.log.appending import Appending, AppendRequest
from service.log.store import EventLog
from tests.log.looking import held, until, waiting_for_a_lock
from tests.log.requests import appending, received

LARGE = 1_900_000


class Begun:
    """A request that was sent, of which nobody has asked yet what became."""

    def __init__(self, log: EventLog, request: AppendRequest) -> None:
        self._told = threading.Event()
        self._appending: Appending = log.begin(request, self._told.set)
        until(lambda: self._appending.sent)

    def position(self) -> int:
        assert self._told.wait(10)
        return self._appending.settled().position


def test_two_batches_are_sent_and_one_connection_waits_for_the_lock(
    log: EventLog, database_url: str
) -> None:
    log.append(appending())
    with held(database_url) as let_go, psycopg.connect(database_url, autocommit=True) as looking:
        first, second = Begun(log, appending()), Begun(log, appending())
        until(lambda: waiting_for_a_lock(looking) > 0)
        assert waiting_for_a_lock(looking) == 1
        let_go()
        assert (first.position(), second.position()) == (2, 3)


def test_what_the_server_fails_at_leaves_the_one_behind_it_alone(
    log: EventLog, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(appending())
    (first,) = log.read().events
    taken = UUID(first.id)
    with held(database_url) as let_go:
        monkeypatch.setattr("service.log.appending.uuid7", lambda: taken)
        broken = Begun(log, appending())
        monkeypatch.undo()
        behind = Begun(log, appending())
        let_go()
        with pytest.raises(psycopg.errors.UniqueViolation):
            broken.position()
        assert behind.position() == 2


def test_batches_larger_than_what_the_connection_holds_are_taken_in_one_after_the_other(
    log: EventLog, database_url: str
) -> None:
    log.append(appending())
    with held(database_url) as let_go:
        large = [Begun(log, appending(received(question=Narrative(text * LARGE)))) for text in "ab"]
        let_go()
        assert [each.position() for each in large] == [2, 3]


def test_what_was_under_way_on_a_lost_line_is_sent_once_more(
    log: EventLog, database_url: str
) -> None:
    log.append(appending())
    with held(database_url) as let_go, psycopg.connect(database_url, autocommit=True) as looking:
        begun = [Begun(log, appending()), Begun(log, appending(key=uuid4()))]
        until(lambda: waiting_for_a_lock(looking) == 1)
        looking.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        until(lambda: waiting_for_a_lock(looking) == 1)
        let_go()
        assert sorted(each.position() for each in begun) == [2, 3]
    assert log.head() == 3


def test_a_batch_that_cannot_be_made_is_answered_with_why_and_the_one_before_it_with_its_own(
    log: EventLog, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(appending())
    with held(database_url) as let_go:
        first = Begun(log, appending())
        monkeypatch.setattr("service.log.line.parameters_of_one", failing)
        broken = Begun(log, appending())
        with pytest.raises(ZeroDivisionError):
            broken.position()
        monkeypatch.undo()
        behind = Begun(log, appending())
        let_go()
        assert (first.position(), behind.position()) == (2, 3)


def failing(*_: object) -> None:
    raise ZeroDivisionError
