"""Reading along: every event from a position on, once and in order."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from eventsourcing.dcb.api import DCBQuery

from domain.facts import Recorded
from service.log.store import EventLog

BATCH: Final = 1000
LOOK_SECONDS: Final = 1.0
"""How often a follower looks that hears nothing: a notification may be lost."""


class Follower:
    """A place in the log that moves on as it is read. Made by `following`; for one thread.

    Nothing is skipped: positions are given in the order of commits, so that one who saw an event
    can see all before it.
    """

    def __init__(
        self, log: EventLog, after: int, query: DCBQuery | None, *, unsealed: bool
    ) -> None:
        self.position = after
        """Up to here everything was given out."""
        self._log = log
        self._query = query
        self._unsealed = unsealed
        self._news = threading.Event()

    def wake(self) -> None:
        """Have a look at once."""
        self._news.set()

    def next(self, seconds: float = 0.0, limit: int = BATCH) -> list[Recorded]:
        """The next events; empty if none came within so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            self._news.clear()
            before = self.position
            found, until = self._log.read_on(self._query, before, limit, unsealed=self._unsealed)
            self.position = max(before, until)
            if found:
                return found
            # A whole batch may only seem to match, for tags are looked up by their hashes.
            if self.position > before:
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            self._news.wait(min(left, LOOK_SECONDS))


@contextmanager
def following(
    log: EventLog, after: int = 0, query: DCBQuery | None = None, *, unsealed: bool = False
) -> Generator[Follower]:
    """Follow the log from a position on for as long as the block runs."""
    follower = Follower(log, after, query, unsealed=unsealed)
    with log.news.listening(follower.wake):
        yield follower
