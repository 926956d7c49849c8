"""The tables of the log and what the server does with them, set up by the program itself."""

from collections.abc import Callable
from typing import Final

import msgspec
from psycopg import Connection

from domain.facts import stored_name
from domain.pilots import LessonLearned
from projections.tables import SET_UP_LOCK
from service.log.draft import tag_hash
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

    -- Whether an event has all of these tags.
    create function has_all(place bigint, tags bigint[]) returns boolean language sql stable as $$
        select not exists (
            select from unnest(tags) as other (tag) where not exists (
                select from event_tag o where o.tag = other.tag and o.position = place
            )
        )
    $$;

    -- The first event after `since` of one of the types; of any, if none is named.
    create function first_of(since bigint, types bigint[]) returns bigint
    language plpgsql stable as $$
    begin
        if cardinality(types) > 0 then
            return (
                select min(found.position) from unnest(types) as named (type)
                cross join lateral (
                    select t.position from event_tag t
                    where t.tag = named.type and t.type = named.type and t.position > since
                    order by t.position limit 1
                ) found
            );
        end if;
        return (
            select e.position from event e where e.position > since order by e.position limit 1
        );
    end $$;

    -- The events that the selectors of each request select, and first where the log stands, as -1.
    -- Selectors without tags and types select nothing here.
    create function found(s_request int[], s_tags text[], s_types text[])
    returns table (request int, place bigint, bytes bytea) language plpgsql stable as $$
    declare
        tags bigint[];
        types bigint[];
    begin
        return query select -1, h.position, null::bytea from log_head h;
        for n in 1 .. cardinality(s_request) loop
            tags := s_tags[n]::bigint[];
            types := s_types[n]::bigint[];
            if cardinality(tags) = 0 then
                return query select s_request[n], e.position, e.leaf
                    from event_tag t join event e using (position) where t.tag = any (types);
            elsif cardinality(types) = 0 then
                return query select s_request[n], e.position, e.leaf
                    from event_tag t join event e using (position)
                    where t.tag = tags[1] and has_all(t.position, tags[2:]);
            else
                return query select s_request[n], e.position, e.leaf
                    from event_tag t join event e using (position)
                    where t.tag = tags[1] and t.type = any (types)
                        and has_all(t.position, tags[2:]);
            end if;
        end loop;
    end $$;

    -- Append a batch of requests in one transaction. Arrays that begin with the same letter are the
    -- columns of one table: r the requests; e their events, in order; t the tags of these; v
    -- their sealed values; k the keys of owners that the program has not met; s the selectors
    -- of conditions.
    --
    -- Returns where the log stood, the time in microseconds since 1970, and for each request
    -- the position after which its events were put, or why nothing was:
    --   -n      the event at n stands in the way
    --   -2^62   its idempotency key came before
    --   -2^62-1 it was appended before (r_again names its first event)
    --   -2^62-2 one of its owners has a key already
    create function append(
        clock timestamptz,
        r_events int[], r_key uuid[], r_digest bytea[], r_thing text[], r_again uuid[],
        e_id uuid[], e_type text[], e_before bytea[], e_after bytea[],
        t_event int[], t_tag bigint[], t_type bigint[],
        v_event int[], v_pointer text[], v_owner text[], v_names text[], v_salt bytea[],
        v_locked bytea[],
        k_request int[], k_owner text[], k_wrapped bytea[],
        s_request int[], s_since bigint[], s_tags text[], s_types text[]
    ) returns bigint[] language plpgsql as $$
    declare
        head bigint;
        last bigint;
        clocked timestamptz;
        stamp bytea;
        results bigint[] := array_fill(0::bigint, array[cardinality(r_events)]);
        places bigint[] := array_fill(0::bigint, array[cardinality(e_id)]);
        keyed constant boolean := cardinality(array_remove(r_key, null)) > 0;
        e int := 0;
        i int;
        found bigint;
    begin
        select position, greatest(recorded_at, clock) into strict head, clocked
            from log_head for update;
        last := head;
        stamp := convert_to(
            to_char(clocked at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'UTF8');
        if cardinality(k_owner) > 0 then
            for i in select k.request from unnest(k_request, k_owner) as k (request, owner)
                join vault_key using (owner)
            loop
                results[i] := -4611686018427387906;
            end loop;
        end if;
        if cardinality(s_request) > 0 then
            -- Found by index, so the cost is that of what came since, not that of the log.
            for i, found in
                select s.request, min(t.position)
                from (
                    select n.request, n.since, n.tags::bigint[] as tags, n.types::bigint[] as types
                    from unnest(s_request, s_since, s_tags, s_types)
                        as n (request, since, tags, types)
                    where n.since < head and n.tags <> '{}' offset 0
                ) s cross join lateral (
                    (
                        select t.position from event_tag t
                        where cardinality(s.types) > 0 and t.tag = s.tags[1]
                            and t.type = any (s.types) and t.position > s.since
                            and (cardinality(s.tags) = 1 or has_all(t.position, s.tags[2:]))
                        order by t.position limit 1
                    ) union all (
                        select t.position from event_tag t
                        where cardinality(s.types) = 0 and t.tag = s.tags[1]
                            and t.position > s.since
                            and (cardinality(s.tags) = 1 or has_all(t.position, s.tags[2:]))
                        order by t.position limit 1
                    )
                ) t group by s.request
            loop
                results[i] := -found;
            end loop;
        end if;
        if '{}' = any (s_tags) then
            for i, found in
                select s.request, min(first_of(s.since, s.types::bigint[]))
                from unnest(s_request, s_since, s_tags, s_types) as s (request, since, tags, types)
                where s.since < head and s.tags = '{}' group by s.request
            loop
                if found is not null then
                    results[i] := case when results[i] = 0 then -found
                        else greatest(results[i], -found) end;
                end if;
            end loop;
        end if;
        if cardinality(r_again) > 0 then
            for i in select r.i from unnest(r_again) with ordinality as r (id, i)
                join event using (id)
            loop
                results[i] := -4611686018427387905;
            end loop;
        end if;
        if keyed then
            for i in select r.i from unnest(r_key) with ordinality as r (key, i)
                join outcome using (key)
            loop
                results[i] := -4611686018427387904;
            end loop;
        end if;
        for i in 1 .. cardinality(r_events) loop
            if results[i] = 0 then
                results[i] := last;
                for n in 1 .. r_events[i] loop
                    last := last + 1;
                    e := e + 1;
                    places[e] := last;
                end loop;
            else
                e := e + r_events[i];
            end if;
        end loop;
        if last > head then
            insert into event (position, id, type, recorded_at, leaf)
                select places[n.i], n.id, n.type, clocked,
                    case when n.after is null then n.before else n.before || stamp || n.after end
                from unnest(e_id, e_type, e_before, e_after)
                    with ordinality as n (id, type, before, after, i)
                where places[n.i] > 0;
            insert into event_tag (tag, position, type)
                select n.tag, places[n.event], n.type from unnest(t_event, t_tag, t_type)
                    as n (event, tag, type)
                where places[n.event] > 0;
            if cardinality(v_event) > 0 then
                insert into vault (position, pointer, owner, names, salt, locked)
                    select places[n.event], n.pointer, n.owner, string_to_array(n.names, ' '),
                        n.salt, n.locked
                    from unnest(v_event, v_pointer, v_owner, v_names, v_salt, v_locked)
                        as n (event, pointer, owner, names, salt, locked)
                    where places[n.event] > 0;
            end if;
            if cardinality(k_owner) > 0 then
                insert into vault_key (owner, wrapped)
                    select n.owner, n.wrapped from unnest(k_request, k_owner, k_wrapped)
                        as n (request, owner, wrapped)
                    where results[n.request] >= 0;
            end if;
            update log_head set position = last, recorded_at = clocked;
        end if;
        if keyed then
            insert into outcome (key, digest, thing, position, events, recorded_at)
                select n.key, n.digest, n.thing, results[n.i] + n.events, n.events, clocked
                from unnest(r_key, r_digest, r_thing, r_events)
                    with ordinality as n (key, digest, thing, events, i)
                where n.key is not null and results[n.i] >= 0;
        end if;
        return array[head, (extract(epoch from clocked) * 1000000)::bigint] || results;
    end $$;
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
)


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
