"""Many events at once, through COPY: for imports and restores."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow

from service.log import wire
from service.log.draft import Draft, Entry, tag_hash
from service.log.leaf import stamp

ROWS_AT_ONCE = 500
"""So many rows are made ready while the server takes in those before."""


def lock_head(connection: Connection[TupleRow]) -> tuple[int, datetime]:
    """Take the lock of every append; tell where the log stands, and the time of its last event."""
    row = connection.execute("select position, recorded_at from log_head for update").fetchone()
    if row is None:
        raise LookupError("The log has no head: its schema was not set up.")
    return row[0], row[1].astimezone(UTC)


def copy_in(
    connection: Connection[TupleRow],
    drafts: Sequence[Draft],
    owners: Mapping[str, bytes],
    head: int,
    now: datetime,
) -> int:
    """Put the events of all drafts after `head`, whose lock is held; tell where the log stands.

    `owners` are those of sealed values that have no key yet, and a wrapped key for each.
    """
    entries = [entry for draft in drafts for entry in draft.entries]
    placed = list(enumerate(entries, head + 1))
    # In the order of the index, which is twice as fast to fill so.
    tags = sorted(
        (tag, kind, position)
        for position, entry in placed
        for kind in (tag_hash(entry.type),)
        for tag in (kind, *entry.tags)
    )
    moment, time = wire.instant(now), stamp(now)
    _copy(
        connection,
        "copy event (position, id, type, recorded_at, leaf) from stdin (format binary)",
        (
            wire.copied(
                wire.integer(position), entry.id, entry.type.encode(), moment, _leaf(entry, time)
            )
            for position, entry in placed
        ),
    )
    _copy(
        connection,
        "copy event_tag (tag, type, position) from stdin (format binary)",
        (wire.copied_integers(*row) for row in tags),
    )
    _copy(
        connection,
        "copy vault (position, pointer, owner, names, salt, locked) from stdin (format binary)",
        (
            wire.copied(
                wire.integer(position),
                v.pointer.encode(),
                v.owner.encode(),
                wire.texts(v.names),
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
        (wire.copied(owner.encode(), wrapped) for owner, wrapped in owners.items()),
    )
    _copy(
        connection,
        "copy outcome (key, digest, thing, position, events, recorded_at)"
        " from stdin (format binary)",
        _outcomes(drafts, head, moment),
    )
    if entries:
        connection.execute(
            "update log_head set position = %s, recorded_at = %s", [head + len(entries), now]
        )
    return head + len(entries)


def _leaf(entry: Entry, time: bytes) -> bytes:
    return entry.before if entry.after is None else entry.before + time + entry.after


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
    connection: Connection[TupleRow], statement: LiteralString, rows: Iterator[bytes]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(wire.COPY_START)
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            copy.write(b"".join(chunk))
        copy.write(wire.COPY_END)
