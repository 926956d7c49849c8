"""How the committer's line to the server is opened, and opened anew.

That may take long, so a thread of its own does it; meanwhile the committer tells those who wait.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

from service.log.line import Line, Lost

_LOG: Final = structlog.get_logger(__name__)
RECONNECT_SECONDS: Final = 0.1

Opened = Line | Exception | None
"""What came of opening a line; nothing if the server is away."""


class Opener:
    """Opens lines to one server; all but what its thread does is the committer's, in its turn."""

    def __init__(
        self,
        connect: Callable[[], Connection[TupleRow]],
        ring: Callable[[], None],
        ending: threading.Event,
    ) -> None:
        self._connect = connect
        self._ring = ring
        self._ending = ending
        self.is_done = False
        """Whether something came of it, to be taken."""
        self._opened: Opened = None
        self.away = False
        """Whether the server was, when a line was opened last."""
        self._pause = False
        """Whether the next is opened after a pause only."""
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        """Over whether what is opened is still wanted."""
        self._closed = False

    def begin(self) -> None:
        """Begin to open one, unless one is being opened already."""
        if self._thread is None:
            thread = threading.Thread(target=self._open, name="log opener", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # there are too many threads; the next who comes tries again
                self.away = True
            else:
                self._thread = thread

    def take(self) -> Opened:
        """What came of it, once it is done: `Opened` says what that may be."""
        opened, self._opened = self._opened, None
        self.is_done = False
        self._thread = None
        self.away = opened is None
        self._pause = not isinstance(opened, Line)
        return opened

    def lose(self, line: Line) -> None:
        """Close one that is of no use any more."""
        self._pause = True
        line.close()

    def close(self, patience: float) -> None:
        """Open no more; wait so many seconds for one that is being opened."""
        if thread := self._thread:
            thread.join(patience)
        with self._lock:
            self._closed = True
        if isinstance(self._opened, Line):
            self._opened.close()

    def _open(self) -> None:
        if self._pause:
            self._ending.wait(RECONNECT_SECONDS)
        try:
            opened = Line(self._connect())
        except (OperationalError, Lost) as error:
            if not self.away:
                _LOG.warning("log_unreachable", error=type(error).__name__)
            opened = None
        # Those who wait are told.
        except Exception as error:  # noqa: BLE001
            opened = error
        with self._lock:
            if not self._closed:
                self._opened = opened
                self.is_done = True
                self._ring()
            elif isinstance(opened, Line):
                opened.close()
