"""The process that keeps the views is killed at random points: do they still show the log?

    python -m tests.projections.harness_kills [KILLS]

While events of many cases are appended, a process keeps the views and fills one after another
anew. It is killed at any point, and its successor goes on. In between and at the end all views
are compared with a fold of the whole log.
"""

import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from msgspec import Struct

from projections.catalogue import VIEWS
from projections.checking import Difference, check
from projections.leases import positions
from projections.rebuilding import nothing
from service.embedded import EmbeddedPostgres
from service.running import Following, Service, service_on
from service.settings import Settings
from service.writing_down import write_down
from tests.bench.parts.catching_up import Interleaving
from tests.conftest import SECRET
from tests.projections.keeping import keep

LONG: Final = 200
LONGEST_SECONDS: Final = 0.4
EVENTS_BETWEEN: Final = 150
COMPARED_EVERY: Final = 25
PATIENCE_SECONDS: Final = 60


class Result(Struct, frozen=True, kw_only=True):
    kills: int
    behind: int
    """How many of these left views that did not show the whole log yet."""
    events: int
    comparisons: int
    differences: list[Difference]

    @property
    def sound(self) -> bool:
        return not self.differences


def run(url: str, folder: Path, kills: int) -> Result:
    """Kill so many times, and compare."""
    behind, compared, differences = 0, 0, list[Difference]()
    with service_on(url, Settings(data=folder, secret=SECRET)) as service:
        cases = Interleaving()
        for n in range(1, kills + 1):
            with _keeping(url, folder, n):
                _wait_until_moved(service)
                cases.append_to(service.log, EVENTS_BETWEEN)
                time.sleep(random.uniform(0, LONGEST_SECONDS))  # noqa: S311 - the point itself
            behind += min(_reached(service).values()) < service.log.head()
            if n % COMPARED_EVERY == 0 or n == kills:
                service.projector.catch_up()
                verdicts = check(service.pool, Following(service.log), VIEWS, nothing)
                differences += [one for verdict in verdicts for one in verdict.differences]
                compared += 1
        return Result(
            kills=kills,
            behind=behind,
            events=service.log.head(),
            comparisons=compared,
            differences=differences,
        )


@contextmanager
def _keeping(url: str, folder: Path, seed: int) -> Generator[None]:
    """A process that keeps the views until the block ends, which kills it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.projections.keeping"])
    process: BaseProcess = context.Process(target=keep, args=(url, str(folder), seed))
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def _wait_until_moved(service: Service) -> None:
    """Until the process has begun: some view has moved, or all are at the end."""
    before, deadline = _reached(service), time.monotonic() + PATIENCE_SECONDS
    while _reached(service) == before and min(before.values()) < service.log.head():
        if time.monotonic() > deadline:
            raise TimeoutError("The views do not move.")
        time.sleep(0.002)


def _reached(service: Service) -> dict[str, int]:
    with service.pool.connection() as connection:
        return positions(connection, VIEWS)


def main() -> int:
    write_down("error")
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="harness-") as name,
        EmbeddedPostgres(Path(name) / "data") as postgres,
    ):
        result = run(postgres.dsn, Path(name), int(sys.argv[1]) if sys.argv[1:] else LONG)
    sys.stdout.write(f"{result}\n{'sound' if result.sound else 'NOT SOUND'}")
    sys.stdout.write(f", in {time.monotonic() - began:.0f} s\n")
    return 0 if result.sound else 1


if __name__ == "__main__":
    sys.exit(main())
