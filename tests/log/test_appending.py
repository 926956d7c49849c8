"""Appending: positions without gaps, conditions, keys, and neighbours that do no harm."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from eventsourcing.dcb.api import DCBAppendCondition
from msgspec import structs

from domain.vocabulary import Narrative
from service.log.draft import LARGEST_BYTES
from service.log.store import ConditionFailed, EventLog, KeyReused, Outcome, TooLarge
from tests.log.requests import RECEIVED, appending, at_once, concerns, received, unless


def positions(log: EventLog) -> list[int]:
    return [recorded.position for recorded in log.read().events]


def test_positions_follow_each_other_from_one(log: EventLog) -> None:
    outcomes = [log.append(appending(received(), received())) for _ in range(3)]
    assert [outcome.position for outcome in outcomes] == [2, 4, 6]
    assert positions(log) == [1, 2, 3, 4, 5, 6]


def test_many_callers_at_once_each_get_their_own_positions(log: EventLog) -> None:
    outcomes = at_once([lambda: log.append(appending())] * 60)
    found = [outcome.position for outcome in outcomes if isinstance(outcome, Outcome)]
    assert sorted(found) == list(range(1, 61))
    assert positions(log) == list(range(1, 61))


def test_each_caller_is_answered_with_what_it_appended(log: EventLog) -> None:
    requests = [appending() for _ in range(40)]
    outcomes = at_once([lambda r=request: log.append(r) for request in requests])
    for request, outcome in zip(requests, outcomes, strict=True):
        assert isinstance(outcome, Outcome)
        recorded = log.at(outcome.position)
        assert recorded
        assert recorded.fact == request.facts[0]
        assert recorded.recorded_at == outcome.recorded_at


def test_several_processes_share_the_positions(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other = other_process()
    outcomes = at_once([lambda: log.append(appending()), lambda: other.append(appending())] * 20)
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    assert positions(log) == list(range(1, 41))


def test_the_time_of_an_event_is_never_before_that_of_the_one_below(log: EventLog) -> None:
    at_once([lambda: log.append(appending())] * 20)
    times = [recorded.recorded_at for recorded in log.read().events]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "condition",
    [
        unless(concerns("actor_a", types=[RECEIVED])),
        unless(concerns("actor_a")),
        unless(concerns(types=[RECEIVED])),
        unless(concerns(types=["pilot.decided", RECEIVED])),
        unless(concerns("actor_a", "nis:11001")),
        unless(concerns("actor_b"), concerns("actor_a", types=[RECEIVED])),
        unless(),
    ],
)
def test_a_condition_names_the_event_in_the_way(
    log: EventLog, condition: DCBAppendCondition
) -> None:
    log.append(appending(received(asked_by="actor_b", municipality="11002")))
    log.append(appending(received(asked_by="actor_a")))
    with pytest.raises(ConditionFailed) as failed:
        log.append(appending(condition=_after(condition, 1)))
    assert failed.value.position == 2


@pytest.mark.parametrize(
    "condition",
    [
        unless(concerns("actor_a", types=["pilot.decided"])),
        unless(concerns("actor_c")),
        unless(concerns(types=["pilot.decided"])),
        unless(concerns("actor_a", "nis:11002")),
        unless(concerns("actor_a"), after=2),
        unless(after=2),
    ],
)
def test_what_a_condition_does_not_name_is_not_in_the_way(
    log: EventLog, condition: DCBAppendCondition
) -> None:
    log.append(appending(received(asked_by="actor_b", municipality="11002")))
    log.append(appending(received(asked_by="actor_a")))
    assert log.append(appending(condition=condition)).position == 3


def _after(condition: DCBAppendCondition, after: int) -> DCBAppendCondition:
    return DCBAppendCondition(condition.fail_if_events_match, after)


def test_of_those_who_saw_the_same_past_one_gets_its_way(log: EventLog) -> None:
    outcomes = at_once(
        [
            lambda: log.append(
                appending(received("request_one"), condition=unless(concerns("request_one")))
            )
        ]
        * 16
    )
    assert sum(isinstance(outcome, Outcome) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ConditionFailed) for outcome in outcomes) == 15
    assert positions(log) == [1]


def test_a_refused_request_does_its_neighbours_no_harm(log: EventLog) -> None:
    log.append(appending(received("request_taken")))
    refused = appending(condition=unless(concerns("request_taken")))
    outcomes = at_once([lambda: log.append(appending()), lambda: log.append(refused)] * 10)
    assert sum(isinstance(outcome, ConditionFailed) for outcome in outcomes) == 10
    assert positions(log) == list(range(1, 12))


def test_beside_a_refused_request_the_outcomes_that_are_kept_are_those_that_were_told(
    log: EventLog,
) -> None:
    log.append(appending(received("request_taken")))
    refused = appending(condition=unless(concerns("request_taken")))
    requests = [
        appending(*(received() for _ in range(1 + n % 3)), key=uuid4(), digest=b"body")
        for n in range(12)
    ]
    appends = [lambda request=request: log.append(request) for request in requests]
    told = at_once([call for each in appends for call in (lambda: log.append(refused), each)])[1::2]
    assert at_once(appends) == told
    assert positions(log) == list(range(1, log.head() + 1))


def test_a_request_that_is_too_large_does_its_neighbours_no_harm(log: EventLog) -> None:
    large = appending(received(question=Narrative("x" * LARGEST_BYTES)))
    outcomes = at_once([lambda: log.append(appending()), lambda: log.append(large)] * 5)
    assert sum(isinstance(outcome, TooLarge) for outcome in outcomes) == 5
    assert positions(log) == list(range(1, 6))


def test_what_cannot_be_encoded_does_its_neighbours_no_harm(log: EventLog) -> None:
    broken = appending(received(question=Narrative("half of a pair: \ud800")))
    outcomes = at_once([lambda: log.append(appending()), lambda: log.append(broken)] * 5)
    assert sum(isinstance(outcome, UnicodeError) for outcome in outcomes) == 5
    assert positions(log) == list(range(1, 6))


def test_what_the_server_does_not_take_does_its_neighbours_no_harm(log: EventLog) -> None:
    # A null character can stand in no text of PostgreSQL.
    broken = appending(received("request_\0"), key=uuid4())
    outcomes = at_once([lambda: log.append(appending()), lambda: log.append(broken)] * 5)
    assert sum(isinstance(outcome, Outcome) for outcome in outcomes) == 5
    assert positions(log) == list(range(1, 6))


def test_the_same_key_gets_the_first_outcome_again(log: EventLog) -> None:
    request = appending(key=uuid4(), digest=b"body")
    first = log.append(request)
    assert log.append(request) == first
    assert positions(log) == [1]


def test_the_same_key_with_another_body_is_refused(log: EventLog) -> None:
    key = uuid4()
    log.append(appending(key=key, digest=b"body"))
    with pytest.raises(KeyReused):
        log.append(appending(key=key, digest=b"other"))
    assert positions(log) == [1]


def test_two_at_once_with_one_key_have_one_effect_and_both_hear_of_it(log: EventLog) -> None:
    request = appending(key=uuid4(), digest=b"body")
    outcomes = at_once([lambda: log.append(request)] * 8)
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert isinstance(outcomes[0], Outcome)
    assert positions(log) == [1]


def test_one_key_in_two_processes_at_once_has_one_effect(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other, request = other_process(), appending(key=uuid4(), digest=b"body")
    outcomes = at_once([lambda: log.append(request), lambda: other.append(request)] * 4)
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert positions(log) == [1]


def test_the_outcome_of_what_was_already_so_is_kept_too(log: EventLog) -> None:
    log.append(appending())
    request = appending(key=uuid4(), digest=b"body")
    nothing = structs.replace(request, facts=())
    first = log.append(nothing)
    assert (first.position, first.events) == (1, ())
    log.append(appending())
    assert log.append(nothing) == first


def test_a_text_sealed_by_one_process_is_read_by_another(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    other, fact = other_process(), received("request_shared", question=Narrative("Hoe?"))
    # Each makes a key for the same owner; the first to append has it.
    at_once([lambda: log.append(appending(fact)), lambda: other.append(appending(fact))])
    for reader in (log, other):
        assert [r.fact for r in reader.read(unsealed=True).events] == [fact, fact]
