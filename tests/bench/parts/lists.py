"""Measure lists of many requests: `python tests/bench/parts/lists.py [--quick]`.

The view of requests is filled by the server's own means, as a network of many years would have it:
most are closed, a few in a hundred are open, and the larger places ask more. Each list is asked
for over HTTP with a filter or page of its own, so that none is answered from what was kept.
"""

import http.client
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[3]))

import psycopg
from psycopg import sql

from domain.register import municipalities
from projections.support_requests import VIEW
from projections.tables import set_up
from service.database import open_pool
from service.embedded import EmbeddedPostgres
from service.log.store import Pool
from service.signin import Issuer, Role
from tests.bench.parts.figures import Figure, report
from tests.bench.parts.history_page import SECRET, answering

MANY: Final = 1_000_000
GOAL_MS: Final = 50
ASSIGNEES: Final = 60
PLACES: Final = tuple(sorted(nis for nis, known in municipalities().items() if not known.successor))
SORTS: Final = ("-at", "at", "dueOn", "-dueOn")


def actor(number: int) -> str:
    return f"actor_{number:026d}"


_TEXT: Final = (
    "'Hoe houden we onze buurttuin levendig, nu wie begon er minder vaak is? ' || case"
    " when r4 < 0.001 then 'Ook het zaaltje lekt.' when r4 < 0.1 then 'Wie kookt er soep?'"
    " else 'De straat denkt graag mee.' end"
)
"""One in a thousand speaks of a hall, one in ten of soup, all of a garden."""
_ROWS: Final = {
    "municipality": "place",
    "status": "status",
    "open": "status in ('received', 'triaged', 'answered')",
    "track": "track",
    "assignee": "assignee",
    "askedBy": "asked_by",
    "reference": "null",
    "q": "lower(question)",
    "dueOn": "due_on",
    "at": "at",
}
"""Each column of the view, out of what is said of a request."""
_DOC: Final = """
    convert_to(json_build_object('id', id, 'version', n, 'status', status, 'askedBy', asked_by,
        'audience', 'citizens', 'question', question, 'municipality', place, 'channel', 'email',
        'receivedAt', at, 'dueOn', due_on, 'track', track, 'assignee', assignee,
        'initiatives', '[]'::json, 'steps', 3, 'examples', '[]'::json)::text, 'UTF8')
"""
_REQUESTS: Final = f"""
    select n, 'request_' || lpad(n::text, 26, '0') as id,
        -- Open ones are mostly new; a few wait for long. Of the others some came to no answer.
        case when r2 < 0.5 * (n::float8 / %s) ^ 16 + 0.002
            then (array['received', 'triaged', 'answered'])[1 + n % 3]
            when r3 < 0.02 then 'withdrawn' when r3 < 0.05 then 'declined' else 'closed' end
            as status,
        (array['inform', 'inspire', 'innovate'])[1 + floor(3 * random())::int] as track,
        (%s::text[])[1 + floor(%s * r1 ^ 3)::int] as place,
        'actor_' || lpad(floor(%s * random())::text, 26, '0') as assignee,
        'actor_' || lpad((1000 + n / 10)::text, 26, '0') as asked_by,
        {_TEXT} as question,
        case when r5 < 0.5 then (at + interval '30 days')::date end as due_on, at
    from (
        select n, random() as r1, random() as r2, random() as r3, random() as r4, random() as r5,
            timestamptz '2019-01-01Z' + interval '7 years' * n / %s as at
        from generate_series(1, %s) n
    ) r
""".replace("%", "%%").replace("%%s", "%s")


def fill(pool: Pool, count: int) -> None:
    """As many rows as the projector would have left."""
    if _ROWS.keys() != VIEW.columns.keys():
        raise ValueError("The rows of the measurement are not those of the view.")
    table = sql.Identifier(VIEW.table)
    with pool.connection() as connection:
        row = connection.execute(
            "select array_agg(indexname) from pg_indexes where tablename = %s"
            " and indexname not like '%%_pkey'",
            [VIEW.table],
        ).fetchone()
        for name in row[0] if row else ():
            connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        connection.execute("set synchronous_commit = off")
        connection.execute("select setseed(0.5)")
        connection.execute(
            sql.SQL("insert into {} ({}) select {} from ({}) requests").format(
                table,
                sql.SQL(", ").join(map(sql.Identifier, ("key", "doc", *_ROWS))),
                sql.SQL(", ".join(("id", _DOC, *_ROWS.values()))),  # pyright: ignore[reportArgumentType]
                sql.SQL(_REQUESTS),  # pyright: ignore[reportArgumentType]
            ),
            [count, list(PLACES), len(PLACES), ASSIGNEES, count, count],
        )
        connection.execute("set maintenance_work_mem = '256MB'")
        set_up(connection, [VIEW])
        connection.execute(sql.SQL("vacuum analyze {}").format(table))
        connection.execute("checkpoint")


def open_lists(dice: random.Random, count: int) -> list[dict[str, Any]]:
    """What a coordinator asks: open requests, of a place, of somebody, that speak of something."""
    filters = (
        dict[str, Any],
        lambda: {"municipality": place(dice)},
        lambda: {"assignee": actor(dice.randrange(ASSIGNEES))},
        lambda: {"track": dice.choice(("inform", "inspire", "innovate"))},
        lambda: {"municipality": place(dice), "assignee": actor(dice.randrange(ASSIGNEES))},
        lambda: {"from": day(dice)},
        lambda: {"status": dice.choice(("received", "triaged", "answered"))},
        lambda: {"q": dice.choice(("zaaltje", "soep"))},
    )
    return [
        {"open": True, "sort": dice.choice(SORTS)} | filters[n % len(filters)]()
        for n in range(count)
    ]


def all_lists(dice: random.Random, count: int) -> list[dict[str, Any]]:
    """What hardly narrows: all, what is closed or not late, a place, a person, some years."""
    filters = (
        dict[str, Any],
        lambda: {"status": "closed"},
        lambda: {"municipality": place(dice)},
        lambda: {"assignee": actor(dice.randrange(ASSIGNEES))},
        lambda: {"track": dice.choice(("inform", "inspire", "innovate"))},
        lambda: {"from": day(dice)},
        lambda: {"overdue": False},
        lambda: {"status": "closed", "municipality": place(dice)},
        lambda: {"track": "inform", "until": day(dice)},
        lambda: {"municipality": place(dice), "from": day(dice)},
        lambda: {"open": False, "track": "inspire"},
    )
    return [{"sort": dice.choice(SORTS)} | filters[n % len(filters)]() for n in range(count)]


def spoken_of(word: str, count: int) -> list[dict[str, Any]]:
    """Requests that speak of something, in each order."""
    return [{"sort": SORTS[n % len(SORTS)], "q": word} for n in range(count)]


def day(dice: random.Random) -> str:
    return f"202{dice.randrange(0, 6)}-0{dice.randrange(1, 9)}-01T00:00:00Z"


def place(dice: random.Random) -> str:
    return PLACES[int(len(PLACES) * dice.random() ** 3)]


class Reader:
    """Asks one list after another, each with its total, and notes how long each takes."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._token = token
        self._asked = 0

    def ask(self, query: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        # A page size of its own makes each URL another one.
        self._asked += 1
        size = 50 + self._asked % 10
        path = f"/v1/requests?{urlencode({'total': True, 'pageSize': size} | query)}"
        began = time.perf_counter()
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(body.decode())
        return took, json.loads(body)

    def times(self, queries: list[dict[str, Any]]) -> list[float]:
        """How long each list takes, its first page and the one after, in milliseconds."""
        taken: list[float] = []
        for query in queries:
            first, page = self.ask(query)
            taken.append(first)
            if "next" in page:
                cursor = page["next"].split("after=")[1].split("&")[0]
                taken.append(self.ask(query | {"after": cursor})[0])
        return taken


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def figure(name: str, times: list[float]) -> Figure:
    value = p95(times)
    said = f"{name}, p95 of {len(times)} (median {statistics.median(times):.1f})"
    return Figure(
        figure=said,
        value=round(value, 1),
        unit="ms",
        goal=f"<= {GOAL_MS}",
        met=value <= GOAL_MS,
    )


def lists(count: int, asked: int) -> Iterator[Figure]:
    """Lists of so many requests over HTTP, one after another, each with its exact total."""
    token, dice = Issuer(SECRET).sign("bench", Role.AUDITOR), random.Random(7)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o777)  # the server's account writes its files here
        postgres = EmbeddedPostgres(folder / "data")
        url = postgres.start()
        try:
            with open_pool(url) as pool:
                fill(pool, count)
            with answering("worker.py", folder, BENCH_URL=url, BENCH_DATA=name) as port:
                reader = Reader(port, token)
                reader.times(open_lists(random.Random(1), 20))  # noqa: S311
                of = f"of {count:,} requests, sorted and counted"
                yield figure(f"open ones {of}", reader.times(open_lists(dice, asked)))
                yield figure(f"others {of}", reader.times(all_lists(dice, asked)))
                yield figure(
                    f"others {of}, while the view moves",
                    list(moving(url, reader, all_lists(dice, asked // 2))),
                )
                for word, often in (("zaaltje", "one in 1,000"), ("soep", "one in 10")):
                    for kind, more in (("open ones", {"open": True}), ("others", {})):
                        queries = [query | more for query in spoken_of(word, asked // 10)]
                        times = list(moving(url, reader, queries))
                        yield figure(f"{kind} with a word that {often} has {of}", times)
        finally:
            postgres.stop()


def moving(url: str, reader: Reader, queries: list[dict[str, Any]]) -> Iterator[float]:
    """Each list is asked for after the view moved, so that nothing counted before is of use."""
    with psycopg.connect(url, autocommit=True) as connection:
        for query in queries:
            connection.execute("update aanzet.view_position set position = position + 1")
            connection.execute(
                "insert into aanzet.event (position, id, type, recorded_at, leaf) select"
                " position + 1, uuidv7(), type, recorded_at, leaf from aanzet.event"
                " order by position desc limit 1"
            )
            yield reader.ask(query)[0]


if __name__ == "__main__":
    report(__doc__, lambda asked: lists(*((100_000, 70) if asked.quick else (MANY, 210))))
