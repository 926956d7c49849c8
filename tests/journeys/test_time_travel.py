"""Looking back: what was seen on a day of the demo's story is what is seen of it afterwards."""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import httpx
import pytest

from domain.days import day_of
from service.demo.steps import Step
from service.demo.story import STORY
from service.signin import Role
from tests.client import Api
from tests.journeys.conftest import Played, story_on

EVERY: Final = 11
"""So many steps of the story lie between two looks."""
LISTS: Final = (
    "/requests?total=true&sort=-dueOn",
    "/requests?open=true&municipality=73111",
    "/initiatives?theme=fruit",
    "/pilots?total=true&status=approved",
    "/pilots?pageSize=1",
    "/workshops?status=held&sort=at",
    "/sessions?from=2019-05-01T00:00:00Z",
    "/cocreations",
    "/actors?kind=citizen",
    "/examples?near=73111&q=buren",
    "/municipalities?stage=pilots",
    "/municipalities/73009",
)
OF_THINGS: Final = ("initiative", "pilot", "neighbour", "question")
ORDERS: Final = ("", "?order=desc&pageSize=3", "?orderBy=recorded&types=pilot.decided")


class Look(NamedTuple):
    """What a reader was shown on a day."""

    path: str
    step: Step
    shown: Any


class Remembered(NamedTuple):
    played: Played
    looks: list[Look]


@pytest.fixture(scope="module")
def remembered(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Remembered]:
    """The story, and what was seen every while as it was told."""
    with story_on(server, template, tmp_path_factory.mktemp("remembered")) as played:
        looks: list[Look] = []
        for number, step in enumerate(played.telling.play()):
            played.api.position = played.telling.position
            if number % EVERY == 0 and step.moment < later(number):
                looks += [Look(path, step, shown(played.api, path)) for path in paths(played)]
        yield Remembered(played, looks)


def later(number: int) -> datetime:
    """When the next step is recorded."""
    return STORY[number + 1].moment if number + 1 < len(STORY) else datetime.max.replace(tzinfo=UTC)


def paths(played: Played) -> Iterator[str]:
    yield from LISTS
    known = played.telling.outcomes
    for name in OF_THINGS:
        if name not in known:
            continue
        thing = known[name].id
        collection = {"actor": "actors", "request": "requests"}.get(
            thing.partition("_")[0], f"{thing.partition('_')[0]}s"
        )
        yield f"/{collection}/{thing}"
        yield from (f"/{collection}/{thing}/history{order}" for order in ORDERS)
    yield from (f"/municipalities/73111/history{order}" for order in ORDERS)


def shown(api: Api, path: str, **moment: str) -> Any:
    """What a reader is shown, without where it was found."""
    answer = api.http.get(
        f"/v1{path}", params={**parameters(path), **moment, "atLeast": api.position}
    )
    assert answer.status_code == 200, f"{path}: {answer.text}"
    found = answer.json()
    if isinstance(found, dict) and "items" in found:
        for item in found["items"]:
            # An event that concerns two of the things is told as of one or the other.
            item.pop("thing", None)
        return found["items"], found.get("total"), "next" in found
    return found


def parameters(path: str) -> dict[str, str]:
    query = path.partition("?")[2]
    return dict(part.split("=") for part in query.split("&")) if query else {}


@pytest.fixture
def reader(remembered: Remembered) -> Api:
    return remembered.played.api


def of(remembered: Remembered, name: str) -> str:
    thing = remembered.played.telling.id(name)
    return f"/{thing.partition('_')[0]}s/{thing}"


def test_what_was_seen_on_a_day_is_what_was_known_on_it(
    remembered: Remembered, reader: Api
) -> None:
    looks = remembered.looks
    assert len({look.step.name for look in looks}) >= 5
    assert len(looks) > 100
    for path, step, seen in looks:
        assert shown(reader, path, knownAt=step.moment.isoformat()) == seen, path
    changed = [look for look in looks if shown(reader, look.path) != look.shown]
    assert len(changed) > len(looks) / 2


def places(items: list[dict[str, Any]]) -> list[Any]:
    """Which things or lines they are."""
    return [item.get("id", item.get("position")) for item in items]


def test_pages_of_the_past_follow_each_other(remembered: Remembered, reader: Api) -> None:
    then = {"knownAt": "2022-12-31"}
    for path in ("/requests?sort=-dueOn", f"{of(remembered, 'initiative')}/history"):
        whole, _, more = shown(reader, path, **then)
        assert not more
        first = parameters(path) | then | {"pageSize": "1"}
        page = reader.http.get(f"/v1{path}", params=first).json()
        items: list[Any] = page["items"]
        while "next" in page:
            page = reader.http.get(page["next"]).json()
            items += page["items"]
        assert places(items) == places(whole)
        assert len(items) > 1


# What the story says: a strength that was found back in a notebook, and a number put right.


def strengths(remembered: Remembered, reader: Api, **moment: str) -> int:
    return len(reader.get(of(remembered, "initiative"), **moment)["strengths"])


def test_what_was_found_back_later_had_happened_but_was_not_known(
    remembered: Remembered, reader: Api
) -> None:
    assert strengths(remembered, reader, asOf="2019-12-31") == 3
    assert strengths(remembered, reader, knownAt="2019-12-31") == 2
    assert strengths(remembered, reader, asOf="2019-12-31", knownAt="2019-12-31") == 2
    assert strengths(remembered, reader, asOf="2019-12-31", knownAt="2022-02-03") == 3
    assert strengths(remembered, reader, asOf="2019-09-13") == 2


def houses(remembered: Remembered, reader: Api, **moment: str) -> list[str]:
    found = reader.get(of(remembered, "pilot"), **moment)["observations"]
    return [observed["value"] for observed in found]


def test_a_number_that_was_put_right_reads_wrong_until_then(
    remembered: Remembered, reader: Api
) -> None:
    assert houses(remembered, reader, asOf="2022-10-31") == ["31"]
    assert houses(remembered, reader, knownAt="2022-10-31") == ["13"]
    assert houses(remembered, reader, asOf="2022-10-31", knownAt="2022-11-16") == ["13"]
    assert houses(remembered, reader, asOf="2022-10-31", knownAt="2022-11-17") == ["31"]
    assert houses(remembered, reader, asOf="2022-10-12") == []


def test_histories_of_the_past_show_what_was_recorded_and_what_had_happened(
    remembered: Remembered, reader: Api
) -> None:
    initiative, pilot = of(remembered, "initiative"), of(remembered, "pilot")
    notebook = remembered.played.telling.outcomes["notebook"].position
    seen = {
        name: notebook in [line["position"] for line in reader.history(initiative, **moment)]
        for name, moment in (
            ("happened", {"asOf": "2020-01-01"}),
            ("unknown", {"knownAt": "2022-01-01"}),
            ("neither", {"asOf": "2019-09-01"}),
        )
    }
    assert seen == {"happened": True, "unknown": False, "neither": False}
    observed = {"types": "pilot.observed", "asOf": "2022-10-31"}
    (now,) = reader.history(pilot, **observed)
    (then,) = reader.history(pilot, **observed, knownAt="2022-10-31")
    assert (now["data"]["value"], now["corrected"]["was"]["data"]["value"]) == ("31", "13")
    assert (then["data"]["value"], "corrected" in then) == ("13", False)


def test_filters_ask_for_the_state_of_that_moment(reader: Api) -> None:
    for day, open_, total in (
        ("2019-03-31", True, 1),
        ("2022-03-31", True, 2),
        ("2025-12-31", True, 0),
    ):
        found = reader.get("/requests", open=open_, total=True, knownAt=day)
        assert found["total"] == len(found["items"]) == total, day
    assert [p["status"] for p in reader.get("/pilots", knownAt="2021-12-08")["items"]] == [
        "proposed",
        "rejected",
    ]
    assert reader.get("/pilots", status="completed", asOf="2024-11-13")["items"] == []
    assert len(reader.get("/pilots", status="completed", asOf="2024-11-14")["items"]) == 1
    assert reader.get("/pilots", knownAt="1999-12-31", total=True)["total"] == 0


# How the initiative grew.


def grown(remembered: Remembered, reader: Api, **moment: str) -> dict[str, dict[str, Any]]:
    items = reader.get(f"{of(remembered, 'initiative')}/growth", **moment)["items"]
    return {point["on"]: point for point in items}


def test_an_initiative_is_seen_to_grow(remembered: Remembered, reader: Api) -> None:
    points = grown(remembered, reader)
    assert list(points) == sorted(points)
    first, last = points["2019-06-03"], list(points.values())[-1]
    assert first["byRole"] == {"initiator": 2}
    assert first["byAudience"] == {"citizens": 2}
    assert last["byRole"] == {"facilitator": 1, "initiator": 2, "partner": 2, "volunteer": 1}
    assert (last["contributions"], last["contributors"]) == (6, 5)
    assert points["2019-07-01"]["scales"] == {"strengthBased": 3, "networkStrengthening": 2}
    assert last["scales"] == {"strengthBased": 5, "networkStrengthening": 4}
    position = remembered.played.telling.outcomes["first look"].position
    assert points["2019-07-01"]["positions"] == [position]


def test_growth_shows_when_it_happened_once_that_is_known(
    remembered: Remembered, reader: Api
) -> None:
    assert grown(remembered, reader)["2019-09-14"]["strengths"] == 3
    assert "2019-09-14" not in grown(remembered, reader, knownAt="2022-02-02")
    assert "2019-09-14" in grown(remembered, reader, knownAt="2022-02-03")
    assert list(grown(remembered, reader, asOf="2019-06-20")) == ["2019-06-03", "2019-06-20"]
    before = reader.http.get(
        f"/v1{of(remembered, 'initiative')}/growth", params={"asOf": "2019-06-02"}
    )
    assert before.status_code == 404


# What cannot be asked, and how that is said.


def asked(remembered: Remembered, reader: Api, path: str = "", **moment: str) -> httpx.Response:
    return reader.http.get(f"/v1{of(remembered, 'pilot')}{path}", params=moment)


def test_the_past_is_no_condition_for_what_is_recorded(remembered: Remembered, reader: Api) -> None:
    answer = asked(remembered, reader, knownAt="2023-01-01", asOf="2022-12-31")
    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert answer.headers["link"].startswith(f"</v1{of(remembered, 'pilot')}?")
    assert {"knownAt=2023-01-01", "asOf=2022-12-31"} <= set(
        answer.headers["link"].partition("?")[2].partition(">")[0].split("&")
    )


@pytest.mark.parametrize("path", ["", "/history"])
@pytest.mark.parametrize("moment", [{"asOf": "2021-11-08T18:59:59Z"}, {"knownAt": "2021-11-07"}])
def test_what_did_not_exist_yet_is_not_found(
    remembered: Remembered, reader: Api, path: str, moment: dict[str, str]
) -> None:
    answer = asked(remembered, reader, path, **moment)
    assert answer.status_code == 404
    assert "did not exist by then" in answer.json()["detail"]
    assert asked(remembered, reader, path, asOf="2021-11-08T19:00:00Z").status_code == 200


@pytest.mark.parametrize("name", ["asOf", "knownAt"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2022-03-01T10:00:00", "time zone"),
        ("2022-13-01", "A moment with its time zone"),
        ("yesterday", "A moment with its time zone"),
        ("", "A moment with its time zone"),
        ("1646128800", "A moment with its time zone"),
        ("2022-03", "A moment with its time zone"),
        ("0001-01-01", "1900 to 2199"),
        ("9999-12-31", "1900 to 2199"),
        ("2100-01-01", "still to come"),
        ("2100-01-01T00:00:00Z", "still to come"),
        ("2022-03-01\0", "NUL"),
    ],
)
def test_a_moment_that_cannot_be_looked_back_at_is_refused_kindly(
    remembered: Remembered, reader: Api, name: str, text: str, said: str
) -> None:
    for path in ("", "/history"):
        answer = asked(remembered, reader, path, **{name: text})
        assert answer.status_code == 400, answer.text
        (issue,) = answer.json()["issues"]
        assert issue["parameter"] == name
        assert said in issue["detail"]


@pytest.mark.parametrize(
    "text",
    ["2022-03-01T10:00:00Z", "2022-03-01T11:00:00+01:00", "2022-03-01", "2022-03-01t10:00:00.5z"],
)
def test_a_moment_is_taken_in_any_form_that_is_clear(
    remembered: Remembered, reader: Api, text: str
) -> None:
    shown_ = asked(remembered, reader, asOf=text)
    assert (shown_.status_code, shown_.json()["status"]) == (200, "approved")
    # As somebody types it, without escaping the plus sign.
    typed = reader.http.get(f"/v1{of(remembered, 'pilot')}?asOf={text}")
    assert typed.json() == shown_.json()


def test_today_is_taken_as_a_day_although_it_has_not_ended(
    remembered: Remembered, reader: Api
) -> None:
    today = f"{day_of(datetime.now(UTC))}"
    now = reader.get(of(remembered, "pilot"))
    for moment in ({"asOf": today}, {"knownAt": today}):
        assert asked(remembered, reader, **moment).json() == now


# Who sees what.


def test_evaluators_read_the_past_with_pseudonyms_and_without_requests(
    remembered: Remembered,
) -> None:
    played = remembered.played
    address = str(played.client.base_url)
    evaluator = Api(address, played.service.issuer.sign("e", Role.EVALUATOR))
    then = {"knownAt": "2022-12-31"}
    with closing(evaluator):
        lines = evaluator.history("/municipalities/73009", **then)
        told = str(evaluator.history(of(remembered, "initiative"), **then))
    assert lines
    assert not [line for line in lines if line["type"].startswith(("request.", "actor."))]
    assert "Buurtbewoner" not in told
    assert f"actor {played.telling.id('neighbour')[-6:]}" in told
    assert "Buurtbewoner" in str(played.api.history(of(remembered, "initiative"), **then))


def test_somebody_reads_their_own_past(remembered: Remembered) -> None:
    played = remembered.played
    neighbour: Any = played.telling.id("neighbour")
    token = played.service.issuer.sign("n", Role.ACTOR, actor=neighbour)
    own = Api(str(played.client.base_url), token)
    with closing(own):
        lines = own.history("/me", knownAt="2019-03-12")
        assert [line["type"] for line in lines] == ["actor.registered", "request.received"]
        assert own.http.get(f"/v1/actors/{neighbour}?knownAt=2020-01-01").status_code == 403
