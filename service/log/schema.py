"""The tables of the log and what the server does with them, set up by the program itself."""

from collections.abc import Callable
from typing import Final

import msgspec
from psycopg import Connection

from domain.facts import stored_name
from domain.pilots import LessonLearned
from projections.tables import SET_UP_LOCK
from service.log.draft import tag_hash
from service.log.functions import FUNCTIONS
from service.log.leaf import lesson_at

Step = Callable[[Connection], None]


def tag_lessons(connection: Connection) -> None:
    """Let lessons of the first version be found by the ids that they have since."""
    name = stored_name(LessonLearned)
    found = connection.execute("select position, leaf from event where type = %s", [name])
    rows = [
        (tag_hash(lesson_at(position)), position, tag_hash(name))
        for position, leaf in found.fetchall()
        if msgspec.json.decode(leaf)["v"] == 1
    ]
    with connection.cursor() as cursor:
        cursor.executemany("insert into event_tag (tag, position, type) values (%s, %s, %s)", rows)


MIGRATIONS: Final[tuple[str | Step, ...]] = (
    """
    -- One row: the lock of every append, and where the log ends.
    create table log_head (
        one boolean primary key default true check (one),
        position bigint not null,
        recorded_at timestamptz not null
    );
    insert into log_head (position, recorded_at) values (0, '-infinity');

    create table event (
        position bigint primary key,
        id uuid not null unique,
        type text not null,
        recorded_at timestamptz not null,
        -- The exact bytes; jsonb would not keep them.
        leaf bytea not null
    );

    -- Where an event is found: by a 64-bit hash of each tag and of its type. A read
    -- compares the tags themselves, so a collision costs a row read, never a wrong answer.
    create table event_tag (
        tag bigint not null,
        position bigint not null,
        type bigint not null,
        primary key (tag, position) include (type)
    );

    create table vault_key (
        owner text primary key,
        wrapped bytea not null
    );

    create table vault (
        position bigint not null,
        pointer text not null,
        owner text not null,
        names text[] not null,
        salt bytea not null,
        locked bytea not null,
        primary key (position, pointer)
    );
    create index vault_owner on vault (owner);

    create table outcome (
        key uuid primary key,
        digest bytea not null,
        answer bytea not null
    );

    create table secret_mark (
        one boolean primary key default true check (one),
        mark bytea not null
    );
    """,
    """
    -- What became of a command, by its idempotency key: `events` events, the last at `position`.
    alter table outcome add thing text, add position bigint, add events int,
        add recorded_at timestamptz;
    update outcome set
        thing = told ->> 'id',
        position = (told ->> 'position')::bigint,
        events = json_array_length(told -> 'events'),
        recorded_at = (told ->> 'recordedAt')::timestamptz
    from (select key as of, convert_from(answer, 'UTF8')::json as told from outcome) as before
    where of = key;
    alter table outcome drop answer,
        alter thing set not null,
        alter position set not null,
        alter events set not null,
        alter recorded_at set not null;
    update log_head set recorded_at = '0001-01-01 00:00Z' where recorded_at = '-infinity';

    -- Most who ask name types: of a municipality with many events a few are found at once.
    alter table event_tag drop constraint event_tag_pkey;
    alter table event_tag add primary key (tag, type, position);

    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception 'The log is only ever added to: % of % is refused.', tg_op, tg_table_name
            using errcode = 'insufficient_privilege';
    end $$;
    create trigger only_added_to before update or delete or truncate on event
        for each statement execute function refuse_change();
    create trigger only_added_to before update or delete or truncate on event_tag
        for each statement execute function refuse_change();
    create trigger only_added_to before update or delete or truncate on outcome
        for each statement execute function refuse_change();
    """,
    """
    -- The files themselves, in parts, by what they belong to: see documents.py.
    create table document (
        owner text not null,
        sha256 text not null,
        part int not null,
        locked bytea not null,
        primary key (owner, sha256, part)
    );
    -- Encrypted bytes do not get smaller.
    alter table document alter column locked set storage external;
    """,
    tag_lessons,
    """
    -- Every append kept it up and nothing asked it: an owner is one of the tags of the event.
    drop index vault_owner;
    """,
    """
    -- A batch takes the lock and its positions in one statement: nothing but functions changed.
    select;
    """,
    """
    -- Selectors come in another form. The function that takes them in the one before stays, for
    -- programs that still run.
    select;
    """,
    """
    -- Selectors of what commands read are numbers too, and all are looked up in one statement.
    select;
    """,
    """
    -- An event that comes alone is written as a row of values.
    select;
    """,
    """
    -- The log ends at its last event, and who appends takes a lock that is no row. Programs of
    -- before find neither theirs nor the function to append with, so they append nothing without.
    drop table log_head;
    -- Ids with a space between, which are read together if at all.
    alter table vault alter column names type text using array_to_string(names, ' ');
    do $$
    declare former regprocedure;
    begin
        for former in select oid from pg_proc
            where pronamespace = 'aanzet'::regnamespace and proname in ('append', 'found')
        loop
            execute format('drop function %s', former);
        end loop;
    end $$;
    """,
)
"""Of tables, and none that has landed changes. After a new one the functions are made anew, so
where only these change there is one that does nothing else."""


def migrate(connection: Connection) -> None:
    """Bring the database to the present schema; does nothing where it is there already.

    So a role that may not change the schema can run the program once its owner has set it up.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [SET_UP_LOCK])
        done = _version(connection)
        if done > len(MIGRATIONS):
            raise NewerSchema(done, len(MIGRATIONS))
        for version, statements in enumerate(MIGRATIONS[done:], start=done + 1):
            if isinstance(statements, str):
                connection.execute(statements.encode())
            else:
                statements(connection)
            connection.execute("insert into schema_version (version) values (%s)", [version])
        if done < len(MIGRATIONS):
            connection.execute(FUNCTIONS)


def _version(connection: Connection) -> int:
    there = connection.execute("select to_regclass('aanzet.schema_version') is not null").fetchone()
    if not (there and there[0]):
        if not _has_schema(connection):
            connection.execute("create schema aanzet")
        connection.execute("create table schema_version (version int primary key)")
    row = connection.execute("select coalesce(max(version), 0) from schema_version").fetchone()
    return row[0] if row else 0


def _has_schema(connection: Connection) -> bool:
    row = connection.execute("select to_regnamespace('aanzet') is not null").fetchone()
    return bool(row and row[0])


class NewerSchema(Exception):  # noqa: N818 - said to the operator as a sentence
    """The database was set up by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}; this program knows {known}. "
            "Use the newer version of the program."
        )
