"""A million lines of the learning timeline as CSV: lines a second, and what memory it takes.

Runs alone too: `.venv/bin/python tests/bench/parts/learning_rows.py [--json] [--quick]`. The
control is PostgreSQL writing the same lines to a client that throws them away. Both take turns,
so that a busy machine slows both.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[3]))

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections import initiatives, learning, names
from projections.exports import FORMATS, as_csv
from projections.projector import Pool
from projections.timeline import FIELDS, Wanted, lines
from service.database import open_pool
from service.embedded import EmbeddedPostgres
from service.log.connecting import own_connection
from tests.bench.parts.figures import Figure, report

MILLION: Final = 1_000_000
PAGE_BYTES: Final = 4096
FASTEST: Final = 50_000
"""Lines a second that are asked for."""
MEMORY: Final = 32
"""MB by which the process may grow while it exports."""
_ID: Final = "'{}_01h455vb4pex5vsknk' || lpad(({})::text, 8, '0')"
_TOWN: Final = "(array['11001', '11002', '44021', '44083', '71022', '23002', '24062'])[1 + n % 7]"


def _id(prefix: str, number: str) -> str:
    return _ID.format(prefix, number)


_ROWS: Final = {
    "at": "timestamptz '2019-01-01Z' + n * interval '3 minutes'",
    "position": "n",
    "day": "(timestamptz '2019-01-01Z' + n * interval '3 minutes')::date",
    "year": "extract(year from timestamptz '2019-01-01Z' + n * interval '3 minutes')",
    "kind": "(array['lesson', 'lesson', 'outcome', 'insight', 'decision'])[1 + n % 5]",
    "thing": _id("lesson", "n"),
    "text": "'Les ' || n || ': wie een plek onderhoudt, maakt ze van \"iedereen\"; buren komen"
    " terug als er iets te doen is. ' || repeat('Nog een zin over de straat. ', (n % 5)::int)",
    "more": "case n % 5 when 4 then array['Na drie maanden kijken we samen terug.'] else '{}' end",
    "sources": "case n % 5 when 2 then array['Een buur van de straat'] else '{}' end",
    "decision": "case n % 5 when 4 then 'approve' end",
    "verdict": "null",
    "answer": "null",
    "indicator": "null",
    "value": "null",
    "unit": "null",
    "evidence": "array[n::text]",
    "lessons": "'{}'",
    "initiatives": f"array[{_id('initiative', 'n % 20000')}]",
    "pilots": f"case n % 5 when 3 then '{{}}' else array[{_id('pilot', 'n % 30000')}] end",
    "workshop": f"case n % 5 when 3 then {_id('workshop', 'n % 20000')} end",
    "municipality": f"case n % 5 when 3 then null else {_TOWN} end",
    "learntBy": f"array[{_id('actor', 'n % 99991')}, {_id('actor', 'n * 7 % 99991')}]",
    "pseudonyms": "array['actor ' || lpad((n % 99991)::text, 6, '0'), 'actor 000007']",
    "corrected": "false",
    "q": "'les ' || n || ' wie een plek onderhoudt maakt ze van iedereen'",
}
"""Each column of the view, out of the number of a row."""


def fill(pool: Pool, rows: int) -> None:
    """Put rows in the views as the fold would leave them, with the things that they name."""
    if _ROWS.keys() != learning.VIEW.columns.keys():
        raise ValueError("The rows of the measurement are not those of the view.")
    kinds = {"initiative": 20_000, "pilot": 30_000, "workshop": 20_000, "actor": 100_000}
    with pool.connection() as connection:
        for kind, many in kinds.items():
            naming = {"kind": f"'{kind}'", "name": f"'{kind} van de buurt ' || n"}
            _insert(connection, names.VIEW.table, _id(kind, "n"), naming, many)
        standing = {"municipality": _TOWN, "theme": "array['thema-' || n % 40, 'wijk-' || n % 3]"}
        _insert(connection, initiatives.VIEW.table, _id("initiative", "n"), standing, 20_000)
        key = f"lpad(n::text, 16, '0') || '/' || {_ROWS['thing']}"
        _insert(connection, learning.VIEW.table, key, _ROWS, rows)
        connection.execute("vacuum analyze")


def _insert(
    connection: Connection[TupleRow], table: str, key: str, columns: dict[str, str], many: int
) -> None:
    into = sql.SQL(", ").join(sql.Identifier(name) for name in ("key", "doc", *columns))
    values = ", ".join((key, "'{}'", *columns.values()))
    counting = sql.SQL("insert into {} ({}) select {} from generate_series(0, {}) n")
    connection.execute(
        counting.format(sql.Identifier(table), into, sql.SQL(values), many - 1)  # pyright: ignore[reportArgumentType]
    )


def resident() -> float:
    """Of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE_BYTES / 1e6


def on_processor(pid: int) -> float:
    """Seconds that a process of this machine has been on a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def exported(pool: Pool, rows: int, grew: list[float], took: list[float]) -> float:
    """Lines a second of an export as the service makes it.

    Notes by how much the process grew, and for how long the busier of it and the server's was on
    a processor: what bounds an export where nothing else runs.
    """
    before, most, began, sent = resident(), 0.0, time.perf_counter(), 0
    with closing(own_connection(pool)) as connection:
        pids = (os.getpid(), connection.info.backend_pid)
        earlier = [on_processor(pid) for pid in pids]
        for part in FORMATS["csv"].parts(connection, partial(lines, Wanted()), FIELDS):
            sent += part.count(b"\r\n")
            most = max(most, resident())
        took.append(max(on_processor(pid) - e for pid, e in zip(pids, earlier, strict=True)))
    if sent != rows + 1:
        raise RuntimeError(f"{sent} lines came of {rows} rows.")
    grew.append(most - before)
    return rows / (time.perf_counter() - began)


def written(pool: Pool, rows: int) -> float:
    """Lines a second of the same statement's COPY, whose lines are thrown away."""
    copying = sql.SQL("copy ({}) to stdout (format csv)").format(lines(Wanted(), as_csv(FIELDS)))
    began = time.perf_counter()
    with (
        closing(own_connection(pool)) as connection,
        connection.cursor() as cursor,
        cursor.copy(copying) as copy,
    ):
        while copy.read():
            pass
    return rows / (time.perf_counter() - began)


def learning_rows(pool: Pool, rows: int, rounds: int = 3) -> Iterator[Figure]:
    """The figures of an export of so many rows, in a database whose views are empty."""
    fill(pool, rows)
    grew: list[float] = []
    took: list[float] = []
    turns: list[Callable[[], float]] = [
        partial(written, pool, rows),
        partial(exported, pool, rows, grew, took),
    ]
    pairs = [[turn() for turn in turns] for _ in range(rounds)]
    ours = statistics.median(mine for _, mine in pairs)
    yield Figure(
        figure=f"{rows:,} lines of learning as CSV (COPY, thrown away)",
        value=round(ours),
        unit="lines/s",
        control=round(statistics.median(theirs for theirs, _ in pairs)),
        ratio=round(statistics.median(mine / theirs for theirs, mine in pairs), 2),
        goal=f">= {FASTEST:,}",
        met=ours >= FASTEST,
    )
    alone = rows / statistics.median(took)
    yield Figure(
        figure="the same by the time on a processor, where nothing else runs",
        value=round(alone),
        unit="lines/s",
        goal=f">= {FASTEST:,}",
        met=alone >= FASTEST,
    )
    yield Figure(
        figure=f"growth of the process meanwhile, at {rows:,} lines",
        value=round(max(grew), 1),
        unit="MB",
        goal=f"< {MEMORY}",
        met=max(grew) < MEMORY,
    )


def measure(asked: Any) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="aanzet ") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data")
        url = postgres.start()
        try:
            with open_pool(url) as pool:
                yield from learning_rows(pool, MILLION // 10 if asked.quick else MILLION)
        finally:
            postgres.stop()


if __name__ == "__main__":
    report(__doc__, measure)
