"""`/corrections` as a caller meets it: alone, again, and together with others."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from domain.ambitions import AmbitionSet
from domain.facts import stored_name
from domain.pilots import PilotDecided
from service.running import Service
from service.signin import Role
from tests.client import Api
from tests.conftest import Shared
from tests.facts import SAMPLES, STORY, sample_id
from tests.projections.told import appending

QUESTION = {
    "audience": "citizens",
    "question": "Hoe beginnen we?",
    "municipality": "44083",
    "channel": "email",
}
WHY = "Verkeerd genoteerd."


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


@pytest.fixture
def asker(api: Api) -> str:
    return api.new("/actors", {"kind": "citizen", "name": "Buur Een"})


@pytest.fixture
def request_id(api: Api, asker: str) -> str:
    """A request that was received in the last event recorded."""
    return api.new("/requests", QUESTION | {"askedBy": asker})


def correction(position: int, **fields: Any) -> dict[str, Any]:
    return {"position": position, "fields": fields, "reason": WHY}


def test_corrections_of_different_fields_at_once_are_all_kept(api: Api, request_id: str) -> None:
    wrong = api.position
    fields = {
        "question": "Hoe beginnen we samen?",
        "audience": "professionals",
        "channel": "phone",
        "dueOn": "2030-01-31",
        "reference": "2024/017",
    }
    bodies = [correction(wrong, **{name: value}) for name, value in fields.items()]
    with ThreadPoolExecutor(len(bodies)) as together:
        sent = [together.submit(api.post, "/corrections", body) for body in bodies]
        answers = [answer.result() for answer in sent]
    assert [answer.status_code for answer in answers] == [201] * len(bodies)
    last = max(answer.json()["position"] for answer in answers)
    api.position = max(api.position, last)
    line, *_ = api.history(f"/requests/{request_id}", orderBy="recorded")
    assert line["data"] | fields == line["data"]


def test_a_correction_sent_again_gets_its_first_answer(api: Api, request_id: str) -> None:
    wrong, key = api.position, str(uuid4())
    body = correction(wrong, question="Hoe beginnen wij?")
    first = api.record("/corrections", body, Idempotency_Key=key)
    api.record("/corrections", correction(wrong, channel="phone"))
    again = api.post("/corrections", body, Idempotency_Key=key)
    assert (again.status_code, again.json()) == (201, first)
    other = api.post("/corrections", body | {"reason": "Anders."}, Idempotency_Key=key)
    assert other.status_code == 422
    assert first["id"] == request_id


@pytest.mark.parametrize(
    "fields",
    [{"question": QUESTION["question"]}, {"channel": "email", "dueOn": None}],
    ids=["a sealed text", "open fields"],
)
def test_what_reads_so_already_is_no_correction(
    api: Api, request_id: str, fields: dict[str, Any]
) -> None:
    answer = api.post("/corrections", correction(api.position, **fields))
    assert answer.status_code == 200
    assert answer.json()["events"] == []
    assert answer.headers["Location"] == f"/v1/requests/{request_id}"


@pytest.mark.usefixtures("request_id")
def test_a_correction_is_made_to_the_version_that_was_seen(api: Api) -> None:
    wrong = api.position
    first = api.record("/corrections", correction(wrong, channel="desk"), If_Match=f'"{wrong}"')
    body = correction(wrong, channel="post")
    stale = api.post("/corrections", body, If_Match=f'"{wrong}"')
    assert stale.status_code == 412
    assert stale.json()["changedBy"] == [first["position"]]
    api.record("/corrections", body, If_Match=f'"{first["position"]}"')


def test_corrected_moments_are_stored_in_utc(api: Api) -> None:
    body = {"title": "In de wijk", "municipality": "44083", "plannedAt": "2030-03-01T19:00:00Z"}
    session = api.new("/sessions", body)
    moved = correction(api.position, plannedAt="2030-03-01T20:30:00+01:00")
    api.record("/corrections", moved)
    line, *_ = api.history(f"/sessions/{session}", orderBy="recorded")
    assert line["data"]["plannedAt"] == "2030-03-01T19:30:00Z"
    same = correction(moved["position"], plannedAt="2030-03-01T21:30:00+02:00")
    assert api.post("/corrections", same).status_code == 200


@pytest.mark.parametrize("field", ["plannedAt", "occurredAt"])
def test_corrected_moments_lie_in_the_calendar(api: Api, field: str) -> None:
    body = {"title": "In de wijk", "municipality": "44083", "plannedAt": "2030-03-01T19:00:00Z"}
    api.new("/sessions", body)
    wrong = correction(api.position, **{field: "9999-12-31T23:30:00Z"})
    assert api.post("/corrections", wrong).status_code == 400


def test_a_correction_says_where_the_thing_is_read(api: Api, asker: str) -> None:
    initiative = api.new(
        "/initiatives",
        {"name": "De lange tafel", "initiators": [asker], "municipality": "44083"},
    )
    workshop = api.new(
        "/workshops",
        {
            "title": "Aan tafel",
            "initiatives": [initiative],
            "municipality": "44083",
            "plannedAt": "2030-03-01T19:00:00Z",
            "questions": [{"askedBy": asker, "question": "Wie missen we?"}],
        },
    )
    api.record(f"/workshops/{workshop}/reports", {"participants": [asker], "attendance": 4})
    seen = api.position
    proposed = {"initiative": initiative, "proposal": "Begin bij wat buren kunnen."}
    api.record(f"/workshops/{workshop}/approaches", proposed)
    body = correction(api.position, proposal="Begin bij wie er al is.")
    assert api.post("/corrections", body, If_Match=f'"{seen}"').status_code == 412
    answer = api.post("/corrections", body, If_Match=f'"{api.position}"')
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/workshops/{workshop}"
    plan = {
        "title": "Samen",
        "adoptedOn": "2024-01-02",
        "startsOn": "2024-01-01",
        "endsOn": "2029-12-31",
    }
    api.record("/municipalities/44083/plans", plan)
    answer = api.post("/corrections", correction(api.position, title="Samen in de stad"))
    assert answer.headers["Location"] == "/v1/municipalities/44083"


@pytest.mark.usefixtures("request_id")
def test_a_correction_has_no_parameters(api: Api) -> None:
    body = correction(api.position, channel="desk")
    assert api.http.post("/v1/corrections?atLeast=1", json=body).status_code == 400


def test_an_ambition_is_corrected_by_its_own_etag_after_a_pilot_counted(
    service: Service, as_role: Callable[[Role], Api]
) -> None:
    api = as_role(Role.COORDINATOR)
    ambition = SAMPLES[AmbitionSet]
    assert isinstance(ambition, AmbitionSet)
    decided = [event.fact for event in STORY if isinstance(event.fact, PilotDecided)]
    service.log.append_all([appending("", fact) for fact in (ambition, *decided)], 0)
    path = f"/v1/ambitions/{ambition.ambition}"
    found = api.http.get(path, params={"atLeast": 1 + len(decided)})
    assert found.headers["etag"] != '"1.1"'
    said = {"position": 1, "fields": {"statement": "Dertig gemeenten."}, "reason": "Korter."}
    assert api.post("/corrections", said, If_Match=found.headers["etag"]).status_code == 201
    assert api.post("/corrections", said, If_Match=found.headers["etag"]).status_code == 412


OF_A_PLACE = [fact for fact in SAMPLES.values() if hasattr(fact, "municipality")]


@pytest.mark.parametrize("elsewhere", ["11002", "99999"], ids=["another", "none that there is"])
def test_no_event_moves_to_another_municipality(shared: Shared, api: Api, elsewhere: str) -> None:
    """It says so, whatever the fact: not that there is no such event, nor that somebody is not."""
    moved = {
        stored_name(type(fact)): api.post(
            "/corrections",
            correction(
                shared.service.log.append(appending("", fact)).position, municipality=elsewhere
            ),
        )
        for fact in OF_A_PLACE
    }
    assert len(moved) > 30
    assert {name: answer.text for name, answer in moved.items() if answer.status_code != 409} == {}
    assert {answer.json()["type"] for answer in moved.values()} == {
        "urn:problem-type:aanzet:correctionGoesTooFar"
    }


def test_no_event_tells_of_another_thing_once_corrected(shared: Shared, api: Api) -> None:
    position = shared.service.log.append(appending("", SAMPLES[PilotDecided])).position
    for name, other in {
        "pilot": sample_id("pilot", 99),
        "initiative": sample_id("initiative", 99),
        "deciders": [sample_id("actor", 99)],
    }.items():
        api.refused("/corrections", correction(position, **{name: other}), "correctionGoesTooFar")
