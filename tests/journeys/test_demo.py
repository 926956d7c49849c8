"""The demo: a story of one initiative that the service itself can tell."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from domain.vocabulary import ActorKind, Audience
from service.clock import StoryClock, system_clock
from service.database import DatabaseUnusable
from service.demo.place import check_free, settings_of_demo
from service.demo.reading import Reader
from service.demo.story import STORY, StoryRefused, Telling
from service.demo.tables import is_late
from service.running import Service
from service.settings import Settings
from service.signin import Role
from tests.client import Api
from tests.journeys.conftest import Played
from tests.processes import ROOT, free_port

ELSEWHERE = "postgresql://nobody:not-to-be-told@127.0.0.1:1/nothing"


@pytest.fixture
def client(http: str) -> Generator[httpx.Client]:
    with httpx.Client(base_url=http, trust_env=False) as client:
        yield client


def test_the_story_spans_seven_years_in_more_than_forty_events(played: Played) -> None:
    assert played.service.log.head() == len(STORY) >= 40
    years = {line["occurredAt"][:4] for line in played.history_of_initiative()}
    assert years == {str(year) for year in range(2019, 2026)}


def test_all_kinds_of_actors_and_all_audiences_take_part(played: Played) -> None:
    assert {actor["kind"] for actor in played.api.get("/actors")["items"]} == set(ActorKind)
    asked = played.api.get("/requests")["items"]
    assert {request["audience"] for request in asked} == set(Audience)


def test_each_step_is_recorded_on_its_day_in_the_story(played: Played) -> None:
    recorded = {name: outcome.recorded_at for name, outcome in played.telling.outcomes.items()}
    assert recorded == {step.name: step.moment for step in STORY}


def test_the_clock_tells_the_real_time_after_the_story(played: Played) -> None:
    assert system_clock() - played.clock() < timedelta(minutes=1)


def test_one_late_entry_and_one_correction_are_in_sight(played: Played) -> None:
    outcomes = played.telling.outcomes
    token = played.service.issuer.sign("test", Role.AUDITOR)
    lines = Reader(played.client, token, played.telling.position).history(
        f"/v1/initiatives/{played.telling.id('initiative')}"
    )
    assert [line.position for line in lines if is_late(line)] == [outcomes["notebook"].position]
    assert [(line.position, line.corrected.by) for line in lines if line.corrected] == [
        (outcomes["houses"].position, outcomes["houses corrected"].position)
    ]
    assert [line.type for line in lines].count("record.corrected") == 1


def test_a_refused_pilot_is_followed_by_one_that_is_approved_and_completed(
    played: Played,
) -> None:
    decided = [line["data"] for line in played.history_of_initiative(types="pilot.decided")]
    assert [(fact["decision"], fact["pilot"]) for fact in decided] == [
        ("reject", played.telling.id("collection point")),
        ("approve", played.telling.id("pilot")),
        ("adjust", played.telling.id("pilot")),
        ("extend", played.telling.id("pilot")),
        ("complete", played.telling.id("pilot")),
    ]


def test_the_merged_municipality_has_the_same_history_under_both_codes(played: Played) -> None:
    before, after = (played.api.history(f"/municipalities/{nis}") for nis in ("73009", "73111"))
    assert before == after
    assert {"73009", "73111"} <= {line["data"].get("municipality") for line in before}


def test_its_questions_are_closed_and_the_initiative_lives_on(played: Played) -> None:
    assert {request["status"] for request in played.api.get("/requests")["items"]} == {"closed"}
    initiative = played.api.get(f"/initiatives/{played.telling.id('initiative')}")
    assert initiative["status"] == "active"


def test_played_again_it_adds_nothing(played: Played) -> None:
    again = Telling(played.client, played.service.issuer, played.clock)
    assert len(list(again.play())) == len(STORY)
    assert again.outcomes == played.telling.outcomes
    assert played.service.log.head() == len(STORY)


def test_broken_off_it_goes_on_where_it_was(
    client: httpx.Client, service: Service, clock: StoryClock
) -> None:
    broken_off = Telling(client, service.issuer, clock).play()
    for _, step in zip(range(20), broken_off, strict=False):
        assert step in STORY
    assert len(list(Telling(client, service.issuer, clock).play())) == len(STORY)
    assert service.log.head() == len(STORY)


def test_where_another_version_of_it_was_played_it_says_so(
    api: Api, client: httpx.Client, service: Service, clock: StoryClock
) -> None:
    first = STORY[0]
    api.record(first.path, {**first.body, "name": "Iemand anders"}, Idempotency_Key=str(first.key))
    with pytest.raises(StoryRefused, match="another version"):
        list(Telling(client, service.issuer, clock).play())


# Where it plays.


def test_its_data_folder_is_never_the_real_one(settings: Settings) -> None:
    assert settings_of_demo(settings).data == settings.data.with_name("data-demo")


def test_it_plays_in_an_empty_database(
    empty_database_url: str, database_url: str, settings: Settings
) -> None:
    check_free(empty_database_url, settings)
    check_free(database_url, settings)


def test_it_plays_again_where_it_played(played: Played, settings: Settings) -> None:
    check_free(played.url, settings)


def test_it_does_not_play_among_the_cases_of_others(
    api: Api, database_url: str, settings: Settings
) -> None:
    api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    with pytest.raises(DatabaseUnusable, match="something else"):
        check_free(database_url, settings)


def test_it_does_not_play_among_tables_of_another_program(
    empty_database_url: str, settings: Settings
) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("create table invoice (number int)")
    with pytest.raises(DatabaseUnusable, match="something else"):
        check_free(empty_database_url, settings)


@pytest.mark.parametrize("url", [ELSEWHERE, "not-to-be-told"])
def test_a_database_that_cannot_be_looked_into_is_not_played_in(
    url: str, settings: Settings
) -> None:
    with pytest.raises(DatabaseUnusable, match="cannot be looked into") as refused:
        check_free(url, settings)
    assert "not-to-be-told" not in str(refused.value)


# As a newcomer starts it: a process of its own, with a PostgreSQL of its own.


def demo(data: Path, port: int, columns: int) -> str:
    """What it prints, piped, in so many columns."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AANZET_", "PG"))}
    ended = subprocess.run(
        [sys.executable, "-m", "service", "demo", "--exit", "--port", str(port)],
        env={
            **kept,
            "AANZET_DATA": str(data),
            "COLUMNS": str(columns),
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def of_postgres(data: Path) -> list[int]:
    """The processes of PostgreSQL that work in a data folder."""
    return [
        process.pid
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres"
        and str(process.info["cwd"] or "").startswith(str(data))
    ]


def test_started_twice_it_prints_the_same_histories_and_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    data, port = tmp_path / "een map", free_port()
    first, second = demo(data, port, 80), demo(data, port, 120)
    assert of_postgres(data.with_name("een map-demo")) == []
    assert not data.exists()
    assert f"{len(STORY)} events recorded" in first
    assert "everything was there already" in second
    ids = re.findall(r"\b[a-z]+_[0-7][0-9a-z]{25}\b", first)
    assert len(set(ids)) == 3
    assert re.findall(r"\b[a-z]+_[0-7][0-9a-z]{25}\b", second) == ids
    for printed, columns in ((first, 80), (second, 120)):
        assert "\x1b" not in printed
        assert printed.count("recorded late, on 2022-02-03") == 2
        assert re.findall("^([A-Z]+)=ey[^ ]+$", printed, re.MULTILINE) == [
            role.upper() for role in Role
        ]
        rows = [line for line in printed.splitlines() if re.match(r"^ *[0-9]+   20", line)]
        assert len(rows) > 40
        assert max(map(len, rows)) <= columns
