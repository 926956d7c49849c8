"""The catalogue of examples, stories and testimonies: what exists already, what more can be."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from eventsourcing.dcb.api import DCBQueryItem
from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.days import day_of
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.initiatives import InitiativeRegistered
from domain.refusals import InTheFuture, Refusal, Unknown, follows
from domain.register import code_on
from domain.vocabulary import (
    ActorId,
    ExampleId,
    InitiativeId,
    Narrative,
    NisCode,
    Reference,
    Theme,
    Visibility,
)


class ExampleKind(StrEnum):
    EXAMPLE = "example"
    STORY = "story"
    TESTIMONY = "testimony"


# Facts. These names are stored: never rename one.


class ExamplePublished(Fact, frozen=True, kw_only=True, tag="example.published"):
    """Whoever tells it is named only with their agreement, given on the day `agreed_on`."""

    NL = "Opgenomen in de catalogus: {kind} '{title}'"
    EN = "Taken up in the catalogue: {kind} '{title}'"
    VISIBILITY = Visibility.PUBLIC
    FIXED = frozenset({"agreed_on"})

    example: ExampleId
    kind: ExampleKind
    title: Narrative
    summary: Narrative
    themes: tuple[Theme, ...] = ()
    municipality: NisCode | None = None
    initiative: InitiativeId | None = None
    told_by: ActorId | None = None
    agreed_on: date | None = None
    reference: Reference | None = None


class ExampleRevised(Fact, frozen=True, kw_only=True, tag="example.revised"):
    """Only what changed; what is left out stays as it was."""

    NL = "'{example}' herwerkt"
    EN = "'{example}' revised"
    VISIBILITY = Visibility.PUBLIC

    example: ExampleId
    municipality: NisCode | None = None
    initiative: InitiativeId | None = None
    told_by: ActorId | None = None
    title: Narrative | None = None
    summary: Narrative | None = None
    themes: tuple[Theme, ...] | None = None


class ExampleWithdrawn(Fact, frozen=True, kw_only=True, tag="example.withdrawn"):
    NL = "'{example}' uit de catalogus gehaald"
    EN = "'{example}' withdrawn from the catalogue"
    VISIBILITY = Visibility.PUBLIC

    example: ExampleId
    municipality: NisCode | None = None
    initiative: InitiativeId | None = None
    told_by: ActorId | None = None
    reason: Narrative


ExampleFact = ExamplePublished | ExampleRevised | ExampleWithdrawn


# Commands.


class PublishExample(Command, frozen=True, kw_only=True):
    """Take an example, a story or a testimony up in the catalogue.

    Without a municipality of its own it is found at that of its initiative.
    """

    FOUNDS = True

    example: ExampleId
    kind: ExampleKind
    title: Narrative
    summary: Narrative
    themes: tuple[Theme, ...] = ()
    municipality: NisCode | None = None
    initiative: InitiativeId | None = None
    told_by: ActorId | None = None
    agreed_on: date | None = None
    reference: Reference | None = None


class ReviseExample(Command, frozen=True, kw_only=True):
    """Tell it better; what is left out stays as it was."""

    example: ExampleId
    title: Narrative | None = None
    summary: Narrative | None = None
    themes: tuple[Theme, ...] | None = None


class WithdrawExample(Command, frozen=True, kw_only=True):
    """Take it out of the catalogue, for instance because its teller no longer agrees."""

    example: ExampleId
    reason: Narrative


ExampleCommand = PublishExample | ReviseExample | WithdrawExample


# Refusals.


class TellerHasNotAgreed(Refusal):
    RULE = 14
    NL = "Wie het vertelt, wordt pas genoemd na akkoord; noteer wanneer {actor} dat gaf."
    EN = "Who tells it is named once they agreed to that; record when {actor} did."


class NotInTheCatalogue(Refusal):
    RULE = 14
    NL = "{example} staat niet langer in de catalogus."
    EN = "{example} is no longer in the catalogue."


# Decisions.


class Published(Struct, frozen=True):
    since: Mark
    fact: ExamplePublished


class Withdrawn(Struct, frozen=True):
    since: Mark


class State(Struct, frozen=True):
    stage: Published | Withdrawn | None = None
    initiative_in: NisCode | None = None
    """The municipality of the initiative that the example comes from."""


def start(_command: ExampleCommand) -> State:
    return State()


def boundary(command: ExampleCommand, _past: object) -> Boundary:
    match command:
        case PublishExample():
            return ()
        case ReviseExample() | WithdrawExample():
            return (about(command.example, ExamplePublished, ExampleWithdrawn, ActorsMerged),)
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case InitiativeRegistered() as fact:
            return replace(state, initiative_in=fact.municipality)
        case ExamplePublished() as fact:
            return replace(state, stage=Published(recorded.mark, fact))
        case ExampleWithdrawn():
            return replace(state, stage=Withdrawn(recorded.mark))
        case ActorsMerged() as merged if isinstance(state.stage, Published):
            return replace(state, stage=_told_as(merged, state.stage))
        case _:
            return state


def _told_as(merged: ActorsMerged, stage: Published) -> Published:
    if stage.fact.told_by != merged.duplicate:
        return stage
    return replace(stage, fact=replace(stage.fact, told_by=merged.actor))


def decide(command: ExampleCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, PublishExample):
        return _publish(command, state, at)
    match command, state.stage:
        case _, None:
            raise Unknown("example", command.example)
        case ReviseExample(), Withdrawn() as stage:
            raise NotInTheCatalogue(stage.since, example=command.example)
        case ReviseExample(), Published() as stage:
            nothing_new = command == ReviseExample(example=command.example)
            return [] if nothing_new else [as_fact(ExampleRevised, command, **_of(stage.fact))]
        case WithdrawExample(), Withdrawn():
            return []
        case WithdrawExample(), Published() as stage:
            follows(at, stage.since)
            return [as_fact(ExampleWithdrawn, command, **_of(stage.fact))]


def _publish(command: PublishExample, state: State, at: datetime) -> list[Fact]:
    if command.told_by and command.agreed_on is None:
        raise TellerHasNotAgreed(actor=command.told_by)
    if command.agreed_on and command.agreed_on > day_of(at):
        raise InTheFuture(day=command.agreed_on)
    found_in = command.municipality
    if command.initiative and state.initiative_in and not found_in:
        found_in = code_on(state.initiative_in, day_of(at))
    return [replace(as_fact(ExamplePublished, command), municipality=found_in)]


def _of(published: ExamplePublished) -> dict[str, object]:
    """Whom and what an example concerns, which each later fact about it carries on."""
    return {
        "municipality": published.municipality,
        "initiative": published.initiative,
        "told_by": published.told_by,
    }


# For the conversations that point to examples.

Withdrawals = Mapping[ExampleId, Mark]
"""When the examples that another conversation's decision reads were withdrawn."""


def withdrawal_of(example: ExampleId) -> DCBQueryItem:
    return about(example, ExampleWithdrawn)


def check_in_catalogue(examples: Iterable[ExampleId], withdrawn: Withdrawals, at: datetime) -> None:
    """Check that examples could be pointed to at a moment.

    Raises:
        NotInTheCatalogue: for one that was withdrawn by then.
    """
    for example in examples:
        if example in withdrawn and withdrawn[example].at <= at:
            raise NotInTheCatalogue(withdrawn[example], example=example)


REFUSALS = (TellerHasNotAgreed, NotInTheCatalogue)
