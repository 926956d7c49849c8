"""Between two moments, as a list finds its rows and as it counts them.

What happened in many years is counted by whole months, of which an index has each once for all rows
that are alike; only the days before and after those are counted one by one.
"""

from datetime import datetime
from typing import Any, Final

from psycopg import sql

from projections.months import IN_A_YEAR, MONTH, month_after, month_of, start_of
from projections.tables import in_order

Condition = tuple[list[sql.Composable], list[Any]]
"""Tests in SQL, and the parameters in them."""
LAST: Final = 10_000 * IN_A_YEAR
"""The month after all that can be named."""


def between_moments(since: datetime | None, until: datetime | None) -> Condition:
    """From a moment on, and before another."""
    at = in_order("at")
    tests: list[sql.Composable] = []
    # In the words of the index, which has what has no such moment at its end.
    if since:
        tests.append(sql.SQL("{0} >= %s and {0} < 'infinity'").format(at))
    if until:
        tests.append(sql.SQL("{} < %s").format(at))
    return tests, [moment for moment in (since, until) if moment]


def spans(since: datetime | None, until: datetime | None) -> list[Condition]:
    """The same in parts that are counted on their own."""
    first = month_after(since) if since else None
    end = month_of(until)
    unbounded = since is None and until is None
    if unbounded or (first or 0) >= (end or LAST):
        return [between_moments(since, until)]
    found = [_months(first, end)]
    if since and first and since < start_of(first):
        found.append(between_moments(since, start_of(first)))
    if until and end and start_of(end) < until:
        found.append(between_moments(start_of(end), until))
    return found


def _months(first: int | None, end: int | None) -> Condition:
    month = sql.Identifier(MONTH)
    tests: list[sql.Composable] = []
    if first is not None:
        tests.append(sql.SQL("{} >= %s").format(month))
    if end is not None:
        tests.append(sql.SQL("{} < %s").format(month))
    return tests, [bound for bound in (first, end) if bound is not None]
