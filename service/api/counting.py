"""Exact totals: each is counted once for as long as its view does not move."""

from typing import Any, Final, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.view import View

MANY: Final = 1000
"""So many totals are remembered; then it begins anew."""


class Counts:
    """Totals by what they count, each with where its view stood."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, int]] = {}

    def of(
        self, connection: Connection[TupleRow], view: View, count: sql.Composed, values: list[Any]
    ) -> int:
        """What a statement counts in a view, counted anew if the view moved since."""
        key = (count.as_string(connection), repr(values))
        # Read before it is counted: a total may be newer than its position says, never older.
        position = _one(
            connection,
            "select coalesce(s.position, p.position) from view_position p"
            " left join view_position s on s.view = p.shown_from where p.view = %s",
            [view.table],
        )
        known = self._known.get(key)
        if known is None or known[0] != position:
            if len(self._known) >= MANY:
                self._known.clear()
            known = self._known[key] = position, _one(connection, count, values)
        return known[1]


def _one(
    connection: Connection[TupleRow], query: LiteralString | sql.Composed, values: list[Any]
) -> int:
    row = connection.execute(query, values, prepare=False).fetchone()
    return row[0] if row else 0
