"""What the server does with the log, in functions of its own: one call for a batch."""

from typing import Final

_LOCK: Final = b"107071093237108"
"""The number under which the log is locked: of no other lock in its database."""

# How both functions that append begin: with the lock, kept until the commit, and where the log
# stands. A function of its own would be one call more for each append.
_TAKEN: Final = (
    b"""\
    nothing := pg_advisory_xact_lock(%s);
    select o.position, o.recorded_at into head, clocked
        from event o order by o.position desc limit 1;
    head := coalesce(head, 0);
    if clocked > clock then
        stamp := convert_to(
            to_char(clocked at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'UTF8');
    else
        clocked := clock;
    end if;
"""
    % _LOCK
)

# And what they answer.
_TOLD: Final = b"""\
    if clocked = clock then
        return array[head, 0] || results;
    end if;
    return array[head, (extract(epoch from clocked) * 1000000)::bigint] || results;
"""

# Several arrays side by side are read in the list of what is selected, row by row: from `unnest`
# with several arguments the server first makes a table.
FUNCTIONS: Final = b"""
-- Whether an event has all of these tags.
create or replace function has_all(place bigint, tags bigint[]) returns boolean
language sql stable as $$
    select not exists (
        select from unnest(tags) as other (tag) where not exists (
            select from event_tag o where o.tag = other.tag and o.position = place
        )
    )
$$;

-- The first event after `since` of one of the types; of any, if none is named.
create or replace function first_of(since bigint, types bigint[]) returns bigint
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

-- The events that the selectors of each request select, and where the log stands, as -1. The tags
-- of a selector are s_hash[s_tag:s_type - 1], its types s_hash[s_type:s_until]. Selectors without
-- tags and types select nothing here. In one statement, that becomes part of the one that calls it.
create or replace function found(
    s_request int[], s_tag int[], s_type int[], s_until int[], s_hash bigint[]
) returns table (request int, place bigint, bytes bytea) language sql stable as $$
    select -1, coalesce(max(e.position), 0), null::bytea from event e
    union all
    select s.request, e.position, e.leaf
    from (
        select unnest(s_request) as request, unnest(s_tag) as tag, unnest(s_type) as type,
            unnest(s_until) as until
    ) s cross join lateral (
        select t.position from event_tag t
        where s.tag < s.type and s.type <= s.until
            and t.tag = s_hash[s.tag] and t.type = any (s_hash[s.type:s.until])
            and (s.type = s.tag + 1 or has_all(t.position, s_hash[s.tag + 1:s.type - 1]))
        union all
        select t.position from event_tag t
        where s.tag < s.type and s.type > s.until and t.tag = s_hash[s.tag]
            and (s.type = s.tag + 1 or has_all(t.position, s_hash[s.tag + 1:s.type - 1]))
        union all
        select t.position from event_tag t
        where s.tag = s.type and t.tag = any (s_hash[s.type:s.until])
    ) t join event e using (position)
$$;

-- For each of so many requests 0, or why it is refused (see append); null if none is.
create or replace function refusals(
    requests int, head bigint,
    a_request int[], a_id uuid[],
    k_request int[], k_owner text[],
    o_request int[], o_key uuid[],
    s_request int[], s_since bigint[], s_tag int[], s_type int[], s_until int[], s_hash bigint[]
) returns bigint[] language plpgsql as $$
declare
    results bigint[] := array_fill(0::bigint, array[requests]);
    i int;
    found bigint;
begin
    if cardinality(k_owner) > 0 then
        for i in select k.request
            from (select unnest(k_request) as request, unnest(k_owner) as owner) k
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
                select unnest(s_request) as request, unnest(s_since) as since,
                    unnest(s_tag) as tag, unnest(s_type) as type, unnest(s_until) as until
            ) s cross join lateral (
                select t.position from event_tag t
                where s.tag < s.type and s.type <= s.until
                    and t.tag = s_hash[s.tag] and t.type = any (s_hash[s.type:s.until])
                    and t.position > s.since
                    and (s.type = s.tag + 1 or has_all(t.position, s_hash[s.tag + 1:s.type - 1]))
                union all
                select t.position from event_tag t
                where s.tag < s.type and s.type > s.until
                    and t.tag = s_hash[s.tag] and t.position > s.since
                    and (s.type = s.tag + 1 or has_all(t.position, s_hash[s.tag + 1:s.type - 1]))
                union all
                select first_of(s.since, s_hash[s.type:s.until]) where s.tag = s.type
            ) t
            where s.since < head group by s.request having min(t.position) is not null
        loop
            results[i] := -found;
        end loop;
    end if;
    if cardinality(a_id) > 0 then
        for i in select a.request
            from (select unnest(a_request) as request, unnest(a_id) as id) a
            join event using (id)
        loop
            results[i] := -4611686018427387905;
        end loop;
    end if;
    if cardinality(o_key) > 0 then
        for i in select o.request
            from (select unnest(o_request) as request, unnest(o_key) as key) o
            join outcome using (key)
        loop
            results[i] := -4611686018427387904;
        end loop;
    end if;
    return case when 0 > any (results) then results end;
end $$;

-- Hold the log for this transaction: nobody else appends, for all take this lock. Returns where it
-- stands, and the time of its last event. Transactions are to be "read committed": each statement
-- then sees all that was appended before it.
create or replace function hold(out head bigint, out recorded_at timestamptz)
language plpgsql as $$
begin
    perform pg_advisory_xact_lock(%(lock)s);
    select coalesce(max(e.position), 0), coalesce(max(e.recorded_at), '0001-01-01 00:00Z')
        into head, recorded_at
        from (select * from event order by position desc limit 1) e;
end $$;

-- Append a batch of requests in one transaction. Arrays that begin with the same letter are the
-- columns of one table, or nulls: r the requests; o what is kept under their idempotency keys; a
-- the first events of those that were sent before; e the events, in order; t the tags of these; v
-- their sealed values; k the keys of owners that the program has not met; s the selectors of
-- conditions. r_until counts the events of the requests up to each. The tags of a selector are
-- s_hash[s_tag:s_type - 1], its types s_hash[s_type:s_until]. In each leaf the clock's time stands
-- before the last e_rest bytes, or nowhere, where that is 0.
--
-- Returns where the log stood and the time in microseconds since 1970, or 0 if it is the clock's.
-- If something was refused, there follows for each request the position after which its events
-- were put, or why nothing was:
--   -n      the event at n stands in the way
--   -2^62   its idempotency key came before
--   -2^62-1 it was appended before (a names its first event)
--   -2^62-2 one of its owners has a key already
create or replace function append(
    clock timestamptz,
    r_until int[],
    o_request int[], o_key uuid[], o_digest bytea[], o_thing text[],
    a_request int[], a_id uuid[],
    e_id uuid[], e_type text[], e_kind bigint[], e_leaf bytea[], e_rest int[],
    t_event int[], t_tag bigint[],
    v_event int[], v_pointer text[], v_owner text[], v_names text[], v_salt bytea[],
    v_locked bytea[],
    k_request int[], k_owner text[], k_wrapped bytea[],
    s_request int[], s_since bigint[], s_tag int[], s_type int[], s_until int[], s_hash bigint[]
) returns bigint[] language plpgsql as $$
declare
    nothing text;
    head bigint;
    clocked timestamptz;
    -- Only where the clock is behind: recorded times never go back.
    stamp bytea;
    -- Only where something is refused; else the events stand one after the other.
    results bigint[];
    places bigint[];
    last bigint;
    events int := coalesce(cardinality(e_id), 0);
    e int := 0;
begin
%(taken)s    if coalesce(k_request, s_request, a_request, o_request) is not null then
        results := refusals(cardinality(r_until), head, a_request, a_id, k_request, k_owner,
            o_request, o_key, s_request, s_since, s_tag, s_type, s_until, s_hash);
        if results is not null then
            last := head;
            places := array_fill(0::bigint, array[events]);
            for i in 1 .. cardinality(r_until) loop
                if results[i] = 0 then
                    results[i] := last;
                    while e < r_until[i] loop
                        last := last + 1;
                        e := e + 1;
                        places[e] := last;
                    end loop;
                end if;
                e := r_until[i];
            end loop;
        end if;
    end if;
    insert into event (position, id, type, recorded_at, leaf)
        select coalesce(places[n.n], head + n.n), n.id, n.type, clocked,
            case when stamp is null or n.rest = 0 then n.leaf
                else overlay(n.leaf placing stamp from length(n.leaf) - n.rest - 26) end
        from (
            select generate_series(1, cardinality(e_id)) as n, unnest(e_id) as id,
                unnest(e_type) as type, unnest(e_leaf) as leaf, unnest(e_rest) as rest
        ) n where places is null or places[n.n] > 0;
    insert into event_tag (tag, position, type)
        select n.tag, coalesce(places[n.event], head + n.event), e_kind[n.event]
        from (select unnest(t_event) as event, unnest(t_tag) as tag) n
        where places is null or places[n.event] > 0;
    if cardinality(v_event) > 0 then
        insert into vault (position, pointer, owner, names, salt, locked)
            select coalesce(places[n.event], head + n.event), n.pointer, n.owner,
                n.names, n.salt, n.locked
            from (
                select unnest(v_event) as event, unnest(v_pointer) as pointer,
                    unnest(v_owner) as owner, unnest(v_names) as names,
                    unnest(v_salt) as salt, unnest(v_locked) as locked
            ) n where places is null or places[n.event] > 0;
    end if;
    if cardinality(k_owner) > 0 then
        insert into vault_key (owner, wrapped)
            select n.owner, n.wrapped from (
                select unnest(k_request) as request, unnest(k_owner) as owner,
                    unnest(k_wrapped) as wrapped
            ) n where results is null or results[n.request] >= 0;
    end if;
    if cardinality(o_key) > 0 then
        insert into outcome (key, digest, thing, position, events, recorded_at)
            select n.key, n.digest, n.thing,
                case when results is null then head + n.until
                    else results[n.request] + n.until - n.before end,
                n.until - n.before, clocked
            from (
                select o.*, r_until[o.request] as until,
                    coalesce(r_until[o.request - 1], 0) as before
                from (
                    select unnest(o_request) as request, unnest(o_key) as key,
                        unnest(o_digest) as digest, unnest(o_thing) as thing
                ) o
            ) n where results is null or results[n.request] >= 0;
    end if;
%(told)send $$;

-- The same for one event that comes alone, not for the second time, and with one sealed value at
-- most: a row of values takes less than rows of arrays. What there is not is null.
create or replace function append_one(
    clock timestamptz,
    e_id uuid, e_type text, e_kind bigint, e_leaf bytea, e_rest int, t_tag bigint[],
    v_pointer text, v_owner text, v_names text, v_salt bytea, v_locked bytea,
    k_owner text, k_wrapped bytea,
    o_key uuid, o_digest bytea, o_thing text,
    s_since bigint, s_tag int[], s_type int[], s_until int[], s_hash bigint[]
) returns bigint[] language plpgsql as $$
declare
    nothing text;
    head bigint;
    clocked timestamptz;
    stamp bytea;
    selectors int;
    results bigint[];
begin
%(taken)s    if k_owner is not null or o_key is not null or s_tag is not null then
        selectors := coalesce(cardinality(s_tag), 0);
        results := refusals(1, head, null, null,
            array[1], case when k_owner is not null then array[k_owner] end,
            array[1], case when o_key is not null then array[o_key] end,
            array_fill(1, array[selectors]), array_fill(s_since, array[selectors]),
            s_tag, s_type, s_until, s_hash);
    end if;
    if results is null then
        insert into event (position, id, type, recorded_at, leaf)
            values (head + 1, e_id, e_type, clocked,
                case when stamp is null or e_rest = 0 then e_leaf
                    else overlay(e_leaf placing stamp from length(e_leaf) - e_rest - 26) end);
        insert into event_tag (tag, position, type) select unnest(t_tag), head + 1, e_kind;
        if v_pointer is not null then
            insert into vault (position, pointer, owner, names, salt, locked)
                values (head + 1, v_pointer, v_owner, v_names, v_salt, v_locked);
        end if;
        if k_owner is not null then
            insert into vault_key (owner, wrapped) values (k_owner, k_wrapped);
        end if;
        if o_key is not null then
            insert into outcome (key, digest, thing, position, events, recorded_at)
                values (o_key, o_digest, o_thing, head + 1, 1, clocked);
        end if;
    end if;
%(told)send $$;
""" % {b"lock": _LOCK, b"taken": _TAKEN, b"told": _TOLD}
