"""What a coordinator finds: what is open, overdue, theirs, somewhere, or about something."""

from collections.abc import Generator
from typing import Any

import pytest

from domain.vocabulary import ActorId
from service.signin import Role
from tests.client import Api
from tests.conftest import Shared

QUESTION = {"audience": "citizens", "municipality": "44083", "channel": "email"}
LATE = {"dueOn": "2024-03-15", "occurredAt": "2024-03-01T09:00:00Z"}
ON_TIME = {"dueOn": "2199-12-31"}


@pytest.fixture
def asker(shared_api: Api) -> str:
    return shared_api.new("/actors", {"kind": "citizen", "name": "Buur Een"})


@pytest.fixture
def member(shared_api: Api) -> ActorId:
    return ActorId(shared_api.new("/actors", {"kind": "network_member", "name": "Netwerklid"}))


def ask(api: Api, asker: str, question: str = "Hoe beginnen we?", **more: Any) -> str:
    return api.new("/requests", QUESTION | {"askedBy": asker, "question": question} | more)


def ids(page: dict[str, Any]) -> set[str]:
    return {item["id"] for item in page["items"]}


def test_open_is_all_that_has_not_ended(shared_api: Api, asker: str) -> None:
    received, triaged, withdrawn = (ask(shared_api, asker) for _ in range(3))
    shared_api.record(f"/requests/{triaged}/triage", {"track": "inform", "reason": "Zo."})
    shared_api.record(f"/requests/{withdrawn}/withdrawals", {"reason": "Toch niet."})
    found = shared_api.get("/requests", askedBy=asker, status="open", total=True)
    assert ids(found) == {received, triaged}
    assert found["total"] == 2
    assert ids(shared_api.get("/requests", askedBy=asker, status="withdrawn")) == {withdrawn}


def test_overdue_is_what_is_open_after_its_day(shared_api: Api, asker: str) -> None:
    late, ended = (ask(shared_api, asker, **LATE) for _ in range(2))
    on_time, whenever = ask(shared_api, asker, **ON_TIME), ask(shared_api, asker)
    shared_api.record(f"/requests/{ended}/withdrawals", {"reason": "Toch niet."})
    found = shared_api.get("/requests", askedBy=asker, overdue=True, total=True)
    assert (ids(found), found["total"]) == ({late}, 1)
    others = shared_api.get("/requests", askedBy=asker, overdue=False, total=True)
    assert (ids(others), others["total"]) == ({ended, on_time, whenever}, 3)


def test_what_came_between_two_moments_is_counted_exactly_over_months_and_parts_of_them(
    shared_api: Api, asker: str
) -> None:
    moments = [
        f"2024-{moment}Z"
        for moment in (
            "01-31T23:59:59.999999",
            "02-01T00:00:00",
            "02-01T00:00:00.000001",
            "02-15T09:00:00",
            "03-01T00:00:00",
            "05-31T22:30:00",
        )
    ]
    for moment in moments:
        ask(shared_api, asker, occurredAt=moment, dueOn="2024-03-02")
    seen = set[int]()
    for since in (None, *moments):
        for until in (None, *moments):
            asked = {"from": since, "until": until} | {"askedBy": asker, "overdue": True}
            asked = {name: value for name, value in asked.items() if value is not None}
            late = shared_api.get("/requests", **asked, total=True)
            rest = shared_api.get("/requests", **asked | {"overdue": False}, total=True)
            first = moments.index(since) if since else 0
            came = moments[first : moments.index(until) if until else len(moments)]
            assert (late["total"], rest["total"]) == (len(came), 0), (since, until)
            assert len(late["items"]) == len(came)
            seen.add(len(came))
    assert seen == {*range(7)}


@pytest.fixture
def own(shared: Shared, member: ActorId) -> Generator[Api]:
    """Signed in as a coordinator who is that member of the network."""
    api = Api(shared.address, shared.service.issuer.sign("own", Role.COORDINATOR, actor=member))
    yield api
    api.close()


def test_mine_is_what_was_assigned_to_me(own: Api, asker: str, member: ActorId) -> None:
    mine, _nobodys = ask(own, asker), ask(own, asker)
    own.record(f"/requests/{mine}/assignments", {"assignee": member})
    assert ids(own.get("/requests", assignee="me", status="open")) == {mine}
    assert ids(own.get("/requests", assignee=member)) == {mine}


def test_me_is_somebody_only_to_a_token_that_says_who(shared_api: Api) -> None:
    answer = shared_api.http.get("/v1/requests", params={"assignee": "me"})
    assert answer.status_code == 400
    assert [issue["parameter"] for issue in answer.json()["issues"]] == ["assignee"]


def test_requests_are_found_by_their_words(shared_api: Api, asker: str) -> None:
    asked = ask(shared_api, asker, "Hoe maken we van onze soepdag iets van alle buurten?")
    other = ask(shared_api, asker, "Wie helpt ons aan een zaal?")
    shared_api.record(f"/requests/{other}/triage", {"track": "inform", "reason": "Zo."})
    shared_api.record(f"/requests/{other}/answers", {"answer": "Vraag het aan het café."})
    for q, found in (
        ("buurt", {asked}),
        ("cafe", {other}),
        ("zaal", {other}),
        ("soepdag buurt", {asked}),
        ("soepdag zaal", set[str]()),
        ('"van alle buurten"', {asked}),
    ):
        assert ids(shared_api.get("/requests", askedBy=asker, q=q)) == found, q


@pytest.mark.parametrize("sort", ["at", "-at", "dueOn"])
def test_pages_hold_while_requests_come_and_go(shared_api: Api, asker: str, sort: str) -> None:
    days = [f"2024-03-{day:02}" for day in range(1, 9)]
    all_of_them = [ask(shared_api, asker, occurredAt=f"{day}T09:00:00Z", dueOn=day) for day in days]
    page = shared_api.get("/requests", askedBy=asker, status="open", sort=sort, pageSize=3)
    seen = [item["id"] for item in page["items"]]
    ended = [seen[0], next(request for request in all_of_them if request not in seen)]
    for request in ended:
        shared_api.record(f"/requests/{request}/withdrawals", {"reason": "Toch niet."})
    shared_api.record(f"/requests/{seen[1]}/triage", {"track": "inform", "reason": "Zo."})
    shared_api.get("/requests", askedBy=asker)
    while "next" in page:
        page = shared_api.http.get(page["next"]).json()
        seen += [item["id"] for item in page["items"]]
    assert len(seen) == len(set(seen))
    assert set(seen) == set(all_of_them) - {ended[1]}
