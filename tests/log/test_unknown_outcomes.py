"""Unknown outcomes: an answer that is lost leaves one effect, and the key tells which."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from psycopg_pool import PoolTimeout

from domain.vocabulary import Narrative
from service.log.outcomes import EventKnown, KeyKnown, OwnerKnown, Unsettled
from service.log.store import EventLog, Outcome, OutcomeUnknown
from service.log.tickets import reading_up
from tests.log.between import Between
from tests.log.requests import appending, at_once, received

Lossy = tuple[Between, Callable[[float], EventLog]]


@pytest.mark.parametrize("key", [None, uuid4()])
def test_an_answer_lost_in_commit_is_found_again(lossy: Lossy, key: UUID | None) -> None:
    network, log = lossy[0], lossy[1](10)
    log.append(appending())
    network.lose_answers()
    outcome = log.append(appending(key=key))
    assert network.lost == 1
    assert outcome.position == 2
    assert log.head() == 2


def test_answers_lost_again_and_again_leave_one_effect_each(lossy: Lossy) -> None:
    network, log = lossy[0], lossy[1](30)
    network.lose_answers(3)
    requests = [appending(key=uuid4() if n % 2 else None) for n in range(20)]
    outcomes = at_once([lambda r=request: log.append(r) for request in requests])
    assert network.lost == 3
    found = [outcome.position for outcome in outcomes if isinstance(outcome, Outcome)]
    assert sorted(found) == list(range(1, 21))
    assert log.head() == 20


def test_past_the_deadline_the_outcome_is_unknown_and_the_key_tells_it(lossy: Lossy) -> None:
    network, log = lossy[0], lossy[1](0.3)
    request = appending(key=uuid4(), digest=b"body")
    log.append(appending())
    network.fall_silent()
    with pytest.raises(OutcomeUnknown):
        log.append(request)
    network.speak()
    assert log.append(request).position == 2
    assert log.head() == 2


@pytest.mark.parametrize("length", [10, 1_000_000])
def test_a_server_that_takes_nothing_in_holds_nobody_beyond_the_deadline(
    lossy: Lossy, length: int
) -> None:
    network, log = lossy[0], lossy[1](0.3)
    log.append(appending())
    network.go_deaf()
    request = appending(received(question=Narrative("x" * length)), key=uuid4())
    with pytest.raises(OutcomeUnknown):
        log.append(request)
    network.hear()
    assert lossy[1](10).append(request).position == 2
    assert log.head() == 2


def test_after_a_deadline_the_next_request_has_a_new_connection(lossy: Lossy) -> None:
    network, log = lossy[0], lossy[1](0.3)
    network.fall_silent()
    with pytest.raises(OutcomeUnknown):
        log.append(appending())
    network.speak()
    assert log.append(appending()).events


def test_an_answer_that_came_before_the_commit_is_not_believed(lossy: Lossy) -> None:
    network, log = lossy[0], lossy[1](10)
    log.append(appending())
    network.answer_early()
    outcome = log.append(appending(key=uuid4()))
    assert network.lost == 1
    assert outcome.position == 2
    assert log.head() == 2


@pytest.mark.parametrize("what", [EventKnown, KeyKnown])
def test_what_was_appended_but_cannot_be_read_now_is_unknown(what: type[Unsettled]) -> None:
    with pytest.raises(OutcomeUnknown), reading_up(what()):
        raise PoolTimeout


def test_who_has_new_keys_to_read_knows_that_nothing_was_appended() -> None:
    with pytest.raises(PoolTimeout), reading_up(OwnerKnown()):
        raise PoolTimeout
