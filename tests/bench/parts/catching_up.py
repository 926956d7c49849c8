"""How fast views come to show the log: all together, one that is rebuilt, and after a command."""

import random
import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread
from typing import Final

import msgspec
import psutil
from msgspec import structs
from psycopg import sql

from domain.conversations import AnyFact
from domain.facts import Fact, stored_name
from domain.records import EventCorrected
from domain.register import municipalities, successor
from domain.vocabulary import Position
from projections.catalogue import VIEWS
from projections.histories import VIEW as HISTORY
from projections.projector import Projector
from projections.rebuilding import rebuild
from projections.view import OfKind, View, looked_at
from service.ids import new_id
from service.log.draft import tag_hash
from service.log.store import AppendRequest, EventLog, Pool
from service.running import Following, Service
from service.serving import listening, serving
from service.signin import Role
from tests.bench.parts.figures import Figure
from tests.client import Api
from tests.facts import CITIZEN, MUNICIPALITY, STORY
from tests.log.requests import appending

OPEN_CASES: Final = 40
"""So many cases go on at the same time; each is the story of all samples, in its own place."""
APPENDED_TOGETHER: Final = 5000
LATENCY_GOAL_MS: Final = 100
REBUILD_GOAL: Final = 60_000
MEMORY_GOAL_MB: Final = 64


# A log whose cases interleave.


class Case:
    """The story with ids and a place of its own."""

    def __init__(self, chance: random.Random, places: list[str]) -> None:
        common = CITIZEN.partition("_")[2][:23]
        own = new_id("x").partition("_")[2][:23]
        place = chance.choice(places)
        self._left = deque(
            msgspec.json.decode(
                msgspec.json.encode(event.fact)
                .replace(common.encode(), own.encode())
                .replace(f'"{MUNICIPALITY}"'.encode(), f'"{place}"'.encode()),
                type=AnyFact,
            )
            for event in STORY
        )
        self._positions: dict[int, int] = {}
        self._told = 0

    def next(self, position: int) -> Fact | None:
        """The next fact, to be at a position; None at the end."""
        if not self._left:
            return None
        fact: Fact = self._left.popleft()
        self._told += 1
        self._positions[self._told] = position
        if isinstance(fact, EventCorrected):
            fact = structs.replace(fact, position=Position(self._positions[fact.position]))
        return fact


class Interleaving:
    """Many cases, each of which goes on now and then; another begins where one ends."""

    def __init__(self, open_cases: int = OPEN_CASES) -> None:
        self._chance = random.Random(7)  # noqa: S311 - the same log each time, not a secret
        self._places = [str(nis) for nis in municipalities() if successor(nis) == nis]
        self._cases = [self._new() for _ in range(open_cases)]

    def _new(self) -> Case:
        return Case(self._chance, self._places)

    def append_to(self, log: EventLog, events: int) -> None:
        head, requests = log.head(), list[AppendRequest]()
        while len(requests) < events:
            n = self._chance.randrange(len(self._cases))
            fact = self._cases[n].next(head + len(requests) + 1)
            if fact is None:
                self._cases[n] = self._new()
            else:
                requests.append(appending(fact))
        log.append_all(requests, head)


def interleaved(log: EventLog, events: int) -> None:
    """Bring the log to so many events of many cases."""
    cases = Interleaving()
    while (left := events - log.head()) > 0:
        cases.append_to(log, min(APPENDED_TOGETHER, left))


# All views together, against the server's own means.


def catching_up(service: Service, rounds: int) -> Figure:
    """All views from nothing to the head, against SQL that opens each payload once per view."""
    events = service.log.head()
    pairs = [(_control(service.pool), _all_views(service)) for _ in range(rounds)]
    ratio = statistics.median(theirs / mine for theirs, mine in pairs)
    return Figure(
        figure=f"all {len(VIEWS)} views from nothing, {events:,} events of cases that interleave",
        value=round(events / statistics.median(mine for _, mine in pairs)),
        unit="events/s",
        control=round(events / statistics.median(theirs for theirs, _ in pairs)),
        ratio=round(ratio, 2),
        goal=">= 0.5",
        met=ratio >= 0.5,
    )


def _all_views(service: Service) -> float:
    """Seconds that a projector needs with views that are empty."""
    with service.pool.connection() as connection:
        for view in VIEWS:
            connection.execute(sql.SQL("truncate {}").format(sql.Identifier(view.table)))
        connection.execute("update view_position set position = 0, generation = generation + 1")
    projector = Projector(service.pool, Following(service.log), VIEWS)
    began = time.perf_counter()
    projector.catch_up()
    return time.perf_counter() - began


def _control(pool: Pool) -> float:
    """Seconds that the server needs to open each payload once for each view.

    It keeps the last one of each thing of the view's kind; for histories all, for each thing.
    """
    with pool.connection() as connection:
        for view in VIEWS:
            connection.execute(
                sql.SQL("drop table if exists {0}; create table {0} (key text, doc text)").format(
                    _control_table(view)
                )
            )
        began = time.perf_counter()
        for view in VIEWS:
            connection.execute(_insert(view))
        return time.perf_counter() - began


def _control_table(view: View) -> sql.Identifier:
    return sql.Identifier(f"control_{view.name}")


def _insert(view: View) -> sql.Composed:
    opened = sql.SQL(
        "select position, convert_from(leaf, 'UTF8')::jsonb -> 'fact' as fact from event"
    )
    facts = looked_at(view)
    if facts is not None:
        names = sql.SQL(", ").join(sorted(map(stored_name, facts)))
        opened += sql.SQL(" where type in ({})").format(names)
    if view is HISTORY:
        return sql.SQL(
            "insert into {} select t.tag || '/' || position, o.fact::text from ({}) o"
            " join event_tag t using (position) where t.tag <> t.type"
        ).format(_control_table(view), opened)
    name = view.keys.prefix if isinstance(view.keys, OfKind) else "municipality"
    return sql.SQL(
        "insert into {} select distinct on (fact ->> {}) fact ->> {}, fact::text from ({}) o"
        " order by fact ->> {}, position desc"
    ).format(_control_table(view), name, name, opened, name)


# One view.


def rebuilding(service: Service, name: str, rounds: int) -> Iterator[Figure]:
    """One view filled anew beside itself: how fast it goes through the log, in how much memory."""
    view = next(view for view in VIEWS if view.name == name)
    events, speeds, grown = service.log.head(), list[float](), list[float]()
    for _ in range(rounds):
        with _highest() as used:
            began = time.perf_counter()
            rebuild(service.pool, Following(service.log), view)
            speeds.append(events / (time.perf_counter() - began))
        grown.append(used[0])
    with service.pool.connection() as connection:
        looked = looked_at(view)
        row = connection.execute(
            "select count(*) from event_tag where tag = any(%s)",
            [[tag_hash(stored_name(fact)) for fact in looked or ()]],
        ).fetchone()
    touching = row[0] if looked and row else events
    speed = statistics.median(speeds)
    yield Figure(
        figure=f"rebuild of {name} from {events:,} events, of which it reads {touching:,}",
        value=round(speed),
        unit="events/s",
        goal=f">= {REBUILD_GOAL:,}",
        met=speed >= REBUILD_GOAL,
    )
    yield Figure(
        figure=f"memory of the rebuild of {name} beyond that before it",
        value=round(max(grown), 1),
        unit="MB",
        goal=f"<= {MEMORY_GOAL_MB}",
        met=max(grown) <= MEMORY_GOAL_MB,
    )


class _highest:  # noqa: N801 - reads as a block
    """Looks how much this process grows, in MB, for as long as the block runs."""

    def __enter__(self) -> list[float]:
        self._process, self._done, self._grown = psutil.Process(), Event(), [0.0]
        before = self._process.memory_info().rss

        def look() -> None:
            while not self._done.wait(0.02):
                now = (self._process.memory_info().rss - before) / 1e6
                self._grown[0] = max(self._grown[0], now)

        self._thread = Thread(target=look)
        self._thread.start()
        return self._grown

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


# After a command.


def visible(service: Service, commands: int) -> Figure:
    """From sending a command over HTTP to its line in a history."""
    with listening("127.0.0.1", 0) as listener, serving(service, listener):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        api = Api(address, service.issuer.sign("bench", Role.COORDINATOR))
        with closing(api):
            times = [_visible(api) for _ in range(commands)][commands // 10 :]
    p95 = statistics.quantiles(times, n=20)[-1]
    return Figure(
        figure=f"command to visible in its history, p95 of {len(times)}",
        value=round(p95, 1),
        unit="ms",
        control=round(statistics.median(times), 1),
        goal=f"<= {LATENCY_GOAL_MS}",
        met=p95 <= LATENCY_GOAL_MS,
    )


def _visible(api: Api) -> float:
    began = time.perf_counter()
    made = api.record("/actors", {"kind": "citizen", "name": "Iemand"})
    (line,) = api.history(f"/actors/{made['id']}")
    assert line["position"] == made["position"]
    return (time.perf_counter() - began) * 1000
