"""The event log: conditional appends at gapless positions, and reads by what an event concerns."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from eventsourcing.dcb.api import DCBQuery
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.conversations import FACTS
from domain.facts import Fact, Recorded, stored_name, tags
from service.clock import Clock
from service.log.appending import Appending, AppendRequest, draft_of, outcome_of
from service.log.bulk import copy_in, hold
from service.log.committer import DEADLINE_SECONDS, Committer
from service.log.connecting import Pool, own_connection
from service.log.draft import Draft, TooLarge
from service.log.keys import Digests, KeyRing, Sealing
from service.log.leaf import decode, id_in, unseal
from service.log.news import News
from service.log.outcomes import (
    ConditionFailed,
    KeyReused,
    Outcome,
    RecordedEvent,
    Unsettled,
    kept_outcomes,
)
from service.log.reading import END, head_of, reading, reading_on
from service.log.tickets import LogBusy, OutcomeUnknown, reading_up
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
            return head_of(connection)

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

    def begin(self, request: AppendRequest, told: Callable[[], None]) -> Appending:
        """Begin to append; `told` is called by the committer once there is something to settle.

        Raises:
            LogBusy: if too much waits already.
        """
        appending = Appending(self, request)
        appending.told = told
        self.committer.submit(appending)
        return appending

    def append_all(self, requests: Sequence[AppendRequest], after: int) -> int:
        """Append what was decided, each upon the one before, when the log stood at `after`.

        All of it, or nothing. Returns where the log stands then.

        Raises:
            ConditionFailed: if others appended meanwhile what one of the conditions names, or
                came first with one of the idempotency keys.
        """
        sealing = Sealing(self.ring)

        def draft(request: AppendRequest) -> Draft:
            return draft_of(request, sealing, self.digests, dict[str, bytes])

        with self._pool.connection() as connection, connection.transaction():
            head, last = hold(connection)
            _check_all(connection, requests, after)
            now = max(self._clock(), last)
            head = copy_in(connection, requests, draft, sealing, head=head, now=now)
        sealing.remember()
        self.news.told()
        return head

    # Keys.

    def key_for(self, owner: str) -> bytes:
        """The key of an owner, made if there is none yet."""
        if key := self.key_of(owner):
            return key
        with self._pool.connection() as connection, connection.transaction():
            # While nobody appends: every key that is new comes so.
            hold(connection)
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
