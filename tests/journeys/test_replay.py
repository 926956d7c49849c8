"""A pilot of the demo's story, replayed as an auditor does."""

import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from service.cli import main
from service.demo.story import STORY
from service.signin import Role
from tests.client import Api
from tests.journeys.conftest import Played


@pytest.fixture
def pilot(played: Played) -> str:
    return f"/pilots/{played.telling.id('pilot')}"


def at(played: Played, name: str) -> int:
    return played.telling.outcomes[name].position


def replay(api: Api, pilot: str, **query: Any) -> list[dict[str, Any]]:
    return api.get(f"{pilot}/replay", pageSize=50, **query)["items"]


def test_a_replay_steps_through_all_that_was_recorded_about_a_pilot(
    played: Played, pilot: str
) -> None:
    steps = replay(played.api, pilot)
    lines = played.api.history(pilot, orderBy="recorded")
    assert [step["position"] for step in steps] == [line["position"] for line in lines]
    assert [step["state"]["status"] for step in steps if step["type"] == "pilot.decided"] == [
        "approved",
        "approved",
        "approved",
        "completed",
    ]
    assert steps[-1]["state"] == played.api.get(pilot)


def test_each_state_is_how_the_pilot_was_known_when_the_step_was_recorded(
    played: Played, pilot: str
) -> None:
    for step in replay(played.api, pilot):
        assert step["state"] == played.api.get(pilot, knownAt=step["recordedAt"])


def test_each_step_says_what_it_changed(played: Played, pilot: str) -> None:
    steps = {step["position"]: step for step in replay(played.api, pilot)}
    before: dict[str, Any] = {}
    for step in steps.values():
        for change in step["changed"]:
            field = change["field"]
            if "after" in change:
                assert (before.get(field), step["state"][field]) == (
                    change["before"],
                    change["after"],
                )
            else:
                kept = [item for item in before.get(field, []) if item not in change["removed"]]
                assert step["state"][field] == [*kept, *change["added"]]
        changed = {change["field"] for change in step["changed"]} | {"version", "id"}
        unchanged = step["state"].keys() - changed
        assert not before or all(step["state"][name] == before[name] for name in unchanged)
        before = step["state"]
    approved = steps[at(played, "pilot approved")]["changed"]
    assert [change["field"] for change in approved] == ["status", "decisions"]


def test_a_decision_shows_who_took_it_on_which_grounds(played: Played, pilot: str) -> None:
    (approved,) = (
        step
        for step in replay(played.api, pilot)
        if step["position"] == at(played, "pilot approved")
    )
    grounds = approved["grounds"]
    assert [by["name"] for by in grounds["by"]] == [
        "Begeleider van het netwerk",
        "Lokaal bestuur Borgloon",
    ]
    assert grounds["reason"].startswith("Het vertrekt van wat de buren al kunnen")
    assert grounds["conditions"] == ["Na één oogst kijken we samen terug."]
    (evidence,) = grounds["evidence"]
    assert (evidence["position"], evidence["type"]) == (
        at(played, "trying out"),
        "cocreation.step_taken",
    )
    assert "Zeven bomen" in evidence["sentence"]["nl"]


def test_evidence_reads_as_it_read_when_it_was_decided_on(played: Played, pilot: str) -> None:
    """The number was put right three months before it was decided upon."""
    (adjusted,) = (
        step
        for step in replay(played.api, pilot)
        if step["position"] == at(played, "pilot adjusted")
    )
    (houses,) = adjusted["grounds"]["evidence"]
    assert houses["position"] == at(played, "houses")
    assert "= 31 huizen" in houses["sentence"]["nl"]
    assert adjusted["notKnown"]["correctionsCount"] == 0


def test_a_step_says_what_was_not_known_then(played: Played, pilot: str) -> None:
    steps = {step["position"]: step for step in replay(played.api, pilot)}
    wrong, right = at(played, "houses"), at(played, "houses corrected")
    told = steps[wrong]
    assert "= 13 huizen" in told["sentence"]["nl"]
    assert [fix["position"] for fix in told["notKnown"]["corrections"]] == [right]
    assert told["state"]["observations"][0]["value"] == "13"
    fixed = steps[right]
    assert fixed["corrects"] == wrong
    assert [change["field"] for change in fixed["changed"]] == ["observations"]
    assert fixed["changed"][0]["removed"][0]["value"] == "13"
    assert fixed["changed"][0]["added"][0]["value"] == "31"
    assert fixed["notKnown"]["correctionsCount"] == 0


def test_a_replay_goes_to_a_day(played: Played, pilot: str) -> None:
    page = played.api.get(f"{pilot}/replay", at="2022-10-31", pageSize=1)
    (step,) = page["items"]
    assert step["position"] == at(played, "houses")
    following = played.api.http.get(page["next"]).json()["items"]
    assert [step["position"] for step in following] == [at(played, "houses corrected")]


def test_a_replay_compares_two_days(played: Played, pilot: str) -> None:
    days = {"from": "2022-11-16", "until": "2023-02-09"}
    page = played.api.get(f"{pilot}/replay", **days)
    assert [step["position"] for step in page["items"]] == [
        at(played, "houses corrected"),
        at(played, "pilot adjusted"),
    ]
    found = page["comparison"]
    assert found["before"] == played.api.get(pilot, knownAt="2022-11-16")
    assert found["after"] == played.api.get(pilot, knownAt="2023-02-09")
    assert [change["field"] for change in found["changed"]] == ["decisions", "observations"]
    since = played.api.get(f"{pilot}/replay", until="2021-11-08")["comparison"]
    assert since["before"] is None
    assert since["after"]["status"] == "proposed"


def test_pages_of_a_replay_follow_each_other(played: Played, pilot: str) -> None:
    page = played.api.get(f"{pilot}/replay", pageSize=4)
    items = page["items"]
    while "next" in page:
        page = played.api.http.get(page["next"]).json()
        items += page["items"]
    assert items == replay(played.api, pilot)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"at": "2021-11-07"}, 404),
        ({"until": "2021-11-07"}, 404),
        ({"at": "soon"}, 400),
        ({"from": "2021-11-07T10:00:00"}, 400),
        ({"at": "2022-01-01", "until": "2022-01-01"}, 400),
        ({"pageSize": "51"}, 400),
        ({"after": "x"}, 400),
    ],
)
def test_what_cannot_be_replayed_is_said(
    played: Played, pilot: str, query: dict[str, str], status: int
) -> None:
    answer = played.api.http.get(f"/v1{pilot}/replay", params=query)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_an_evaluator_replays_with_pseudonyms_and_sees_no_corrections(
    played: Played, pilot: str
) -> None:
    token = played.service.issuer.sign("e", Role.EVALUATOR)
    evaluator = Api(str(played.client.base_url), token)
    with closing(evaluator):
        evaluator.position = played.telling.position
        steps = replay(evaluator, pilot)
    assert len(steps) == len(replay(played.api, pilot)) - 1
    told = str(steps)
    assert "record.corrected" not in told
    assert not [
        step.name for step in STORY if step.path == "/actors" and str(step.body["name"]) in told
    ]
    assert f"actor {played.telling.id('network member')[-6:]}" in told


# On the command line.


@pytest.fixture
def cli(
    played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `aanzet replay` in the database of the story: exit code, and what was printed."""
    monkeypatch.setenv("AANZET_DATABASE_URL", played.url)
    monkeypatch.setenv("AANZET_SECRET", b64encode(bytes(32)).decode())
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["replay", *arguments])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return run


def test_the_command_line_replays_a_pilot_for_people(
    played: Played, cli: Callable[..., tuple[int, str, str]]
) -> None:
    code, printed, said = cli(played.telling.id("pilot"))
    assert (code, said) == (0, "")
    assert re.findall(r"^#(\d+)  ", printed, re.MULTILINE) == [
        str(step["position"])
        for step in replay(played.api, f"/pilots/{played.telling.id('pilot')}")
    ]
    for told in (
        "by Begeleider van het netwerk, Lokaal bestuur Borgloon",
        "because: Het vertrekt van wat de buren al kunnen",
        "on condition: Na één oogst kijken we samen terug.",
        f"resting on #{at(played, 'trying out')}: Stap in co-creatie",
        " on behalf of Begeleider van het netwerk",
        "status: proposed → approved",
        "consents + Buurtbewoner uit de Kerkstraat",
        f"corrected later: #{at(played, 'houses corrected')}: ",
        "endsOn: 2023-10-31 → 2024-10-31",
        "→ completed, 2022-03-01 to 2024-10-31",
    ):
        assert told in printed, told
    assert "actor_" not in printed


def test_the_command_line_goes_to_a_day_and_goes_on_from_there(
    played: Played, cli: Callable[..., tuple[int, str, str]]
) -> None:
    pilot = played.telling.id("pilot")
    code, printed, _ = cli(pilot, "--at", "2022-10-31", "--steps", "1", "--english")
    assert code == 0
    wrong = at(played, "houses")
    assert "= 13 huizen" in printed
    assert "Observation in" in printed
    assert f"go on with --after {wrong}" in printed
    _, following, _ = cli(pilot, "--after", str(wrong))
    assert following.lstrip().startswith(f"#{at(played, 'houses corrected')}  ")
    assert "go on with" not in following


def test_the_command_line_compares_two_days(
    played: Played, cli: Callable[..., tuple[int, str, str]]
) -> None:
    code, printed, _ = cli(played.telling.id("pilot"), "--compare", "2022-11-16", "2023-02-09")
    assert code == 0
    difference, _, between = printed.partition("What was recorded in between")
    assert "value 13" in difference
    assert "value 31" in difference
    assert re.findall(r"^#(\d+)", between, re.MULTILINE) == [
        str(at(played, "houses corrected")),
        str(at(played, "pilot adjusted")),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "a pilot's id starts with pilot_"),
        (["pilot_01hqz5v8e0fyb8m4n6pw2k3s7a"], "There is no pilot"),
        (["THE PILOT", "--at", "2021-11-07"], "did not exist by then"),
        (["THE PILOT", "--at", "soon"], "A moment with its time zone"),
        (["THE PILOT", "--compare", "2022-01-01", "2100-01-01"], "still to come"),
        (["THE PILOT", "--at", "2022-01-01", "--after", "3"], "Use one of"),
    ],
)
def test_the_command_line_says_in_a_sentence_what_cannot_be_replayed(
    played: Played, cli: Callable[..., tuple[int, str, str]], arguments: list[str], told: str
) -> None:
    pilot = played.telling.id("pilot")
    code, printed, said = cli(*(pilot if part == "THE PILOT" else part for part in arguments))
    assert (code, printed) == (2, "")
    assert told in said
    assert said.count("\n") == 1
