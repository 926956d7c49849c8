"""One long story in commands, from the first registration to a second pilot beside the first."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from domain.actors import RegisterActor
from domain.blueprints import AddStatement, DraftBlueprint, PublishBlueprint
from domain.co_creation import Contribution, StartCoCreation, StepKind, TakeCoCreationStep
from domain.commands import Command
from domain.engagements import EngageMunicipality
from domain.examples import ExampleKind, PublishExample
from domain.info_sessions import PlanInfoSession
from domain.initiatives import JoinInitiative, RegisterInitiative, Role
from domain.municipalities import AdoptPolicyPlan, AgreePartnership
from domain.outcomes import HarvestOutcome
from domain.pilots import (
    DecidePilot,
    Decision,
    GiveConsent,
    LearnLesson,
    ProposePilot,
    WithdrawConsent,
)
from domain.support_requests import Channel, ReceiveSupportRequest, TriageSupportRequest
from domain.vocabulary import (
    ActorKind,
    Audience,
    InitiativeId,
    Narrative,
    NisCode,
    Personal,
    PilotId,
    Position,
    Track,
    VCode,
    WorkshopId,
)
from domain.workshops import PlanWorkshop, ProposeApproach, ReportWorkshop, StartingQuestion
from tests.domain.dice import Step
from tests.facts import (
    APPROACH,
    ASSOCIATION,
    BLUEPRINT,
    CITIZEN,
    COCREATION,
    EXAMPLE,
    INITIATIVE,
    LESSON,
    LOCAL_GOVERNMENT,
    NETWORK_MEMBER,
    OTHER_INITIATIVE,
    OTHER_LESSON,
    OTHER_PILOT,
    OUTCOME,
    PILOT,
    PROFESSIONAL,
    REQUEST,
    SESSION,
    WORKSHOP,
    sample_id,
)

ANTWERPEN: Final = NisCode("11002")
SAID: Final = Narrative("Omdat de buren het willen.")
NAME: Final = Personal("Iemand Voorbeeld")
BEGIN: Final = datetime(2019, 11, 4, 10, tzinfo=UTC)


def propose(pilot: PilotId, initiative: InitiativeId = INITIATIVE) -> ProposePilot:
    return ProposePilot(
        pilot=pilot,
        initiative=initiative,
        municipality=ANTWERPEN,
        title=SAID,
        hypothesis=SAID,
        aim=SAID,
        partners=(PROFESSIONAL,),
        starts_on=date(2020, 6, 1),
        ends_on=date(2021, 6, 1),
    )


_COMMANDS: Final[tuple[Command, ...]] = (
    RegisterActor(actor=CITIZEN, kind=ActorKind.CITIZEN, name=NAME),
    RegisterActor(
        actor=ASSOCIATION, kind=ActorKind.ASSOCIATION, name=NAME, vcode=VCode("V0001001")
    ),
    RegisterActor(
        actor=LOCAL_GOVERNMENT, kind=ActorKind.LOCAL_GOVERNMENT, name=NAME, nis=ANTWERPEN
    ),
    RegisterActor(actor=PROFESSIONAL, kind=ActorKind.PROFESSIONAL, name=NAME),
    RegisterActor(actor=NETWORK_MEMBER, kind=ActorKind.NETWORK_MEMBER, name=NAME),
    AdoptPolicyPlan(
        municipality=ANTWERPEN,
        title=SAID,
        adopted_on=date(2019, 11, 4),
        starts_on=date(2020, 1, 1),
        ends_on=date(2025, 12, 31),
    ),
    ReceiveSupportRequest(
        request=REQUEST,
        asked_by=CITIZEN,
        audience=Audience.CITIZENS,
        question=SAID,
        municipality=ANTWERPEN,
        channel=Channel.EMAIL,
    ),
    TriageSupportRequest(request=REQUEST, track=Track.INSPIRE, reason=SAID),
    PublishExample(
        example=EXAMPLE,
        kind=ExampleKind.STORY,
        title=SAID,
        summary=SAID,
        municipality=ANTWERPEN,
    ),
    PlanInfoSession(session=SESSION, title=SAID, municipality=ANTWERPEN, planned_at=BEGIN),
    RegisterInitiative(
        initiative=INITIATIVE,
        name=SAID,
        initiators=(CITIZEN, ASSOCIATION),
        municipality=ANTWERPEN,
        strengths=(SAID,),
        appetite=SAID,
    ),
    JoinInitiative(initiative=INITIATIVE, participant=PROFESSIONAL, role=Role.PARTNER),
    PlanWorkshop(
        workshop=WORKSHOP,
        title=SAID,
        initiatives=(INITIATIVE,),
        municipality=ANTWERPEN,
        planned_at=BEGIN,
        questions=(StartingQuestion(asked_by=CITIZEN, question=SAID),),
    ),
    ReportWorkshop(workshop=WORKSHOP, participants=(CITIZEN,), attendance=8),
    ProposeApproach(approach=APPROACH, workshop=WORKSHOP, initiative=INITIATIVE, proposal=SAID),
    AgreePartnership(municipality=ANTWERPEN, purpose=SAID, agreed_by=(LOCAL_GOVERNMENT,)),
    propose(PILOT),
    EngageMunicipality(municipality=ANTWERPEN, purpose=SAID, agreed_by=(LOCAL_GOVERNMENT,)),
    GiveConsent(pilot=PILOT, initiator=CITIZEN),
    GiveConsent(pilot=PILOT, initiator=ASSOCIATION),
    StartCoCreation(cocreation=COCREATION, initiatives=(INITIATIVE,), challenge=SAID),
    TakeCoCreationStep(
        cocreation=COCREATION,
        step=StepKind.EXPLORE,
        contributions=(Contribution(contributor=CITIZEN, contribution=SAID),),
        result=SAID,
    ),
    DecidePilot(
        pilot=PILOT, decision=Decision.APPROVE, deciders=(LOCAL_GOVERNMENT,), motivation=SAID
    ),
    WithdrawConsent(pilot=PILOT, initiator=CITIZEN),
    HarvestOutcome(
        outcome=OUTCOME,
        pilot=PILOT,
        description=SAID,
        significance=SAID,
        contribution=SAID,
        sources=(SAID,),
        harvested_by=NETWORK_MEMBER,
    ),
    LearnLesson(lesson=LESSON, pilot=PILOT, learnt=SAID, evidence=(Position(17),)),
    DraftBlueprint(blueprint=BLUEPRINT, title=SAID, about=SAID),
    AddStatement(blueprint=BLUEPRINT, statement=SAID, lessons=(LESSON,)),
    ProposePilot(
        pilot=OTHER_PILOT,
        initiative=INITIATIVE,
        municipality=ANTWERPEN,
        title=SAID,
        hypothesis=SAID,
        aim=SAID,
        starts_on=date(2021, 6, 1),
        ends_on=date(2022, 6, 1),
    ),
    LearnLesson(lesson=OTHER_LESSON, pilot=OTHER_PILOT, learnt=SAID, evidence=(Position(17),)),
    AddStatement(blueprint=BLUEPRINT, statement=SAID, lessons=(OTHER_LESSON,)),
    PublishBlueprint(blueprint=BLUEPRINT),
    propose(PilotId(sample_id("pilot", 3))),
    GiveConsent(pilot=PILOT, initiator=CITIZEN),
    DecidePilot(
        pilot=PILOT, decision=Decision.RESUME, deciders=(LOCAL_GOVERNMENT,), motivation=SAID
    ),
    PlanWorkshop(
        workshop=WorkshopId(sample_id("workshop", 2)),
        title=SAID,
        initiatives=(INITIATIVE,),
        municipality=ANTWERPEN,
        planned_at=BEGIN,
        questions=(StartingQuestion(asked_by=CITIZEN, question=SAID),),
    ),
    RegisterInitiative(
        initiative=OTHER_INITIATIVE,
        name=SAID,
        initiators=(CITIZEN,),
        municipality=ANTWERPEN,
        strengths=(SAID,),
        appetite=SAID,
    ),
    propose(PilotId(sample_id("pilot", 4)), OTHER_INITIATIVE),
    GiveConsent(pilot=PilotId(sample_id("pilot", 4)), initiator=CITIZEN),
    DecidePilot(
        pilot=PilotId(sample_id("pilot", 4)),
        decision=Decision.APPROVE,
        deciders=(LOCAL_GOVERNMENT,),
        motivation=SAID,
    ),
)

STORY: Final = tuple(
    Step(command, BEGIN + timedelta(days=7 * week)) for week, command in enumerate(_COMMANDS)
)
"""Each step happens, if those before it did; but for the last, which no co-creation precedes."""
