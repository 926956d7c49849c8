"""Measure the views against what their server can do: `./aanzet bench views [--json] [--quick]`.

Control and views take turns within a run, so that a busy machine slows both; each figure is the
median of its rounds.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from msgspec import Struct

from service.embedded import EmbeddedPostgres
from service.running import service_on
from service.settings import Settings
from service.writing_down import write_down
from tests.bench.parts.catching_up import catching_up, interleaved, rebuilding, visible
from tests.bench.parts.figures import Figure, report

SECRET: Final = bytes(range(32))


class Effort(Struct, frozen=True):
    """How much and how often is measured."""

    small: int
    """Events of the log from which all views are filled."""
    large: int
    """Events of the log from which one view is rebuilt."""
    rounds: int
    commands: int


FULL: Final = Effort(50_000, 1_000_000, 3, 500)
QUICK: Final = Effort(10_000, 50_000, 3, 200)


def measure(asked: Any) -> Iterator[Figure]:
    write_down("warning")
    effort = QUICK if asked.quick else FULL
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(EmbeddedPostgres(folder / "data")).dsn
        settings = Settings(data=folder, secret=SECRET)
        service = stack.enter_context(service_on(url, settings))
        for part, figures in (
            ("visible", lambda: iter([visible(service, effort.commands)])),
            ("catching up", lambda: _catching_up(service, effort)),
            ("rebuilding", lambda: _rebuilding(service, effort)),
        ):
            if part.startswith(asked.only):
                yield from figures()


def _catching_up(service: Any, effort: Effort) -> Iterator[Figure]:
    interleaved(service.log, effort.small)
    yield catching_up(service, effort.rounds)


def _rebuilding(service: Any, effort: Effort) -> Iterator[Figure]:
    interleaved(service.log, effort.large)
    service.projector.catch_up()
    for name in ("pilots", "requests", "names", "history"):
        yield from rebuilding(service, name, effort.rounds)


if __name__ == "__main__":
    report(__doc__, measure)
