"""PostgreSQL in a data folder: it starts anywhere, survives a kill, leaves nothing behind."""

import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import PGconn, Ping
from structlog.testing import capture_logs

from service import running
from service.embedded import DataFolderError, EmbeddedPostgres, running_dsn
from service.postmaster import postmaster_of
from service.settings import Settings

ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0
PATIENCE = 30.0
SERVICE = """
import sys
from pathlib import Path
from service.embedded import DataFolderError, EmbeddedPostgres
try:
    with EmbeddedPostgres(Path(sys.argv[1])):
        print("ready", flush=True)
        sys.stdin.read()
except DataFolderError as error:
    print(error)
"""
AS_NOBODY = "import os, service.embedded; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"

only_root = pytest.mark.skipif(not IS_ROOT, reason="what root may do and PostgreSQL may not")


def ask(dsn: str, question: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def tell(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        Event().wait(0.005)


def ends(pidfd: int) -> bool:
    """Wait for the process; the number in `pidfd` can never mean another one."""
    watch = select.poll()
    watch.register(pidfd, select.POLLIN)
    ended = bool(watch.poll(PATIENCE * 1000))
    os.close(pidfd)
    return ended


def postmaster(data: Path) -> int:
    found = postmaster_of(data / "postgres/cluster")
    assert found is not None
    return found.pid


def rights(*folders: Path) -> list[tuple[int, int, int]]:
    found = [folder.stat() for folder in folders]
    return [(stat.S_IMODE(one.st_mode), one.st_uid, one.st_gid) for one in found]


def service(
    data: Path,
    *wrapper: str,
    code: str = SERVICE,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*wrapper, sys.executable, "-c", code, str(data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said_by(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=PATIENCE)
    return said.strip()


def without_a_private_view(data: Path) -> subprocess.Popen[str]:
    return service(data, "setpriv", "--bounding-set", "-sys_admin,-sys_ptrace")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made") / "data"
    with EmbeddedPostgres(data) as postgres:
        tell(postgres.dsn, "CREATE TABLE kept AS SELECT 'before' AS word")
    return data


@pytest.fixture
def data(made_once: Path, tmp_path: Path) -> Path:
    """Return a folder that was used before."""
    copy = tmp_path / "data"
    subprocess.run(["/bin/cp", "-a", made_once, copy], check=True)
    return copy


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder that everybody may enter, which pytest's own are not."""
    base = tmp_path_factory.getbasetemp().resolve()
    outside = next(folder for folder in base.parents if folder.stat().st_mode & stat.S_IWOTH)
    folder = outside / f"{base.parent.name}-{base.name}-{os.getpid()}-open"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def near() -> Generator[Path]:
    """A folder with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_the_first_start_makes_a_cluster_that_only_its_owner_can_enter(near: Path) -> None:
    data = near / "new" / "data"
    with EmbeddedPostgres(data) as postgres:
        assert ask(postgres.dsn, "SELECT current_database() || ' ' || current_user") == (
            "aanzet aanzet"
        )
        for setting, value in {
            "data_checksums": "on",
            "fsync": "on",
            "listen_addresses": "",
            "server_encoding": "UTF8",
        }.items():
            assert ask(postgres.dsn, f"SELECT current_setting('{setting}')") == value
        assert ask(postgres.dsn, "SELECT lower('ÉÉN')") == "één"
        made = (data.parent, data, data / "postgres", data / "postgres/run")
        assert [mode for mode, _, _ in rights(*made)] == [0o700] * 4


def test_the_next_start_has_what_was_there_before(data: Path) -> None:
    with EmbeddedPostgres(data) as postgres:
        assert ask(postgres.dsn, "SELECT word FROM kept") == "before"


def test_it_can_start_again_after_it_stopped(data: Path) -> None:
    postgres = EmbeddedPostgres(data)
    for _ in range(2):
        postgres.start()
        assert ask(postgres.dsn, "SELECT word FROM kept") == "before"
        postgres.stop()
    postgres.stop()


@pytest.mark.parametrize("depth", [0, 30], ids=["near", "too deep for a socket"])
def test_it_comes_back_where_it_was_after_it_was_killed(near: Path, depth: int) -> None:
    folder = near.joinpath(*["deep"] * depth)
    with EmbeddedPostgres(folder) as postgres:
        before = postgres.dsn
        os.kill(postmaster(folder), signal.SIGKILL)
        until(lambda: not postgres.alive())
        postgres.restart()
        assert postgres.dsn == before
        assert ask(before, "SELECT 'there'") == "there"


def test_other_commands_find_the_database_while_the_service_runs(data: Path) -> None:
    assert running_dsn(data) is None
    with EmbeddedPostgres(data) as postgres:
        assert running_dsn(data) == postgres.dsn
        process = os.pidfd_open(postmaster(data))
    assert ends(process)
    assert running_dsn(data) is None
    assert running_dsn(data / "nowhere") is None


def test_a_second_service_on_the_folder_is_told_who_has_it(data: Path) -> None:
    with (
        EmbeddedPostgres(data) as postgres,
        pytest.raises(DataFolderError, match=f"{data} is in use by process {os.getpid()}\\."),
    ):
        EmbeddedPostgres(data).start()
    assert postgres.dsn == ""


def test_a_killed_service_leaves_no_postgresql_and_the_next_start_recovers(data: Path) -> None:
    with service(data) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "ready\n"
        dsn = running_dsn(data)
        assert dsn is not None
        tell(dsn, "UPDATE kept SET word = 'just before'")
        process = os.pidfd_open(postmaster(data))
        first.kill()
        with EmbeddedPostgres(data) as postgres:
            assert ask(postgres.dsn, "SELECT word FROM kept") == "just before"
    assert ends(process)


def test_a_cluster_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "postgres"
    with service(tmp_path) as first:
        until(lambda: list(home.glob("cluster.*/PG_VERSION")))
        first.kill()
    with EmbeddedPostgres(tmp_path) as postgres:
        assert ask(postgres.dsn, "SELECT 1") == 1
        assert [found.name for found in home.glob("cluster*")] == ["cluster"]


@pytest.mark.parametrize("whole_group", [False, True], ids=["one child", "postmaster"])
def test_killed_processes_of_postgresql_lose_nothing(data: Path, *, whole_group: bool) -> None:
    with EmbeddedPostgres(data) as postgres, psycopg.connect(postgres.dsn) as connection:
        tell(postgres.dsn, "UPDATE kept SET word = 'just before'")
        assert postgres.alive()
        if whole_group:
            os.kill(postmaster(data), signal.SIGKILL)
            until(lambda: not postgres.alive())
            assert running_dsn(data) is None
        else:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
    with EmbeddedPostgres(data) as postgres:
        assert ask(postgres.dsn, "SELECT word FROM kept") == "just before"


def test_postgresql_that_lost_the_process_that_recovers_is_started_anew(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL itself waits for that process for ever."""
    monkeypatch.setattr(running, "ASK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(running, "STUCK_SECONDS", 1.5)
    with running.database(Settings(data=data)) as dsn, capture_logs() as lines:
        stick(dsn, data)
        until(lambda: {"event": "postgres_lets_nobody_in", "log_level": "warning"} in lines)
        until(lambda: PGconn.ping(dsn.encode()) == Ping.OK)
        assert ask(dsn, "SELECT word FROM kept") == "just before"


def test_postgresql_that_is_stuck_is_stopped_at_once(data: Path) -> None:
    """It does not close in peace, for which it would be given a minute."""
    with EmbeddedPostgres(data) as postgres:
        stick(postgres.dsn, data)
        until(postgres.stuck)
        began = time.monotonic()
        postgres.stop()
        assert time.monotonic() - began < PATIENCE
    with EmbeddedPostgres(data) as postgres:
        assert ask(postgres.dsn, "SELECT word FROM kept") == "just before"


def test_postgresql_that_answers_nobody_is_stuck(data: Path) -> None:
    with EmbeddedPostgres(data) as postgres:
        assert not postgres.stuck()
        os.kill(postmaster(data), signal.SIGSTOP)
        assert postgres.stuck()
        os.kill(postmaster(data), signal.SIGCONT)


def stick(dsn: str, data: Path) -> None:
    """Kill a process of PostgreSQL, then the one that recovers from that, until it has done so."""
    server = psutil.Process(postmaster(data))
    with psycopg.connect(dsn, autocommit=True) as connection:
        # There is something to recover, so that it takes a while.
        connection.execute("CREATE TABLE much AS SELECT n FROM generate_series(1, 300000) n")
        connection.execute("UPDATE kept SET word = 'just before'")
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    until(lambda: [child for child in server.children() if kills_recovering(child)])


def kills_recovering(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        if "".join(process.cmdline()).startswith("postgres: startup"):
            process.kill()
            return True
    return False


def test_a_number_left_behind_that_is_now_another_process_does_not_block_the_start(
    data: Path,
) -> None:
    left_behind = data / "postgres/cluster/postmaster.pid"
    with EmbeddedPostgres(data):
        lines = left_behind.read_text().splitlines()
    left_behind.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert running_dsn(data) is None
    with EmbeddedPostgres(data) as postgres:
        assert ask(postgres.dsn, "SELECT word FROM kept") == "before"


def test_postgresql_stays_when_the_thread_that_started_it_ends(data: Path) -> None:
    postgres = EmbeddedPostgres(data)
    thread = Thread(target=postgres.start)
    thread.start()
    thread.join()
    assert ask(postgres.dsn, "SELECT word FROM kept") == "before"
    assert postgres.alive()
    postgres.stop()


@pytest.mark.parametrize("name", ["mijn gegevens, één", "lang" * 40], ids=["space", "long"])
def test_any_path_will_do(data: Path, name: str) -> None:
    moved = data.rename(data.with_name(name))
    with EmbeddedPostgres(moved) as postgres:
        assert ask(postgres.dsn, "SELECT word FROM kept") == "before"
        assert running_dsn(moved) == postgres.dsn
        socket_folder = Path(str(conninfo_to_dict(postgres.dsn)["host"]))
        assert rights(socket_folder)[0][0] == 0o700
    assert moved in socket_folder.parents or not socket_folder.exists()


def test_a_log_that_has_grown_large_starts_anew(data: Path) -> None:
    log = data / "postgres.log"
    log.write_bytes(b"." * 10_000_001)
    with EmbeddedPostgres(data):
        assert 0 < log.stat().st_size < 10_000


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for data in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(DataFolderError, match=f"{data} cannot be written: there is a file"):
            EmbeddedPostgres(data).start()


def test_a_folder_that_cannot_be_written_is_named(open_folder: Path) -> None:
    if not IS_ROOT:
        open_folder.chmod(0o500)
    code = AS_NOBODY + SERVICE if IS_ROOT else SERVICE
    for data in (open_folder, open_folder / "data"):
        with service(data, code=code) as refused:
            assert said_by(refused) == (
                f"The data folder {data} cannot be written: permission denied."
            )


def test_a_cluster_of_another_version_is_left_alone(data: Path) -> None:
    version = data / "postgres/cluster/PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(DataFolderError, match=r"made by PostgreSQL 17, .* brings PostgreSQL 18\."):
        EmbeddedPostgres(data).start()
    assert version.read_text() == "17\n"


def test_what_postgresql_refuses_to_start_with_is_told(data: Path) -> None:
    (data / "postgres/cluster/postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(DataFolderError, match=r"does not start .* FATAL: "):
        EmbeddedPostgres(data).start()
    assert "no_such_setting" in (data / "postgres.log").read_text()


@only_root
def test_root_needs_no_folder_to_be_opened(data: Path) -> None:
    closed = (data.parent, data)
    data.parent.chmod(0o700)
    before = rights(*closed)
    with EmbeddedPostgres(data) as postgres:
        assert ask(postgres.dsn, "SELECT word FROM kept") == "before"
        assert Path(f"/proc/{postmaster(data)}").stat().st_uid != 0
    assert rights(*closed) == before


@only_root
def test_root_can_do_without_a_private_view_where_the_account_can_come(open_folder: Path) -> None:
    before = rights(open_folder)
    with without_a_private_view(open_folder / "data") as process:
        assert said_by(process) == "ready"
    assert rights(open_folder) == before


@only_root
def test_root_is_told_what_to_do_where_the_account_cannot_come(data: Path) -> None:
    data.parent.chmod(0o700)
    with without_a_private_view(data) as process:
        assert "set AANZET_DATA to a folder that it can reach" in said_by(process)
