"""The operators' log: one JSON line an event on standard error; ids, never names or texts."""

import io
import logging
import sys
from contextlib import suppress
from typing import Final, TextIO, cast

import structlog

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


_PROCESSORS: Final = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


class Errors(io.TextIOBase):
    """Standard error as it is when a line comes; a line that it does not take is lost.

    That is better than a request that fails for want of its line in the log.
    """

    def write(self, text: str, /) -> int:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
        return len(text)


def write_down(level: str) -> None:
    """Write lines of at least this severity."""
    structlog.configure(
        processors=list(_PROCESSORS),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Errors())),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through logging; what they say of a fault is one line like ours.
    logging.basicConfig(level=logging.WARNING, handlers=[OneLine()], force=True)


class OneLine(logging.Handler):
    """What a library says, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        said = " ".join(record.getMessage().split())
        structlog.get_logger(record.name).log(record.levelno, "library", of=record.name, said=said)
