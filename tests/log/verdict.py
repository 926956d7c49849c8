"""What a log holds against what was asked of it."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import psycopg
from msgspec import Struct

from tests.log.appender import entries


class Verdict(Struct, frozen=True, kw_only=True):
    events: int
    answered: int
    """Requests that got an answer."""
    lost: int
    """Of these, those whose events are not where the answer said."""
    without_effect: int
    """Requests that were asked and left nothing."""
    overlaps: int
    """Positions at which the effects of the requests do not follow each other from one on."""

    @property
    def sound(self) -> bool:
        return not (self.lost or self.without_effect or self.overlaps)


def verdict(url: str, journals: Iterable[Path]) -> Verdict:
    """Compare the log with the journals of those who appended to it."""
    asked, answered = entries(journals)
    with psycopg.connect(url) as connection:
        kept: dict[UUID, tuple[int, int]] = {
            key: (position, events)
            for key, position, events in connection.execute(
                "select key, position, events from aanzet.outcome"
            )
        }
        count, last = connection.execute(
            "select count(*), coalesce(max(position), 0) from aanzet.event"
        ).fetchone() or (0, 0)
        # Each event names its request by its thing; a second effect would show as more of them.
        tags = connection.execute(
            "select count(*) from aanzet.event_tag t join aanzet.event e using (position)"
        ).fetchone() or (0,)
    reached, overlaps = 0, 0
    for position, events in sorted(kept.values()):
        overlaps += position - events != reached
        reached = position
    overlaps += (reached, count) != (last, last)
    overlaps += tags[0] != 4 * count
    return Verdict(
        events=count,
        answered=len(answered),
        lost=sum(kept.get(key, (0, 0))[0] != position for key, position in answered.items()),
        without_effect=sum(kept.get(key, (0, -1))[1] != events for key, events in asked.items()),
        overlaps=overlaps,
    )
