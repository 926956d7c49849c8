"""Three processes append and are killed at random; two read along: do they see everything once?

    python -m tests.log.harness_followers [EVENTS]
    python -m tests.log.harness_followers --naive

The second shows that the question can be answered with no: a follower that asks for what lies past
the last number of a sequence, which is given out without a lock.
"""

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg
from msgspec import Struct

from service.clock import system_clock
from service.database import open_pool
from service.embedded import EmbeddedPostgres
from service.log.follower import following
from service.log.store import EventLog
from tests.log.appender import SECRET
from tests.log.verdict import Verdict, verdict

APPENDERS: Final = 3
FOLLOWERS: Final = 2
LONG: Final = 1_000_000


class Seen(Struct, kw_only=True):
    """What a follower saw."""

    events: int = 0
    out_of_order: int = 0
    """Times that an event was not the one after the one before: skipped, doubled or out of turn."""


class Result(Struct, frozen=True, kw_only=True):
    kills: int
    seen: tuple[Seen, ...]
    verdict: Verdict

    @property
    def sound(self) -> bool:
        whole = all(s.events == self.verdict.events and not s.out_of_order for s in self.seen)
        return whole and self.verdict.sound


def run(url: str, folder: Path, events: int, seconds_between_kills: float) -> Result:
    """Append so many events, with kills, and follow them from another process's point of view."""
    journals = [folder / f"journal {n}" for n in range(APPENDERS)]
    ended = threading.Event()
    seen = tuple(Seen() for _ in range(FOLLOWERS))
    followers = [threading.Thread(target=_follow, args=(url, s, ended)) for s in seen]
    for follower in followers:
        follower.start()
    try:
        kills = _append(url, journals, events, seconds_between_kills)
    finally:
        ended.set()
        for follower in followers:
            follower.join()
    return Result(kills=kills, seen=seen, verdict=verdict(url, journals))


def _follow(url: str, seen: Seen, ended: threading.Event) -> None:
    with (
        open_pool(url) as pool,
        closing(EventLog(pool, SECRET, system_clock)) as log,
        following(log) as follower,
    ):
        last = 0
        while True:
            # Asked before: what is there when all has ended is still to be read.
            over = ended.is_set()
            found = follower.next(0.2)
            for recorded in found:
                seen.out_of_order += recorded.position != last + 1
                last = recorded.position
            seen.events += len(found)
            if over and not found:
                return


def _append(url: str, journals: Sequence[Path], events: int, seconds_between_kills: float) -> int:
    """Keep the appenders going until each has ended by itself; tell how many were killed."""
    kills = 0
    running = {journal: _appender(url, journal, events) for journal in journals}
    while running:
        pause = random.uniform(0, 2 * seconds_between_kills)  # noqa: S311
        victim = random.choice(list(running))  # noqa: S311
        try:
            running[victim].wait(pause)
        except subprocess.TimeoutExpired:
            running[victim].send_signal(signal.SIGKILL)
            running[victim].wait()
        match running[victim].returncode:
            case 0:
                del running[victim]
            case code if code == -signal.SIGKILL:
                kills += 1
                running[victim] = _appender(url, victim, events)
            case code:
                raise RuntimeError(f"An appender ended with {code}.")
    return kills


def _appender(url: str, journal: Path, events: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.log.appender", url, str(journal), str(events)],
        cwd=Path(__file__).parents[2],
    )


def naive(url: str, events: int) -> int:
    """How many events a follower of a sequence skips, whose numbers are given out unlocked."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table naive (position bigserial primary key)")
    ended = threading.Event()

    def append() -> None:
        with psycopg.connect(url) as connection:
            for _ in range(events // APPENDERS):
                connection.execute("insert into naive default values")
                # Some transactions take longer than others.
                connection.execute("select pg_sleep(random() * 0.002)")
                connection.commit()

    writers = [threading.Thread(target=append) for _ in range(APPENDERS)]
    for writer in writers:
        writer.start()
    threading.Thread(target=lambda: ([w.join() for w in writers], ended.set())).start()
    seen, last = 0, 0
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            over = ended.is_set()
            rows = connection.execute(
                "select position from naive where position > %s order by position", [last]
            ).fetchall()
            seen += len(rows)
            last = rows[-1][0] if rows else last
            if over and not rows:
                break
        row = connection.execute("select count(*) from naive").fetchone()
    return (row[0] if row else 0) - seen


def main() -> int:
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="harness-") as name,
        EmbeddedPostgres(Path(name) / "data") as postgres,
    ):
        if sys.argv[1:] == ["--naive"]:
            skipped = naive(postgres.dsn, 3000)
            sys.stdout.write(f"The naive follower skipped {skipped} of 3000 events.\n")
            return 0 if skipped else 1
        events = int(sys.argv[1]) if sys.argv[1:] else LONG
        result = run(postgres.dsn, Path(name), events, 2.0)
    sys.stdout.write(f"{result}\n{'sound' if result.sound else 'NOT SOUND'}")
    sys.stdout.write(f", in {time.monotonic() - began:.0f} s\n")
    return 0 if result.sound else 1


if __name__ == "__main__":
    sys.exit(main())
