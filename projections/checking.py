"""Comparing views with the log: the whole of it is folded anew, and every row looked at."""

from bisect import bisect_left
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import msgspec
from msgspec import Struct
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.facts import subject
from projections.folding import Batch, Folding, Log, Stamp
from projections.leases import filled
from projections.rows import row_from, telling
from projections.tables import create, key_of, stored
from projections.view import Key, View, fold, touched

Pool = ConnectionPool[Connection[TupleRow]]

BATCH: Final = 4000
EXPLAINED: Final = 20
"""So many rows of a view that differ are looked into; the others are counted."""


class Difference(Struct, frozen=True, kw_only=True):
    """A row that is not what the log says."""

    view: str
    key: str
    position: int | None
    """Of the event from which on it differs; none if no event tells of such a row."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What comparing one view came to."""

    view: str
    position: int
    """Up to here it shows the log."""
    rows: int
    """So many does the log make."""
    differing: int
    differences: Sequence[Difference]
    """The first of them, by key."""


def check(
    pool: Pool, log: Log, views: Sequence[View], told: Callable[[int], None]
) -> list[Verdict]:
    """Compare each view, at the position that it shows, with a fold of its own.

    The fold goes to temporary tables in the database, so that a large log takes no more memory
    than a small one; a view stands still only while its rows are compared. Views of a new
    version that are not filled yet are left out.
    """
    with pool.connection() as connection:
        known = filled(connection, views)
        with _scratch(connection, log, [v for v in views if v.table in known]) as folds:
            until = min(known.values(), default=0)
            _fold_all(connection, log, folds, until, told)
            return [_judged(connection, log, each) for each in folds]


class _Fold:
    """One view's rows, folded from nothing and by nothing that was kept."""

    def __init__(self, view: View, log: Log) -> None:
        self.view = view
        self.folding = Folding(view, log, f"check_{view.table}")
        self.position = 0

    def take(self, connection: Connection[TupleRow], batch: Batch) -> None:
        written = self.folding.take(connection, batch, Stamp(0, self.position))
        self.position = batch.past[-1].position
        self.folding.keep(Stamp(0, self.position), written)


@contextmanager
def _scratch(
    connection: Connection[TupleRow], log: Log, views: Sequence[View]
) -> Generator[list[_Fold]]:
    folds = [_Fold(view, log) for view in views]
    try:
        for each in folds:
            create(connection, each.view, each.folding.table, temporary=True)
        yield folds
    finally:
        for each in folds:
            connection.execute(
                sql.SQL("drop table if exists pg_temp.{}").format(
                    sql.Identifier(each.folding.table)
                )
            )


def _fold_all(
    connection: Connection[TupleRow],
    log: Log,
    folds: Sequence[_Fold],
    until: int,
    told: Callable[[int], None],
) -> None:
    """Fold the log up to a position; what is read is shared."""
    position = 0
    while position < until:
        past, _ = log.next(position, min(BATCH, until - position))
        batch = Batch(past)
        with connection.transaction():
            for each in folds:
                each.take(connection, batch)
        position = past[-1].position
        told(position)


def _judged(connection: Connection[TupleRow], log: Log, each: _Fold) -> Verdict:
    _follow(connection, log, each, filled(connection, [each.view])[each.view.table])
    with connection.transaction():
        # Whoever keeps the view waits from now on.
        connection.execute(
            "select from view_position where view = %s for update", [each.view.table]
        )
        shown = filled(connection, [each.view])[each.view.table]
        _follow(connection, log, each, shown)
        return _compared(connection, log, each)


def _follow(connection: Connection[TupleRow], log: Log, each: _Fold, until: int) -> None:
    while each.position < until:
        past, _ = log.next(each.position, min(BATCH, until - each.position))
        with connection.transaction():
            each.take(connection, Batch(past))


def _compared(connection: Connection[TupleRow], log: Log, each: _Fold) -> Verdict:
    view, scratch = each.view, sql.Identifier("pg_temp", each.folding.table)
    connection.execute(sql.SQL("analyze {}").format(scratch))
    key = key_of(view)
    differs = sql.SQL(" or ").join(
        sql.SQL("l.{0} is distinct from f.{0}").format(sql.Identifier(name))
        for name in stored(view)
        if name not in key
    )
    found = connection.execute(
        sql.SQL(
            "select count(*) over (), {key}, {shown}, {fresh} from {table} l"
            " full join {scratch} f using ({key})"
            " where l.{first} is null or f.{first} is null or {differs} order by {order} limit %s"
        ).format(
            key=sql.SQL(", ").join(map(sql.Identifier, key)),
            shown=_told(view, "l"),
            fresh=_told(view, "f"),
            table=sql.Identifier(view.table),
            scratch=scratch,
            first=sql.Identifier(key[0]),
            order=sql.SQL(", ").join(map(sql.Literal, range(2, 2 + len(key)))),
            differs=differs,
        ),
        [EXPLAINED],
        binary=True,
    ).fetchall()
    row = connection.execute(sql.SQL("select count(*) from {}").format(scratch)).fetchone()
    return Verdict(
        view=view.name,
        position=each.position,
        rows=row[0] if row else 0,
        differing=found[0][0] if found else 0,
        differences=[_explained(each, log, values) for _, *values in found],
    )


def _told(view: View, side: str) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(side, name) for name in telling(view))


def _explained(each: _Fold, log: Log, values: Sequence[Any]) -> Difference:
    """The difference of a row from its key, what is shown of it, and what it should be."""
    view = each.view
    parts, half = tuple(values[: len(key_of(view))]), len(telling(view))
    shown, fresh = (_row(view, side) for side in (values[-2 * half : -half], values[-half:]))
    key = parts if view.key else parts[0]
    return Difference(
        view=view.name,
        key="/".join(map(str, parts)),
        position=_since(each, log, key, shown, fresh),
    )


def _row(view: View, values: Sequence[Any]) -> bytes | None:
    """A row as JSON, from the columns that tell of it; none if there is none."""
    if not view.key or values[0] is None:
        return values[0]
    return msgspec.json.encode(row_from(view, values))


# From which event on a row differs.


def _since(each: _Fold, log: Log, key: Key, doc: bytes | None, fresh: bytes | None) -> int | None:
    """The first event whose effect a row does not show as it should; found by folding prefixes."""
    if fresh is None:
        return None
    view, until = each.view, each.position
    past = log.about(_about(view, log, key), until)
    steps = [n for n, recorded in enumerate(past, 1) if key in touched(view, recorded)]
    if doc is None or not steps:
        return past[steps[0] - 1].position if steps else None
    shown, right = _fields(doc), _fields(fresh)

    def after(n: int) -> Mapping[str, object]:
        return _fields(msgspec.json.encode(fold(view, key, past[:n])))

    # A row that was left behind is what it was after the last event that it shows.
    version = shown.get("version", 0)
    before = [n for n in steps if past[n - 1].position <= cast("int", version)]
    if before and len(before) < len(steps) and after(before[-1]) == shown:
        return past[steps[len(before)] - 1].position
    wrong = [
        name
        for name in {**shown, **right}
        if name != "version" and shown.get(name) != right.get(name)
    ]
    first = bisect_left(
        steps, x=True, key=lambda n: not all(_agree(after(n), shown, right, name) for name in wrong)
    )
    return past[steps[min(first, len(steps) - 1)] - 1].position


def _about(view: View, log: Log, key: Key) -> tuple[str, ...]:
    """Tags under which everything is found that touches a row."""
    if not view.once:
        return view.about(key)
    position = cast("int", key[view.key.index("position")])
    (made_by, *_), _ = log.next(position - 1, 1, texts=False)
    return (subject(made_by.fact),)


def _agree(
    then: Mapping[str, object], shown: Mapping[str, object], right: Mapping[str, object], name: str
) -> bool:
    """Whether what a field was then can have become what is shown, not yet what is right."""
    now, was = shown.get(name), then.get(name)
    if isinstance(was, list) and isinstance(now, list):
        return cast("list[Any]", now)[: len(cast("list[Any]", was))] == was
    return was != right.get(name)


def _fields(doc: bytes) -> Mapping[str, object]:
    return msgspec.json.decode(doc, type=dict[str, object])
