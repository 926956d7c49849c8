"""The tables of the log, set up and migrated by the program itself."""

from typing import Final

from psycopg import Connection

from projections.projector import SET_UP_LOCK

MIGRATIONS: Final[tuple[str, ...]] = (
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
)


def migrate(connection: Connection) -> None:
    """Bring the database to the present schema; does nothing where it is there already."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [SET_UP_LOCK])
        connection.execute("create schema if not exists aanzet")
        connection.execute("create table if not exists schema_version (version int primary key)")
        row = connection.execute("select coalesce(max(version), 0) from schema_version").fetchone()
        done = row[0] if row else 0
        if done > len(MIGRATIONS):
            raise NewerSchema(done, len(MIGRATIONS))
        for version, statements in enumerate(MIGRATIONS[done:], start=done + 1):
            connection.execute(statements)  # pyright: ignore[reportArgumentType, reportCallIssue]
            connection.execute("insert into schema_version (version) values (%s)", [version])


class NewerSchema(Exception):  # noqa: N818 - said to the operator as a sentence
    """The database was set up by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}; this program knows {known}. "
            "Use the newer version of the program."
        )
