"""A client of the HTTP API, as a program of somebody else's would be."""

from typing import Any, Final

import httpx

SECONDS: Final = 30


class Api:
    """Speaks JSON to `/v1` with one token."""

    def __init__(self, address: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=address, headers=headers, timeout=SECONDS)
        self.position = 0
        """Of the last event that this client recorded."""

    def close(self) -> None:
        self.http.close()

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"/v1{path}", json=body, headers=sent)

    def record(self, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """Record something that is expected to happen; give back the answer."""
        answer = self.post(path, body or {}, **headers)
        assert answer.status_code == 201, f"{path}: {answer.text}"
        outcome = answer.json()
        self.position = max(self.position, outcome["position"])
        return outcome

    def new(self, path: str, body: object) -> str:
        """Record the beginning of something; give back its id."""
        return self.record(path, body)["id"]

    def refused(self, path: str, body: object, kind: str) -> dict[str, Any]:
        """Record something that a rule is expected to refuse; give back the problem."""
        answer = self.post(path, body)
        assert answer.status_code == 409, f"{path}: {answer.text}"
        problem = answer.json()
        assert problem["type"] == f"urn:problem-type:aanzet:{kind}", problem
        return problem

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read what is there once the views have what this client recorded."""
        answer = self.http.get(f"/v1{path}", params={"atLeast": self.position, **query})
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()

    def history(self, path: str, **query: Any) -> list[dict[str, Any]]:
        return self.get(f"{path}/history", pageSize=200, **query)["items"]
