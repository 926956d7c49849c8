"""The last position at a time, found by halves."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Final

from service.clock import StoryClock
from service.log.reading import position_at
from service.log.store import EventLog, Pool
from tests.conftest import SECRET
from tests.log.requests import appending, received

BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
TICK: Final = timedelta(microseconds=1)
DAYS: Final = (0, 1, 1, 2, 2, 2, 5, 40, 41)
"""On which day each event is recorded."""


def test_it_is_the_last_that_was_recorded_by_then(pool: Pool) -> None:
    clock = StoryClock()
    with closing(EventLog(pool, SECRET, clock)) as log, pool.connection() as connection:
        assert position_at(connection, BEGIN) == 0
        for day in DAYS:
            clock.stand_at(BEGIN + timedelta(days=day))
            log.append(appending(received()))
        for day in range(-1, 45):
            at = BEGIN + timedelta(days=day)
            by_then = sum(recorded <= day for recorded in DAYS)
            assert position_at(connection, at) == by_then
            assert position_at(connection, at + TICK) == by_then
            assert position_at(connection, at - TICK) == sum(known < day for known in DAYS)
