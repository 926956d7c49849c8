"""Where the demo plays: a data folder of its own, and a database that holds nothing else."""

from pathlib import Path
from typing import Final

import psycopg
from msgspec import structs

from service.database import DatabaseUnusable
from service.demo.story import STORY
from service.settings import Settings

CONNECT_SECONDS: Final = 5

_IN_USE: Final = """
    select exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'aanzet')
    )
"""
_HOLDS_EVENTS: Final = "select exists (select from aanzet.event)"
_OWN: Final = (
    "the demo plays in an empty database or where it was played before, "
    "and brings its own without AANZET_DATABASE_URL."
)
# Nobody else sends the key of the story's first step.
_HOLDS_DEMO: Final = "select exists (select from aanzet.outcome where key = %s)"


def settings_of_demo(settings: Settings) -> Settings:
    """The same settings with a data folder beside the real one, never the real one."""
    return structs.replace(settings, data=_beside(settings.data))


def _beside(data: Path) -> Path:
    return data.parent / f"{data.name}-demo"


def check_free(url: str, settings: Settings) -> None:
    """Look whether the demo may play in a database, before anything is written there.

    Raises:
        DatabaseUnusable: if it holds anything but the demo, or cannot be looked into.
    """
    try:
        with psycopg.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="aanzet"
        ) as connection:
            free = _is_free(connection)
    # What the driver says may repeat the address, and with it the password.
    except psycopg.Error:
        raise DatabaseUnusable(f"{_named(settings)} cannot be looked into: {_OWN}") from None
    if not free:
        raise DatabaseUnusable(f"{_named(settings)} holds something else: {_OWN}")


def _named(settings: Settings) -> str:
    if settings.database_url:
        return "The database that AANZET_DATABASE_URL names"
    return f"The database in {settings.data}"


def _is_free(connection: psycopg.Connection) -> bool:
    if _says(connection, "select to_regclass('aanzet.outcome') is not null"):
        if _says(connection, _HOLDS_DEMO, STORY[0].key):
            return True
        if _says(connection, _HOLDS_EVENTS):
            return False
    return not _says(connection, _IN_USE)


def _says(connection: psycopg.Connection, question: str, *values: object) -> bool:
    row = connection.execute(question, values).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    return bool(row and row[0])
