"""The log on PostgreSQL: gapless, conditional, sealed, and the same for everybody who reads."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from msgspec import structs

from domain.boundaries import about, query
from domain.co_creation import CoCreationStarted
from domain.facts import API, Fact, stored_name
from domain.initiatives import InitiativeRegistered, InitiativeRested, InitiativeResumed
from domain.support_requests import SupportRequestAssigned, SupportRequestReceived
from domain.vocabulary import InitiativeId, RequestId
from domain.workshops import WorkshopHeld, WorkshopPlanned
from service.clock import StoryClock, system_clock
from service.database import DatabaseUnusable, open_pool
from service.log.schema import MIGRATIONS
from service.log.store import (
    AppendRequest,
    ConditionFailed,
    EventLog,
    KeyReused,
    Outcome,
    Pool,
    WrongSecret,
)
from service.running import Service
from tests.conftest import SECRET
from tests.facts import (
    CITIZEN,
    COORDINATOR,
    INITIATIVE,
    OTHER_INITIATIVE,
    REQUEST,
    SAMPLES,
    STORY,
    WORKSHOP,
    sample_id,
)

THREADS: Final = 8
APPENDS: Final = 40
NOON: Final = datetime(2025, 3, 3, 12, tzinfo=UTC)
RESTED: Final = SAMPLES[InitiativeRested]
KEY: Final = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def resumed(number: int) -> Fact:
    """A fact about an initiative of its own."""
    return InitiativeResumed(initiative=InitiativeId(sample_id("initiative", number)))


def request(*facts: Fact, **more: Any) -> AppendRequest:
    said: dict[str, Any] = {
        "thing": INITIATIVE,
        "facts": facts,
        "occurred_at": NOON,
        "recorded_by": COORDINATOR,
        "source": API,
        "request_id": "test",
    }
    return AppendRequest(**(said | more))


def unless(*items: DCBQueryItem, after: int = 0) -> DCBAppendCondition:
    """The condition that nothing of this was appended since a position."""
    return DCBAppendCondition(fail_if_events_match=DCBQuery(items=list(items)), after=after)


def at_once(*works: Callable[[], object]) -> list[Any]:
    """Do everything at the same moment, each in a thread; give back what came of it."""
    barrier = threading.Barrier(len(works))

    def start(work: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return work()
        except (ConditionFailed, KeyReused) as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(start, works))


@pytest.fixture
def log(service: Service) -> EventLog:
    return service.log


def positions(log: EventLog, after: int = 0) -> list[int]:
    return [event.position for event in log.read(after=after).events]


# Positions.


def test_an_empty_log_ends_at_nothing(log: EventLog) -> None:
    assert log.head() == 0
    assert log.read() == ([], 0)
    assert log.at(1) is None


def test_facts_get_the_next_positions_in_their_order(log: EventLog) -> None:
    assert log.append(request(resumed(1), resumed(2))).position == 2
    outcome = log.append(request(resumed(3)))
    assert outcome.position == 3
    assert [event.type for event in outcome.events] == ["initiative.resumed"]
    assert [event.fact for event in log.read().events] == [resumed(1), resumed(2), resumed(3)]
    assert log.head() == 3


def test_appending_nothing_says_where_the_log_stood(log: EventLog) -> None:
    log.append(request(resumed(1)))
    outcome = log.append(request())
    assert (outcome.position, outcome.events) == (1, ())
    assert log.head() == 1


def test_the_whole_story_reads_back(log: EventLog) -> None:
    for event in STORY:
        log.append(
            request(
                event.fact,
                occurred_at=event.occurred_at,
                source=event.source,
                request_id=event.request_id,
                on_behalf_of=CITIZEN,
                out_of_order=True,
            )
        )
    read = log.read(unsealed=True).events
    assert [event.fact for event in read] == [event.fact for event in STORY]
    assert [event.occurred_at for event in read] == [event.occurred_at for event in STORY]
    assert {(e.on_behalf_of, e.out_of_order, e.recorded_by) for e in read} == {
        (CITIZEN, True, COORDINATOR)
    }
    assert log.at(7) == read[6]


def test_positions_are_gapless_and_no_reader_misses_one(log: EventLog) -> None:
    """Readers poll while others append: who has seen position n has seen all below it."""
    done = threading.Event()

    def write(writer: int) -> list[int]:
        return [log.append(request(resumed(writer * APPENDS + n))).position for n in range(APPENDS)]

    def follow() -> list[int]:
        seen: list[int] = []
        while True:
            last = done.is_set()
            events, head = log.read(after=seen[-1] if seen else 0)
            seen += [event.position for event in events]
            assert not events or events[-1].position == head
            if last:
                return seen

    with ThreadPoolExecutor(THREADS + 2) as pool:
        readers = [pool.submit(follow) for _ in range(2)]
        writers = [pool.submit(write, writer) for writer in range(THREADS)]
        wait(writers)
        done.set()
        written = [writer.result() for writer in writers]
        followed = [reader.result() for reader in readers]

    everything = list(range(1, THREADS * APPENDS + 1))
    assert sorted(position for each in written for position in each) == everything
    assert all(each == sorted(each) for each in written)
    for seen in followed:
        skipped = set(everything) - set(seen)
        assert len(skipped) == 0
        assert seen == everything


def test_a_read_goes_on_where_the_last_one_stopped(log: EventLog) -> None:
    log.append(request(*(resumed(n) for n in range(1, 8))))
    first = log.read(limit=3)
    assert ([event.position for event in first.events], first.head) == ([1, 2, 3], 7)
    assert positions(log, after=3) == [4, 5, 6, 7]
    assert log.read(after=7) == ([], 7)


# Queries and conditions.

ABOUT_INITIATIVE: Final = about(INITIATIVE)
RESTS_OF_INITIATIVE: Final = about(INITIATIVE, InitiativeRested)
ALL_RESTS: Final = DCBQueryItem(types=[stored_name(InitiativeRested)], tags=[])
BOTH_TAGS: Final = DCBQueryItem(types=[], tags=[INITIATIVE, WORKSHOP])

PAST: Final = (
    SAMPLES[InitiativeRegistered],
    SAMPLES[WorkshopPlanned],
    SAMPLES[SupportRequestReceived],
    RESTED,
    SAMPLES[WorkshopHeld],
    InitiativeRested(initiative=OTHER_INITIATIVE, reason=RESTED.reason),  # pyright: ignore[reportAttributeAccessIssue]
)


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([ABOUT_INITIATIVE], [1, 2, 4, 5]),
        ([RESTS_OF_INITIATIVE], [4]),
        ([ALL_RESTS], [4, 6]),
        ([BOTH_TAGS], [2, 5]),
        ([about(CITIZEN), RESTS_OF_INITIATIVE], [1, 2, 3, 4, 5]),
        ([about(INITIATIVE, InitiativeRested, WorkshopHeld)], [4, 5]),
        ([DCBQueryItem(types=[stored_name(WorkshopHeld)], tags=[INITIATIVE, WORKSHOP])], [5]),
        ([about(sample_id("pilot", 9))], []),
        ([about("nis:11001", SupportRequestReceived), ALL_RESTS], [3, 4, 6]),
        ([], [1, 2, 3, 4, 5, 6]),
        ([DCBQueryItem(types=[], tags=[stored_name(InitiativeRested)])], []),
    ],
    ids=[
        "a tag",
        "a tag and a type",
        "a type",
        "two tags",
        "either of two",
        "a tag and either of two types",
        "two tags and a type",
        "unknown tag",
        "two of different kinds",
        "all",
        "a type is no tag",
    ],
)
def test_a_query_selects_by_tags_and_types(
    log: EventLog, items: list[DCBQueryItem], found: list[int]
) -> None:
    log.append(request(*PAST))
    wanted = DCBQuery(items=items)
    assert [event.position for event in log.read(wanted).events] == found
    later = [position for position in found if position > 3]
    assert [event.position for event in log.read(wanted, after=3).events] == later
    assert [event.position for event in log.read(wanted, limit=2).events] == found[:2]
    assert log.read(wanted).head == len(PAST)


@pytest.mark.parametrize(
    ("items", "after", "position"),
    [
        ([ABOUT_INITIATIVE], 0, 1),
        ([ABOUT_INITIATIVE], 2, 4),
        ([RESTS_OF_INITIATIVE], 3, 4),
        ([ALL_RESTS], 4, 6),
        ([BOTH_TAGS], 2, 5),
        ([about(sample_id("pilot", 9)), ALL_RESTS], 5, 6),
        ([ALL_RESTS, ABOUT_INITIATIVE], 0, 1),
        ([], 5, 6),
    ],
)
def test_a_condition_fails_on_what_was_appended_since(
    log: EventLog, items: list[DCBQueryItem], after: int, position: int
) -> None:
    log.append(request(*PAST))
    with pytest.raises(ConditionFailed) as failed:
        log.append(request(resumed(1), condition=unless(*items, after=after)))
    assert failed.value.position == position
    assert log.head() == len(PAST)


@pytest.mark.parametrize(
    ("items", "after"),
    [
        ([ABOUT_INITIATIVE], 5),
        ([RESTS_OF_INITIATIVE], 4),
        ([ALL_RESTS], 6),
        ([BOTH_TAGS], 5),
        ([about(sample_id("pilot", 9))], 0),
        ([about(INITIATIVE, SupportRequestAssigned)], 0),
        ([about(REQUEST, InitiativeRested), about(WORKSHOP, InitiativeRested)], 0),
        ([], 6),
    ],
)
def test_a_condition_holds_where_nothing_of_it_was_appended_since(
    log: EventLog, items: list[DCBQueryItem], after: int
) -> None:
    log.append(request(*PAST))
    assert log.append(request(resumed(1), condition=unless(*items, after=after))).position == 7


def test_of_many_with_one_condition_only_the_first_is_stored(log: EventLog) -> None:
    for round_ in range(5):
        head = log.head()
        condition = DCBAppendCondition(
            fail_if_events_match=query((RESTS_OF_INITIATIVE,)), after=head
        )
        came = at_once(
            *[lambda: log.append(request(RESTED, condition=condition))] * THREADS  # noqa: B023
        )
        won = [outcome for outcome in came if isinstance(outcome, Outcome)]
        lost = [failed for failed in came if isinstance(failed, ConditionFailed)]
        assert (len(won), len(lost)) == (1, THREADS - 1)
        assert {failed.position for failed in lost} == {won[0].position}
        assert log.head() == round_ + 1


def test_a_refused_append_stores_nothing(service: Service) -> None:
    log = service.log
    log.append(request(RESTED))
    before = dump(service)
    other = structs.replace(
        SAMPLES[CoCreationStarted], initiatives=(InitiativeId(sample_id("initiative", 7)),)
    )
    with pytest.raises(ConditionFailed):
        log.append(request(other, condition=unless(ALL_RESTS), key=KEY, digest=b"one"))
    assert dump(service) == before
    assert log.outcome(KEY, b"one") is None


def dump(service: Service) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Every row of the log's tables, as bytes and texts."""
    tables = ("event", "event_tag", "vault", "vault_key", "outcome")
    with service.pool.connection() as connection:
        return {
            table: connection.execute(f"select * from {table} order by 1, 2").fetchall()  # pyright: ignore[reportArgumentType]
            for table in tables
        }


# Times.


def test_the_time_of_recording_never_goes_back(service: Service, clock: StoryClock) -> None:
    moments = [NOON, NOON - timedelta(days=1), NOON + timedelta(seconds=1), NOON, NOON]
    for number, moment in enumerate(moments, start=1):
        clock.stand_at(moment)
        service.log.append(request(resumed(number)))
    after = NOON + timedelta(seconds=1)
    recorded = [event.recorded_at for event in service.log.read().events]
    assert recorded == [NOON, NOON, after, after, after]
    assert service.log.append(request()).recorded_at == after


# Idempotency.


def test_a_key_gets_its_first_answer_again(log: EventLog) -> None:
    first = log.append(request(resumed(1), key=KEY, digest=b"one"))
    log.append(request(resumed(2)))
    again = log.append(request(resumed(3), thing=OTHER_INITIATIVE, key=KEY, digest=b"one"))
    assert again == first
    assert log.outcome(KEY, b"one") == first
    assert log.head() == 2


def test_a_key_is_answered_before_its_condition_is_looked_at(log: EventLog) -> None:
    condition = unless(ABOUT_INITIATIVE)
    first = log.append(request(RESTED, condition=condition, key=KEY, digest=b"one"))
    assert log.append(request(RESTED, condition=condition, key=KEY, digest=b"one")) == first


def test_a_key_with_another_body_is_refused(log: EventLog) -> None:
    log.append(request(resumed(1), key=KEY, digest=b"one"))
    with pytest.raises(KeyReused):
        log.append(request(resumed(1), key=KEY, digest=b"other"))
    with pytest.raises(KeyReused):
        log.outcome(KEY, b"other")
    assert log.head() == 1


def test_what_was_said_cannot_be_guessed_from_the_digest_that_is_kept(
    log: EventLog, pool: Pool
) -> None:
    """Without the secret nobody can make it, whatever name is tried; nor is it another key's."""
    other = UUID(int=KEY.int + 1)
    said = hashlib.sha256(b"Jan Peeters").digest()
    log.append(request(resumed(1), key=KEY, digest=said))
    log.append_all([request(resumed(2), key=other, digest=said)], after=1)
    with pool.connection() as connection:
        kept = {digest for (digest,) in connection.execute("select digest from outcome")}
    assert len(kept) == 2
    assert not any(said in digest for digest in kept)
    assert log.outcome(other, said) is not None
    elsewhere = EventLog(pool, bytes(32), system_clock)
    with pytest.raises(KeyReused):
        elsewhere.outcome(KEY, said)
    elsewhere.close()


def test_a_digest_that_was_kept_without_a_key_is_known_again(log: EventLog, pool: Pool) -> None:
    said, other = hashlib.sha256(b"one").digest(), hashlib.sha256(b"other").digest()
    with pool.connection() as connection:
        connection.execute(
            "insert into outcome (key, digest, thing, position, events, recorded_at)"
            " values (%s, %s, 'x', 0, 0, now())",
            [KEY, said],
        )
    known = log.outcome(KEY, said)
    assert known is not None
    assert log.append(request(resumed(1), key=KEY, digest=said)) == known
    with pytest.raises(KeyReused):
        log.outcome(KEY, other)


def test_a_key_is_kept_for_what_was_already_so(log: EventLog) -> None:
    first = log.append(request(key=KEY, digest=b"one"))
    log.append(request(resumed(1)))
    assert log.append(request(resumed(2), key=KEY, digest=b"one")) == first
    assert log.head() == 1


def test_one_key_at_the_same_moment_has_one_effect(log: EventLog) -> None:
    def ask() -> Outcome:
        return log.append(request(RESTED, key=KEY, digest=b"one"))

    came = at_once(*[ask] * THREADS)
    assert len(set(came)) == 1
    assert log.head() == 1


def test_of_two_bodies_with_one_key_at_the_same_moment_one_counts(log: EventLog) -> None:
    def ask(digest: bytes) -> Callable[[], Outcome]:
        return lambda: log.append(request(RESTED, key=KEY, digest=digest))

    came = at_once(ask(b"one"), ask(b"other"))
    assert sorted(type(each).__name__ for each in came) == ["KeyReused", "Outcome"]
    assert log.head() == 1


# What is sealed.


def test_sealed_values_stand_in_the_vault_alone_and_locked(service: Service) -> None:
    service.log.append(request(*(event.fact for event in STORY), key=KEY, digest=b"one"))
    rows = dump(service)
    everything = repr(rows).encode() + b"".join(
        bytes(value)
        for table in rows.values()
        for row in table
        for value in row
        if isinstance(value, bytes | memoryview)
    )
    for text in (
        "Burger Voorbeeld",
        "burger@example.org",
        "+32 2 000 00 01",
        "Schepen Voorbeeld",
        "Hoe houden we onze buurttuin levendig?",
        "Bouwde een bank.",
        "Wie missen we nog?",
        "De titel klopte niet.",
        "Wat beweegt er al in onze wijk?",
    ):
        assert any(text in str(event.fact) for event in service.log.read(unsealed=True).events)
        assert text.encode() not in everything


def test_a_decision_reads_commitments(log: EventLog) -> None:
    log.append(request(SAMPLES[SupportRequestReceived]))
    fact: Any = log.read(query((about(RequestId(REQUEST)),))).events[0].fact
    assert fact.question.startswith("sealed:")


def test_a_read_ends_where_it_is_told(log: EventLog) -> None:
    log.append(request(*[RESTED] * 3))
    for asked in (None, query((about(InitiativeId(INITIATIVE)),))):
        ends = [[e.position for e in log.read(asked, after=1, until=end).events] for end in (1, 2)]
        assert ends == [[], [2]]


def test_without_its_key_a_value_reads_as_erased(service: Service) -> None:
    service.log.append(request(STORY[0].fact, SAMPLES[InitiativeRegistered]))
    assert service.log.read(unsealed=True).events[0].fact == STORY[0].fact
    with service.pool.connection() as connection:
        connection.execute("delete from vault_key where owner = %s", [CITIZEN])
    person, initiative = service.log.read(unsealed=True).events
    fact: Any = person.fact
    assert fact.name == fact.email == "[gewist / erased]"
    assert initiative.fact == SAMPLES[InitiativeRegistered]


def test_two_services_share_a_log_and_its_keys(service: Service) -> None:
    with closing(EventLog(service.pool, SECRET, service.clock)) as other:
        at_once(
            *[lambda: service.log.append(request(RESTED)), lambda: other.append(request(RESTED))]
            * 4
        )
        for log in (service.log, other):
            assert [event.fact for event in log.read(unsealed=True).events] == [RESTED] * 8


def test_another_secret_is_refused(service: Service) -> None:
    other = EventLog(service.pool, bytes(32), service.clock)
    with closing(other), pytest.raises(WrongSecret):
        other.check_secret()
    service.log.check_secret()


# The schema.


def test_a_schema_is_set_up_once_however_often_one_starts(empty_database_url: str) -> None:
    for _ in range(2):
        open_pool(empty_database_url).close()
    assert versions(empty_database_url) == list(range(1, len(MIGRATIONS) + 1))


def test_services_that_start_at_the_same_moment_set_it_up_once(empty_database_url: str) -> None:
    pools = at_once(*[lambda: open_pool(empty_database_url)] * 4)
    for pool in pools:
        pool.close()
    assert versions(empty_database_url) == list(range(1, len(MIGRATIONS) + 1))


def test_a_newer_schema_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("insert into aanzet.schema_version values (9999)")
    with pytest.raises(DatabaseUnusable, match="newer version"):
        open_pool(database_url)


def versions(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select version from aanzet.schema_version order by 1").fetchall()
    return [version for (version,) in rows]
