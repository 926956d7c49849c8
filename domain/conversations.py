"""All conversations of the domain, and the two questions that the service asks them.

`boundary` says which past a command depends on, `decide` what happens then.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, lru_cache, reduce
from types import ModuleType
from typing import Any, Final, NamedTuple, get_args

from eventsourcing.dcb.api import DCBQueryItem

from domain import (
    actors,
    ambitions,
    blueprints,
    co_creation,
    documents,
    engagements,
    examples,
    info_sessions,
    initiatives,
    municipalities,
    notes,
    outcomes,
    pilots,
    professionals,
    records,
    support_requests,
    workshops,
)
from domain.beginnings import FOUNDING
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.days import day_of
from domain.facts import Fact, Past, Recorded, subject
from domain.fields import Place, places, plan
from domain.records import CorrectableFact, EventCorrected, corrected
from domain.refusals import (
    DatedBefore,
    InTheFuture,
    NamedTwice,
    NoSuchMunicipalityThen,
    Refusal,
    Unknown,
    follows,
)
from domain.register import municipalities as register
from domain.register import same_place
from domain.vocabulary import (
    ID_PREFIXES,
    ActorId,
    NisCode,
    Position,
    Thing,
)

AnyFact = CorrectableFact | EventCorrected

FACTS: Final[tuple[type[Fact], ...]] = get_args(AnyFact)

_KINDS: Final = {prefix: kind for kind, prefix in ID_PREFIXES.items()}

NAMING_A_MUNICIPALITY: Final = frozenset(
    {*FOUNDING.values(), *records.OF_A_PLACE} - {pilots.LessonLearned, outcomes.OutcomeHarvested}
)
"""Facts whose municipality was given with them; others carry on that of their beginning."""


ASKED_AGAIN: Final = 128
"""The same is asked of a command a few times, from its boundary to its decision."""
_BEGINNINGS: Final = frozenset(FOUNDING.values())
LISTED: Final = frozenset({*ID_PREFIXES, Position})
"""What a list names once: things and events."""


class Conversation(NamedTuple):
    """One conversation of the domain: its words and its pure functions."""

    name: str
    commands: tuple[type[Command], ...]
    start: Callable[[Any], Any]
    boundary: Callable[[Any, Past], Boundary]
    evolve: Callable[[Any, Recorded], Any]
    decide: Callable[[Any, Any, datetime], list[Fact]]
    refusals: tuple[type[Refusal], ...]


def _conversation(module: ModuleType, *commands: type[Command]) -> Conversation:
    return Conversation(
        name=module.__name__.rpartition(".")[2],
        commands=commands,
        start=module.start,
        boundary=module.boundary,
        evolve=module.evolve,
        decide=module.decide,
        refusals=module.REFUSALS,
    )


CONVERSATIONS: Final = (
    _conversation(actors, *get_args(actors.ActorCommand)),
    _conversation(support_requests, *get_args(support_requests.SupportRequestCommand)),
    _conversation(info_sessions, *get_args(info_sessions.InfoSessionCommand)),
    _conversation(examples, *get_args(examples.ExampleCommand)),
    _conversation(initiatives, *get_args(initiatives.InitiativeCommand)),
    _conversation(workshops, *get_args(workshops.WorkshopCommand)),
    _conversation(co_creation, *get_args(co_creation.CoCreationCommand)),
    _conversation(municipalities, *get_args(municipalities.MunicipalityCommand)),
    _conversation(engagements, *get_args(engagements.EngagementCommand)),
    _conversation(pilots, *get_args(pilots.PilotCommand)),
    _conversation(outcomes, *get_args(outcomes.OutcomeCommand)),
    _conversation(blueprints, *get_args(blueprints.BlueprintCommand)),
    _conversation(professionals, *get_args(professionals.ProfessionalCommand)),
    _conversation(ambitions, ambitions.SetAmbition),
    _conversation(notes, notes.AddNote),
    _conversation(documents, documents.AttachDocument),
    _conversation(records, records.CorrectEvent),
)

_OF: Final = {command: talk for talk in CONVERSATIONS for command in talk.commands}

REFUSALS: Final[tuple[type[Refusal], ...]] = (
    InTheFuture,
    DatedBefore,
    NamedTwice,
    NoSuchMunicipalityThen,
    *(refusal for talk in CONVERSATIONS for refusal in talk.refusals),
)


def conversation(command: type[Command]) -> Conversation:
    """The conversation that a command belongs to."""
    return _OF[command]


def boundary(command: Command, past: Past = ()) -> Boundary:
    """The past that a command depends on, as far as what was read so far can tell.

    Some boundaries are known only once part of the past is: the initiative of a pilot stands
    in its proposal. So ask again with what was read, until the boundary stays as it is.
    """
    talk = _OF[type(command)]
    return (*talk.boundary(command, past), *_beginnings(command))


@lru_cache(maxsize=ASKED_AGAIN)
def _beginnings(command: Command) -> Boundary:
    return tuple(map(_beginning, _named(command)))


def _beginning(place: Place) -> DCBQueryItem:
    """With what a thing begins; for an actor also what makes it go on as another."""
    merging = (actors.ActorsMerged,) if place.kind is ActorId else ()
    return about(place.value, FOUNDING[place.kind], *merging)


def decide(
    command: Command, past: Past, at: datetime, now: datetime, *, dated: datetime | None = None
) -> list[Fact]:
    """What happens when a command dated `at` meets its past; nothing, if it was already so.

    An import that is `dated` before what it depends on is decided as if it came in order, at
    `at`; its municipality is still that of its own day.

    Raises:
        Refusal: if a rule does not allow it.
        Unknown: if it names a thing that does not exist.
    """
    past = corrected(past)
    if at > now:
        raise InTheFuture(day=f"{at:%Y-%m-%d %H:%M}Z")
    _check_lists(command)
    _check_named(command, past, at)
    _check_municipalities(command, dated or at)
    talk = _OF[type(command)]
    state = reduce(talk.evolve, past, talk.start(command))
    return talk.decide(command, state, at)


@lru_cache(maxsize=ASKED_AGAIN)
def _places(command: Command) -> tuple[Place, ...]:
    return tuple(places(command))


@lru_cache(maxsize=ASKED_AGAIN)
def _named(command: Command) -> tuple[Place, ...]:
    """The things that a command names and that exist before it."""
    return tuple(_naming(command))


def _naming(command: Command) -> Iterator[Place]:
    own = command.__struct_fields__[0] if command.FOUNDS else None
    for place in _places(command):
        kind = _kind_of(place.value) if place.kind is Thing else place.kind
        if kind in FOUNDING and place.role != own:
            yield place if kind is place.kind else place._replace(kind=kind)
        elif place.kind is Thing and not _is_municipality(place.value):
            raise Unknown("/".join(str(step) for step in place.path), place.value)


def _kind_of(thing: str) -> object:
    return _KINDS.get(thing.partition("_")[0])


def _is_municipality(thing: str) -> bool:
    prefix, _, code = thing.partition(":")
    return prefix == "nis" and code in register()


@cache
def _has_lists(command: type[Command]) -> bool:
    return any(field.many or field.kind is None for field in plan(command))


def _check_lists(command: Command) -> None:
    """A list names each thing, or each event, once."""
    if not _has_lists(type(command)):
        return
    seen: set[tuple[object, ...]] = set()
    for place in _places(command):
        if not isinstance(place.path[-1], int) or place.kind not in LISTED:
            continue
        entry = (*place.path[:-1], place.value)
        if entry in seen:
            raise NamedTwice(field=place.role, thing=place.value)
        seen.add(entry)


def _check_named(command: Command, past: Past, at: datetime) -> None:
    founded = {
        subject(recorded.fact): recorded.mark
        for recorded in past
        if type(recorded.fact) in _BEGINNINGS
    }
    named = _named(command)
    for place in named:
        if place.value not in founded:
            raise Unknown("/".join(str(step) for step in place.path), place.value)
    if not isinstance(command, records.CorrectEvent | actors.MergeActors):
        people = (ActorId(place.value) for place in named if place.kind is ActorId)
        actors.refuse_merged(people, reduce(actors.merged, past, {}))
    if not isinstance(command, records.CorrectEvent):
        # People exist before anybody registers them: only other things have a beginning.
        begun = (place.value for place in named if place.kind is not ActorId)
        follows(at, *(founded[thing] for thing in begun))


def _check_municipalities(command: Command, at: datetime) -> None:
    if isinstance(command, records.CorrectEvent):
        if type(command.becomes) not in NAMING_A_MUNICIPALITY:
            return
        at = command.happened_at
    for place in _places(command):
        if place.kind is not NisCode:
            continue
        known = register().get(place.value)
        if known is None:
            raise Unknown("/".join(str(step) for step in place.path), place.value)
        day = day_of(at)
        if not known.valid_on(day):
            then = [m for m in same_place(known.nis) if m.valid_on(day)]
            then = [m for m in then if m.name == known.name] or then
            raise NoSuchMunicipalityThen(
                name=known.name,
                nis=known.nis,
                day=day,
                successor=", ".join(f"{m.name} ({m.nis})" for m in then),
            )
