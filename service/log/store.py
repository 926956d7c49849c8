"""The event log: conditional appends at gapless positions, and reads by what an event concerns."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from msgspec import Struct
from psycopg import Connection
from psycopg.rows import TupleRow
from uuid_utils import uuid7

from domain.conversations import FACTS
from domain.facts import Fact, Recorded, Source, stored_name, tags
from domain.vocabulary import ActorId, UserId
from service.clock import Clock
from service.log.bulk import OwnersMet, copy_in, lock_head
from service.log.committer import (
    DEADLINE_SECONDS,
    Committer,
    LogBusy,
    OutcomeUnknown,
    Ticket,
    reading_up,
)
from service.log.connecting import Pool, own_connection
from service.log.draft import Draft, Entry, Locked, TooLarge, drafted, tag_hash
from service.log.keys import Digests, KeyRing, Sealing
from service.log.leaf import decode, encode, id_in, seal, unseal
from service.log.news import News
from service.log.outcomes import (
    ConditionFailed,
    EventKnown,
    KeyKnown,
    KeyReused,
    Outcome,
    RecordedEvent,
    Unsettled,
    kept_outcomes,
    outcome_at,
    placed_on,
)
from service.log.reading import END, reading, reading_on
from service.log.vault import derive, new_key

__all__ = [
    "AppendRequest",
    "ConditionFailed",
    "EventLog",
    "KeyReused",
    "LogBusy",
    "Outcome",
    "OutcomeUnknown",
    "Pool",
    "ReadResult",
    "RecordedEvent",
    "TooLarge",
    "Unsettled",
    "WrongSecret",
    "outcome_of",
]


_TYPES: Final = frozenset(map(stored_name, FACTS))


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


class WrongSecret(Exception):  # noqa: N818
    """The database was filled under another secret, so nothing sealed could be read."""

    def __init__(self) -> None:
        super().__init__(
            "The secret (AANZET_SECRET, or the file secret.key in the data folder) is not the one "
            "this database was filled with; sealed texts could not be read."
        )


class EventLog:
    """The log in one PostgreSQL database. Safe for use by several threads and processes."""

    def __init__(
        self, pool: Pool, secret: bytes, clock: Clock, deadline: float = DEADLINE_SECONDS
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._mark: Final = derive(secret, "aanzet mark")
        self.digests = Digests(derive(secret, "aanzet digests"))
        self.ring = KeyRing(derive(secret, "aanzet vault"))
        self.news = News(pool)
        self.committer = Committer(
            lambda: own_connection(pool),
            clock,
            self.news.told,
            deadline,
        )

    def close(self) -> None:
        """Answer those who wait, then end what runs beside."""
        self.committer.close()
        self.news.close()

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
        until: int = END,
        limit: int | None = None,
        unsealed: bool = False,
    ) -> ReadResult:
        """The events that match, in order of position, from one snapshot.

        Without `unsealed` their sealed values read as commitments, which spares the vault.
        """
        events, head, _ = self._read(query, after, limit, until, unsealed=unsealed)
        return ReadResult(events, head)

    def read_on(
        self, query: DCBQuery | None, after: int, limit: int, *, unsealed: bool
    ) -> tuple[list[Recorded], int]:
        """The next events that match, and up to where there are no others."""
        events, _, until = self._read(query, after, limit, unsealed=unsealed)
        return events, until

    def next(
        self,
        after: int,
        limit: int,
        types: Sequence[str] | None = None,
        *,
        unsealed: bool = True,
    ) -> tuple[list[Recorded], int]:
        """The next events of these types, and up to where there are no others.

        Raises:
            Undecodable: of the first event that this program does not know, of whatever type.
        """
        but = () if types is None else sorted(_TYPES.difference(types))
        with self._pool.connection() as connection:
            found, head = reading_on(connection, after, limit, but)
            if unsealed and found:
                events = self._unsealed(connection, found)
            else:
                events = [decode(position, leaf) for position, leaf in found]
        return events, found[-1][0] if len(found) == limit else head

    def _read(
        self,
        query: DCBQuery | None,
        after: int,
        limit: int | None,
        until: int = END,
        *,
        unsealed: bool,
    ) -> tuple[list[Recorded], int, int]:
        with self._pool.connection() as connection:
            found, head = reading(connection, query, after, limit, until)
            events = (
                self._unsealed(connection, found)
                if unsealed
                else [decode(position, leaf) for position, leaf in found]
            )
        end = found[-1][0] if found and len(found) == limit else head
        return [e for e in events if selected(query, e.fact)], head, end

    def at(self, position: int) -> Recorded | None:
        """The event at a position, unsealed."""
        events = self.read(after=position - 1, limit=1, unsealed=True).events
        return events[0] if events and events[0].position == position else None

    def at_all(
        self, connection: Connection[TupleRow], positions: Sequence[int]
    ) -> dict[int, Recorded]:
        """The events at these positions, unsealed; on a connection of the caller's."""
        found = connection.execute(
            "select position, leaf from event where position = any(%s)", [positions], binary=True
        ).fetchall()
        return {event.position: event for event in self._unsealed(connection, found)}

    def outcome(self, key: UUID, digest: bytes) -> Outcome | None:
        """What became of the command with this idempotency key, if it came before.

        Raises:
            KeyReused: if it came with another body.
        """
        with self._pool.connection() as connection:
            return self.outcome_on(connection, key, digest)

    def outcome_on(
        self, connection: Connection[TupleRow], key: UUID, digest: bytes
    ) -> Outcome | None:
        """The same, on a connection of the caller's."""
        kept = kept_outcomes(connection, [key]).get(key)
        if kept is None:
            return None
        if not self.digests.same(kept.digest, key, digest):
            raise KeyReused
        return kept.outcome

    def outcomes(self, keys: Sequence[UUID]) -> dict[UUID, tuple[bytes, Outcome]]:
        """What became of the commands with these keys that came before, and kept digests."""
        with self._pool.connection() as connection:
            return dict(kept_outcomes(connection, keys))

    # Appending.

    def append(self, request: AppendRequest) -> Outcome:
        """Append facts at the next positions, unless the condition fails.

        Raises:
            ConditionFailed: if an event that the condition names was appended meanwhile.
            KeyReused: if the idempotency key came with another body before.
            TooLarge: if the facts take more than what goes together.
            LogBusy: if too much waits already, or the server is away; nothing was appended.
            OutcomeUnknown: if no answer came in time; the same key gets it later.
        """
        appending = Appending(self, request)
        while True:
            try:
                self.committer.append(appending)
                return appending.settled()
            except Unsettled as unsettled:
                with reading_up(unsettled), self._pool.connection() as connection:
                    if outcome := appending.settle(connection, unsettled):
                        return outcome

    def begin(self, request: AppendRequest, told: Callable[[], None]) -> "Appending":
        """Begin to append; `told` is called, in another thread, once there is something to settle.

        Raises:
            LogBusy: if too much waits already.
        """
        appending = Appending(self, request)
        self.committer.submit(appending, told)
        return appending

    def append_all(self, requests: Sequence[AppendRequest], after: int) -> int:
        """Append what was decided, each upon the one before, when the log stood at `after`.

        All of it, or nothing. Returns where the log stands then.

        Raises:
            ConditionFailed: if others appended meanwhile what one of the conditions names, or
                came first with one of the idempotency keys.
        """
        known: dict[str, bytes] = {}
        while True:
            sealing = Sealing(self.ring, known)
            drafts = (
                _draft(request, sealing, self.digests, dict[str, bytes]) for request in requests
            )
            try:
                with self._pool.connection() as connection, connection.transaction():
                    head, last = lock_head(connection)
                    _check_all(connection, requests, after)
                    head = copy_in(connection, drafts, sealing, head, max(self._clock(), last))
            except OwnersMet as met:
                known |= met.keys
                continue
            self.ring.remember(sealing.made)
            self.news.told()
            return head

    # Keys.

    def key_for(self, owner: str) -> bytes:
        """The key of an owner, made if there is none yet."""
        if key := self.key_of(owner):
            return key
        with self._pool.connection() as connection, connection.transaction():
            # Under the log's lock, as every key that is new.
            lock_head(connection)
            if not (found := self.ring.load(connection, (owner,))):
                found = {owner: new_key()}
                connection.execute(
                    "insert into vault_key (owner, wrapped) values (%s, %s)",
                    [owner, self.ring.wrap(owner, found[owner])],
                )
        self.ring.remember(found)
        return found[owner]

    def key_of(self, owner: str) -> bytes | None:
        """The key of an owner, read anew; none if it was erased or never made."""
        with self._pool.connection() as connection:
            return self.ring.load(connection, (owner,)).get(owner)

    def keys_of(self, connection: Connection[TupleRow], owners: Iterable[str]) -> dict[str, bytes]:
        """The keys of these owners that the database has."""
        keys = self.ring.load(connection, owners)
        self.ring.remember(keys)
        return keys

    def _unsealed(
        self, connection: Connection[TupleRow], found: Sequence[tuple[int, bytes]]
    ) -> list[Recorded]:
        # As text: the server reads a long array far sooner than it is made ready item by item.
        positions = ",".join([str(position) for position, _ in found])
        # The keys too are read each time: one that was erased elsewhere must not live on here.
        rows = connection.execute(
            "select position, pointer, locked, owner, wrapped from vault left join vault_key"
            " using (owner) where position = any(%s::bigint[])",
            [f"{{{positions}}}"],
            binary=True,
        ).fetchall()
        opening = self.ring.opening
        ids = {position: id_in(leaf) for position, leaf in found}
        values: dict[int, list[tuple[str, str | None]]] = {position: [] for position in ids}
        for position, pointer, locked, owner, wrapped in rows:
            value = opening(owner, wrapped)(locked, ids[position] + pointer) if wrapped else None
            values[position].append((pointer, None if value is None else value.decode()))
        return [unseal(position, leaf, values[position]) for position, leaf in found]


class Appending(Ticket):
    """An append under way."""

    def __init__(self, log: EventLog, request: AppendRequest) -> None:
        super().__init__(len(msgspec.json.encode(request.facts)))
        self._log = log
        self._request = request
        self._sealing = Sealing(log.ring)

    def give_up(self) -> None:
        """Wait for it no longer: `settled` says what is known."""
        self._log.committer.give_up(self)

    def settled(self) -> Outcome:
        """What became of it.

        Raises:
            Unsettled: if that is to be read; `settle` does.
            Exception: what `EventLog.append` does.
        """
        placed = self.result()
        self._sealing.remember()
        return outcome_of(self._request, placed.head, placed.recorded_at)

    def settle(self, connection: Connection[TupleRow], unsettled: Unsettled) -> Outcome | None:
        """Read what became of it; none if it is to be sent once more, now that all is known.

        Raises:
            KeyReused: if the idempotency key came with another body before.
        """
        match unsettled:
            case KeyKnown() if key := self._request.key:
                return self._log.outcome_on(connection, key, self._request.digest)
            case EventKnown() if draft := self.draft:
                head, recorded_at = placed_on(connection, draft.entries[0].id)
                return outcome_of(self._request, head, recorded_at)
            case _:
                self._begin_anew(self._log.keys_of(connection, self._sealing.made))
                return None

    def _begin_anew(self, keys: dict[str, bytes]) -> None:
        self.answer = self.draft = None
        self.sent = False
        self._sealing = Sealing(self._log.ring, keys)

    def repeat(self) -> None:
        """Send it once more.

        Raises:
            LogBusy: if too much waits already.
        """
        self._log.committer.submit(self, self.told)

    def make(self) -> Draft:
        return _draft(self._request, self._sealing, self._log.digests, self._sealing.wrapped)


def _draft(
    request: AppendRequest,
    sealing: Sealing,
    digests: Digests,
    owners: Callable[[], dict[str, bytes]],
) -> Draft:
    entries = [_entry(request, fact, sealing) for fact in request.facts]
    # Only now it is known whose keys were made.
    return drafted(
        entries,
        request.condition,
        thing=request.thing,
        key=request.key.bytes if request.key else None,
        digest=digests.kept(request.key, request.digest) if request.key else b"",
        owners=owners(),
    )


def _entry(request: AppendRequest, fact: Fact, sealing: Sealing) -> Entry:
    sealed, event_id = seal(fact), uuid7()
    name, kind = str(event_id), stored_name(type(fact))
    before, after = encode(
        sealed,
        version=fact.VERSION,
        event_id=name,
        occurred_at=request.occurred_at,
        recorded_by=request.recorded_by,
        source=request.source,
        request_id=request.request_id,
        on_behalf_of=request.on_behalf_of,
        out_of_order=request.out_of_order,
    )
    return Entry(
        event_id.bytes,
        kind,
        (tag_hash(kind), *map(tag_hash, sealed.tags)),
        before,
        after,
        tuple(
            [
                Locked(
                    v.pointer,
                    v.owner,
                    v.names,
                    v.salt,
                    sealing.lock(v.owner, v.value, name + v.pointer),
                )
                for v in sealed.values
            ]
        ),
    )


def outcome_of(request: AppendRequest, head: int, now: datetime) -> Outcome:
    """What becomes of a request that is appended now, after `head`."""
    return outcome_at(request.thing, [stored_name(type(fact)) for fact in request.facts], head, now)


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
            if request.condition and selected(request.condition.fail_if_events_match, fact):
                raise ConditionFailed(position)


def selected(query: DCBQuery | None, fact: Fact) -> bool:
    """Whether a query really names the fact: hashes may collide, tags do not."""
    if query is None or not query.items:
        return True
    name, found = stored_name(type(fact)), tags(fact)
    return any(
        (not item.types or name in item.types) and found.issuperset(item.tags)
        for item in query.items
    )
