"""The stores on which commands are carried out, and the program's commands as functions."""

from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest
from eventsourcing.dcb.api import DCBQuery
from eventsourcing.dcb.popo import InMemoryDCBRecorder

from service.cli import main
from service.clock import StoryClock
from service.commands import Log
from service.database import open_pool
from service.log.recorder import Recorder
from service.log.store import EventLog, ReadResult
from tests.conftest import SECRET
from tests.log.over_recorder import LogOverRecorder

Command = Callable[..., int]
Doctor = Callable[..., tuple[int, list[str]]]


class Store(Log, Protocol):
    """A log, and what tests ask of it besides."""

    def head(self) -> int: ...

    def read(
        self, query: DCBQuery | None = None, *, after: int = 0, unsealed: bool = False
    ) -> ReadResult: ...


@pytest.fixture
def our_log(database_url: str, clock: StoryClock) -> Generator[Store]:
    with open_pool(database_url) as pool, closing(EventLog(pool, SECRET, clock)) as log:
        yield log


@pytest.fixture
def our_recorder(database_url: str, clock: StoryClock) -> Generator[Store]:
    with open_pool(database_url) as pool, closing(Recorder(pool, clock)) as recorder:
        yield LogOverRecorder(recorder, clock)


@pytest.fixture
def in_memory(clock: StoryClock) -> Store:
    return LogOverRecorder(InMemoryDCBRecorder(), clock)


@pytest.fixture(params=["our_log", "our_recorder", "in_memory"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty log: on PostgreSQL, there behind the library's interface, and in memory."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command of `aanzet` on the test's database; gives back its exit code."""
    monkeypatch.setenv("AANZET_DATABASE_URL", database_url)
    monkeypatch.setenv("AANZET_SECRET", b64encode(SECRET).decode())
    monkeypatch.setenv("AANZET_DATA", str(tmp_path / "data"))

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return run


@pytest.fixture
def doctor(command: Command, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs the command; gives back its exit code and the lines that it wrote."""

    def run(*options: str) -> tuple[int, list[str]]:
        return command("doctor", *options), capsys.readouterr().out.splitlines()

    return run
