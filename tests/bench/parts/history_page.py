"""Measure a page of history over HTTP: `python tests/bench/parts/history_page.py [--quick]`.

The control is a bare route of Litestar that hands out the same bytes, in a process that is served
in the same way; both answer the same 64 connections in turns.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parents[3]))

from domain.actors import ActorRegistered
from domain.facts import tags
from domain.records import EventCorrected
from projections.catalogue import VIEWS
from projections.projector import Projector
from service.embedded import EmbeddedPostgres
from service.running import Following, service_on
from service.settings import Settings
from service.signin import Issuer, Role
from tests.bench.parts.figures import Figure, against, report
from tests.facts import INITIATIVE, STORY
from tests.log.requests import appending

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
SECRET: Final = bytes(range(32))
CONNECTIONS: Final = 64
LINES: Final = 50
PATH: Final = f"/v1/initiatives/{INITIATIVE}/history?pageSize={LINES}"


@contextmanager
def answering(program: str, folder: Path, **environment: str) -> Generator[int]:
    """A process of these parts that answers HTTP on a port."""
    with socket.socket() as listener, (folder / f"{program}.log").open("wb") as said:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        process = subprocess.Popen(
            [sys.executable, str(HERE / program)],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment}
            | {"BENCH_SOCKET": str(listener.fileno())},
            pass_fds=[listener.fileno()],
            stderr=said,
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait()


def answers(port: int, path: str, token: str, seconds: float) -> float:
    """So many answers a second come over the connections."""
    asked = (str(port), path, token, str(CONNECTIONS), str(seconds))
    done = subprocess.run(
        [sys.executable, str(HERE / "reading_load.py"), *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def fill(url: str, folder: Path) -> None:
    """An initiative with more than a page of history, and the names of those who took part."""
    facts = [event.fact for event in STORY if not isinstance(event.fact, EventCorrected)]
    telling = [fact for fact in facts if INITIATIVE in tags(fact)]
    people = [fact for fact in facts if isinstance(fact, ActorRegistered)]
    with service_on(url, Settings(data=folder, secret=SECRET)) as service:
        for fact in [*people, *telling * (2 * LINES // len(telling) + 1)]:
            service.log.append(appending(fact))
        Projector(service.pool, Following(service.log), VIEWS).catch_up()


def history_page(seconds: float, rounds: int) -> Iterator[Figure]:
    """A page of fifty lines, 64 connections, one process."""
    token = Issuer(SECRET).sign("bench", Role.AUDITOR)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o777)  # the server's account writes its files here
        postgres = EmbeddedPostgres(folder / "data")
        url = postgres.start()
        try:
            fill(url, folder)
            with answering("worker.py", folder, BENCH_URL=url, BENCH_DATA=name) as ours:
                asked = Request(
                    f"http://127.0.0.1:{ours}{PATH}", headers={"Authorization": f"Bearer {token}"}
                )
                with urlopen(asked) as answer:  # noqa: S310 - of this computer
                    body = folder / "body"
                    body.write_bytes(answer.read())
                with answering("bare.py", folder, BENCH_BODY=str(body)) as bare:
                    yield against(
                        f"page of {LINES} lines of history over HTTP, {CONNECTIONS} connections,"
                        f" 1 worker ({body.stat().st_size / 1000:.0f} kB)",
                        "answers/s",
                        lambda: answers(bare, "/bare", token, seconds),
                        lambda: answers(ours, PATH, token, seconds),
                        rounds=rounds,
                        goal=0.6,
                    )
        finally:
            postgres.stop()


if __name__ == "__main__":
    report(__doc__, lambda asked: history_page(*((1.0, 3) if asked.quick else (3.0, 5))))
