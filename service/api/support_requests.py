"""`/requests`: support requests, from a first question to its closure."""

from typing import Any, Final, Literal, LiteralString

from litestar import Request

from domain.days import day_of
from domain.support_requests import (
    AnswerSupportRequest,
    AssignSupportRequest,
    CloseSupportRequest,
    DeclineSupportRequest,
    HandleSupportRequest,
    LinkSupportRequest,
    ReceiveSupportRequest,
    ReopenSupportRequest,
    TriageSupportRequest,
    WithdrawSupportRequest,
)
from projections.support_requests import OPEN, STATUSES, VIEW
from service.api.access import caller_of
from service.api.bodies import InputWrong, Issue
from service.api.histories import histories
from service.api.listing import Derived, lists
from service.api.reading import things
from service.api.samples import ACTOR, EXAMPLE, INITIATIVE, MEMBER
from service.api.writing import records

Test = tuple[LiteralString, list[Any]]


def _standing(_request: Request[Any, Any, Any], status: str) -> Test:
    if status == "open":
        return "open", []
    # That those which stand so are open lets the indexes of the few open ones serve.
    return ("open and status = %s" if status in OPEN else "status = %s"), [status]


def _overdue(request: Request[Any, Any, Any], _overdue: bool) -> Test:  # noqa: FBT001
    late = "open and coalesce(\"dueOn\", 'infinity') < %s"
    return late, [day_of(request.app.state.clock())]


def _assigned(request: Request[Any, Any, Any], assignee: str) -> Test:
    if assignee == "me" and (assignee := caller_of(request).actor or "") == "":
        detail = "The token does not say which actor asks; name the actor by its id instead of me."
        raise InputWrong(Issue(parameter="assignee", detail=detail))
    return "assignee = %s", [assignee]


STANDING: Final = Literal[("open", *STATUSES)]  # pyright: ignore[reportInvalidTypeForm]
FILTERS: Final = {
    "status": Derived(STANDING, "How it stands; open is all that has not ended.", _standing),
    "overdue": Derived(
        bool, "Whether it is open after the day on which it was due.", _overdue, few=True
    ),
    "assignee": Derived(str, "Whose it is: an actor's id, or me.", _assigned),
}

ROUTES: Final = (
    records(
        "/requests",
        ReceiveSupportRequest,
        example={
            "askedBy": ACTOR,
            "audience": "citizens",
            "question": "Hoe maken we van onze maandelijkse soepdag iets van de hele straat?",
            "municipality": "44034",
            "channel": "email",
            "dueOn": "2024-03-15",
            "reference": "2024-0017",
            "occurredAt": "2024-03-01T09:30:00Z",
        },
    ),
    records(
        "/requests/{request_id:str}/triage",
        TriageSupportRequest,
        example={"track": "inspire", "reason": "Ze doen al veel en zoeken nieuwe mensen."},
    ),
    records(
        "/requests/{request_id:str}/assignments", AssignSupportRequest, example={"assignee": MEMBER}
    ),
    records(
        "/requests/{request_id:str}/steps",
        HandleSupportRequest,
        example={"activity": "Teruggebeld en een huisbezoek afgesproken.", "handledBy": MEMBER},
    ),
    records(
        "/requests/{request_id:str}/links", LinkSupportRequest, example={"initiative": INITIATIVE}
    ),
    records(
        "/requests/{request_id:str}/answers",
        AnswerSupportRequest,
        example={
            "answer": "Een workshop rond wie er nog niet bij is, op 12 april.",
            "examples": [EXAMPLE],
        },
    ),
    records(
        "/requests/{request_id:str}/refusals",
        DeclineSupportRequest,
        example={"reason": "De vraag gaat over een bouwvergunning."},
    ),
    records(
        "/requests/{request_id:str}/withdrawals",
        WithdrawSupportRequest,
        example={"reason": "De groep heeft zelf al een zaal gevonden."},
    ),
    records(
        "/requests/{request_id:str}/closures",
        CloseSupportRequest,
        example={"outcome": "lives_on", "explanation": "Het gaat verder in het initiatief."},
    ),
    records(
        "/requests/{request_id:str}/reopenings",
        ReopenSupportRequest,
        example={"reason": "De zaal valt weg; ze zoeken opnieuw."},
    ),
    lists(VIEW, "requests", derived=FILTERS),
    things(VIEW, "requests", "request"),
    histories(VIEW, "requests", "request"),
)
