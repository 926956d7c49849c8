"""Many events at once, through COPY: for imports and restores."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow

from service.log import wire
from service.log.draft import Draft, Entry
from service.log.keys import Sealing
from service.log.leaf import stamp

ROWS_AT_ONCE = 500
"""So many rows are made ready while the server takes in those before."""


def lock_head(connection: Connection[TupleRow]) -> tuple[int, datetime]:
    """Take the lock of every append; tell where the log stands, and the time of its last event."""
    row = connection.execute("select position, recorded_at from log_head for update").fetchone()
    if row is None:
        raise LookupError("The log has no head: its schema was not set up.")
    return row[0], row[1].astimezone(UTC)


class OwnersMet(Exception):  # noqa: N818 - the caller seals once more, with these keys
    """Owners of sealed values have keys that this process did not know."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self.keys = keys
        super().__init__("Some owners have keys already.")


def copy_in(
    connection: Connection[TupleRow],
    drafts: Iterable[Draft],
    sealing: Sealing,
    head: int,
    now: datetime,
) -> int:
    """Put the events of all drafts after `head`, whose lock is held; tell where the log stands.

    They are made while the server takes in those before.

    Raises:
        OwnersMet: if an owner whose key was made new has one already. Undo it then.
    """
    made, placed = list[Draft](), list[tuple[int, Entry]]()
    moment, time = wire.instant(now), stamp(now)
    _copy(
        connection,
        "copy event (position, id, type, recorded_at, leaf) from stdin (format binary)",
        _events(drafts, made, placed, head, (moment, time)),
    )
    if met := sealing.met(connection):
        raise OwnersMet(met)
    # In the order of the index, which is twice as fast to fill so.
    tags = sorted(
        (tag, kind, position)
        for position, entry in placed
        for kind in entry.hashes[:1]
        for tag in entry.hashes
    )
    _copy(
        connection,
        "copy event_tag (tag, type, position) from stdin (format binary)",
        (wire.copied_integers(tags[n : n + ROWS_AT_ONCE]) for n in _chunks(tags)),
        at_once=1,
    )
    _copy(
        connection,
        "copy vault (position, pointer, owner, names, salt, locked) from stdin (format binary)",
        (
            wire.copied(
                wire.integer(position),
                v.pointer.encode(),
                v.owner.encode(),
                wire.texts(wire.TEXT, v.names),
                v.salt,
                v.locked,
            )
            for position, entry in placed
            for v in entry.sealed
        ),
    )
    _copy(
        connection,
        "copy vault_key (owner, wrapped) from stdin (format binary)",
        (wire.copied(owner.encode(), wrapped) for owner, wrapped in sealing.wrapped().items()),
    )
    _copy(
        connection,
        "copy outcome (key, digest, thing, position, events, recorded_at)"
        " from stdin (format binary)",
        _outcomes(made, head, moment),
    )
    if placed:
        connection.execute(
            "update log_head set position = %s, recorded_at = %s", [head + len(placed), now]
        )
    return head + len(placed)


def _events(
    drafts: Iterable[Draft],
    made: list[Draft],
    placed: list[tuple[int, Entry]],
    head: int,
    now: tuple[bytes, bytes],
) -> Iterator[bytes]:
    position, (moment, time) = head, now
    for draft in drafts:
        made.append(draft)
        for entry in draft.entries:
            position += 1
            placed.append((position, entry))
            yield wire.copied(
                wire.integer(position), entry.id, entry.type.encode(), moment, _leaf(entry, time)
            )


def _chunks(rows: Sequence[object]) -> range:
    return range(0, len(rows), ROWS_AT_ONCE)


def _leaf(entry: Entry, time: bytes) -> bytes:
    return entry.before + time + entry.after if entry.after else entry.before


def _outcomes(drafts: Iterable[Draft], head: int, moment: bytes) -> Iterator[bytes]:
    position = head
    for draft in drafts:
        position += len(draft.entries)
        if draft.key:
            yield wire.copied(
                draft.key,
                draft.digest,
                draft.thing.encode(),
                wire.integer(position),
                len(draft.entries).to_bytes(4, "big"),
                moment,
            )


def _copy(
    connection: Connection[TupleRow],
    statement: LiteralString,
    rows: Iterator[bytes],
    at_once: int = ROWS_AT_ONCE,
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(wire.COPY_START)
        while chunk := list(islice(rows, at_once)):
            copy.write(b"".join(chunk))
        copy.write(wire.COPY_END)
