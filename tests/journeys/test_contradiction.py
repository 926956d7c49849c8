"""Two contradicting decisions on one pilot at the same moment: exactly one is recorded."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from service.signin import Role
from tests.client import Api
from tests.conftest import Shared
from tests.journeys.pilots import proposed_pilots

TIMES = 50


def test_of_two_contradicting_decisions_exactly_one_is_recorded(
    shared: Shared, shared_api: Api
) -> None:
    pilots, decider = proposed_pilots(shared_api, TIMES)
    barrier = Barrier(2)

    def decide(decision: str) -> list[int]:
        api = Api(shared.address, shared.service.issuer.sign(decision, Role.COORDINATOR))
        answers: list[int] = []
        for pilot in pilots:
            barrier.wait()
            body = {"decision": decision, "deciders": [decider], "motivation": "Zo is het."}
            answers.append(api.post(f"/pilots/{pilot}/decisions", body).status_code)
        api.close()
        return answers

    with ThreadPoolExecutor(2) as threads:
        approvals, rejections = threads.map(decide, ("approve", "reject"))

    outcomes = [sorted(pair) for pair in zip(approvals, rejections, strict=True)]
    assert outcomes == [[201, 409]] * TIMES
    shared_api.position = shared.service.log.head()
    decided = [
        len(shared_api.history(f"/pilots/{pilot}", types="pilot.decided")) for pilot in pilots
    ]
    assert decided == [1] * TIMES


@pytest.mark.parametrize("count", [8])
def test_of_many_at_one_number_exactly_one_is_registered(shared: Shared, count: int) -> None:
    barrier = Barrier(count)

    def register(_: int) -> int:
        api = Api(shared.address, shared.service.issuer.sign("many", Role.COORDINATOR))
        barrier.wait()
        body = {"kind": "association", "name": "Vereniging", "vcode": "V0009001"}
        status = api.post("/actors", body).status_code
        api.close()
        return status

    with ThreadPoolExecutor(count) as threads:
        answers = sorted(threads.map(register, range(count)))
    assert answers == [201] + [409] * (count - 1)
