"""The tables of views: made, and put in the place of older ones.

Readers know a table by one name, `View.table`. What is filled beside it has a name of its own
until it takes over; while the table of a new version is still being filled, its name stands for
the rows of the version before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, LiteralString, NamedTuple

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.full_text import CONFIGURATION
from projections.months import IN_SQL, MONTH
from projections.view import View

SET_UP_LOCK: Final = 0x41414E5A4554  # "AANZET": no two programs make or change tables at once
SORTS: Final = ("date", "timestamptz")
"""The types of columns by which lists are sorted."""
_POSITIONS: Final = """
    create table if not exists view_position (view text primary key, position bigint not null);
    -- What a program remembers of a view's rows holds for one generation of its table.
    alter table view_position add column if not exists generation bigint not null default 1;
    -- The table of another version, whose rows are shown under this name.
    alter table view_position add column if not exists shown_from text;
    create table if not exists view_parked (
        view text primary key,
        position bigint,
        type text,
        error text not null,
        parked_at timestamptz not null default now()
    );
"""


def set_up(connection: Connection[TupleRow], views: Iterable[View]) -> None:
    """Make the tables of views that have none yet.

    A new version of a view shows the rows of the one before until its own are there.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [SET_UP_LOCK])
        connection.execute(_POSITIONS)
        known = {name for (name,) in connection.execute("select view from view_position")}
        for view in views:
            if view.table in known:
                # Not where it shows the rows of another version.
                if _is_table(connection, view.table):
                    index(connection, view, view.table)
            else:
                _begin(connection, view, known)


def _begin(connection: Connection[TupleRow], view: View, known: Collection[str]) -> None:
    before = [number for number in _versions(view, known) if number < view.version]
    source = f"view_{view.name}_{max(before)}" if before else None
    if source:
        _stand_in(connection, view, view.table, _wanted(connection, view), source)
    else:
        create(connection, view, view.table)
        index(connection, view, view.table)
    connection.execute(
        "insert into view_position (view, position, shown_from) values (%s, 0, %s)",
        [view.table, source],
    )


def _versions(view: View, known: Iterable[str]) -> list[int]:
    start = f"view_{view.name}_"
    ends = (name.removeprefix(start) for name in known if name.startswith(start))
    return [int(end) for end in ends if end.isdecimal()]


# One table.


def create(
    connection: Connection[TupleRow], view: View, table: str, *, temporary: bool = False
) -> None:
    """Make an empty table for a view's rows, found by their keys alone."""
    _lay_out(connection, view, table, sql.SQL("temporary" if temporary else ""))
    connection.execute(_keyed(view, table))


def begin_filling(connection: Connection[TupleRow], view: View, table: str) -> None:
    """Make an empty table that is filled from the beginning of the log, and then `complete`d.

    Rows that one event makes are not looked for meanwhile: they are sorted by their key at once.
    """
    _lay_out(connection, view, table, sql.SQL(""))
    if not view.once:
        connection.execute(_keyed(view, table))


def complete(connection: Connection[TupleRow], view: View, table: str) -> None:
    """Make the indexes of a table that was filled."""
    if view.once:
        connection.execute(_keyed(view, table))
    index(connection, view, table)
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def _lay_out(
    connection: Connection[TupleRow], view: View, table: str, kind: sql.Composable
) -> None:
    connection.execute(
        sql.SQL("create {} table {} ({})").format(
            kind, sql.Identifier(table), defined(view, stored(view))
        )
    )


def _keyed(view: View, table: str) -> sql.Composed:
    return sql.SQL("alter table {} add primary key ({})").format(
        sql.Identifier(table), listed(key_of(view))
    )


def defined(view: View, kinds: Mapping[str, str]) -> sql.Composed:
    """These columns as a table is made of them, and beside them those that the server makes."""
    own = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))  # pyright: ignore[reportArgumentType]
        for name, kind in kinds.items()
    ]
    others = [
        sql.SQL("{} {} generated always as ({}) stored").format(
            sql.Identifier(name),
            sql.SQL(made.type),  # pyright: ignore[reportArgumentType]
            made.value,
        )
        for name, made in _made(view).items()
    ]
    return sql.SQL(", ").join([*own, *others])


class _Made(NamedTuple):
    """A column that the server makes of another."""

    type: str
    of: str
    value: sql.Composable


def _made(view: View) -> dict[str, _Made]:
    """The words of each text, so that they are not looked for in each row anew, and the month."""
    texts = [name for name, column in view.columns.items() if column.filter == "words"]
    found = {f"{name}{WORDS}": _Made("tsvector", name, _words_in(name)) for name in texts}
    return found | ({MONTH: _Made("bigint", "at", sql.SQL(IN_SQL))} if view.by_month else {})


def stored(view: View) -> dict[str, str]:
    """The columns of a view's table, with their types in SQL."""
    own = {} if view.key else {"key": "text", "doc": "bytea"}
    return own | {name: column.type for name, column in view.columns.items()}


def key_of(view: View) -> tuple[str, ...]:
    """The columns by which a row of the view's table is found."""
    return view.key or ("key",)


def listed(names: Iterable[str]) -> sql.Composed:
    """Columns, as a statement names them one after the other."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def index(connection: Connection[TupleRow], view: View, table: str) -> None:
    """Make the indexes by which readers find rows, those that are not there yet."""
    for names in view.indexes or tuple((name,) for name in view.columns):
        connection.execute(
            sql.SQL("create index if not exists {} on {} using {}").format(
                sql.Identifier("_".join((table, *names))),
                sql.Identifier(table),
                _indexed(view, names),
            )
        )


def _indexed(view: View, names: Sequence[str]) -> sql.Composable:
    if names[0] in _made(view):
        return _ordered(view, names, ())
    first = view.columns[names[0]]
    if first.type == "boolean" and len(names) > 1:
        few = sql.Identifier(names[0])
        return sql.SQL("{} where {}").format(_of_few(view, names[1:]), few)
    if first.filter == "words":
        return sql.SQL("gin ({})").format(words(names[0]))
    if first.type.endswith("[]"):
        return sql.SQL("gin ({})").format(sql.Identifier(names[0]))
    if view.columns[names[-1]].type in SORTS:
        return _ordered(view, names, tuple(dict.fromkeys((names[-1], *view.beside))))
    return _ordered(view, names, view.beside if view.key else ())


def _of_few(view: View, names: Sequence[str]) -> sql.Composable:
    if view.columns[names[0]].filter == "words":
        return _indexed(view, names)
    return _ordered(view, names, _all_columns(view))


def _all_columns(view: View) -> Sequence[str]:
    return [n for n, c in view.columns.items() if not c.type.endswith("[]") and c.filter != "words"]


def _ordered(view: View, names: Sequence[str], beside: Sequence[str]) -> sql.Composed:
    """A B-tree; what stands beside its keys is filtered and counted without the rows."""
    *most, last = map(sql.Identifier, names)
    if view.columns[names[-1]].type in SORTS:
        last = sql.SQL("({}), key").format(in_order(names[-1]))
    more = [sql.Identifier(name) for name in beside if name not in names[:-1]]
    including = sql.SQL(" include ({})").format(sql.SQL(", ").join(more)) if more else sql.SQL("")
    return sql.SQL("btree ({}){}").format(sql.SQL(", ").join([*most, last]), including)


def in_order(name: str) -> sql.Composable:
    """A day or a moment as lists are sorted by it: rows without it as if it never comes."""
    return sql.SQL("coalesce({}, 'infinity')").format(sql.Identifier(name))


def all_of(tests: Sequence[sql.Composable]) -> sql.Composable:
    """What passes all of these tests; with none of them, everything."""
    return sql.SQL(" and ").join(tests) if tests else sql.SQL("true")


WORDS: Final = "_words"
"""So ends the name of the column that holds the words of another."""


def words(name: str) -> sql.Identifier:
    """The column with the words of a text, as its index holds them."""
    return sql.Identifier(f"{name}{WORDS}")


def _words_in(name: str) -> sql.Composable:
    return sql.SQL("to_tsvector({}, {})").format(CONFIGURATION, sql.Identifier(name))


# One table in the place of another.


def take_over(connection: Connection[TupleRow], view: View, fresh: str) -> None:
    """Let a table that was filled beside be the view's from now on, within this transaction.

    The tables of older versions go: under their names, programs that still know them are shown
    the new rows, without what those do not have.
    """
    known = [name for (name,) in connection.execute("select view from view_position").fetchall()]
    others = [f"view_{view.name}_{number}" for number in _versions(view, known)]
    others.remove(view.table)
    shown = {other: _columns(connection, other) for other in others}
    # What shows the rows of another goes before that, as readers come to them in that order.
    for name in sorted([view.table, *others], key=lambda name: _is_table(connection, name)):
        kind = sql.SQL("table" if _is_table(connection, name) else "view")
        connection.execute(sql.SQL("drop {} {}").format(kind, sql.Identifier(name)))
    _rename(connection, fresh, view.table)
    for other, columns in shown.items():
        _stand_in(connection, view, other, columns, view.table)
    connection.execute(
        "update view_position set shown_from = %s where view = any(%s)", [view.table, others]
    )


def _rename(connection: Connection[TupleRow], fresh: str, name: str) -> None:
    indexes = connection.execute(
        "select indexrelid::regclass::text from pg_index where indrelid = %s::regclass", [fresh]
    ).fetchall()
    for (old,) in indexes:
        plain = old.strip('"')
        connection.execute(
            sql.SQL("alter index {} rename to {}").format(
                sql.Identifier(plain), sql.Identifier(name + plain.removeprefix(fresh))
            )
        )
    connection.execute(
        sql.SQL("alter table {} rename to {}").format(sql.Identifier(fresh), sql.Identifier(name))
    )


def _stand_in(
    connection: Connection[TupleRow],
    view: View,
    name: str,
    columns: Mapping[str, str],
    source: str,
) -> None:
    """Have a name show the rows of another table; what that does not have is null.

    What has become of another type since is shown so to programs of older versions: that they
    cannot read it is better than that they find nothing.
    """
    there, made = _columns(connection, source), _made(view)
    before = view.before
    if name != view.table:
        before, columns = {}, {column: there.get(column, columns[column]) for column in columns}
    shown = sql.SQL(", ").join(
        _shown(column, kind, there, made.get(column), before.get(column))
        for column, kind in columns.items()
    )
    connection.execute(
        sql.SQL("create view {} as select {} from {}").format(
            sql.Identifier(name), shown, sql.Identifier(source)
        )
    )


def _shown(
    column: str,
    kind: str,
    there: Mapping[str, str],
    made: _Made | None,
    before: LiteralString | None,
) -> sql.Composable:
    if there.get(column) == kind:
        return sql.Identifier(column)
    value = sql.SQL("null")
    if made and made.of in there:
        value = made.value
    elif before and column in there:
        value = sql.SQL(before)
    return sql.SQL("({})::{} as {}").format(value, sql.SQL(kind), sql.Identifier(column))  # pyright: ignore[reportArgumentType]


def _wanted(connection: Connection[TupleRow], view: View) -> dict[str, str]:
    kinds = stored(view) | {name: made.type for name, made in _made(view).items()}
    found = connection.execute(
        "select kind::regtype::text from unnest(%s::text[]) with ordinality as t (kind, n)"
        " order by n",
        [list(kinds.values())],
    ).fetchall()
    return {name: kind for name, (kind,) in zip(kinds, found, strict=True)}


def _columns(connection: Connection[TupleRow], table: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "select attname, atttypid::regtype::text from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            [table],
        ).fetchall()
    )


def _is_table(connection: Connection[TupleRow], name: str) -> bool:
    row = connection.execute(
        "select relkind = 'r' from pg_class where oid = %s::regclass", [name]
    ).fetchone()
    return bool(row and row[0])
