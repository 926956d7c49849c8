"""The committer's lines to the server: those with nothing under way, and how more are opened.

That may take long, so a thread of its own does it; the committer goes on with those that it has.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

from service.log.line import Line, Lost

_LOG: Final = structlog.get_logger(__name__)
RECONNECT_SECONDS: Final = 0.1


class Lines:
    """Lines to one server; all but what the opener does is the committer's, in its turn."""

    def __init__(
        self,
        connect: Callable[[], Connection[TupleRow]],
        ring: Callable[[], None],
        ending: threading.Event,
    ) -> None:
        self._connect = connect
        self._ring = ring
        self._ending = ending
        self.idle: list[Line] = []
        self.opened: deque[Line | Exception | None] = deque()
        """What came of opening a line, to be taken; nothing if the server is away."""
        self.away = False
        """Whether the server was, when a line was opened last."""
        self._lost_one = False
        self._opener: threading.Thread | None = None
        self._lock = threading.Lock()
        """Over whether what is opened is still wanted."""
        self._closed = False

    def open_another(self) -> None:
        """Begin to open one, unless one is being opened already."""
        if self._opener is None:
            opener = threading.Thread(target=self._open, name="log opener", daemon=True)
            try:
                opener.start()
            except RuntimeError:  # there are too many threads; the next who comes tries again
                self.away = True
            else:
                self._opener = opener

    def take_opened(self) -> Exception | None:
        """Take what came of opening one; gives back why there will be none."""
        opened = self.opened.popleft()
        self._opener = None
        self.away = opened is None
        self._lost_one = not isinstance(opened, Line)
        if not isinstance(opened, Line):
            return opened
        self.idle.append(opened)
        return None

    def lose(self, line: Line) -> None:
        """Close one that is of no use any more; the next is opened after a pause."""
        self._lost_one = True
        line.close()

    def close(self, patience: float) -> None:
        """Close those that are idle, and wait so many seconds for one that is being opened."""
        if opener := self._opener:
            opener.join(patience)
        with self._lock:
            self._closed = True
        for line in (*self.idle, *self.opened):
            if isinstance(line, Line):
                line.close()
        self.idle.clear()

    def _open(self) -> None:
        if self._lost_one:
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
                self.opened.append(opened)
                self._ring()
            elif isinstance(opened, Line):
                opened.close()
