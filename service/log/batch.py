"""Batches: which requests go to the server together, and the one call that takes them there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from service.log import wire
from service.log.draft import Draft, Selector, tag_hash

LARGEST_EVENTS: Final = 512
LARGEST_BYTES: Final = 4_000_000

KINDS: Final = (
    wire.TIMESTAMPTZ,
    *(
        wire.ARRAY_OF[kind]
        for kind in (
            *(wire.INT4, wire.UUID, wire.BYTEA, wire.TEXT, wire.UUID),
            *(wire.UUID, wire.TEXT, wire.BYTEA, wire.BYTEA),
            *(wire.INT4, wire.INT8, wire.INT8),
            *(wire.INT4, wire.TEXT, wire.TEXT, wire.TEXT, wire.BYTEA, wire.BYTEA),
            *(wire.INT4, wire.TEXT, wire.BYTEA),
            *(wire.INT4, wire.INT8, wire.TEXT, wire.TEXT),
        )
    ),
)
"""The types of the parameters of the function `append`."""

STATEMENT: Final = f"select append({', '.join(f'${n}' for n in range(1, len(KINDS) + 1))})"

# What the function answers for a request that it did not append.
KNOWN_KEY: Final = -(2**62)
KNOWN_EVENT: Final = -(2**62) - 1
KNOWN_OWNER: Final = -(2**62) - 2


class Batch:
    """Requests of which none depends on what another of them does."""

    def __init__(self) -> None:
        self._events = 0
        self._bytes = 0
        self._entries: list[tuple[set[int], int]] = []
        self._tags: set[int] = set()
        self._keys: set[bytes] = set()
        self._owners: set[str] = set()

    def takes(self, draft: Draft) -> bool:
        """Whether the request fits and depends on none before it; it belongs to the batch then."""
        if self._events and not self._has_room(draft):
            return False
        if draft.key in self._keys or not self._owners.isdisjoint(draft.owners):
            return False
        if any(self._touches(selector) for selector in draft.selectors):
            return False
        self._add(draft)
        return True

    def _has_room(self, draft: Draft) -> bool:
        return (
            self._events + len(draft.entries) <= LARGEST_EVENTS
            and self._bytes + draft.size <= LARGEST_BYTES
        )

    def _touches(self, selector: Selector) -> bool:
        if selector.tags and self._tags.isdisjoint(selector.tags):
            return False
        return any(selector.selects(tags, kind) for tags, kind in self._entries)

    def _add(self, draft: Draft) -> None:
        self._events += max(len(draft.entries), 1)
        self._bytes += draft.size
        self._owners.update(draft.owners)
        if draft.key:
            self._keys.add(draft.key)
        for entry in draft.entries:
            self._tags.update(entry.tags)
            self._entries.append((set(entry.tags), tag_hash(entry.type)))


class Answers(NamedTuple):
    """What the server did with a batch."""

    recorded_at: datetime
    places: Sequence[int]
    """For each request after which position its events were put, or a negative number: why not."""


def answers(array: bytes) -> Answers:
    _, recorded_at, *places = wire.read_integers(array)
    return Answers(wire.moment_of(recorded_at), places)


def parameters(clock: datetime, drafts: Sequence[Draft], again: Iterable[int]) -> list[bytes]:
    """The batch as the function `append` takes it; `again` are those that were sent before."""
    entries = [entry for draft in drafts for entry in draft.entries]
    types = [tag_hash(entry.type) for entry in entries]
    tags = [
        (n, tag, kind)
        for n, (entry, kind) in enumerate(zip(entries, types, strict=True), 1)
        for tag in (kind, *entry.tags)
    ]
    sealed = [(n, value) for n, entry in enumerate(entries, 1) for value in entry.sealed]
    owners = [(n, *pair) for n, draft in enumerate(drafts, 1) for pair in draft.owners.items()]
    selectors = [(n, d.since, s) for n, d in enumerate(drafts, 1) for s in d.selectors]
    repeated = set(again)
    return [
        wire.instant(clock),
        wire.integers(wire.INT4, [len(draft.entries) for draft in drafts]),
        wire.octets_or_nulls(wire.UUID, [draft.key for draft in drafts]),
        wire.octets(wire.BYTEA, [draft.digest for draft in drafts]),
        wire.texts(draft.thing for draft in drafts),
        wire.octets_or_nulls(
            wire.UUID,
            [
                draft.entries[0].id if n in repeated and draft.entries else None
                for n, draft in enumerate(drafts)
            ]
            if repeated
            else [],
        ),
        wire.octets(wire.UUID, [entry.id for entry in entries]),
        wire.texts(entry.type for entry in entries),
        wire.octets(wire.BYTEA, [entry.before for entry in entries]),
        wire.octets_or_nulls(wire.BYTEA, [entry.after for entry in entries]),
        *(
            wire.integers(kind, column)
            for kind, column in zip(
                (wire.INT4, wire.INT8, wire.INT8), _columns(tags, 3), strict=True
            )
        ),
        wire.integers(wire.INT4, [n for n, _ in sealed]),
        wire.texts(value.pointer for _, value in sealed),
        wire.texts(value.owner for _, value in sealed),
        wire.texts(" ".join(value.names) for _, value in sealed),
        wire.octets(wire.BYTEA, [value.salt for _, value in sealed]),
        wire.octets(wire.BYTEA, [value.locked for _, value in sealed]),
        wire.integers(wire.INT4, [n for n, _, _ in owners]),
        wire.texts(owner for _, owner, _ in owners),
        wire.octets(wire.BYTEA, [wrapped for _, _, wrapped in owners]),
        wire.integers(wire.INT4, [n for n, _, _ in selectors]),
        wire.integers(wire.INT8, [since for _, since, _ in selectors]),
        wire.texts(wire.array_text(selector.tags) for _, _, selector in selectors),
        wire.texts(wire.array_text(selector.types) for _, _, selector in selectors),
    ]


def _columns(rows: Sequence[tuple[int, int, int]], width: int) -> Iterable[Sequence[int]]:
    return zip(*rows, strict=True) if rows else [()] * width
