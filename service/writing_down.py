"""The operators' log: one JSON line an event on standard error; ids, never names or texts."""

import io
import logging
import sys
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Final, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict

GATHERED_SECONDS: Final = 0.05
"""At most so late a line is written while lines are gathered."""
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


_JSON: Final = msgspec.json.Encoder(enc_hook=repr)


def _written(_logger: object, method: str, line: EventDict) -> str:
    """A line as JSON. Every request waits for its own, so it is made in one step."""
    line["level"], line["timestamp"] = method, datetime.now(UTC)
    return _JSON.encode(line).decode()


class Errors(io.TextIOBase):
    """Standard error as it is when a line comes; a line that it does not take is lost.

    That is better than a request that fails for want of its line in the log.
    """

    def __init__(self) -> None:
        self.gathers = False
        """Whether lines are kept until the next `put`."""
        self._gathered: deque[str] = deque()

    def write(self, text: str, /) -> int:
        if self.gathers:
            self._gathered.append(text)
        else:
            _write(text)
        return len(text)

    def put(self) -> None:
        """Write what was gathered."""
        # Others go on adding at the other end.
        lines = [self._gathered.popleft() for _ in range(len(self._gathered))]
        if lines:
            _write("".join(lines))


def _write(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


_ERRORS: Final = Errors()


@contextmanager
def gathering() -> Generator[None]:
    """Write lines a few at a time for as long as the block runs, each within a moment.

    One write for each would have every request wait for it, and for the other threads that come
    in between.
    """
    ended = threading.Event()

    def put() -> None:
        while not ended.wait(GATHERED_SECONDS):
            _ERRORS.put()

    thread = threading.Thread(target=put, name="lines", daemon=True)
    _ERRORS.gathers = True
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _ERRORS.gathers = False
        _ERRORS.put()


def write_down(level: str) -> None:
    """Write lines of at least this severity."""
    structlog.configure(
        processors=[_written],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _ERRORS)),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through logging; what they say of a fault is one line like ours.
    logging.basicConfig(level=logging.WARNING, handlers=[OneLine()], force=True)


class OneLine(logging.Handler):
    """What a library says, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        said = " ".join(record.getMessage().split())
        structlog.get_logger(record.name).log(record.levelno, "library", of=record.name, said=said)
