"""Somebody was faster: two who decide at the same moment, on each of the stores."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from domain.actors import ActorRegistered, ChangeActorDetails, NumberTaken, RegisterActor
from domain.boundaries import about, query
from domain.commands import Command
from domain.engagements import ChooseMunicipalRole, EngageMunicipality, MunicipalRole
from domain.examples import NotInTheCatalogue, WithdrawExample
from domain.facts import Recorded, Source
from domain.initiatives import (
    EndInitiative,
    InitiativeNotActive,
    JoinInitiative,
    RegisterInitiative,
    Role,
)
from domain.municipalities import AgreePartnership, PartnershipTooEarly
from domain.pilots import (
    ConsentMissing,
    DecidePilot,
    Decision,
    GiveConsent,
    NotAllowedNow,
    PilotDecided,
    WithdrawConsent,
)
from domain.professionals import MakeBridge
from domain.records import CorrectEvent
from domain.refusals import DatedBefore, InTheFuture, Refusal, Unknown
from domain.support_requests import (
    AnswerSupportRequest,
    AssignSupportRequest,
    CloseSupportRequest,
    HandleSupportRequest,
    RequestNotOpen,
    RequestNotTriaged,
    SupportRequestAnswered,
    SupportRequestTriaged,
    TriageSupportRequest,
)
from domain.support_requests import Outcome as ClosedWith
from domain.vocabulary import (
    ActorId,
    ActorKind,
    InitiativeId,
    Narrative,
    NisCode,
    Personal,
    PilotId,
    Position,
    Track,
    VCode,
    WorkshopId,
)
from domain.workshops import PlanWorkshop, StartingQuestion
from service.clock import StoryClock
from service.commands import ATTEMPTS, Contended, Handler, Intent, Seen, Stale
from service.log.store import AppendRequest, KeyReused, Outcome
from tests.domain.story import ANTWERPEN, STORY
from tests.facts import (
    ASSOCIATION,
    CITIZEN,
    COORDINATOR,
    EXAMPLE,
    INITIATIVE,
    LOCAL_GOVERNMENT,
    NETWORK_MEMBER,
    PILOT,
    PROFESSIONAL,
    REQUEST,
    sample_id,
)
from tests.service.conftest import Store

SAID: Final = Narrative("Omdat de buren het willen.")
NOW: Final = datetime(2024, 5, 6, 10, tzinfo=UTC)
KEY: Final = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
IMPORT: Final = Source(kind="import", file="vragen.csv", line=7)
ROUNDS: Final = 3
PROPOSED: Final = next(n for n, s in enumerate(STORY) if isinstance(s.command, DecidePilot))
"""The steps of the story until its pilot is ready for a decision."""


def intent(command: Command, **more: Any) -> Intent:
    said: dict[str, Any] = {
        "command": command,
        "thing": str(getattr(command, command.__struct_fields__[0])),
        "recorded_by": COORDINATOR,
        "request_id": "test",
    }
    return Intent(**(said | more))


class Desk:
    """A handler on a log that has a story in it."""

    def __init__(self, log: Store, clock: StoryClock) -> None:
        self.log = log
        self.handler = Handler(log, clock)

    def tell(self, steps: int) -> None:
        for asked in STORY[:steps]:
            self.record(asked.command, occurred_at=asked.at)

    def record(self, command: Command, **more: Any) -> Outcome:
        return self.handler.carry_out(intent(command, **more))

    def at_once(self, *commands: Command, **more: Any) -> list[Outcome | Refusal | Unknown]:
        """Ask everything at the same moment; give back what came of each."""
        barrier = threading.Barrier(len(commands))

        def ask(command: Command) -> Outcome | Refusal | Unknown:
            barrier.wait()
            try:
                return self.record(command, **more)
            except (Refusal, Unknown) as refusal:
                return refusal

        with ThreadPoolExecutor(len(commands)) as pool:
            return list(pool.map(ask, commands))

    def about(self, thing: str) -> list[Recorded]:
        return self.log.read(query((about(thing),))).events


@pytest.fixture
def desk(store: Store, clock: StoryClock) -> Desk:
    clock.stand_at(NOW)
    return Desk(store, clock)


def decide(decision: Decision, pilot: PilotId = PILOT) -> DecidePilot:
    return DecidePilot(
        pilot=pilot, decision=decision, deciders=(LOCAL_GOVERNMENT,), motivation=SAID
    )


# At the same moment.


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_contradicting_decisions_exactly_one_is_recorded(desk: Desk, _round: int) -> None:
    desk.tell(PROPOSED)
    came = desk.at_once(decide(Decision.APPROVE), decide(Decision.REJECT))
    won = [outcome for outcome in came if isinstance(outcome, Outcome)]
    lost = [refusal for refusal in came if isinstance(refusal, NotAllowedNow)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].blocked_by == (won[0].position,)
    decisions = [e for e in desk.about(PILOT) if isinstance(e.fact, PilotDecided)]
    assert [event.position for event in decisions] == [won[0].position]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_pilot_is_not_approved_while_a_consent_is_being_withdrawn(
    desk: Desk,
    _round: int,
) -> None:
    """Either the approval came first and is paused, or it is refused."""
    desk.tell(PROPOSED)
    approved, withdrawn = desk.at_once(
        decide(Decision.APPROVE), WithdrawConsent(pilot=PILOT, initiator=CITIZEN)
    )
    assert isinstance(withdrawn, Outcome)
    if isinstance(approved, Outcome):
        assert approved.position < withdrawn.position
    else:
        assert isinstance(approved, ConsentMissing)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_code_belongs_to_one_of_two_who_bring_it_at_the_same_moment(
    desk: Desk,
    _round: int,
) -> None:
    code = VCode("V0009999")
    came = desk.at_once(
        *(
            RegisterActor(
                actor=ActorId(sample_id("actor", number)),
                kind=ActorKind.ASSOCIATION,
                name=Personal(f"Vereniging {number}"),
                vcode=code,
            )
            for number in (1, 2)
        )
    )
    assert sorted(type(each).__name__ for each in came) == ["NumberTaken", "Outcome"]
    refused = next(each for each in came if isinstance(each, NumberTaken))
    holders = [e for e in desk.about(f"vcode:{code}") if isinstance(e.fact, ActorRegistered)]
    assert [event.position for event in holders] == list(refused.blocked_by)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_nothing_points_to_an_example_that_was_withdrawn_meanwhile(desk: Desk, _round: int) -> None:
    """Either the answer came first, or it is refused."""
    desk.tell(PROPOSED)
    answered, withdrawn = desk.at_once(
        AnswerSupportRequest(request=REQUEST, answer=SAID, examples=(EXAMPLE,)),
        WithdrawExample(example=EXAMPLE, reason=SAID),
    )
    assert isinstance(withdrawn, Outcome)
    if isinstance(answered, Outcome):
        assert answered.position < withdrawn.position
    else:
        assert isinstance(answered, NotInTheCatalogue)
        assert answered.blocked_by == (withdrawn.position,)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_no_role_comes_before_an_engagement(desk: Desk, _round: int) -> None:
    link = ChooseMunicipalRole(municipality=ANTWERPEN, role=MunicipalRole.LINKER, reason=SAID)
    engage = EngageMunicipality(municipality=ANTWERPEN, purpose=SAID)
    desk.at_once(link, engage, link, engage)
    told = [type(event.fact).__name__ for event in desk.about(f"nis:{ANTWERPEN}")]
    assert told in (["MunicipalityEngaged"], ["MunicipalityEngaged", "MunicipalRoleChosen"])


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_no_bridge_leads_to_what_has_ended_meanwhile(desk: Desk, _round: int) -> None:
    desk.tell(PROPOSED)
    made, ended = desk.at_once(
        MakeBridge(initiative=INITIATIVE, professional=PROFESSIONAL, how=SAID, people=2),
        EndInitiative(initiative=INITIATIVE, lives_on=SAID),
    )
    assert isinstance(ended, Outcome)
    if isinstance(made, Outcome):
        assert made.position < ended.position
    else:
        assert isinstance(made, InitiativeNotActive)


def test_what_does_not_touch_goes_together(desk: Desk) -> None:
    desk.tell(PROPOSED)
    head = desk.log.head()
    came = desk.at_once(
        GiveConsent(pilot=PILOT, initiator=CITIZEN),
        TriageSupportRequest(request=REQUEST, track=Track.INFORM, reason=SAID),
        JoinInitiative(initiative=INITIATIVE, participant=NETWORK_MEMBER, role=Role.VOLUNTEER),
        ChangeActorDetails(actor=ASSOCIATION, phone=Personal("+32 2 000 00 09")),
    )
    assert all(isinstance(each, Outcome) for each in came)
    assert desk.log.head() == head + 3


def test_the_same_at_the_same_moment_is_recorded_once(desk: Desk) -> None:
    desk.tell(PROPOSED)
    head = desk.log.head()
    assign = AssignSupportRequest(request=REQUEST, assignee=NETWORK_MEMBER)
    came = desk.at_once(*[assign] * 6)
    assert sorted(len(each.events) for each in came if isinstance(each, Outcome)) == [0] * 5 + [1]
    assert desk.log.head() == head + 1


def test_one_key_at_the_same_moment_gets_one_answer(desk: Desk) -> None:
    desk.tell(PROPOSED)
    head = desk.log.head()
    triage = TriageSupportRequest(request=REQUEST, track=Track.INFORM, reason=SAID)
    came = desk.at_once(*[triage] * 6, key=KEY)
    assert len({each for each in came if isinstance(each, Outcome)}) == 1
    assert desk.log.head() == head + 1


# A lost race is decided again.


class Crowded:
    """A log in which others come just before what is appended, as often as it is told."""

    def __init__(self, log: Store) -> None:
        self.rivals: list[Callable[[], object]] = []
        self.append_to = log.append
        self.head, self.read, self.outcome = log.head, log.read, log.outcome

    def append(self, request: AppendRequest) -> Outcome:
        if self.rivals:
            self.rivals.pop()()
        return self.append_to(request)


@pytest.fixture
def crowded(desk: Desk, clock: StoryClock) -> Desk:
    """A desk at which somebody else is faster; the story's request is triaged."""
    desk.tell(PROPOSED)
    return Desk(Crowded(desk.log), clock)


def rivals(crowded: Desk, *others: Callable[[], object]) -> None:
    assert isinstance(crowded.log, Crowded)
    crowded.log.rivals = list(others)


TRIAGE: Final = TriageSupportRequest(request=REQUEST, track=Track.INFORM, reason=SAID)
ANSWER: Final = AnswerSupportRequest(request=REQUEST, answer=SAID)
CLOSE: Final = CloseSupportRequest(request=REQUEST, outcome=ClosedWith.HELPED)


@pytest.mark.parametrize("times", [1, ATTEMPTS - 1])
def test_a_lost_race_is_decided_again(desk: Desk, crowded: Desk, times: int) -> None:
    head = desk.log.head()
    rivals(crowded, *[lambda: desk.record(TRIAGE)] * times)
    assert crowded.record(ANSWER).position == head + times + 1


def test_a_lost_race_ends_in_the_refusal_of_the_rule(desk: Desk, crowded: Desk) -> None:
    rivals(crowded, lambda: desk.record(CLOSE))
    with pytest.raises(RequestNotOpen) as refused:
        crowded.record(ANSWER)
    assert refused.value.blocked_by == (desk.log.head(),)


def test_a_lost_race_ends_in_what_was_already_so(desk: Desk, crowded: Desk) -> None:
    assign = AssignSupportRequest(request=REQUEST, assignee=NETWORK_MEMBER)
    rivals(crowded, lambda: desk.record(assign))
    assert crowded.record(assign).events == ()


def test_what_is_unrelated_loses_no_race(desk: Desk, crowded: Desk) -> None:
    head = desk.log.head()
    ran = list[int]()

    def change() -> None:
        ran.append(1)
        desk.record(ChangeActorDetails(actor=ASSOCIATION, phone=Personal("+32 2 000 00 09")))

    rivals(crowded, *[change] * 3)
    assert crowded.record(ANSWER).position == head + 2
    assert len(ran) == 1


def test_who_loses_every_time_is_told_to_come_back(desk: Desk, crowded: Desk) -> None:
    head = desk.log.head()
    rivals(crowded, *[lambda: desk.record(TRIAGE)] * ATTEMPTS)
    with pytest.raises(Contended):
        crowded.record(ANSWER)
    assert desk.log.head() == head + ATTEMPTS


def test_a_correction_that_came_meanwhile_counts(desk: Desk, crowded: Desk) -> None:
    """A correction lies in the boundary of each decision that read what it corrects."""
    triaged = next(
        e for e in desk.log.read(unsealed=True).events if isinstance(e.fact, SupportRequestTriaged)
    )
    rivals(
        crowded,
        lambda: desk.record(
            CorrectEvent(
                position=Position(triaged.position),
                becomes=triaged.fact,  # pyright: ignore[reportArgumentType]
                happened_at=NOW - timedelta(days=1),
                reason=SAID,
                read_at=Position(triaged.position),
                changes=(),
            )
        ),
    )
    with pytest.raises(DatedBefore) as refused:
        crowded.record(ANSWER, occurred_at=NOW - timedelta(days=2))
    assert refused.value.blocked_by == (triaged.position,)


# What the caller saw.


def seen(desk: Desk, thing: str = REQUEST) -> Seen:
    return Seen((thing,), desk.about(thing)[-1].position)


def test_who_saw_the_last_version_goes_on(desk: Desk) -> None:
    desk.tell(PROPOSED)
    assert desk.record(ANSWER, seen=seen(desk)).events


def test_who_saw_an_earlier_version_is_told_what_came_since(desk: Desk) -> None:
    desk.tell(PROPOSED)
    before = seen(desk)
    since = (desk.record(TRIAGE).position, desk.record(TRIAGE).position)
    with pytest.raises(Stale) as stale:
        desk.record(ANSWER, seen=before)
    assert stale.value.positions == since
    assert desk.log.head() == since[-1]


HANDLE: Final = HandleSupportRequest(request=REQUEST, activity=SAID, handled_by=NETWORK_MEMBER)
"""A step that no decision asks for."""


@pytest.mark.parametrize("rival", [TRIAGE, HANDLE], ids=["of the boundary", "beside it"])
def test_a_race_over_what_was_seen_is_the_callers_business(
    desk: Desk, crowded: Desk, rival: Command
) -> None:
    """Without `seen` this would be decided again, and answered."""
    rivals(crowded, lambda: desk.record(rival))
    with pytest.raises(Stale) as stale:
        crowded.record(ANSWER, seen=seen(desk))
    assert stale.value.positions == (desk.log.head(),)


def test_what_came_since_is_of_the_thing_even_where_no_rule_asks_for_it(desk: Desk) -> None:
    desk.tell(PROPOSED)
    before = seen(desk)
    desk.record(HANDLE)
    with pytest.raises(Stale):
        desk.record(ANSWER, seen=before)


# The same again.


def test_a_command_with_a_key_has_its_first_answer_even_once_it_would_be_refused(
    desk: Desk,
) -> None:
    desk.tell(PROPOSED)
    first = desk.record(ANSWER, key=KEY)
    desk.record(CLOSE)
    assert desk.record(ANSWER, key=KEY) == first
    with pytest.raises(RequestNotOpen):
        desk.record(ANSWER)


def test_a_beginning_with_a_key_begins_once(desk: Desk) -> None:
    """Each request brings a new id for what begins; the first one counts."""
    first, again = (
        desk.record(
            RegisterActor(
                actor=ActorId(sample_id("actor", number)),
                kind=ActorKind.CITIZEN,
                name=Personal("Buur"),
            ),
            key=KEY,
        )
        for number in (1, 2)
    )
    assert first == again
    assert first.id == sample_id("actor", 1)
    assert desk.log.head() == 1


@pytest.mark.parametrize(
    ("command", "more"),
    [
        (AnswerSupportRequest(request=REQUEST, answer=Narrative("Anders.")), {}),
        (CLOSE, {}),
        (ANSWER, {"occurred_at": NOW}),
        (ANSWER, {"on_behalf_of": CITIZEN}),
    ],
    ids=["another text", "another command", "another moment", "another person"],
)
def test_a_key_is_for_one_command(desk: Desk, command: Command, more: dict[str, Any]) -> None:
    desk.tell(PROPOSED)
    desk.record(ANSWER, key=KEY)
    with pytest.raises(KeyReused):
        desk.record(command, key=KEY, **more)


def test_a_refusal_uses_no_key_up(desk: Desk) -> None:
    desk.tell(7)
    with pytest.raises(RequestNotTriaged):
        desk.record(ANSWER, key=KEY)
    desk.record(TRIAGE)
    assert desk.record(ANSWER, key=KEY).events


# Who, and when.


def test_somebody_in_whose_name_it_is_recorded_is_registered(desk: Desk) -> None:
    desk.tell(PROPOSED)
    with pytest.raises(Unknown) as unknown:
        desk.record(ANSWER, on_behalf_of=ActorId(sample_id("actor", 90)))
    assert unknown.value.field == "onBehalfOf"
    desk.record(ANSWER, on_behalf_of=CITIZEN)
    assert desk.about(REQUEST)[-1].on_behalf_of == CITIZEN


def test_what_is_not_dated_happens_now(desk: Desk) -> None:
    desk.tell(PROPOSED)
    desk.record(ANSWER)
    assert desk.about(REQUEST)[-1].occurred_at == NOW


# Imports (rule 13).

TRIAGED_AT: Final = STORY[7].at
EARLY: Final = TRIAGED_AT - timedelta(days=30)


def test_a_command_dated_before_what_it_depends_on_is_refused(desk: Desk) -> None:
    desk.tell(PROPOSED)
    with pytest.raises(DatedBefore):
        desk.record(ANSWER, occurred_at=EARLY)


def test_an_import_of_it_is_recorded_and_marked(desk: Desk) -> None:
    desk.tell(PROPOSED)
    assert desk.record(ANSWER, occurred_at=EARLY, source=IMPORT).events
    event = desk.about(REQUEST)[-1]
    assert isinstance(event.fact, SupportRequestAnswered)
    assert (event.out_of_order, event.occurred_at, event.source) == (True, EARLY, IMPORT)


def test_an_import_in_order_is_not_marked(desk: Desk) -> None:
    desk.tell(PROPOSED)
    desk.record(ANSWER, occurred_at=TRIAGED_AT, source=IMPORT)
    assert not desk.about(REQUEST)[-1].out_of_order


def test_an_import_breaks_no_other_rule(desk: Desk) -> None:
    desk.tell(7)
    with pytest.raises(RequestNotTriaged):
        desk.record(ANSWER, occurred_at=EARLY, source=IMPORT)
    with pytest.raises(InTheFuture):
        desk.record(TRIAGE, occurred_at=NOW + timedelta(seconds=1), source=IMPORT)
    with pytest.raises(PartnershipTooEarly):
        desk.record(
            AgreePartnership(municipality=ANTWERPEN, purpose=SAID),
            occurred_at=datetime(2019, 12, 31, tzinfo=UTC),
            source=IMPORT,
        )


def test_an_import_is_of_a_municipality_of_its_own_day(desk: Desk, clock: StoryClock) -> None:
    """Borsbeek merged in 2025; what was there in 2024 is still imported afterwards."""
    clock.stand_at(datetime(2025, 5, 5, 12, tzinfo=UTC))
    desk.tell(PROPOSED - 10)
    initiative = InitiativeId(sample_id("initiative", 2))
    desk.record(
        RegisterInitiative(
            initiative=initiative,
            name=SAID,
            initiators=(CITIZEN,),
            municipality=ANTWERPEN,
        )
    )
    workshop = PlanWorkshop(
        workshop=WorkshopId(sample_id("workshop", 1)),
        title=SAID,
        initiatives=(initiative,),
        municipality=NisCode("11007"),
        planned_at=NOW,
        questions=(StartingQuestion(asked_by=CITIZEN, question=SAID),),
    )
    desk.record(workshop, occurred_at=NOW, source=IMPORT)
    assert desk.about(workshop.workshop)[-1].out_of_order
