"""The rules told once more, plainly, to check what was stored: it asks nothing of the decisions.

It reads a log event by event and says which rules an event breaks in the light of those
before it, as they were known by then.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from domain.actors import ActorRegistered, ActorsMerged
from domain.ambitions import AmbitionSet
from domain.blueprints import BlueprintDrafted, BlueprintPublished, BlueprintStatementAdded
from domain.co_creation import CoCreationConcluded, CoCreationStarted, CoCreationStepTaken
from domain.documents import DocumentAttached
from domain.engagements import (
    ApproachAgreed,
    LocalNeedIdentified,
    LocalPersonIdentified,
    MunicipalityEngaged,
    MunicipalRoleChosen,
)
from domain.examples import ExamplePublished, ExampleRevised, ExampleWithdrawn
from domain.facts import Fact, Recorded, concerns
from domain.info_sessions import (
    InfoSessionCancelled,
    InfoSessionHeld,
    InfoSessionPlanned,
    InfoSessionRescheduled,
)
from domain.initiatives import (
    InitiativeDescribed,
    InitiativeEnded,
    InitiativeRegistered,
    InitiativeRested,
    InitiativeResumed,
    InitiativesLinked,
    OrientationAssessed,
    ParticipantJoined,
    ParticipantLeft,
    StrengthIdentified,
)
from domain.municipalities import PartnershipAgreed, PolicyPlanAdopted
from domain.notes import NoteAdded
from domain.outcomes import OutcomeHarvested, OutcomeVerified
from domain.pilots import (
    LessonLearned,
    PilotConsentGiven,
    PilotConsentWithdrawn,
    PilotDecided,
    PilotObservationRecorded,
    PilotProposed,
)
from domain.professionals import BridgeMade, ProfessionalRoleReflected
from domain.records import EventCorrected
from domain.register import municipalities
from domain.support_requests import (
    SupportRequestAnswered,
    SupportRequestAssigned,
    SupportRequestClosed,
    SupportRequestDeclined,
    SupportRequestHandled,
    SupportRequestLinked,
    SupportRequestReceived,
    SupportRequestReopened,
    SupportRequestTriaged,
    SupportRequestWithdrawn,
)
from domain.workshops import (
    InsightRecorded,
    RenewedApproachProposed,
    RenewedApproachSetAside,
    RenewedApproachTakenUp,
    ToolHandedOver,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopPlanned,
    WorkshopRescheduled,
)

STARTERS: Final = {"citizen", "association"}
PARTNERS: Final = {"professional", "local_government"}

NEXT: Final[dict[str, dict[str, str]]] = {
    "proposed": {"defer": "proposed", "approve": "approved", "reject": "over"},
    "approved": {
        "adjust": "approved",
        "extend": "approved",
        "scale": "approved",
        "pause": "paused",
        "stop": "over",
        "complete": "over",
    },
    "paused": {"resume": "approved", "adjust": "paused", "stop": "over"},
    "over": {},
}
"""Where a decision brings a pilot."""

BEGINNINGS: Final = (
    ActorRegistered,
    SupportRequestReceived,
    InfoSessionPlanned,
    ExamplePublished,
    ProfessionalRoleReflected,
    InitiativeRegistered,
    WorkshopPlanned,
    RenewedApproachProposed,
    CoCreationStarted,
    PilotProposed,
    LessonLearned,
    OutcomeHarvested,
    BlueprintDrafted,
    AmbitionSet,
    NoteAdded,
    DocumentAttached,
)
OF_A_REQUEST: Final = (
    SupportRequestTriaged,
    SupportRequestAssigned,
    SupportRequestHandled,
    SupportRequestLinked,
    SupportRequestAnswered,
    SupportRequestDeclined,
    SupportRequestWithdrawn,
    SupportRequestClosed,
)
ENDINGS_OF_A_REQUEST: Final = (
    SupportRequestDeclined,
    SupportRequestWithdrawn,
    SupportRequestClosed,
)
MOVES_OF_A_REQUEST: Final = (
    SupportRequestTriaged,
    SupportRequestAnswered,
    *ENDINGS_OF_A_REQUEST,
)
OF_AN_ENGAGEMENT: Final = (
    MunicipalityEngaged,
    LocalNeedIdentified,
    MunicipalRoleChosen,
    LocalPersonIdentified,
    ApproachAgreed,
)
OF_AN_INITIATIVE: Final = (
    InitiativeDescribed,
    ParticipantJoined,
    ParticipantLeft,
    StrengthIdentified,
    OrientationAssessed,
    InitiativesLinked,
    InitiativeRested,
    InitiativeResumed,
    InitiativeEnded,
)
OF_A_PILOT: Final = (
    PilotConsentGiven,
    PilotConsentWithdrawn,
    PilotDecided,
    PilotObservationRecorded,
    LessonLearned,
)


class Broken(NamedTuple):
    position: int
    rule: int
    why: str


class Initiative(Struct):
    since: datetime
    initiators: set[str]
    participants: set[str]
    strengths: int
    appetite: bool
    stage: str = "active"
    ever: set[str] = field(default_factory=set[str])
    """Whoever took part at some time."""


class Request(Struct):
    since: datetime
    stage: str = "open"
    triaged: bool = False
    for_people: bool = False


class Pilot(Struct):
    since: datetime
    initiative: str
    stage: str = "proposed"
    partners: set[str] = field(default_factory=set[str])
    consents: set[str] = field(default_factory=set[str])


class Gathering(Struct):
    """A workshop or an info session."""

    since: datetime
    initiatives: tuple[str, ...] = ()
    stage: str = "planned"


class CoCreation(Struct):
    since: datetime
    initiatives: tuple[str, ...]
    invited: set[str]
    stage: str = "begun"


class Blueprint(Struct):
    since: datetime
    pilots: set[str] = field(default_factory=set[str])
    new: bool = False
    version: int = 0


class Outcome(Struct):
    pilot: str
    harvested_by: set[str]


class Plan(NamedTuple):
    adopted: datetime
    fact: PolicyPlanAdopted


class Approach(Struct):
    since: datetime
    initiative: str
    answered: bool = False


class World(Struct):
    """What a log has told so far."""

    begun: dict[str, datetime] = field(default_factory=dict[str, datetime])
    kinds: dict[str, str] = field(default_factory=dict[str, str])
    holders: dict[str, str] = field(default_factory=dict[str, str])
    merged: dict[str, str] = field(default_factory=dict[str, str])
    """As whom each duplicate goes on."""
    initiatives: dict[str, Initiative] = field(default_factory=dict[str, Initiative])
    requests: dict[str, Request] = field(default_factory=dict[str, Request])
    pilots: dict[str, Pilot] = field(default_factory=dict[str, Pilot])
    gatherings: dict[str, Gathering] = field(default_factory=dict[str, Gathering])
    engaged: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    withdrawn: dict[str, datetime] = field(default_factory=dict[str, datetime])
    approaches: dict[str, Approach] = field(default_factory=dict[str, Approach])
    cocreations: dict[str, CoCreation] = field(default_factory=dict[str, CoCreation])
    lessons: dict[str, str] = field(default_factory=dict[str, str])
    """The pilot of each lesson."""
    blueprints: dict[str, Blueprint] = field(default_factory=dict[str, Blueprint])
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    stepped: set[str] = field(default_factory=set[str])
    plans: list[Plan] = field(default_factory=list[Plan])


class Checker:
    """Reads a log and finds the rules that it breaks."""

    def __init__(self) -> None:
        self._log: list[Recorded] = []
        self._world = World()
        self._found: list[Broken] = []
        self._now: Recorded | None = None
        self._replaying = False

    def take(self, event: Recorded) -> list[Broken]:
        """The rules that the next event breaks."""
        self._found = []
        if event.occurred_at > event.recorded_at:
            self._found.append(Broken(event.position, 13, "it lies in the future"))
        if isinstance(event.fact, EventCorrected):
            self._correct(event, event.fact)
        else:
            self._read(event)
            self._log.append(event)
        return self._found

    # The words in which rules are told.

    def _must(self, rule: int, holds: object, why: str) -> None:
        if not holds and self._now is not None:
            self._found.append(Broken(self._now.position, rule, why))

    def _follows(self, since: datetime | None, why: str) -> None:
        """Rule 13; moments that were corrected since are no matter of what was stored."""
        now = self._now
        if now is None or now.out_of_order or self._replaying or since is None:
            return
        self._must(13, now.occurred_at >= since, why)

    # Corrections.

    def _correct(self, event: Recorded, fact: EventCorrected) -> None:
        self._now = event
        original = next((e for e in self._log if e.position == fact.position), None)
        if original is None:
            self._must(13, holds=False, why="it corrects what is not there")
            return
        if type(original.fact) is not type(fact.becomes):
            self._must(13, holds=False, why="corrected into another kind of fact")
            return
        self._must(13, event.occurred_at >= original.occurred_at, "corrected before it happened")
        self._must(13, fact.happened_at <= event.recorded_at, "moved into the future")
        self._log = [
            replace(e, fact=fact.becomes, occurred_at=fact.happened_at) if e is original else e
            for e in self._log
        ]
        found, self._found = self._found, []
        self._world, self._replaying = World(), True
        for earlier in self._log:
            self._read(earlier)
        self._replaying = False
        self._found = found + [b._replace(position=event.position) for b in self._found]

    # The facts.

    def _read(self, event: Recorded) -> None:
        self._now = event
        fact = event.fact
        if not self._named(fact, event.occurred_at):
            return
        for read in (
            self._actor,
            self._merge,
            self._municipality,
            self._engagement,
            self._professional,
            self._initiative,
            self._request,
            self._gathering,
            self._example,
            self._approach,
            self._cocreation,
            self._pilot,
            self._outcome,
            self._blueprint,
            self._ambition,
        ):
            read(fact, event.occurred_at)

    def _named(self, fact: Fact, at: datetime) -> bool:
        """Whether what a fact names exists; but for people it also began before."""
        if isinstance(fact, BEGINNINGS):
            self._world.begun[concerns(fact)[0].id] = at
        for concern in concerns(fact):
            there = concern.role == "formerly" or concern.id not in self._world.merged
            self._must(12, there, "it names somebody who goes on as another")
        things = [concern.id for concern in concerns(fact) if "_" in concern.id]
        for thing in things:
            self._must(13, thing in self._world.begun, f"{thing} does not exist")
            if not thing.startswith("actor_"):
                self._follows(self._world.begun.get(thing), f"before {thing} began")
        return all(thing in self._world.begun for thing in things)

    def _merge(self, fact: Fact, _at: datetime) -> None:
        world = self._world
        if not isinstance(fact, ActorsMerged):
            return
        actor, duplicate = fact.actor, fact.duplicate
        self._must(12, actor != duplicate, "merged with itself")
        self._must(12, world.kinds.get(actor) == world.kinds.get(duplicate), "two kinds of actor")
        sorts = [
            {len(number) for number, holder in world.holders.items() if holder == one}
            for one in (actor, duplicate)
        ]
        self._must(10, not sorts[0] & sorts[1], "two numbers of one sort")
        world.holders = {n: actor if h == duplicate else h for n, h in world.holders.items()}
        world.merged = {a: actor if h == duplicate else h for a, h in world.merged.items()}
        world.merged[duplicate] = actor
        for there in (
            *(group for i in world.initiatives.values() for group in (i.participants, i.ever)),
            *(initiative.initiators for initiative in world.initiatives.values()),
            *(pilot.consents for pilot in world.pilots.values()),
            *(pilot.partners for pilot in world.pilots.values()),
            *(cocreation.invited for cocreation in world.cocreations.values()),
            *(outcome.harvested_by for outcome in world.outcomes.values()),
        ):
            if duplicate in there:
                there.remove(duplicate)
                there.add(actor)

    def _place(self, nis: str | None, at: datetime) -> None:
        if nis is None:
            return
        known = {code: place for code, place in municipalities().items() if code == nis}
        self._must(10, known, "no such municipality")
        for place in known.values():
            day = max(at.date(), date(2019, 1, 1))
            until = place.valid_until or date.max
            self._must(10, place.valid_from <= day <= until, "not a municipality on that day")

    def _actor(self, fact: Fact, at: datetime) -> None:
        if not isinstance(fact, ActorRegistered):
            return
        self._world.kinds[fact.actor] = fact.kind
        for number in (fact.vcode, fact.enterprise_number, fact.nis):
            if number:
                holder = self._world.holders.setdefault(number, fact.actor)
                self._must(10, holder == fact.actor, "a number of two actors")
        if fact.enterprise_number:
            first, check = fact.enterprise_number[:8], fact.enterprise_number[8:]
            self._must(10, int(check) == 97 - int(first) % 97, "wrong check digits")
        if fact.vcode:
            self._must(10, "V0001001" <= fact.vcode <= "V9999999", "no VCode")
        self._place(fact.nis, at)

    def _municipality(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, PolicyPlanAdopted):
            self._place(fact.municipality, at)
            self._must(3, fact.starts_on <= fact.ends_on, "a plan ends before it starts")
            self._must(13, fact.adopted_on <= at.date(), "adopted in the future")
            self._world.plans.append(Plan(at, fact))
        if isinstance(fact, PartnershipAgreed):
            self._place(fact.municipality, at)
            self._must(4, at.year >= 2020, "a partnership before 2020")
            self._must(4, self._planned(fact.municipality, at.date(), at), "without a plan")

    def _engagement(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, OF_AN_ENGAGEMENT):
            self._place(fact.municipality, at)
        match fact:
            case MunicipalityEngaged():
                self._world.engaged.append((fact.municipality, at))
            case LocalPersonIdentified():
                self._must(14, fact.agreed_on <= at.date(), "named before they agreed")
            case MunicipalRoleChosen() | ApproachAgreed():
                engaged = any(
                    nis in _places(fact.municipality) and (self._ordered() or since <= at)
                    for nis, since in self._world.engaged
                )
                self._must(15, engaged, "not engaged yet")
                if isinstance(fact, MunicipalRoleChosen) and fact.role == "partner":
                    self._must(4, at.year >= 2020, "a partner before 2020")
                    self._must(4, self._planned(fact.municipality, at.date(), at), "without a plan")
            case _:
                pass

    def _professional(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, ProfessionalRoleReflected):
            self._place(fact.municipality, at)
        if isinstance(fact, ProfessionalRoleReflected | BridgeMade):
            kind = self._world.kinds.get(fact.professional)
            self._must(16, kind == "professional", "not by a professional")
        if isinstance(fact, BridgeMade):
            self._must(16, fact.people > 0, "a bridge for nobody")
            initiative = self._world.initiatives[fact.initiative]
            over = initiative.stage == "ended" and initiative.since <= at
            self._must(2, self._replaying or not over, "a bridge to what has ended")

    def _ordered(self) -> bool:
        """Whether what was there may be taken as there in time."""
        return self._replaying or (self._now is not None and self._now.out_of_order)

    def _planned(self, nis: str, day: date, at: datetime) -> bool:
        places, ordered = _places(nis), self._ordered()
        return any(
            plan.fact.municipality in places
            and plan.fact.starts_on <= day <= plan.fact.ends_on
            and (ordered or plan.adopted <= at)
            for plan in self._world.plans
        )

    def _initiative(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, InitiativeRegistered):
            self._place(fact.municipality, at)
            for actor in fact.initiators:
                self._must(1, self._world.kinds.get(actor) in STARTERS, "started by somebody else")
            self._world.initiatives[fact.initiative] = Initiative(
                since=at,
                initiators=set(fact.initiators),
                participants=set(fact.initiators),
                ever=set(fact.initiators),
                strengths=len(fact.strengths),
                appetite=fact.appetite is not None,
            )
        if not isinstance(fact, OF_AN_INITIATIVE):
            return
        initiative = self._world.initiatives[fact.initiative]
        if isinstance(fact, InitiativeRested | InitiativeEnded):
            self._follows(initiative.since, "before its stage began")
            initiative.stage = "resting" if isinstance(fact, InitiativeRested) else "ended"
            initiative.since = at
        if isinstance(fact, InitiativeResumed):
            self._must(2, initiative.stage == "resting", "it did not rest")
            self._follows(initiative.since, "before it rested")
            initiative.stage, initiative.since = "active", at
        self._take_part(fact, initiative)
        if isinstance(fact, StrengthIdentified):
            initiative.strengths += 1
        if isinstance(fact, InitiativeDescribed):
            initiative.appetite = initiative.appetite or fact.appetite is not None

    def _take_part(self, fact: Fact, initiative: Initiative) -> None:
        if isinstance(fact, ParticipantJoined):
            initiative.participants.add(fact.participant)
            initiative.ever.add(fact.participant)
            initiative.initiators.discard(fact.participant)
            if fact.role == "initiator":
                starts = self._world.kinds.get(fact.participant) in STARTERS
                self._must(1, starts, "an initiator who is no citizen or association")
                initiative.initiators.add(fact.participant)
        if isinstance(fact, ParticipantLeft):
            initiative.participants.discard(fact.participant)
            initiative.initiators.discard(fact.participant)

    def _request(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, SupportRequestReceived):
            self._place(fact.municipality, at)
            self._world.requests[fact.request] = Request(since=at)
        if isinstance(fact, SupportRequestReopened):
            request = self._world.requests[fact.request]
            self._must(9, request.stage == "ended", "two lives at a time")
            self._follows(request.since, "reopened before it ended")
            self._world.requests[fact.request] = Request(since=at)
        if not isinstance(fact, OF_A_REQUEST):
            return
        request = self._world.requests[fact.request]
        self._must(9, request.stage == "open", "its life had ended")
        for_people = request.triaged and request.for_people
        if isinstance(fact, SupportRequestAnswered):
            self._must(9, request.triaged, "answered before it was triaged")
        if isinstance(fact, SupportRequestAnswered | SupportRequestLinked | SupportRequestClosed):
            self._must(9, not for_people, "an initiative for people")
        if isinstance(fact, SupportRequestTriaged):
            request.triaged, request.for_people = True, fact.starts_from == "others"
        if isinstance(fact, MOVES_OF_A_REQUEST):
            self._follows(request.since, "before the step it follows")
            request.since = at
        if isinstance(fact, ENDINGS_OF_A_REQUEST):
            request.stage = "ended"

    def _gathering(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, InfoSessionPlanned):
            self._place(fact.municipality, at)
            self._world.gatherings[fact.session] = Gathering(since=at)
        if isinstance(fact, WorkshopPlanned):
            self._place(fact.municipality, at)
            self._must(7, fact.questions, "no starting question")
            expected = set[str](fact.participants)
            for initiative in fact.initiatives:
                expected |= self._world.initiatives[initiative].participants
            for question in fact.questions:
                self._must(7, question.asked_by in expected, "a question of somebody else")
            self._world.gatherings[fact.workshop] = Gathering(at, fact.initiatives)
        match fact:
            case InfoSessionRescheduled() | InfoSessionHeld() | InfoSessionCancelled():
                self._end(self._world.gatherings[fact.session], fact, at)
            case WorkshopRescheduled() | WorkshopHeld() | WorkshopCancelled():
                self._end(self._world.gatherings[fact.workshop], fact, at)
            case InsightRecorded() | ToolHandedOver() | RenewedApproachProposed():
                gathering = self._world.gatherings[fact.workshop]
                self._must(7, gathering.stage == "held", "out of what was not held")
                self._follows(gathering.since, "before it was held")
            case _:
                pass

    def _end(self, gathering: Gathering, fact: Fact, at: datetime) -> None:
        self._must(7, gathering.stage == "planned", "held or cancelled already")
        self._follows(gathering.since, "before it was planned")
        if isinstance(fact, WorkshopRescheduled):
            return
        if isinstance(fact, InfoSessionRescheduled):
            gathering.since = at
            return
        held = isinstance(fact, InfoSessionHeld | WorkshopHeld)
        gathering.stage, gathering.since = ("held" if held else "cancelled"), at

    def _example(self, fact: Fact, at: datetime) -> None:
        match fact:
            case ExamplePublished():
                self._place(fact.municipality, at)
                agreed = fact.agreed_on is not None and fact.agreed_on <= at.date()
                self._must(14, fact.told_by is None or agreed, "told by who had not agreed")
            case ExampleRevised():
                self._must(14, fact.example not in self._world.withdrawn, "revised once withdrawn")
            case ExampleWithdrawn():
                self._must(14, fact.example not in self._world.withdrawn, "withdrawn twice")
                self._world.withdrawn[fact.example] = at
            case InfoSessionHeld() | SupportRequestAnswered():
                for example in fact.examples:
                    until = self._world.withdrawn.get(example)
                    still = until is None or at < until or self._replaying
                    self._must(14, still, "pointed to what was withdrawn")
            case _:
                pass

    def _approach(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, RenewedApproachProposed):
            workshop = self._world.gatherings[fact.workshop]
            self._must(7, fact.initiative in workshop.initiatives, "not of this workshop")
            self._world.approaches[fact.approach] = Approach(at, fact.initiative)
        if isinstance(fact, RenewedApproachTakenUp | RenewedApproachSetAside):
            approach = self._world.approaches[fact.approach]
            self._must(7, not approach.answered, "answered twice")
            self._follows(approach.since, "answered before it was proposed")
            taking_part = self._world.initiatives[approach.initiative].participants
            self._must(7, fact.answered_by in taking_part, "answered by somebody else")
            approach.answered = True

    def _cocreation(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, CoCreationStarted):
            self._world.cocreations[fact.cocreation] = CoCreation(
                at, fact.initiatives, set(fact.participants)
            )
        if not isinstance(fact, CoCreationStepTaken | CoCreationConcluded):
            return
        cocreation = self._world.cocreations[fact.cocreation]
        self._must(8, cocreation.stage == "begun", "it was concluded")
        self._follows(cocreation.since, "before it started")
        if isinstance(fact, CoCreationConcluded):
            cocreation.stage = "concluded"
            return
        taking_part = cocreation.invited.union(
            *(self._world.initiatives[i].participants for i in cocreation.initiatives)
        )
        for contribution in fact.contributions:
            self._must(8, contribution.contributor in taking_part, "takes no part")
        self._world.stepped.update(cocreation.initiatives)

    def _pilot(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, PilotProposed):
            self._propose(fact, at)
        if not isinstance(fact, OF_A_PILOT):
            return
        pilot = self._world.pilots[fact.pilot]
        initiative = self._world.initiatives[pilot.initiative]
        match fact:
            case PilotConsentGiven():
                takes_part = fact.initiator in initiative.initiators
                self._must(5, takes_part, "consent of somebody else")
                pilot.consents.add(fact.initiator)
            case PilotConsentWithdrawn():
                pilot.consents.discard(fact.initiator)
                if pilot.stage == "approved":
                    pilot.stage, pilot.since = "paused", at
            case PilotDecided():
                self._decide(fact, pilot, initiative, at)
            case LessonLearned():
                self._must(11, fact.evidence, "a lesson that rests on nothing")
            case PilotObservationRecorded():
                pass

    def _ambition(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, AmbitionSet):
            self._must(17, fact.target > 0, "an ambition for nothing")
            self._must(17, self._replaying or fact.by >= at.date(), "an ambition of the past")

    def _blueprint(self, fact: Fact, at: datetime) -> None:
        world = self._world
        if isinstance(fact, LessonLearned):
            world.lessons[fact.lesson] = fact.pilot
        if isinstance(fact, BlueprintDrafted):
            world.blueprints[fact.blueprint] = Blueprint(at)
        if isinstance(fact, BlueprintStatementAdded):
            blueprint = world.blueprints[fact.blueprint]
            self._must(11, fact.lessons, "a statement without a lesson")
            taught = {world.lessons[lesson] for lesson in fact.lessons}
            self._must(11, taught == {*fact.pilots}, "it names other pilots than its lessons")
            blueprint.pilots |= taught
            blueprint.new, blueprint.since = True, max(at, blueprint.since)
        if isinstance(fact, BlueprintPublished):
            blueprint = world.blueprints[fact.blueprint]
            self._must(11, len(blueprint.pilots) > 1, "published out of too few pilots")
            self._must(11, blueprint.new, "published with nothing new")
            self._must(11, fact.version == blueprint.version + 1, "not the next version")
            self._follows(blueprint.since, "published before what it holds")
            blueprint.new, blueprint.version, blueprint.since = False, fact.version, at

    def _outcome(self, fact: Fact, _at: datetime) -> None:
        if isinstance(fact, OutcomeHarvested):
            self._must(11, fact.sources, "an outcome without a source")
            self._world.outcomes[fact.outcome] = Outcome(fact.pilot, {fact.harvested_by})
        if isinstance(fact, OutcomeVerified):
            outcome, pilot = self._world.outcomes[fact.outcome], self._world.pilots[fact.pilot]
            self._must(11, outcome.pilot == fact.pilot, "an outcome of another pilot")
            near = self._world.initiatives[pilot.initiative].ever.union(pilot.partners)
            close = fact.verified_by in near | outcome.harvested_by
            self._must(11, not close, "verified by somebody close to it")

    def _propose(self, fact: PilotProposed, at: datetime) -> None:
        self._place(fact.municipality, at)
        initiative = self._world.initiatives[fact.initiative]
        self._must(2, initiative.stage == "active", "an initiative that is not active")
        self._must(2, initiative.initiators, "nobody who started it takes part")
        self._must(2, initiative.strengths and initiative.appetite, "no strength or appetite")
        self._must(3, fact.starts_on <= fact.ends_on, "it ends before it starts")
        self._must(3, self._planned(fact.municipality, fact.starts_on, at), "without a plan")
        for actor in fact.partners:
            self._must(4, self._world.kinds.get(actor) in PARTNERS, "no partner")
        self._follows(initiative.since, "before its initiative was there")
        self._world.pilots[fact.pilot] = Pilot(at, fact.initiative, partners=set(fact.partners))

    def _decide(
        self, fact: PilotDecided, pilot: Pilot, initiative: Initiative, at: datetime
    ) -> None:
        self._must(5, fact.motivation.strip(), "no motivation")
        self._must(5, fact.deciders, "nobody decided")
        self._must(6, fact.decision in NEXT[pilot.stage], f"{fact.decision} while {pilot.stage}")
        self._follows(pilot.since, "before what it decides on")
        if fact.decision in {"approve", "resume"}:
            self._must(2, initiative.stage == "active", "an initiative that is not active")
            self._must(2, initiative.initiators, "nobody who started it takes part")
            self._must(5, initiative.initiators <= pilot.consents, "a consent is missing")
            self._must(5, pilot.initiative in self._world.stepped, "no step in co-creation")
        pilot.stage = NEXT[pilot.stage].get(fact.decision, pilot.stage)
        pilot.since = at


def _places(nis: str) -> set[str]:
    """The codes of a municipality and of all that merged into it."""
    places = {nis}
    while more := {m.nis for m in municipalities().values() if m.successor in places} - places:
        places |= more
    return places


def broken(log: Iterable[Recorded]) -> list[Broken]:
    """All that a log breaks."""
    checker = Checker()
    return [found for event in log for found in checker.take(event)]
