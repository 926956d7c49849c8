"""The clock, passed in as a function wherever time matters."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


class StoryClock:
    """Stands still on a story's day until told otherwise; released, it tells the real time."""

    def __init__(self) -> None:
        self._now: datetime | None = None

    def stand_at(self, moment: datetime) -> None:
        self._now = moment

    def release(self) -> None:
        self._now = None

    def __call__(self) -> datetime:
        return self._now or system_clock()
