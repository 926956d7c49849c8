"""A database that an earlier version filled goes on under this one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from psycopg.rows import TupleRow

from domain.pilots import LessonLearned
from service.clock import system_clock
from service.database import open_pool
from service.log import schema
from service.log.functions import FUNCTIONS
from service.log.leaf import lesson_at
from service.log.outcomes import kept_outcomes
from service.log.schema import MIGRATIONS, Step, migrate
from service.log.store import EventLog
from tests.conftest import SECRET
from tests.golden import FOLDER
from tests.log.requests import appending

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


def test_functions_that_change_come_with_a_migration() -> None:
    """Else a database that is there already would keep those that it has."""
    written_down = 10, "a7c19671e17943e6"
    assert (len(MIGRATIONS), sha256(FUNCTIONS).hexdigest()[:16]) == written_down


def test_a_migration_makes_the_functions_anew(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("set search_path = aanzet")
        migrate(connection)
        present = _functions(connection)
        connection.execute(
            "create or replace function first_of(since bigint, types bigint[]) returns bigint"
            " language sql stable as 'select 0::bigint'"
        )
        monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, "select"))
        assert _functions(connection) != present
        migrate(connection)
        assert _functions(connection) == present


def _functions(connection: psycopg.Connection[TupleRow]) -> Sequence[TupleRow]:
    return connection.execute(
        "select oid::regprocedure::text, prosrc from pg_proc"
        " where pronamespace = 'aanzet'::regnamespace order by 1"
    ).fetchall()


def test_a_lesson_of_the_first_version_has_an_id_by_which_it_is_found(
    empty_database_url: str,
) -> None:
    raw: dict[str, Any] = msgspec.json.decode((FOLDER / "pilot.lesson_learned.1.json").read_bytes())
    leaf = {
        "fact": raw,
        "v": 1,
        "id": "01890a5d-ac96-774b-bcce-000000000001",
        "occurredAt": MOMENT,
        "recordedAt": MOMENT,
        "recordedBy": "user_01h455vb4pex5vsknk084sn001",
        "source": {"kind": "api"},
        "requestId": "",
    }
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("set search_path = aanzet")
        _set_up(connection, MIGRATIONS[:1])
        connection.execute(
            "insert into event (position, id, type, recorded_at, leaf)"
            " values (7, %s, 'pilot.lesson_learned', %s, %s)",
            [uuid4(), MOMENT, msgspec.json.encode(leaf)],
        )
        connection.execute("update log_head set position = 7")
        migrate(connection)
    with open_pool(empty_database_url) as pool:
        log = EventLog(pool, SECRET, system_clock)
        lesson = lesson_at(7)
        (found,) = log.read(DCBQuery(items=[DCBQueryItem(tags=[lesson])])).events
        log.close()
    assert isinstance(found.fact, LessonLearned)
    assert found.fact.lesson == lesson
    assert found.fact.learnt == raw["lesson"]


def test_a_log_that_had_a_head_goes_on_after_its_last_event(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("set search_path = aanzet")
        _set_up(connection, MIGRATIONS[:9])
        connection.execute(
            "create function append(clock timestamptz) returns bigint language sql as 'select 1'"
        )
        connection.execute(
            "insert into event (position, id, type, recorded_at, leaf)"
            " values (41, %s, 'pilot.proposed', %s, '{}')",
            [uuid4(), MOMENT],
        )
        connection.execute(
            "insert into vault (position, pointer, owner, names, salt, locked)"
            " values (41, '/a', 'actor_1', array['actor_1', 'actor_2'], '', '')"
        )
        migrate(connection)
        assert connection.execute("select names from vault").fetchone() == ("actor_1 actor_2",)
        # Of the form before none is left: it would append under another lock.
        names = [name for name, _ in _functions(connection)]
        assert len([name for name in names if name.startswith("append(")]) == 1
    with open_pool(empty_database_url) as pool:
        log = EventLog(pool, SECRET, lambda: MOMENT - timedelta(days=1))
        outcome = log.append(appending())
        log.close()
    assert outcome.position == 42
    assert outcome.recorded_at == MOMENT


def _set_up(connection: psycopg.Connection, migrations: Sequence[str | Step]) -> None:
    connection.execute("create schema aanzet")
    connection.execute("create table schema_version (version int primary key)")
    for version, statements in enumerate(migrations, start=1):
        if isinstance(statements, str):
            connection.execute(statements.encode())
        else:
            statements(connection)
        connection.execute("insert into schema_version values (%s)", [version])
