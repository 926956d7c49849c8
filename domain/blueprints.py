"""Blueprints: guidance distilled from the lessons of several pilots, published in versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.pilots import LessonLearned
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    BlueprintId,
    InitiativeId,
    LessonId,
    Narrative,
    PilotId,
    Reference,
    Visibility,
)

# Facts. These names are stored: never rename one.


class BlueprintDrafted(Fact, frozen=True, kw_only=True, tag="blueprint.drafted"):
    NL = "Blauwdruk '{title}' opgezet"
    EN = "Blueprint '{title}' drafted"

    blueprint: BlueprintId
    title: Narrative
    about: Narrative
    reference: Reference | None = None


class BlueprintStatementAdded(Fact, frozen=True, kw_only=True, tag="blueprint.statement_added"):
    """With the lessons it rests on, and the pilots and initiatives that taught them."""

    NL = "Uitspraak in {blueprint}: {statement}"
    EN = "Statement in {blueprint}: {statement}"

    blueprint: BlueprintId
    statement: Narrative
    lessons: tuple[LessonId, ...]
    pilots: tuple[PilotId, ...]
    initiatives: tuple[InitiativeId, ...]


class BlueprintPublished(Fact, frozen=True, kw_only=True, tag="blueprint.published"):
    """A version holds every statement that was there; it stays as it is."""

    NL = "{blueprint} gepubliceerd, versie {version}"
    EN = "{blueprint} published, version {version}"
    VISIBILITY = Visibility.PUBLIC
    FIXED = frozenset({"version"})

    blueprint: BlueprintId
    version: int
    pilots: tuple[PilotId, ...]
    initiatives: tuple[InitiativeId, ...]


BlueprintFact = BlueprintDrafted | BlueprintStatementAdded | BlueprintPublished


# Commands.


class DraftBlueprint(Command, frozen=True, kw_only=True):
    """Begin a blueprint: what it is about, before what it says."""

    FOUNDS = True

    blueprint: BlueprintId
    title: Narrative
    about: Narrative
    reference: Reference | None = None


class AddStatement(Command, frozen=True, kw_only=True):
    """Add what the lessons it cites come down to."""

    blueprint: BlueprintId
    statement: Narrative
    lessons: tuple[LessonId, ...]


class PublishBlueprint(Command, frozen=True, kw_only=True):
    """Publish all statements that are there as the next version."""

    blueprint: BlueprintId


BlueprintCommand = DraftBlueprint | AddStatement | PublishBlueprint


# Refusals.


class NoLessonCited(Refusal):
    RULE = 11
    NL = "Een uitspraak in een blauwdruk rust op minstens één les."
    EN = "A statement of a blueprint rests on at least one lesson."


class NothingToPublish(Refusal):
    RULE = 11
    NL = "Er staat nog geen uitspraak in deze blauwdruk."
    EN = "There is no statement in this blueprint yet."


class LessonsOfOnePilot(Refusal):
    RULE = 11
    NL = "Een blauwdruk rust op lessen uit minstens twee proeftuinen; hier alleen uit {pilot}."
    EN = "A blueprint rests on lessons of at least two pilots; these are of {pilot} alone."


# Decisions.


class Taught(Struct, frozen=True):
    """A lesson, by the pilot and the initiative that taught it."""

    pilot: PilotId
    initiative: InitiativeId


class State(Struct, frozen=True, kw_only=True):
    drafted: Mark | None = None
    lessons: Mapping[LessonId, Taught] = {}
    """Those that the statement to be added cites."""
    statements: tuple[Mark, ...] = ()
    pilots: frozenset[PilotId] = frozenset()
    initiatives: frozenset[InitiativeId] = frozenset()
    version: int = 0
    published: Mark | None = None
    new: bool = False
    """Whether there is a statement that no version has."""


def start(_command: BlueprintCommand) -> State:
    return State()


def boundary(command: BlueprintCommand, _past: object) -> Boundary:
    match command:
        case DraftBlueprint():
            return ()
        case AddStatement():
            # The lessons it cites are read because it names them.
            return (about(command.blueprint, BlueprintDrafted),)
        case PublishBlueprint():
            life = (BlueprintDrafted, BlueprintStatementAdded, BlueprintPublished)
            return (about(command.blueprint, *life),)
        case _:
            assert_never(command)


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case BlueprintDrafted():
            return replace(state, drafted=recorded.mark)
        case LessonLearned() as fact:
            taught = Taught(fact.pilot, fact.initiative)
            return replace(state, lessons={**state.lessons, fact.lesson: taught})
        case BlueprintStatementAdded() as fact:
            return replace(
                state,
                statements=(*state.statements, recorded.mark),
                pilots=state.pilots.union(fact.pilots),
                initiatives=state.initiatives.union(fact.initiatives),
                new=True,
            )
        case BlueprintPublished() as fact:
            return replace(state, version=fact.version, published=recorded.mark, new=False)
        case _:
            return state


def decide(command: BlueprintCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, DraftBlueprint):
        return [as_fact(BlueprintDrafted, command)]
    if state.drafted is None:
        raise Unknown("blueprint", command.blueprint)
    match command:
        case AddStatement():
            if not command.lessons:
                raise NoLessonCited(state.drafted)
            cited = [state.lessons[lesson] for lesson in command.lessons]
            return [
                as_fact(
                    BlueprintStatementAdded,
                    command,
                    pilots=tuple(sorted({taught.pilot for taught in cited})),
                    initiatives=tuple(sorted({taught.initiative for taught in cited})),
                )
            ]
        case PublishBlueprint():
            return _publish(command, state, at, state.drafted)
        case _:
            assert_never(command)


def _publish(command: PublishBlueprint, state: State, at: datetime, drafted: Mark) -> list[Fact]:
    if not state.statements:
        raise NothingToPublish(drafted)
    if not state.new:
        return []
    if len(state.pilots) == 1:
        raise LessonsOfOnePilot(*state.statements, pilot=min(state.pilots))
    follows(at, *state.statements, state.published)
    return [
        as_fact(
            BlueprintPublished,
            command,
            version=state.version + 1,
            pilots=tuple(sorted(state.pilots)),
            initiatives=tuple(sorted(state.initiatives)),
        )
    ]


REFUSALS = (NoLessonCited, NothingToPublish, LessonsOfOnePilot)
