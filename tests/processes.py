"""The program as a process of its own, as an operator starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import httpx

ROOT: Final = Path(__file__).parents[1]
PATIENCE_SECONDS: Final = 60
LOOK_AGAIN_SECONDS: Final = 0.02

T = TypeVar("T")


class Running(NamedTuple):
    process: subprocess.Popen[bytes]
    log: Path
    """What it wrote on standard error."""

    def end(self) -> int:
        """Tell it to end; give back its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def written(self) -> str:
        return self.log.read_text(encoding="utf-8")


@contextmanager
def started(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Generator[Running]:
    """Run `aanzet` with these arguments in an empty home folder, for as long as the block runs."""
    home = folder / "home"
    home.mkdir(parents=True)
    log = folder / "stderr"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AANZET_", "PG", "XDG_"))}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", *arguments],
            cwd=home,
            env={**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
        )
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()


def eventually(what: Callable[[], T | None], running: Running) -> T:
    """What a question gives once it gives something; fails if the process ends meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert running.process.poll() is None, running.written()
        try:
            if (found := what()) is not None:
                return found
        except httpx.TransportError:
            pass
        time.sleep(LOOK_AGAIN_SECONDS)
    raise AssertionError(f"It did not come to be so.\n{running.written()}")


def is_ready(address: str) -> bool | None:
    """Whether the service answers that it can work; None if it does not (yet)."""
    answer = httpx.get(f"{address}/ready")
    return True if answer.status_code == 200 and answer.json()["status"] == "ready" else None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
