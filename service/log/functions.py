"""What the server does with the log, in functions of its own: one call for a batch."""

from typing import Final

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

-- The events that the selectors of each request select, and first where the log stands, as -1.
-- Selectors without tags and types select nothing here.
create or replace function found(s_request int[], s_tags text[], s_types text[])
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
-- columns of one table: r the requests; o what is kept under their idempotency keys; a the first
-- events of those that were sent before; e the events, in order; t the tags of these; v their
-- sealed values; k the keys of owners that the program has not met; s the selectors of conditions.
--
-- Returns where the log stood, the time in microseconds since 1970, and for each request
-- the position after which its events were put, or why nothing was:
--   -n      the event at n stands in the way
--   -2^62   its idempotency key came before
--   -2^62-1 it was appended before (a names its first event)
--   -2^62-2 one of its owners has a key already
create or replace function append(
    clock timestamptz,
    r_events int[],
    o_request int[], o_key uuid[], o_digest bytea[], o_thing text[],
    a_request int[], a_id uuid[],
    e_id uuid[], e_type text[], e_kind bigint[], e_before bytea[], e_after bytea[],
    t_event int[], t_tag bigint[],
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
    e int := 0;
    i int;
    found bigint;
begin
    -- Taken for all of them, for mostly all are appended; this is the lock, too.
    update log_head set position = position + cardinality(e_id),
        recorded_at = greatest(recorded_at, clock)
        returning position - cardinality(e_id), recorded_at into strict head, clocked;
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
    if cardinality(a_id) > 0 then
        for i in select a.request from unnest(a_request, a_id) as a (request, id)
            join event using (id)
        loop
            results[i] := -4611686018427387905;
        end loop;
    end if;
    if cardinality(o_key) > 0 then
        for i in select o.request from unnest(o_request, o_key) as o (request, key)
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
            select n.place, n.id, n.type, clocked,
                case when n.after = '' then n.before else n.before || stamp || n.after end
            from (
                select unnest(places) as place, unnest(e_id) as id, unnest(e_type) as type,
                    unnest(e_before) as before, unnest(e_after) as after
            ) n where n.place > 0;
        insert into event_tag (tag, position, type)
            select n.tag, places[n.event], e_kind[n.event]
            from (select unnest(t_event) as event, unnest(t_tag) as tag) n
            where places[n.event] > 0;
        if cardinality(v_event) > 0 then
            insert into vault (position, pointer, owner, names, salt, locked)
                select places[n.event], n.pointer, n.owner, string_to_array(n.names, ' '),
                    n.salt, n.locked
                from (
                    select unnest(v_event) as event, unnest(v_pointer) as pointer,
                        unnest(v_owner) as owner, unnest(v_names) as names,
                        unnest(v_salt) as salt, unnest(v_locked) as locked
                ) n where places[n.event] > 0;
        end if;
        if cardinality(k_owner) > 0 then
            insert into vault_key (owner, wrapped)
                select n.owner, n.wrapped from unnest(k_request, k_owner, k_wrapped)
                    as n (request, owner, wrapped)
                where results[n.request] >= 0;
        end if;
    end if;
    if last < head + cardinality(e_id) then
        update log_head set position = last, recorded_at = coalesce(
            (select e.recorded_at from event e where e.position = head and last = head
                and not (0 <= any (results))),
            recorded_at);
    end if;
    if cardinality(o_key) > 0 then
        insert into outcome (key, digest, thing, position, events, recorded_at)
            select n.key, n.digest, n.thing, results[n.request] + r_events[n.request],
                r_events[n.request], clocked
            from (
                select unnest(o_request) as request, unnest(o_key) as key,
                    unnest(o_digest) as digest, unnest(o_thing) as thing
            ) n where results[n.request] >= 0;
    end if;
    return array[head, (extract(epoch from clocked) * 1000000)::bigint] || results;
end $$;
"""
