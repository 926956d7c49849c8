"""A database that an earlier version filled goes on under this one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import psycopg

from service.log.outcomes import kept_outcomes
from service.log.schema import MIGRATIONS, migrate

MOMENT = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
ANSWER = (
    b'{"id":"pilot_1","position":1,"recordedAt":"2024-03-01T09:30:00Z",'
    b'"events":[{"position":1,"type":"pilot.proposed"}]}'
)


def test_an_outcome_of_the_first_version_is_still_the_answer(empty_database_url: str) -> None:
    key = uuid4()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("set search_path = aanzet")
        _set_up(connection, MIGRATIONS[:1])
        connection.execute(
            "insert into event (position, id, type, recorded_at, leaf)"
            " values (1, %s, 'pilot.proposed', %s, '{}')",
            [uuid4(), MOMENT],
        )
        connection.execute(
            "insert into outcome (key, digest, answer) values (%s, 'body', %s)",
            [key, ANSWER],
        )
        migrate(connection)
        kept = kept_outcomes(connection, [key])[key]
    assert kept.digest == b"body"
    assert kept.outcome.id == "pilot_1"
    assert kept.outcome.recorded_at == MOMENT
    assert [(event.position, event.type) for event in kept.outcome.events] == [
        (1, "pilot.proposed")
    ]


def _set_up(connection: psycopg.Connection, migrations: Sequence[str]) -> None:
    connection.execute("create schema aanzet")
    connection.execute("create table schema_version (version int primary key)")
    for version, statements in enumerate(migrations, start=1):
        connection.execute(statements.encode())
        connection.execute("insert into schema_version values (%s)", [version])
