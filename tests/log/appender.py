"""A process that appends until it is killed, and writes down what it asked and what was answered.

Run as `python -m tests.log.appender URL JOURNAL UNTIL`. Whoever takes over its journal asks again
whatever got no answer, under the same key.
"""

import os
import random
import sys
import threading
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from domain.vocabulary import Narrative
from service.clock import system_clock
from service.database import open_pool
from service.ids import type_id
from service.log.store import AppendRequest, EventLog, LogBusy, OutcomeUnknown
from tests.log.requests import appending, received

SECRET: Final = bytes(range(32))
THREADS: Final = 8
MOST_EVENTS: Final = 20
DEADLINE_SECONDS: Final = 3.0


class Journal:
    """What was asked (`?`) and what was answered (`!`), a line each, kept whatever is killed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def asked(self, key: UUID, events: int) -> None:
        os.write(self._descriptor, f"? {key} {events}\n".encode())

    def answered(self, key: UUID, position: int) -> None:
        os.write(self._descriptor, f"! {key} {position}\n".encode())

    def unanswered(self) -> dict[UUID, int]:
        asked, answered = entries([self._file])
        return {key: events for key, events in asked.items() if key not in answered}


def entries(files: Iterable[Path]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """By key: of how many events what was asked, and at which position what was answered."""
    asked: dict[UUID, int] = {}
    answered: dict[UUID, int] = {}
    for file in files:
        for line in file.read_text(encoding="ascii").splitlines():
            mark, key, number = line.split()
            (asked if mark == "?" else answered)[UUID(key)] = int(number)
    return asked, answered


def request(key: UUID, events: int) -> AppendRequest:
    """The request of a key, the same each time."""
    thing = type_id("request", key)
    return appending(
        *(received(thing, question=Narrative(f"{key} {n}")) for n in range(events)),
        key=key,
        digest=key.bytes,
    )


def insist(log: EventLog, journal: Journal, key: UUID, events: int) -> int:
    """Ask until there is an answer; give back the position."""
    while True:
        try:
            outcome = log.append(request(key, events))
        except (LogBusy, OutcomeUnknown, OperationalError, PoolTimeout):
            continue
        journal.answered(key, outcome.position)
        return outcome.position


def append_until(log: EventLog, journal: Journal, until: int) -> None:
    """Append with several threads until the log has so many events; with 0 only ask again."""
    left = list(journal.unanswered().items())
    lock = threading.Lock()
    reached = threading.Event()

    def work() -> None:
        while True:
            with lock:
                again = left.pop() if left else None
            if again:
                insist(log, journal, *again)
                continue
            if until == 0 or reached.is_set():
                return
            key, events = uuid4(), random.randint(1, MOST_EVENTS)  # noqa: S311
            journal.asked(key, events)
            if insist(log, journal, key, events) >= until:
                reached.set()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(url: str, journal: str, until: str) -> None:
    with (
        open_pool(url) as pool,
        closing(EventLog(pool, SECRET, system_clock, DEADLINE_SECONDS)) as log,
    ):
        append_until(log, Journal(Path(journal)), int(until))


if __name__ == "__main__":
    main(*sys.argv[1:])
