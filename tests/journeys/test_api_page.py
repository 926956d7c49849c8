"""docs/api.md: every request on the page is taken, in its order, as it stands there."""

import re

from tests.client import Api
from tests.documents import FOLDER

REQUEST = re.compile(r"```http\n(GET|POST) (\S+)(?: → \{(\w+)\})?\n(.*?)```", re.DOTALL)


def test_every_request_on_the_page_is_taken(shared_api: Api) -> None:
    known: dict[str, str] = {}
    found = REQUEST.findall((FOLDER / "api.md").read_text(encoding="utf-8"))
    assert {path.split("/")[2].partition("?")[0] for _, path, *_ in found} >= {
        "sessions",
        "requests",
        "workshops",
        "initiatives",
        "pilots",
        "corrections",
    }
    for method, path, name, body in found:
        sent = [path, body]
        for each, value in known.items():
            sent = [text.replace(f"{{{each}}}", value) for text in sent]
        as_json = {"Content-Type": "application/json"} if body else {}
        answer = shared_api.http.request(method, sent[0], content=sent[1], headers=as_json)
        assert answer.status_code == (200 if method == "GET" else 201), f"{path}: {answer.text}"
        if method == "POST":
            outcome = answer.json()
            known |= {name: outcome["id"], f"{name}.position": str(outcome["position"])}
