"""Days: those of Brussels, where what is recorded here takes place."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

BRUSSELS: Final = ZoneInfo("Europe/Brussels")


def day_of(moment: datetime) -> date:
    """The day on which something happened, as the people who were there say it."""
    return moment.astimezone(BRUSSELS).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), BRUSSELS)


def end_of(day: date) -> datetime:
    """The last moment of a day."""
    return start_of(day + timedelta(days=1)) - datetime.resolution
