"""The contests of the town: one at least for each command, and for each refusal that guards it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

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
    refusals,
    support_requests,
    workshops,
)
from domain.commands import Command
from domain.facts import Fact, Recorded
from domain.refusals import Refusal
from domain.vocabulary import (
    ActorId,
    ActorKind,
    AmbitionId,
    ApproachId,
    BlueprintId,
    CoCreationId,
    Decimal,
    DocumentId,
    EnterpriseNumber,
    ExampleId,
    InitiativeId,
    LessonId,
    NisCode,
    NoteId,
    OutcomeId,
    Personal,
    PilotId,
    Position,
    ReflectionId,
    RequestId,
    SessionId,
    Thing,
    Track,
    VCode,
    WorkshopId,
)
from tests.domain.contest import ALREADY_SO, AT, DAY, HAPPENS, NEXT, Contest, contest, enabled
from tests.domain.dice import Step
from tests.domain.scenario import NOW
from tests.domain.story import ANTWERPEN, NAME, SAID, propose
from tests.domain.town import (
    CLOSED,
    CLUB,
    COLLEAGUE,
    EMPTY,
    GENT,
    HALLE,
    NEIGHBOUR,
    NO_STEP,
    NO_STRENGTH,
    ONE_SIDED,
    PLANNED,
    READY,
    RESTING,
    STRANGER,
    TROUPE,
    UNTRIAGED,
    UNTRODDEN,
    WRITTEN,
    asked,
    started,
    stated,
    the,
)
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
    recorded,
    sample_id,
)

# What is asked in several contests.


def merge(actor: ActorId, duplicate: ActorId) -> actors.MergeActors:
    return actors.MergeActors(actor=actor, duplicate=duplicate, reason=SAID)


def registered(**more: Any) -> actors.RegisterActor:
    new = ActorId(sample_id("actor", 90))
    return actors.RegisterActor(actor=new, kind=ActorKind.ASSOCIATION, name=NAME, **more)


def triaged(
    request: RequestId = REQUEST,
    starts_from: support_requests.StartsFrom = support_requests.StartsFrom.PEOPLE,
) -> Command:
    track = Track.INFORM
    return support_requests.TriageSupportRequest(
        request=request, track=track, starts_from=starts_from, reason=SAID
    )


def decided(
    pilot: PilotId, decision: pilots.Decision, ends_on: date | None = None
) -> pilots.DecidePilot:
    return pilots.DecidePilot(
        pilot=pilot,
        decision=decision,
        deciders=(LOCAL_GOVERNMENT,),
        motivation=SAID,
        ends_on=ends_on,
    )


def step_of(who: ActorId, cocreation: CoCreationId = COCREATION) -> co_creation.TakeCoCreationStep:
    return co_creation.TakeCoCreationStep(
        cocreation=cocreation,
        step=co_creation.StepKind.TEST,
        contributions=(co_creation.Contribution(contributor=who, contribution=SAID),),
        result=SAID,
    )


def joined(who: ActorId, role: initiatives.Role) -> initiatives.JoinInitiative:
    return initiatives.JoinInitiative(initiative=INITIATIVE, participant=who, role=role)


def left(who: ActorId, initiative: InitiativeId = INITIATIVE) -> initiatives.LeaveInitiative:
    return initiatives.LeaveInitiative(initiative=initiative, participant=who)


def answered(answer: workshops.Answer, who: ActorId) -> workshops.AnswerApproach:
    return workshops.AnswerApproach(
        approach=APPROACH, workshop=WORKSHOP, answer=answer, answered_by=who, reason=SAID
    )


def proposed(**changes: Any) -> pilots.ProposePilot:
    return replace(propose(PilotId(sample_id("pilot", 90))), **changes)


def observed(pilot: PilotId = PILOT) -> pilots.RecordObservation:
    return pilots.RecordObservation(pilot=pilot, indicator=SAID, value=Decimal("14"), unit=SAID)


def adopted(municipality: Any) -> municipalities.AdoptPolicyPlan:
    return municipalities.AdoptPolicyPlan(
        municipality=municipality,
        title=SAID,
        adopted_on=date(2019, 11, 4),
        starts_on=date(2020, 1, 1),
        ends_on=date(2025, 12, 31),
    )


def role(
    municipality: Any, chosen: engagements.MunicipalRole = engagements.MunicipalRole.LINKER
) -> engagements.ChooseMunicipalRole:
    return engagements.ChooseMunicipalRole(municipality=municipality, role=chosen, reason=SAID)


def correct(event: Recorded, *, to: datetime | None = None, **changes: Any) -> records.CorrectEvent:
    """With other fields, or moved to another moment."""
    becomes: Any = replace(event.fact, **changes)
    return records.CorrectEvent(
        position=Position(event.position),
        becomes=becomes,
        happened_at=to or event.occurred_at,
        reason=SAID,
        read_at=Position(event.position),
        changes=tuple(changes),
    )


def correct_next() -> records.CorrectEvent:
    """Correct what `observed` makes happen, if it is what happens first."""
    fact = pilots.PilotObservationRecorded(
        pilot=PILOT,
        initiative=INITIATIVE,
        municipality=ANTWERPEN,
        indicator=SAID,
        value=Decimal("14"),
        unit=SAID,
    )
    return correct(recorded(fact, NEXT, occurred_at=AT), value=Decimal("15"))


def outdated(then: Command, beginning: type[Fact], thing: str) -> Contest:
    """Of somebody who dates it right after a beginning, which is moved to a later day."""
    began = the(beginning, thing)
    moved = correct(began, to=began.occurred_at + 3 * DAY)
    return contest(Step(then, began.occurred_at + DAY), refusals.DatedBefore, moved)


KRUIBEKE: Final = NisCode("46013")
"""Since 2025 part of the one below."""
BEVEREN: Final = NisCode("46030")
MERGED: Final = merge(STRANGER, NEIGHBOUR)
CLOSE: Final = support_requests.CloseSupportRequest(
    request=REQUEST, outcome=support_requests.Outcome.HELPED
)
DECLINE: Final = support_requests.DeclineSupportRequest(request=REQUEST, reason=SAID)
ANSWERED: Final = support_requests.AnswerSupportRequest(request=REQUEST, answer=SAID)
FOR_PEOPLE: Final = triaged(starts_from=support_requests.StartsFrom.OTHERS)
NOT_TOLD: Final = examples.WithdrawExample(example=EXAMPLE, reason=SAID)
SESSION_HELD: Final = info_sessions.ReportInfoSession(session=SESSION, attendance=())
SESSION_OFF: Final = info_sessions.CancelInfoSession(session=SESSION, reason=SAID)
WORKSHOP_HELD: Final = workshops.ReportWorkshop(
    workshop=PLANNED, participants=(CITIZEN,), attendance=3
)
WORKSHOP_OFF: Final = workshops.CancelWorkshop(workshop=PLANNED, reason=SAID)
RESTED: Final = initiatives.RestInitiative(initiative=INITIATIVE, reason=SAID)
ENDED: Final = initiatives.EndInitiative(initiative=INITIATIVE, lives_on=SAID)
CONCLUDED: Final = co_creation.ConcludeCoCreation(cocreation=COCREATION, result=SAID)
LINKED: Final = initiatives.LinkInitiatives(initiative=INITIATIVE, other=OTHER_INITIATIVE, how=SAID)
LINKED_BACK: Final = initiatives.LinkInitiatives(
    initiative=OTHER_INITIATIVE, other=INITIATIVE, how=SAID
)
APPROVED: Final = decided(READY, pilots.Decision.APPROVE)
NO_CONSENT: Final = pilots.WithdrawConsent(pilot=READY, initiator=CITIZEN)
GENT_ENGAGED: Final = engagements.EngageMunicipality(
    municipality=GENT, purpose=SAID, agreed_by=(NEIGHBOUR,)
)

CONTESTS: Final = (
    # About what is to happen next, so before everything else.
    enabled(
        pilots.LearnLesson(
            lesson=LessonId(sample_id("lesson", 90)), pilot=PILOT, learnt=SAID, evidence=(NEXT,)
        ),
        pilots.UnknownEvidence,
        observed(),
    ),
    enabled(correct_next(), records.NoSuchEvent, observed()),
    # Actors.
    contest(registered(vcode=VCode("V0009999")), actors.NumberTaken, wins=1, over="a VCode"),
    contest(
        registered(enterprise_number=EnterpriseNumber("0403019261")),
        actors.NumberTaken,
        wins=1,
        over="an enterprise number",
    ),
    contest(
        actors.RegisterActor(
            actor=ActorId(sample_id("actor", 90)),
            kind=ActorKind.LOCAL_GOVERNMENT,
            name=NAME,
            nis=GENT,
        ),
        actors.NumberTaken,
        wins=1,
        over="a municipality",
    ),
    contest(
        actors.ChangeActorDetails(actor=NEIGHBOUR, phone=Personal("+32 2 000 00 01")),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(MERGED, actors.ActorIsMerged, merge(NEIGHBOUR, STRANGER), wins=1),
    contest(merge(ASSOCIATION, CLUB), actors.NumbersDiffer, merge(ASSOCIATION, TROUPE), wins=1),
    contest(MERGED, HAPPENS, joined(NEIGHBOUR, initiatives.Role.VOLUNTEER)),
    # Support requests.
    contest(
        replace(asked(RequestId(sample_id("request", 90))), asked_by=NEIGHBOUR),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(triaged(), support_requests.RequestNotOpen, CLOSE),
    contest(
        support_requests.AssignSupportRequest(request=REQUEST, assignee=NETWORK_MEMBER),
        support_requests.RequestNotOpen,
        support_requests.WithdrawSupportRequest(request=REQUEST),
    ),
    contest(
        support_requests.HandleSupportRequest(
            request=REQUEST, activity=SAID, handled_by=NETWORK_MEMBER
        ),
        support_requests.RequestNotOpen,
        DECLINE,
    ),
    contest(
        support_requests.LinkSupportRequest(request=REQUEST, initiative=INITIATIVE),
        support_requests.StartsFromOthers,
        FOR_PEOPLE,
    ),
    contest(ANSWERED, support_requests.StartsFromOthers, FOR_PEOPLE),
    contest(CLOSE, support_requests.StartsFromOthers, FOR_PEOPLE),
    contest(replace(ANSWERED, examples=(EXAMPLE,)), examples.NotInTheCatalogue, NOT_TOLD),
    enabled(
        replace(ANSWERED, request=UNTRIAGED),
        support_requests.RequestNotTriaged,
        triaged(UNTRIAGED),
    ),
    contest(ANSWERED, refusals.DatedBefore, Step(triaged(), AT + DAY)),
    contest(DECLINE, support_requests.RequestNotOpen, CLOSE, wins=1),
    contest(
        support_requests.WithdrawSupportRequest(request=REQUEST),
        support_requests.RequestNotOpen,
        DECLINE,
        wins=1,
    ),
    contest(
        support_requests.ReopenSupportRequest(request=CLOSED, reason=SAID),
        support_requests.RequestStillOpen,
        wins=1,
    ),
    # Info sessions.
    contest(
        info_sessions.PlanInfoSession(
            session=SessionId(sample_id("session", 90)),
            title=SAID,
            municipality=ANTWERPEN,
            planned_at=AT,
            hosts=(NEIGHBOUR,),
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(
        info_sessions.RescheduleInfoSession(session=SESSION, planned_at=AT),
        info_sessions.SessionNotPlanned,
        SESSION_OFF,
    ),
    contest(SESSION_HELD, info_sessions.SessionNotPlanned, SESSION_OFF, wins=1),
    contest(SESSION_OFF, info_sessions.SessionNotPlanned, SESSION_HELD, wins=1),
    contest(replace(SESSION_HELD, examples=(EXAMPLE,)), examples.NotInTheCatalogue, NOT_TOLD),
    # Examples.
    contest(
        examples.PublishExample(
            example=ExampleId(sample_id("example", 90)),
            kind=examples.ExampleKind.TESTIMONY,
            title=SAID,
            summary=SAID,
            told_by=NEIGHBOUR,
            agreed_on=date(2025, 6, 1),
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(
        examples.ReviseExample(example=EXAMPLE, title=SAID), examples.NotInTheCatalogue, NOT_TOLD
    ),
    contest(NOT_TOLD, ALREADY_SO, wins=1),
    outdated(NOT_TOLD, examples.ExamplePublished, EXAMPLE),
    # Initiatives.
    contest(
        replace(started(InitiativeId(sample_id("initiative", 90))), initiators=(NEIGHBOUR,)),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(
        initiatives.DescribeInitiative(initiative=INITIATIVE, appetite=SAID),
        initiatives.InitiativeNotActive,
        ENDED,
    ),
    contest(joined(NEIGHBOUR, initiatives.Role.VOLUNTEER), initiatives.InitiativeNotActive, RESTED),
    contest(joined(NEIGHBOUR, initiatives.Role.VOLUNTEER), ALREADY_SO, wins=1),
    contest(left(PROFESSIONAL), initiatives.TakesNoPart, wins=1),
    contest(
        initiatives.IdentifyStrength(initiative=INITIATIVE, strength=SAID),
        initiatives.InitiativeNotActive,
        RESTED,
    ),
    contest(
        initiatives.AssessOrientation(
            initiative=INITIATIVE,
            strength_based=3,
            network_strengthening=4,
            reason=SAID,
            assessed_by=NETWORK_MEMBER,
        ),
        initiatives.InitiativeNotActive,
        ENDED,
    ),
    contest(LINKED, ALREADY_SO, LINKED_BACK, wins=1),
    contest(LINKED, initiatives.InitiativeNotActive, RESTED),
    contest(RESTED, initiatives.InitiativeNotActive, wins=1),
    contest(
        initiatives.ResumeInitiative(initiative=RESTING), initiatives.InitiativeNotResting, wins=1
    ),
    contest(
        initiatives.ResumeInitiative(initiative=RESTING),
        initiatives.InitiativeNotResting,
        replace(ENDED, initiative=RESTING),
    ),
    contest(ENDED, initiatives.InitiativeNotActive, wins=1),
    # Workshops.
    contest(
        workshops.PlanWorkshop(
            workshop=WorkshopId(sample_id("workshop", 90)),
            title=SAID,
            initiatives=(INITIATIVE,),
            municipality=ANTWERPEN,
            planned_at=AT,
            questions=(workshops.StartingQuestion(asked_by=PROFESSIONAL, question=SAID),),
        ),
        initiatives.TakesNoPart,
        left(PROFESSIONAL),
    ),
    contest(
        workshops.RescheduleWorkshop(workshop=PLANNED, planned_at=AT),
        workshops.WorkshopNotPlanned,
        WORKSHOP_OFF,
    ),
    contest(WORKSHOP_HELD, workshops.WorkshopNotPlanned, WORKSHOP_OFF, wins=1),
    contest(WORKSHOP_OFF, workshops.WorkshopNotPlanned, WORKSHOP_HELD, wins=1),
    contest(
        workshops.RecordInsight(workshop=WORKSHOP, insight=SAID, voiced_by=NEIGHBOUR),
        actors.ActorIsMerged,
        MERGED,
    ),
    enabled(
        workshops.RecordInsight(workshop=PLANNED, insight=SAID),
        workshops.WorkshopNotHeld,
        WORKSHOP_HELD,
    ),
    contest(
        workshops.HandOverTool(workshop=WORKSHOP, tool=SAID, received_by=(NEIGHBOUR,)),
        actors.ActorIsMerged,
        MERGED,
    ),
    outdated(
        workshops.ProposeApproach(
            approach=ApproachId(sample_id("approach", 90)),
            workshop=WORKSHOP,
            initiative=INITIATIVE,
            proposal=SAID,
        ),
        workshops.WorkshopHeld,
        WORKSHOP,
    ),
    contest(
        answered(workshops.Answer.TAKEN_UP, CITIZEN),
        workshops.ApproachAnswered,
        answered(workshops.Answer.SET_ASIDE, CITIZEN),
        wins=1,
    ),
    contest(
        answered(workshops.Answer.TAKEN_UP, PROFESSIONAL),
        initiatives.TakesNoPart,
        left(PROFESSIONAL),
    ),
    # Co-creation.
    contest(
        co_creation.StartCoCreation(
            cocreation=CoCreationId(sample_id("cocreation", 90)),
            initiatives=(INITIATIVE,),
            challenge=SAID,
            participants=(NEIGHBOUR,),
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(step_of(CITIZEN), co_creation.CoCreationEnded, CONCLUDED),
    contest(step_of(PROFESSIONAL), initiatives.TakesNoPart, left(PROFESSIONAL)),
    contest(CONCLUDED, co_creation.CoCreationEnded, wins=1),
    # Municipalities.
    contest(adopted(GENT), ALREADY_SO, wins=1),
    enabled(
        municipalities.AgreePartnership(municipality=BEVEREN, purpose=SAID),
        municipalities.NoPolicyPlan,
        Step(adopted(KRUIBEKE), AT - 365 * DAY),
        over="the plan of a predecessor",
    ),
    enabled(
        municipalities.AgreePartnership(municipality=GENT, purpose=SAID),
        municipalities.NoPolicyPlan,
        adopted(GENT),
    ),
    contest(
        municipalities.AgreePartnership(
            municipality=ANTWERPEN, purpose=SAID, agreed_by=(NEIGHBOUR,)
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(GENT_ENGAGED, actors.ActorIsMerged, MERGED),
    contest(GENT_ENGAGED, ALREADY_SO, wins=1),
    contest(
        engagements.IdentifyLocalNeed(municipality=GENT, need=SAID, identified_by=NEIGHBOUR),
        actors.ActorIsMerged,
        MERGED,
    ),
    enabled(role(GENT), engagements.MunicipalityNotEngaged, GENT_ENGAGED),
    enabled(
        role(HALLE, engagements.MunicipalRole.PARTNER), municipalities.NoPolicyPlan, adopted(HALLE)
    ),
    outdated(role(ANTWERPEN), engagements.MunicipalityEngaged, f"nis:{ANTWERPEN}"),
    contest(
        engagements.IdentifyLocalPerson(
            municipality=GENT, person=NEIGHBOUR, activity=SAID, agreed_on=date(2025, 6, 1)
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    enabled(
        engagements.AgreeApproach(municipality=GENT, approach=SAID),
        engagements.MunicipalityNotEngaged,
        GENT_ENGAGED,
    ),
    contest(
        engagements.AgreeApproach(municipality=ANTWERPEN, approach=SAID, agreed_by=(NEIGHBOUR,)),
        actors.ActorIsMerged,
        MERGED,
    ),
    # Pilots.
    contest(proposed(), initiatives.InitiativeNotActive, ENDED),
    contest(
        proposed(initiative=OTHER_INITIATIVE), pilots.NoInitiator, left(CITIZEN, OTHER_INITIATIVE)
    ),
    enabled(
        proposed(initiative=NO_STRENGTH),
        pilots.NoStrengthOrAppetite,
        initiatives.IdentifyStrength(initiative=NO_STRENGTH, strength=SAID),
    ),
    enabled(proposed(municipality=GENT), municipalities.NoPolicyPlan, adopted(GENT)),
    contest(pilots.GiveConsent(pilot=OTHER_PILOT, initiator=CITIZEN), ALREADY_SO, wins=1),
    contest(
        pilots.GiveConsent(pilot=OTHER_PILOT, initiator=CITIZEN),
        pilots.NotAnInitiator,
        left(CITIZEN),
    ),
    contest(
        pilots.GiveConsent(pilot=OTHER_PILOT, initiator=CITIZEN),
        pilots.NotAllowedNow,
        decided(OTHER_PILOT, pilots.Decision.REJECT),
    ),
    contest(NO_CONSENT, ALREADY_SO, wins=1),
    contest(NO_CONSENT, refusals.DatedBefore, Step(APPROVED, AT + DAY)),
    contest(APPROVED, pilots.NotAllowedNow, decided(READY, pilots.Decision.REJECT), wins=1),
    contest(APPROVED, pilots.ConsentMissing, NO_CONSENT),
    contest(APPROVED, pilots.ConsentMissing, joined(NEIGHBOUR, initiatives.Role.INITIATOR)),
    contest(APPROVED, initiatives.InitiativeNotActive, RESTED),
    enabled(
        decided(NO_STEP, pilots.Decision.APPROVE),
        pilots.NoCoCreationStep,
        step_of(CITIZEN, UNTRODDEN),
    ),
    contest(
        decided(PILOT, pilots.Decision.EXTEND, date(2022, 6, 1)),
        pilots.NotLonger,
        decided(PILOT, pilots.Decision.EXTEND, date(2023, 6, 1)),
    ),
    outdated(observed(OTHER_PILOT), pilots.PilotProposed, OTHER_PILOT),
    contest(
        pilots.LearnLesson(
            lesson=LessonId(sample_id("lesson", 90)),
            pilot=PILOT,
            learnt=SAID,
            evidence=(Position(the(pilots.PilotProposed, PILOT).position),),
            learnt_by=(NEIGHBOUR,),
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    # Outcomes.
    contest(
        outcomes.HarvestOutcome(
            outcome=OutcomeId(sample_id("outcome", 90)),
            pilot=PILOT,
            description=SAID,
            significance=SAID,
            contribution=SAID,
            sources=(SAID,),
            harvested_by=NEIGHBOUR,
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(
        outcomes.VerifyOutcome(
            pilot=PILOT, outcome=OUTCOME, verified_by=STRANGER, verdict=outcomes.Verdict.CONFIRMED
        ),
        outcomes.NotIndependent,
        joined(STRANGER, initiatives.Role.VOLUNTEER),
    ),
    # Blueprints.
    outdated(stated(BLUEPRINT, LESSON), blueprints.BlueprintDrafted, BLUEPRINT),
    enabled(
        blueprints.PublishBlueprint(blueprint=EMPTY),
        blueprints.NothingToPublish,
        stated(EMPTY, LESSON, OTHER_LESSON),
    ),
    enabled(
        blueprints.PublishBlueprint(blueprint=ONE_SIDED),
        blueprints.LessonsOfOnePilot,
        stated(ONE_SIDED, OTHER_LESSON),
    ),
    contest(blueprints.PublishBlueprint(blueprint=WRITTEN), ALREADY_SO, wins=1),
    # Professionals.
    contest(
        professionals.ReflectOnRole(
            reflection=ReflectionId(sample_id("reflection", 90)),
            professional=COLLEAGUE,
            mandate=SAID,
            role=SAID,
            view=SAID,
            approach=SAID,
        ),
        actors.ActorIsMerged,
        merge(PROFESSIONAL, COLLEAGUE),
    ),
    contest(
        professionals.MakeBridge(
            initiative=INITIATIVE, professional=PROFESSIONAL, how=SAID, people=2
        ),
        initiatives.InitiativeNotActive,
        ENDED,
    ),
    # Notes, documents and corrections.
    contest(
        notes.AddNote(
            note=NoteId(sample_id("note", 90)),
            about=Thing(NEIGHBOUR),
            text=SAID,
            visibility=notes.NoteFor.INTERNAL,
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(
        documents.AttachDocument(
            document=DocumentId(sample_id("document", 90)),
            about=Thing(NEIGHBOUR),
            name=SAID,
            media_type="text/plain",
            size=1,
            sha256="00",
        ),
        actors.ActorIsMerged,
        MERGED,
    ),
    contest(
        correct(the(pilots.PilotProposed, PILOT), aim=SAID, title=NAME),
        records.CorrectedMeanwhile,
        wins=1,
    ),
    contest(
        Step(
            correct(the(support_requests.SupportRequestTriaged, REQUEST), to=AT + DAY), AT + 2 * DAY
        ),
        records.OrderWouldChange,
        ANSWERED,
    ),
)

AMBITION: Final = ambitions.SetAmbition(
    ambition=AmbitionId(sample_id("ambition", 90)),
    statement=SAID,
    counted=ambitions.Counted.PILOTS,
    target=30,
    by=date(2030, 1, 1),
)
DRAFT: Final = blueprints.DraftBlueprint(
    blueprint=BlueprintId(sample_id("blueprint", 90)), title=SAID, about=SAID
)
WRONG: Final[tuple[tuple[Step, Step, type[Refusal]], ...]] = (
    (
        Step(adopted(GENT), AT),
        Step(replace(adopted(GENT), ends_on=date(2019, 12, 31)), AT),
        municipalities.PlanEndsBeforeItStarts,
    ),
    (Step(AMBITION, AT), Step(replace(AMBITION, target=0), AT), ambitions.NothingAimedAt),
    (Step(DRAFT, AT), Step(DRAFT, NOW + DAY), refusals.InTheFuture),
)
"""Commands in the way of which nothing in the town can stand: right, wrong, and what refuses it."""

UNCONTESTED: Final[Mapping[str, frozenset[type[Refusal]]]] = {
    "what is said is enough": frozenset(
        {
            refusals.InTheFuture,
            refusals.NamedTwice,
            refusals.NoSuchMunicipalityThen,
            actors.MergedWithItself,
            ambitions.NothingAimedAt,
            ambitions.AlreadyPast,
            blueprints.NoLessonCited,
            co_creation.NoContribution,
            engagements.PersonHasNotAgreed,
            examples.TellerHasNotAgreed,
            initiatives.NobodyStartsIt,
            initiatives.LinkedToItself,
            initiatives.NotOnTheScale,
            municipalities.PlanEndsBeforeItStarts,
            municipalities.PartnershipTooEarly,
            outcomes.NoSource,
            pilots.PilotEndsBeforeItStarts,
            pilots.NoMotivation,
            pilots.NoDecider,
            pilots.OnlyExtensionMovesTheEnd,
            pilots.NoEvidence,
            professionals.NobodyBrought,
            workshops.NoInitiative,
            workshops.NoStartingQuestion,
        }
    ),
    "an actor stays of its kind: no fact and no correction changes it": frozenset(
        {
            actors.DetailsDoNotFit,
            actors.KindsDiffer,
            initiatives.NotStartedByCitizens,
            pilots.NotAPartner,
            professionals.NotAProfessional,
        }
    ),
    "a fact keeps the things it names, and its fixed fields": frozenset(
        {workshops.NotInThisWorkshop, records.CorrectionGoesTooFar}
    ),
}
"""Refusals over which nobody can be faster, by the reason."""
