"""A page of a long list is a range of an index, and its total is counted in one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from projections.support_requests import VIEW
from service.api.counting import Counts
from service.api.listing import ListQuery
from service.api.paging import cursor
from service.running import Service

LONG: Final = 20_000
OPEN: Final = LONG // 25
PLAIN: Final[dict[str, Any]] = {"sort": "-at", "pageSize": 50, "after": None, "total": False}
PAGE: Final = 900
SORTS: Final = ("at", "-at", "dueOn", "-dueOn")
IN_INDEX: Final = {"Index Only Scan", "Index Scan"}


@pytest.fixture
def long(service: Service) -> Iterator[Connection[TupleRow]]:
    """A database with many requests, one in twenty-five of them open."""
    table = sql.Identifier(VIEW.table)
    with service.pool.connection() as connection:
        connection.execute(
            sql.SQL(
                "insert into {} (key, doc, municipality, status, open, track, assignee, q, at,"
                " \"dueOn\") select 'request_' || lpad(n::text, 26, '0'), '{{}}',"
                " (array['44034', '44073', '11001', '11002'])[1 + n %% 4],"
                " case when n %% 25 = 0 then 'triaged' else 'closed' end, n %% 25 = 0, 'inform',"
                " 'actor_' || n %% 7, case when n %% 10 = 0 then 'soep' else 'tuin' end,"
                " '2024-01-01Z'::timestamptz + interval '1 minute' * (n * 7919 %% 20011),"
                " case when n %% 3 = 0 then '2024-01-01'::date + n %% 97 end"
                " from generate_series(1, %s) n"
            ).format(table),
            [LONG],
        )
        connection.execute(sql.SQL("vacuum analyze {}").format(table))
        yield connection


def query(**asked: Any) -> ListQuery:
    return ListQuery(VIEW, dict(VIEW.columns), PLAIN | asked)


def done(
    connection: Connection[TupleRow], statement: sql.Composed, values: list[Any]
) -> list[dict[str, Any]]:
    """What the server did, from the top."""
    explain = sql.SQL("explain (analyze, timing off, format json) {}").format(statement)
    row = connection.execute(explain, values).fetchone()
    assert row is not None
    return list(nodes(row[0][0]["Plan"]))


def reads(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [step for step in steps if step.get("Relation Name") == VIEW.table]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("asked", [{}, {"open": True}], ids=["all", "open"])
def test_a_page_is_a_range_of_an_index(long: Connection[TupleRow], asked: dict[str, Any]) -> None:
    for sort in SORTS:
        steps = done(long, *query(sort=sort, **asked).statement())
        (read,) = reads(steps)
        assert read["Node Type"] in IN_INDEX, sort
        assert read["Actual Rows"] == 51, sort
        assert read.get("Rows Removed by Filter", 0) == 0, sort
        assert not [step for step in steps if "Sort" in step["Node Type"]], sort


def test_so_is_that_of_a_place_or_of_somebody(long: Connection[TupleRow]) -> None:
    for asked in (
        {"municipality": "11001"},
        {"assignee": "actor_1"},
        {"open": True, "municipality": "11001"},
        {"open": True, "assignee": "actor_1"},
        {"open": True, "status": "triaged"},
    ):
        steps = done(long, *query(**asked).statement())
        (read,) = reads(steps)
        assert read["Node Type"] in IN_INDEX, asked
        assert read["Actual Rows"] == 51, asked
        assert not [step for step in steps if "Sort" in step["Node Type"]], asked


def test_open_ones_are_counted_without_reading_a_row(long: Connection[TupleRow]) -> None:
    for more in (
        {},
        {"municipality": "11001"},
        {"track": "inform"},
        {"status": "triaged"},
        {"from_": datetime(2024, 1, 5, tzinfo=UTC)},
    ):
        counted = reads(done(long, *query(open=True, **more).count()))
        assert {read["Node Type"] for read in counted} == {"Index Only Scan"}, more
        assert sum(read["Heap Fetches"] for read in counted) == 0, more
        assert sum(read["Actual Rows"] for read in counted) <= OPEN, more


def test_open_ones_with_a_word_are_counted_by_what_is_said_in_open_ones_alone(
    long: Connection[TupleRow],
) -> None:
    steps = done(long, *query(open=True, q="soep").count())
    (counted,) = reads(steps)
    assert counted["Actual Rows"] == LONG // 50
    used = {step["Index Name"] for step in steps if "Index Name" in step}
    assert used == {f"{VIEW.table}_open_q"}


def test_pages_of_a_place_with_those_that_merged_into_it_are_in_one_order(
    long: Connection[TupleRow],
) -> None:
    for sort in SORTS:
        seen: list[tuple[Any, ...]] = []
        after = None
        while True:
            found = query(municipality="44087", sort=sort, pageSize=PAGE, after=after)
            rows = long.execute(*found.statement()).fetchall()
            seen += [row[1:3] for row in rows[:PAGE]]
            if len(rows) <= PAGE:
                break
            after = cursor(rows[PAGE - 1][1:])
        assert len(set(seen)) == len(seen) == LONG // 2
        assert seen == sorted(seen, reverse=sort.startswith("-")), sort


def test_a_total_is_counted_anew_when_the_view_moved(long: Connection[TupleRow]) -> None:
    counts, asked = Counts(), query(open=True)
    assert counts.of(long, VIEW, *asked.count()) == OPEN
    long.execute(sql.SQL("delete from {} where open").format(sql.Identifier(VIEW.table)))
    assert counts.of(long, VIEW, *asked.count()) == OPEN
    long.execute("update view_position set position = position + 1 where view = %s", [VIEW.table])
    assert counts.of(long, VIEW, *asked.count()) == 0


def test_a_total_is_counted_anew_when_the_view_was_rebuilt(long: Connection[TupleRow]) -> None:
    counts, asked = Counts(), query(open=True)
    assert counts.of(long, VIEW, *asked.count()) == OPEN
    long.execute(sql.SQL("delete from {} where open").format(sql.Identifier(VIEW.table)))
    long.execute(
        "update view_position set generation = generation + 1 where view = %s", [VIEW.table]
    )
    assert counts.of(long, VIEW, *asked.count()) == 0
