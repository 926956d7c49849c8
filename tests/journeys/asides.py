"""What is asked once the story is told, and what dice seldom say: refusals of a rare moment."""

from datetime import date, timedelta
from typing import Final, cast

from domain.actors import MergeActors, RegisterActor
from domain.ambitions import Counted, SetAmbition
from domain.co_creation import StepKind, TakeCoCreationStep
from domain.commands import Command
from domain.engagements import IdentifyLocalPerson
from domain.examples import ExampleKind, PublishExample
from domain.info_sessions import ReportInfoSession
from domain.initiatives import EndInitiative, LeaveInitiative, LinkInitiatives, RegisterInitiative
from domain.municipalities import AgreePartnership
from domain.outcomes import HarvestOutcome, Verdict, VerifyOutcome
from domain.pilots import DecidePilot, Decision, PilotProposed
from domain.professionals import MakeBridge
from domain.records import CorrectEvent
from domain.support_requests import (
    AnswerSupportRequest,
    CloseSupportRequest,
    Outcome,
    StartsFrom,
    TriageSupportRequest,
)
from domain.vocabulary import (
    ActorId,
    ActorKind,
    AmbitionId,
    ApproachId,
    ExampleId,
    InitiativeId,
    OutcomeId,
    PilotId,
    Position,
    Track,
    VCode,
    WorkshopId,
)
from domain.workshops import CancelWorkshop, PlanWorkshop, ProposeApproach
from tests.domain.dice import Step
from tests.domain.story import ANTWERPEN, BEGIN, NAME, SAID, STORY, propose
from tests.facts import (
    ASSOCIATION,
    CITIZEN,
    COCREATION,
    INITIATIVE,
    LOCAL_GOVERNMENT,
    NETWORK_MEMBER,
    OTHER_INITIATIVE,
    OUTCOME,
    PILOT,
    PROFESSIONAL,
    REQUEST,
    SAMPLES,
    SESSION,
    WORKSHOP,
    sample_id,
)

BARE: Final = InitiativeId(sample_id("initiative", 3))
"""An initiative of which neither strength nor appetite is known."""
TWIN: Final = ActorId(sample_id("actor", 11))
"""Another association, with a number of its own."""
NEIGHBOUR: Final = ActorId(sample_id("actor", 12))
"""Takes part in nothing."""
PROPOSED: Final = Position(17)
"""Where the first pilot was proposed."""


def _decide(decision: Decision, ends_on: date) -> DecidePilot:
    return DecidePilot(
        pilot=PILOT,
        decision=decision,
        deciders=(LOCAL_GOVERNMENT,),
        motivation=SAID,
        ends_on=ends_on,
    )


def _triage(starts_from: StartsFrom) -> TriageSupportRequest:
    return TriageSupportRequest(
        request=REQUEST, track=Track.INSPIRE, starts_from=starts_from, reason=SAID
    )


def _plan(number: int, *initiatives: InitiativeId) -> PlanWorkshop:
    """A workshop without a question."""
    return PlanWorkshop(
        workshop=WorkshopId(sample_id("workshop", number)),
        title=SAID,
        initiatives=initiatives,
        municipality=ANTWERPEN,
        planned_at=BEGIN,
    )


_PEOPLE: Final[tuple[Command, ...]] = (
    RegisterActor(actor=TWIN, kind=ActorKind.ASSOCIATION, name=NAME, vcode=VCode("V0001009")),
    RegisterActor(actor=NEIGHBOUR, kind=ActorKind.CITIZEN, name=NAME),
    MergeActors(actor=ASSOCIATION, duplicate=TWIN, reason=SAID),
    MergeActors(actor=ASSOCIATION, duplicate=NEIGHBOUR, reason=SAID),
    IdentifyLocalPerson(
        municipality=ANTWERPEN, person=CITIZEN, activity=SAID, agreed_on=date(2020, 1, 1)
    ),
    PublishExample(
        example=ExampleId(sample_id("example", 2)),
        kind=ExampleKind.TESTIMONY,
        title=SAID,
        summary=SAID,
        told_by=CITIZEN,
    ),
    MakeBridge(initiative=INITIATIVE, professional=PROFESSIONAL, how=SAID, people=0),
    MakeBridge(initiative=INITIATIVE, professional=PROFESSIONAL, how=SAID, people=3),
)
_CASES: Final[tuple[Command, ...]] = (
    _triage(StartsFrom.OTHERS),
    AnswerSupportRequest(request=REQUEST, answer=SAID),
    _triage(StartsFrom.PEOPLE),
    AnswerSupportRequest(request=REQUEST, answer=SAID),
    CloseSupportRequest(request=REQUEST, outcome=Outcome.HELPED),
    ReportInfoSession(session=SESSION, attendance=()),
    CancelWorkshop(workshop=WorkshopId(sample_id("workshop", 2)), reason=SAID),
    _plan(3, INITIATIVE),
    _plan(4),
    ProposeApproach(
        approach=ApproachId(sample_id("approach", 2)),
        workshop=WORKSHOP,
        initiative=OTHER_INITIATIVE,
        proposal=SAID,
    ),
    TakeCoCreationStep(cocreation=COCREATION, step=StepKind.TEST, contributions=(), result=SAID),
)
_PILOTS: Final[tuple[Command, ...]] = (
    _decide(Decision.EXTEND, date(2021, 1, 1)),
    _decide(Decision.ADJUST, date(2022, 1, 1)),
    HarvestOutcome(
        outcome=OutcomeId(sample_id("outcome", 2)),
        pilot=PILOT,
        description=SAID,
        significance=SAID,
        contribution=SAID,
        sources=(),
        harvested_by=NETWORK_MEMBER,
    ),
    VerifyOutcome(
        pilot=PILOT, outcome=OUTCOME, verified_by=NEIGHBOUR, verdict=Verdict.PARTLY_CONFIRMED
    ),
    CorrectEvent(
        position=PROPOSED,
        becomes=cast("PilotProposed", SAMPLES[PilotProposed]),
        happened_at=BEGIN,
        reason=SAID,
        read_at=PROPOSED,
        changes=(),
    ),
    SetAmbition(
        ambition=AmbitionId(sample_id("ambition", 1)),
        statement=SAID,
        counted=Counted.PILOTS,
        target=0,
        by=date(2030, 12, 31),
    ),
    LinkInitiatives(initiative=INITIATIVE, other=OTHER_INITIATIVE, how=SAID),
    RegisterInitiative(initiative=BARE, name=SAID, initiators=(CITIZEN,), municipality=ANTWERPEN),
    propose(PilotId(sample_id("pilot", 5)), BARE),
    EndInitiative(initiative=BARE, lives_on=SAID),
    LeaveInitiative(initiative=OTHER_INITIATIVE, participant=CITIZEN),
    propose(PilotId(sample_id("pilot", 6)), OTHER_INITIATIVE),
)
_EARLY: Final = Step(
    AgreePartnership(municipality=ANTWERPEN, purpose=SAID, agreed_by=(LOCAL_GOVERNMENT,)),
    BEGIN + timedelta(days=50),
)
"""In 2019, when there was a plan and no partnership yet could be."""

TOLD: Final = (
    *STORY,
    *(Step(command, STORY[-1].at + timedelta(days=1)) for command in (*_PEOPLE, *_CASES, *_PILOTS)),
    _EARLY,
)
"""The story with what is asked after it."""
