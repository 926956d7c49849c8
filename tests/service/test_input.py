"""What cannot be taken is refused with a problem that helps; nothing is stored."""

import json
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from domain.facts import Mark
from domain.pilot_stages import Decision
from domain.pilots import NotAllowedNow, NotAPartner
from domain.refusals import DatedBefore
from domain.vocabulary import ActorKind
from service.api.problems import in_dutch
from tests.client import Api
from tests.conftest import Shared

ACTOR: Final = {"kind": "citizen", "name": "Buur Een"}
UNKNOWN: Final = "actor_01hqz5v8e0fyb8m4n6pw2k3s7a"


def send(api: Api, body: bytes, media_type: str = "application/json") -> httpx.Response:
    return api.http.post("/v1/actors", content=body, headers={"Content-Type": media_type})


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["type"].startswith("urn:problem-type:aanzet:")
    assert told["title"]
    assert told["detail"]
    assert told["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    return told


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


@pytest.fixture(autouse=True)
def nothing_is_stored(shared: Shared) -> Generator[None]:
    before = shared.service.log.head()
    yield
    assert shared.service.log.head() == before


DEEP: Final = b'{"name":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
DEEP_OBJECTS: Final = b'{"a":' * 30_000 + b"1" + b"}" * 30_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="an empty body"),
        pytest.param(b"{", 400, id="half an object"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"null", 400, id="nothing"),
        pytest.param(b'"text"', 400, id="a text"),
        pytest.param(b'{"kind":"citizen","name":"a\\u0000b"}', 400, id="an escaped NUL"),
        pytest.param(b'{"kind":"citizen","name":"a\x00b"}', 400, id="a raw NUL"),
        pytest.param(b'{"kind":"citizen","name":"x","\\u0000":1}', 400, id="a NUL in a key"),
        pytest.param(b'{"kind":"citizen","name":"\\ud800"}', 400, id="half a surrogate pair"),
        pytest.param(b'{"kind":"citizen","name":"\xff"}', 400, id="no UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"kind":"citizen","name":"x"}', 400, id="a byte order mark"),
        pytest.param(DEEP, 400, id="30,000 lists deep"),
        pytest.param(DEEP_OBJECTS, 400, id="30,000 objects deep"),
        pytest.param(b"[" * 30_000, 400, id="30,000 brackets that never close"),
        pytest.param(b'{"kind":"citizen","name":"x","name":"y"}', 400, id="a key twice"),
        pytest.param(b'{"kind":"citizen","name":' + b"9" * 4_000 + b"}", 400, id="4,000 digits"),
        pytest.param(b'{"kind":"citizen","name":-' + b"9" * 4_000 + b"}", 400, id="4,000 below"),
        pytest.param(b'{"kind":"citizen","name":1e999}', 400, id="a huge float"),
        pytest.param(b'{"kind":"citizen","name":NaN}', 400, id="not a number"),
        pytest.param(
            b"[" * 40 + b'"' + b'\\"' * 100_000, 400, id="a text that never ends, full of quotes"
        ),
        pytest.param('{"kind":"citizen","name":"x"}'.encode("utf-16"), 400, id="UTF-16"),
        pytest.param(
            ('{"a":"\u2200","b":' + "[" * 30_000 + "]" * 30_000 + ',"c":"\u2200"}').encode(
                "utf-16"
            ),
            400,
            id="UTF-16 with quotes in its bytes",
        ),
        pytest.param(b'{"kind":"citizen","name":"' + b"x" * 5_000_000 + b'"}', 413, id="5 MB"),
    ],
)
def test_a_body_that_programs_disagree_on_is_refused(api: Api, body: bytes, status: int) -> None:
    problem(send(api, body), status)


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/msgpack",
        "multipart/form-data",
    ],
)
def test_a_body_under_another_media_type_is_refused(api: Api, media_type: str) -> None:
    problem(send(api, json.dumps(ACTOR).encode(), media_type), 415)


def test_a_body_without_a_media_type_is_refused(api: Api) -> None:
    request = api.http.build_request("POST", "/v1/actors", content=json.dumps(ACTOR).encode())
    problem(api.http.send(request), 415)


def test_everything_that_is_wrong_is_told_at_once(api: Api) -> None:
    body = {"kind": "robot", "nam": "x", "sector": 5, "vcode": "V1", "occurredAt": "yesterday"}
    told = problem(api.post("/actors", body), 400)
    assert {issue["pointer"] for issue in told["issues"]} == {
        "/kind",
        "/nam",
        "/name",
        "/sector",
        "/vcode",
        "/occurredAt",
    }


def test_what_is_wrong_deep_inside_is_pointed_at(api: Api) -> None:
    body = {
        "title": "Van wens naar aanpak",
        "initiatives": [],
        "municipality": "44083",
        "plannedAt": "2024-04-12T18:00:00Z",
        "questions": [
            {"askedBy": UNKNOWN, "question": "Wie?"},
            {"askedBy": UNKNOWN, "question": 5},
        ],
    }
    told = problem(api.post("/workshops", body), 400)
    assert [issue["pointer"] for issue in told["issues"]] == ["/questions/1/question"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "   "}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 14}, "/name"),
        ({"name": ["x"]}, "/name"),
        ({"name": "x" * 301}, "/name"),
        ({"kind": "association", "vcode": "V0001000"}, "/vcode"),
        ({"kind": "association", "enterpriseNumber": "0428759498"}, "/enterpriseNumber"),
        ({"kind": "local_government", "nis": "99999"}, "/nis"),
        ({"kind": "local_government", "nis": "4408"}, "/nis"),
        ({"occurredAt": "2024-03-01T09:30:00"}, "/occurredAt"),
        ({"occurredAt": "2024-02-30T09:30:00Z"}, "/occurredAt"),
        ({"occurredAt": "0001-01-01T00:00:00+05:00"}, "/occurredAt"),
        ({"occurredAt": "9999-12-31T23:59:59-05:00"}, "/occurredAt"),
        ({"occurredAt": "1066-10-14T09:00:00Z"}, "/occurredAt"),
        ({"reference": "R-1\n"}, "/reference"),
        ({"onBehalfOf": "pilot_01hqz5v8e0fyb8m4n6pw2k3s7a"}, "/onBehalfOf"),
        ({"actor": UNKNOWN}, "/actor"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], pointer: str) -> None:
    told = problem(api.post("/actors", ACTOR | change), 400)
    assert [issue["pointer"] for issue in told["issues"]] == [pointer]


def test_a_number_as_text_is_not_taken_for_a_number(api: Api) -> None:
    body = {"attendance": [{"audience": "citizens", "people": "18"}]}
    answer = api.post("/sessions/session_01hqz5v8e0fyb8m4n6pw2k3s7a/reports", body)
    assert problem(answer, 400)["issues"][0]["pointer"] == "/attendance/0/people"


def test_what_lies_in_the_future_is_refused(api: Api) -> None:
    told = problem(api.post("/actors", ACTOR | {"occurredAt": "2199-01-01T00:00:00Z"}), 409)
    assert told["type"] == "urn:problem-type:aanzet:inTheFuture"
    assert told["rule"] == 13


@pytest.mark.parametrize(
    "path",
    [
        "/requests/request_01hqz5v8e0fyb8m4n6pw2k3s7a/withdrawals",
        "/requests/nonsense/withdrawals",
        "/requests/actor_01hqz5v8e0fyb8m4n6pw2k3s7a/withdrawals",
        "/requests/%00/withdrawals",
        "/requests/request_ZZZZZZZZZZZZZZZZZZZZZZZZZZ/withdrawals",
        "/initiatives/initiative_01hqz5v8e0fyb8m4n6pw2k3s7a/resumptions",
        "/nothing",
    ],
)
def test_an_unknown_thing_is_not_found(api: Api, path: str) -> None:
    problem(api.post(path, {}), 404)


def test_an_unknown_thing_in_a_body_is_pointed_at(api: Api) -> None:
    body = {
        "askedBy": UNKNOWN,
        "audience": "citizens",
        "question": "Hoe beginnen we?",
        "municipality": "44083",
        "channel": "email",
    }
    told = problem(api.post("/requests", body), 404)
    assert [issue["pointer"] for issue in told["issues"]] == ["/askedBy"]


def test_an_unknown_actor_to_act_for_is_pointed_at(api: Api) -> None:
    told = problem(api.post("/actors", ACTOR | {"onBehalfOf": UNKNOWN}), 404)
    assert [issue["pointer"] for issue in told["issues"]] == ["/onBehalfOf"]


def test_a_method_that_a_route_does_not_have_is_refused(api: Api) -> None:
    told = api.http.delete("/v1/actors")
    problem(told, 405)
    assert "POST" in told.headers["allow"]


@pytest.mark.parametrize("key", ["1", "not-a-uuid", "", "é"])
def test_an_idempotency_key_is_a_uuid(api: Api, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode())]
    answer = api.http.post("/v1/actors", json=ACTOR, headers=headers)
    assert problem(answer, 400)["issues"] == [
        {"parameter": "Idempotency-Key", "detail": "Invalid UUID."}
    ]


@pytest.mark.parametrize("path", ["/v1/actors", "/v1/actors/", "/v1//actors"])
def test_a_route_is_found_however_its_path_is_divided(api: Api, path: str) -> None:
    answer = api.http.post(path, json={})
    assert problem(answer, 400)["issues"]


def test_a_host_that_is_none_is_refused(api: Api) -> None:
    answer = api.http.post("/v1/actors", json=ACTOR, headers={"Host": "here and there"})
    problem(answer, 400)


def test_a_route_that_records_has_no_parameters_in_its_address(api: Api) -> None:
    told = problem(api.http.post("/v1/actors?dryRun=true", json=ACTOR), 400)
    assert [issue["parameter"] for issue in told["issues"]] == ["dryRun"]


@pytest.mark.parametrize("path", ["/v1/actors", "/health", "/v1/pilots/x/decisions"])
def test_what_a_route_allows_may_be_asked_with_or_without_a_token(api: Api, path: str) -> None:
    for headers in ({}, {"Authorization": "none"}):
        answer = api.http.options(path, headers=headers)
        assert answer.status_code == 204
        assert "OPTIONS" in answer.headers["allow"]


def test_a_moment_at_the_end_of_the_calendar_is_refused(api: Api) -> None:
    body = {
        "title": "Ooit",
        "municipality": "44083",
        "plannedAt": "9999-12-31T23:30:00Z",
    }
    told = problem(api.post("/sessions", body), 400)
    assert [issue["pointer"] for issue in told["issues"]] == ["/plannedAt"]


@pytest.mark.parametrize("tag", ["abc", "*", '"', "1,5", ".5", "9" * 30])
def test_a_version_is_a_version(api: Api, tag: str) -> None:
    problem(api.post("/actors", ACTOR, If_Match=tag), 400)


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=0",
        "pageSize=201",
        "pageSize=ten",
        "after=nonsense",
        "after=" + "A" * 5000,
        "after=WyIyMDI0IiwieCJd",
        "after=W10",
        "after=WyIyMDI0LVcwMS0xIiwicmVxdWVzdF8wMWhxejV2OGUwZnliOG00bjZwdzJrM3M3YSJd",
        "from=0001-01-01T00:00:00%2B05:00",
        "until=9999-12-31T23:59:59-05:00",
        "statuss=open",
        "municipality=%00",
        "atLeast=-1",
        "from=yesterday",
        "from=2024-01-01T00:00:00",
        "sort=name",
        "open=maybe",
    ],
)
def test_a_wrong_parameter_is_named(api: Api, query: str) -> None:
    told = problem(api.http.get(f"/v1/requests?{query}"), 400)
    assert [issue["parameter"] for issue in told["issues"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"kind": "robot"},
            "Choose from: citizen, association, local_government, professional, network_member.",
        ),
        ({"sector": 5}, "Choose from: "),
        ({"nis": "Gent"}, "five digits"),
        ({"onBehalfOf": "buurvrouw"}, "An id such as actor_…."),
        ({"occurredAt": "yesterday"}, "such as 2024-03-01T09:30:00Z."),
        ({"occurredAt": "2023-05-06T07:08:09"}, "such as 2024-03-01T09:30:00Z."),
        ({"name": "x" * 301}, "of length <= 300."),
    ],
)
def test_what_was_expected_is_said(api: Api, change: dict[str, Any], said: str) -> None:
    told = problem(api.post("/actors", ACTOR | change), 400)
    assert said in told["issues"][0]["detail"]
    assert not [sent for sent in change.values() if str(sent) in str(told["issues"])]


def test_what_was_expected_is_said_deep_inside(api: Api) -> None:
    path = "/pilots/pilot_01hqz5v8e0fyb8m4n6pw2k3s7a/observations"
    told = problem(api.post(path, {"indicator": "Mensen", "value": 34, "unit": "mensen"}), 400)
    assert told["issues"][0]["detail"] == 'A number as text: "34" or "14.5".'
    path = "/sessions/session_01hqz5v8e0fyb8m4n6pw2k3s7a/reports"
    body = {"attendance": [{"audience": "Iemand", "people": 18}, {"Iemand": 1}]}
    told = problem(api.post(path, body), 400)
    assert told["issues"][0]["detail"].startswith("Choose from: citizens, ")
    told = problem(api.post(path, {"attendance": body["attendance"][1:]}), 400)
    assert "Iemand" not in str(told["issues"])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("requests?status=opne", "Choose from: open, received, "),
        ("requests?track=x", "Choose from: inform, inspire, innovate."),
        ("pilots?status=aproved", "Choose from: proposed, "),
        ("actors?kind=robot", "Choose from: citizen, "),
        ("examples?province=Atlantis", "Choose from: "),
        ("pilots?municipality=Gent", "five digits"),
        ("pilots?municipality=99999", "five digits"),
        ("learning?municipality=Gent", "five digits"),
        ("requests?open=maybe", "Either true or false."),
        ("requests?dueOn=maandag", "A day, such as 2024-03-01."),
        ("requests?from=maandag", "or a day: its start in Brussels."),
        ("requests?statuss=open", "this route takes: after, asOf, askedBy, "),
    ],
)
def test_a_filter_that_nothing_can_match_is_refused(api: Api, query: str, said: str) -> None:
    told = problem(api.http.get(f"/v1/{query}"), 400)
    assert said in told["issues"][0]["detail"]


def test_an_id_of_another_kind_is_told_how_one_begins(api: Api) -> None:
    told = problem(api.http.get(f"/v1/pilots/{UNKNOWN}"), 404)
    assert told["detail"].endswith("its id begins with pilot_.")
    told = problem(api.post(f"/pilots/{UNKNOWN}/decisions", {"decision": "approve"}), 400)
    body = {"decision": "approve", "deciders": [UNKNOWN], "motivation": "Zo."}
    told = problem(api.post(f"/pilots/{UNKNOWN}/decisions", body), 404)
    assert told["detail"].endswith("it begins with pilot_.")


def test_a_route_that_is_not_there_points_at_those_that_are(api: Api) -> None:
    told = problem(api.http.get("/v1/nothing"), 404)
    assert told["detail"] == "There is no such route; see /docs."
    told = problem(api.http.delete("/v1/actors"), 405)
    assert "GET" in told["detail"]
    assert "POST" in told["detail"]


def test_a_refusal_names_choices_in_dutch_words() -> None:
    told = in_dutch(NotAPartner(actor=UNKNOWN, kind=ActorKind.CITIZEN))
    assert told.endswith(" is burger.")
    told = in_dutch(NotAllowedNow(decision=Decision.APPROVE, stage="approved"))
    assert "(goedgekeurd)" in told
    assert "approve" not in told


def test_a_refusal_names_the_event_that_something_would_come_before() -> None:
    told = DatedBefore(Mark(17, datetime(2024, 3, 1, 9, 30, tzinfo=UTC)))
    assert told.en.endswith("event 17, 2024-03-01 09:30Z.")
