"""The event log: conditional appends at gapless positions, and reads by what an event concerns."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from msgspec import Struct
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.facts import Fact, Recorded, Source, stored_name, tags
from domain.vocabulary import ActorId, UserId
from service.clock import Clock
from service.ids import new_uuid
from service.log.leaf import Sealed, decode, encode, seal, unseal
from service.log.vault import derive, lock, new_key, unlock

Pool = ConnectionPool[Connection[TupleRow]]


class RecordedEvent(Struct, frozen=True, kw_only=True):
    position: int
    type: str


class Outcome(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a command: the thing, and the events it made."""

    id: str
    position: int
    """Of its last event; if it was already so, where the log stood."""
    recorded_at: datetime
    events: tuple[RecordedEvent, ...]


class AppendRequest(Struct, frozen=True, kw_only=True):
    """Facts to append together, or not at all."""

    thing: str
    facts: Sequence[Fact]
    occurred_at: datetime
    recorded_by: UserId
    source: Source
    request_id: str
    on_behalf_of: ActorId | None = None
    out_of_order: bool = False
    condition: DCBAppendCondition | None = None
    key: UUID | None = None
    digest: bytes = b""
    """Of the command's body: the same key with another body is refused."""


class ReadResult(NamedTuple):
    events: list[Recorded]
    head: int
    """The last position of the log in the snapshot that was read."""


class ConditionFailed(Exception):  # noqa: N818 - somebody was faster; the caller decides again
    """An event within the boundary was appended after it was read."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"The event at {position} was recorded after the boundary was read.")


class KeyReused(Exception):  # noqa: N818
    """The idempotency key came with another body before."""


class WrongSecret(Exception):  # noqa: N818
    """The database was filled under another secret, so nothing sealed could be read."""

    def __init__(self) -> None:
        super().__init__(
            "The secret (AANZET_SECRET, or the file secret.key in the data folder) is not the one "
            "this database was filled with; sealed texts could not be read."
        )


@lru_cache(maxsize=65536)
def tag_hash(tag: str) -> int:
    """The 64 bits under which a tag is indexed."""
    return int.from_bytes(hashlib.blake2b(tag.encode(), digest_size=8).digest(), signed=True)


class EventLog:
    """The log in one PostgreSQL database. Safe for use by several threads and processes."""

    def __init__(self, pool: Pool, secret: bytes, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._wrapping: Final = derive(secret, "aanzet vault")
        self._mark: Final = derive(secret, "aanzet mark")
        self._keys: dict[str, bytes] = {}

    def check_secret(self) -> None:
        """Remember the secret's mark on first use, compare it afterwards.

        Raises:
            WrongSecret: if the database was filled under another.
        """
        with self._pool.connection() as connection:
            connection.execute(
                "insert into secret_mark (mark) values (%s) on conflict do nothing", [self._mark]
            )
            row = connection.execute("select mark from secret_mark").fetchone()
        if row is None or row[0] != self._mark:
            raise WrongSecret

    # Reading.

    def head(self) -> int:
        with self._pool.connection() as connection:
            row = connection.execute("select position from log_head").fetchone()
        return row[0] if row else 0

    def read(
        self,
        query: DCBQuery | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
        unsealed: bool = False,
    ) -> ReadResult:
        """The events that match, in order of position, from one snapshot.

        Without `unsealed` their sealed values read as commitments, which spares the vault.
        """
        matching, parameters = _matching(query, after)
        statement = f"""
            select h.position, e.position, e.leaf from log_head h left join lateral (
                select position, leaf from event where position > %s and position <= h.position
                {matching} order by position limit %s
            ) e on true order by e.position
        """  # fmt: skip
        with self._pool.connection() as connection:
            rows = connection.execute(
                statement,  # pyright: ignore[reportArgumentType]
                [after, *parameters, limit],
            ).fetchall()
            found = [(position, leaf) for _, position, leaf in rows if position is not None]
            events = (
                self._unsealed(connection, found)
                if unsealed
                else [decode(position, leaf) for position, leaf in found]
            )
        return ReadResult([e for e in events if _selected(query, e.fact)], rows[0][0])

    def at(self, position: int) -> Recorded | None:
        """The event at a position, unsealed."""
        events = self.read(after=position - 1, limit=1, unsealed=True).events
        return events[0] if events and events[0].position == position else None

    def outcome(self, key: UUID, digest: bytes) -> Outcome | None:
        """What became of the command with this idempotency key, if it came before.

        Raises:
            KeyReused: if it came with another body.
        """
        with self._pool.connection() as connection:
            return _outcome(connection, key, digest)

    def outcomes(self, keys: Sequence[UUID]) -> dict[UUID, tuple[bytes, Outcome]]:
        """What became of the commands with these keys that came before, and their digests."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "select key, digest, answer from outcome where key = any(%s)", [list(keys)]
            ).fetchall()
        return {
            key: (digest, msgspec.json.decode(answer, type=Outcome)) for key, digest, answer in rows
        }

    # Appending.

    def append(self, request: AppendRequest) -> Outcome:
        """Append facts at the next positions, unless the condition fails.

        Raises:
            ConditionFailed: if an event that the condition names was appended meanwhile.
            KeyReused: if the idempotency key came with another body before.
        """
        sealed = [seal(fact) for fact in request.facts]
        with self._pool.connection() as connection, connection.transaction():
            head, last = _lock_head(connection)
            if request.key and (known := _outcome(connection, request.key, request.digest)):
                return known
            _check(connection, request.condition)
            now = max(self._clock(), last)
            recorded = _recorded(request, head, now)
            outcome = outcome_of(request, head, now)
            fresh = self._insert(connection, recorded, sealed)
            _keep_outcomes(connection, [(request, outcome)])
        self._keys |= fresh
        return outcome

    def append_all(self, requests: Sequence[AppendRequest], after: int) -> int:
        """Append what was decided, each upon the one before, when the log stood at `after`.

        All of it, or nothing. Returns where the log stands then.

        Raises:
            ConditionFailed: if others appended meanwhile what one of the conditions names, or
                came first with one of the idempotency keys.
        """
        sealed = [seal(fact) for request in requests for fact in request.facts]
        with self._pool.connection() as connection, connection.transaction():
            start, last = _lock_head(connection)
            _check_all(connection, requests, after)
            now, head = max(self._clock(), last), start
            recorded: list[Recorded] = []
            outcomes: list[tuple[AppendRequest, Outcome]] = []
            for request in requests:
                outcomes.append((request, outcome_of(request, head, now)))
                recorded += _recorded(request, head, now)
                head += len(request.facts)
            fresh = self._insert(connection, recorded, sealed)
            _keep_outcomes(connection, outcomes)
        self._keys |= fresh
        return head

    def _insert(
        self,
        connection: Connection[TupleRow],
        recorded: Sequence[Recorded],
        sealed: Sequence[tuple[dict[str, Any], list[Sealed]]],
    ) -> dict[str, bytes]:
        """Write events, tags, vault and the head; return the keys that are new."""
        if not recorded:
            return {}
        owners = {value.owner for _, values in sealed for value in values}
        fresh = self._fresh_keys(connection, owners)
        keys = self._keys | fresh
        events = [
            (r.position, r.id, stored_name(type(r.fact)), r.recorded_at, encode(r, raw))
            for r, (raw, _) in zip(recorded, sealed, strict=True)
        ]
        vault = [
            (
                r.position,
                v.pointer,
                v.owner,
                " ".join(v.names),
                v.salt,
                lock(keys[v.owner], v.value.encode(), f"{r.id}{v.pointer}"),
            )
            for r, (_, values) in zip(recorded, sealed, strict=True)
            for v in values
        ]
        # By arrays through plain execute: a pipeline can hang on large parameters.
        connection.execute(
            "insert into event (position, id, type, recorded_at, leaf) select * from"
            " unnest(%s::bigint[], %s::uuid[], %s::text[], %s::timestamptz[], %s::bytea[])",
            _columns(events, 5),
        )
        connection.execute(
            "insert into event_tag (tag, position, type)"
            " select * from unnest(%s::bigint[], %s::bigint[], %s::bigint[])",
            _columns(_tag_rows(recorded), 3),
        )
        connection.execute(
            "insert into vault (position, pointer, owner, names, salt, locked)"
            " select position, pointer, owner, string_to_array(names, ' '), salt, locked from"
            " unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[])"
            " as sealed (position, pointer, owner, names, salt, locked)",
            _columns(vault, 6),
        )
        connection.execute(
            "update log_head set position = %s, recorded_at = %s",
            [recorded[-1].position, recorded[-1].recorded_at],
        )
        return fresh

    # Keys.

    def key_for(self, owner: str) -> bytes:
        """The key of an owner, made if there is none yet."""
        if key := self.key_of(owner):
            return key
        with self._pool.connection() as connection, connection.transaction():
            _lock_head(connection)
            fresh = self._fresh_keys(connection, {owner})
        self._keys |= fresh
        return self._keys[owner]

    def key_of(self, owner: str) -> bytes | None:
        """The key of an owner, read anew; none if it was erased or never made."""
        with self._pool.connection() as connection:
            return self._load_keys(connection, (owner,)).get(owner)

    def _fresh_keys(self, connection: Connection[TupleRow], owners: set[str]) -> dict[str, bytes]:
        """Keys for owners that this process does not know yet, made where there are none.

        Runs under the log's lock, so that no two processes make a key for one owner.
        """
        unknown = owners - self._keys.keys()
        found = self._load_keys(connection, unknown)
        made = {owner: new_key() for owner in unknown - found.keys()}
        wrapped = [(owner, lock(self._wrapping, key, owner)) for owner, key in made.items()]
        connection.execute(
            "insert into vault_key (owner, wrapped) select * from unnest(%s::text[], %s::bytea[])",
            _columns(wrapped, 2),
        )
        return found | made

    def _load_keys(
        self, connection: Connection[TupleRow], owners: Iterable[str]
    ) -> dict[str, bytes]:
        wanted = list(owners)
        if not wanted:
            return {}
        rows = connection.execute(
            "select owner, wrapped from vault_key where owner = any(%s)", [wanted]
        ).fetchall()
        return {owner: unlock(self._wrapping, wrapped, owner) for owner, wrapped in rows}

    def _unsealed(
        self, connection: Connection[TupleRow], found: Sequence[tuple[int, bytes]]
    ) -> list[Recorded]:
        rows = connection.execute(
            "select v.position, v.pointer, v.owner, v.locked, e.id from vault v"
            " join event e using (position) where v.position = any(%s)",
            [[position for position, _ in found]],
        ).fetchall()
        # Read anew each time: a key that was erased elsewhere must not live on here.
        keys = self._load_keys(connection, {owner for _, _, owner, _, _ in rows})
        values: dict[int, list[tuple[str, str | None]]] = {}
        for position, pointer, owner, locked, event_id in rows:
            key = keys.get(owner)
            value = unlock(key, locked, f"{event_id}{pointer}").decode() if key else None
            values.setdefault(position, []).append((pointer, value))
        return [unseal(position, leaf, values.get(position, [])) for position, leaf in found]


def _lock_head(connection: Connection[TupleRow]) -> tuple[int, datetime]:
    row = connection.execute(
        "select position, greatest(recorded_at, '0001-01-01 00:00Z') from log_head for update"
    ).fetchone()
    if row is None:
        raise LookupError("The log has no head: its schema was not set up.")
    return row[0], row[1].astimezone(UTC)


def _outcome(connection: Connection[TupleRow], key: UUID, digest: bytes) -> Outcome | None:
    row = connection.execute("select digest, answer from outcome where key = %s", [key]).fetchone()
    if row is None:
        return None
    if row[0] != digest:
        raise KeyReused
    return msgspec.json.decode(row[1], type=Outcome)


def outcome_of(request: AppendRequest, head: int, now: datetime) -> Outcome:
    """What becomes of a request that is appended now, after `head`."""
    events = tuple(
        RecordedEvent(position=position, type=stored_name(type(fact)))
        for position, fact in enumerate(request.facts, start=head + 1)
    )
    last = head + len(events)
    return Outcome(id=request.thing, position=last, recorded_at=now, events=events)


def _recorded(request: AppendRequest, head: int, now: datetime) -> list[Recorded]:
    return [
        Recorded(
            position=position,
            id=new_uuid(),
            fact=fact,
            occurred_at=request.occurred_at,
            recorded_at=now,
            recorded_by=request.recorded_by,
            on_behalf_of=request.on_behalf_of,
            source=request.source,
            request_id=request.request_id,
            out_of_order=request.out_of_order,
        )
        for position, fact in enumerate(request.facts, start=head + 1)
    ]


def _keep_outcomes(
    connection: Connection[TupleRow], outcomes: Iterable[tuple[AppendRequest, Outcome]]
) -> None:
    rows = [
        (request.key, request.digest, msgspec.json.encode(outcome))
        for request, outcome in outcomes
        if request.key
    ]
    if rows:
        connection.execute(
            "insert into outcome (key, digest, answer)"
            " select * from unnest(%s::uuid[], %s::bytea[], %s::bytea[])",
            _columns(rows, 3),
        )


def _check(connection: Connection[TupleRow], condition: DCBAppendCondition | None) -> None:
    if condition is None:
        return
    after = condition.after or 0
    matching, parameters = _matching(condition.fail_if_events_match, after)
    row = connection.execute(
        f"select position from event where position > %s {matching} order by position limit 1",  # pyright: ignore[reportArgumentType]
        [after, *parameters],
    ).fetchone()
    if row is not None:
        raise ConditionFailed(row[0])


def _check_all(
    connection: Connection[TupleRow], requests: Sequence[AppendRequest], after: int
) -> None:
    """Check many conditions against what others appended since `after`."""
    keys = [request.key for request in requests if request.key]
    taken = connection.execute("select from outcome where key = any(%s) limit 1", [keys])
    if taken.fetchone() is not None:
        raise ConditionFailed(after)
    rows = connection.execute(
        "select position, leaf from event where position > %s order by position", [after]
    )
    for position, leaf in rows:
        fact = decode(position, leaf).fact
        for request in requests:
            if request.condition and _selected(request.condition.fail_if_events_match, fact):
                raise ConditionFailed(position)


def _matching(query: DCBQuery | None, after: int) -> tuple[str, list[object]]:
    """A condition on `event.position` that selects what a query matches, and its parameters."""
    if query is None or not query.items:
        return "", []
    selects: list[str] = []
    parameters: list[object] = []
    for item in query.items:
        types = [tag_hash(name) for name in item.types]
        parts: list[str] = []
        for tag in item.tags:
            parts.append(
                "select position from event_tag where tag = %s and position > %s"
                + (" and type = any(%s)" if types else "")
            )
            parameters += [tag_hash(tag), after, *([types] if types else [])]
        if not item.tags:
            parts.append("select position from event_tag where tag = any(%s) and position > %s")
            parameters += [types, after]
        selects.append(f"({' intersect '.join(parts)})")
    return f"and position in ({' union all '.join(selects)})", parameters


def _selected(query: DCBQuery | None, fact: Fact) -> bool:
    """Whether a query really names the fact: hashes may collide, tags do not."""
    if query is None or not query.items:
        return True
    name, found = stored_name(type(fact)), tags(fact)
    return any(
        (not item.types or name in item.types) and found.issuperset(item.tags)
        for item in query.items
    )


def _tag_rows(recorded: Iterable[Recorded]) -> list[tuple[int, int, int]]:
    rows: list[tuple[int, int, int]] = []
    for r in recorded:
        kind = tag_hash(stored_name(type(r.fact)))
        rows.append((kind, r.position, kind))
        rows += [(tag_hash(tag), r.position, kind) for tag in tags(r.fact)]
    return rows


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[i] for row in rows] for i in range(width)]
