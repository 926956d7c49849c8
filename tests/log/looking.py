"""Looking at the server from beside, until something is so."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow


@contextmanager
def held(url: str) -> Generator[Callable[[], None]]:
    """Let nobody append until told to let go."""
    with psycopg.connect(url) as connection:
        connection.execute("set search_path = aanzet")
        connection.execute("select hold()")
        yield connection.rollback


def waiting_for_a_lock(looking: psycopg.Connection[TupleRow]) -> int:
    row = looking.execute(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and datname = current_database()"
    ).fetchone()
    assert row
    return row[0]


def until(holds: Callable[[], bool]) -> None:
    """Look again and again, for ten seconds at most."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
