"""Workshops: from the participants' own questions to a renewed approach (rule 7)."""

import pytest
from msgspec.structs import replace

from domain.commands import Command
from domain.facts import Fact, as_fact
from domain.initiatives import InitiativeRegistered, ParticipantLeft, TakesNoPart
from domain.refusals import DatedBefore
from domain.vocabulary import ActorId, Narrative, WorkshopId
from domain.workshops import (
    Answer,
    AnswerApproach,
    ApproachAnswered,
    CancelWorkshop,
    HandOverTool,
    InsightRecorded,
    NoInitiative,
    NoStartingQuestion,
    NotInThisWorkshop,
    PlanWorkshop,
    ProposeApproach,
    RecordInsight,
    RenewedApproachProposed,
    RenewedApproachSetAside,
    RenewedApproachTakenUp,
    ReportWorkshop,
    RescheduleWorkshop,
    StartingQuestion,
    ToolHandedOver,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopNotHeld,
    WorkshopNotPlanned,
    WorkshopPlanned,
    WorkshopRescheduled,
)
from tests.domain.scenario import LATER, given, on
from tests.facts import (
    ACTORS,
    APPROACH,
    CITIZEN,
    INITIATIVE,
    MUNICIPALITY,
    NETWORK_MEMBER,
    OTHER_INITIATIVE,
    PROFESSIONAL,
    SAMPLES,
    WORKSHOP,
    about_workshop,
    sample_id,
)

STARTED = SAMPLES[InitiativeRegistered]
PLANNED = SAMPLES[WorkshopPlanned]
MOVED = SAMPLES[WorkshopRescheduled]
HELD = SAMPLES[WorkshopHeld]
CANCELLED = WorkshopCancelled(**about_workshop(), reason=Narrative("Ziek."))
PROPOSED = SAMPLES[RenewedApproachProposed]
TAKEN_UP = SAMPLES[RenewedApproachTakenUp]

WHY = Narrative("Daarom.")
RESCHEDULE = RescheduleWorkshop(workshop=WORKSHOP, planned_at=LATER)
REPORT = ReportWorkshop(workshop=WORKSHOP, participants=(CITIZEN,), attendance=7)
CANCEL = CancelWorkshop(workshop=WORKSHOP, reason=WHY)
INSIGHT = RecordInsight(workshop=WORKSHOP, insight=WHY, voiced_by=CITIZEN)
TOOL = HandOverTool(workshop=WORKSHOP, tool=WHY, received_by=(CITIZEN,))
PROPOSE = ProposeApproach(approach=APPROACH, workshop=WORKSHOP, initiative=INITIATIVE, proposal=WHY)
PLAN_CHANGES = (RESCHEDULE, REPORT, CANCEL)
YIELDS = (INSIGHT, TOOL, PROPOSE)

BEFORE = (*ACTORS, STARTED)
BEGUN = len(BEFORE) + 1
"""The position of the workshop's planning, and so of what comes after it."""


def plan(*askers: ActorId, participants: tuple[ActorId, ...] = ()) -> PlanWorkshop:
    return PlanWorkshop(
        workshop=WORKSHOP,
        title=Narrative("Van tuin naar netwerk"),
        initiatives=(INITIATIVE,),
        municipality=MUNICIPALITY,
        planned_at=LATER,
        participants=participants,
        questions=tuple(StartingQuestion(asked_by=asker, question=WHY) for asker in askers),
    )


def answer(says: Answer, actor: ActorId = CITIZEN) -> AnswerApproach:
    return AnswerApproach(
        approach=APPROACH, workshop=WORKSHOP, answer=says, answered_by=actor, reason=WHY
    )


@pytest.mark.parametrize(
    "command",
    [plan(CITIZEN), plan(PROFESSIONAL, participants=(PROFESSIONAL,))],
    ids=["of the initiative", "of the workshop"],
)
def test_a_workshop_starts_from_a_question_of_a_participant(command: PlanWorkshop) -> None:
    given(*BEFORE).when(command).then(as_fact(WorkshopPlanned, command))


def test_without_a_question_there_is_no_workshop() -> None:
    given(*BEFORE).when(plan()).refused(NoStartingQuestion)


def test_a_question_of_somebody_else_does_not_count() -> None:
    given(*BEFORE).when(plan(CITIZEN, NETWORK_MEMBER)).refused(TakesNoPart)


def test_a_workshop_is_about_initiatives_that_exist() -> None:
    given(*ACTORS).when(plan(CITIZEN, participants=(CITIZEN,))).unknown("initiatives/0")


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (RESCHEDULE, WorkshopRescheduled),
        (REPORT, WorkshopHeld),
        (CANCEL, WorkshopCancelled),
    ],
)
@pytest.mark.parametrize("past", [(), (MOVED,)], ids=["planned", "moved"])
def test_a_planned_workshop_is_moved_held_or_cancelled(
    past: tuple[Fact, ...], command: Command, fact: type[Fact]
) -> None:
    given(*BEFORE, PLANNED, *past).when(command).then(
        as_fact(fact, command, initiatives=(INITIATIVE,), municipality=MUNICIPALITY)
    )


@pytest.mark.parametrize("command", PLAN_CHANGES)
@pytest.mark.parametrize("ending", [HELD, CANCELLED])
def test_a_workshop_is_held_only_once(ending: Fact, command: Command) -> None:
    given(*BEFORE, PLANNED, ending).when(command).refused(
        WorkshopNotPlanned, blocked_by=[BEGUN + 1]
    )


@pytest.mark.parametrize(("command", "fact"), [(INSIGHT, InsightRecorded), (TOOL, ToolHandedOver)])
def test_insights_and_tools_come_out_of_it(command: Command, fact: type[Fact]) -> None:
    given(*BEFORE, PLANNED, HELD).when(command).then(
        as_fact(fact, command, initiatives=(INITIATIVE,))
    )


def test_a_renewed_approach_is_proposed() -> None:
    given(*BEFORE, PLANNED, HELD).when(PROPOSE).then(as_fact(RenewedApproachProposed, PROPOSE))


@pytest.mark.parametrize("command", YIELDS)
@pytest.mark.parametrize("past", [(), (CANCELLED,)], ids=["planned", "cancelled"])
def test_nothing_comes_out_of_a_workshop_that_was_not_held(
    past: tuple[Fact, ...], command: Command
) -> None:
    given(*BEFORE, PLANNED, *past).when(command).refused(
        WorkshopNotHeld, blocked_by=[BEGUN + len(past)]
    )


def test_an_approach_is_for_an_initiative_of_the_workshop() -> None:
    other = InitiativeRegistered(
        initiative=OTHER_INITIATIVE,
        name=WHY,
        initiators=(CITIZEN,),
        municipality=MUNICIPALITY,
    )
    command = ProposeApproach(
        approach=APPROACH, workshop=WORKSHOP, initiative=OTHER_INITIATIVE, proposal=WHY
    )
    given(*ACTORS, other, STARTED, PLANNED, HELD).when(command).refused(
        NotInThisWorkshop, blocked_by=[BEGUN + 2]
    )


@pytest.mark.parametrize(
    ("says", "fact"),
    [(Answer.TAKEN_UP, RenewedApproachTakenUp), (Answer.SET_ASIDE, RenewedApproachSetAside)],
)
def test_the_initiative_answers_an_approach(
    says: Answer, fact: type[RenewedApproachTakenUp | RenewedApproachSetAside]
) -> None:
    given(*BEFORE, PLANNED, HELD, PROPOSED).when(answer(says)).then(
        fact(
            approach=APPROACH,
            workshop=WORKSHOP,
            initiative=INITIATIVE,
            answered_by=CITIZEN,
            reason=WHY,
        )
    )


def test_nobody_else_answers_for_the_initiative() -> None:
    proposed = given(*BEFORE, PLANNED, HELD, PROPOSED)
    proposed.when(answer(Answer.TAKEN_UP, PROFESSIONAL)).refused(TakesNoPart)
    left = ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN)
    given(*BEFORE, PLANNED, HELD, PROPOSED, left).when(answer(Answer.TAKEN_UP)).refused(
        TakesNoPart, blocked_by=[BEGUN + 3]
    )


def test_who_left_since_may_have_answered_before() -> None:
    left = ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN)
    asked = given(*BEFORE, PLANNED, HELD, PROPOSED, on("2025-03-01", left))
    assert asked.when(answer(Answer.TAKEN_UP), at="2025-02-28").answer()


def test_the_same_answer_again_is_no_news() -> None:
    given(*BEFORE, PLANNED, HELD, PROPOSED, TAKEN_UP).when(answer(Answer.TAKEN_UP)).already_so()


def test_an_approach_is_answered_once() -> None:
    given(*BEFORE, PLANNED, HELD, PROPOSED, TAKEN_UP).when(answer(Answer.SET_ASIDE)).refused(
        ApproachAnswered, blocked_by=[BEGUN + 3]
    )


@pytest.mark.parametrize("command", PLAN_CHANGES)
def test_a_workshop_is_not_held_before_it_was_planned(command: Command) -> None:
    given(*BEFORE, on("2025-03-01", PLANNED)).when(command, at="2025-02-28").refused(
        DatedBefore, blocked_by=[BEGUN]
    )


@pytest.mark.parametrize("command", YIELDS)
def test_nothing_comes_out_before_it_was_held(command: Command) -> None:
    given(*BEFORE, PLANNED, on("2025-03-01", HELD)).when(command, at="2025-02-28").refused(
        DatedBefore, blocked_by=[BEGUN + 1]
    )


def test_an_approach_is_not_answered_before_it_was_proposed() -> None:
    given(*BEFORE, PLANNED, HELD, on("2025-03-01", PROPOSED)).when(
        answer(Answer.TAKEN_UP), at="2025-02-28"
    ).refused(DatedBefore, blocked_by=[BEGUN + 2])


def test_a_workshop_that_nobody_planned_is_not_held() -> None:
    other = WorkshopId(sample_id("workshop", 90))
    given(*BEFORE, PLANNED).when(CancelWorkshop(workshop=other, reason=WHY)).unknown("workshop")


def test_a_workshop_belongs_to_an_initiative() -> None:
    given(*ACTORS).when(replace(plan(CITIZEN), initiatives=())).refused(NoInitiative)


def test_a_question_is_asked_by_who_takes_part_on_the_day() -> None:
    left = ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN)
    gone = given(*BEFORE, on("2025-03-01", left))
    assert gone.when(plan(CITIZEN), at="2025-02-28").answer()
    gone.when(plan(CITIZEN), at="2025-03-01").refused(TakesNoPart, blocked_by=[BEGUN])
