"""Every route in the OpenAPI document has an example, and the example works when it is sent.

The examples name sample ids; here each is sent with the ids of real things in their place,
after the examples that its route builds on.
"""

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final

import httpx
import pytest
from jsonschema import Draft202012Validator

from service.api import samples
from service.signin import Role
from tests.client import Api
from tests.conftest import Shared

RECEIVE: Final = "/requests"
ENGAGED: Final = "/municipalities/{municipality}/engagements"
TRIAGE: Final = "/requests/{request_id}/triage"
HELD: Final = ("/workshops", "/workshops/{workshop}/reports")
PROPOSED: Final = ("/workshops", HELD[1], "/workshops/{workshop}/approaches")
PILOT: Final = (
    "/municipalities/{municipality}/plans",
    "/pilots",
)
STATEMENT: Final = ("OTHER LESSON", "/pilots/{pilot}/lessons", "/blueprints")
BUILDS_ON: Final[Mapping[str, Sequence[str]]] = {
    TRIAGE: (RECEIVE,),
    "/requests/{request_id}/assignments": (RECEIVE,),
    "/requests/{request_id}/steps": (RECEIVE,),
    "/requests/{request_id}/links": (RECEIVE,),
    "/requests/{request_id}/answers": (RECEIVE, TRIAGE, "/examples"),
    "/requests/{request_id}/refusals": (RECEIVE,),
    "/requests/{request_id}/withdrawals": (RECEIVE,),
    "/requests/{request_id}/closures": (RECEIVE, TRIAGE),
    "/requests/{request_id}/reopenings": (RECEIVE, "/requests/{request_id}/refusals"),
    "/actors/{actor}/changes": ("/actors",),
    "/sessions/{session}/reschedulings": ("/sessions",),
    "/sessions/{session}/reports": ("/sessions", "/examples"),
    "/sessions/{session}/cancellations": ("/sessions",),
    "/examples/{example}/revisions": ("/examples",),
    "/examples/{example}/withdrawals": ("/examples",),
    "/initiatives/{initiative}/resumptions": ("/initiatives/{initiative}/rests",),
    "/initiatives/{initiative}/departures": ("JOIN VOLUNTEER",),
    "/workshops/{workshop}/reschedulings": ("/workshops",),
    "/workshops/{workshop}/reports": ("/workshops",),
    "/workshops/{workshop}/cancellations": ("/workshops",),
    "/workshops/{workshop}/insights": HELD,
    "/workshops/{workshop}/tools": HELD,
    "/workshops/{workshop}/approaches": HELD,
    "/workshops/{workshop}/approaches/{approach}/answers": PROPOSED,
    "/cocreations/{cocreation}/steps": ("/cocreations",),
    "/cocreations/{cocreation}/conclusions": ("/cocreations",),
    "/municipalities/{municipality}/partnerships": (PILOT[0],),
    "/municipalities/{municipality}/roles": (ENGAGED,),
    "/municipalities/{municipality}/approaches": (ENGAGED,),
    "/pilots": (PILOT[0],),
    "/pilots/{pilot}/consents": PILOT,
    "/pilots/{pilot}/consentWithdrawals": (*PILOT, "/pilots/{pilot}/consents"),
    "/pilots/{pilot}/decisions": (
        *PILOT,
        "/pilots/{pilot}/consents",
        "/cocreations",
        "/cocreations/{cocreation}/steps",
    ),
    "/pilots/{pilot}/observations": PILOT,
    "/pilots/{pilot}/lessons": PILOT,
    "/pilots/{pilot}/outcomes": PILOT,
    "/pilots/{pilot}/outcomes/{outcome}/verifications": (*PILOT, "/pilots/{pilot}/outcomes"),
    "/blueprints/{blueprint}/statements": STATEMENT,
    "/blueprints/{blueprint}/publications": ("/blueprints/{blueprint}/statements",),
    "/corrections": (RECEIVE,),
}


class World:
    """Real things in the place of the sample ids, and a way to send examples about them."""

    def __init__(self, api: Api, document: dict[str, Any]) -> None:
        self.api = api
        self._paths = document["paths"]
        self._real: dict[str, str] = {}
        for sample, kind in (
            (samples.ACTOR, "citizen"),
            (samples.VOLUNTEER, "citizen"),
            (samples.PROFESSIONAL, "professional"),
            (samples.MEMBER, "network_member"),
        ):
            self._real[sample] = api.new("/actors", {"kind": kind, "name": "Iemand"})
        self._real[samples.GOVERNMENT] = self._government()
        self._real[samples.INITIATIVE] = self.send("/initiatives").json()["id"]
        self._real[samples.OTHER_INITIATIVE] = self.send("/initiatives").json()["id"]
        self.last: dict[str, Any] = {}

    def _government(self) -> str:
        body = {"kind": "local_government", "name": "Stad Deinze", "nis": "44083"}
        answer = self.api.post("/actors", body)
        if answer.status_code == 201:
            return answer.json()["id"]
        known = self.api.http.get(
            "/v1/actors", params={"nis": "44083", "atLeast": answer.json()["blockedBy"][0]}
        ).json()
        return known["items"][0]["id"]

    def new_actor(self) -> str:
        return self.api.new("/actors", {"kind": "citizen", "name": "Ik"})

    def send(self, path: str) -> httpx.Response:
        """Send a route's example, after those it builds on; keep the id it begins."""
        for earlier in BUILDS_ON.get(path, ()):
            if earlier == "JOIN VOLUNTEER":
                self.join_volunteer()
            elif earlier == "OTHER LESSON":
                self.send("/pilots/{pilot}/lessons")
                self._real[samples.OTHER_LESSON] = self._real[samples.LESSON]
            else:
                self.send(earlier)
        answer = (
            self.upload()
            if path == "/documents"
            else self.api.post(self.with_ids(path), self.example(path))
        )
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        self.last = answer.json()
        self.api.position = max(self.api.position, self.last["position"])
        prefix = self.last["id"].partition("_")[0]
        if not (prefix == "initiative" and samples.INITIATIVE in self._real):
            self._real[f"{prefix}_{samples.PILOT.partition('_')[2]}"] = self.last["id"]
        return answer

    def upload(self) -> httpx.Response:
        """The one route whose body is no JSON: a file, sent as it is."""
        return self.api.http.post(
            "/v1/documents",
            params={"about": self._real[samples.INITIATIVE]},
            content="Wie brengt wat mee?\n",
            headers={
                "Content-Type": "text/plain",
                "Content-Disposition": "attachment; filename*=UTF-8''lijst.txt",
            },
        )

    def join_volunteer(self) -> None:
        path = self.with_ids("/initiatives/{initiative}/participants")
        body = {"participant": self._real[samples.VOLUNTEER], "role": "volunteer"}
        assert self.api.post(path, body).status_code in (200, 201)

    def example(self, path: str) -> Any:
        content = self._paths[f"/v1{path}"]["post"]["requestBody"]["content"]["application/json"]
        (example,) = content["schema"]["examples"]
        text = json.dumps(example)
        for sample, real in self._real.items():
            text = text.replace(sample, real)
        body = json.loads(text)
        if path == "/corrections":
            body["position"] = self.last["position"]
        if path == "/pilots/{pilot}/lessons":
            body["evidence"] = [self.last["position"]]
        return body

    def with_ids(self, path: str) -> str:
        def real(match: re.Match[str]) -> str:
            name = match[1].removesuffix("_id")
            if name == "municipality":
                return "44083"
            return self._real[f"{name}_{samples.PILOT.partition('_')[2]}"]

        return re.sub(r"{(\w+)}", real, path)


@pytest.fixture(scope="module")
def document(shared: Shared) -> dict[str, Any]:
    return httpx.get(f"{shared.address}/v1/openapi.json").json()


@pytest.fixture
def world(shared_api: Api, document: dict[str, Any]) -> World:
    return World(shared_api, document)


def routes(verb: str) -> list[str]:
    """The paths of the routes that the app has, as its OpenAPI document names them."""
    from service.api.routes import VERSION_1  # noqa: PLC0415

    found = [
        re.sub(r"{(\w+):\w+}", r"{\1}", path)
        for handler in VERSION_1
        if verb in handler.http_methods
        for path in handler.paths
    ]
    return sorted(found)


@pytest.mark.parametrize("path", routes("POST"))
def test_the_example_of_each_route_that_records_works(world: World, path: str) -> None:
    answer = world.send(path)
    # The same plan may have been adopted by an example before.
    assert answer.json()["events"] or path.endswith("/plans")


def test_each_example_is_what_the_document_asks_for(document: dict[str, Any]) -> None:
    told: dict[str, Any] = {}
    for path, verbs in document["paths"].items():
        for content in verbs.get("post", {}).get("requestBody", {}).get("content", {}).values():
            if schema := content.get("schema"):
                told[path] = {**schema, "components": document["components"]}
    assert {path.removeprefix("/v1") for path in told} == {*routes("POST")} - {"/documents"}
    wrong = {
        path: [error.message for error in Draft202012Validator(schema).iter_errors(example)]
        for path, schema in told.items()
        for example in schema["examples"]
    }
    assert {path: found for path, found in wrong.items() if found} == {}


def test_the_document_says_what_each_item_of_a_list_is(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["PlanWorkshop"]["properties"]
    assert fields["initiatives"]["items"]["pattern"].startswith("^initiative_")
    assert fields["questions"]["items"]["$ref"].endswith("StartingQuestion")


def test_the_document_tells_of_each_route(document: dict[str, Any]) -> None:
    told = {
        (path.removeprefix("/v1"), verb.upper())
        for path, verbs in document["paths"].items()
        for verb in verbs
    }
    ours = {(path, verb) for verb in ("GET", "POST") for path in routes(verb)}
    assert ours | {(path, "GET") for path in ("/health", "/ready", "/metrics")} == told


@pytest.mark.parametrize("path", routes("GET"))
def test_each_route_that_reads_answers(
    world: World, path: str, as_actor: Callable[[str], Api]
) -> None:
    collection = path.split("/")[1]
    api = world.api
    if collection == "me":
        api = as_actor(world.new_actor())
    elif collection == "learning":
        world.send("/pilots/{pilot}/lessons")
    elif collection not in ("municipalities", "actors", "initiatives"):
        world.send(f"/{collection}")
    of_it = {"sessions": "session", "municipalities": "municipality"}
    name = of_it.get(collection, collection[:-1])
    here = world.with_ids(path.replace("{id}", f"{{{name}}}"))
    waits = {} if path == "/municipalities" else {"atLeast": world.api.position}
    answer = api.http.get(f"/v1{here}", params=waits)
    assert answer.status_code == 200, answer.text
    if "content-disposition" in answer.headers:
        assert answer.content
        return
    found = answer.json()
    assert found.get("items", found) if isinstance(found, dict) else found


@pytest.fixture
def as_actor(shared: Shared) -> Generator[Callable[[str], Api]]:
    with ExitStack() as clients:

        def sign_in(actor: Any) -> Api:
            token = shared.service.issuer.sign("me", Role.ACTOR, actor=actor)
            api = Api(shared.address, token)
            clients.callback(api.close)
            return api

        yield sign_in
