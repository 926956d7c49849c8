"""Records: a mistake is never edited away, it is corrected in sight."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorDetailsChanged, ActorFact, ActorRegistered, check_details
from domain.ambitions import AmbitionFact, AmbitionSet, check_ahead
from domain.beginnings import FOUNDING
from domain.blueprints import BlueprintFact, BlueprintStatementAdded
from domain.boundaries import CORRECTED, Boundary, about
from domain.co_creation import CoCreationFact
from domain.commands import Command
from domain.days import day_of
from domain.documents import DocumentAttached, DocumentFact
from domain.engagements import EngagementFact, check_founded
from domain.examples import ExampleFact, ExamplePublished
from domain.facts import Fact, Mark, Past, Recorded, concerns, municipality_tag, subject, tags
from domain.fields import places
from domain.info_sessions import InfoSessionFact
from domain.initiatives import (
    InitiativeDescribed,
    InitiativeFact,
    InitiativeRegistered,
    OrientationAssessed,
    check_scales,
)
from domain.municipalities import MunicipalityFact, PartnershipAgreed, PolicyPlanAdopted, plans_of
from domain.notes import NoteAdded, NoteFact
from domain.outcomes import OutcomeFact
from domain.pilots import LessonLearned, PilotFact, PilotObservationRecorded, PilotProposed
from domain.professionals import BridgeMade, NobodyBrought, ProfessionalFact
from domain.refusals import InTheFuture, Refusal, follows
from domain.register import lineage, municipalities, same_place
from domain.support_requests import (
    SupportRequestAssigned,
    SupportRequestFact,
    SupportRequestHandled,
    SupportRequestReceived,
)
from domain.vocabulary import ID_PREFIXES, ActorId, Narrative, Position, Visibility
from domain.workshops import InsightRecorded, ToolHandedOver, WorkshopFact, WorkshopHeld

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
    """Correct fields of an event, with the reason; the event itself stays in the log.

    Whoever reads the texts makes the corrected fact: the past of a decision has none.
    """

    position: Position
    becomes: CorrectableFact
    happened_at: datetime
    reason: Narrative
    read_at: Position
    """The correction of which the fact was read, or the event itself if it had none."""
    changes: tuple[str, ...]
    """The fields of the fact that are new in it."""


# Refusals.


class NoSuchEvent(Refusal):
    RULE = 13
    NL = "Er is geen gebeurtenis {position} die verbeterd kan worden."
    EN = "There is no event {position} that can be corrected."


class CorrectionGoesTooFar(Refusal):
    RULE = 13
    NL = "Een verbetering verandert {field} niet: daarop rusten andere gebeurtenissen."
    EN = "A correction does not change {field}: other events rest on it."


class CorrectedMeanwhile(Refusal):
    RULE = 13
    NL = "Deze gebeurtenis is intussen verbeterd."
    EN = "This event has been corrected meanwhile."


class OrderWouldChange(Refusal):
    RULE = 13
    NL = "Met deze datum verandert de volgorde van gebeurtenissen die op elkaar rusten."
    EN = "This date would change the order of events that rest on each other."


# Decisions.

OF_A_PLACE: Final = (*get_args(MunicipalityFact), *get_args(EngagementFact))
"""What is told of a municipality itself: each rests on some of the others, not on the first."""

RESTS_ON: Mapping[type[Fact], type[Fact]] = {
    SupportRequestAssigned: SupportRequestReceived,
    SupportRequestHandled: SupportRequestReceived,
    OrientationAssessed: InitiativeRegistered,
    InsightRecorded: WorkshopHeld,
    ToolHandedOver: WorkshopHeld,
    PilotObservationRecorded: PilotProposed,
    LessonLearned: PilotProposed,
}
"""Facts on whose date no rule rests: they only do not come before these, of the same thing."""

BUILDS_ON: Mapping[type[Fact], type[Fact]] = {
    **RESTS_ON,
    BlueprintStatementAdded: LessonLearned,
    InitiativeDescribed: InitiativeRegistered,
}
"""Facts that do not come before these, whatever else they share."""

ABOUT_ANYTHING = (NoteAdded, DocumentAttached)
"""Facts that do not come before the beginning of what they are about; no rule rests on these."""


class State(Struct, frozen=True):
    """What is known of the things that the corrected event concerns."""

    log: tuple[Recorded, ...] = ()


def start(_command: CorrectEvent) -> State:
    return State()


def boundary(command: CorrectEvent, _past: object) -> Boundary:
    fact = command.becomes
    things = things_of(fact) if bears(fact) or type(fact) in BUILDS_ON else frozenset[str]()
    about_it = tuple(about(thing) for thing in sorted({subject(fact), *things}))
    match fact:
        case PilotProposed():
            return (*about_it, *plans_of(fact.municipality))
        case _ if isinstance(fact, MunicipalityFact | EngagementFact):
            known = same_place(fact.municipality) if fact.municipality in municipalities() else ()
            own = (municipality_tag(place.nis) for place in known)
            return tuple(about(tag, *OF_A_PLACE, PilotProposed) for tag in own)
        case _:
            return about_it


def evolve(state: State, recorded: Recorded) -> State:
    return replace(state, log=(*state.log, recorded))


def decide(command: CorrectEvent, state: State, at: datetime) -> list[Fact]:
    original = next((r for r in state.log if r.position == command.position), None)
    if original is None:
        raise NoSuchEvent(position=command.position)
    last = _last_correction(command.position, state.log) or original.mark
    if last.position != command.read_at:
        raise CorrectedMeanwhile(last)
    if not command.changes and command.happened_at == original.occurred_at:
        return []
    follows(at, original.mark)
    if command.happened_at > at:
        raise InTheFuture(day=f"{command.happened_at:%Y-%m-%d %H:%M}Z")
    _check_identity(original.fact, command.becomes)
    _check_values(command.becomes, command.happened_at, state.log)
    if command.happened_at != original.occurred_at:
        moved = original.telling(command.becomes, command.happened_at)
        _check_moment(moved, original, state.log)
    return [
        EventCorrected(
            position=command.position,
            becomes=command.becomes,
            happened_at=command.happened_at,
            reason=command.reason,
        )
    ]


def _last_correction(position: Position, log: Past) -> Mark | None:
    marks = [recorded.mark for recorded in log if corrects(recorded, position)]
    return marks[-1] if marks else None


def check_things(original: Fact, becomes: Fact) -> None:
    """Refuse what would tell of other things: whoever makes the corrected fact asks this first.

    A command that named other things would look in their past for the event.
    """
    if type(original) is not type(becomes):
        raise CorrectionGoesTooFar(field="type")
    if set(concerns(original)) != set(concerns(becomes)):
        raise CorrectionGoesTooFar(field="ids")


def _check_identity(original: Fact, becomes: Fact) -> None:
    check_things(original, becomes)
    for name in original.__struct_fields__:
        before, after = getattr(original, name), getattr(becomes, name)
        if (name in original.FIXED and before != after) or (before and _empty(after)):
            raise CorrectionGoesTooFar(field=name)


def _empty(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def _check_values(becomes: Fact, at: datetime, log: Past) -> None:
    """What a rule asks of the values themselves, it asks of corrected ones too."""
    match becomes:
        case OrientationAssessed():
            check_scales(becomes)
        case AmbitionSet():
            check_ahead(becomes, at)
        case BridgeMade() if becomes.people < 1:
            raise NobodyBrought
        case ActorRegistered():
            check_details(becomes, becomes.kind)
        case ActorDetailsChanged():
            for fact in (recorded.fact for recorded in log):
                if isinstance(fact, ActorRegistered) and fact.actor == becomes.actor:
                    check_details(becomes, fact.kind)
        case _:
            pass


# When it happened.

ON_PLANS = (PilotProposed, PartnershipAgreed)
"""Facts that rest on a policy plan."""


def bears(fact: Fact) -> bool:
    """Whether a rule may rest on when this happened, compared with other such facts."""
    if isinstance(fact, InitiativeDescribed):
        return fact.appetite is not None
    return type(fact) not in RESTS_ON and not isinstance(fact, (*ABOUT_ANYTHING, EventCorrected))


def things_of(fact: Fact) -> frozenset[str]:
    """The things it concerns; people are none: they were there before."""
    found = (place for place in places(fact) if place.kind in ID_PREFIXES)
    return frozenset(place.value for place in found if place.kind is not ActorId)


def _tied(one: Fact, other: Fact) -> bool:
    """Whether two facts stay in their order by date."""
    if _builds_on(one, other) or _builds_on(other, one):
        return True
    return bears(one) and bears(other) and not things_of(one).isdisjoint(things_of(other))


def _builds_on(fact: Fact, other: Fact) -> bool:
    if isinstance(fact, ABOUT_ANYTHING):
        return _begins(other) and subject(other) == fact.about
    return BUILDS_ON.get(type(fact)) is type(other) and subject(other) in tags(fact)


def _begins(fact: Fact) -> bool:
    """Whether a thing begins with it; people were there before."""
    return type(fact) in FOUNDING.values() and not isinstance(fact, ActorRegistered)


def _check_moment(moved: Recorded, original: Recorded, log: Past) -> None:
    _check_order(moved, original, log)
    match moved.fact:
        case PilotProposed():
            _check_planned(moved, log)
        case PolicyPlanAdopted() as fact:
            if fact.adopted_on > day_of(moved.occurred_at):
                raise InTheFuture(day=fact.adopted_on)
            after = [moved if r.position == moved.position else r for r in log]
            for resting in after:
                _check_planned(resting, after)
        case ExamplePublished(agreed_on=date() as agreed) if agreed > day_of(moved.occurred_at):
            raise InTheFuture(day=agreed)
        case _:
            pass
    if isinstance(moved.fact, OF_A_PLACE):
        _check_place(moved, log)


def _check_place(moved: Recorded, log: Past) -> None:
    """What is moved still rests on something, and so does all that rested on something before."""
    now = [moved if event.position == moved.position else event for event in log]
    check_founded(moved, now)
    for event in now:
        if _is_founded(event, log) and not _is_founded(event, now):
            raise OrderWouldChange(event.mark)


def _is_founded(event: Recorded, past: Past) -> bool:
    try:
        check_founded(event, past)
    except Refusal:
        return False
    return True


def _check_order(moved: Recorded, original: Recorded, log: Past) -> None:
    """What rests on each other stays in its order by date.

    What was imported out of order may also come into the order in which it was recorded.
    """
    in_the_way: list[Mark] = []
    for other in log:
        if other.position == original.position or not _tied(original.fact, other.fact):
            continue
        first = _order(other) < _order(moved)
        as_it_was = first == (_order(other) < _order(original))
        put_right = original.out_of_order and first == (other.position < original.position)
        if not (as_it_was or put_right):
            in_the_way.append(other.mark)
    if in_the_way:
        raise OrderWouldChange(*in_the_way)


def _order(recorded: Recorded) -> tuple[datetime, int]:
    return recorded.occurred_at, recorded.position


def _check_planned(resting: Recorded, log: Past) -> None:
    """What rests on a policy plan does not come before its adoption (rules 3 and 4)."""
    fact = resting.fact
    if resting.out_of_order or not isinstance(fact, ON_PLANS):
        return
    day = fact.starts_on if isinstance(fact, PilotProposed) else day_of(resting.occurred_at)
    adopted = [
        plan.mark
        for plan in log
        if isinstance(plan.fact, PolicyPlanAdopted)
        and plan.fact.municipality in lineage(fact.municipality)
        and plan.fact.starts_on <= day <= plan.fact.ends_on
    ]
    if not any(mark.at <= resting.occurred_at for mark in adopted):
        raise OrderWouldChange(resting.mark, *adopted)


Fixes = Mapping[int, EventCorrected]
"""The last correction of each event that has one, by the position of the event."""


def fixes_in(past: Iterable[Recorded]) -> Fixes:
    return {
        recorded.fact.position: recorded.fact
        for recorded in past
        if isinstance(recorded.fact, EventCorrected)
    }


def fixed(recorded: Recorded, fixes: Fixes) -> Recorded:
    """The event as it should have been."""
    fix = fixes.get(recorded.position)
    return recorded.telling(fix.becomes, fix.happened_at) if fix else recorded


def corrects(recorded: Recorded, position: int) -> bool:
    """Whether a record is a correction of the event at a position."""
    return isinstance(recorded.fact, EventCorrected) and recorded.fact.position == position


def corrected(past: Iterable[Recorded]) -> Past:
    """The same past with each corrected event as it should have been.

    The corrections themselves stay in it, each at its own place.
    """
    past = list(past)
    fixes = fixes_in(past)
    return [fixed(event, fixes) if event.position in fixes else event for event in past]


REFUSALS = (NoSuchEvent, CorrectedMeanwhile, CorrectionGoesTooFar, OrderWouldChange)
