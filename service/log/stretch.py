"""Events that follow upon each other, as rows of COPY in binary form."""

import struct
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from service.log import wire
from service.log.draft import Draft, Entry
from service.log.leaf import stamp

# How a row starts: how many fields it has, and the first of them, each after its length.
_EVENT: Final = struct.Struct(">hi8si16s")
_TAG: Final = struct.Struct(">hiqiqi")
_VALUE: Final = struct.Struct(">hi8s")

_length: Final = struct.Struct(">i").pack
_MOMENT_LENGTH: Final = _length(8)
_SALT_LENGTH: Final = _length(16)


class Stretch:
    """The rows of some drafts. Of an event nothing is kept but its rows."""

    def __init__(self, head: int, now: datetime) -> None:
        self.head = head
        """The position of its last event."""
        self.drafts = 0
        self.size = 0
        """In bytes, nearly."""
        self._moment, self._time = wire.instant(now), stamp(now)
        self._events: list[bytes] = []
        self._values: list[bytes] = []
        self._outcomes: list[bytes] = []
        self._tags: dict[int, dict[int, list[bytes]]] = defaultdict(lambda: defaultdict(list))
        """By type and tag the positions of the events that carry it."""

    def add(self, draft: Draft) -> None:
        """Put its events at the next positions."""
        self.drafts += 1
        self.size += draft.size
        for entry in draft.entries:
            self.head += 1
            self._add(entry, wire.integer(self.head))
        if draft.key:
            self._outcomes.append(
                wire.copied(
                    draft.key,
                    draft.digest,
                    draft.thing.encode(),
                    wire.integer(self.head),
                    len(draft.entries).to_bytes(4, "big"),
                    self._moment,
                )
            )

    def _add(self, entry: Entry, position: bytes) -> None:
        before, after = entry.before, entry.after
        time = self._time if after else b""
        self._events += (
            _EVENT.pack(5, 8, position, 16, entry.id),
            _text(entry.type),
            _MOMENT_LENGTH,
            self._moment,
            _length(len(before) + len(time) + len(after)),
            before,
            time,
            after,
        )
        hashes = entry.hashes
        tags = self._tags[hashes[0]]
        for tag in hashes:
            tags[tag].append(position)
        for value in entry.sealed:
            locked = value.locked
            self._values += (
                _VALUE.pack(6, 8, position),
                _text(value.pointer),
                _text(value.owner),
                _text(" ".join(value.names)),
                _SALT_LENGTH,
                value.salt,
                _length(len(locked)),
                locked,
            )

    def tables(self, keys: Mapping[str, bytes]) -> list[tuple[bytes, bytes]]:
        """For each table that gets any: the statement, and the rows.

        The keys of owners are new ones, wrapped.
        """
        made = [wire.copied(owner.encode(), wrapped) for owner, wrapped in keys.items()]
        tables = (
            (b"event (position, id, type, recorded_at, leaf)", self._events),
            (b"event_tag (tag, type, position)", self._tagged()),
            (b"vault (position, pointer, owner, names, salt, locked)", self._values),
            (b"vault_key (owner, wrapped)", made),
            (b"outcome (key, digest, thing, position, events, recorded_at)", self._outcomes),
        )
        return [
            (
                b"copy %s from stdin (format binary)" % table,
                b"".join((wire.COPY_START, *rows, wire.COPY_END)),
            )
            for table, rows in tables
            if rows
        ]

    def _tagged(self) -> list[bytes]:
        # In the order of the index, which is twice as fast to fill so.
        found = sorted(
            (tag, kind, positions)
            for kind, tags in self._tags.items()
            for tag, positions in tags.items()
        )
        starts = [_TAG.pack(3, 8, tag, 8, kind, 8) for tag, kind, _ in found]
        # Their rows differ in nothing but the position, which comes last.
        return [
            start + start.join(positions)
            for start, (_, _, positions) in zip(starts, found, strict=True)
        ]


@lru_cache(maxsize=1024)
def _text(text: str) -> bytes:
    encoded = text.encode()
    return _length(len(encoded)) + encoded
