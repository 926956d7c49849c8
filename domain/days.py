"""Days: those of Brussels, where what is recorded here takes place."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

BRUSSELS: Final = ZoneInfo("Europe/Brussels")


def day_of(moment: datetime) -> date:
    """The day on which something happened, as the people who were there say it."""
    return moment.astimezone(BRUSSELS).date()
