"""The catalogue: told with agreement, and no longer pointed to once withdrawn (rule 14)."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.commands import Command
from domain.examples import (
    ExampleKind,
    ExamplePublished,
    ExampleRevised,
    ExampleWithdrawn,
    NotInTheCatalogue,
    PublishExample,
    ReviseExample,
    TellerHasNotAgreed,
    WithdrawExample,
)
from domain.facts import Fact, as_fact
from domain.info_sessions import InfoSessionHeld, InfoSessionPlanned, ReportInfoSession
from domain.initiatives import InitiativeRegistered
from domain.records import CorrectEvent
from domain.refusals import DatedBefore, InTheFuture, NoSuchMunicipalityThen
from domain.support_requests import (
    AnswerSupportRequest,
    SupportRequestAnswered,
    SupportRequestReceived,
    SupportRequestTriaged,
)
from domain.vocabulary import Narrative, NisCode, Position, Theme
from tests.domain.scenario import day, given, on
from tests.facts import (
    ACTORS,
    CITIZEN,
    DUPLICATE,
    EXAMPLE,
    INITIATIVE,
    MUNICIPALITY,
    REQUEST,
    SAMPLES,
    SESSION,
    about_example,
)

STARTED = SAMPLES[InitiativeRegistered]
PUBLISHED: Any = SAMPLES[ExamplePublished]
WITHDRAWN = SAMPLES[ExampleWithdrawn]
BEFORE = (*ACTORS, STARTED)
THERE = len(BEFORE) + 1
"""The position of the example, and so of what comes after it."""

PUBLISH = PublishExample(
    example=EXAMPLE,
    kind=ExampleKind.TESTIMONY,
    title=Narrative("Een lange tafel"),
    summary=Narrative("Wie aanschoof, bleef."),
    municipality=MUNICIPALITY,
    told_by=CITIZEN,
    agreed_on=date(2025, 6, 1),
)
REVISE = ReviseExample(example=EXAMPLE, themes=(Theme("eten"),))
WITHDRAW = WithdrawExample(example=EXAMPLE, reason=Narrative("Niet langer akkoord."))
ANSWER = AnswerSupportRequest(
    request=REQUEST, answer=Narrative("Ga eens kijken."), examples=(EXAMPLE,)
)
REPORT = ReportInfoSession(session=SESSION, attendance=(), examples=(EXAMPLE,))
POINTING: tuple[tuple[Command, type[Fact], tuple[Fact, ...]], ...] = (
    (
        ANSWER,
        SupportRequestAnswered,
        (SAMPLES[SupportRequestReceived], SAMPLES[SupportRequestTriaged]),
    ),
    (REPORT, InfoSessionHeld, (SAMPLES[InfoSessionPlanned],)),
)
POINTED: dict[type[Fact], dict[str, Any]] = {
    SupportRequestAnswered: {"asked_by": CITIZEN, "municipality": MUNICIPALITY},
    InfoSessionHeld: {"municipality": MUNICIPALITY},
}


def test_an_example_is_published() -> None:
    given(*BEFORE).when(PUBLISH).then(as_fact(ExamplePublished, PUBLISH))


def test_it_needs_no_place_and_no_teller() -> None:
    command = replace(PUBLISH, municipality=None, told_by=None, agreed_on=None)
    given().when(command).then(as_fact(ExamplePublished, command))


def test_its_teller_has_agreed_to_be_named() -> None:
    given(*BEFORE).when(replace(PUBLISH, agreed_on=None)).refused(TellerHasNotAgreed)
    given(*BEFORE).when(replace(PUBLISH, agreed_on=date(2025, 6, 3))).refused(InTheFuture)


def test_an_agreement_is_not_corrected_away() -> None:
    agreed = on("2024-03-05", PUBLISHED)
    moved = CorrectEvent(
        position=Position(THERE),
        becomes=PUBLISHED,
        happened_at=day("2024-02-28"),
        reason=Narrative("Vroeger."),
        read_at=Position(THERE),
        changes=(),
    )
    given(*BEFORE, agreed).when(moved).refused(InTheFuture)


def test_without_a_place_of_its_own_it_is_found_where_its_initiative_is() -> None:
    command = replace(PUBLISH, municipality=None, initiative=INITIATIVE)
    given(*BEFORE).when(command).then(
        replace(as_fact(ExamplePublished, command), municipality=MUNICIPALITY)
    )


def test_that_place_has_the_code_of_the_day() -> None:
    in_borsbeek = replace(STARTED, municipality=NisCode("11007"))
    command = replace(PUBLISH, municipality=None, initiative=INITIATIVE)
    given(*ACTORS, in_borsbeek).when(command).then(
        replace(as_fact(ExamplePublished, command), municipality=NisCode("11002"))
    )
    given(*BEFORE).when(replace(PUBLISH, municipality=NisCode("11007"))).refused(
        NoSuchMunicipalityThen
    )


def test_its_initiative_exists() -> None:
    given(*ACTORS).when(replace(PUBLISH, initiative=INITIATIVE)).unknown("initiative")


def test_an_example_is_revised() -> None:
    given(*BEFORE, PUBLISHED).when(REVISE).then(
        ExampleRevised(**about_example(), themes=(Theme("eten"),))
    )


def test_a_revision_of_nothing_is_none() -> None:
    given(*BEFORE, PUBLISHED).when(ReviseExample(example=EXAMPLE)).already_so()


def test_an_example_is_withdrawn() -> None:
    given(*BEFORE, PUBLISHED).when(WITHDRAW).then(
        ExampleWithdrawn(**about_example(), reason=WITHDRAW.reason)
    )


def test_a_teller_who_goes_on_as_another_is_named_so() -> None:
    by_the_duplicate = replace(PUBLISHED, told_by=DUPLICATE)
    merged = ActorsMerged(
        actor=CITIZEN, duplicate=DUPLICATE, reason=WITHDRAW.reason, examples=(EXAMPLE,)
    )
    given(*BEFORE, by_the_duplicate, merged).when(WITHDRAW).then(
        ExampleWithdrawn(**about_example(), reason=WITHDRAW.reason)
    )


def test_what_was_withdrawn_is_not_withdrawn_again() -> None:
    given(*BEFORE, PUBLISHED, WITHDRAWN).when(WITHDRAW).already_so()


def test_what_was_withdrawn_is_not_revised() -> None:
    given(*BEFORE, PUBLISHED, WITHDRAWN).when(REVISE).refused(
        NotInTheCatalogue, blocked_by=[THERE + 1]
    )


@pytest.mark.parametrize("command", [REVISE, WITHDRAW])
def test_nothing_happens_to_it_before_it_was_published(command: Command) -> None:
    given(*BEFORE, on("2025-03-01", PUBLISHED)).when(command, at="2025-02-01").refused(
        DatedBefore, blocked_by=[THERE]
    )
    given(*BEFORE).when(command).unknown("example")


@pytest.mark.parametrize(("command", "fact", "before"), POINTING)
def test_an_answer_and_a_session_point_to_examples(
    command: Command, fact: type[Fact], before: tuple[Fact, ...]
) -> None:
    given(*BEFORE, PUBLISHED, *before).when(command).then(as_fact(fact, command, **POINTED[fact]))
    given(*BEFORE, *before).when(command).unknown("examples/0")


@pytest.mark.parametrize(("command", "fact", "before"), POINTING)
def test_they_do_not_point_to_what_was_withdrawn_by_then(
    command: Command, fact: type[Fact], before: tuple[Fact, ...]
) -> None:
    withdrawn = on("2025-02-01", WITHDRAWN)
    log = given(*BEFORE, PUBLISHED, withdrawn, *before)
    log.when(command).refused(NotInTheCatalogue, blocked_by=[THERE + 1])
    log.when(command, at="2025-01-31").then(as_fact(fact, command, **POINTED[fact]))
