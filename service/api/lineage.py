"""Actors who are one and the same: the history of each is that of all of them."""

from collections.abc import Sequence

import msgspec
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.actors import VIEW, Actor


def lineage(connection: Connection[TupleRow], actor: str) -> Sequence[str]:
    """The actor as whom this one goes on, its own id first if it is that one, and the duplicates.

    Somebody whom the view does not know yet stands alone.
    """
    row = _row(connection, actor)
    if row and row.merged_into:
        row = _row(connection, row.merged_into)
    return [row.id, *row.merged_from] if row else [actor]


def _row(connection: Connection[TupleRow], actor: str) -> Actor | None:
    found = connection.execute(
        sql.SQL("select doc from {} where key = %s").format(sql.Identifier(VIEW.table)), [actor]
    ).fetchone()
    return msgspec.json.decode(found[0], type=Actor) if found else None
