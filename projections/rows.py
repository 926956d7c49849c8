"""The rows of a view's table: read and written, many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, LiteralString

import msgspec
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.tables import key_of, listed, stored
from projections.view import View


def load(
    connection: Connection[TupleRow], view: View, table: str, keys: Collection[Any]
) -> dict[Any, Any]:
    """The rows of these keys that the table has."""
    if not keys:
        return {}
    names, kinds = key_of(view), stored(view)
    wanted = [list(part) for part in zip(*keys, strict=True)] if view.key else [list(keys)]
    found = connection.execute(
        sql.SQL("select {} from unnest({}) as wanted ({}) join {} using ({})").format(
            listed((*names, *telling(view))),
            sql.SQL(", ").join(sql.SQL(f"%s::{kinds[name]}[]") for name in names),  # pyright: ignore[reportArgumentType]
            listed(names),
            sql.Identifier(table),
            listed(names),
        ),
        wanted,
        binary=True,
    ).fetchall()
    width = len(names)
    return {
        tuple(values[:width]) if view.key else values[0]: row_from(view, values[width:])
        for values in found
    }


def telling(view: View) -> tuple[str, ...]:
    """The columns from which a row is made again."""
    return tuple(view.columns) if view.key else ("doc",)


def row_from(view: View, values: Sequence[Any]) -> Any:  # noqa: ANN401 - the view's own row type
    """The row of which these columns tell."""
    if view.key:
        return msgspec.convert(dict(zip(view.columns, values, strict=True)), view.row)
    return msgspec.json.decode(values[0], type=view.row)


def write(
    connection: Connection[TupleRow],
    view: View,
    table: str,
    rows: Mapping[Any, Any],
    old: Collection[Any],
) -> dict[Any, int]:
    """Put rows that are kept as JSON in the table, which has those with the keys `old`.

    Gives back how large they are.
    """
    encode, of = msgspec.json.Encoder().encode, [each.value for each in view.columns.values()]

    def fields(key: str, row: object) -> Sequence[Any]:
        return [key, encode(row), *[each(row) for each in of]]

    stale = [fields(key, row) for key, row in rows.items() if key in old] if old else []
    fresh = [fields(key, row) for key, row in rows.items() if key not in old]
    _update(connection, view, table, stale)
    if fresh:
        _copy(connection, view, table, fresh)
    return {key: len(doc) for key, doc, *_ in (*stale, *fresh)}


def put(connection: Connection[TupleRow], view: View, table: str, rows: Sequence[Any]) -> None:
    """Put rows that are nothing but their columns in the table, which has none of them."""
    if rows:
        _copy(connection, view, table, map(attrgetter(*view.columns), rows))


def update(connection: Connection[TupleRow], view: View, table: str, rows: Iterable[Any]) -> None:
    """Let rows of that kind, which the table has, be these."""
    _update(connection, view, table, list(map(attrgetter(*view.columns), rows)))


def _copy(
    connection: Connection[TupleRow], view: View, table: str, values: Iterable[Sequence[Any]]
) -> None:
    statement, kinds = sql.SQL("copy {} ({}) from stdin (format binary)"), stored(view)
    with (
        connection.cursor() as cursor,
        cursor.copy(statement.format(sql.Identifier(table), listed(kinds))) as copy,
    ):
        copy.set_types(list(kinds.values()))
        for value in values:
            copy.write_row(value)


def _update(
    connection: Connection[TupleRow], view: View, table: str, values: Sequence[Sequence[Any]]
) -> None:
    if not values:
        return
    kinds, key = stored(view), key_of(view)
    changed = [name for name in kinds if name not in key]
    statement = sql.SQL("update {} set {} where {}").format(
        sql.Identifier(table),
        _given(changed, kinds, ", "),
        _given(key, kinds, " and "),
    )
    pick = itemgetter(*map(list(kinds).index, (*changed, *key)))
    with connection.cursor() as cursor:
        cursor.executemany(statement, [pick(value) for value in values])


def _given(names: Iterable[str], kinds: Mapping[str, str], between: LiteralString) -> sql.Composed:
    """Each column with the parameter that stands for its value."""
    return sql.SQL(between).join(
        sql.SQL("{} = %s::{}").format(sql.Identifier(name), sql.SQL(kinds[name]))  # pyright: ignore[reportArgumentType]
        for name in names
    )
