"""Records: a mistake is corrected in sight, and rules do not give way to a correction."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from domain.actors import ActorRegistered
from domain.facts import Fact
from domain.initiatives import InitiativeRegistered, InitiativesLinked, ParticipantJoined, Role
from domain.municipalities import PartnershipAgreed, PartnershipTooEarly, PolicyPlanAdopted
from domain.pilots import (
    DecidePilot,
    Decision,
    GiveConsent,
    PilotConsentGiven,
    PilotDecided,
    PilotProposed,
)
from domain.records import (
    CorrectEvent,
    CorrectionGoesTooFar,
    EventCorrected,
    NoSuchEvent,
    corrected,
)
from domain.refusals import DatedBefore, InTheFuture, NoSuchMunicipalityThen
from domain.support_requests import (
    AnswerSupportRequest,
    StartsFrom,
    SupportRequestAssigned,
    SupportRequestReceived,
    SupportRequestTriaged,
)
from domain.vocabulary import ActorKind, InitiativeId, Narrative, NisCode, Position, VCode
from domain.workshops import WorkshopPlanned
from tests.domain.scenario import LATER, day, given, on
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


def correct(position: int, becomes: Any, when: str = WHEN) -> CorrectEvent:
    return CorrectEvent(
        position=Position(position), becomes=becomes, happened_at=day(when), reason=WHY
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
    command = correct(AT, replace(RECEIVED, question=Narrative("Hoe beginnen we?")))
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
    ).refused(DatedBefore, blocked_by=[AT])


def test_what_follows_does_not_move_before_the_beginning() -> None:
    given(*BEFORE, on(WHEN, RECEIVED), on("2025-02-10", TRIAGED)).when(
        correct(AT + 1, TRIAGED, when="2025-02-01")
    ).refused(DatedBefore, blocked_by=[AT])


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
        CorrectEvent(
            position=Position(len(ACTORS) + 1),
            becomes=replace(bare, appetite=WHY),
            happened_at=START,
            reason=WHY,
        )
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
