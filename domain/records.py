"""Records: a mistake is never edited away, it is corrected in sight."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorFact
from domain.ambitions import AmbitionFact
from domain.blueprints import BlueprintFact
from domain.boundaries import CORRECTED, Boundary, about
from domain.co_creation import CoCreationFact
from domain.commands import Command
from domain.documents import DocumentFact
from domain.engagements import EngagementFact, check_founded
from domain.examples import ExampleFact, ExamplePublished
from domain.facts import Fact, Past, Recorded, as_fact, concerns, municipality_tag, subject
from domain.info_sessions import InfoSessionFact
from domain.initiatives import InitiativeFact
from domain.municipalities import MunicipalityFact
from domain.notes import NoteFact
from domain.outcomes import OutcomeFact
from domain.pilots import PilotFact
from domain.professionals import ProfessionalFact
from domain.refusals import DatedBefore, InTheFuture, Refusal, follows
from domain.register import municipalities, same_place
from domain.support_requests import SupportRequestFact
from domain.vocabulary import Narrative, Position, Visibility
from domain.workshops import WorkshopFact

CorrectableFact = (
    ActorFact
    | SupportRequestFact
    | InfoSessionFact
    | ExampleFact
    | InitiativeFact
    | WorkshopFact
    | CoCreationFact
    | MunicipalityFact
    | EngagementFact
    | PilotFact
    | ProfessionalFact
    | OutcomeFact
    | BlueprintFact
    | AmbitionFact
    | NoteFact
    | DocumentFact
)


# Facts. These names are stored: never rename one.


class EventCorrected(Fact, frozen=True, kw_only=True, tag=CORRECTED):
    """The event at `position` should have read `becomes`, and happened at `happened_at`."""

    NL = "Gebeurtenis {position} verbeterd: {reason}"
    EN = "Event {position} corrected: {reason}"

    position: Position
    becomes: CorrectableFact
    happened_at: datetime
    reason: Narrative

    def seen_by(self) -> Visibility:
        """A correction of what only staff may see is theirs as well."""
        internal = self.becomes.seen_by() is Visibility.INTERNAL
        return Visibility.INTERNAL if internal else self.VISIBILITY


RecordFact = EventCorrected


# Commands.


class CorrectEvent(Command, frozen=True, kw_only=True):
    """Correct fields of an event, with the reason; the event itself stays in the log."""

    position: Position
    becomes: CorrectableFact
    happened_at: datetime
    reason: Narrative


# Refusals.


class NoSuchEvent(Refusal):
    RULE = 13
    NL = "Er is geen gebeurtenis {position} die verbeterd kan worden."
    EN = "There is no event {position} that can be corrected."


class CorrectionGoesTooFar(Refusal):
    RULE = 13
    NL = "Een verbetering verandert {field} niet: daarop rusten andere gebeurtenissen."
    EN = "A correction does not change {field}: other events rest on it."


# Decisions.

OF_A_PLACE: Final = (*get_args(MunicipalityFact), *get_args(EngagementFact))
"""What is told of a municipality itself: each rests on some of the others, not on the first."""


class State(Struct, frozen=True):
    """What is known of the things that the corrected event concerns."""

    log: tuple[Recorded, ...] = ()


def start(_command: CorrectEvent) -> State:
    return State()


def boundary(command: CorrectEvent, _past: object) -> Boundary:
    if isinstance(command.becomes, MunicipalityFact | EngagementFact):
        nis = command.becomes.municipality
        known = same_place(nis) if nis in municipalities() else ()
        tags = [municipality_tag(place.nis) for place in known]
        return tuple(about(tag, *OF_A_PLACE) for tag in tags)
    return (about(subject(command.becomes)),)


def evolve(state: State, recorded: Recorded) -> State:
    return replace(state, log=(*state.log, recorded))


def decide(command: CorrectEvent, state: State, at: datetime) -> list[Fact]:
    original = next((r for r in state.log if r.position == command.position), None)
    if original is None:
        raise NoSuchEvent(position=command.position)
    follows(at, original.mark)
    if command.happened_at > at:
        raise InTheFuture(day=f"{command.happened_at:%Y-%m-%d %H:%M}Z")
    _check_identity(original.fact, command.becomes)
    if command.happened_at != original.occurred_at:
        _check_moment(command, original, state.log)
    return [as_fact(EventCorrected, command)]


def _check_identity(original: Fact, becomes: Fact) -> None:
    if type(original) is not type(becomes):
        raise CorrectionGoesTooFar(field="type")
    if set(concerns(original)) != set(concerns(becomes)):
        raise CorrectionGoesTooFar(field="ids")
    for name in original.__struct_fields__:
        before, after = getattr(original, name), getattr(becomes, name)
        if (name in original.FIXED and before != after) or (before and _empty(after)):
            raise CorrectionGoesTooFar(field=name)


def _empty(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def _check_moment(command: CorrectEvent, original: Recorded, log: Past) -> None:
    """A thing's beginning stays before what follows, and what follows after the beginning."""
    if isinstance(original.fact, OF_A_PLACE):
        _check_place(command, original, log)
        return
    about_it = subject(original.fact)
    others = [r for r in log if subject(r.fact) == about_it and r.position != original.position]
    if others and others[0].position < original.position:
        follows(command.happened_at, others[0].mark)
    else:
        moved = original.telling(original.fact, command.happened_at).mark
        for other in others:
            follows(other.occurred_at, moved)
    match command.becomes:
        case ExamplePublished(agreed_on=date() as agreed) if agreed > command.happened_at.date():
            raise InTheFuture(day=agreed)
        case _:
            pass


def _check_place(command: CorrectEvent, original: Recorded, log: Past) -> None:
    """What is moved still rests on something, and so does all that rested on something before."""
    moved = original.telling(command.becomes, command.happened_at)
    now = [moved if event.position == original.position else event for event in log]
    check_founded(moved, now)
    for event in now:
        if _is_founded(event, log) and not _is_founded(event, now):
            raise DatedBefore(moved.mark)


def _is_founded(event: Recorded, past: Past) -> bool:
    try:
        check_founded(event, past)
    except Refusal:
        return False
    return True


def corrected(past: Iterable[Recorded]) -> Past:
    """The same past with each corrected event as it should have been.

    The corrections themselves stay in it, each at its own place.
    """
    past = list(past)
    fixes = {
        recorded.fact.position: recorded.fact
        for recorded in past
        if isinstance(recorded.fact, EventCorrected)
    }
    return [
        recorded.telling(fix.becomes, fix.happened_at)
        if (fix := fixes.get(Position(recorded.position)))
        else recorded
        for recorded in past
    ]


REFUSALS = (NoSuchEvent, CorrectionGoesTooFar)
