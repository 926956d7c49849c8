"""Exact totals: each is counted once for as long as its view does not move."""

from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.view import View

MANY: Final = 1000
"""So many totals are remembered; then it begins anew."""


class Counts:
    """Totals by what they count, each with where its view stood, and in which generation."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[TupleRow | None, int]] = {}

    def of(
        self, connection: Connection[TupleRow], view: View, count: sql.Composed, values: list[Any]
    ) -> int:
        """What a statement counts in a view, counted anew if the view moved since."""
        key = (count.as_string(connection), repr(values))
        # Read before it is counted: a total may be newer than its position says, never older.
        stands = connection.execute(
            "select coalesce(s.position, p.position), coalesce(s.generation, p.generation)"
            " from view_position p left join view_position s on s.view = p.shown_from"
            " where p.view = %s",
            [view.table],
        ).fetchone()
        known = self._known.get(key)
        if known is None or known[0] != stands:
            if len(self._known) >= MANY:
                self._known.clear()
            known = self._known[key] = stands, _count(connection, count, values)
        return known[1]


def _count(connection: Connection[TupleRow], query: sql.Composed, values: list[Any]) -> int:
    row = connection.execute(query, values, prepare=False).fetchone()
    return row[0] if row else 0
