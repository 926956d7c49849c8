"""Service and PostgreSQL are killed at random points during appends: is anything lost or doubled?

    python -m tests.log.harness_kills [KILLS]

A service appends on a data folder, with its own PostgreSQL. Killed are in turn the service, the
server with all it runs, and single processes of the server, from which it recovers while the
service goes on. Nothing helps either of them but being started again.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil
from msgspec import Struct

from service.embedded import EmbeddedPostgres
from tests.log.verdict import Verdict, verdict

LONG: Final = 1000
LONGEST_SECONDS: Final = 0.6
PATIENCE_SECONDS: Final = 120
ENDED_SECONDS: Final = 5


class Result(Struct, frozen=True, kw_only=True):
    kills: dict[str, int]
    """How often what was killed."""
    verdict: Verdict


def run(folder: Path, kills: int, *, in_recovery: bool = True) -> Result:
    """Kill so many times; then ask again what got no answer, and compare.

    A service that is killed while its server recovers leaves a server that does not end by itself,
    for which its successor waits a minute: `in_recovery` says whether that may happen.
    """
    journal, data = folder / "journal", folder / "data"
    counts: dict[str, int] = dict.fromkeys(("service", "server", "backend", "stuck"), 0)
    service = _Service(data, journal)
    try:
        for _ in range(kills):
            if not service.answers():
                # Not for long at least: a server that hangs in its recovery is started anew too.
                service.kill(server_too=False)
                counts["stuck"] += 1
                service = _Service(data, journal)
                continue
            time.sleep(random.uniform(0, LONGEST_SECONDS))  # noqa: S311 - the point itself
            victim = random.choices(("service", "server", "backend"), (2, 2, 6))[0]  # noqa: S311
            if victim == "backend" and service.kill_a_backend(wait=not in_recovery):
                counts["backend"] += 1
                continue
            victim = "server" if victim == "server" else "service"
            service.kill(server_too=victim == "server")
            counts[victim] += 1
            service = _Service(data, journal)
        service.answers()
    finally:
        service.kill(server_too=False)
    _finish(data, journal)
    with EmbeddedPostgres(data) as postgres:
        return Result(kills=counts, verdict=verdict(postgres.dsn, [journal]))


class _Service:
    """The appending process and its PostgreSQL."""

    def __init__(self, data: Path, journal: Path) -> None:
        self._data = data
        self._journal = journal
        self._process = _started(data, journal, 10**9)

    def answers(self) -> bool:
        """Wait for an answer later than now; tells whether there was one."""
        before = self._journal.stat().st_size if self._journal.exists() else 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answered_since(before):
            if self._process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _answered_since(self, place: int) -> bool:
        if not self._journal.exists():
            return False
        with self._journal.open("rb") as file:
            file.seek(place)
            return b"!" in file.read()

    def kill_a_backend(self, *, wait: bool) -> bool:
        """Kill one process of the server; wait until the server has ended all others too."""
        victims = psutil.Process(self._postmaster()).children()
        if not victims or not _killed(random.choice(victims).pid):  # noqa: S311
            return False
        if wait:
            # They do not end if the victim was just about to end by itself.
            psutil.wait_procs(victims, ENDED_SECONDS)
        return True

    def kill(self, *, server_too: bool) -> None:
        if server_too:
            _killed(self._postmaster())
        self._process.kill()
        self._process.wait()

    def _postmaster(self) -> int:
        pid = self._data / "postgres/cluster/postmaster.pid"
        return int(pid.read_text(encoding="ascii").splitlines()[0])


def _killed(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _started(data: Path, journal: Path, until: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.log.appending_service", str(data), str(journal), str(until)],
        cwd=Path(__file__).parents[2],
        # What it says of a server that is away is no news here.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _finish(data: Path, journal: Path) -> None:
    """Have what got no answer asked again, and nothing else."""
    if _started(data, journal, 0).wait(PATIENCE_SECONDS):
        raise RuntimeError("The service did not end in peace.")


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="harness-") as name:
        result = run(Path(name), int(sys.argv[1]) if sys.argv[1:] else LONG)
    sys.stdout.write(f"{result}\n{'sound' if result.verdict.sound else 'NOT SOUND'}")
    sys.stdout.write(f", in {time.monotonic() - began:.0f} s\n")
    return 0 if result.verdict.sound else 1


if __name__ == "__main__":
    sys.exit(main())
