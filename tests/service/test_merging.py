"""Merged actors over HTTP: both ids lead to one history, and what is new names the one kept."""

from contextlib import closing

import pytest

from domain.vocabulary import ActorId
from service.ids import new_id
from service.running import Service
from service.signin import Role
from tests.client import Api

WHY = "Tweemaal opgenomen."


@pytest.fixture
def twice(api: Api) -> tuple[str, str]:
    """Somebody who was registered twice, and asked something as each."""
    actors = [api.new("/actors", {"kind": "citizen", "name": "Buur"}) for _ in range(2)]
    for actor in actors:
        body = {"askedBy": actor, "audience": "citizens", "municipality": "44083"}
        api.record("/requests", {**body, "channel": "phone", "question": "Waar beginnen we?"})
    return actors[0], actors[1]


def test_the_history_of_each_is_that_of_both(api: Api, twice: tuple[str, str]) -> None:
    kept, duplicate = twice
    before = api.history(f"/actors/{kept}")
    assert [line["type"] for line in before] == ["actor.registered", "request.received"]
    api.record(f"/actors/{kept}/merges", {"duplicate": duplicate, "reason": WHY})
    lines = api.history(f"/actors/{kept}")
    assert [line["type"] for line in lines] == [
        "actor.registered",
        "actor.registered",
        "request.received",
        "request.received",
        "actor.merged",
    ]
    assert [line["position"] for line in api.history(f"/actors/{duplicate}")] == [
        line["position"] for line in lines
    ]


def test_each_shows_the_other(api: Api, twice: tuple[str, str]) -> None:
    kept, duplicate = twice
    api.record(f"/actors/{kept}/merges", {"duplicate": duplicate, "reason": WHY})
    assert api.get(f"/actors/{kept}")["mergedFrom"] == [duplicate]
    assert api.get(f"/actors/{duplicate}")["mergedInto"] == kept
    assert len(api.get("/requests", askedBy=kept)["items"]) == 2
    assert [row["id"] for row in api.get("/actors", mergedInto=kept)["items"]] == [duplicate]


def test_nothing_new_names_a_merged_actor(api: Api, twice: tuple[str, str]) -> None:
    kept, duplicate = twice
    merge = {"duplicate": duplicate, "reason": WHY}
    api.record(f"/actors/{kept}/merges", merge)
    assert api.post(f"/actors/{kept}/merges", merge).json()["events"] == []
    body = {"name": "Soepdag", "initiators": [duplicate], "municipality": "44083"}
    problem = api.refused("/initiatives", body, "actorIsMerged")
    assert kept in problem["detail"]
    assert problem["blockedBy"] == [api.position]
    body = {"name": "Soepdag", "initiators": [kept], "municipality": "44083"}
    api.refused("/initiatives", {**body, "onBehalfOf": duplicate}, "actorIsMerged")
    api.record("/initiatives", {**body, "onBehalfOf": kept})


def test_a_merged_actor_reads_the_whole_history(
    api: Api, http: str, service: Service, twice: tuple[str, str]
) -> None:
    kept, duplicate = twice
    api.record(f"/actors/{kept}/merges", {"duplicate": duplicate, "reason": WHY})
    for actor, events in ((kept, 5), (duplicate, 5), (new_id("actor"), 0)):
        token = service.issuer.sign("me", Role.ACTOR, actor=ActorId(actor))
        with closing(Api(http, token)) as me:
            me.position = api.position
            assert len(me.history("/me")) == events
