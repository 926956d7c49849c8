"""The stores on which commands are carried out: our log, and the library's recorders."""

from collections.abc import Generator
from contextlib import closing
from typing import Protocol

import pytest
from eventsourcing.dcb.api import DCBQuery
from eventsourcing.dcb.popo import InMemoryDCBRecorder

from service.clock import StoryClock
from service.commands import Log
from service.database import open_pool
from service.log.recorder import Recorder
from service.log.store import EventLog, ReadResult
from tests.conftest import SECRET
from tests.log.over_recorder import LogOverRecorder


class Store(Log, Protocol):
    """A log, and what tests ask of it besides."""

    def head(self) -> int: ...

    def read(
        self, query: DCBQuery | None = None, *, after: int = 0, unsealed: bool = False
    ) -> ReadResult: ...


@pytest.fixture
def our_log(database_url: str, clock: StoryClock) -> Generator[Store]:
    with open_pool(database_url) as pool, closing(EventLog(pool, SECRET, clock)) as log:
        yield log


@pytest.fixture
def our_recorder(database_url: str, clock: StoryClock) -> Generator[Store]:
    with open_pool(database_url) as pool, closing(Recorder(pool, clock)) as recorder:
        yield LogOverRecorder(recorder, clock)


@pytest.fixture
def in_memory(clock: StoryClock) -> Store:
    return LogOverRecorder(InMemoryDCBRecorder(), clock)


@pytest.fixture(params=["our_log", "our_recorder", "in_memory"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty log: on PostgreSQL, there behind the library's interface, and in memory."""
    return request.getfixturevalue(request.param)
