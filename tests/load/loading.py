"""The load data in a log: brought in as it was written down, and as one line of JSON an event."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Final

import msgspec

from domain.facts import Recorded, subject
from service.clock import StoryClock
from service.log.store import AppendRequest, EventLog

AT_ONCE: Final = 5_000
"""So many events are read back together."""


class NotEmpty(Exception):  # noqa: N818 - said to whoever runs it as a sentence
    """Events name each other by position, so the load data only fits into an empty log."""

    def __init__(self, head: int) -> None:
        super().__init__(f"The log holds {head} events; load data goes into an empty one.")


def load(log: EventLog, clock: StoryClock, events: Iterable[Recorded]) -> int:
    """Bring events into an empty log whose clock this is, at the moments they were written down.

    Returns where the log stands then.

    Raises:
        NotEmpty: if the log holds something already.
    """
    head = log.head()
    if head:
        raise NotEmpty(head)
    for moment, written in groupby(events, key=_recorded_at):
        clock.stand_at(moment)
        head = log.append_all([_request(event) for event in written], head)
    clock.release()
    return head


def stored(log: EventLog) -> Iterator[Recorded]:
    """Every event of a log, in order, its texts unsealed."""
    position = 0
    while events := log.read(after=position, limit=AT_ONCE, unsealed=True).events:
        yield from events
        position = events[-1].position


def lines(events: Iterable[Recorded]) -> Iterator[bytes]:
    """Each event as a line of JSON, whose keys are sorted."""
    for event in events:
        yield msgspec.json.encode(event, order="sorted") + b"\n"


def digest(events: Iterable[Recorded]) -> str:
    """What is the same for the same events: the SHA-256 of their lines."""
    known = hashlib.sha256()
    for line in lines(events):
        known.update(line)
    return known.hexdigest()


def _recorded_at(event: Recorded) -> datetime:
    return event.recorded_at


def _request(event: Recorded) -> AppendRequest:
    return AppendRequest(
        thing=subject(event.fact),
        facts=(event.fact,),
        occurred_at=event.occurred_at,
        recorded_by=event.recorded_by,
        source=event.source,
        request_id=event.request_id,
        on_behalf_of=event.on_behalf_of,
        out_of_order=event.out_of_order,
    )
