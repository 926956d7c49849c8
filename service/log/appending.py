"""What is to be appended: the request, how it is made ready, and what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from eventsourcing.dcb.api import DCBAppendCondition
from msgspec import Struct
from psycopg import Connection
from psycopg.rows import TupleRow
from uuid_utils import uuid7

from domain.facts import Fact, Source, stored_name
from domain.vocabulary import ActorId, UserId
from service.log.draft import Draft, Entry, Locked, drafted, tag_hash
from service.log.keys import Digests, Sealing
from service.log.leaf import encode, seal
from service.log.outcomes import EventKnown, KeyKnown, Outcome, Unsettled, outcome_at, placed_on
from service.log.tickets import Ticket

if TYPE_CHECKING:
    from service.log.store import EventLog


_ENCODER: Final = msgspec.json.Encoder()


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


class Appending(Ticket):
    """An append under way."""

    def __init__(self, log: "EventLog", request: AppendRequest) -> None:
        super().__init__()
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
        self._log.committer.submit(self)

    def weight(self) -> int:
        return len(_ENCODER.encode(self._request.facts))

    def make(self) -> Draft:
        return draft_of(self._request, self._sealing, self._log.digests, self._sealing.wrapped)


def draft_of(
    request: AppendRequest,
    sealing: Sealing,
    digests: Digests,
    owners: Callable[[], dict[str, bytes]],
) -> Draft:
    entries = [_entry(request, fact, sealing) for fact in request.facts]
    key = request.key.bytes if request.key else None
    # Only now it is known whose keys were made.
    return drafted(
        entries,
        request.condition,
        thing=request.thing,
        key=key,
        digest=digests.kept(key, request.digest) if key else b"",
        owners=owners(),
    )


def _entry(request: AppendRequest, fact: Fact, sealing: Sealing) -> Entry:
    sealed, event_id = seal(fact), uuid7()
    name, kind = str(event_id), stored_name(type(fact))
    before, after = encode(sealed, name, request)
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
                    sealed.names,
                    v.salt,
                    sealing.lock(v.owner, v.value, name + v.pointer),
                )
                for v in sealed.values
            ]
        ),
    )


def outcome_of(request: AppendRequest, head: int, now: datetime) -> Outcome:
    """What becomes of a request that is appended now, after `head`."""
    return outcome_at(request.thing, map(stored_name, map(type, request.facts)), head, now)
