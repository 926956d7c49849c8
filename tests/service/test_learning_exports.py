"""The learning timeline as evaluators take it along: pages and files that say the same."""

import csv
import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any, Final

import httpx
import pytest
from msgspec.structs import replace

from domain.facts import Fact
from domain.initiatives import InitiativeRegistered
from domain.outcomes import OutcomeHarvested
from domain.pilots import LessonLearned, PilotObservationRecorded
from domain.vocabulary import (
    Decimal,
    InitiativeId,
    LessonId,
    Narrative,
    NisCode,
    Theme,
)
from domain.workshops import InsightRecorded
from projections.exports import FORMATS
from projections.timeline import FIELDS
from projections.withholding import WITHHELD
from service.log.store import AppendRequest
from service.signin import Role
from tests.client import Api
from tests.conftest import SECRET, Shared
from tests.facts import (
    APPROACH,
    BLUEPRINT,
    CITIZEN,
    COORDINATOR,
    INITIATIVE,
    LESSON,
    OTHER_INITIATIVE,
    PILOT,
    SAMPLES,
    START,
    STORY,
    sample_id,
)

SUM: Final = "=SUM(A1:A9)"
ODD: Final = 'Wie "ja" zegt; met een komma,\nen een café op 2 regels.'
ELSEWHERE: Final = InitiativeId(sample_id("initiative", 3))
FORMULAS: Final = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")
ACCEPTS: Final = {name: each.media_type for name, each in FORMATS.items()}


def more() -> list[Fact]:
    """Beside the story: what a cell can hold, and what several initiatives learn together."""
    lesson: Any = SAMPLES[LessonLearned]
    started: Any = SAMPLES[InitiativeRegistered]
    insight: Any = SAMPLES[InsightRecorded]
    observed: Any = SAMPLES[PilotObservationRecorded]
    kortrijk, antwerpen = NisCode("34022"), NisCode("11002")
    return [
        *(
            replace(lesson, lesson=LessonId(sample_id("lesson", number)), learnt=Narrative(text))
            for number, text in enumerate((*FORMULAS, ODD), start=10)
        ),
        replace(
            started,
            initiative=OTHER_INITIATIVE,
            name=Narrative("Soepdag"),
            municipality=antwerpen,
            themes=(Theme("voeding"),),
        ),
        replace(
            started,
            initiative=ELSEWHERE,
            name=Narrative(SUM),
            municipality=kortrijk,
            themes=(Theme("sport"),),
        ),
        replace(insight, initiatives=(OTHER_INITIATIVE,), insight=Narrative("Soep bindt buurten.")),
        replace(insight, initiatives=(ELSEWHERE, OTHER_INITIATIVE)),
        replace(observed, value=Decimal("-3.5")),
    ]


@pytest.fixture(scope="module")
def told(of_module: Shared) -> Shared:
    """A service with the story and more in it."""
    for number, fact in enumerate([*(event.fact for event in STORY), *more()]):
        request = AppendRequest(
            thing=INITIATIVE,
            facts=[fact],
            occurred_at=START + timedelta(days=number),
            recorded_by=COORDINATOR,
            source=STORY[0].source,
            request_id="test",
        )
        of_module.service.log.append(request)
    return of_module


@pytest.fixture(scope="module")
def evaluator(told: Shared) -> Generator[Api]:
    yield from signed_in(told, Role.EVALUATOR)


@pytest.fixture(scope="module")
def coordinator(told: Shared) -> Generator[Api]:
    yield from signed_in(told, Role.COORDINATOR)


def signed_in(told: Shared, role: Role) -> Generator[Api]:
    api = Api(told.address, told.service.issuer.sign(f"test {role}", role))
    api.position = told.service.log.head()
    api.get("/learning")
    yield api
    api.close()


def taken(api: Api, form: str, **query: Any) -> httpx.Response:
    answer = api.http.get("/v1/learning", params=query, headers={"Accept": ACCEPTS[form]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(ACCEPTS[form])
    return answer


def pages(api: Api, path: str = "/learning", **query: Any) -> list[dict[str, Any]]:
    page = api.get(path, **query)
    items = page["items"]
    while "next" in page:
        page = api.http.get(page["next"]).json()
        items += page["items"]
    return items


def as_csv(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def as_parquet(answer: httpx.Response) -> Any:
    return import_module("pyarrow.parquet").read_table(io.BytesIO(answer.content))


def positions(items: list[dict[str, Any]]) -> list[int]:
    return [item["position"] for item in items]


def test_pages_follow_each_other_and_count_exactly(evaluator: Api) -> None:
    whole = evaluator.get("/learning", total=True, pageSize=200)
    assert whole["total"] == len(whole["items"]) > 15
    assert pages(evaluator, pageSize=3) == whole["items"]
    assert positions(pages(evaluator, pageSize=4, sort="-at")) == positions(whole["items"])[::-1]


@pytest.mark.parametrize("sort", ["at", "-at"])
def test_every_format_says_what_the_pages_say(evaluator: Api, sort: str) -> None:
    items = pages(evaluator, sort=sort)
    lines = taken(evaluator, "ndjson", sort=sort).text.splitlines()
    assert [json.loads(line) for line in lines] == items
    rows = as_csv(taken(evaluator, "csv", sort=sort))
    assert [int(row["position"]) for row in rows] == positions(items)
    table = as_parquet(taken(evaluator, "parquet", sort=sort)).to_pylist()
    assert [row["text"] for row in table] == [item["text"] for item in items]
    assert [row["initiatives"] for row in table] == [item["initiatives"] for item in items]
    assert [row["evidence"] for row in table] == [item["evidence"] for item in items]
    assert [f"{row['occurredAt']:%Y-%m-%d}" for row in table] == [
        item["occurredAt"][:10] for item in items
    ]


def test_csv_is_as_the_standard_has_it(evaluator: Api) -> None:
    content = taken(evaluator, "csv").content
    assert content.startswith(",".join(field.name for field in FIELDS).encode() + b"\r\n")
    assert content.endswith(b"\r\n")
    rows = as_csv(taken(evaluator, "csv"))
    assert ODD in [row["text"] for row in rows]
    assert {len(row) for row in rows} == {len(FIELDS)}
    assert None not in rows[0]


def test_no_cell_begins_as_a_formula(evaluator: Api) -> None:
    rows = as_csv(taken(evaluator, "csv"))
    texts = [row["text"] for row in rows]
    assert [f"'{text}" for text in FORMULAS] == [text for text in texts if text.startswith("'")]
    assert f"'{SUM}; Soepdag" in [row["initiativeNames"] for row in rows]
    for row in rows:
        for name, cell in row.items():
            assert name == "value" or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), name
    # A number that is one: it stays a number.
    assert "-3.5" in [row["value"] for row in rows]


def test_evaluators_read_pseudonyms_and_staff_read_names(evaluator: Api, coordinator: Api) -> None:
    pseudonym = f"actor {CITIZEN[-6:]}"
    (seen,) = evaluator.get("/learning", kind="lesson", q="onderhoudt")["items"]
    assert seen["learntBy"] == [pseudonym]
    (known,) = coordinator.get("/learning", kind="lesson", q="onderhoudt")["items"]
    assert known["learntBy"] == ["Burger Voorbeeld"]
    for form in ("csv", "ndjson", "parquet"):
        for secret in (b"Burger Voorbeeld", b"Netwerker Voorbeeld", b"example.org", b"+32"):
            assert secret not in taken(evaluator, form).content


def test_who_told_of_an_outcome_is_withheld_from_evaluators_wherever_they_read(
    evaluator: Api, coordinator: Api
) -> None:
    fact: Any = SAMPLES[OutcomeHarvested]
    (source,) = fact.sources
    last = f"{START + timedelta(days=len(STORY)):%Y-%m-%d}"

    def read(api: Api) -> Iterator[str]:
        yield str(api.get("/learning", kind="outcome"))
        yield str(api.history(f"/initiatives/{INITIATIVE}"))
        yield str(api.history(f"/initiatives/{INITIATIVE}", asOf=last))
        yield str(pages(api, path=f"/pilots/{PILOT}/replay"))
        yield from (taken(api, form).text for form in ("csv", "ndjson"))
        yield str(as_parquet(taken(api, "parquet")).to_pylist())

    for seen, known in zip(read(evaluator), read(coordinator), strict=True):
        assert source in known
        assert WITHHELD not in known
        assert source not in seen
        assert WITHHELD in seen


def test_several_who_learnt_are_all_named(coordinator: Api) -> None:
    (decision,) = coordinator.get("/learning", kind="decision")["items"]
    assert decision["learntBy"] == ["Bestuur Voorbeeld", "Netwerker Voorbeeld"]


def test_a_line_says_where_and_on_what_themes(evaluator: Api) -> None:
    (lesson,) = evaluator.get("/learning", q="onderhoudt", kind="lesson")["items"]
    assert (lesson["municipality"], lesson["municipalityName"]) == ("11001", "Aartselaar")
    assert lesson["province"] == "Antwerpen"
    assert lesson["themes"] == ["groen", "voeding"]
    assert (lesson["initiativeNames"], lesson["pilotNames"]) == (
        ["Buurttuin Voorbeeld"],
        ["Praatbanken"],
    )
    (insight,) = evaluator.get("/learning", q="soep")["items"]
    assert (insight["municipality"], insight["workshopName"]) == ("11002", "Van tuin naar netwerk")


def test_what_initiatives_of_several_places_learn_is_of_none_and_found_in_each(
    evaluator: Api,
) -> None:
    (both,) = [item for item in pages(evaluator) if len(item["initiatives"]) > 1]
    assert both["municipality"] is None
    assert both["themes"] == ["sport", "voeding"]
    assert both["initiativeNames"] == [SUM, "Soepdag"]
    for nis in ("34022", "11002"):
        assert both["position"] in positions(pages(evaluator, municipality=nis))


def test_answers_and_verifications_say_what_they_are_about(evaluator: Api) -> None:
    about = {item["thing"]: item["about"] for item in pages(evaluator)}
    assert about[APPROACH] == "Begin bij wat buren kunnen."
    assert about[BLUEPRINT] == "Van bank naar buurt"
    assert about[LESSON] is None


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"kind": "lesson"}, {"lesson"}),
        ({"kind": "outcome,verification"}, {"outcome", "verification"}),
        ({"initiative": OTHER_INITIATIVE}, {"insight"}),
        ({"pilot": PILOT, "q": "bank"}, {"lesson", "outcome"}),
        ({"municipality": "11002"}, {"insight"}),
        ({"municipality": "34022"}, {"insight"}),
        ({"province": "West-Vlaanderen"}, {"insight"}),
        ({"province": "Limburg"}, set()),
        ({"municipality": "11002", "province": "West-Vlaanderen"}, set()),
        ({"theme": "sport"}, {"insight"}),
        ({"theme": "geen"}, set()),
        ({"q": "buurten"}, {"insight"}),
        ({"year": 1999}, set()),
        ({"until": "2024-01-09T00:00:00Z"}, set()),
        ({"from": "2100-01-01T00:00:00+01:00"}, set()),
    ],
)
def test_the_timeline_is_filtered(evaluator: Api, query: dict[str, Any], kinds: set[str]) -> None:
    found = pages(evaluator, **query)
    assert {item["kind"] for item in found} == kinds
    assert evaluator.get("/learning", total=True, **query)["total"] == len(found)
    assert [int(row["position"]) for row in as_csv(taken(evaluator, "csv", **query))] == positions(
        found
    )


def test_a_year_and_a_place_keep_all_that_is_theirs(evaluator: Api) -> None:
    everything = pages(evaluator)
    assert pages(evaluator, year=2024) == [item for item in everything if item["year"] == 2024]
    here = [item for item in everything if item["municipality"] == "11001"]
    assert pages(evaluator, municipality="11001") == here


def test_a_correction_changes_the_line(coordinator: Api, evaluator: Api) -> None:
    (lesson,) = coordinator.get("/learning", kind="lesson", q="komma")["items"]
    for text in ("Een deur bindt.", lesson["text"]):
        body = {"position": lesson["position"], "fields": {"learnt": text}}
        coordinator.record("/corrections", body | {"reason": "Zo zeiden ze het."})
        evaluator.position = coordinator.position
        (line,) = [each for each in pages(evaluator) if each["position"] == lesson["position"]]
        assert (line["text"], line["corrected"]) == (text, True)


# Which format.


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV; charset=utf-8", "text/csv"),
        ("text/*", "text/csv"),
        ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("text/csv;q=0, application/json;q=0.1", "application/json"),
        ("*/*, application/json;q=0", "text/csv"),
        ("text/csv;q=inf, application/json", "application/json"),
    ],
)
def test_the_format_is_the_one_that_is_wanted_most(
    evaluator: Api, accept: str | None, given: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = evaluator.http.get("/v1/learning", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == given
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize("accept", ["image/png", "text/html", "text/csv;q=0", "", "x"])
def test_what_cannot_be_given_is_not_acceptable(evaluator: Api, accept: str) -> None:
    answer = evaluator.http.get("/v1/learning", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert "text/csv" in answer.json()["detail"]


def test_a_browser_asks_by_name(evaluator: Api) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8"}
    answer = evaluator.http.get("/v1/learning", params={"format": "csv"}, headers=browser)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="learning.csv"'


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"kind": "feeling"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"province": "Holland"}, "province"),
        ({"format": "xlsx"}, "format"),
        ({"format": "csv", "after": "x"}, "after"),
        ({"format": "csv", "total": "true"}, "total"),
        ({"after": "x"}, "after"),
        ({"year": "0"}, "year"),
        ({"from": "2024-01-01T00:00:00"}, "from"),
        ({"themes": "groen"}, "themes"),
    ],
)
def test_wrong_input_is_told(evaluator: Api, query: dict[str, str], named: str) -> None:
    answer = evaluator.http.get("/v1/learning", params=query)
    assert answer.status_code == 400
    assert named in [issue["parameter"] for issue in answer.json()["issues"]]


def test_nothing_is_taken_for_sql(evaluator: Api) -> None:
    for name in ("initiative", "pilot", "theme", "q"):
        for value in ("'; drop table event; --", "{}", "%s", "{names}", "\\"):
            assert evaluator.get("/learning", **{name: value})["items"] == []
            assert as_csv(taken(evaluator, "csv", **{name: value})) == []


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_of_nothing_is_a_file(evaluator: Api, form: str) -> None:
    answer = taken(evaluator, form, theme="geen")
    match form:
        case "csv":
            assert answer.content.count(b"\r\n") == 1
        case "ndjson":
            assert answer.content == b""
        case _:
            table = as_parquet(answer)
            assert table.num_rows == 0
            assert table.column_names == [field.name for field in FIELDS]


# The same from the command line.


def exported(told: Shared, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    database = told.service.pool.conninfo
    assert isinstance(database, str)
    environment = {
        **os.environ,
        "AANZET_DATABASE_URL": database,
        "AANZET_SECRET": b64encode(SECRET).decode(),
    }
    return subprocess.run(
        [sys.executable, "-m", "service", "export", "learning", *arguments],
        env=environment,
        capture_output=True,
        check=False,
    )


def test_the_command_line_writes_what_an_evaluator_gets(told: Shared, evaluator: Api) -> None:
    asked = {"kind": "insight", "municipality": "11002", "from": "2024-01-01T00:00:00+01:00"}
    done = exported(told, "--kind", "insight", "--municipality", "11002", "--from", "2024-01-01")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == taken(evaluator, "csv", **asked).content
    assert len(as_csv(taken(evaluator, "csv", **asked))) == 2


def test_the_command_line_refuses_what_it_does_not_know(told: Shared) -> None:
    done = exported(told, "--format", "xlsx")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"parquet" in done.stderr
