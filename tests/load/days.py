"""The days of the network: busy and quiet times, when people meet, and when they write it down."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

FIRST: Final = date(2015, 1, 1)
LAST: Final = date(2024, 12, 31)
BEGIN: Final = datetime(2015, 1, 5, 8, tzinfo=UTC)
END: Final = datetime(2024, 12, 31, 17, tzinfo=UTC)
"""The last moment at which something is written down."""

SITTINGS: Final = (time(8, 30), time(11), time(13, 30), time(16))
"""When coordinators write down, in UTC, on working days: what they write then has one time."""

YEARS: Final = (0.45, 0.55, 0.65, 0.8, 1.0, 0.75, 1.0, 1.25, 1.4, 1.5)
"""How busy each year is, against the others; people met less in the sixth."""
MONTHS: Final = (1.05, 1.05, 1.15, 1.05, 1.05, 0.95, 0.45, 0.5, 1.15, 1.2, 1.15, 0.75)
WEEKDAYS: Final = (19, 22, 20, 24, 14, 0.6, 0.2)
"""How often an ordinary thing happens from Monday to Sunday."""
MEETING_DAYS: Final = (12, 22, 16, 24, 6, 17, 3)
"""On which days people come together."""
TRIES: Final = 20


def sitting(moment: datetime) -> datetime:
    """When something that happened at a moment is written down at the earliest."""
    day = moment.date()
    while True:
        if day.weekday() < 5:
            for hour in SITTINGS:
                written = datetime.combine(day, hour, UTC)
                if written >= moment:
                    return written
        day += timedelta(days=1)


def months() -> Iterator[tuple[date, float]]:
    """The first day of each month, and its part of the whole."""
    whole = sum(YEARS) * sum(MONTHS)
    for year, busy in enumerate(YEARS, start=FIRST.year):
        for month, season in enumerate(MONTHS, start=1):
            yield date(year, month, 1), busy * season / whole


def quiet(day: date) -> bool:
    """The summer, and the turn of the year."""
    return (7, 11) <= (day.month, day.day) <= (8, 20) or (day.month, day.day) in _TURN


_TURN: Final = {*((12, day) for day in range(23, 32)), *((1, day) for day in range(1, 5))}


def ordinary(source: random.Random, after: datetime, days: float) -> datetime:
    """A moment in working hours, about so many days after another."""
    return _moment(source, after, days, WEEKDAYS, (6.5, 15.8))


def evening(source: random.Random, after: datetime, days: float) -> datetime:
    """A moment at which people come together, about so many days after another."""
    return _moment(source, after, days, MEETING_DAYS, (17.5, 19.5))


def _moment(
    source: random.Random,
    after: datetime,
    days: float,
    weekdays: tuple[float, ...],
    hours: tuple[float, float],
) -> datetime:
    day = (after + timedelta(days=days)).date()
    for _ in range(TRIES):
        likely = weekdays[day.weekday()] / max(weekdays) * (0.35 if quiet(day) else 1)
        if source.random() < likely:
            break
        day += timedelta(days=source.randint(1, 4))
    minute = round(source.uniform(*hours) * 60)
    moment = datetime.combine(day, time(minute // 60, minute % 60), UTC)
    return moment if moment > after else after + timedelta(minutes=source.randint(3, 40))
