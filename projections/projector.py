"""The projector: reads the log in batches and keeps every view's table up to date.

A view's rows and its position change in one transaction, so that a view is always the exact
fold of a prefix of the log, whatever was killed when.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog
from psycopg import Connection, OperationalError, sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from domain.facts import Past, Recorded
from projections.full_text import CONFIGURATION
from projections.view import View, fold, needs_refold, touched

_LOG: Final = structlog.get_logger(__name__)
SET_UP_LOCK: Final = 0x41414E5A4554  # "AANZET": no two programs make or change tables at once
SORTS: Final = ("date", "timestamptz")
"""The types of columns by which lists are sorted."""
BATCH: Final = 1000
IDLE_SECONDS: Final = 1.0
"""How often the projector looks for itself, should the news of an append be lost."""

Pool = ConnectionPool[Connection[TupleRow]]


class Log(Protocol):
    """What the projector asks of the event log."""

    def batch(self, after: int, limit: int) -> Past:
        """The next events in order of position, unsealed."""
        ...

    def about(self, tags: Sequence[str], until: int) -> Past:
        """All events that concern any of these things, up to a position, unsealed."""
        ...


def set_up(connection: Connection[TupleRow], views: Iterable[View]) -> None:
    """Make the tables of views that have none yet."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [SET_UP_LOCK])
        connection.execute(
            "create table if not exists view_position"
            " (view text primary key, position bigint not null)"
        )
        for view in views:
            _create(connection, view)


def _create(connection: Connection[TupleRow], view: View) -> None:
    columns = sql.SQL("").join(
        sql.SQL(", {} {}").format(sql.Identifier(name), sql.SQL(column.type))  # pyright: ignore[reportArgumentType]
        for name, column in view.columns.items()
    )
    table = sql.Identifier(view.table)
    connection.execute(
        sql.SQL(
            "create table if not exists {} (key text primary key, doc bytea not null{})"
        ).format(table, columns)
    )
    for names in view.indexes or tuple((name,) for name in view.columns):
        connection.execute(
            sql.SQL("create index if not exists {} on {} using {}").format(
                sql.Identifier("_".join((view.table, *names))), table, _indexed(view, names)
            )
        )
    connection.execute(
        "insert into view_position (view, position) values (%s, 0) on conflict do nothing",
        [view.table],
    )


def _indexed(view: View, names: Sequence[str]) -> sql.Composable:
    first = view.columns[names[0]]
    if first.filter == "words":
        return sql.SQL("gin ({})").format(words(names[0]))
    if first.type.endswith("[]"):
        return sql.SQL("gin ({})").format(sql.Identifier(names[0]))
    if first.type == "boolean" and len(names) > 1:
        few, names = sql.Identifier(names[0]), names[1:]
        return sql.SQL("{} where {}").format(_ordered(view, names, _all_columns(view)), few)
    return _ordered(view, names, names[-1:] if view.columns[names[-1]].type in SORTS else ())


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


def words(name: str) -> sql.Composable:
    """The words of a column, as its index holds them."""
    return sql.SQL("to_tsvector({}, {})").format(CONFIGURATION, sql.Identifier(name))


class Unfoldable(Exception):  # noqa: N818 - a fault of the view, told to operators
    """A view's fold failed on the event at a position."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"The event at {position} could not be folded.")


class Projector:
    """Keeps views up to date until stopped; any number may run, each view has one at a time."""

    def __init__(self, pool: Pool, log: Log, views: Sequence[View]) -> None:
        self._pool = pool
        self._log = log
        self._views = views
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._parked: set[str] = set()
        self._read: dict[int, Past] = {}

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name="projector")
        self._thread.start()

    def parked(self) -> list[str]:
        """The views that this process keeps no longer, because an event could not be folded."""
        return sorted(self._parked)

    def wake(self) -> None:
        """Tell that something was appended."""
        self._news.set()

    def tell_to_stop(self) -> None:
        """Stop once the batch under way is done."""
        self._stopped.set()
        self._news.set()

    def stop(self) -> None:
        """Stop, and wait for the thread that was started."""
        self.tell_to_stop()
        if self._thread:
            self._thread.join()

    def run(self) -> None:
        """Keep the views up to date in this thread, until told to stop.

        A database that is away for a while is waited for; the batch is done anew.
        """
        while not self._stopped.is_set():
            self._news.clear()
            try:
                moved = self.catch_up_once()
            except (OperationalError, PoolTimeout) as error:
                _LOG.warning("projector_waits", error=type(error).__name__)
                moved = False
            if not moved:
                self._news.wait(IDLE_SECONDS)

    def catch_up_once(self) -> bool:
        """Bring each view a batch further; tells whether there was anything to do."""
        self._read = {}
        moved = [
            self._advance_or_park(view) for view in self._views if view.name not in self._parked
        ]
        return any(moved)

    def catch_up(self) -> None:
        """Bring every view to the end of the log."""
        while self.catch_up_once():
            pass

    def _advance_or_park(self, view: View) -> bool:
        try:
            return self._advance(view)
        except (OperationalError, PoolTimeout):
            raise
        # Whatever an event does to one view, the others go on; this one waits for a restart.
        except Exception as error:  # noqa: BLE001
            self._parked.add(view.name)
            cause = error.__cause__ if isinstance(error, Unfoldable) else error
            at = error.position if isinstance(error, Unfoldable) else None
            _LOG.error("view_parked", view=view.name, position=at, error=type(cause).__name__)
            return False

    def _advance(self, view: View) -> bool:
        with self._pool.connection() as connection, connection.transaction():
            # Whoever holds the row keeps the view; the others leave it to them.
            row = connection.execute(
                "select position from view_position where view = %s for update skip locked",
                [view.table],
            ).fetchone()
            if row is None:
                return False
            if not (batch := self._batch(row[0])):
                return False
            rows = self._fold(connection, view, batch)
            if rows:
                _write(connection, view, rows)
            connection.execute(
                "update view_position set position = %s where view = %s",
                [batch[-1].position, view.table],
            )
        _LOG.debug("projected", view=view.name, position=batch[-1].position, rows=len(rows))
        return True

    def _batch(self, after: int) -> Past:
        """The next events; views that stand at the same position share one reading."""
        if after not in self._read:
            self._read = {after: self._log.batch(after, BATCH)}
        return self._read[after]

    def _fold(
        self, connection: Connection[TupleRow], view: View, batch: Sequence[Recorded]
    ) -> dict[str, Any]:
        keys = {key for recorded in batch for key in touched(view, recorded)}
        rows = _load(connection, view, keys)
        for recorded in batch:
            try:
                self._fold_one(view, recorded, rows)
            except (OperationalError, PoolTimeout):
                raise
            except Exception as error:
                raise Unfoldable(recorded.position) from error
        return rows

    def _fold_one(self, view: View, recorded: Recorded, rows: dict[str, Any]) -> None:
        for key in touched(view, recorded):
            if needs_refold(view, recorded):
                past = self._log.about(view.about(key), recorded.position)
                rows[key] = fold(view, key, past)
            else:
                rows[key] = view.evolve(rows.get(key) or view.empty(key), recorded)


def _load(connection: Connection[TupleRow], view: View, keys: Iterable[str]) -> dict[str, Any]:
    found = connection.execute(
        sql.SQL("select key, doc from {} where key = any(%s)").format(sql.Identifier(view.table)),
        [list(keys)],
    ).fetchall()
    return {key: msgspec.json.decode(doc, type=view.row) for key, doc in found}


def _write(connection: Connection[TupleRow], view: View, rows: dict[str, Any]) -> None:
    names = ["key", "doc", *view.columns]
    values = [
        [key, msgspec.json.encode(row), *(column.value(row) for column in view.columns.values())]
        for key, row in rows.items()
    ]
    # An array of arrays cannot be unnested row by row, so arrays travel as JSON.
    arrays = [column.type.endswith("[]") for column in view.columns.values()]
    types = ["text", "bytea", *(column.type for column in view.columns.values())]
    sent = [
        [msgspec.json.encode(v).decode() if is_array else v for v in column]
        for column, is_array in zip(zip(*values, strict=True), [False, False, *arrays], strict=True)
    ]
    selected = sql.SQL(", ").join(
        sql.SQL("array(select json_array_elements_text({}::json))").format(sql.Identifier(name))
        if is_array
        else sql.Identifier(name)
        for name, is_array in zip(names, [False, False, *arrays], strict=True)
    )
    parameters = sql.SQL(", ").join(
        sql.SQL("%s::text[]" if kind.endswith("[]") else f"%s::{kind}[]")  # pyright: ignore[reportArgumentType]
        for kind in types
    )
    fields = sql.SQL(", ").join(map(sql.Identifier, names))
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names[1:]
    )
    connection.execute(
        sql.SQL(
            "insert into {table} ({fields}) select {selected} from unnest({parameters})"
            " as fresh ({fields}) on conflict (key) do update set {changes}"
        ).format(
            table=sql.Identifier(view.table),
            fields=fields,
            selected=selected,
            parameters=parameters,
            changes=changes,
        ),
        sent,
    )


def positions(connection: Connection[TupleRow], views: Iterable[View]) -> dict[str, int]:
    """How far each view has come, by name."""
    found = dict(connection.execute("select view, position from view_position").fetchall())
    return {view.name: found.get(view.table, 0) for view in views}
