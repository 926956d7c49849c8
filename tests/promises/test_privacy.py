"""What people say stays where it belongs: not in the operators' log, and not in problems."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.ids import new_id
from service.running import Service
from service.signin import Issuer, Role
from tests.client import Api
from tests.conftest import SECRET
from tests.processes import Running, eventually, free_port, is_ready, started

SECRETIVE = "Zwijgzaam"
"""A word that stands in every text and detail that the tests send, and in nothing else."""
TOLD = f"{SECRETIVE} van der Buurt, Achterstraat 7"
NUMBER = "0987654321"
MUNICIPALITY = "44083"


def everywhere(api: Api, service: Service) -> Iterator[httpx.Response]:
    """Answers to the secretive word in each parameter and each field that a route has."""
    schema = service.app().openapi_schema.to_schema()
    for path, verbs in schema["paths"].items():
        for verb, route in verbs.items():
            spoken = path
            query: dict[str, str] = {}
            for parameter in route.get("parameters", ()):
                match parameter["in"]:
                    case "path":
                        spoken = spoken.replace(f"{{{parameter['name']}}}", TOLD)
                    case "query":
                        query[parameter["name"]] = TOLD
                    case _:
                        pass
            for body in _bodies(schema, route) if verb == "post" else [None]:
                for asked, headers in (
                    ({}, {}),
                    (query, {}),
                    ({"no": TOLD}, {"Idempotency-Key": SECRETIVE, "If-Match": SECRETIVE}),
                ):
                    yield api.http.request(verb, spoken, params=asked, json=body, headers=headers)


def _bodies(schema: dict[str, Any], route: dict[str, Any]) -> Iterator[Any]:
    if "application/json" not in route["requestBody"]["content"]:
        yield TOLD
        return
    (named,) = re.findall(r"#/components/schemas/(\w+)", json.dumps(route["requestBody"]))
    fields = schema["components"]["schemas"][named]["properties"]
    for value in (TOLD, [TOLD], {"text": TOLD}, [{"text": TOLD}]):
        yield dict.fromkeys(fields, value)
    yield TOLD


def test_a_problem_never_repeats_what_was_sent(api: Api, service: Service) -> None:
    problems = [answer for answer in everywhere(api, service) if answer.status_code >= 400]
    assert len(problems) > 100
    for problem in problems:
        assert problem.status_code < 500, problem.request.url
        assert problem.headers["content-type"] == "application/problem+json"
        assert SECRETIVE not in problem.text, f"{problem.request.url}: {problem.text}"


@pytest.mark.parametrize("number", [NUMBER, f"BE{NUMBER}", f"V{NUMBER}"])
def test_nor_does_it_repeat_a_number_that_is_none(api: Api, number: str) -> None:
    body = {"kind": "association", "name": TOLD, "enterpriseNumber": number, "vcode": number}
    answer = api.post("/actors", body)
    assert answer.status_code == 400
    assert number not in answer.text


def test_a_refusal_names_no_text_and_no_person(api: Api) -> None:
    citizen = api.new("/actors", {"kind": "citizen", "name": TOLD})
    body = {"initiators": [citizen], "name": TOLD, "municipality": MUNICIPALITY}
    initiative = api.new("/initiatives", {**body, "appetite": TOLD, "strengths": [TOLD]})
    pilot = {"initiative": initiative, "municipality": MUNICIPALITY, "title": TOLD}
    pilot |= {"hypothesis": TOLD, "aim": TOLD, "startsOn": "2024-01-01", "endsOn": "2024-12-31"}
    problem = api.refused("/pilots", pilot, "noPolicyPlan")
    assert SECRETIVE not in json.dumps(problem)


def test_the_operators_log_holds_ids_and_figures_and_nothing_that_was_said(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    environment = {
        "AANZET_DATABASE_URL": database_url,
        "AANZET_SECRET": b64encode(SECRET).decode(),
        "AANZET_LOG_LEVEL": "debug",
    }
    with started(["serve", "--port", str(port)], tmp_path, environment) as running:
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: is_ready(address), running)
        token = Issuer(SECRET).sign(SECRETIVE, Role.COORDINATOR)
        with closing(Api(address, token)) as api:
            things = busy(api)
        assert running.end() == 0
    lines = logged(running)
    told = {line["command"] for line in lines if line["event"] == "command"}
    assert {"RegisterActor", "ReceiveSupportRequest", "RegisterInitiative"} <= told
    assert {201, 200, 400, 401, 404, 405, 409} <= {
        line["status"] for line in lines if line["event"] == "request"
    }
    written = running.written()
    assert SECRETIVE.lower() not in written.lower()
    assert NUMBER not in written
    assert "Achterstraat" not in written
    assert "?" not in "".join(line.get("route") or "" for line in lines)
    assert token not in written
    # What an operator needs to find a command is there.
    assert set(things) <= {line["thing"] for line in lines if line["event"] == "command"}


def busy(api: Api) -> list[str]:
    """Commands, refusals, wrong input and readings with a secret in each; the things that began."""
    citizen = api.new(
        "/actors",
        {"kind": "citizen", "name": TOLD, "email": f"{SECRETIVE}@example.org", "phone": NUMBER},
    )
    member = api.new("/actors", {"kind": "network_member", "name": TOLD})
    request = api.new(
        "/requests",
        {
            "askedBy": citizen,
            "audience": "citizens",
            "question": TOLD,
            "municipality": MUNICIPALITY,
            "channel": "email",
        },
    )
    body = {"name": TOLD, "initiators": [citizen], "municipality": MUNICIPALITY, "appetite": TOLD}
    initiative = api.new("/initiatives", body)
    api.refused(f"/requests/{request}/answers", {"answer": TOLD}, "requestNotTriaged")
    api.refused("/initiatives", {**body, "initiators": [member]}, "notStartedByCitizens")
    api.record(f"/requests/{request}/triage", {"track": "inspire", "reason": TOLD})
    api.history(f"/actors/{citizen}")
    strange: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("POST", "/v1/actors", {"json": {"kind": TOLD, "name": TOLD}}),
        ("POST", "/v1/actors", {"content": f'{{"name": "{TOLD}"'}),
        ("POST", "/v1/actors", {"json": {"kind": "citizen", "name": TOLD, TOLD: TOLD}}),
        ("POST", f"/v1/requests/{request}/triage", {"json": {"track": TOLD, "reason": TOLD}}),
        ("GET", f"/v1/actors?reference={TOLD}", {}),
        ("GET", f"/v1/actors?{SECRETIVE}={TOLD}", {}),
        ("GET", f"/v1/actors?after={SECRETIVE}", {}),
        ("GET", f"/v1/actors/{TOLD}", {}),
        ("GET", f"/v1/actors/{new_id('actor')}", {}),
        ("GET", f"/{TOLD}", {}),
        ("PUT", f"/v1/actors/{citizen}?name={TOLD}", {"json": {"name": TOLD}}),
        ("GET", "/v1/actors", {"headers": {"Authorization": f"Bearer {SECRETIVE}"}}),
        ("GET", "/v1/actors", {"headers": {"User-Agent": SECRETIVE, "Referer": SECRETIVE}}),
    )
    for method, path, sent in strange:
        api.http.request(method, path, **sent)
    return [citizen, member, request, initiative]


def logged(running: Running) -> list[dict[str, Any]]:
    """The lines of the log; the first thing that it writes is for people."""
    greeting, *lines = running.written().splitlines()
    assert greeting.startswith("Aanzet listens on ")
    return [json.loads(line) for line in lines]
