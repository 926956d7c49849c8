"""The projector: reads the log in batches and keeps every view's table up to date.

A view's rows and its position change in one transaction, so that a view is always the exact
fold of a prefix of the log, whatever was killed when.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.facts import Undecodable
from projections.ahead import Ahead
from projections.folding import PASSING, Batch, Folding, Log, Stamp, Unfoldable, Written
from projections.leases import leased, move, unfilled
from projections.parking import park, unpark
from projections.rebuilding import (
    RebuiltElsewhere,
    Stopped,
    drop_gone,
    drop_leftovers,
    rebuild,
)
from projections.uncollected import uncollected
from projections.view import View

_LOG: Final = structlog.get_logger(__name__)
BATCH: Final = 8000
IDLE_SECONDS: Final = 1.0
"""How often the projector looks for itself, should the news of an append be lost."""

Pool = ConnectionPool[Connection[TupleRow]]


class Projector:
    """Keeps views up to date until stopped; any number may run, each view has one at a time."""

    def __init__(self, pool: Pool, log: Log, views: Sequence[View], at_once: int = BATCH) -> None:
        """So many events `at_once` are folded between two commits."""
        self._at_once = at_once
        self._pool = pool
        self._log = log
        self._ahead = Ahead(log.next)
        self._views = views
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._waits_at: int | None = None
        self._foldings = {view.table: Folding(view, log) for view in views}

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name="projector")
        self._thread.start()

    def wake(self) -> None:
        """Tell that something was appended."""
        # Each command comes by here; what was told before still waits to be heard.
        if not self._news.is_set():
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

        What was parked is tried once more. A database that is away for a while is waited for;
        the batch is done anew.
        """
        filler = threading.Thread(target=self._fill_new_versions, name="rebuilder")
        filler.start()
        retried = False
        while not self._stopped.is_set():
            self._news.clear()
            try:
                if not retried:
                    self._try_again()
                    retried = True
                moved = self.catch_up_once()
            except PASSING as error:
                _LOG.warning("projector_waits", error=type(error).__name__)
                moved = False
            if not moved:
                self._news.wait(IDLE_SECONDS)
        filler.join()

    def catch_up(self) -> None:
        """Bring every view to the end of the log."""
        while self.catch_up_once():
            pass

    def catch_up_once(self) -> bool:
        """Bring each view a batch further; tells whether there was anything to do."""
        try:
            return self._advance(self._views)
        except PASSING:
            raise
        # Some view's rows cannot be stored. One by one it is found, and the others go on.
        except Exception:  # noqa: BLE001
            return any([self._advance_or_park(view) for view in self._views])  # noqa: C419 - all

    def _advance_or_park(self, view: View) -> bool:
        try:
            return self._advance([view])
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001
            with self._pool.connection() as connection:
                self._park(connection, view, error)
            return False

    def _advance(self, views: Sequence[View]) -> bool:
        """Bring views further that nobody else brings further now, all in one transaction."""
        done: dict[str, tuple[Stamp, Written]] = {}
        with uncollected(), self._pool.connection() as connection, connection.transaction():
            # Rows are lost with their position in a crash of the server, and folded once more.
            connection.execute("set local synchronous_commit = off")
            stamps = leased(connection, views)
            positions = (stamp.position for stamp in stamps.values())
            for after, limit in _stretches(positions, self._at_once):
                try:
                    past, until = self._ahead.next(after, limit)
                except Undecodable as unknown:
                    self._wait_at(unknown)
                    continue
                batch = Batch(past)
                for view in views if past else ():
                    stamp = stamps.get(view.table)
                    if stamp is None or stamp.position != after:
                        continue
                    if written := self._fold_or_park(connection, view, batch, stamp):
                        done[view.table] = (Stamp(stamp.generation, until), written)
            if done:
                move(connection, {table: stamp.position for table, (stamp, _) in done.items()})
        for table, (stamp, written) in done.items():
            self._foldings[table].keep(stamp, written)
        return bool(done)

    def _fold_or_park(
        self, connection: Connection[TupleRow], view: View, batch: Batch, stamp: Stamp
    ) -> Written | None:
        try:
            return self._foldings[view.table].take(connection, batch, stamp)
        # Nothing was written yet, so that the transaction goes on.
        except Unfoldable as error:
            self._park(connection, view, error)
            return None

    def _park(self, connection: Connection[TupleRow], view: View, error: Exception) -> None:
        report = park(connection, view, error)
        _LOG.error(
            "view_parked",
            view=view.name,
            position=report.position,
            type=report.type,
            error=report.error,
        )

    def _wait_at(self, unknown: Undecodable) -> None:
        """All views wait for a program that knows the event; it is told once."""
        if unknown.position != self._waits_at:
            self._waits_at = unknown.position
            _LOG.error(
                "views_wait",
                position=unknown.position,
                type=unknown.type,
                version=unknown.version,
            )

    def _try_again(self) -> None:
        with self._pool.connection() as connection:
            unpark(connection, self._views)
            drop_gone(connection)
            for table in drop_leftovers(connection):
                _LOG.info("leftover_dropped", table=table)

    # Views of a new version.

    def _fill_new_versions(self) -> None:
        """Fill the tables of new versions, while those of the ones before go on being read."""
        while not self._stopped.is_set():
            try:
                with self._pool.connection() as connection:
                    waiting = unfilled(connection, self._views)
                if not waiting:
                    return
                for view in waiting:
                    self._fill(view)
            except PASSING as error:
                _LOG.warning("rebuilder_waits", error=type(error).__name__)
            except Stopped:
                return
            except Undecodable as unknown:
                self._wait_at(unknown)
                return  # this program will not know it later either
            self._stopped.wait(IDLE_SECONDS)

    def _fill(self, view: View) -> None:
        try:
            rebuild(self._pool, self._log, view, stopped=self._stopped)
            _LOG.info("view_rebuilt", view=view.name, version=view.version)
        except (RebuiltElsewhere, LockNotAvailable):
            pass  # looked at again in a while
        except (*PASSING, Stopped, Undecodable):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other views go on
            with self._pool.connection() as connection:
                self._park(connection, view, error)


def _stretches(positions: Iterable[int], most: int) -> list[tuple[int, int]]:
    """From where so many events are to be read, so that views that lag come to read with others."""
    starts = sorted(set(positions))
    ends = [*starts[1:], starts[-1] + most] if starts else []
    return [(start, min(most, end - start)) for start, end in zip(starts, ends, strict=True)]
