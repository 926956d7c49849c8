"""Many events at once: the same positions, texts and keys as one by one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.dcb.api import DCBQuery
from msgspec import structs
from psycopg import errors, sql

from domain.facts import Fact
from domain.vocabulary import Narrative
from service.log.bulk import FIRST_BYTES
from service.log.copying import Copying
from service.log.store import AppendRequest, ConditionFailed, EventLog, TooLarge
from tests.log.requests import RECEIVED, appending, at_once, concerns, received, unless

STRETCHES: Final = 1000
"""So many events go to the server in several stretches."""
TABLES: Final = ("event", "event_tag", "vault", "vault_key", "outcome")


def several() -> list[AppendRequest]:
    """Requests whose events go in several stretches, each with a key."""
    requests = [appending(key=uuid4(), digest=b"body") for _ in range(STRETCHES)]
    assert STRETCHES * 400 > 3 * FIRST_BYTES
    return requests


def a_stretch() -> AppendRequest:
    """A request whose event is a stretch, and more than what is under way to the server at once.

    So the server is not done with it before the next is made.
    """
    return structs.replace(appending(), request_id="x" * 1_500_000)


class Seen(list[Fact]):
    """Facts at which something is looked for."""

    def __init__(self, fact: Fact, look: Callable[[], None]) -> None:
        super().__init__([fact])
        self._look = look

    def __iter__(self) -> Iterator[Fact]:
        self._look()
        return super().__iter__()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For each stretch that is being copied, the process of the server that takes it in."""
    processes: list[int] = []
    begin = Copying.begin

    def noted(self: Copying, tables: Sequence[tuple[bytes, bytes]]) -> None:
        begin(self, tables)
        processes.append(self._connection.info.backend_pid)  # pyright: ignore[reportPrivateUsage]

    monkeypatch.setattr(Copying, "begin", noted)
    return processes


def rows(url: str) -> dict[str, int]:
    """How many rows there are of what an append stores."""
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(
                sql.SQL("select from {}").format(sql.Identifier("aanzet", table))
            ).rowcount
            for table in TABLES
        }


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


def test_each_of_very_many_is_found_and_read_as_one_that_came_alone(log: EventLog) -> None:
    requests = several()
    assert log.append_all(requests, 0) == STRETCHES
    for position in (1, STRETCHES // 2, STRETCHES):
        request = requests[position - 1]
        (found,) = log.read(DCBQuery(items=[concerns(request.thing)]), unsealed=True).events
        assert found.position == position
        assert found.fact == request.facts[0]
        assert log.append(request).position == position
    found = log.read(DCBQuery(items=[concerns(types=[RECEIVED])])).events
    assert [event.position for event in found] == list(range(1, STRETCHES + 1))


def test_the_server_takes_them_in_while_the_next_are_made(log: EventLog, begun: list[int]) -> None:
    before: list[int] = []
    next_one = Seen(received(), lambda: before.append(len(begun)))
    log.append_all([a_stretch(), structs.replace(appending(), facts=next_one)], 0)
    assert before == [1]
    assert len(begun) == 2
    assert log.head() == 2


def test_a_thing_keeps_its_key_however_many_come_in_between(
    log: EventLog, database_url: str
) -> None:
    requests = [appending(received("request_kept")), *several()]
    log.append_all([*requests, appending(received("request_kept"))], 0)
    texts = log.read(DCBQuery(items=[concerns("request_kept")]), unsealed=True).events
    assert [event.fact for event in texts] == [received("request_kept")] * 2
    assert rows(database_url)["vault_key"] == STRETCHES + 1


def test_none_is_stored_if_the_last_cannot_be_made(log: EventLog, database_url: str) -> None:
    endless = received(question=Narrative("x" * 3_000_000))
    with pytest.raises(TooLarge):
        log.append_all([*several(), appending(endless)], 0)
    assert rows(database_url) == dict.fromkeys(TABLES, 0)
    assert log.append_all([appending()], 0) == 1


def test_none_is_stored_if_somebody_interrupts(
    log: EventLog, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    interrupted = structs.replace(appending(), facts=Seen(received(), interrupt))
    with pytest.raises(KeyboardInterrupt):
        log.append_all([a_stretch(), interrupted], 0)
    assert rows(database_url) == dict.fromkeys(TABLES, 0)
    assert log.append_all([appending()], 0) == 1
    # Nothing else is asked on the connection, which is in the middle of it.
    assert {record.name for record in caplog.records} == {"psycopg.pool"}


def test_none_is_stored_if_the_server_ends_the_connection(
    log: EventLog, database_url: str, begun: list[int]
) -> None:
    with psycopg.connect(database_url, autocommit=True) as beside:

        def end_it() -> None:
            (process,) = begun
            beside.execute("select pg_terminate_backend(%s, 10000)", [process])

        ended = structs.replace(appending(), facts=Seen(received(), end_it))
        with pytest.raises(psycopg.OperationalError):
            log.append_all([a_stretch(), ended, *several()], 0)
    assert rows(database_url) == dict.fromkeys(TABLES, 0)
    assert log.append_all([appending()], 0) == 1


@pytest.mark.parametrize("position", [1, STRETCHES // 2, STRETCHES])
def test_none_is_stored_if_the_server_refuses_one(
    log: EventLog, database_url: str, position: int
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(f"alter table aanzet.event add check (position <> {position})".encode())
    with pytest.raises(errors.CheckViolation):
        log.append_all(several(), 0)
    assert rows(database_url) == dict.fromkeys(TABLES, 0)
    assert log.head() == 0


def test_why_one_is_refused_is_said_though_the_next_is_on_its_way(
    log: EventLog, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("alter table aanzet.event add check (position > 1)")
    long = structs.replace(appending(), request_id="x" * 1_900_000)
    with pytest.raises(errors.CheckViolation):
        log.append_all([appending(), long], 0)


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


def test_so_are_those_that_come_after_very_many(
    log: EventLog, other_process: Callable[[], EventLog]
) -> None:
    met = [appending(received(f"request_met_{n}")) for n in range(2)]
    other_process().append_all(met, 0)
    requests = several()
    assert log.append_all([met[0], *requests, *met], 2) == STRETCHES + 5
    facts = [event.fact for event in log.read(unsealed=True).events]
    sent = [*met, met[0], *requests, *met]
    assert facts == [request.facts[0] for request in sent]
