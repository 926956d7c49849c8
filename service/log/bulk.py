"""Many events at once, through COPY: for imports and restores."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from service.log.appending import AppendRequest
from service.log.copying import Copying
from service.log.draft import Draft
from service.log.keys import Sealing
from service.log.stretch import Stretch

FIRST_BYTES: Final = 1 << 17
"""Of the first stretch: the server has something to do soon."""
LARGEST_BYTES: Final = 1 << 20
"""Of a stretch: the longer, the less the server does for each event."""
LOOK_EVERY: Final = 8
"""After so many drafts it is seen whether the server can take in more."""


def hold(connection: Connection[TupleRow]) -> tuple[int, datetime]:
    """Let nobody else append; tell where the log stands, and the time of its last event."""
    row = connection.execute("select head, recorded_at from hold()").fetchone()
    if row is None:
        raise LookupError("A function gives back one row.")
    return row[0], row[1].astimezone(UTC)


def copy_in(
    connection: Connection[TupleRow],
    requests: Sequence[AppendRequest],
    draft: Callable[[AppendRequest], Draft],
    sealing: Sealing,
    *,
    head: int,
    now: datetime,
) -> int:
    """Put the events of all requests after `head`, where the log is held; tell where it stands.

    A stretch of them is drafted while the server takes in the one before. After an error the
    connection is closed.
    """
    done, bound = 0, FIRST_BYTES
    with Copying(connection) as copying:
        while done < len(requests):
            stretch = Stretch(head, now)
            while done + stretch.drafts < len(requests) and stretch.size < bound:
                stretch.add(draft(requests[done + stretch.drafts]))
                if stretch.drafts % LOOK_EVERY == 0:
                    copying.go_on()
            tables = stretch.tables(sealing.wrapped())
            copying.finish()
            if sealing.met(connection):
                # The same once more, sealed with the keys that there are.
                continue
            copying.begin(tables)
            sealing.made.clear()
            done, head = done + stretch.drafts, stretch.head
            bound = min(2 * bound, LARGEST_BYTES)
        copying.finish()
    return head
