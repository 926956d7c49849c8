"""The seam to the library `eventsourcing`: our log as its `DCBRecorder` of opaque bytes.

The same tables and the same append, without what lies outside that interface: vault, times and
idempotency keys. A log is used through this or through `EventLog`, not through both: the leaves
differ.
"""

import threading
from collections.abc import Iterator, Sequence
from typing import Final, Self

import msgspec
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.persistence import IntegrityError, ProgrammingError
from uuid_utils import uuid7

from service.clock import Clock, system_clock
from service.log.committer import DEADLINE_SECONDS, Committer
from service.log.connecting import Pool, own_connection
from service.log.draft import Draft, Entry, drafted, tag_hash
from service.log.news import News
from service.log.outcomes import ConditionFailed, EventKnown, placed_on
from service.log.reading import reading
from service.log.tickets import Ticket, reading_up

LOOK_SECONDS: Final = 1.0
BATCH: Final = 500


class Opaque(msgspec.Struct, frozen=True, array_like=True):
    """The leaf of an event of which only its type and tags are known."""

    type: str
    tags: list[str]
    data: bytes


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Opaque)


class _Ready(Ticket):
    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._ready = draft

    def weight(self) -> int:
        return self._ready.size

    def make(self) -> Draft:
        return self._ready


class Recorder(DCBRecorder):
    """Events of opaque bytes in our log. Safe for use by several threads and processes."""

    def __init__(
        self, pool: Pool, clock: Clock = system_clock, deadline: float = DEADLINE_SECONDS
    ) -> None:
        self._pool = pool
        self.news = News(pool)
        self._committer = Committer(lambda: own_connection(pool), clock, self.news.told, deadline)

    def close(self) -> None:
        self._committer.close()
        self.news.close()

    def read(
        self,
        query: DCBQuery | None = None,
        *,
        after: int | None = None,
        limit: int | None = None,
    ) -> "Response":
        events, head, _ = self.read_on(query, after or 0, limit)
        if limit is None:
            return Response(events, head or None)
        return Response(events, events[-1].position if events else None)

    def read_on(
        self, query: DCBQuery | None, after: int, limit: int | None
    ) -> tuple[list[DCBSequencedEvent], int, int]:
        """Events that match, where the log stood, and up to where there are no others."""
        with self._pool.connection() as connection:
            found, head = reading(connection, query, after, limit)
        until = found[-1][0] if found and len(found) == limit else head
        events = [(position, _DECODER.decode(leaf)) for position, leaf in found]
        return (
            [
                DCBSequencedEvent(DCBEvent(event.type, event.data, event.tags), position)
                for position, event in events
                if _selected(query, event)
            ],
            head,
            until,
        )

    def append(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None
    ) -> int:
        """Append, and give back the position of the last.

        Raises:
            IntegrityError: if the condition fails.
            LogBusy: if too much waits already, or the server is away; nothing was appended.
            OutcomeUnknown: if no answer came in time.
        """
        if not events:
            raise ProgrammingError("There is nothing to append.")
        entries = [
            Entry(
                id=uuid7().bytes,
                type=event.type,
                hashes=(tag_hash(event.type), *{tag_hash(tag) for tag in event.tags}),
                before=_ENCODER.encode(Opaque(event.type, event.tags, event.data)),
                after=b"",
            )
            for event in events
        ]
        try:
            draft = drafted(entries, condition)
            head = self._committer.append(_Ready(draft)).head
        except ConditionFailed as error:
            raise IntegrityError(condition) from error
        except EventKnown as known:
            with reading_up(known), self._pool.connection() as connection:
                head, _ = placed_on(connection, entries[0].id)
        return head + len(entries)

    def subscribe(
        self, query: DCBQuery | None = None, *, after: int | None = None
    ) -> "Subscription":
        return Subscription(self, query, after)


class Response(DCBReadResponse):
    def __init__(self, events: Sequence[DCBSequencedEvent], head: int | None) -> None:
        self._events = iter(events)
        self._head = head

    @property
    def head(self) -> int | None:
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        return next(self._events)


class Subscription(DCBSubscription[Recorder]):
    """Every event that matches, once and in order; waits for those to come."""

    def __init__(self, recorder: Recorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(recorder, query, after)
        self._news = threading.Event()
        self._events: Iterator[DCBSequencedEvent] = iter(())
        self._listening = recorder.news.listening(self._news.set)

    def __enter__(self) -> Self:
        super().__enter__()
        self._listening.__enter__()
        return self

    def stop(self) -> None:
        super().stop()
        self._news.set()
        self._listening.__exit__(None, None, None)

    def __next__(self) -> DCBSequencedEvent:
        while not self._has_been_stopped:
            for event in self._events:
                return event
            self._news.clear()
            before = self._last_position
            events, _, until = self._recorder.read_on(self._query, before, BATCH)
            self._last_position = max(before, until)
            self._events = iter(events)
            if not events and self._last_position == before:
                self._news.wait(LOOK_SECONDS)
        raise StopIteration


def _selected(query: DCBQuery | None, event: Opaque) -> bool:
    if query is None or not query.items:
        return True
    return any(
        (not item.types or event.type in item.types) and set(event.tags).issuperset(item.tags)
        for item in query.items
    )
