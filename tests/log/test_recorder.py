"""The seam to the library: its own test case for recorders, run against ours and against others."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from eventsourcing.dcb.api import DCBRecorder
from eventsourcing.dcb.popo import InMemoryDCBRecorder
from eventsourcing.dcb.tests import DCBRecorderTestCase

from service.database import open_pool
from service.log.recorder import Recorder
from tests.log.ports import free_port


class Library(DCBRecorderTestCase):
    """The library's test case, whose tests take a recorder."""

    def runTest(self) -> None:  # noqa: N802 - the name that unittest wants
        """There is none without a recorder."""

    def appends_and_reads(self, recorder: DCBRecorder) -> None:
        self._test_append_read(recorder)

    def appends_and_subscribes(self, recorder: DCBRecorder) -> None:
        self._test_append_subscribe(recorder)


@pytest.fixture
def ours(database_url: str) -> Generator[DCBRecorder]:
    with open_pool(database_url) as pool:
        recorder = Recorder(pool)
        yield recorder
        recorder.close()


PATIENCE_SECONDS: Final = 20


@pytest.fixture
def umadb(tmp_path: Path) -> Generator[DCBRecorder]:
    """The recorder of another database, whose server comes with its client."""
    program = shutil.which("umadb", path=Path(sys.executable).parent)
    if program is None:
        pytest.skip("umadb has no wheel for this platform")
    # Its client takes over what Ctrl-C does as soon as it is imported.
    before = signal.getsignal(signal.SIGINT)
    from eventsourcing_umadb.recorders import UmaDBDCBRecorder  # noqa: PLC0415
    from umadb import Client  # noqa: PLC0415

    signal.signal(signal.SIGINT, before)
    port = free_port()
    with (tmp_path / "umadb.log").open("wb") as said:
        server = subprocess.Popen(
            [program, "--listen", f"127.0.0.1:{port}", "--db-path", str(tmp_path / "uma.db")],
            stdout=said,
            stderr=said,
        )
    try:
        yield UmaDBDCBRecorder(_reached(Client, f"http://127.0.0.1:{port}", server))
    finally:
        server.kill()
        server.wait()


def _reached(client: Any, address: str, server: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = client(url=address)
            found.head()
        # It names its errors differently from version to version.
        except Exception:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return found


@pytest.fixture
def in_memory() -> DCBRecorder:
    return InMemoryDCBRecorder()


@pytest.fixture(params=["ours", "in_memory", "umadb"])
def recorder(request: pytest.FixtureRequest) -> DCBRecorder:
    return request.getfixturevalue(request.param)


def test_a_recorder_appends_and_reads_as_the_library_expects(recorder: DCBRecorder) -> None:
    Library().appends_and_reads(recorder)


def test_a_recorder_tells_its_subscribers_as_the_library_expects(recorder: DCBRecorder) -> None:
    Library().appends_and_subscribes(recorder)
