"""Finding events by what they concern: the rows that a query may match."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from eventsourcing.dcb.api import DCBQuery
from psycopg import Connection
from psycopg.rows import TupleRow

from service.log.draft import tag_hash

END: Final = 2**63 - 1
"""A position that no log comes to."""
_HEAD: Final = "select coalesce(max(position), 0) from event"


def head_of(connection: Connection[TupleRow]) -> int:
    """The last position of the log; 0 while it is empty."""
    row = connection.execute(_HEAD).fetchone()
    return row[0] if row else 0


def reading(
    connection: Connection[TupleRow],
    query: DCBQuery | None,
    after: int,
    limit: int | None,
    until: int = END,
) -> tuple[list[tuple[int, bytes]], int]:
    """Positions and leaves in order, and where the log stands, from one snapshot.

    Tags are looked up by their hashes: compare the tags themselves.
    """
    statement, parameters = _statement(query, (after, until), limit)
    rows = connection.execute(statement, parameters, binary=True).fetchall()  # pyright: ignore[reportArgumentType]
    return [(position, leaf) for _, position, leaf in rows if position is not None], rows[0][0]


def reading_on(
    connection: Connection[TupleRow], after: int, limit: int, but: Sequence[str]
) -> tuple[list[tuple[int, bytes]], int]:
    """The next events, but those of some types, in their order; and where the log stands.

    The log itself is read, not its index: so a whole log is gone through once, whatever is asked.
    """
    others = "and type <> all(%s)" if but else ""
    # No sort and no join, for which the server would put away so many leaves in between.
    rows = connection.execute(
        f"""
            (select position, leaf from event where position > %s {others}
                order by position limit %s)
            union all select ({_HEAD}), null
        """,  # pyright: ignore[reportArgumentType]
        [after, *([list(but)] if but else []), limit],
        binary=True,
    ).fetchall()  # fmt: skip
    (head,) = [position for position, leaf in rows if leaf is None]
    found = [row for row in rows if row[1] is not None]
    found.sort()
    return found, head


_BETWEEN: Final = "position > %s and position <= %s"


def _statement(
    query: DCBQuery | None, between: tuple[int, int], limit: int | None
) -> tuple[str, list[object]]:
    """The statement that gives the head and, in order, the events that a query may match."""
    if query is None or not query.items:
        found, parameters = f"select position from event where {_BETWEEN}", [*between]
    else:
        # From the index to the events, never the other way: there are few of them in a large log.
        found, parameters = _found(query, between)
    return (
        f"""
            select h.position, e.position, e.leaf
            from ({_HEAD}) h (position)
                left join event e on e.position = any (array({found} order by position limit %s))
            order by e.position
        """,
        [*parameters, limit],
    )  # fmt: skip


def _found(query: DCBQuery, between: tuple[int, int]) -> tuple[str, list[object]]:
    selects: list[str] = []
    parameters: list[object] = []
    for item in query.items:
        types = [tag_hash(name) for name in item.types]
        parts: list[str] = []
        for tag in item.tags:
            parts.append(
                f"select position from event_tag where tag = %s and {_BETWEEN}"
                + (" and type = any(%s)" if types else "")
            )
            parameters += [tag_hash(tag), *between, *([types] if types else [])]
        if not item.tags:
            parts.append(f"select position from event_tag where tag = any(%s) and {_BETWEEN}")
            parameters += [types, *between]
        selects.append(f"({' intersect '.join(parts)})")
    return f"select position from ({' union '.join(selects)}) as matching", parameters


# Recorded times never go back, so a search by halves finds the place: some twenty rows are read.
_POSITION_AT: Final = f"""
    with recursive search (low, high) as (
        select 0::bigint, ({_HEAD})
        union all
        select case when is_known then middle else low end,
            case when is_known then high else middle - 1 end
        from (select low, high, (low + high + 1) / 2 as middle from search where low < high) half,
            lateral (select (
                select recorded_at <= %s from event where position = middle) as is_known) looked
    )
    select low from search where low = high
"""


def position_at(connection: Connection[TupleRow], moment: datetime) -> int:
    """The last position that was recorded by a moment; 0 if none was."""
    row = connection.execute(_POSITION_AT, [moment]).fetchone()
    return row[0] if row else 0
