"""Support requests: triaged before answered, one open life at a time (rule 9)."""

import pytest

from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.initiatives import InitiativeRegistered
from domain.refusals import DatedBefore
from domain.support_requests import (
    AnswerSupportRequest,
    AssignSupportRequest,
    Channel,
    CloseSupportRequest,
    DeclineSupportRequest,
    HandleSupportRequest,
    LinkSupportRequest,
    Outcome,
    ReceiveSupportRequest,
    ReopenSupportRequest,
    RequestNotOpen,
    RequestNotTriaged,
    RequestStillOpen,
    StartsFrom,
    StartsFromOthers,
    SupportRequestAnswered,
    SupportRequestAssigned,
    SupportRequestClosed,
    SupportRequestDeclined,
    SupportRequestHandled,
    SupportRequestLinked,
    SupportRequestReceived,
    SupportRequestReopened,
    SupportRequestTriaged,
    SupportRequestWithdrawn,
    TriageSupportRequest,
    WithdrawSupportRequest,
)
from domain.vocabulary import Audience, Narrative, RequestId, Track
from tests.domain.scenario import given, on
from tests.facts import (
    ACTORS,
    CITIZEN,
    INITIATIVE,
    MUNICIPALITY,
    NETWORK_MEMBER,
    PROFESSIONAL,
    REQUEST,
    SAMPLES,
    about_request,
    sample_id,
)

WHY = Narrative("Daarom.")
RECEIVED = SAMPLES[SupportRequestReceived]
TRIAGED = SAMPLES[SupportRequestTriaged]
STARTED = SAMPLES[InitiativeRegistered]
FOR_PEOPLE = SupportRequestTriaged(
    **about_request(), track=Track.INNOVATE, starts_from=StartsFrom.OTHERS, reason=WHY
)
ANSWERED = SAMPLES[SupportRequestAnswered]
CLOSED = SupportRequestClosed(**about_request(), outcome=Outcome.HELPED)
DECLINED = SupportRequestDeclined(**about_request(), reason=WHY)
WITHDRAWN = SupportRequestWithdrawn(**about_request())
REOPENED = SAMPLES[SupportRequestReopened]
ASSIGNED = SAMPLES[SupportRequestAssigned]
LINKED = SAMPLES[SupportRequestLinked]

RECEIVE = ReceiveSupportRequest(
    request=REQUEST,
    asked_by=CITIZEN,
    audience=Audience.CITIZENS,
    question=Narrative("Hoe beginnen we?"),
    municipality=MUNICIPALITY,
    channel=Channel.PHONE,
)
TRIAGE = TriageSupportRequest(request=REQUEST, track=Track.INSPIRE, reason=WHY)
ASSIGN = AssignSupportRequest(request=REQUEST, assignee=NETWORK_MEMBER)
HANDLE = HandleSupportRequest(request=REQUEST, activity=WHY, handled_by=NETWORK_MEMBER)
LINK = LinkSupportRequest(request=REQUEST, initiative=INITIATIVE)
ANSWER = AnswerSupportRequest(request=REQUEST, answer=Narrative("Kom kijken."))
DECLINE = DeclineSupportRequest(request=REQUEST, reason=WHY)
WITHDRAW = WithdrawSupportRequest(request=REQUEST)
CLOSE = CloseSupportRequest(request=REQUEST, outcome=Outcome.HELPED)
REOPEN = ReopenSupportRequest(request=REQUEST, reason=WHY)

WHOSE = {"asked_by": CITIZEN, "municipality": MUNICIPALITY}
BEFORE = (*ACTORS, STARTED)
ASKED = len(BEFORE) + 1
"""The position of the request, and so of what comes after it."""


def test_a_request_is_received() -> None:
    given(*BEFORE).when(RECEIVE).then(as_fact(SupportRequestReceived, RECEIVE))


def test_a_request_is_of_somebody_who_is_registered() -> None:
    given().when(RECEIVE).unknown("askedBy")


@pytest.mark.parametrize(
    ("past", "command", "fact"),
    [
        ((RECEIVED,), TRIAGE, SupportRequestTriaged),
        ((RECEIVED, FOR_PEOPLE), TRIAGE, SupportRequestTriaged),
        ((RECEIVED,), ASSIGN, SupportRequestAssigned),
        ((RECEIVED,), HANDLE, SupportRequestHandled),
        ((RECEIVED, TRIAGED), LINK, SupportRequestLinked),
        ((RECEIVED, TRIAGED), ANSWER, SupportRequestAnswered),
        ((RECEIVED, TRIAGED, ANSWERED), ANSWER, SupportRequestAnswered),
        ((RECEIVED, FOR_PEOPLE), DECLINE, SupportRequestDeclined),
        ((RECEIVED,), WITHDRAW, SupportRequestWithdrawn),
        ((RECEIVED, TRIAGED, ANSWERED), CLOSE, SupportRequestClosed),
        ((RECEIVED, TRIAGED, CLOSED), REOPEN, SupportRequestReopened),
        ((RECEIVED, DECLINED), REOPEN, SupportRequestReopened),
        ((RECEIVED, WITHDRAWN), REOPEN, SupportRequestReopened),
        ((RECEIVED, CLOSED, REOPENED), TRIAGE, SupportRequestTriaged),
    ],
)
def test_a_step_in_the_life_of_a_request_is_taken(
    past: tuple[Fact, ...], command: Command, fact: type[Fact]
) -> None:
    given(*BEFORE, *past).when(command).then(as_fact(fact, command, **WHOSE))


@pytest.mark.parametrize("past", [(RECEIVED,), (RECEIVED, TRIAGED, CLOSED, REOPENED)])
def test_a_request_is_triaged_before_it_is_answered(past: tuple[Fact, ...]) -> None:
    given(*BEFORE, *past).when(ANSWER).refused(
        RequestNotTriaged, blocked_by=[len(BEFORE) + len(past)]
    )


@pytest.mark.parametrize("ending", [CLOSED, DECLINED, WITHDRAWN])
@pytest.mark.parametrize(
    "command", [TRIAGE, ASSIGN, HANDLE, LINK, ANSWER, DECLINE, WITHDRAW, CLOSE]
)
def test_nothing_happens_to_a_request_that_has_ended(ending: Fact, command: Command) -> None:
    given(*BEFORE, RECEIVED, TRIAGED, ending).when(command).refused(
        RequestNotOpen, blocked_by=[ASKED + 2]
    )


@pytest.mark.parametrize("past", [(RECEIVED,), (RECEIVED, TRIAGED), (RECEIVED, TRIAGED, ANSWERED)])
def test_a_request_has_one_open_life_at_a_time(past: tuple[Fact, ...]) -> None:
    given(*BEFORE, *past).when(REOPEN).refused(
        RequestStillOpen, blocked_by=[len(BEFORE) + len(past)]
    )


@pytest.mark.parametrize("command", [ANSWER, LINK, CLOSE])
def test_a_request_for_people_is_not_taken_up(command: Command) -> None:
    given(*BEFORE, RECEIVED, FOR_PEOPLE).when(command).refused(
        StartsFromOthers, blocked_by=[ASKED + 1]
    )


@pytest.mark.parametrize("command", [LINK, CLOSE])
def test_a_request_for_people_stays_one_when_it_is_reopened(command: Command) -> None:
    past = (RECEIVED, FOR_PEOPLE, DECLINED, REOPENED)
    given(*BEFORE, *past).when(command).refused(StartsFromOthers, blocked_by=[ASKED + 1])


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (ANSWER, SupportRequestAnswered),
        (LINK, SupportRequestLinked),
        (CLOSE, SupportRequestClosed),
    ],
)
def test_a_request_that_was_turned_into_one_of_the_people_is(
    command: Command, fact: type[Fact]
) -> None:
    given(*BEFORE, RECEIVED, FOR_PEOPLE, TRIAGED).when(command).then(
        as_fact(fact, command, **WHOSE)
    )


@pytest.mark.parametrize(("past", "command"), [(ASSIGNED, ASSIGN), (LINKED, LINK)])
def test_assigning_or_linking_again_is_no_news(past: Fact, command: Command) -> None:
    given(*BEFORE, RECEIVED, TRIAGED, past).when(command).already_so()


def test_a_request_goes_from_one_to_another_and_back() -> None:
    elsewhere = SupportRequestAssigned(**about_request(), assignee=PROFESSIONAL)
    given(*BEFORE, RECEIVED, ASSIGNED, elsewhere).when(ASSIGN).then(
        as_fact(SupportRequestAssigned, ASSIGN, **WHOSE)
    )


@pytest.mark.parametrize("command", [TRIAGE, ANSWER, DECLINE, WITHDRAW, CLOSE])
def test_a_step_is_not_dated_before_the_one_it_follows(command: Command) -> None:
    given(*BEFORE, on("2025-03-01", RECEIVED), on("2025-03-10", TRIAGED)).when(
        command, at="2025-03-05"
    ).refused(DatedBefore, blocked_by=[ASKED + 1])


def test_a_request_is_not_reopened_before_it_ended() -> None:
    given(*BEFORE, RECEIVED, on("2025-03-10", CLOSED)).when(REOPEN, at="2025-03-09").refused(
        DatedBefore, blocked_by=[ASKED + 1]
    )


def test_a_request_is_not_assigned_before_it_came() -> None:
    given(*BEFORE, on("2025-03-01", RECEIVED)).when(ASSIGN, at="2025-02-28").refused(
        DatedBefore, blocked_by=[ASKED]
    )


def test_what_was_never_asked_has_no_life() -> None:
    other = RequestId(sample_id("request", 90))
    given(*BEFORE, RECEIVED).when(WithdrawSupportRequest(request=other)).unknown("request")
