"""Views that stand still because of an event that they cannot take, told to every process.

The report says what an operator needs to find the fault, and nothing of what the event says.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import TupleRow

from projections.folding import Unfoldable
from projections.view import View


class Parked(Struct, frozen=True, kw_only=True, rename="camel"):
    """A view that is kept no longer until it is tried again: after a restart or a rebuild."""

    view: str
    position: int | None
    """Of the event that could not be taken; none if its rows could not be stored."""
    type: str | None
    """The stored name of that event."""
    error: str
    """What kind of error it was."""
    parked_at: datetime


def park(connection: Connection[TupleRow], view: View, error: Exception) -> Parked:
    """Keep the report; the view is left alone from now on."""
    cause = error.__cause__ or error if isinstance(error, Unfoldable) else error
    at, kind = (error.position, error.type) if isinstance(error, Unfoldable) else (None, None)
    connection.execute(
        "insert into view_parked (view, position, type, error) values (%s, %s, %s, %s)"
        " on conflict (view) do update set position = excluded.position, type = excluded.type,"
        " error = excluded.error, parked_at = excluded.parked_at",
        [view.table, at, kind, type(cause).__name__],
    )
    return next(report for report in parked(connection, [view]))


def unpark(connection: Connection[TupleRow], views: Iterable[View]) -> None:
    """Have views tried again."""
    tables = [view.table for view in views]
    connection.execute("delete from view_parked where view = any(%s)", [tables])


def parked(connection: Connection[TupleRow], views: Iterable[View]) -> list[Parked]:
    """The reports of those of these views that stand still."""
    names = {view.table: view.name for view in views}
    rows = connection.execute(
        "select view, position, type, error, parked_at from view_parked where view = any(%s)"
        " order by view",
        [list(names)],
    ).fetchall()
    return [
        Parked(view=names[table], position=at, type=kind, error=error, parked_at=when)
        for table, at, kind, error, when in rows
    ]
