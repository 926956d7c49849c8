"""Municipalities and professionals as they meet the API, from a first need to a bridge."""

from typing import Any

import pytest

from tests.client import Api

ANTWERPEN, BORSBEEK = "11002", "11007"
SAID = "Samen op weg."
PLAN = {
    "title": "Samen sterk",
    "adoptedOn": "2023-12-18",
    "startsOn": "2024-01-01",
    "endsOn": "2029-12-31",
}


@pytest.fixture
def citizen(api: Api) -> str:
    return api.new("/actors", {"kind": "citizen", "name": "Buur Een"})


@pytest.fixture
def professional(api: Api) -> str:
    return api.new("/actors", {"kind": "professional", "name": "Buurtwerker"})


def dossier(api: Api, nis: str = ANTWERPEN) -> dict[str, Any]:
    return api.get(f"/municipalities/{nis}")["dossier"]


def test_a_dossier_tells_how_far_a_municipality_has_come(api: Api, citizen: str) -> None:
    here = f"/municipalities/{ANTWERPEN}"
    assert dossier(api)["stage"] == "not_engaged"
    api.record(f"{here}/needs", {"need": SAID, "situation": SAID, "themes": ["ontmoeting"]})
    api.refused(f"{here}/roles", {"role": "finder", "reason": SAID}, "municipalityNotEngaged")
    api.refused(f"{here}/approaches", {"approach": SAID}, "municipalityNotEngaged")
    api.record(f"{here}/engagements", {"purpose": SAID})
    assert dossier(api)["stage"] == "engaged"
    api.record(f"{here}/roles", {"role": "finder", "reason": SAID})
    person = {"person": citizen, "activity": SAID}
    api.refused(f"{here}/people", person, "personHasNotAgreed")
    api.record(f"{here}/people", person | {"agreedOn": "2024-02-12"})
    api.record(f"{here}/approaches", {"approach": SAID, "toGetStarted": [SAID]})
    api.refused(f"{here}/roles", {"role": "partner", "reason": SAID}, "noPolicyPlan")
    api.record(f"{here}/plans", PLAN)
    assert dossier(api)["stage"] == "plan_adopted"
    api.record(f"{here}/roles", {"role": "partner", "reason": SAID})
    found = dossier(api)
    assert found["stage"] == "partner"
    assert [role["role"] for role in found["roles"]] == ["finder", "partner"]
    assert [known["person"] for known in found["people"]] == [citizen]
    assert [len(found[name]) for name in ("engagements", "needs", "approaches", "plans")] == [1] * 4
    told = [line["type"] for line in api.history(f"/actors/{citizen}")]
    assert told == ["actor.registered", "municipality.person_identified"]


def test_places_are_found_by_how_far_they_have_come(api: Api) -> None:
    merged = {"purpose": SAID, "occurredAt": "2024-06-01T10:00:00Z"}
    api.record(f"/municipalities/{BORSBEEK}/engagements", merged)
    asked: dict[str, Any] = {"stage": "engaged", "atLeast": api.position}
    places = api.http.get("/v1/municipalities", params=asked).json()
    assert [place["nis"] for place in places] == [ANTWERPEN]
    assert dossier(api, BORSBEEK)["engagements"][0]["municipality"] == BORSBEEK
    assert api.http.get("/v1/municipalities", params={"stage": "pilots"}).json() == []
    assert api.http.get("/v1/municipalities", params={"stage": "asleep"}).status_code == 400
    answer = api.http.get("/v1/municipalities", params={"atLeast": api.position})
    stages = {place["nis"]: (place["stage"], place["pilots"]) for place in answer.json()}
    # Borsbeek goes on as Antwerpen.
    assert stages[BORSBEEK] == stages[ANTWERPEN] == ("engaged", 0)
    assert set(stages.values()) == {("engaged", 0), ("not_engaged", 0)}


def test_a_professional_reflects_and_makes_a_bridge(
    api: Api, citizen: str, professional: str
) -> None:
    body = {"name": SAID, "initiators": [citizen], "municipality": ANTWERPEN}
    initiative = api.new("/initiatives", body)
    bridge = {"professional": professional, "how": "Samen gegaan.", "people": 3}
    api.record(f"/initiatives/{initiative}/bridges", bridge)
    api.refused(
        f"/initiatives/{initiative}/bridges", bridge | {"professional": citizen}, "notAProfessional"
    )
    (made,) = api.get(f"/initiatives/{initiative}")["bridges"]
    assert (made["professional"], made["people"]) == (professional, 3)
    reflection = {"professional": professional, "municipality": ANTWERPEN}
    reflection |= dict.fromkeys(("mandate", "role", "view", "approach"), SAID)
    mine = api.new("/reflections", reflection)
    for asked in ({"professional": professional}, {"municipality": ANTWERPEN}):
        assert [item["id"] for item in api.get("/reflections", **asked)["items"]] == [mine]
    assert not api.get("/reflections", professional=citizen)["items"]
    told = [line["sentence"]["nl"] for line in api.history(f"/actors/{professional}")]
    assert told[1:] == [
        f"Buurtwerker bracht mensen (3) en {SAID} samen: Samen gegaan.",
        f"Buurtwerker denkt na over de eigen rol: {SAID}",
    ]


def test_a_municipality_that_is_none_is_not_corrected_into(api: Api) -> None:
    engaged = api.record(f"/municipalities/{ANTWERPEN}/engagements", {"purpose": SAID})
    correction = {
        "position": engaged["position"],
        "fields": {"municipality": "99999"},
        "reason": SAID,
    }
    assert api.post("/corrections", correction).status_code in (400, 404, 409)
