"""Support requests: from a first question to its closure."""

from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.actors import ActorsMerged
from domain.boundaries import Boundary, about
from domain.commands import Command
from domain.examples import ExampleWithdrawn, Withdrawals, check_in_catalogue, withdrawal_of
from domain.facts import Fact, Mark, Recorded, as_fact
from domain.refusals import Refusal, Unknown, follows
from domain.vocabulary import (
    ActorId,
    Audience,
    ExampleId,
    InitiativeId,
    Narrative,
    NisCode,
    Reference,
    RequestId,
    Track,
)


class Channel(StrEnum):
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    DESK = "desk"
    MEETING = "meeting"
    INTERNAL = "internal"


class StartsFrom(StrEnum):
    """Whose wish it is: the people's own, or somebody else's for them (rule 9)."""

    PEOPLE = "people"
    OTHERS = "others"


class Outcome(StrEnum):
    HELPED = "helped"
    REFERRED = "referred"
    LIVES_ON = "lives_on"
    NOT_PURSUED = "not_pursued"


# Facts. These names are stored: never rename one.


class SupportRequestReceived(Fact, frozen=True, kw_only=True, tag="request.received"):
    NL = "Ondersteuningsvraag van {asked_by} ontvangen ({channel})"
    EN = "Support request of {asked_by} received ({channel})"

    request: RequestId
    asked_by: ActorId
    audience: Audience
    question: Narrative
    municipality: NisCode
    channel: Channel
    due_on: date | None = None
    reference: Reference | None = None


class SupportRequestTriaged(Fact, frozen=True, kw_only=True, tag="request.triaged"):
    NL = "Vraag ingeschat als spoor {track}"
    EN = "Request triaged to the track {track}"
    FIXED = frozenset({"starts_from"})

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    track: Track
    starts_from: StartsFrom = StartsFrom.PEOPLE
    reason: Narrative


class SupportRequestAssigned(Fact, frozen=True, kw_only=True, tag="request.assigned"):
    NL = "Vraag toegewezen aan {assignee}"
    EN = "Request assigned to {assignee}"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    assignee: ActorId


class SupportRequestHandled(Fact, frozen=True, kw_only=True, tag="request.handled"):
    NL = "Behandeld door {handled_by}: {activity}"
    EN = "Handled by {handled_by}: {activity}"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    activity: Narrative
    handled_by: ActorId


class SupportRequestLinked(Fact, frozen=True, kw_only=True, tag="request.linked"):
    NL = "Vraag verbonden met initiatief {initiative}"
    EN = "Request linked to the initiative {initiative}"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    initiative: InitiativeId


class SupportRequestAnswered(Fact, frozen=True, kw_only=True, tag="request.answered"):
    NL = "Vraag beantwoord"
    EN = "Request answered"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    answer: Narrative
    examples: tuple[ExampleId, ...] = ()
    """Those of the catalogue that the answer points to."""


class SupportRequestDeclined(Fact, frozen=True, kw_only=True, tag="request.declined"):
    NL = "Vraag niet opgenomen"
    EN = "Request declined"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    reason: Narrative


class SupportRequestWithdrawn(Fact, frozen=True, kw_only=True, tag="request.withdrawn"):
    NL = "Vraag ingetrokken door de vrager"
    EN = "Request withdrawn by the asker"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    reason: Narrative | None = None


class SupportRequestClosed(Fact, frozen=True, kw_only=True, tag="request.closed"):
    NL = "Vraag afgesloten: {outcome}"
    EN = "Request closed: {outcome}"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    outcome: Outcome
    explanation: Narrative | None = None


class SupportRequestReopened(Fact, frozen=True, kw_only=True, tag="request.reopened"):
    NL = "Vraag heropend"
    EN = "Request reopened"

    request: RequestId
    asked_by: ActorId
    municipality: NisCode
    reason: Narrative


SupportRequestFact = (
    SupportRequestReceived
    | SupportRequestTriaged
    | SupportRequestAssigned
    | SupportRequestHandled
    | SupportRequestLinked
    | SupportRequestAnswered
    | SupportRequestDeclined
    | SupportRequestWithdrawn
    | SupportRequestClosed
    | SupportRequestReopened
)


# Commands.


class ReceiveSupportRequest(Command, frozen=True, kw_only=True):
    """Take in a question to the network."""

    FOUNDS = True

    request: RequestId
    asked_by: ActorId
    audience: Audience
    question: Narrative
    municipality: NisCode
    channel: Channel
    due_on: date | None = None
    reference: Reference | None = None


class TriageSupportRequest(Command, frozen=True, kw_only=True):
    """Say on which track a question goes, and whose wish it is; again, to turn it."""

    request: RequestId
    track: Track
    starts_from: StartsFrom = StartsFrom.PEOPLE
    reason: Narrative


class AssignSupportRequest(Command, frozen=True, kw_only=True):
    """Give a question to somebody to follow."""

    request: RequestId
    assignee: ActorId


class HandleSupportRequest(Command, frozen=True, kw_only=True):
    """Record a step in handling a question."""

    request: RequestId
    activity: Narrative
    handled_by: ActorId


class LinkSupportRequest(Command, frozen=True, kw_only=True):
    """Tie a question to the initiative it belongs to."""

    request: RequestId
    initiative: InitiativeId


class AnswerSupportRequest(Command, frozen=True, kw_only=True):
    """Record the answer given, and the examples it points to."""

    request: RequestId
    answer: Narrative
    examples: tuple[ExampleId, ...] = ()


class DeclineSupportRequest(Command, frozen=True, kw_only=True):
    """Say no, and why."""

    request: RequestId
    reason: Narrative


class WithdrawSupportRequest(Command, frozen=True, kw_only=True):
    """Record that the asker took the question back."""

    request: RequestId
    reason: Narrative | None = None


class CloseSupportRequest(Command, frozen=True, kw_only=True):
    """Close a question with its outcome."""

    request: RequestId
    outcome: Outcome
    explanation: Narrative | None = None


class ReopenSupportRequest(Command, frozen=True, kw_only=True):
    """Give an ended question a new life."""

    request: RequestId
    reason: Narrative


SupportRequestCommand = (
    ReceiveSupportRequest
    | TriageSupportRequest
    | AssignSupportRequest
    | HandleSupportRequest
    | LinkSupportRequest
    | AnswerSupportRequest
    | DeclineSupportRequest
    | WithdrawSupportRequest
    | CloseSupportRequest
    | ReopenSupportRequest
)


# Refusals.


class RequestNotTriaged(Refusal):
    RULE = 9
    NL = "Een vraag wordt eerst ingeschat, dan pas beantwoord."
    EN = "A request is triaged before it is answered."


class RequestNotOpen(Refusal):
    RULE = 9
    NL = "Deze vraag is al geëindigd; heropen ze eerst."
    EN = "This request has ended already; reopen it first."


class RequestStillOpen(Refusal):
    RULE = 9
    NL = "Deze vraag is nog open: ze heeft één leven tegelijk."
    EN = "This request is still open: it has one life at a time."


class StartsFromOthers(Refusal):
    RULE = 9
    NL = (
        "Deze vraag wil een initiatief vóór mensen: wijs ze af, "
        "of schat ze opnieuw in als een vraag die van hen uitgaat."
    )
    EN = (
        "This request wants an initiative for people: decline it, "
        "or triage it anew as one that starts from them."
    )


# Decisions.


class Received(Struct, frozen=True):
    since: Mark


class Triaged(Struct, frozen=True):
    since: Mark


class Answered(Struct, frozen=True):
    since: Mark


class Ended(Struct, frozen=True):
    since: Mark


Stage = Received | Triaged | Answered | Ended


class Life(Struct, frozen=True, kw_only=True):
    asked_by: ActorId
    municipality: NisCode
    stage: Stage
    for_others: Mark | None = None
    """Since when it is known to start from others: until it is triaged anew, reopened or not."""
    assignee: ActorId | None = None
    initiatives: frozenset[InitiativeId] = frozenset()


class State(Struct, frozen=True):
    life: Life | None = None
    withdrawn: Withdrawals = {}


def start(_command: SupportRequestCommand) -> State:
    return State()


def boundary(command: SupportRequestCommand, _past: object) -> Boundary:
    if isinstance(command, ReceiveSupportRequest):
        return ()
    life = about(command.request, *STATE_FACTS)
    if isinstance(command, AnswerSupportRequest):
        return (life, *map(withdrawal_of, command.examples))
    return (life,)


STATE_FACTS = (
    SupportRequestReceived,
    SupportRequestTriaged,
    SupportRequestAssigned,
    SupportRequestLinked,
    SupportRequestAnswered,
    SupportRequestDeclined,
    SupportRequestWithdrawn,
    SupportRequestClosed,
    SupportRequestReopened,
    ActorsMerged,
)
"""All but the handling steps: no decision asks for those."""


def evolve(state: State, recorded: Recorded) -> State:
    match recorded.fact:
        case SupportRequestReceived() as fact:
            life = Life(
                asked_by=fact.asked_by,
                municipality=fact.municipality,
                stage=Received(recorded.mark),
            )
            return replace(state, life=life)
        case ExampleWithdrawn() as fact:
            withdrawn = {**state.withdrawn, fact.example: recorded.mark}
            return replace(state, withdrawn=withdrawn)
        case _ if state.life is not None:
            return replace(state, life=_lived(state.life, recorded))
        case _:
            return state


def _lived(life: Life, recorded: Recorded) -> Life:
    match recorded.fact:
        case SupportRequestTriaged() as fact:
            for_others = recorded.mark if fact.starts_from is StartsFrom.OTHERS else None
            return replace(life, stage=Triaged(recorded.mark), for_others=for_others)
        case SupportRequestAssigned() as fact:
            return replace(life, assignee=fact.assignee)
        case ActorsMerged() as fact:
            asked_by, assignee = (
                fact.actor if actor == fact.duplicate else actor
                for actor in (life.asked_by, life.assignee)
            )
            return replace(life, asked_by=asked_by or life.asked_by, assignee=assignee)
        case SupportRequestLinked() as fact:
            return replace(life, initiatives=life.initiatives | {fact.initiative})
        case SupportRequestAnswered():
            return replace(life, stage=Answered(recorded.mark))
        case SupportRequestDeclined() | SupportRequestWithdrawn() | SupportRequestClosed():
            return replace(life, stage=Ended(recorded.mark))
        case SupportRequestReopened():
            return replace(life, stage=Received(recorded.mark))
        case _:
            return life


def decide(command: SupportRequestCommand, state: State, at: datetime) -> list[Fact]:
    if isinstance(command, ReceiveSupportRequest):
        return [as_fact(SupportRequestReceived, command)]
    life = state.life
    if life is None:
        raise Unknown("request", command.request)
    _check_life(command, life.stage)
    whose = {"asked_by": life.asked_by, "municipality": life.municipality}
    match command:
        case TriageSupportRequest():
            follows(at, life.stage.since)
            return [as_fact(SupportRequestTriaged, command, **whose)]
        case AssignSupportRequest():
            if command.assignee == life.assignee:
                return []
            return [as_fact(SupportRequestAssigned, command, **whose)]
        case HandleSupportRequest():
            return [as_fact(SupportRequestHandled, command, **whose)]
        case LinkSupportRequest():
            if command.initiative in life.initiatives:
                return []
            _check_starts_from_people(life)
            return [as_fact(SupportRequestLinked, command, **whose)]
        case AnswerSupportRequest():
            if isinstance(life.stage, Received):
                raise RequestNotTriaged(life.stage.since)
            _check_starts_from_people(life)
            follows(at, life.stage.since)
            check_in_catalogue(command.examples, state.withdrawn, at)
            return [as_fact(SupportRequestAnswered, command, **whose)]
        case DeclineSupportRequest():
            follows(at, life.stage.since)
            return [as_fact(SupportRequestDeclined, command, **whose)]
        case WithdrawSupportRequest():
            follows(at, life.stage.since)
            return [as_fact(SupportRequestWithdrawn, command, **whose)]
        case CloseSupportRequest():
            _check_starts_from_people(life)
            follows(at, life.stage.since)
            return [as_fact(SupportRequestClosed, command, **whose)]
        case ReopenSupportRequest():
            follows(at, life.stage.since)
            return [as_fact(SupportRequestReopened, command, **whose)]
        case _:
            assert_never(command)


def _check_life(command: SupportRequestCommand, stage: Stage) -> None:
    reopening = isinstance(command, ReopenSupportRequest)
    if isinstance(stage, Ended) and not reopening:
        raise RequestNotOpen(stage.since)
    if reopening and not isinstance(stage, Ended):
        raise RequestStillOpen(stage.since)


def _check_starts_from_people(life: Life) -> None:
    if life.for_others is not None:
        raise StartsFromOthers(life.for_others)


REFUSALS = (RequestNotTriaged, RequestNotOpen, RequestStillOpen, StartsFromOthers)
