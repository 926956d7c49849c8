"""The log is only ever added to: a trigger refuses the rest, and rights do so too."""

from collections.abc import Generator
from contextlib import closing

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from service.clock import system_clock
from service.database import open_pool
from service.log.rights import grant_to
from service.log.store import EventLog
from tests.conftest import SECRET
from tests.log.requests import appending

CHANGES = [
    "update {} set position = position + 1",
    "delete from {}",
    "truncate {}",
    "update {} set position = 0 where false",
]


@pytest.mark.parametrize("table", ["event", "event_tag", "outcome"])
@pytest.mark.parametrize("change", CHANGES)
def test_not_even_the_owner_changes_what_was_recorded(
    log: EventLog, database_url: str, table: str, change: str
) -> None:
    log.append(appending())
    statement = sql.SQL(change).format(sql.Identifier("aanzet", table))  # pyright: ignore[reportArgumentType]
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(errors.InsufficientPrivilege, match="only ever added to"),
    ):
        connection.execute(statement)


@pytest.fixture
def service_role(database_url: str) -> Generator[str]:
    """A role that may do what the service does, and no more."""
    name = f"service_of_{conninfo_to_dict(database_url)['dbname']}"
    role = sql.Identifier(name)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {}").format(role))
        grant_to(connection, name)
        yield name
        connection.execute(sql.SQL("drop owned by {}").format(role))
        connection.execute(sql.SQL("drop role {}").format(role))


@pytest.fixture
def limited_url(database_url: str, service_role: str) -> str:
    return make_conninfo(database_url, options=f"-c role={service_role}")


def test_the_service_runs_under_a_role_that_can_only_add(limited_url: str) -> None:
    with open_pool(limited_url) as pool, closing(EventLog(pool, SECRET, system_clock)) as log:
        log.check_secret()
        log.append(appending())
        log.append_all([appending(), appending()], 1)
        assert [recorded.position for recorded in log.read(unsealed=True).events] == [1, 2, 3]


@pytest.mark.parametrize("table", ["event", "event_tag", "outcome"])
@pytest.mark.parametrize("change", CHANGES)
def test_that_role_has_no_right_to_change_what_was_recorded(
    limited_url: str, table: str, change: str
) -> None:
    statement = sql.SQL(change).format(sql.Identifier("aanzet", table))  # pyright: ignore[reportArgumentType]
    with (
        psycopg.connect(limited_url) as connection,
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
    ):
        connection.execute(statement)
