"""Looking back over HTTP: what stays unseen, and who was not yet known to be one."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from service.clock import StoryClock
from service.running import Service
from service.signin import Role
from tests.client import Api
from tests.journeys.pilots import proposed_pilots

BEGIN: Final = datetime(2024, 3, 1, 9, tzinfo=UTC)
WHY: Final = "Verkeerd genoteerd."


def day(number: int) -> str:
    return f"{BEGIN + timedelta(days=number):%Y-%m-%d}"


@pytest.fixture
def on(clock: StoryClock) -> Callable[[int], None]:
    """Brings the service to a day."""
    return lambda number: clock.stand_at(BEGIN + timedelta(days=number))


def test_what_became_internal_stays_unseen_at_any_moment(
    api: Api, service: Service, http: str, on: Callable[[int], None]
) -> None:
    on(0)
    actor: Any = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    on(1)
    api.new("/notes", {"about": actor, "text": "Gevonden sleutels.", "visibility": "shared"})
    own = Api(http, service.issuer.sign("a", Role.ACTOR, actor=actor))
    with closing(own):
        own.position = api.position
        assert [line["type"] for line in own.history("/me", knownAt=day(1))][-1] == "note.added"
        on(2)
        fields = {"position": api.position, "fields": {"visibility": "internal"}, "reason": WHY}
        api.record("/corrections", fields)
        own.position = api.position
        for moment in ({"knownAt": day(1)}, {"asOf": day(1)}, {"asOf": day(2)}):
            assert [line["type"] for line in own.history("/me", **moment)] == ["actor.registered"]
    assert len(api.history(f"/actors/{actor}", knownAt=day(1))) == 2


def test_two_entries_of_one_actor_are_one_from_when_that_was_known(
    api: Api, on: Callable[[int], None]
) -> None:
    on(0)
    actor = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
    duplicate = api.new("/actors", {"kind": "citizen", "name": "Buur 1"})
    on(5)
    api.record(f"/actors/{actor}/merges", {"duplicate": duplicate, "reason": WHY})

    def positions(thing: str, **moment: str) -> list[int]:
        return [line["position"] for line in api.history(f"/actors/{thing}", **moment)]

    assert positions(actor, knownAt=day(4)) == [1]
    assert positions(duplicate, knownAt=day(4)) == [2]
    assert positions(actor, knownAt=day(5)) == positions(duplicate, knownAt=day(5)) == [1, 2, 3]
    # Known now: they were one all along.
    assert positions(actor, asOf=day(4)) == [1, 2]
    assert api.get(f"/actors/{actor}", knownAt=day(4))["mergedFrom"] == []
    assert api.get(f"/actors/{actor}", knownAt=day(5))["mergedFrom"] == [duplicate]


def test_an_ambition_shows_how_far_it_had_come(api: Api, on: Callable[[int], None]) -> None:
    on(0)
    ambition = api.new(
        "/ambitions",
        {"statement": "Meer.", "counted": "pilots", "target": 1, "by": "2030-12-31"},
    )
    on(1)
    before = api.get(f"/ambitions/{ambition}", knownAt=day(0))["progress"]
    assert (before["count"], before["reachedAt"]) == (0, None)
    missing = api.http.get(f"/v1/ambitions/{ambition}", params={"knownAt": day(-1)})
    assert missing.status_code == 404


def test_the_stages_of_places_are_those_of_that_moment(api: Api, on: Callable[[int], None]) -> None:
    on(0)
    plan = {
        "title": "Samen",
        "adoptedOn": "2024-01-02",
        "startsOn": "2024-01-01",
        "endsOn": "2029-12-31",
    }
    api.record("/municipalities/44083/plans", plan)
    on(1)

    def adopted(**moment: str) -> list[str]:
        found: Any = api.get("/municipalities", stage="plan_adopted", **moment)
        return [place["nis"] for place in found]

    assert adopted(knownAt=day(0)) == adopted() == ["44083"]
    assert adopted(knownAt=day(-1)) == adopted(asOf=day(-1)) == []
    place = api.get("/municipalities/44083", knownAt=day(-1))
    assert (place["municipality"]["name"], place["dossier"]["plans"]) == ("Deinze", [])
    assert api.history("/municipalities/44083", knownAt=day(-1)) == []
    assert api.http.get("/v1/municipalities?asOf=soon").status_code == 400


def test_evidence_is_shown_as_it_read_when_it_was_decided_on_to_who_may_see_it(
    api: Api, as_role: Callable[[Role], Api], on: Callable[[int], None]
) -> None:
    on(0)
    (pilot,), member = proposed_pilots(api, 1)
    initiative = api.get(f"/pilots/{pilot}")["initiative"]
    question = {"audience": "citizens", "question": "Hoe?", "municipality": "44083"}
    asked = api.new("/requests", question | {"askedBy": member, "channel": "email"})
    api.record(f"/requests/{asked}/links", {"initiative": initiative})
    linked = api.position
    found = {"indicator": "Buren", "value": "13", "unit": "buren"}
    observed = api.record(f"/pilots/{pilot}/observations", found)["position"]
    on(1)
    decision = {"decision": "approve", "deciders": [member], "motivation": "Het vertrekt van hen."}
    api.record(f"/pilots/{pilot}/decisions", decision | {"evidence": [observed, linked]})
    decided = api.position
    on(2)
    api.record("/corrections", {"position": observed, "fields": {"value": "31"}, "reason": WHY})

    def evidence(reader: Api) -> list[dict[str, Any]]:
        steps = reader.get(f"/pilots/{pilot}/replay", atLeast=api.position)["items"]
        (step,) = (step for step in steps if step["position"] == decided)
        return step["grounds"]["evidence"]

    number, link = evidence(api)
    assert "= 13 buren" in number["sentence"]["nl"]
    assert link["type"] == "request.linked"
    number, link = evidence(as_role(Role.EVALUATOR))
    assert "= 13 buren" in number["sentence"]["nl"]
    assert link == {"position": linked, "sealed": True}
