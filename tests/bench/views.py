"""Measure the views against what their server can do: `./aanzet bench views [--json] [--quick]`.

Control and views take turns within a run, so that a busy machine slows both; each figure is the
median of its rounds.
"""

import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from msgspec import Struct

from service.embedded import EmbeddedPostgres
from service.running import Service, service_on
from service.settings import Settings
from service.writing_down import write_down
from tests.bench.parts import travelling
from tests.bench.parts.catching_up import catching_up, interleaved, rebuilding, visible
from tests.bench.parts.figures import Figure, report
from tests.bench.parts.history_page import history_page
from tests.bench.parts.learning_rows import learning_rows
from tests.bench.parts.lists import lists

SECRET: Final = bytes(range(32))


class Effort(Struct, frozen=True):
    """How much and how often is measured."""

    small: int
    """Events of the log from which all views are filled."""
    large: int
    """Events of the log from which one view is rebuilt."""
    rounds: int
    commands: int
    seconds: float
    """For which a page is asked for, each round."""
    requests: int
    asked: int
    """Lists of them."""
    lines: int
    """Of the learning timeline."""


FULL: Final = Effort(50_000, 1_000_000, 3, 500, 3.0, 1_000_000, 210, 1_000_000)
QUICK: Final = Effort(10_000, 50_000, 3, 200, 1.0, 100_000, 70, 100_000)


def measure(asked: Any) -> Iterator[Figure]:
    write_down("warning")
    effort = QUICK if asked.quick else FULL
    for part, figures in PARTS.items():
        if part.startswith(asked.only):
            yield from figures(effort)


@contextmanager
def a_service() -> Generator[Service]:
    """One on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(EmbeddedPostgres(folder / "data")).dsn
        settings = Settings(data=folder, secret=SECRET)
        yield stack.enter_context(service_on(url, settings))


def _visible(effort: Effort) -> Iterator[Figure]:
    with a_service() as service:
        yield visible(service, effort.commands)


def _catching_up(effort: Effort) -> Iterator[Figure]:
    with a_service() as service:
        interleaved(service.log, effort.small)
        yield catching_up(service, effort.rounds)


def _rebuilding(effort: Effort) -> Iterator[Figure]:
    with a_service() as service:
        interleaved(service.log, effort.large)
        service.projector.catch_up()
        for name in ("pilots", "requests", "names", "history"):
            yield from rebuilding(service, name, effort.rounds)


def _learning_rows(effort: Effort) -> Iterator[Figure]:
    with a_service() as service:
        yield from learning_rows(service.pool, effort.lines)


PARTS: Final[Mapping[str, Callable[[Effort], Iterator[Figure]]]] = {
    "visible": _visible,
    "travelling": lambda effort: travelling.measure(quick=effort is QUICK),
    "history page": lambda effort: history_page(effort.seconds, effort.rounds),
    "lists": lambda effort: lists(effort.requests, effort.asked),
    "learning rows": _learning_rows,
    # Last: they leave a large process behind.
    "catching up": _catching_up,
    "rebuilding": _rebuilding,
}
"""What `--only` names, by how it begins."""


if __name__ == "__main__":
    report(__doc__, measure)
