"""When the log cannot take more: the caller is told to come back, and when."""

import pytest

from service.log import committer
from tests.client import Api

ACTOR = {"kind": "citizen", "name": "Noor Voorbeeld"}


def test_a_full_log_answers_503_and_says_when_to_come_back(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(committer, "WAITING_REQUESTS", 0)
        answer = api.post("/actors", ACTOR)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    api.record("/actors", ACTOR)
