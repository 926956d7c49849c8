"""The operators' log: one JSON line an event on standard error; ids, never names or texts."""

import logging
import sys
from typing import Final

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


def write_down(level: str) -> None:
    """Write lines of at least this severity."""
    structlog.configure(
        processors=list(_PROCESSORS),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through logging; what they say of a fault is one line like ours.
    logging.basicConfig(level=logging.WARNING, handlers=[OneLine()], force=True)


class OneLine(logging.Handler):
    """What a library says, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        said = " ".join(record.getMessage().split())
        structlog.get_logger(record.name).log(record.levelno, "library", of=record.name, said=said)
