"""The processes of PostgreSQL that work on a cluster, also those that a killed service left behind.

Each of them inherits a lock from the service that started it, so that whoever can take the lock
knows that none is left, whatever the numbers in files say: those may be another process's by now.
"""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from service.data_folder import own_file, take

_CLOSING = (  # what to send, to all or to the postmaster only, and how many seconds that gets
    (signal.SIGINT, False, 15.0),
    (signal.SIGQUIT, True, 10.0),
    (signal.SIGKILL, True, 10.0),
)


class Postmaster(NamedTuple):
    """The process of PostgreSQL that starts the others."""

    pid: int
    socket_folder: Path
    ready: bool

    def accepts(self, port: str) -> bool:
        """Whether somebody may connect now."""
        with socket.socket(socket.AF_UNIX) as end, suppress(OSError):
            end.connect(str(self.socket_folder / f".s.PGSQL.{port}"))
            return True
        return False


def postmaster_of(cluster: Path) -> Postmaster | None:
    """Return the living postmaster of the cluster, if it has one."""
    try:
        lines = (cluster / "postmaster.pid").read_bytes().splitlines()
    except FileNotFoundError:
        return None
    match lines:
        case [pid, _, _, _, folder, *rest] if pid.isdigit() and _serves(int(pid), cluster):
            ready = len(rest) > 2 and rest[2].strip() == b"ready"  # noqa: PLR2004  # the eighth line
            return Postmaster(int(pid), Path(os.fsdecode(folder)), ready)
        case _:
            return None


def none_left(cluster: Path, lock: Path) -> BinaryIO:
    """Close whatever still works on the cluster; return its lock, to be handed to the next.

    Raises:
        TimeoutError: Some process does not end.
    """
    held = own_file(lock)
    for number, everyone, patience in _CLOSING:
        if take(held, 0.0):
            return held
        found = postmaster_of(cluster)
        pids = {found.pid} if found is not None else set[int]()
        for pid in pids | set(_working_in(cluster)) if everyone else pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        # Without a postmaster the others end by themselves, or never.
        if take(held, patience if found is not None else 5.0):
            return held
    held.close()
    raise TimeoutError


def recovering(cluster: Path) -> bool:
    """Whether a process reads what was written to disk before the crash."""
    return any(_title(pid).startswith(b"postgres: startup") for pid in _working_in(cluster))


def _title(pid: int) -> bytes:
    """What a process of PostgreSQL says that it does; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _serves(pid: int, cluster: Path) -> bool:
    match _title(pid).split(b"\0"):
        case [program, b"-D", folder, *_] if program.endswith(b"/postgres"):
            return os.fsdecode(folder) == str(cluster)
        case _:
            return False


def _working_in(cluster: Path) -> Iterator[int]:
    """Yield the processes of PostgreSQL whose working folder is the cluster: all of its own."""
    if not cluster.exists():
        return
    here = cluster.stat()
    for process in Path("/proc").glob("[0-9]*"):
        # It may have ended, and without the right to look it is not shown.
        with suppress(OSError):
            is_postgres = (process / "comm").read_bytes() == b"postgres\n"
            if is_postgres and os.path.samestat(here, (process / "cwd").stat()):
                yield int(process.name)
