"""Batches: which requests go to the server together, and the one call that takes them there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate, chain, count, repeat
from typing import Final, NamedTuple

from service.log import wire
from service.log.draft import Draft, Entry, Selector, laid_out

LARGEST_EVENTS: Final = 512
LARGEST_BYTES: Final = 4_000_000

REQUEST: Final = (wire.INT4,)
OUTCOME: Final = (wire.INT4, wire.UUID, wire.BYTEA, wire.TEXT)
SENT: Final = (wire.INT4, wire.UUID)
EVENT: Final = (wire.UUID, wire.TEXT, wire.INT8, wire.BYTEA, wire.BYTEA)
TAG: Final = (wire.INT4, wire.INT8)
SEALED: Final = (wire.INT4, wire.TEXT, wire.TEXT, wire.TEXT, wire.BYTEA, wire.BYTEA)
OWNER: Final = (wire.INT4, wire.TEXT, wire.BYTEA)
SELECTOR: Final = (wire.INT4, wire.INT8, wire.INT4, wire.INT4, wire.INT4)
HASH: Final = (wire.INT8,)
KINDS: Final = (
    wire.TIMESTAMPTZ,
    *(
        wire.ARRAY_OF[kind]
        for table in (REQUEST, OUTCOME, SENT, EVENT, TAG, SEALED, OWNER, SELECTOR, HASH)
        for kind in table
    ),
)
"""The types of the parameters of the function `append`: a moment, and tables as their columns."""

STATEMENT: Final = f"select append({', '.join(f'${n}' for n in range(1, len(KINDS) + 1))})"

# What the function answers for a request that it did not append.
KNOWN_KEY: Final = -(2**62)
KNOWN_EVENT: Final = -(2**62) - 1
KNOWN_OWNER: Final = -(2**62) - 2


class Batch:
    """Requests of which none depends on what another of them does."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []
        self._events = 0
        self._bytes = 0
        self._keys: set[bytes] = set()
        self._owners: set[str] = set()
        self._hashes: set[int] = set()
        self._known = 0
        """The hashes of so many of the drafts are looked at: nobody asks for most."""

    def takes(self, draft: Draft) -> bool:
        """Whether the request fits and depends on none before it; it belongs to the batch then."""
        if self._drafts and not self._has_room(draft):
            return False
        if draft.key in self._keys or not self._owners.isdisjoint(draft.owners):
            return False
        if draft.selectors:
            self._look()
            for selector in draft.selectors:
                if self._touches(selector):
                    return False
        self._add(draft)
        return True

    def _has_room(self, draft: Draft) -> bool:
        return (
            self._events + len(draft.entries) <= LARGEST_EVENTS
            and self._bytes + draft.size <= LARGEST_BYTES
        )

    def _touches(self, selector: Selector) -> bool:
        # The types of events are among their hashes.
        for named in (selector.tags, selector.types):
            if named and self._hashes.isdisjoint(named):
                return False
        return any(selector.selects(e) for draft in self._drafts for e in draft.entries)

    def _look(self) -> None:
        for draft in self._drafts[self._known :]:
            for entry in draft.entries:
                self._hashes.update(entry.hashes)
        self._known = len(self._drafts)

    def _add(self, draft: Draft) -> None:
        self._drafts.append(draft)
        self._events += max(len(draft.entries), 1)
        self._bytes += draft.size
        if draft.owners:
            self._owners.update(draft.owners)
        if draft.key:
            self._keys.add(draft.key)


class Answers(NamedTuple):
    """What the server did with a batch."""

    recorded_at: datetime
    places: Sequence[int]
    """For each request after which position its events were put, or a negative number: why not."""


def answers(array: bytes, counts: Sequence[int]) -> Answers:
    """What the function answered for requests of so many events each."""
    head, recorded_at, *places = wire.read_integers(array)
    if not places:
        places = list(accumulate(counts[:-1], initial=head))
    return Answers(wire.moment_of(recorded_at), places)


def parameters(clock: datetime, drafts: Sequence[Draft], again: Iterable[int]) -> list[bytes]:
    """The batch as the function `append` takes it; `again` are those that were sent before."""
    numbered = list(enumerate(drafts, 1))
    entries = [entry for draft in drafts for entry in draft.entries]
    return [
        wire.instant(clock),
        wire.numbers(tuple(accumulate([len(draft.entries) for draft in drafts]))),
        *wire.columns(OUTCOME, [(n, d.key, d.digest, d.thing) for n, d in numbered if d.key]),
        *wire.columns(SENT, [(n + 1, drafts[n].entries[0].id) for n in again if drafts[n].entries]),
        *_events(entries),
        *_sealed(entries),
        *wire.columns(OWNER, [(n, *o) for n, d in numbered if d.owners for o in d.owners.items()]),
        *_selectors([(n, d.since, s) for n, d in numbered for s in d.selectors]),
    ]


# Each batch has events, mostly with sealed values: their columns are written without making rows.


def _events(entries: Sequence[Entry]) -> Sequence[bytes]:
    if not entries:
        return wire.nothing(EVENT + TAG)
    hashes = [entry.hashes for entry in entries]
    return [
        wire.uuids([entry.id for entry in entries]),
        wire.texts([entry.type for entry in entries]),
        wire.integers([found[0] for found in hashes]),
        wire.octets([entry.before for entry in entries]),
        wire.octets([entry.after for entry in entries]),
        wire.numbers(_each(map(len, hashes))),
        wire.integers(list(chain.from_iterable(hashes))),
    ]


def _sealed(entries: Sequence[Entry]) -> Sequence[bytes]:
    values = [value for entry in entries for value in entry.sealed]
    if not values:
        return wire.nothing(SEALED)
    return [
        wire.numbers(_each([len(entry.sealed) for entry in entries])),
        wire.texts([value.pointer for value in values]),
        wire.texts([value.owner for value in values]),
        wire.texts([" ".join(value.names) for value in values]),
        wire.octets([value.salt for value in values]),
        wire.octets([value.locked for value in values]),
    ]


def _selectors(asked: Sequence[tuple[int, int, Selector]]) -> Sequence[bytes]:
    if not asked:
        return wire.nothing(SELECTOR + HASH)
    spans, hashes = laid_out(selector for _, _, selector in asked)
    rows = [(n, since, *span) for (n, since, _), span in zip(asked, spans, strict=True)]
    return [*wire.columns(SELECTOR, rows), wire.integers(hashes)]


def _each(counts: Iterable[int]) -> tuple[int, ...]:
    """The numbers from 1 on, each so many times."""
    return tuple(chain.from_iterable(map(repeat, count(1), counts)))
