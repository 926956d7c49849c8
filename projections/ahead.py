"""Reading the log ahead: the next batch comes while the one before is folded and written."""

import threading
from collections.abc import Callable
from typing import Final

from domain.facts import Past

Read = Callable[[int, int], tuple[Past, int]]
"""Reads so many events after a position; gives them, and up to where there are no others."""


class Ahead:
    """Reads the log, ahead of who asks for as long as there is plenty."""

    def __init__(self, read: Read) -> None:
        self._read: Final = read
        self._coming: _Coming | None = None

    def next(self, after: int, limit: int) -> tuple[Past, int]:
        """The next events, as `read` gives them at some moment since the call before."""
        past, until = self._taken(after, limit) or self._read(after, limit)
        if len(past) == limit:
            self._coming = _Coming(self._read, until, limit)
            self._coming.start()
        return past, until

    def _taken(self, after: int, limit: int) -> tuple[Past, int] | None:
        """What was read ahead, if it is that; where it found nothing, there may be news since."""
        coming, self._coming = self._coming, None
        if coming is None or coming.asked != (after, limit):
            return None
        coming.join()
        return coming.found if coming.found and coming.found[0] else None


class _Coming(threading.Thread):
    """A read that is under way. If it fails nothing is found: it is read once more, and told."""

    def __init__(self, read: Read, after: int, limit: int) -> None:
        super().__init__(name="ahead", daemon=True)
        self.asked: Final = (after, limit)
        self.found: tuple[Past, int] | None = None
        self._read = read

    def run(self) -> None:
        try:
            self.found = self._read(*self.asked)
        except Exception:  # noqa: BLE001 - whoever asks for it comes upon it too
            self.found = None
