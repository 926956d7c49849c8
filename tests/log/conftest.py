"""Logs on a database of their own."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from service.clock import system_clock
from service.database import open_pool
from service.log.store import EventLog, Pool
from tests.conftest import SECRET
from tests.log.between import Between, between


@pytest.fixture
def pool(database_url: str) -> Generator[Pool]:
    with open_pool(database_url) as pool:
        yield pool


@pytest.fixture
def log(pool: Pool) -> Generator[EventLog]:
    with closing(EventLog(pool, SECRET, system_clock)) as log:
        yield log


@pytest.fixture
def other_process(database_url: str) -> Generator[Callable[[], EventLog]]:
    """Makes logs on the same database that share nothing else, as in other processes."""
    with ExitStack() as stack:

        def make() -> EventLog:
            pool = stack.enter_context(open_pool(database_url))
            return stack.enter_context(closing(EventLog(pool, SECRET, system_clock)))

        yield make


@pytest.fixture
def lossy(database_url: str) -> Generator[tuple[Between, Callable[[float], EventLog]]]:
    """What stands between the log and the server, and a maker of logs on this side of it."""
    # A short path of its own: the name of a socket may not be long.
    with (
        tempfile.TemporaryDirectory() as folder,
        between(database_url, Path(folder)) as (passing, url),
        ExitStack() as stack,
    ):

        def make(deadline: float) -> EventLog:
            pool = stack.enter_context(open_pool(url))
            return stack.enter_context(closing(EventLog(pool, SECRET, system_clock, deadline)))

        yield passing, make
