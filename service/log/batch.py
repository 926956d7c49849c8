"""Batches: which requests go to the server together, and the one call that takes them there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final, NamedTuple

from service.log import wire
from service.log.draft import Draft, Entry, Locked, Selector, laid_out, tag_hash
from service.log.leaf import stamp

LARGEST_EVENTS: Final = 512
LARGEST_BYTES: Final = 4_000_000

REQUEST: Final = (wire.INT4,)
OUTCOME: Final = (wire.INT4, wire.UUID, wire.BYTEA, wire.TEXT)
SENT: Final = (wire.INT4, wire.UUID)
EVENT: Final = (wire.UUID, wire.TEXT, wire.INT8, wire.BYTEA, wire.INT4)
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

ONE: Final = (
    wire.TIMESTAMPTZ,
    *(*EVENT, wire.ARRAY_OF[wire.INT8]),
    *(*SEALED[1:], *OWNER[1:], *OUTCOME[1:]),
    wire.INT8,
    *(wire.ARRAY_OF[kind] for kind in SELECTOR[2:] + HASH),
)
"""Those of `append_one`."""


def calling(function: bytes, kinds: Sequence[int]) -> bytes:
    """The statement that calls one of the two."""
    return b"select %s(%s)" % (function, b", ".join(b"$%d" % n for n, _ in enumerate(kinds, 1)))


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
        self._hashes: set[int] | None = None
        """Of all events, once somebody asks for them: in most batches nobody does."""

    def takes(self, draft: Draft) -> bool:
        """Whether the request fits and depends on none before it; it belongs to the batch then."""
        if self._drafts and (not self._has_room(draft) or self._bears_on(draft)):
            return False
        self._add(draft)
        return True

    def _has_room(self, draft: Draft) -> bool:
        return (
            self._events + len(draft.entries) <= LARGEST_EVENTS
            and self._bytes + draft.size <= LARGEST_BYTES
        )

    def _bears_on(self, draft: Draft) -> bool:
        if draft.key in self._keys or not self._owners.isdisjoint(draft.owners):
            return True
        # Not by `any`, which makes a generator for each request.
        for selector in draft.selectors:  # noqa: SIM110
            if self._touches(selector):
                return True
        return False

    def _touches(self, selector: Selector) -> bool:
        if self._hashes is None:
            self._hashes = set()
            for draft in self._drafts:
                _gather(draft, self._hashes)
        # The types of events are among their hashes.
        for named in (selector.tags, selector.types):
            if named and self._hashes.isdisjoint(named):
                return False
        return any(selector.selects(e) for draft in self._drafts for e in draft.entries)

    def _add(self, draft: Draft) -> None:
        self._drafts.append(draft)
        self._events += max(len(draft.entries), 1)
        self._bytes += draft.size
        if self._hashes is not None:
            _gather(draft, self._hashes)
        if draft.owners:
            self._owners.update(draft.owners)
        if draft.key:
            self._keys.add(draft.key)


def _gather(draft: Draft, hashes: set[int]) -> None:
    for entry in draft.entries:
        hashes.update(entry.hashes)


class Answers(NamedTuple):
    """What the server did with a batch."""

    recorded_at: datetime
    places: Sequence[int]
    """For each request after which position its events were put, or a negative number: why not."""


def answers(array: bytes, counts: Sequence[int], clock: datetime) -> Answers:
    """What the function answered for requests of so many events each."""
    head, recorded_at, *places = wire.read_integers(array)
    if not places:
        places = list(accumulate(counts[:-1], initial=head))
    return Answers(wire.moment_of(recorded_at) if recorded_at else clock, places)


def parameters(
    clock: datetime, drafts: Sequence[Draft], again: Sequence[int]
) -> list[bytes | None]:
    """The batch as the function `append` takes it; `again` are those that were sent before."""
    entries: list[Entry] = []
    until: list[int] = []
    outcomes: list[tuple[Any, ...]] = []
    owners: list[tuple[Any, ...]] = []
    selectors: list[tuple[int, int, Selector]] = []
    for n, draft in enumerate(drafts, 1):
        entries += draft.entries
        until.append(len(entries))
        if draft.key:
            outcomes.append((n, draft.key, draft.digest, draft.thing))
        if draft.owners:
            owners += [(n, *owner) for owner in draft.owners.items()]
        if draft.selectors:
            selectors += [(n, draft.since, selector) for selector in draft.selectors]
    sent = [(n + 1, drafts[n].entries[0].id) for n in again if drafts[n].entries]
    return [
        wire.instant(clock),
        wire.numbers(tuple(until)),
        *wire.columns(OUTCOME, outcomes),
        *wire.columns(SENT, sent),
        *_events(entries, stamp(clock)),
        *_sealed(entries),
        *wire.columns(OWNER, owners),
        *_selectors(selectors),
    ]


def is_one(drafts: Sequence[Draft]) -> bool:
    """Whether it is one event, with one sealed value at most."""
    if len(drafts) != 1:
        return False
    entries = drafts[0].entries
    return len(entries) == 1 and len(entries[0].sealed) <= 1 and len(drafts[0].owners) <= 1


def parameters_of_one(clock: datetime, draft: Draft) -> list[bytes | None]:
    """A draft of one that was not sent before, as the function `append_one` takes it."""
    (entry,) = draft.entries
    spans, hashes = laid_out(draft.selectors)
    return [
        wire.instant(clock),
        entry.id,
        entry.type.encode(),
        wire.integer(entry.hashes[0]),
        _leaf(entry, stamp(clock)),
        len(entry.after).to_bytes(4, "big"),
        wire.integers(entry.hashes),
        *(_value(entry.sealed[0]) if entry.sealed else wire.nothing(SEALED[1:])),
        *(_owner(draft.owners) if draft.owners else wire.nothing(OWNER[1:])),
        *(
            (draft.key, draft.digest, draft.thing.encode())
            if draft.key
            else wire.nothing(OUTCOME[1:])
        ),
        wire.integer(draft.since),
        *wire.columns(SELECTOR[2:], spans),
        wire.integers(hashes) if hashes else None,
    ]


def _leaf(entry: Entry, time: bytes) -> bytes:
    return entry.before + time + entry.after if entry.after else entry.before


def _value(value: Locked) -> Sequence[bytes]:
    names = " ".join(value.names).encode()
    return value.pointer.encode(), value.owner.encode(), names, value.salt, value.locked


def _owner(owners: Mapping[str, bytes]) -> Sequence[bytes]:
    ((owner, wrapped),) = owners.items()
    return owner.encode(), wrapped


# Each batch has events, mostly with sealed values: their columns are written without making rows.


def _events(entries: Sequence[Entry], time: bytes) -> Sequence[bytes | None]:
    if not entries:
        return wire.nothing(EVENT + TAG)
    hashes = [entry.hashes for entry in entries]
    return [
        wire.uuids([entry.id for entry in entries]),
        *_types(tuple([entry.type for entry in entries])),
        wire.octets([_leaf(entry, time) for entry in entries]),
        wire.numbers(tuple([len(entry.after) for entry in entries])),
        wire.numbers(_each([len(found) for found in hashes])),
        wire.integers([tag for found in hashes for tag in found]),
    ]


def _sealed(entries: Sequence[Entry]) -> Sequence[bytes | None]:
    values = [value for entry in entries for value in entry.sealed]
    if not values:
        return wire.nothing(SEALED)
    return [
        wire.numbers(_each([len(entry.sealed) for entry in entries])),
        _pointers(tuple([value.pointer for value in values])),
        wire.texts([value.owner for value in values]),
        wire.texts([" ".join(value.names) for value in values]),
        wire.octets([value.salt for value in values]),
        wire.octets([value.locked for value in values]),
    ]


def _selectors(asked: Sequence[tuple[int, int, Selector]]) -> Sequence[bytes | None]:
    if not asked:
        return wire.nothing(SELECTOR + HASH)
    requests, since, selectors = zip(*asked, strict=True)
    spans, hashes = laid_out(selectors)
    return [
        wire.numbers(requests),
        wire.integers(since),
        *map(wire.numbers, zip(*spans, strict=True)),
        wire.integers(hashes),
    ]


# The same few come again and again, in the same rows.


@lru_cache(maxsize=256)
def _types(types: tuple[str, ...]) -> tuple[bytes, bytes]:
    return wire.texts(types), wire.integers(list(map(tag_hash, types)))


_pointers = lru_cache(maxsize=256)(wire.texts)


def _each(counts: Sequence[int]) -> tuple[int, ...]:
    """The numbers from 1 on, each so many times."""
    return tuple([n for n, times in enumerate(counts, 1) for _ in range(times)])
