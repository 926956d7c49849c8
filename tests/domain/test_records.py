"""Records: a mistake is corrected in sight, and rules do not give way to a correction."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from domain.actors import ActorDetailsChanged, ActorRegistered, DetailsDoNotFit
from domain.co_creation import CoCreationStarted, CoCreationStepTaken
from domain.documents import DocumentAttached
from domain.facts import Fact
from domain.initiatives import (
    InitiativeDescribed,
    InitiativeRegistered,
    InitiativesLinked,
    NotOnTheScale,
    OrientationAssessed,
    ParticipantJoined,
    Role,
)
from domain.municipalities import PartnershipAgreed, PartnershipTooEarly, PolicyPlanAdopted
from domain.notes import NoteAdded
from domain.pilots import (
    DecidePilot,
    Decision,
    GiveConsent,
    LessonLearned,
    PilotConsentGiven,
    PilotDecided,
    PilotObservationRecorded,
    PilotProposed,
)
from domain.records import (
    CorrectedMeanwhile,
    CorrectEvent,
    CorrectionGoesTooFar,
    EventCorrected,
    NoSuchEvent,
    OrderWouldChange,
    corrected,
)
from domain.refusals import DatedBefore, InTheFuture, NamedTwice, NoSuchMunicipalityThen
from domain.support_requests import (
    AnswerSupportRequest,
    StartsFrom,
    SupportRequestAssigned,
    SupportRequestReceived,
    SupportRequestTriaged,
)
from domain.vocabulary import (
    ActorKind,
    InitiativeId,
    Narrative,
    NisCode,
    Personal,
    Position,
    Thing,
    VCode,
)
from domain.workshops import InsightRecorded, WorkshopHeld, WorkshopPlanned
from tests.domain.scenario import LATER, Asked, Given, day, given, on
from tests.facts import (
    ACTORS,
    CITIZEN,
    OTHER_INITIATIVE,
    PILOT,
    REQUEST,
    SAMPLES,
    START,
    recorded,
)

WHY = Narrative("Verkeerd genoteerd.")
NAME = Personal("Iemand Voorbeeld")
STARTED: Any = SAMPLES[InitiativeRegistered]
RECEIVED: Any = SAMPLES[SupportRequestReceived]
TRIAGED: Any = SAMPLES[SupportRequestTriaged]
ASSIGNED: Any = SAMPLES[SupportRequestAssigned]
JOINED: Any = SAMPLES[ParticipantJoined]
PLAN: Any = SAMPLES[PolicyPlanAdopted]
PARTNERS: Any = SAMPLES[PartnershipAgreed]
PROPOSED: Any = SAMPLES[PilotProposed]
DECIDED: Any = SAMPLES[PilotDecided]
BEFORE = (*ACTORS, STARTED)
AT = len(BEFORE) + 1
"""The position of what is corrected."""
WHEN = "2025-02-03"


def correct(
    position: int, becomes: Any, when: str = WHEN, read_at: int | None = None
) -> CorrectEvent:
    """Of a fact that was read at its own position, unless told."""
    return CorrectEvent(
        position=Position(position),
        becomes=becomes,
        happened_at=day(when),
        reason=WHY,
        read_at=Position(read_at or position),
        changes=("some",),
    )


def as_corrected(command: CorrectEvent) -> EventCorrected:
    return EventCorrected(
        position=command.position,
        becomes=command.becomes,
        happened_at=command.happened_at,
        reason=command.reason,
    )


@pytest.mark.parametrize(
    ("original", "fields"),
    [
        (RECEIVED, {"question": Narrative("Hoe beginnen we?")}),
        (RECEIVED, {"due_on": date(2025, 6, 1)}),
        (STARTED, {"appetite": Narrative("Samen zijn.")}),
        (PLAN, {"title": Narrative("Samen in de stad")}),
    ],
)
def test_fields_are_corrected(original: Any, fields: dict[str, Any]) -> None:
    command = correct(len(ACTORS) + 1, replace(original, **fields))
    given(*ACTORS, on(WHEN, original)).when(command).then(as_corrected(command))


def test_a_correction_is_corrected_in_turn() -> None:
    first = correct(AT, replace(RECEIVED, question=Narrative("Hoe begint het?")))
    becomes = replace(RECEIVED, question=Narrative("Hoe beginnen we?"))
    command = correct(AT, becomes, read_at=AT + 1)
    given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-04", as_corrected(first))).when(command).then(
        as_corrected(command)
    )


@pytest.mark.parametrize("position", [2, AT + 1, 999])
def test_only_an_event_about_the_thing_is_corrected(position: int) -> None:
    given(*BEFORE, on(WHEN, RECEIVED)).when(correct(position, RECEIVED)).refused(NoSuchEvent)


def test_a_correction_itself_is_not_what_gets_corrected() -> None:
    first = as_corrected(correct(AT, RECEIVED))
    refused = (
        given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-04", first))
        .when(correct(AT + 1, RECEIVED))
        .refused(CorrectionGoesTooFar)
    )
    assert refused.details["field"] == "type"


@pytest.mark.parametrize(
    ("original", "becomes"),
    [
        (RECEIVED, replace(RECEIVED, municipality=NisCode("11002"))),
        (ACTORS[1], replace(ACTORS[1], vcode=VCode("V0001002"))),
        (STARTED, replace(STARTED, initiators=(CITIZEN,))),
        (ASSIGNED, replace(ASSIGNED, asked_by=ASSIGNED.assignee, assignee=CITIZEN)),
    ],
    ids=["municipality", "number", "initiators", "asker and assignee swapped"],
)
def test_a_correction_does_not_change_who_and_what_it_is_about(original: Any, becomes: Any) -> None:
    before = () if original in ACTORS else (*BEFORE, RECEIVED)
    refused = (
        given(*before, on(WHEN, original))
        .when(correct(len(before) + 1, becomes))
        .refused(CorrectionGoesTooFar)
    )
    assert refused.details["field"] == "ids"


def test_the_ends_of_a_link_do_not_change_places() -> None:
    other: Any = replace(STARTED, initiative=OTHER_INITIATIVE)
    linked: Any = SAMPLES[InitiativesLinked]
    turned = replace(linked, initiative=linked.other, other=linked.initiative)
    given(*BEFORE, other, on(WHEN, linked)).when(correct(AT + 1, turned)).refused(
        CorrectionGoesTooFar
    )


@pytest.mark.parametrize(
    ("before", "original", "field", "value"),
    [
        ((), ACTORS[0], "kind", ActorKind.PROFESSIONAL),
        ((*BEFORE, RECEIVED), TRIAGED, "starts_from", StartsFrom.OTHERS),
        (BEFORE, JOINED, "role", Role.INITIATOR),
        ((), PLAN, "adopted_on", date(2023, 1, 1)),
        ((), PLAN, "starts_on", date(2023, 1, 1)),
        ((), PLAN, "ends_on", date(2040, 1, 1)),
        ((*BEFORE, PLAN, PROPOSED), DECIDED, "decision", Decision.REJECT),
        ((*BEFORE, PLAN), PROPOSED, "starts_on", date(2031, 1, 1)),
        ((*BEFORE, PLAN), PROPOSED, "ends_on", date(2019, 1, 1)),
        ((*BEFORE, PLAN, PROPOSED), DECIDED, "ends_on", date(2040, 1, 1)),
        ((*BEFORE, PLAN, PROPOSED), DECIDED, "evidence", (Position(1),)),
        ((*BEFORE, PLAN, PROPOSED), SAMPLES[LessonLearned], "evidence", (Position(1),)),
    ],
)
def test_a_correction_does_not_change_what_rules_rest_on(
    before: tuple[Fact, ...], original: Any, field: str, value: Any
) -> None:
    becomes = replace(original, **{field: value})
    refused = (
        given(*before, on(WHEN, original))
        .when(correct(len(before) + 1, becomes))
        .refused(CorrectionGoesTooFar)
    )
    assert refused.details["field"] == field


@pytest.mark.parametrize(
    ("before", "original", "field", "value"),
    [
        (ACTORS, STARTED, "strengths", ()),
        (ACTORS, STARTED, "appetite", None),
        ((*BEFORE, PLAN, PROPOSED), DECIDED, "motivation", Narrative("")),
        ((*BEFORE, PLAN, PROPOSED), DECIDED, "motivation", Narrative("  ")),
        (BEFORE, SAMPLES[WorkshopPlanned], "title", Narrative("")),
    ],
)
def test_a_correction_does_not_empty_a_field(
    before: tuple[Fact, ...], original: Any, field: str, value: Any
) -> None:
    becomes = replace(original, **{field: value})
    refused = (
        given(*before, on(WHEN, original))
        .when(correct(len(before) + 1, becomes))
        .refused(CorrectionGoesTooFar)
    )
    assert refused.details["field"] == field


# When it happened (rule 13).


def test_the_moment_is_corrected() -> None:
    command = correct(AT, RECEIVED, when="2025-01-20")
    given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-10", TRIAGED)).when(command).then(
        as_corrected(command)
    )


def test_a_beginning_does_not_move_behind_what_follows_it() -> None:
    given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-10", TRIAGED)).when(
        correct(AT, RECEIVED, when="2025-02-11")
    ).refused(OrderWouldChange, blocked_by=[AT + 1])


def test_what_follows_does_not_move_before_the_beginning() -> None:
    given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-10", TRIAGED)).when(
        correct(AT + 1, TRIAGED, when="2025-02-01")
    ).refused(OrderWouldChange, blocked_by=[AT])


@pytest.mark.parametrize(
    "beside",
    [
        replace(SAMPLES[NoteAdded], about=Thing(REQUEST)),
        replace(SAMPLES[DocumentAttached], about=Thing(REQUEST)),
    ],
)
def test_what_is_about_a_thing_stays_behind_its_beginning_and_moves_freely_otherwise(
    beside: Any,
) -> None:
    log = (on("2025-01-02", RECEIVED), on("2025-01-04", TRIAGED), on("2025-01-06", beside))
    moved(log, 0, "2025-01-07").refused(OrderWouldChange, blocked_by=at(1, 2))
    moved((log[0], log[2]), 0, "2025-01-07").refused(OrderWouldChange, blocked_by=at(1))
    moved(log, 2, "2025-01-01").refused(OrderWouldChange, blocked_by=at(0))
    assert moved(log, 1, "2025-01-07").answer()
    assert moved(log, 2, "2025-01-03").answer()


def test_what_is_about_people_may_be_dated_before_they_were_registered() -> None:
    log = (on("2025-01-06", replace(SAMPLES[NoteAdded], about=Thing(CITIZEN))),)
    assert moved(log, 0, "2019-01-02").answer()


def test_nothing_moves_into_the_future() -> None:
    given(*BEFORE, on(WHEN, RECEIVED)).when(correct(AT, RECEIVED, when="2027-01-01")).refused(
        InTheFuture
    )


def test_a_mistake_is_not_corrected_before_it_was_made() -> None:
    given(*BEFORE, on(WHEN, RECEIVED)).when(correct(AT, RECEIVED), at="2025-02-02").refused(
        DatedBefore, blocked_by=[AT]
    )


def test_a_text_is_corrected_whatever_the_order_of_the_dates() -> None:
    earlier = replace(PLAN, starts_on=date(2020, 1, 1))
    command = correct(1, replace(PLAN, title=Narrative("Samen in de stad")))
    given(on(WHEN, PLAN), on("2020-02-03", earlier)).when(command).then(as_corrected(command))


def test_a_partnership_does_not_move_to_before_2020() -> None:
    given(*ACTORS, on("2019-01-02", PLAN), on(WHEN, PARTNERS)).when(
        correct(len(ACTORS) + 2, PARTNERS, when="2019-06-01")
    ).refused(PartnershipTooEarly)


def test_a_plan_does_not_move_to_before_it_was_adopted() -> None:
    """Its adoption is on 18 December 2023."""
    given(on(WHEN, PLAN)).when(correct(1, PLAN, when="2023-12-17")).refused(InTheFuture)


def test_a_beginning_does_not_move_to_a_day_without_its_municipality() -> None:
    borsbeek = replace(RECEIVED, municipality=NisCode("11007"))
    given(*BEFORE, on("2024-12-01", borsbeek)).when(
        correct(AT, borsbeek, when="2025-01-01")
    ).refused(NoSuchMunicipalityThen)


def moved(log: tuple[Any, ...], which: int, when: str) -> Asked:
    """A log of dated facts, of which one is moved to another day."""
    happened = log[which]
    return given(*ACTORS, *log).when(correct(len(ACTORS) + 1 + which, happened.fact, when))


def at(*places: int) -> list[int]:
    return [len(ACTORS) + 1 + place for place in places]


STEP: Any = SAMPLES[CoCreationStepTaken]
CONSENTS: Any = SAMPLES[PilotConsentGiven]
APPROVED: Any = replace(DECIDED, evidence=())
PILOT_STORY = (
    on("2025-01-02", replace(STARTED, initiators=(CITIZEN,))),
    on("2025-01-04", PLAN),
    on("2025-01-06", SAMPLES[CoCreationStarted]),
    on("2025-01-08", STEP),
    on("2025-01-10", PROPOSED),
    on("2025-01-12", CONSENTS),
    on("2025-01-14", APPROVED),
    on("2025-01-16", SAMPLES[PilotObservationRecorded]),
)


@pytest.mark.parametrize(
    ("which", "when", "blocked_by"),
    [
        (0, "2025-01-15", at(2, 3, 4, 5, 6)),
        (1, "2025-01-11", at(1, 4)),
        (3, "2025-01-15", at(4, 5, 6)),
        (3, "2025-01-05", at(2)),
        (4, "2025-01-03", at(2, 3)),
        (5, "2025-01-15", at(6)),
        (6, "2025-01-11", at(5)),
        (7, "2025-01-09", at(4)),
        (4, "2025-01-17", at(5, 6, 7)),
    ],
    ids=[
        "an initiative after its pilot",
        "a plan after the pilot that needs it",
        "the only step after the approval",
        "a step before its co-creation",
        "a pilot before the step",
        "a consent after the approval",
        "an approval before the consent",
        "an observation before the pilot",
        "a pilot after all of it",
    ],
)
def test_what_rests_on_each_other_stays_in_order(
    which: int, when: str, blocked_by: list[int]
) -> None:
    moved(PILOT_STORY, which, when).refused(OrderWouldChange, blocked_by=blocked_by)


@pytest.mark.parametrize(
    ("which", "when"),
    [
        (0, "2024-12-01"),
        (1, "2025-01-09"),
        (1, "2025-01-01"),
        (3, "2025-01-09"),
        (5, "2025-01-13"),
        (6, "2025-06-01"),
        (7, "2025-01-13"),
    ],
)
def test_within_that_order_dates_are_corrected(which: int, when: str) -> None:
    assert moved(PILOT_STORY, which, when).answer()


def test_a_plan_of_a_predecessor_stays_before_the_pilot_of_its_successor() -> None:
    borsbeek, antwerpen = NisCode("11007"), NisCode("11002")
    log = (
        on("2024-01-02", STARTED),
        on("2024-01-04", replace(PLAN, municipality=borsbeek)),
        on("2024-01-06", replace(PROPOSED, municipality=antwerpen)),
    )
    moved(log, 1, "2024-01-07").refused(OrderWouldChange, blocked_by=at(1, 2))


def test_a_partnership_stays_behind_its_plan() -> None:
    log = (on("2025-01-04", PLAN), on("2025-01-06", PARTNERS))
    moved(log, 0, "2025-01-07").refused(OrderWouldChange, blocked_by=at(0, 1))
    moved(log, 1, "2025-01-03").refused(DatedBefore, blocked_by=at(0))
    more = (*log, on("2025-01-02", replace(PLAN, starts_on=date(2024, 6, 1))))
    assert moved(more, 0, "2025-01-07").answer()


def test_an_insight_stays_behind_the_workshop_that_was_held() -> None:
    log = (
        on("2025-01-02", STARTED),
        on("2025-01-04", SAMPLES[WorkshopPlanned]),
        on("2025-01-06", SAMPLES[WorkshopHeld]),
        on("2025-01-08", SAMPLES[InsightRecorded]),
    )
    moved(log, 3, "2025-01-05").refused(OrderWouldChange, blocked_by=at(2))
    moved(log, 2, "2025-01-09").refused(OrderWouldChange, blocked_by=at(3))


def test_a_description_stays_behind_the_beginning_of_its_initiative() -> None:
    described = replace(SAMPLES[InitiativeDescribed], appetite=None)
    log = (on("2025-01-02", STARTED), on("2025-01-04", described))
    moved(log, 1, "2025-01-01").refused(OrderWouldChange, blocked_by=at(0))
    moved(log, 0, "2025-01-05").refused(OrderWouldChange, blocked_by=at(1))


def test_people_were_there_before_anybody_registered_them() -> None:
    changed: Any = SAMPLES[ActorDetailsChanged]
    command = correct(len(ACTORS) + 1, changed, when="2019-03-01")
    assert given(*ACTORS, on(WHEN, changed)).when(command).answer()


def test_what_was_imported_out_of_order_is_put_right() -> None:
    """A consent dated before its pilot: moved behind it, but not behind the approval."""
    log = list(given(*ACTORS, *PILOT_STORY).log)
    place = len(ACTORS) + 5
    log[place] = replace(log[place], occurred_at=day("2025-01-05"), out_of_order=True)
    asked = Given(log).when(correct(place + 1, CONSENTS, when="2025-01-13"))
    assert asked.answer()
    Given(log).when(correct(place + 1, CONSENTS, when="2025-01-15")).refused(
        OrderWouldChange, blocked_by=at(6)
    )


# Two at once.


def test_a_fact_is_corrected_as_it_reads_by_now() -> None:
    """Its texts are not in the past that is decided on: who read them says as of when."""
    first = as_corrected(correct(AT, replace(RECEIVED, question=Narrative("Hoe begint het?"))))
    log = given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-04", first))
    log.when(correct(AT, RECEIVED)).refused(CorrectedMeanwhile, blocked_by=[AT + 1])
    log.when(correct(AT, RECEIVED, read_at=AT + 2)).refused(CorrectedMeanwhile, blocked_by=[AT + 1])
    assert log.when(correct(AT, RECEIVED, read_at=AT + 1)).answer()


def test_a_correction_that_changes_nothing_was_already_so() -> None:
    command = replace(correct(AT, RECEIVED), changes=())
    given(*BEFORE, on(WHEN, RECEIVED)).when(command).already_so()
    moving = replace(command, happened_at=day("2025-01-20"))
    assert given(*BEFORE, on(WHEN, RECEIVED)).when(moving).answer()


# What a rule asks of the values.


def test_a_corrected_assessment_is_on_its_scale() -> None:
    assessed: Any = SAMPLES[OrientationAssessed]
    given(*BEFORE, on(WHEN, assessed)).when(
        correct(AT, replace(assessed, network_strengthening=9))
    ).refused(NotOnTheScale)


@pytest.mark.parametrize(
    ("original", "field"),
    [(ACTORS[0], "mandate"), (ActorDetailsChanged(actor=CITIZEN, phone=NAME), "policy_maker")],
)
def test_corrected_details_fit_the_kind_of_actor(original: Any, field: str) -> None:
    becomes = replace(original, **{field: Narrative("Geen.")})
    others = ACTORS if isinstance(original, ActorDetailsChanged) else ACTORS[1:]
    given(*others, on(WHEN, original)).when(correct(len(others) + 1, becomes)).refused(
        DetailsDoNotFit
    )


def test_a_corrected_list_names_each_once() -> None:
    held: Any = SAMPLES[WorkshopHeld]
    given(*BEFORE, SAMPLES[WorkshopPlanned], on(WHEN, held)).when(
        correct(AT + 1, replace(held, participants=(*held.participants, CITIZEN)))
    ).refused(NamedTwice)


# The fold.


def test_a_past_reads_as_it_was_corrected_with_the_correction_in_sight() -> None:
    first = replace(RECEIVED, question=Narrative("Hoe begint het?"))
    second = replace(RECEIVED, question=Narrative("Hoe beginnen we?"))
    facts = (
        RECEIVED,
        TRIAGED,
        as_corrected(correct(1, first, when="2025-01-01")),
        as_corrected(correct(1, second, when="2025-01-02")),
    )
    past = [recorded(fact, position) for position, fact in enumerate(facts, start=1)]
    now = corrected(past)
    assert [r.fact for r in now] == [second, *facts[1:]]
    assert [r.position for r in now] == [1, 2, 3, 4]
    assert now[0].occurred_at == day("2025-01-02")
    assert now[0].recorded_at == past[0].recorded_at
    assert list(now[1:]) == past[1:]
    assert [r.fact for r in corrected(past[:3])] == [first, *facts[1:3]]
    assert corrected([]) == []


def test_a_decision_rests_on_the_past_as_corrected() -> None:
    moved = as_corrected(correct(AT + 1, TRIAGED, when="2025-02-20"))
    answer = AnswerSupportRequest(request=REQUEST, answer=WHY)
    triaged = given(*BEFORE, RECEIVED, on("2025-02-10", TRIAGED), moved)
    triaged.when(answer, at="2025-02-15").refused(DatedBefore, blocked_by=[AT + 1])
    assert triaged.when(answer, at="2025-02-25").answer()


def test_a_decision_of_another_thing_rests_on_it_too() -> None:
    """The correction of an initiative's event lies in the boundary of its pilot."""
    bare = replace(STARTED, initiators=(CITIZEN,), appetite=None)
    full = as_corrected(
        replace(correct(len(ACTORS) + 1, replace(bare, appetite=WHY)), happened_at=START)
    )
    consent = GiveConsent(pilot=PILOT, initiator=CITIZEN)
    given(*ACTORS, bare, PLAN, PROPOSED, full).when(consent).then(
        PilotConsentGiven(
            pilot=PILOT, initiative=InitiativeId(STARTED.initiative), initiator=CITIZEN
        )
    )
    late = replace(full, happened_at=day("2025-06-10"))
    decide = DecidePilot(pilot=PILOT, decision=Decision.REJECT, deciders=(CITIZEN,), motivation=WHY)
    assert given(*ACTORS, bare, PLAN, PROPOSED, late).when(decide, at=LATER).answer()


def test_a_registration_is_corrected_whoever_else_has_the_name() -> None:
    registered: Any = ACTORS[0]
    assert isinstance(registered, ActorRegistered)
    command = correct(1, replace(registered, name=ACTORS[4].name))  # pyright: ignore[reportAttributeAccessIssue]
    given(on(WHEN, registered), *ACTORS[1:]).when(command).then(as_corrected(command))
