"""The way to PostgreSQL: a pool of connections to a database that is ready for use."""

import select
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from projections.catalogue import VIEWS
from projections.tables import set_up
from service.log.schema import NewerSchema, migrate
from service.log.store import Pool

OLDEST_SERVER: Final = 150000
CONNECT_SECONDS: Final = 5
POOL_SIZE: Final = 12
# Who waited for the log's lock looks at what was appended meanwhile: each statement looks anew.
_OPTIONS: Final = (
    "-c search_path=aanzet -c timezone=UTC -c default_transaction_isolation=read\\ committed"
)
WAIT_SECONDS: Final = 5.0
"""How long a request waits for a free connection before it is told to try again."""


class DatabaseUnusable(Exception):  # noqa: N818 - said to the operator as a sentence
    """The database that was configured cannot be used; says why, never its password."""


def open_pool(url: str) -> Pool:
    """Connect, bring the schema up to date, and open a pool.

    Raises:
        DatabaseUnusable: with one sentence.
    """
    conninfo = _conninfo(url)
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            _check_server(connection)
            migrate(connection)
            set_up(connection, VIEWS)
    except NewerSchema as error:
        raise DatabaseUnusable(str(error)) from None
    except psycopg.Error as error:
        raise DatabaseUnusable(f"{_where(conninfo)} cannot be used: {_first_line(error)}") from None
    pool: Pool = ConnectionPool(
        conninfo,
        min_size=2,
        max_size=POOL_SIZE,
        timeout=WAIT_SECONDS,
        kwargs={"autocommit": True},
        check=check_there,
        # After this it tries again with the next request, rather than after ever longer pauses.
        reconnect_timeout=WAIT_SECONDS,
        open=True,
        name="aanzet",
    )
    return pool


def check_there(connection: Connection[TupleRow]) -> None:
    """Notice, without asking the server, that it has closed a connection meanwhile.

    Raises:
        psycopg.OperationalError: if it has.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    # An idle connection has nothing to say but that it ends.
    if waiting.poll(0):
        connection.close()
        raise psycopg.OperationalError("The server has closed the connection.")


def _conninfo(url: str) -> str:
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise DatabaseUnusable(
            "AANZET_DATABASE_URL is not a PostgreSQL address such as "
            "postgresql://user:password@host:5432/database."
        ) from None
    options = f"{given.pop('options', '') or ''} {_OPTIONS}".strip()
    given.setdefault("connect_timeout", str(CONNECT_SECONDS))
    given.setdefault("application_name", "aanzet")
    return make_conninfo(**given, options=options)  # pyright: ignore[reportArgumentType]


def _check_server(connection: Connection[TupleRow]) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise DatabaseUnusable(
            f"This is PostgreSQL {version // 10000}; the service needs 15 or newer."
        )
    row = connection.execute("show server_encoding").fetchone()
    if row and row[0] != "UTF8":
        raise DatabaseUnusable(f"The database's encoding is {row[0]}; the service needs UTF8.")


def _where(conninfo: str) -> str:
    given = conninfo_to_dict(conninfo)
    return f"The database {given.get('dbname', '')!r} at {given.get('host', 'localhost')!r}"


def _first_line(error: psycopg.Error) -> str:
    lines = (error.diag.message_primary or str(error)).strip().splitlines() or ["no reason given"]
    # libpq says where it tried, then why it failed, then asks whether a server runs there.
    reason = lines[0].rpartition("failed: ")[2]
    return reason.strip().rstrip(".") + "."
