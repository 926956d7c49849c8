"""Lists, things and histories as a reader meets them."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from msgspec import structs

from domain.vocabulary import ActorId, UserId
from service.api.access import is_actor
from service.api.paging import cursor
from service.signin import Caller, Role
from tests.client import Api
from tests.conftest import Shared

QUESTION = {
    "audience": "citizens",
    "question": "Hoe beginnen we?",
    "municipality": "44083",
    "channel": "email",
}


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


@pytest.fixture
def asker(api: Api) -> str:
    return api.new("/actors", {"kind": "citizen", "name": "Buur Een"})


@pytest.fixture
def three(api: Api, asker: str) -> list[str]:
    """Three requests of one asker, received in an order of their own."""
    days = ("2024-03-02", "2024-03-01", "2024-03-03")
    bodies = [
        QUESTION | {"askedBy": asker, "occurredAt": f"{day}T09:00:00Z", "dueOn": day}
        for day in days
    ]
    return [api.new("/requests", body) for body in bodies]


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def test_a_list_has_the_newest_first(api: Api, asker: str, three: list[str]) -> None:
    second, first, third = three
    assert ids(api.get("/requests", askedBy=asker)) == [third, second, first]


def test_a_list_is_sorted_as_asked(api: Api, asker: str, three: list[str]) -> None:
    second, first, third = three
    assert ids(api.get("/requests", askedBy=asker, sort="at")) == [first, second, third]
    assert ids(api.get("/requests", askedBy=asker, sort="-dueOn")) == [third, second, first]


@pytest.mark.parametrize("sort", ["at", "-at", "dueOn", "-dueOn"])
def test_pages_follow_each_other_without_gap_or_double(
    api: Api, asker: str, three: list[str], sort: str
) -> None:
    undated = api.new("/requests", QUESTION | {"askedBy": asker})
    page = api.get("/requests", askedBy=asker, pageSize=1, sort=sort)
    seen = ids(page)
    while "next" in page:
        assert len(page["items"]) == 1
        page = api.http.get(page["next"]).json()
        seen += ids(page)
    assert sorted(seen) == sorted([*three, undated])
    assert seen == ids(api.get("/requests", askedBy=asker, sort=sort))


def test_from_and_until_take_a_day_which_begins_in_brussels(api: Api, asker: str) -> None:
    at = "2024-03-01T23:30:00Z"
    request = api.new("/requests", QUESTION | {"askedBy": asker, "occurredAt": at})
    assert ids(api.get("/requests", **{"askedBy": asker, "from": "2024-03-02"})) == [request]
    assert ids(api.get("/requests", askedBy=asker, until="2024-03-02")) == []
    history = f"/requests/{request}"
    assert len(api.history(history, **{"from": "2024-03-02", "until": "2024-03-03"})) == 1
    assert api.history(history, until="2024-03-02") == []


def test_the_next_page_is_named_in_the_link_header_too(
    api: Api, asker: str, three: list[str]
) -> None:
    api.get(f"/requests/{three[-1]}")
    answer = api.http.get("/v1/requests", params={"askedBy": asker, "pageSize": 2})
    assert answer.headers["link"] == f'<{answer.json()["next"]}>; rel="next"'


def test_a_list_counts_exactly_when_asked(api: Api, asker: str, three: list[str]) -> None:
    page = api.get("/requests", askedBy=asker, pageSize=1, total=True)
    assert page["total"] == len(three)
    assert "total" not in api.get("/requests", askedBy=asker)


def test_an_empty_list_is_a_list(api: Api) -> None:
    page = api.get("/requests", reference=str(uuid4()), total=True)
    assert page["items"] == []
    assert page["total"] == 0
    assert "next" not in page


def test_requests_are_found_by_what_is_said_of_them(api: Api, asker: str) -> None:
    reference = str(uuid4())
    member = api.new("/actors", {"kind": "network_member", "name": "Netwerklid"})
    request = api.new("/requests", QUESTION | {"askedBy": asker, "reference": reference})
    api.record(f"/requests/{request}/triage", {"track": "innovate", "reason": "Er is goesting."})
    api.record(f"/requests/{request}/assignments", {"assignee": member})
    for found in (
        {"reference": reference},
        {"assignee": member},
        {"askedBy": asker, "track": "innovate"},
        {"askedBy": asker, "status": "triaged", "municipality": "44083"},
        {"askedBy": asker, "open": True},
        {"askedBy": asker, "from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00+01:00"},
    ):
        assert ids(api.get("/requests", **found)) == [request], found
    for missed in (
        {"askedBy": asker, "open": False},
        {"askedBy": asker, "track": "inform"},
        {"askedBy": asker, "until": "2020-01-01T00:00:00Z"},
    ):
        assert ids(api.get("/requests", **missed)) == [], missed


def test_a_thing_has_its_version_as_etag(api: Api, asker: str) -> None:
    request = api.new("/requests", QUESTION | {"askedBy": asker})
    api.get(f"/requests/{request}")
    first = api.http.get(f"/v1/requests/{request}")
    assert first.headers["etag"] == f'"{api.position}"'
    same = api.http.get(f"/v1/requests/{request}", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_who_acts_on_an_old_version_is_told_what_changed(api: Api, asker: str) -> None:
    request = api.new("/requests", QUESTION | {"askedBy": asker})
    seen = f'"{api.position}"'
    triage = {"track": "inspire", "reason": "Ze zoeken nieuwe mensen."}
    api.record(f"/requests/{request}/triage", triage, If_Match=seen)
    stale = api.post(f"/requests/{request}/answers", {"answer": "Ja."}, If_Match=seen)
    assert stale.status_code == 412
    assert stale.json()["changedBy"] == [api.position]
    fresh = f'"{api.position}"'
    api.record(f"/requests/{request}/answers", {"answer": "Ja."}, If_Match=fresh)


def test_a_version_that_a_thing_never_had_is_refused(api: Api, asker: str) -> None:
    request = api.new("/requests", QUESTION | {"askedBy": asker})
    for version in (0, api.position + 1, 10**9):
        body = {"reason": "Toch niet."}
        answer = api.post(f"/requests/{request}/withdrawals", body, If_Match=f'"{version}"')
        assert answer.status_code == 412


def test_the_same_key_gets_the_first_answer_again(api: Api) -> None:
    key, body = str(uuid4()), {"kind": "citizen", "name": "Buur Twee"}
    first = api.post("/actors", body, Idempotency_Key=key)
    again = api.post("/actors", body, Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]


def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    key = str(uuid4())
    api.post("/actors", {"kind": "citizen", "name": "Buur Twee"}, Idempotency_Key=key)
    other = api.post("/actors", {"kind": "citizen", "name": "Buur Drie"}, Idempotency_Key=key)
    assert other.status_code == 422


def test_what_was_already_so_answers_without_events(api: Api, asker: str) -> None:
    request = api.new("/requests", QUESTION | {"askedBy": asker})
    member = api.new("/actors", {"kind": "network_member", "name": "Netwerklid"})
    api.record(f"/requests/{request}/assignments", {"assignee": member})
    again = api.post(f"/requests/{request}/assignments", {"assignee": member})
    assert again.status_code == 200
    assert again.json()["events"] == []


def test_a_history_is_in_the_order_of_happening_or_of_recording(api: Api, asker: str) -> None:
    request = api.new(
        "/requests", QUESTION | {"askedBy": asker, "occurredAt": "2024-03-01T09:00:00Z"}
    )
    for day in ("2024-03-09", "2024-03-05"):
        step = {"activity": day, "handledBy": asker, "occurredAt": f"{day}T09:00:00Z"}
        api.record(f"/requests/{request}/steps", step)
    path = f"/requests/{request}"

    def days(**query: str) -> list[str]:
        return [line["occurredAt"][:10] for line in api.history(path, **query)]

    assert days() == ["2024-03-01", "2024-03-05", "2024-03-09"]
    assert days(order="desc") == ["2024-03-09", "2024-03-05", "2024-03-01"]
    assert days(orderBy="recorded") == ["2024-03-01", "2024-03-09", "2024-03-05"]
    later = {"from": "2024-03-05T00:00:00Z", "until": "2024-03-06T00:00:00Z"}
    assert days(**later) == ["2024-03-05"]
    assert days(types="request.received") == ["2024-03-01"]
    assert days(types="request.received,actor.") == ["2024-03-01"]
    assert days(types="request.") == days()


@pytest.mark.parametrize("types", ["request.recieved", "requests.", "request", ",", "request.%"])
def test_types_that_no_event_has_are_named_as_wrong(api: Api, asker: str, types: str) -> None:
    api.get(f"/actors/{asker}")
    answer = api.http.get(f"/v1/actors/{asker}/history", params={"types": types})
    assert answer.status_code == 400
    assert [issue["parameter"] for issue in answer.json()["issues"]] == ["types"]


def test_a_history_counts_its_lines_when_asked(api: Api, asker: str, three: list[str]) -> None:
    path = f"/actors/{asker}/history"
    page = api.get(path, total=True, pageSize=1)
    assert page["total"] == 1 + len(three)
    following = api.http.get(page["next"]).json()
    assert following["total"] == page["total"]
    assert api.get(path, total=True, types="request.")["total"] == len(three)
    assert "total" not in api.get(path)


@pytest.mark.parametrize("order_by", ["occurred", "recorded"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_history_pages_without_gap_or_double(
    api: Api, asker: str, order: str, order_by: str
) -> None:
    request = api.new(
        "/requests", QUESTION | {"askedBy": asker, "occurredAt": "2024-03-01T09:00:00Z"}
    )
    for _ in range(4):
        # All at one moment: only the position tells them apart.
        step = {"activity": "x", "handledBy": asker, "occurredAt": "2024-03-02T09:00:00Z"}
        api.record(f"/requests/{request}/steps", step)
    asked = {"order": order, "orderBy": order_by}
    page = api.get(f"/requests/{request}/history", pageSize=2, **asked)
    seen = [line["position"] for line in page["items"]]
    while "next" in page:
        page = api.http.get(page["next"]).json()
        seen += [line["position"] for line in page["items"]]
    assert seen == sorted(seen, reverse=order == "desc")
    assert len(seen) == 5


def test_a_history_has_the_event_in_everyones_place(api: Api, asker: str) -> None:
    request = api.new("/requests", QUESTION | {"askedBy": asker})
    for path in (f"/requests/{request}", f"/actors/{asker}", "/municipalities/44083"):
        found = api.history(path, orderBy="recorded", order="desc")
        assert api.position in [line["position"] for line in found]


def test_a_merged_municipality_is_read_under_both_codes(api: Api, asker: str) -> None:
    body = QUESTION | {
        "askedBy": asker,
        "municipality": "44034",
        "occurredAt": "2023-05-01T09:00:00Z",
    }
    request = api.new("/requests", body)
    for nis in ("44034", "44087", "44073"):
        page = api.history(f"/municipalities/{nis}")
        assert request in [line["data"].get("request") for line in page]
        place = api.get(f"/municipalities/{nis}")
        assert (place["municipality"]["nis"], place["goesOnAs"]) == (nis, "44087")


def test_a_correction_stands_in_sight(api: Api, asker: str) -> None:
    request = api.new("/requests", QUESTION | {"askedBy": asker})
    wrong = api.position
    for text in ("Hoe beginnen wij?", "Hoe beginnen we samen?"):
        body = {"position": wrong, "fields": {"question": text}, "reason": "Verkeerd genoteerd."}
        api.record("/corrections", body)
    line, *_ = api.history(f"/requests/{request}", orderBy="recorded")
    assert line["data"]["question"] == "Hoe beginnen we samen?"
    assert line["corrected"]["was"]["data"]["question"] == "Hoe beginnen we?"
    assert line["corrected"]["by"] == api.position
    assert api.get(f"/requests/{request}")["question"] == "Hoe beginnen we samen?"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"municipality": "44034"}, 409),
        ({"audience": "robots"}, 400),
        ({"question": ""}, 400),
        ({"questions": "x"}, 400),
        ({"occurredAt": "2199-01-01T00:00:00Z"}, 409),
        ({"occurredAt": "yesterday"}, 400),
        ({}, 400),
    ],
)
def test_a_correction_keeps_to_what_can_be_corrected(
    api: Api, asker: str, fields: dict[str, Any], status: int
) -> None:
    api.new("/requests", QUESTION | {"askedBy": asker})
    body = {"position": api.position, "fields": fields, "reason": "x"}
    answer = api.post("/corrections", body)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("position", [10**9, 2**53 - 1])
def test_there_is_no_correction_of_nothing(api: Api, position: int) -> None:
    body = {"position": position, "fields": {"question": "x"}, "reason": "x"}
    assert api.post("/corrections", body).status_code == 404


def test_a_position_that_is_not_there_yet_is_not_waited_for_for_ever(api: Api) -> None:
    answer = api.http.get("/v1/requests", params={"atLeast": 10**9})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_evaluators_read_pseudonyms(shared: Shared, api: Api) -> None:
    name = f"Buur {uuid4()}"
    actor = api.new("/actors", {"kind": "citizen", "name": name})
    initiative = api.new(
        "/initiatives", {"name": "Soepdag", "initiators": [actor], "municipality": "44083"}
    )
    api.get(f"/initiatives/{initiative}")
    assert name in str(api.history(f"/initiatives/{initiative}"))
    evaluator = Api(shared.address, shared.service.issuer.sign("e", Role.EVALUATOR))
    evaluator.position = api.position
    told = str(evaluator.history(f"/initiatives/{initiative}"))
    evaluator.close()
    assert name not in told
    assert f"actor {actor[-6:]}" in told


def test_evaluators_do_not_read_requests_through_a_municipality(shared: Shared, api: Api) -> None:
    actor = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    question = f"Vraag {uuid4()}"
    api.new("/requests", QUESTION | {"askedBy": actor, "question": question})
    path = "/municipalities/44083"
    newest = {"orderBy": "recorded", "order": "desc"}
    assert question in str(api.history(path, **newest))
    evaluator = Api(shared.address, shared.service.issuer.sign("e", Role.EVALUATOR))
    evaluator.position = api.position
    lines = evaluator.history(path, **newest)
    evaluator.close()
    assert question not in str(lines)
    assert not [line for line in lines if line["type"].startswith(("request.", "actor."))]


def test_an_actor_reads_their_own_history_and_no_internal_lines(shared: Shared, api: Api) -> None:
    actor: Any = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    api.record(f"/actors/{actor}/changes", {"phone": "000"})
    everything = [line["type"] for line in api.history(f"/actors/{actor}")]
    assert everything == ["actor.registered", "actor.details_changed"]
    own = Api(shared.address, shared.service.issuer.sign("a", Role.ACTOR, actor=actor))
    own.position = api.position
    assert [line["type"] for line in own.history("/me")] == ["actor.registered"]
    assert own.http.get(f"/v1/actors/{actor}").status_code == 403
    own.close()


@pytest.mark.parametrize(
    "token", [None, "nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."]
)
def test_nothing_is_read_without_a_token_that_is_trusted(shared: Shared, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{shared.address}/v1/requests", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:problem-type:aanzet:unauthorized"


@pytest.mark.parametrize("path", ["/health", "/ready", "/docs", "/v1/openapi.json"])
def test_some_pages_need_no_token(shared: Shared, path: str) -> None:
    assert httpx.get(f"{shared.address}{path}").status_code == 200


def test_a_municipality_lists_what_began_in_those_that_merged_into_it(api: Api, asker: str) -> None:
    body = QUESTION | {"askedBy": asker, "occurredAt": "2024-03-02T09:00:00Z"}
    merged = api.new("/requests", body | {"municipality": "11007"})
    own = api.new("/requests", body | {"municipality": "11002"})
    found = api.get("/requests", askedBy=asker, municipality="11002")
    assert set(ids(found)) == {merged, own}
    assert ids(api.get("/requests", askedBy=asker, municipality="11007")) == [merged]


ID = "request_01k00000000000000000000000"


@pytest.mark.parametrize(
    ("path", "cursor_of"),
    [
        ("/requests", ("2024-99-99", ID, 0)),
        ("/requests", ("2024-W01-1", ID, 0)),
        ("/requests", (ID, ID, 0)),
        ("/requests", ("infinity", "2024-01-01", 0)),
        ("/learning", ("2024-02-30", 1)),
        ("/learning", (ID, 1)),
    ],
)
def test_a_cursor_that_was_made_up_is_refused(
    api: Api, path: str, cursor_of: tuple[str | int, ...]
) -> None:
    answer = api.http.get(f"/v1{path}", params={"after": cursor(cursor_of)})
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["parameter"] == "after"


def test_who_is_an_evaluator_and_an_actor_reads_as_an_evaluator(asker: str) -> None:
    both = Caller(
        user=UserId("user_x"), roles=frozenset({Role.EVALUATOR, Role.ACTOR}), actor=ActorId(asker)
    )
    assert not is_actor(both)
    assert is_actor(structs.replace(both, roles=frozenset({Role.ACTOR})))
