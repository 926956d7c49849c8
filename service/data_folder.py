"""The data folder: who may use it, and what to tell the operator when it cannot be used."""

import errno
import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psycopg


class DataFolderError(Exception):
    """Why PostgreSQL cannot run in the data folder: one sentence for the operator."""


def make_folder(data: Path) -> bool:
    """Make it, and those on the way to it, for its owner only; return whether it is new."""
    missing = [folder for folder in (data, *data.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700)
    if not data.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(data))
    return bool(missing)


def locked(data: Path) -> BinaryIO:
    """Take the folder for this service, until the file is closed.

    Raises:
        DataFolderError: Another service has it.
    """
    held = own_file(data / "service.lock")
    # One that was just told to end, or killed, needs a moment.
    if not take(held, 1.0):
        with held:
            number = os.fsdecode(held.read()).strip()
        owner = f"process {number}" if number else "a process that is just starting"
        raise DataFolderError(f"The data folder {data} is in use by {owner}.")
    held.truncate(0)
    held.write(f"{os.getpid()}\n".encode())
    return held


def own_file(path: Path) -> BinaryIO:
    """Open a file of the service for reading and appending, and make it if need be."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    return open(os.open(path, flags, 0o600), "r+b", buffering=0)  # noqa: PTH123


def take(held: BinaryIO, patience: float) -> bool:
    """Take the lock of an open file, if it is free within so many seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        else:
            return True


@contextmanager
def in_one_sentence(data: Path, action: str = "written") -> Generator[None]:
    """Tell what went wrong inside as a DataFolderError."""
    try:
        yield
    except TimeoutError as error:
        raise DataFolderError(
            f"Processes of an earlier PostgreSQL still work on the data folder {data}.",
        ) from error
    except OSError as error:
        raise DataFolderError(_sentence(data, error, action)) from error
    except psycopg.Error as error:
        raise DataFolderError(f"PostgreSQL in the data folder {data} refuses: {error}.") from error


def _sentence(data: Path, error: OSError, action: str) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk that holds the data folder {data} is full."
        case errno.ENOTDIR:
            return f"The data folder {data} cannot be {action}: there is a file in its place."
        case _:
            reason = (error.strerror or str(error)).lower()
            return f"The data folder {data} cannot be {action}: {reason}."
