"""Following: every event once and in order, by whoever it was appended."""

import threading
from collections.abc import Callable

from eventsourcing.dcb.api import DCBQuery

from service.log.follower import Follower, following
from service.log.store import EventLog
from tests.log.requests import appending, at_once, concerns, received

PATIENCE_SECONDS = 20


def gathered(follower: Follower, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count and (events := follower.next(PATIENCE_SECONDS)):
        found += [recorded.position for recorded in events]
    return found


def test_a_follower_reads_from_its_position_on(log: EventLog) -> None:
    log.append(appending(received(), received(), received()))
    with following(log, after=1) as follower:
        assert gathered(follower, 2) == [2, 3]
        assert follower.next() == []


def test_a_follower_reads_in_batches(log: EventLog) -> None:
    log.append(appending(*(received() for _ in range(5))))
    with following(log) as follower:
        sizes = [len(follower.next(limit=2)) for _ in range(4)]
    assert sizes == [2, 2, 1, 0]


def test_a_follower_of_some_things_sees_only_these(log: EventLog) -> None:
    for n in range(6):
        log.append(appending(received(f"request_{n % 2}")))
    with following(log, query=DCBQuery(items=[concerns("request_1")])) as follower:
        assert gathered(follower, 3) == [2, 4, 6]
        assert follower.next() == []
        assert follower.position == 6


def test_followers_see_each_event_once_while_several_processes_append(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    others = [other_process(), other_process()]
    with following(log) as here, following(others[0]) as there:
        outcomes = at_once(
            [
                lambda: gathered(here, 60),
                lambda: gathered(there, 60),
                *([lambda: log.append(appending()), lambda: others[1].append(appending())] * 30),
            ]
        )
    assert outcomes[:2] == [list(range(1, 61))] * 2


def test_who_listens_is_told_of_what_another_process_appends(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other, woken = other_process(), threading.Event()
    with log.news.listening(woken.set):
        assert woken.wait(PATIENCE_SECONDS)  # it listens now
        woken.clear()
        other.append(appending())
        assert woken.wait(PATIENCE_SECONDS)


def test_a_follower_that_hears_nothing_looks_for_itself(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other = other_process()
    follower = Follower(log, 0, None, unsealed=False)
    found = at_once([lambda: follower.next(PATIENCE_SECONDS), lambda: other.append(appending())])
    assert isinstance(found[0], list)
    assert [recorded.position for recorded in found[0]] == [1]
