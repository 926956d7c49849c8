"""Many who saw the same past, from two processes: whatever a condition names, one gets its way."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import psycopg
import pytest
from eventsourcing.dcb.api import DCBQueryItem
from msgspec import structs

from service.log.store import ConditionFailed, EventLog, Outcome
from tests.log.looking import held
from tests.log.requests import RECEIVED, appending, at_once, concerns, received, unless

MANY: Final = 8
"""In each process."""
MET: Final = received(asked_by="actor_a", municipality="11001")
WAITING: Final = """
    select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
"""

SELECTORS: Final[dict[str, Sequence[DCBQueryItem]]] = {
    "a tag": [concerns("actor_a")],
    "two tags": [concerns("actor_a", "nis:11001")],
    "a type": [concerns(types=[RECEIVED])],
    "one of two types": [concerns(types=["pilot.decided", RECEIVED])],
    "a tag and a type": [concerns("actor_a", types=[RECEIVED])],
    "two selectors, of which one is met": [concerns("actor_b"), concerns("actor_a")],
    "a type beside a tag that is not met": [concerns("actor_b"), concerns(types=[RECEIVED])],
    "two selectors that are both met": [concerns("nis:11001"), concerns("actor_a")],
    "everything": [],
}


def contend(
    url: str, logs: Sequence[EventLog], items: Sequence[DCBQueryItem]
) -> list[Outcome | Exception]:
    """Many append at once while the log is held, so that they wait for each other's batches."""
    condition = unless(*items, after=logs[0].head())
    calls = [
        lambda log=log: log.append(appending(MET, condition=condition))
        for log in logs
        for _ in range(MANY)
    ]
    with held(url) as let_go, ThreadPoolExecutor(len(logs)) as first:
        nothing = structs.replace(appending(), facts=())
        until_they_wait(url, [first.submit(log.append, nothing) for log in logs])
        return [came for came in at_once([*calls, let_go]) if came is not None]


def until_they_wait(url: str, calls: Sequence[Future[Outcome]]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        while not any(call.done() for call in calls):
            if connection.execute(WAITING).fetchone() == (len(calls),):
                return


@pytest.mark.parametrize("items", SELECTORS.values(), ids=SELECTORS)
def test_one_gets_its_way_and_the_others_are_told_by_whom(
    log: EventLog,
    other_process: Callable[[], EventLog],
    database_url: str,
    items: Sequence[DCBQueryItem],
) -> None:
    log.append(appending(MET))
    came = contend(database_url, [log, other_process()], items)
    won = [each for each in came if isinstance(each, Outcome)]
    lost = [each.position for each in came if isinstance(each, ConditionFailed)]
    assert [outcome.position for outcome in won] == [2]
    assert lost == [2] * (2 * MANY - 1)
    assert log.head() == 2


def test_all_get_their_way_where_none_does_what_another_names(
    log: EventLog, other_process: Callable[[], EventLog], database_url: str
) -> None:
    items = [
        concerns("actor_b"),
        concerns("actor_a", types=["pilot.decided"]),
        concerns("actor_a", "nis:11002"),
        concerns(types=["pilot.decided", "request.closed"]),
    ]
    came = contend(database_url, [log, other_process()], items)
    assert all(isinstance(each, Outcome) for each in came)
    assert log.head() == 2 * MANY
