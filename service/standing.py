"""How the log and the views stand: what `/ready`, `/metrics` and `aanzet doctor` tell."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.facts import Undecodable
from projections.leases import positions
from projections.parking import Parked, parked
from projections.view import View
from service.log.leaf import decode
from service.log.reading import head_of


class Lag(Struct, frozen=True, kw_only=True):
    """How far a view is behind the log."""

    view: str
    position: int
    events: int
    seconds: float
    """Since the first event was recorded that it does not show yet."""


class Standing(Struct, frozen=True, kw_only=True):
    head: int
    """The last position of the log."""
    views: Sequence[Lag]
    parked: Sequence[Parked]
    waits_at: Undecodable | None
    """The event of a form that this program does not know, at which all views wait."""


def standing(connection: Connection[TupleRow], views: Sequence[View], now: datetime) -> Standing:
    """How all stands at this moment."""
    # The views first: what is appended meanwhile puts none of them ahead of the log.
    reached = positions(connection, views)
    head = head_of(connection)
    following = connection.execute(
        "select position, recorded_at, leaf from event where position = any(%s) order by position",
        [sorted({position + 1 for position in reached.values()})],
        binary=True,
    ).fetchall()
    missing = {position - 1: recorded_at for position, recorded_at, _ in following}
    return Standing(
        head=head,
        views=[
            Lag(
                view=name,
                position=position,
                events=max(0, head - position),
                seconds=_seconds(missing.get(position), now),
            )
            for name, position in reached.items()
        ],
        parked=parked(connection, views),
        waits_at=_undecodable((position, leaf) for position, _, leaf in following),
    )


def _undecodable(events: Iterable[tuple[int, bytes]]) -> Undecodable | None:
    for position, leaf in events:
        try:
            decode(position, leaf)
        except Undecodable as unknown:
            return unknown
    return None


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since.astimezone(UTC)).total_seconds())
