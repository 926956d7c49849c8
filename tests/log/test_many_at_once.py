"""Many events at once: the same positions, texts and keys as one by one."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from eventsourcing.dcb.api import DCBQuery

from service.log.store import ConditionFailed, EventLog
from tests.log.requests import appending, at_once, concerns, received, unless


def test_they_take_the_next_positions_in_their_order(log: EventLog) -> None:
    log.append(appending())
    requests = [appending(received(), received()) for _ in range(700)]
    assert log.append_all(requests, 1) == 1401
    facts = [fact for request in requests for fact in request.facts]
    found = log.read(after=1, unsealed=True).events
    assert [recorded.position for recorded in found] == list(range(2, 1402))
    assert [recorded.fact for recorded in found] == facts
    assert log.append(appending()).position == 1402


def test_they_are_found_by_what_they_concern(log: EventLog) -> None:
    log.append_all([appending(received(f"request_{n}")) for n in range(5)], 0)
    found = log.read(DCBQuery(items=[concerns("request_3")])).events
    assert [recorded.position for recorded in found] == [4]


def test_their_keys_get_their_outcomes(log: EventLog) -> None:
    requests = [appending(key=uuid4(), digest=b"body") for _ in range(3)]
    log.append_all(requests, 0)
    outcome = log.append(requests[1])
    assert outcome.position == 2
    assert outcome.id == requests[1].thing
    assert log.head() == 3


def test_all_of_them_are_refused_if_others_came_in_between(log: EventLog) -> None:
    log.append(appending(received("request_one")))
    refused = appending(condition=unless(concerns("request_one")))
    with pytest.raises(ConditionFailed):
        log.append_all([appending(), refused], 0)
    assert log.head() == 1


def test_they_keep_their_place_while_others_append(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other = other_process()
    many = [appending(received(f"request_{n}")) for n in range(50)]
    at_once([lambda: other.append_all(many, 0), *([lambda: log.append(appending())] * 30)])
    found = log.read(unsealed=True).events
    assert [recorded.position for recorded in found] == list(range(1, 81))
    facts = {request.facts[0] for request in many}
    places = [recorded.position for recorded in found if recorded.fact in facts]
    assert places == list(range(places[0], places[0] + 50))


def test_texts_about_a_thing_are_sealed_with_the_key_that_another_process_made(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other_process().append(appending(received("request_met")))
    assert log.append_all([appending(), appending(received("request_met"))], 1) == 3
    texts = {event.fact for event in log.read(unsealed=True).events}
    assert received("request_met") in texts
    assert len(texts) == 2
