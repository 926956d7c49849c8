"""Who waits for the log: bounded in number and bytes, and told so."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import psycopg
import pytest

from service.log import committer
from service.log.store import EventLog, LogBusy, Outcome
from tests.log.requests import appending, at_once


@contextmanager
def held(url: str) -> Generator[Callable[[], None]]:
    """Hold the lock of every append until told to let go."""
    with psycopg.connect(url) as connection:
        connection.execute("select from aanzet.log_head for update")
        yield connection.rollback


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
