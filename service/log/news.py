"""Telling who waits that the log grew: within the process at once, elsewhere by notification.

The notification goes outside the append's transaction, on another connection: inside, its commit
would take a lock of the whole server. It may be lost or late, so who waits looks now and then too.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import structlog
from psycopg import Connection, Error
from psycopg.rows import TupleRow

from service.log.connecting import Cord, Pool, own_connection

_LOG: Final = structlog.get_logger(__name__)
CHANNEL: Final = "aanzet_log"
BETWEEN_SECONDS: Final = 0.02
"""At most so often the others are told, however much is appended."""
RECONNECT_SECONDS: Final = 0.5

Tell = Callable[[], None]


class News:
    """Passes on that something was appended, in both directions."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._listeners: list[Tell] = []
        self._grown = threading.Event()
        self._ending = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._cords: set[Cord] = set()

    def told(self) -> None:
        """Something was appended by this process."""
        self._tell_listeners()
        if not self._grown.is_set():
            self._run("log teller", self._tell_others)
            self._grown.set()

    @contextmanager
    def listening(self, tell: Tell) -> Generator[None]:
        """Have `tell` called after an append by anybody, from another thread, while this lasts."""
        with self._lock:
            self._listeners.append(tell)
        self._run("log listener", self._listen)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(tell)

    def close(self) -> None:
        """Stop telling and listening."""
        with self._lock:
            self._ending.set()
            for cord in self._cords:
                cord.cut()
        self._grown.set()
        for thread in self._threads.values():
            thread.join()

    def _run(self, name: str, what: Callable[[], None]) -> None:
        if name in self._threads:
            return
        with self._lock:
            if name not in self._threads and not self._ending.is_set():
                self._threads[name] = threading.Thread(target=what, name=name, daemon=True)
                self._threads[name].start()

    def _tell_listeners(self) -> None:
        for tell in tuple(self._listeners):
            try:
                tell()
            # Neither who appended nor the other listeners are to suffer from it.
            except Exception as error:  # noqa: BLE001
                _LOG.error("listener_failed", error=type(error).__name__)

    def _tell_others(self) -> None:
        while not self._ending.is_set():
            try:
                with own_connection(self._pool) as mouth:
                    # Nothing is lost if one of these is: a flush to disk would slow the appends.
                    mouth.execute("set synchronous_commit = off")
                    with self._held(mouth):
                        self._speak(mouth)
            # Also when it is cut.
            except (Error, OSError):
                self._grown.set()  # told by the next connection
                self._ending.wait(RECONNECT_SECONDS)

    def _speak(self, mouth: Connection[TupleRow]) -> None:
        while self._grown.wait() and not self._ending.is_set():
            self._grown.clear()
            mouth.execute(f"notify {CHANNEL}")
            self._ending.wait(BETWEEN_SECONDS)

    def _listen(self) -> None:
        while not self._ending.is_set():
            try:
                with own_connection(self._pool) as ear:
                    ear.execute(f"listen {CHANNEL}")
                    # What came before is not told.
                    self._tell_listeners()
                    with self._held(ear):
                        for _ in ear.notifies():
                            self._tell_listeners()
            # Also when it is cut.
            except (Error, OSError):
                self._ending.wait(RECONNECT_SECONDS)

    @contextmanager
    def _held(self, connection: Connection[TupleRow]) -> Generator[None]:
        """Have the connection cut when all is closed meanwhile."""
        cord = Cord(connection)
        with self._lock:
            self._cords.add(cord)
            if self._ending.is_set():
                cord.cut()
        try:
            yield
        finally:
            with self._lock:
                self._cords.remove(cord)
            cord.let_go()
