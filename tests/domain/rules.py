"""The rules told once more, plainly, to check what was stored: it asks nothing of the decisions.

It reads a log event by event and says which rules an event breaks in the light of those
before it, as they were known by then.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from typing import cast as typed
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from domain.actors import ActorDetailsChanged, ActorRegistered, ActorsMerged
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
from domain.facts import Concern, Fact, Recorded, concerns
from domain.fields import places
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
from domain.vocabulary import Narrative, NisCode, Personal
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

DETAILS: Final = {
    "association": ("vcode",),
    "local_government": ("nis", "policy_maker", "policy_staff"),
    "professional": ("sector", "mandate", "organisation"),
}
"""Details that only one kind of actor has."""
TEXTS: Final = (Narrative, Personal)
BRUSSELS: Final = ZoneInfo("Europe/Brussels")
FOR_GOOD: Final = datetime.max.replace(tzinfo=UTC)
LOOKS_LIKE_AN_ID: Final = re.compile(r"[a-z]+_[0-9a-z]{26}")

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
    initiators: dict[str, datetime]
    stays: dict[str, list[tuple[datetime, datetime]]]
    """From when to when somebody took part; to the end of time, if they still do."""
    strength: datetime | None = None
    """When the first was there; so too the appetite."""
    appetite: datetime | None = None
    stage: str = "active"

    def took_part(self, actor: str, at: datetime) -> bool:
        return any(joined <= at < left for joined, left in self.stays.get(actor, ()))


class Request(Struct):
    since: datetime
    stage: str = "open"
    triaged: bool = False
    for_people: bool = False


class Pilot(Struct):
    since: datetime
    initiative: str
    ends_on: date
    stage: str = "proposed"
    granted: datetime | None = None
    partners: set[str] = field(default_factory=set[str])
    consents: dict[str, datetime] = field(default_factory=dict[str, datetime])


class Gathering(Struct):
    """A workshop or an info session."""

    since: datetime
    initiatives: tuple[str, ...] = ()
    stage: str = "planned"


class CoCreation(Struct):
    since: datetime
    initiatives: tuple[str, ...]
    invited: set[str]
    stepped: datetime | None = None
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
    stepped: dict[str, datetime] = field(default_factory=dict[str, datetime])
    plans: list[Plan] = field(default_factory=list[Plan])


def day_in_brussels(moment: datetime) -> date:
    return moment.astimezone(BRUSSELS).date()


class Checker:
    """Reads a log and finds the rules that it breaks."""

    def __init__(self) -> None:
        self._log: dict[int, Recorded] = {}
        """All but the corrections, each as it is corrected by now."""
        self._corrections: dict[int, EventCorrected] = {}
        self._concerned: dict[int, tuple[Concern, ...]] = {}
        """What each event concerns: a correction reads them all again."""
        self._world = World()
        self._found: list[Broken] = []
        self._now: Recorded | None = None

    def take(self, event: Recorded) -> list[Broken]:
        """The rules that the next event breaks."""
        self._found = []
        if event.occurred_at > event.recorded_at:
            self._found.append(Broken(event.position, 13, "it lies in the future"))
        if isinstance(event.fact, EventCorrected):
            self._correct(event, event.fact)
            self._corrections[event.position] = event.fact
        else:
            self._read(event)
            self._log[event.position] = event
        return self._found

    # The words in which rules are told.

    def _must(self, rule: int, holds: object, why: str) -> None:
        if not holds and self._now is not None:
            self._found.append(Broken(self._now.position, rule, why))

    def _follows(self, since: datetime | None, why: str) -> None:
        """Rule 13; a correction keeps it."""
        now = self._now
        if now is None or now.out_of_order or since is None:
            return
        self._must(13, now.occurred_at >= since, why)

    # Corrections.

    def _correct(self, event: Recorded, fact: EventCorrected) -> None:
        self._now = event
        original = self._log.get(fact.position)
        if original is None:
            self._must(13, holds=False, why="it corrects what is not there")
            return
        if type(original.fact) is not type(fact.becomes):
            self._must(13, holds=False, why="corrected into another kind of fact")
            return
        self._must(13, event.occurred_at >= original.occurred_at, "corrected before it happened")
        self._must(13, fact.happened_at <= event.recorded_at, "moved into the future")
        same_time = fact.happened_at == original.occurred_at
        self._must(13, fact.becomes != original.fact or not same_time, "nothing is corrected")
        same_things = {*concerns(original.fact)} == {*concerns(fact.becomes)}
        self._must(13, same_things, "corrected to concern others")
        self._concerned.pop(fact.position, None)
        self._log[fact.position] = replace(
            original, fact=fact.becomes, occurred_at=fact.happened_at
        )
        if same_time and _differ_in_texts(original.fact, fact.becomes):
            return
        found, self._found = self._found, []
        self._world = World()
        for earlier in self._log.values():
            self._read(earlier)
        self._found = found + [b._replace(position=event.position) for b in self._found]

    # The facts.

    def _read(self, event: Recorded) -> None:
        self._now = event
        fact = event.fact
        if not self._named(event):
            return
        self._once(fact)
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

    def _named(self, event: Recorded) -> bool:
        """Whether what a fact names exists; but for people it also began before."""
        concerned = self._concerned.get(event.position) or concerns(event.fact)
        self._concerned[event.position] = concerned
        if isinstance(event.fact, BEGINNINGS):
            self._world.begun[concerned[0].id] = event.occurred_at
        for concern in concerned:
            there = concern.role == "formerly" or concern.id not in self._world.merged
            self._must(12, there, "it names somebody who goes on as another")
        things = [concern.id for concern in concerned if "_" in concern.id]
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
            *(pilot.partners for pilot in world.pilots.values()),
            *(cocreation.invited for cocreation in world.cocreations.values()),
            *(outcome.harvested_by for outcome in world.outcomes.values()),
        ):
            if duplicate in there:
                there.remove(duplicate)
                there.add(actor)
        for initiative in world.initiatives.values():
            if duplicate in initiative.stays:
                own = initiative.stays.setdefault(actor, [])
                own.extend(initiative.stays.pop(duplicate))
        for since in (
            *(initiative.initiators for initiative in world.initiatives.values()),
            *(pilot.consents for pilot in world.pilots.values()),
        ):
            if duplicate in since:
                gone = since.pop(duplicate)
                since.setdefault(actor, gone)

    def _once(self, fact: Fact) -> None:
        """A list names nobody twice."""
        for name in fact.__struct_fields__:
            value = getattr(fact, name)
            if isinstance(value, tuple):
                ids = [v for v in typed("tuple[object, ...]", value) if isinstance(v, str | int)]
                ids = [v for v in ids if isinstance(v, int) or LOOKS_LIKE_AN_ID.fullmatch(v)]
                self._must(10, len(set(ids)) == len(ids), f"twice in {name}")

    def _place(self, nis: str | None, at: datetime) -> None:
        if nis is None:
            return
        place = municipalities().get(NisCode(nis))
        self._must(10, place, "no such municipality")
        if place:
            day = max(day_in_brussels(at), date(2019, 1, 1))
            until = place.valid_until or date.max
            self._must(10, place.valid_from <= day <= until, "not a municipality on that day")

    def _actor(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, ActorDetailsChanged):
            self._fits(fact, self._world.kinds[fact.actor])
        if not isinstance(fact, ActorRegistered):
            return
        self._fits(fact, fact.kind)
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

    def _fits(self, fact: ActorRegistered | ActorDetailsChanged, kind: str) -> None:
        for owner, names in DETAILS.items():
            given = any(getattr(fact, name, None) is not None for name in names)
            self._must(10, kind == owner or not given, f"details of a {owner}")

    def _municipality(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, PolicyPlanAdopted):
            self._place(fact.municipality, at)
            self._must(3, fact.starts_on <= fact.ends_on, "a plan ends before it starts")
            self._must(13, fact.adopted_on <= day_in_brussels(at), "adopted in the future")
            self._world.plans.append(Plan(at, fact))
        if isinstance(fact, PartnershipAgreed):
            self._place(fact.municipality, at)
            day = day_in_brussels(at)
            self._must(4, day.year >= 2020, "a partnership before 2020")
            self._must(4, self._planned(fact.municipality, day, at), "without a plan")

    def _engagement(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, OF_AN_ENGAGEMENT):
            self._place(fact.municipality, at)
        match fact:
            case MunicipalityEngaged():
                self._world.engaged.append((fact.municipality, at))
            case LocalPersonIdentified():
                self._must(14, fact.agreed_on <= day_in_brussels(at), "named before they agreed")
            case MunicipalRoleChosen() | ApproachAgreed():
                engaged = any(
                    nis in _places(fact.municipality) and (self._ordered() or since <= at)
                    for nis, since in self._world.engaged
                )
                self._must(15, engaged, "not engaged yet")
                if isinstance(fact, MunicipalRoleChosen) and fact.role == "partner":
                    self._must(4, day_in_brussels(at).year >= 2020, "a partner before 2020")
                    self._must(
                        4,
                        self._planned(fact.municipality, day_in_brussels(at), at),
                        "without a plan",
                    )
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
            self._must(2, not over, "a bridge to what has ended")

    def _ordered(self) -> bool:
        """Whether what was there may be taken as there in time."""
        return self._now is not None and self._now.out_of_order

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
                initiators=dict.fromkeys(fact.initiators, at),
                stays={actor: [(at, FOR_GOOD)] for actor in fact.initiators},
                strength=at if fact.strengths else None,
                appetite=at if fact.appetite is not None else None,
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
        self._take_part(fact, initiative, at)
        if isinstance(fact, StrengthIdentified):
            initiative.strength = min(initiative.strength or at, at)
        if isinstance(fact, InitiativeDescribed) and fact.appetite is not None:
            initiative.appetite = min(initiative.appetite or at, at)
        if isinstance(fact, OrientationAssessed):
            values = {fact.strength_based, fact.network_strengthening}
            self._must(2, values <= {1, 2, 3, 4, 5}, "not on the scale")

    def _take_part(self, fact: Fact, initiative: Initiative, at: datetime) -> None:
        if isinstance(fact, ParticipantJoined):
            stays = initiative.stays.setdefault(fact.participant, [])
            for joined, left in stays:
                self._follows(joined if left == FOR_GOOD else left, "before they were gone")
            if not any(left == FOR_GOOD for _, left in stays):
                stays.append((at, FOR_GOOD))
            initiative.initiators.pop(fact.participant, None)
            if fact.role == "initiator":
                starts = self._world.kinds.get(fact.participant) in STARTERS
                self._must(1, starts, "an initiator who is no citizen or association")
                initiative.initiators[fact.participant] = at
        if isinstance(fact, ParticipantLeft):
            initiative.initiators.pop(fact.participant, None)
            stays = initiative.stays.get(fact.participant, [])
            self._must(8, any(left == FOR_GOOD for _, left in stays), "left without taking part")
            for place, (joined, left) in enumerate(stays):
                if left == FOR_GOOD:
                    self._follows(joined, "left before they joined")
                    stays[place] = (joined, at)

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
            initiatives = [self._world.initiatives[i] for i in fact.initiatives]
            for asker in (question.asked_by for question in fact.questions):
                expected = asker in fact.participants
                expected |= any(initiative.took_part(asker, at) for initiative in initiatives)
                self._must(7, expected, "a question of somebody else")
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
                agreed = fact.agreed_on is not None and fact.agreed_on <= day_in_brussels(at)
                self._must(14, fact.told_by is None or agreed, "told by who had not agreed")
            case ExampleRevised():
                self._must(14, fact.example not in self._world.withdrawn, "revised once withdrawn")
            case ExampleWithdrawn():
                self._must(14, fact.example not in self._world.withdrawn, "withdrawn twice")
                self._world.withdrawn[fact.example] = at
            case InfoSessionHeld() | SupportRequestAnswered():
                for example in fact.examples:
                    until = self._world.withdrawn.get(example)
                    still = until is None or at < until
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
            takes_part = self._world.initiatives[approach.initiative].took_part
            self._must(7, takes_part(fact.answered_by, at), "answered by somebody else")
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
            self._follows(cocreation.stepped, "before its last step")
            cocreation.stage = "concluded"
            return
        initiatives = [self._world.initiatives[i] for i in cocreation.initiatives]
        self._must(8, fact.contributions, "a step to which nobody contributed")
        for who in (contribution.contributor for contribution in fact.contributions):
            takes_part = who in cocreation.invited
            takes_part |= any(initiative.took_part(who, at) for initiative in initiatives)
            self._must(8, takes_part, "takes no part")
        cocreation.stepped = max(cocreation.stepped or at, at)
        for initiative in cocreation.initiatives:
            first = self._world.stepped.get(initiative, at)
            self._world.stepped[initiative] = min(first, at)

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
                self._follows(initiative.initiators.get(fact.initiator), "before they joined")
                pilot.consents[fact.initiator] = at
            case PilotConsentWithdrawn():
                self._must(5, fact.initiator in pilot.consents, "never given")
                self._follows(pilot.consents.pop(fact.initiator, None), "before it was given")
                self._follows(pilot.granted, "before the decision that rests on it")
                if pilot.stage == "approved":
                    self._follows(pilot.since, "before what it pauses")
                    pilot.stage, pilot.since = "paused", at
            case PilotDecided():
                self._decide(fact, pilot, initiative, at)
            case LessonLearned():
                self._must(11, fact.evidence, "a lesson that rests on nothing")
                self._rests_on(fact.evidence, fact.pilot, pilot.initiative)
            case PilotObservationRecorded():
                pass

    def _rests_on(self, evidence: Iterable[int], *things: str) -> None:
        """Evidence is of the same pilot or initiative."""
        for position in evidence:
            told = self._log.get(position)
            fact = told.fact if told else self._corrections.get(position)
            near = fact and {concern.id for concern in concerns(fact)}.intersection(things)
            self._must(6, near, f"it rests on {position}, which is of something else")

    def _ambition(self, fact: Fact, at: datetime) -> None:
        if isinstance(fact, AmbitionSet):
            self._must(17, fact.target > 0, "an ambition for nothing")
            self._must(17, fact.by >= day_in_brussels(at), "an ambition of the past")

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
            near = pilot.partners.union(self._world.initiatives[pilot.initiative].stays)
            close = fact.verified_by in near | outcome.harvested_by
            self._must(11, not close, "verified by somebody close to it")

    def _propose(self, fact: PilotProposed, at: datetime) -> None:
        self._place(fact.municipality, at)
        initiative = self._world.initiatives[fact.initiative]
        self._must(2, initiative.stage == "active", "an initiative that is not active")
        self._must(2, initiative.initiators, "nobody who started it takes part")
        self._must(2, initiative.strength and initiative.appetite, "no strength or appetite")
        self._follows(initiative.strength, "before a strength was seen")
        self._follows(initiative.appetite, "before the appetite was known")
        self._follows(min(initiative.initiators.values(), default=None), "before an initiator")
        self._must(3, fact.starts_on <= fact.ends_on, "it ends before it starts")
        self._must(3, self._planned(fact.municipality, fact.starts_on, at), "without a plan")
        for actor in fact.partners:
            self._must(4, self._world.kinds.get(actor) in PARTNERS, "no partner")
        self._follows(initiative.since, "before its initiative was there")
        self._world.pilots[fact.pilot] = Pilot(
            at, fact.initiative, fact.ends_on, partners=set(fact.partners)
        )

    def _decide(
        self, fact: PilotDecided, pilot: Pilot, initiative: Initiative, at: datetime
    ) -> None:
        self._must(5, fact.motivation.strip(), "no motivation")
        self._must(5, fact.deciders, "nobody decided")
        self._rests_on(fact.evidence, fact.pilot, pilot.initiative)
        self._must(6, fact.decision in NEXT[pilot.stage], f"{fact.decision} while {pilot.stage}")
        self._follows(pilot.since, "before what it decides on")
        if fact.decision in {"approve", "resume"}:
            self._must(2, initiative.stage == "active", "an initiative that is not active")
            self._must(2, initiative.initiators, "nobody who started it takes part")
            self._must(5, set(initiative.initiators) <= set(pilot.consents), "a consent is missing")
            self._must(5, pilot.initiative in self._world.stepped, "no step in co-creation")
            self._follows(self._world.stepped.get(pilot.initiative), "before any step")
            for consented in (pilot.consents.get(actor) for actor in initiative.initiators):
                self._follows(consented, "before a consent")
            pilot.granted = at
        extended = fact.decision == "extend"
        self._must(6, extended == (fact.ends_on is not None), "an end that is none of its business")
        if fact.ends_on:
            self._must(6, fact.ends_on > pilot.ends_on, "extended to no later day")
            pilot.ends_on = fact.ends_on
        pilot.stage = NEXT[pilot.stage].get(fact.decision, pilot.stage)
        pilot.since = at


def _differ_in_texts(before: Fact, after: Fact) -> bool:
    """Whether a text became another text and all else stayed: no rule reads which text it is."""
    now = {place.role: place for place in places(after) if len(place.path) == 1}
    changed = [
        name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)
    ]
    return all(
        name in now
        and now[name].kind in TEXTS
        and str(now[name].value).strip()
        and str(getattr(before, name) or "").strip()
        for name in changed
    )


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
