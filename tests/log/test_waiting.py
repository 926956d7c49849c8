"""Who waits for the log: bounded in number and bytes, and told so."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from service.clock import system_clock
from service.database import open_pool
from service.log import committer
from service.log.store import EventLog, LogBusy, Outcome, OutcomeUnknown
from tests.conftest import SECRET
from tests.log.looking import held, until, waiting_for_a_lock
from tests.log.requests import appending, at_once


def test_more_than_can_wait_is_told_to_come_back(
    log: EventLog, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "WAITING_REQUESTS", 4)
    log.append(appending())
    refused = threading.Semaphore(0)

    def call() -> Outcome:
        try:
            return log.append(appending())
        except LogBusy:
            refused.release()
            raise

    with held(database_url) as let_go:
        threading.Thread(target=lambda: refused.acquire(timeout=10) and let_go()).start()
        outcomes = at_once([call] * 20)
    assert any(isinstance(outcome, LogBusy) for outcome in outcomes)
    done = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    assert done
    assert len(done) + sum(isinstance(o, LogBusy) for o in outcomes) == 20
    assert log.head() == 1 + len(done)


def test_what_waits_is_bounded_in_bytes(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "WAITING_BYTES", 100)
    with pytest.raises(LogBusy):
        log.append(appending())
    assert log.head() == 0


def test_a_closed_log_takes_nothing_more(log: EventLog) -> None:
    log.append(appending())
    log.close()
    with pytest.raises(LogBusy):
        log.append(appending())


def test_who_gives_up_leaves_no_connection_behind(
    log: EventLog, database_url: str, other_process: Callable[[], EventLog]
) -> None:
    log.append(appending())
    log.committer.deadline = 0.1
    with held(database_url), psycopg.connect(database_url, autocommit=True) as looking:
        for _ in range(4):
            with pytest.raises((OutcomeUnknown, LogBusy)):
                log.append(appending())
        until(lambda: waiting_for_a_lock(looking) == 0)
    assert other_process().append(appending()).events


def test_a_caller_that_cannot_be_told_does_not_keep_the_others_waiting(log: EventLog) -> None:
    def fall() -> None:
        raise LookupError("told by the test")

    told = threading.Event()
    log.begin(appending(), fall)
    log.begin(appending(), told.set)
    assert told.wait(10)
    assert log.append(appending()).position == 3


def test_where_no_thread_can_be_started_it_is_tried_again(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failed = threading.Thread.start, threading.Event()

    def fail_once(thread: threading.Thread) -> None:
        if thread.name == "log opener" and not failed.is_set():
            failed.set()
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail_once)
    assert log.append(appending()).position == 1
    assert failed.is_set()


def test_a_bulk_sees_what_came_while_it_waited_however_transactions_are_isolated(
    empty_database_url: str,
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as operator:
        operator.execute(
            sql.SQL(
                "alter database {} set default_transaction_isolation = 'repeatable read'"
            ).format(sql.Identifier(operator.info.dbname))
        )
        with (
            open_pool(empty_database_url) as pool,
            closing(EventLog(pool, SECRET, system_clock)) as log,
            ThreadPoolExecutor(1) as beside,
        ):
            with psycopg.connect(empty_database_url) as other:
                other.execute("set search_path = aanzet")
                other.execute("select hold()")
                other.execute(
                    "insert into event (position, id, type, recorded_at, leaf)"
                    " values (1, gen_random_uuid(), 'x', now(), '{}')"
                )
                bulk = beside.submit(log.append_all, [appending()], 1)
                until(lambda: waiting_for_a_lock(operator) == 1)
                other.commit()
            assert bulk.result(10) == 2
