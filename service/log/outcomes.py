"""What became of a request to append, and what kept it from being appended."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import TupleRow


class RecordedEvent(Struct, frozen=True, gc=False):
    position: int
    type: str


class Outcome(Struct, frozen=True, rename="camel", gc=False):
    """What became of a command: the thing, and the events it made."""

    id: str
    position: int
    """Of its last event; if it was already so, where the log stood."""
    recorded_at: datetime
    events: tuple[RecordedEvent, ...]


class Kept(NamedTuple):
    """An outcome that was kept under an idempotency key."""

    digest: bytes
    outcome: Outcome


class ConditionFailed(Exception):  # noqa: N818 - somebody was faster; the caller decides again
    """An event within the boundary was appended after it was read."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"The event at {position} was recorded after the boundary was read.")


class KeyReused(Exception):  # noqa: N818
    """The idempotency key came with another body before."""


class Unsettled(Exception):  # noqa: N818
    """What became of a request is to be read, or it is to be sent once more."""


class OwnerKnown(Unsettled):
    """An owner of sealed values has a key that this process did not know. Nothing was appended."""


class KeyKnown(Unsettled):
    """Its idempotency key came before."""


class EventKnown(Unsettled):
    """It was sent before, and appended then."""


class Placed(Struct, frozen=True, gc=False):
    """Where a request's events were put: after which position, and when."""

    head: int
    recorded_at: datetime


def outcome_at(thing: str, types: Iterable[str], head: int, now: datetime) -> Outcome:
    """The outcome of events of these types that were put after `head`."""
    events = tuple([RecordedEvent(at, kind) for at, kind in enumerate(types, start=head + 1)])
    return Outcome(thing, head + len(events), now, events)


def kept_outcomes(connection: Connection[TupleRow], keys: Sequence[UUID]) -> dict[UUID, Kept]:
    """What became of the commands with these keys that came before."""
    if not keys:
        return {}
    rows = connection.execute(
        "select key, digest, thing, position - events, recorded_at, array(select type from event e"
        " where e.position > o.position - o.events and e.position <= o.position"
        " order by e.position) from outcome o where key = any(%s)",
        [list(keys)],
    )
    return {
        key: Kept(digest, outcome_at(thing, types, head, recorded_at.astimezone(UTC)))
        for key, digest, thing, head, recorded_at, types in rows
    }


def placed_on(connection: Connection[TupleRow], event_id: bytes) -> tuple[int, datetime]:
    """After which position the request of this first event was put, and when."""
    row = connection.execute(
        "select position - 1, recorded_at from event where id = %s", [UUID(bytes=event_id)]
    ).fetchone()
    if row is None:
        raise LookupError("An event that was found is not there.")
    return row[0], row[1].astimezone(UTC)
