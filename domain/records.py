"""Records: a mistake is never edited away, it is corrected in sight."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorFact
from domain.ambitions import AmbitionFact
from domain.blueprints import BlueprintFact
from domain.co_creation import CoCreationFact
from domain.commands import Command
from domain.examples import ExampleFact, ExamplePublished
from domain.documents import DocumentFact
from domain.engagements import EngagementFact, check_founded
from domain.facts import Fact, Past, Recorded, as_fact, concerns, subject
from domain.info_sessions import InfoSessionFact
from domain.initiatives import InitiativeFact
from domain.municipalities import MunicipalityFact
from domain.notes import NoteFact
from domain.outcomes import OutcomeFact
from domain.pilots import PilotFact
from domain.refusals import InTheFuture, Refusal, follows
from domain.support_requests import SupportRequestFact
from domain.vocabulary import Narrative, Position
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
    | PilotFact
    | OutcomeFact
    | BlueprintFact
)


# Facts. These names are stored: never rename one.

    | NoteFact
    | AmbitionFact
    | NoteFact
    | DocumentFact
    | DocumentFact

class EventCorrected(Fact, frozen=True, kw_only=True, tag=CORRECTED):
    """The event at `position` should have read `becomes`, and happened at `happened_at`."""

    NL = "Gebeurtenis {position} verbeterd: {reason}"
    EN = "Event {position} corrected: {reason}"

    position: Position
    becomes: CorrectableFact
    happened_at: datetime
    reason: Narrative


RecordFact = EventCorrected


# Commands.
    def seen_by(self) -> Visibility:
        """A correction of what only staff may see is theirs as well."""
        internal = self.becomes.seen_by() is Visibility.INTERNAL
        return Visibility.INTERNAL if internal else self.VISIBILITY



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


class State(Struct, frozen=True):
    """What is known of the things that the corrected event concerns."""

    log: tuple[Recorded, ...] = ()


def start(_command: CorrectEvent) -> State:
    return State()


def boundary(command: CorrectEvent, _past: object) -> Boundary:
    about_it = about(subject(command.becomes))
    if isinstance(command.becomes, PartnershipAgreed):
        return (about_it, *plans_of(command.becomes.municipality))
    return (about_it,)


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
    about_it = subject(original.fact)
    others = [r for r in log if subject(r.fact) == about_it and r.position != original.position]
    if others and others[0].position < original.position:
        follows(command.happened_at, others[0].mark)
    else:
        moved = original.telling(original.fact, command.happened_at).mark
        for other in others:
            follows(other.occurred_at, moved)
    match command.becomes:
        case PartnershipAgreed() as fact:
            check_partnership(fact.municipality, log, command.happened_at)
        case ExamplePublished(agreed_on=date() as agreed) if agreed > command.happened_at.date():
            raise InTheFuture(day=agreed)
        case PolicyPlanAdopted() as fact if fact.adopted_on > command.happened_at.date():
            raise InTheFuture(day=fact.adopted_on)
        case _:
            pass


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
