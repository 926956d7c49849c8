"""An address with several hosts: the one that can be written to is found, now and later."""

import tempfile
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from service.clock import system_clock
from service.database import open_pool
from service.log.follower import following
from service.log.store import EventLog, LogBusy, OutcomeUnknown
from tests.conftest import SECRET
from tests.log.between import Between, between
from tests.log.requests import appending

PATIENCE_SECONDS = 30.0
ENDED = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"


@pytest.fixture
def first_host(database_url: str) -> Generator[tuple[Between, str]]:
    """A first way to the server, and an address that names it before the server itself."""
    with (
        tempfile.TemporaryDirectory() as folder,
        between(database_url, Path(folder)) as (passing, near),
    ):
        hosts = [conninfo_to_dict(url) for url in (near, database_url)]
        yield (
            passing,
            make_conninfo(
                database_url,
                host=",".join(str(host["host"]) for host in hosts),
                port=",".join(str(host.get("port", 5432)) for host in hosts),
                target_session_attrs="read-write",
            ),
        )


@contextmanager
def opened(url: str, deadline: float = PATIENCE_SECONDS) -> Generator[EventLog]:
    with open_pool(url) as pool, closing(EventLog(pool, SECRET, system_clock, deadline)) as log:
        yield log


def test_when_the_first_host_is_gone_it_goes_on_with_the_next(
    first_host: tuple[Between, str],
) -> None:
    passing, url = first_host
    with opened(url) as log, following(log) as follower:
        passing.lose_answers()
        assert log.append(appending()).position == 1
        assert passing.lost == 1
        passing.close()
        assert log.append(appending()).position == 2
        seen: list[int] = []
        while len(seen) < 2:
            seen += [event.position for event in follower.next(PATIENCE_SECONDS)]
        assert seen == [1, 2]


def test_while_no_host_can_be_written_to_it_says_so_and_then_goes_on(
    first_host: tuple[Between, str], database_url: str
) -> None:
    with opened(first_host[1], 0.5) as log, psycopg.connect(database_url) as operator:
        operator.autocommit = True
        log.append(appending())
        _let_write(operator, may="off")
        with pytest.raises((LogBusy, OutcomeUnknown)):
            log.append(appending())
        head = end_of_log(operator)
        _let_write(operator, may="on")
    with opened(first_host[1]) as log:
        assert log.append(appending()).position == head + 1


def test_a_log_that_was_told_to_wait_goes_on_by_itself(
    first_host: tuple[Between, str], database_url: str
) -> None:
    with opened(first_host[1]) as log, psycopg.connect(database_url) as operator:
        operator.autocommit = True
        log.append(appending())
        _let_write(operator, may="off")
        back = threading.Timer(0.3, _let_write, [operator], {"may": "on"})
        back.start()
        assert log.append(appending()).position == 2
        back.join()


def end_of_log(connection: psycopg.Connection) -> int:
    row = connection.execute("select coalesce(max(position), 0) from aanzet.event").fetchone()
    return row[0] if row else 0


def _let_write(operator: psycopg.Connection, *, may: str) -> None:
    """As a server does that becomes a standby, or the primary again."""
    name = operator.info.dbname
    operator.execute(
        sql.SQL("alter database {} set default_transaction_read_only = {}").format(
            sql.Identifier(name), sql.Literal("off" if may == "on" else "on")
        )
    )
    operator.execute(ENDED + " and pid <> pg_backend_pid()", [name])
