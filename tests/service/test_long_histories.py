"""A page of a long history is a range of an index: no sort, no scan of what is not on it."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from domain.vocabulary import UserId
from projections.histories import HIDDEN, short
from projections.histories import VIEW as MENTIONS
from service.api.histories import HistoryQuery
from service.api.paging import cursor
from service.ids import new_id
from service.running import Service
from service.signin import Caller, Role
from tests.client import Api

LONG: Final = 10_000
PAGE: Final = 999
IN_INDEX: Final = {"Index Only Scan", "Index Scan"}
THINGS: Final = ("actor_a", "actor_b", "actor_c")
PLAIN: Final[dict[str, Any]] = {
    "types": None,
    "from_": None,
    "until": None,
    "orderBy": "occurred",
    "order": "asc",
    "pageSize": 50,
    "after": None,
    "total": False,
}
AUDITOR: Final = Caller(user=UserId(new_id("user")), roles=frozenset({Role.AUDITOR}))
ACTOR: Final = Caller(user=UserId(new_id("user")), roles=frozenset({Role.ACTOR}))


@pytest.fixture
def long(service: Service) -> Iterator[Connection[TupleRow]]:
    """A database with three things of which each event of a long log concerns one or two."""
    with service.pool.connection() as connection:
        connection.execute(
            sql.SQL(
                "insert into {} (thing, position, at, visibility, type)"
                " select thing, n,"
                " '2024-01-01Z'::timestamptz + interval '1 minute' * (n * 7919 %% 10007),"
                " case when n %% 10 = 0 then %s else 0 end, %s"
                " from generate_series(1, %s) n, unnest(%s::bigint[]) with ordinality t (thing, i)"
                " where n %% 3 = i - 1 or n %% 30 = i or i = 1"
            ).format(sql.Identifier(MENTIONS.table)),
            [HIDDEN, short("pilot.observed"), LONG, list(map(short, THINGS))],
        )
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(MENTIONS.table)))
        yield connection


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def done(connection: Connection[TupleRow], query: HistoryQuery) -> list[dict[str, Any]]:
    """What the server did to find a page, from the top."""
    statement, values = query.statement()
    explain = sql.SQL("explain (analyze, timing off, format json) {}").format(statement)
    row = connection.execute(explain, values).fetchone()
    assert row is not None
    return list(nodes(row[0][0]["Plan"]))


def reads(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [step for step in steps if step.get("Relation Name") == MENTIONS.table]


ORDERS: Final = [
    {"orderBy": order_by, "order": order}
    for order_by in ("occurred", "recorded")
    for order in ("asc", "desc")
]


def test_a_page_is_a_range_of_an_index(long: Connection[TupleRow]) -> None:
    for asked in ORDERS:
        steps = done(long, HistoryQuery(THINGS[:1], AUDITOR, PLAIN | asked))
        (read,) = reads(steps)
        assert read["Node Type"] in IN_INDEX, asked
        assert read["Actual Rows"] == 51, asked
        assert not [step for step in steps if "Sort" in step["Node Type"]], asked


def test_a_page_of_several_things_is_put_together_from_a_range_of_each(
    long: Connection[TupleRow],
) -> None:
    for asked in ORDERS:
        steps = done(long, HistoryQuery(THINGS, AUDITOR, PLAIN | asked))
        assert {read["Node Type"] for read in reads(steps)} <= IN_INDEX, asked
        assert len(reads(steps)) == len(THINGS), asked
        assert max(read["Actual Rows"] for read in reads(steps)) <= 51, asked


def test_a_page_in_the_middle_reads_nothing_before_it(long: Connection[TupleRow]) -> None:
    for asked in ORDERS:
        mark = ["2024-01-04 12:00:00+00", 0] if asked["orderBy"] == "occurred" else [LONG // 2]
        after = {"after": cursor(mark)}
        (read,) = reads(done(long, HistoryQuery(THINGS[:1], AUDITOR, PLAIN | asked | after)))
        assert read["Actual Rows"] == 51, asked
        assert read.get("Rows Removed by Filter", 0) == 0, asked


@pytest.mark.parametrize("things", [THINGS[:1], THINGS], ids=["one thing", "several"])
def test_pages_make_up_the_whole_history_as_far_as_a_reader_sees_it(
    long: Connection[TupleRow], things: tuple[str, ...]
) -> None:
    for asked in ORDERS:
        seen: list[tuple[Any, ...]] = []
        after = None
        while True:
            asking = asked | {"after": after, "pageSize": PAGE}
            found = HistoryQuery(things, ACTOR, PLAIN | asking).page(long)
            seen += [row[3:] for row in found[:PAGE]]
            if len(found) <= PAGE:
                break
            after = cursor(found[PAGE - 1][3:])
        total = HistoryQuery(things, ACTOR, PLAIN | asked).total(long)
        assert len(set(seen)) == len(seen) == total == LONG * 9 // 10, asked
        assert seen == sorted(seen, reverse=asked["order"] == "desc"), asked


def test_what_stands_for_two_things_shows_the_history_of_the_one_that_is_asked_for(
    service: Service, api: Api
) -> None:
    one, other = (api.record("/actors", {"kind": "citizen", "name": name}) for name in "AB")
    own = api.history(f"/actors/{one['id']}")
    with service.pool.connection() as connection:
        connection.execute(
            sql.SQL(
                "insert into {0} select %s, position, at, visibility, type from {0}"
                " where position = %s"
            ).format(sql.Identifier(MENTIONS.table)),
            [short(one["id"]), other["position"]],
        )
    # Another page than before, for that is remembered.
    page = api.get(f"/actors/{one['id']}/history", pageSize=2)
    assert page["items"] == own
