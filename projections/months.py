"""Months in which things happened, by which what happened in many years is counted."""

from datetime import UTC, datetime
from typing import Final

MONTH: Final = "month"
"""The column that the server makes of a row's `at`."""
IN_SQL: Final = (
    "(extract(year from at at time zone 'UTC') * 12"
    " + extract(month from at at time zone 'UTC') - 1)::bigint"
)
"""What it holds."""
IN_A_YEAR: Final = 12


def month_of(at: datetime | None) -> int | None:
    """The number of a moment's month in UTC, since the year 0, as the column holds it."""
    if at is None:
        return None
    then = at.astimezone(UTC)
    return then.year * IN_A_YEAR + then.month - 1


def month_after(at: datetime) -> int:
    """The number of the first month that begins then or later."""
    month = month_of(at) or 0
    return month if start_of(month) == at else month + 1


def start_of(month: int) -> datetime:
    year, index = divmod(month, IN_A_YEAR)
    return datetime(year, index + 1, 1, tzinfo=UTC)
