"""Filling a view anew beside the one that is being read, and switching in one transaction."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from psycopg import Connection, sql
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.facts import Past
from domain.records import EventCorrected
from projections.ahead import Ahead, Read
from projections.catalogue import GONE
from projections.folding import Batch, Folding, Log, Stamp
from projections.parking import unpark
from projections.tables import begin_filling, complete, take_over
from projections.uncollected import uncollected
from projections.view import View, looked_at

Pool = ConnectionPool[Connection[TupleRow]]
Told = Callable[[int], None]
"""Is told up to which position a view has come."""

BATCH: Final = 2000
CORRECTED: Final = 500
"""So many corrections at a time touch rows that are few enough to be looked up one by one."""
REMEMBERED_BYTES: Final = 8_000_000
_NEW: Final = "_new"
CORRECTIONS: Final = frozenset({EventCorrected})
SWITCH_TRIES: Final = 100
PATIENT: Final = "set local lock_timeout = '1s'"
"""So long the switch waits for those that read, while others that would read wait for it."""
BETWEEN_SECONDS: Final = 0.2


class RebuiltElsewhere(Exception):  # noqa: N818 - said to the operator as a sentence
    """Another process is filling this view anew."""

    def __init__(self, view: View) -> None:
        super().__init__(f"Another process is rebuilding the view {view.name!r}; wait for it.")


class Stopped(Exception):  # noqa: N818 - an end, no fault
    """It was told to stop before the view was filled; nothing changed for its readers."""


def nothing(_position: int) -> None:
    """Tell nobody."""


def rebuild(
    pool: Pool,
    log: Log,
    view: View,
    told: Told = nothing,
    stopped: threading.Event | None = None,
) -> None:
    """Fold the whole log into a new table, and let it take over once it has come as far.

    Until then the view is read and kept as before. What was parked is tried again by it.

    Raises:
        RebuiltElsewhere: if another process does the same.
        Unfoldable: if the view cannot take an event.
        Undecodable: if an event is of a form that this program does not know.
        Stopped: if it was told to stop.
    """
    with pool.connection() as connection, _alone(connection, view):
        filling = _Filling(connection, log, view, stopped or threading.Event())
        try:
            filling.fill(told)
            complete(connection, view, filling.table)
            if view.once:
                filling.correct()
            filling.fill(told)
            filling.switch(told)
        finally:
            if not connection.closed:
                _drop(connection, filling.table)


@contextmanager
def _alone(connection: Connection[TupleRow], view: View) -> Generator[None]:
    if not _locked(connection, view.table):
        raise RebuiltElsewhere(view)
    try:
        yield
    finally:
        if not connection.closed:
            _unlock(connection, view.table)


def _locked(connection: Connection[TupleRow], table: str) -> bool:
    row = connection.execute(
        "select pg_try_advisory_lock(hashtextextended(%s, 0))", [table]
    ).fetchone()
    return bool(row and row[0])


def _unlock(connection: Connection[TupleRow], table: str) -> None:
    connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [table])


def _drop(connection: Connection[TupleRow], table: str) -> None:
    connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(table)))


# What was killed while it filled a table.


def leftovers(connection: Connection[TupleRow]) -> list[str]:
    """Tables that were being filled by somebody who is gone."""
    rows = connection.execute(
        "select relname::text from pg_class where relnamespace = current_schema()::regnamespace"
        " and relkind = 'r' and starts_with(relname, 'view_') and right(relname, 4) = %s"
        " and not exists (select from pg_locks where locktype = 'advisory' and objsubid = 1"
        " and database = (select oid from pg_database where datname = current_database())"
        " and classid::bigint << 32 | objid::bigint"
        " = hashtextextended(left(relname, -4), 0)) order by relname",
        [_NEW],
    )
    return [name for (name,) in rows]


def drop_leftovers(connection: Connection[TupleRow]) -> list[str]:
    """Drop what is left, unless somebody begins to fill it just now; gives back what was."""
    return [table for table in leftovers(connection) if _is_dropped(connection, table)]


def _is_dropped(connection: Connection[TupleRow], table: str) -> bool:
    of = table.removesuffix(_NEW)
    if not _locked(connection, of):
        return False
    try:
        _drop(connection, table)
    finally:
        _unlock(connection, of)
    return True


def drop_gone(connection: Connection[TupleRow]) -> None:
    """Drop the tables of views that are not kept any more: they hold texts that nobody erases."""
    with connection.transaction():
        gone = connection.execute(
            "delete from view_position where regexp_replace(view, '_[0-9]+$', '') = any(%s)"
            " returning view",
            [[f"view_{name}" for name in GONE]],
        ).fetchall()
        for (table,) in gone:
            _drop(connection, table)


class _Filling:
    """A table that is being filled beside the one that is read."""

    def __init__(
        self,
        connection: Connection[TupleRow],
        log: Log,
        view: View,
        stopped: threading.Event,
    ) -> None:
        self.table: Final = view.table + _NEW
        self._connection = connection
        self._log = log
        self._ahead = Ahead(self._read)
        self._view = view
        self._stopped = stopped
        self._folding = Folding(view, log, self.table, REMEMBERED_BYTES, corrects_later=True)
        self._position = 0
        # What an attempt left that was killed.
        _drop(connection, self.table)
        begin_filling(connection, view, self.table)

    def _read(self, after: int, limit: int) -> tuple[Past, int]:
        return self._log.next(after, limit, looked_at(self._view), texts=self._view.texts)

    def fill(self, told: Told) -> None:
        """Fold the log as far as it is."""
        moved = True
        while moved:
            if self._stopped.is_set():
                raise Stopped
            with uncollected(), self._connection.transaction():
                moved = self._further(self._ahead.next)
            told(self._position)

    def correct(self) -> None:
        """Make up for the corrections that were left for when rows are found by their key."""
        until = self._position
        self._folding = Folding(self._view, self._log, self.table, REMEMBERED_BYTES)
        position = 0
        while position < until:
            past, position = self._log.next(position, CORRECTED, CORRECTIONS, texts=False)
            with self._connection.transaction():
                self._folding.correct(
                    self._connection, [each for each in past if each.position <= until]
                )

    def _further(self, read: Read) -> bool:
        """Fold a batch; tells whether there was any."""
        self._connection.execute("set local synchronous_commit = off")
        before = self._position
        past, until = read(before, BATCH)
        if past:
            written = self._folding.take(self._connection, Batch(past), Stamp(0, before))
            self._folding.keep(Stamp(0, until), written)
        self._position = max(before, until)
        return self._position > before

    def switch(self, told: Told) -> None:
        """Come as far as what is read, and take its place."""
        filled = self._position
        for left in reversed(range(SWITCH_TRIES)):
            try:
                with self._connection.transaction():
                    self._take_over()
            # Who reads several tables may hold one that goes, and wait for what is held here.
            except (LockNotAvailable, DeadlockDetected):
                self._folding.forget()
                self._position = filled
                if left == 0:
                    raise
                if self._stopped.wait(BETWEEN_SECONDS):
                    raise Stopped from None
            else:
                told(self._position)
                return

    def _take_over(self) -> None:
        self._connection.execute(PATIENT)
        # Whoever keeps the view has done its batch then, and begins no other.
        self._connection.execute(
            "select from view_position where view = %s for update", [self._view.table]
        )
        # What was read ahead may be older than what the view shows.
        while self._further(self._read):
            pass
        take_over(self._connection, self._view, self.table)
        self._connection.execute(
            "update view_position set position = %s, shown_from = null,"
            " generation = generation + 1 where view = %s",
            [self._position, self._view.table],
        )
        unpark(self._connection, [self._view])
