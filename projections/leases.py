"""Who keeps a view, and how far it is: a row of its own, locked by whoever moves it."""

from collections.abc import Iterable, Mapping

from psycopg import Connection
from psycopg.rows import TupleRow

from projections.folding import Stamp
from projections.view import View


def leased(connection: Connection[TupleRow], views: Iterable[View]) -> dict[str, Stamp]:
    """Tables of those of these views that nobody else moves now, ours until the transaction ends.

    Left out are those that are parked, and those of a new version that have no rows yet.
    """
    rows = connection.execute(
        "select view, generation, position from view_position"
        " where view = any(%s) and shown_from is null"
        " and not exists (select from view_parked p where p.view = view_position.view)"
        " order by view for update skip locked",
        [[view.table for view in views]],
    ).fetchall()
    return {table: Stamp(generation, position) for table, generation, position in rows}


def move(connection: Connection[TupleRow], reached: Mapping[str, int]) -> None:
    """Note how far tables are now; part of the transaction that wrote their rows."""
    connection.execute(
        "update view_position v set position = n.position"
        " from unnest(%s::text[], %s::bigint[]) as n (view, position) where v.view = n.view",
        [list(reached), list(reached.values())],
    )


def positions(connection: Connection[TupleRow], views: Iterable[View]) -> dict[str, int]:
    """How far the rows are that are shown of each view, by name."""
    found = reached(connection)
    return {view.name: found.get(view.table, 0) for view in views}


def reached(connection: Connection[TupleRow]) -> dict[str, int]:
    """How far the rows are that are shown under the name of each table."""
    return dict(
        connection.execute(
            "select p.view, coalesce(s.position, p.position) from view_position p"
            " left join view_position s on s.view = p.shown_from"
        ).fetchall()
    )


def filled(connection: Connection[TupleRow], views: Iterable[View]) -> dict[str, int]:
    """How far the tables of those of these views are that show rows of their own."""
    return dict(
        connection.execute(
            "select view, position from view_position where view = any(%s) and shown_from is null",
            [[view.table for view in views]],
        ).fetchall()
    )


def unfilled(connection: Connection[TupleRow], views: Iterable[View]) -> list[View]:
    """Those of these views that show the rows of an older version, and are not parked."""
    shown = dict(
        connection.execute(
            "select view, shown_from from view_position where shown_from is not null"
            " and not exists (select from view_parked p where p.view = view_position.view)"
        ).fetchall()
    )
    # What a newer program has filled stays: two programs would undo each other's work.
    return [
        view
        for view in views
        if (source := shown.get(view.table)) and int(source.rpartition("_")[2]) < view.version
    ]
