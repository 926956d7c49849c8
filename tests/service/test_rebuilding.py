"""Rebuilding: a view is filled anew beside the one that is read, and nobody notices."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import NoneType
from typing import Any

import pytest
from psycopg import DataError, sql

from domain.conversations import FACTS
from domain.facts import stored_name, tags
from domain.support_requests import SupportRequestHandled
from projections import histories, names, pilots, rebuilding, support_requests
from projections.catalogue import VIEWS
from projections.checking import check
from projections.folding import Unfoldable
from projections.leases import positions
from projections.parking import parked
from projections.projector import Projector
from projections.rebuilding import (
    RebuiltElsewhere,
    drop_gone,
    drop_leftovers,
    leftovers,
    nothing,
    rebuild,
)
from projections.tables import set_up
from projections.view import Column, View
from service.cli import main
from service.running import Following, Service
from service.signin import Role
from tests.client import Api
from tests.facts import SAMPLES
from tests.log.looking import until
from tests.projections.told import appending, choking, next_version, register, tell
from tests.service.conftest import Doctor

REQUESTS = support_requests.VIEW
NEWER = next_version(
    REQUESTS,
    columns={**REQUESTS.columns, "steps": Column("bigint", lambda row: row.steps)},
)


def rows(service: Service, view: View, column: str = "status") -> dict[str, Any]:
    with service.pool.connection() as connection:
        return dict(
            connection.execute(
                sql.SQL("select key, {} from {}").format(
                    sql.Identifier(column), sql.Identifier(view.table)
                )
            ).fetchall()
        )


def differing(service: Service, *views: View) -> list[str]:
    verdicts = check(service.pool, Following(service.log), views or VIEWS, nothing)
    return [one.key for verdict in verdicts for one in verdict.differences]


def tamper(service: Service, statement: str) -> None:
    with service.pool.connection() as connection:
        connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]


@pytest.fixture
def told(service: Service) -> Service:
    """A service whose views show the whole story."""
    tell(service)
    service.projector.catch_up()
    return service


def with_newer(service: Service) -> Projector:
    """The projector of a program with a newer version of a view."""
    with service.pool.connection() as connection:
        set_up(connection, [NEWER])
    return Projector(service.pool, Following(service.log), [NEWER])


def test_a_new_version_shows_the_rows_of_the_old_until_its_own_are_there(told: Service) -> None:
    before = rows(told, REQUESTS)
    assert before
    with_newer(told)
    assert rows(told, NEWER) == before
    assert set(rows(told, NEWER, "steps").values()) == {None}
    with told.pool.connection() as connection:
        assert positions(connection, [NEWER]) == positions(connection, [REQUESTS])
    rebuild(told.pool, Following(told.log), NEWER)
    assert rows(told, NEWER) == before
    assert None not in rows(told, NEWER, "steps").values()
    assert differing(told, NEWER) == []


def test_rows_of_a_version_that_kept_no_words_and_months_are_found_by_them(told: Service) -> None:
    texts = {**REQUESTS.columns, "q": Column("text", REQUESTS.columns["q"].value)}
    bare = next_version(REQUESTS, columns=texts, indexes=(("at",),), beside=(), by_month=False)
    with told.pool.connection() as connection:
        set_up(connection, [bare])
    rebuild(told.pool, Following(told.log), bare)
    newest = next_version(bare, columns=REQUESTS.columns, by_month=True)
    with told.pool.connection() as connection:
        set_up(connection, [newest])
    assert rows(told, newest, "q") == rows(told, bare, "q")
    for column in ("q_words", "month"):
        shown = rows(told, newest, column)
        assert {type(value) for value in shown.values()} != {NoneType}
        rebuild(told.pool, Following(told.log), newest)
        assert rows(told, newest, column) == shown


def test_a_history_that_was_kept_by_names_is_read_until_the_new_one_is_there(told: Service) -> None:
    with told.pool.connection() as connection:
        all_of = sql.SQL("select * from {} order by position, thing").format(
            sql.Identifier(histories.VIEW.table)
        )
        before = connection.execute(all_of).fetchall()
        named = {histories.short(name): name for name in map(stored_name, FACTS)} | {
            histories.short(tag): tag for fact in SAMPLES.values() for tag in tags(fact)
        }
        tamper(told, f"drop table {histories.VIEW.table}; truncate view_position")
        tamper(
            told,
            "create table view_history_3 (thing text, position bigint, at timestamptz,"
            " visibility text, type text, corrected bigint, primary key (thing, position));"
            " insert into view_position (view, position) values ('view_history_3', 0)",
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into view_history_3 (thing, position, at, visibility, type, corrected)"
                " values (%s, %s, %s, %s, %s, %s)",
                [
                    (named[thing], position, at, str(histories.SEEN[seen]), named[kind], by)
                    for thing, position, at, seen, kind, by in before
                ],
            )
        set_up(connection, [histories.VIEW])
        assert connection.execute(all_of).fetchall() == before != []
    rebuild(told.pool, Following(told.log), histories.VIEW)
    assert differing(told, histories.VIEW) == []


def test_a_program_that_knows_a_history_by_names_does_not_take_the_new_one_for_empty(
    told: Service,
) -> None:
    tamper(
        told,
        "create table view_history_3 (thing text, position bigint, at timestamptz,"
        " visibility text, type text, corrected bigint, primary key (thing, position));"
        " insert into view_position (view, position) values ('view_history_3', 0)",
    )
    rebuild(told.pool, Following(told.log), histories.VIEW)
    with told.pool.connection() as connection, pytest.raises(DataError):
        connection.execute("select from view_history_3 where thing = %s", ["pilot_x"])


def test_a_program_of_the_old_version_is_shown_the_new_rows(told: Service) -> None:
    before = rows(told, REQUESTS, "doc")
    newer = with_newer(told)
    rebuild(told.pool, Following(told.log), NEWER)
    tell(told)
    newer.catch_up()
    # It keeps them no longer itself.
    told.projector.catch_up()
    assert rows(told, REQUESTS, "doc") == rows(told, NEWER, "doc") != before
    with told.pool.connection() as connection:
        assert positions(connection, [REQUESTS])["requests"] == told.log.head()
    rebuild(told.pool, Following(told.log), NEWER)
    assert rows(told, REQUESTS) == rows(told, NEWER)


def test_a_projector_that_starts_fills_the_new_version(told: Service) -> None:
    newer = with_newer(told)
    newer.start()
    try:
        while None in rows(told, NEWER, "steps").values():
            pass
    finally:
        newer.stop()
    assert differing(told, NEWER) == []


def test_a_rebuild_mends_rows_and_what_a_projector_remembers_of_them(told: Service) -> None:
    handled = SAMPLES[SupportRequestHandled]
    nonsense = "convert_to(replace(convert_from(doc, 'UTF8'), 'channel', 'nonsense'), 'UTF8')"
    tamper(told, f"update {REQUESTS.table} set doc = {nonsense}")
    assert differing(told, REQUESTS) == sorted(rows(told, REQUESTS))
    remembering = Projector(told.pool, Following(told.log), VIEWS)
    told.log.append(appending("", handled))
    remembering.catch_up()
    rebuild(told.pool, Following(told.log), REQUESTS)
    told.log.append(appending("", handled))
    remembering.catch_up()
    assert differing(told) == []


def test_rows_that_another_process_wrote_are_read_anew(told: Service) -> None:
    other = Projector(told.pool, Following(told.log), VIEWS)
    for _ in range(2):
        for projector in (told.projector, other):
            tell(told)
            projector.catch_up()
    assert differing(told) == []


def test_an_event_that_the_new_rows_cannot_take_leaves_the_old_ones(told: Service) -> None:
    before = rows(told, REQUESTS)
    with pytest.raises(Unfoldable):
        rebuild(told.pool, Following(told.log), choking(REQUESTS, at=11))
    assert rows(told, REQUESTS) == before
    assert differing(told, REQUESTS) == []


def test_a_new_version_that_cannot_be_filled_is_parked(told: Service) -> None:
    with_newer(told)
    poisoned = choking(NEWER, at=11)
    projector = Projector(told.pool, Following(told.log), [poisoned])
    projector.start()
    try:
        with told.pool.connection() as connection:
            while not (reports := parked(connection, [NEWER])):
                pass
    finally:
        projector.stop()
    assert [(report.view, report.position) for report in reports] == [("requests", 11)]
    assert rows(told, NEWER) == rows(told, REQUESTS)


@pytest.fixture
def left(told: Service) -> str:
    """What a rebuild leaves that is killed."""
    table = f"{REQUESTS.table}_new"
    tamper(told, f"create table {table} (key text)")
    return table


def test_what_a_killed_rebuild_left_is_told_and_goes_at_the_next_start(
    told: Service, left: str, doctor: Doctor
) -> None:
    says = f"Left by a rebuild that was broken off: {left}; dropped at the next start."
    code, lines = doctor()
    assert (code, says in lines) == (0, True)
    told.projector.start()
    try:
        with told.pool.connection() as connection:
            until(lambda: not leftovers(connection))
    finally:
        told.projector.stop()
    assert says not in doctor()[1]


def test_a_view_that_is_kept_no_more_goes_with_its_texts(told: Service) -> None:
    with told.pool.connection() as connection:
        connection.execute("create table view_lines_1 (text text)")
        connection.execute("insert into view_position (view, position) values ('view_lines_1', 3)")
        drop_gone(connection)
        found = connection.execute(
            "select to_regclass('view_lines_1'), (select count(*) from view_position"
            " where view = 'view_lines_1'), to_regclass(%s)",
            [REQUESTS.table],
        ).fetchone()
    assert found == (None, 0, REQUESTS.table)


def test_what_is_being_filled_now_is_not_dropped(told: Service, left: str) -> None:
    with told.pool.connection() as other, told.pool.connection() as connection:
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [REQUESTS.table])
        assert leftovers(connection) == drop_leftovers(connection) == []
        other.execute("select pg_advisory_unlock_all()")
        assert drop_leftovers(connection) == [left]


def test_a_rebuild_that_fails_leaves_nothing(told: Service) -> None:
    with pytest.raises(Unfoldable):
        rebuild(told.pool, Following(told.log), choking(REQUESTS, at=11))
    with told.pool.connection() as connection:
        assert leftovers(connection) == []


def test_a_switch_that_meets_a_reader_head_on_is_tried_again(
    told: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader holds the table and waits for the position, the switch the other way round."""
    monkeypatch.setattr(rebuilding, "PATIENT", "set local deadlock_timeout = '10ms'")
    failed: list[BaseException] = []
    with (
        told.pool.connection() as reader,
        meanwhile_once(lambda: rebuild(told.pool, Following(told.log), REQUESTS), failed) as begin,
        reader.transaction(),
    ):
        reader.execute("set local deadlock_timeout = '1min'")
        reader.execute(f"select from {REQUESTS.table}")  # pyright: ignore[reportArgumentType, reportCallIssue]
        begin()
        with told.pool.connection() as looking:
            while not is_waiting(looking):
                pass
        reader.execute("select from view_position where view = %s for update", [REQUESTS.table])
    assert failed == []
    assert differing(told, REQUESTS) == []


def is_waiting(connection: Any) -> bool:
    row = connection.execute(
        "select from pg_locks where not granted and relation = %s::regclass", [REQUESTS.table]
    ).fetchone()
    return row is not None


def test_a_view_is_rebuilt_by_one_at_a_time(told: Service) -> None:
    with told.pool.connection() as connection:
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [REQUESTS.table])
        with pytest.raises(RebuiltElsewhere):
            rebuild(told.pool, Following(told.log), REQUESTS)
        connection.execute("select pg_advisory_unlock_all()")
    rebuild(told.pool, Following(told.log), REQUESTS)


def test_a_parked_view_goes_on_after_a_rebuild(service: Service) -> None:
    register(service, "Een")
    views = [choking(names.VIEW, at=1)]
    Projector(service.pool, Following(service.log), views).catch_up()
    with service.pool.connection() as connection:
        assert parked(connection, views)
        rebuild(service.pool, Following(service.log), names.VIEW)
        assert parked(connection, views) == []
        assert positions(connection, views) == {"names": 1}


@contextmanager
def meanwhile_once(
    work: Callable[[], object], failed: list[BaseException]
) -> Generator[Callable[[], None]]:
    """Do this in a thread from when it is told until it is done; the block's end waits for it."""

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            failed.append(error)

    thread = threading.Thread(target=run)
    try:
        yield thread.start
    finally:
        thread.join()


@contextmanager
def meanwhile(*works: Any) -> Generator[list[BaseException]]:
    """Do these again and again in threads of their own, for as long as the block runs."""
    done, failed = threading.Event(), list[BaseException]()

    def repeat(work: Any) -> None:
        while not done.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - looked at by the test
                failed.append(error)
                return

    threads = [threading.Thread(target=repeat, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_rebuilding_every_view_while_commands_flow_loses_doubles_and_hides_nothing(
    api: Api, service: Service
) -> None:
    tell(service)
    body = {"kind": "citizen", "name": "Iemand"}
    reader = Api(str(api.http.base_url), service.issuer.sign("reader", Role.COORDINATOR))

    def write() -> None:
        api.record("/actors", body)

    def read() -> None:
        for path in ("/pilots", "/requests", "/actors", "/municipalities/44021/history"):
            reader.get(path)

    with meanwhile(write, read) as failed:
        for view in VIEWS:
            rebuild(service.pool, Following(service.log), view)
    reader.close()
    assert failed == []
    assert service.log.head() > len(rows(service, pilots.VIEW))
    assert differing(service) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a view, or say --all."),
        (["pilots", "--all"], "Name a view, or say --all."),
        (["pilot"], "There is no view 'pilot'; there are "),
    ],
)
def test_what_is_asked_of_rebuild_is_checked(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rebuild", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"aanzet: {said}")


def test_a_process_may_start_while_a_new_version_is_still_empty(told: Service) -> None:
    with told.pool.connection() as connection:
        set_up(connection, [NEWER])
        set_up(connection, [NEWER])
    assert rows(told, NEWER) == rows(told, REQUESTS)


def test_an_older_program_may_start_again_after_a_new_version_took_over(told: Service) -> None:
    before = rows(told, REQUESTS)
    with told.pool.connection() as connection:
        set_up(connection, [NEWER])
    rebuild(told.pool, Following(told.log), NEWER)
    with told.pool.connection() as connection:
        set_up(connection, [REQUESTS])
    assert rows(told, REQUESTS) == before
