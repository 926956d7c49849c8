"""Sample facts: one story that holds every type of fact once, the source for all tests.

Everybody and everything in it is invented. `STORY` is the log of it; `SAMPLES` finds a fact by
its type. A few things (the other initiative, what was cancelled) come in without their beginning.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from domain.actors import ActorDetailsChanged, ActorRegistered, ActorsMerged, Sector
from domain.ambitions import AmbitionSet, Counted
from domain.blueprints import BlueprintDrafted, BlueprintPublished, BlueprintStatementAdded
from domain.co_creation import (
    CoCreationConcluded,
    CoCreationStarted,
    CoCreationStepTaken,
    Contribution,
    StepKind,
)
from domain.documents import DocumentAttached
from domain.engagements import (
    ApproachAgreed,
    LocalNeedIdentified,
    LocalPersonIdentified,
    MunicipalityEngaged,
    MunicipalRole,
    MunicipalRoleChosen,
)
from domain.examples import ExampleKind, ExamplePublished, ExampleRevised, ExampleWithdrawn
from domain.facts import Fact, Recorded
from domain.info_sessions import (
    Attendance,
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
    Role,
    StrengthIdentified,
)
from domain.municipalities import PartnershipAgreed, PolicyPlanAdopted
from domain.notes import NoteAdded, NoteFor
from domain.outcomes import OutcomeHarvested, OutcomeVerified, Verdict
from domain.pilots import (
    Decision,
    LessonLearned,
    PilotConsentGiven,
    PilotConsentWithdrawn,
    PilotDecided,
    PilotObservationRecorded,
    PilotProposed,
)
from domain.professionals import BridgeMade, ProfessionalRoleReflected
from domain.records import EventCorrected
from domain.support_requests import (
    Channel,
    Outcome,
    StartsFrom,
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
from domain.vocabulary import (
    ActorId,
    ActorKind,
    AmbitionId,
    ApproachId,
    Audience,
    BlueprintId,
    CoCreationId,
    Decimal,
    DocumentId,
    EnterpriseNumber,
    ExampleId,
    InitiativeId,
    LessonId,
    Narrative,
    NisCode,
    NoteId,
    OutcomeId,
    Personal,
    PilotId,
    Position,
    Reference,
    ReflectionId,
    RequestId,
    SessionId,
    Theme,
    Thing,
    Track,
    UserId,
    VCode,
    WorkshopId,
)
from domain.workshops import (
    InsightRecorded,
    RenewedApproachProposed,
    RenewedApproachSetAside,
    RenewedApproachTakenUp,
    StartingQuestion,
    ToolHandedOver,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopPlanned,
    WorkshopRescheduled,
)


def sample_id(prefix: str, number: int) -> str:
    """An id of the right form, the same in every run."""
    return f"{prefix}_01h455vb4pex5vsknk084sn{number:03}"


CITIZEN: Final = ActorId(sample_id("actor", 1))
ASSOCIATION: Final = ActorId(sample_id("actor", 2))
LOCAL_GOVERNMENT: Final = ActorId(sample_id("actor", 3))
PROFESSIONAL: Final = ActorId(sample_id("actor", 4))
NETWORK_MEMBER: Final = ActorId(sample_id("actor", 5))
DUPLICATE: Final = ActorId(sample_id("actor", 7))
VERIFIER: Final = ActorId(sample_id("actor", 6))
"""Comes in without a registration, as does the duplicate."""
REQUEST: Final = RequestId(sample_id("request", 1))
DECLINED_REQUEST: Final = RequestId(sample_id("request", 2))
WITHDRAWN_REQUEST: Final = RequestId(sample_id("request", 3))
SESSION: Final = SessionId(sample_id("session", 1))
CANCELLED_SESSION: Final = SessionId(sample_id("session", 2))
EXAMPLE: Final = ExampleId(sample_id("example", 1))
INITIATIVE: Final = InitiativeId(sample_id("initiative", 1))
OTHER_INITIATIVE: Final = InitiativeId(sample_id("initiative", 2))
WORKSHOP: Final = WorkshopId(sample_id("workshop", 1))
CANCELLED_WORKSHOP: Final = WorkshopId(sample_id("workshop", 2))
APPROACH: Final = ApproachId(sample_id("approach", 1))
OTHER_APPROACH: Final = ApproachId(sample_id("approach", 2))
COCREATION: Final = CoCreationId(sample_id("cocreation", 1))
PILOT: Final = PilotId(sample_id("pilot", 1))
OTHER_PILOT: Final = PilotId(sample_id("pilot", 2))
LESSON: Final = LessonId(sample_id("lesson", 1))
OTHER_LESSON: Final = LessonId(sample_id("lesson", 2))
BLUEPRINT: Final = BlueprintId(sample_id("blueprint", 1))
AMBITION: Final = AmbitionId(sample_id("ambition", 1))
NOTE: Final = NoteId(sample_id("note", 1))
DOCUMENT: Final = DocumentId(sample_id("document", 1))
OUTCOME: Final = OutcomeId(sample_id("outcome", 1))
REFLECTION: Final = ReflectionId(sample_id("reflection", 1))
COORDINATOR: Final = UserId("user_01h455vb4pex5vsknk084sn001")
MUNICIPALITY: Final = NisCode("11001")
REFERENCE: Final = Reference("2024/017")
VCODE: Final = VCode("V0001001")
ENTERPRISE_NUMBER: Final = EnterpriseNumber("0123456749")

START: Final = datetime(2024, 1, 8, 9, tzinfo=UTC)
"""When the story begins; each next event happens a day later."""


def about_example(example: ExampleId = EXAMPLE) -> dict[str, Any]:
    return {
        "example": example,
        "municipality": MUNICIPALITY,
        "initiative": INITIATIVE,
        "told_by": CITIZEN,
    }


def about_request(request: RequestId = REQUEST) -> dict[str, Any]:
    return {"request": request, "asked_by": CITIZEN, "municipality": MUNICIPALITY}


def about_workshop(workshop: WorkshopId = WORKSHOP) -> dict[str, Any]:
    return {"workshop": workshop, "initiatives": (INITIATIVE,), "municipality": MUNICIPALITY}


def about_pilot(pilot: PilotId = PILOT) -> dict[str, Any]:
    return {"pilot": pilot, "initiative": INITIATIVE, "municipality": MUNICIPALITY}


SESSION_PLANNED: Final = InfoSessionPlanned(
    session=SESSION,
    title=Narrative("Wat beweegt er al in de wijk?"),
    municipality=MUNICIPALITY,
    planned_at=datetime(2024, 2, 1, 18, 30, tzinfo=UTC),
    hosts=(NETWORK_MEMBER,),
    reference=REFERENCE,
)

ACTORS: Final[tuple[Fact, ...]] = (
    ActorRegistered(
        actor=CITIZEN,
        kind=ActorKind.CITIZEN,
        name=Personal("Burger Voorbeeld"),
        email=Personal("burger@example.org"),
        phone=Personal("+32 2 000 00 01"),
        reference=REFERENCE,
    ),
    ActorRegistered(
        actor=ASSOCIATION,
        kind=ActorKind.ASSOCIATION,
        name=Personal("Vereniging Voorbeeld"),
        vcode=VCODE,
        enterprise_number=ENTERPRISE_NUMBER,
    ),
    ActorRegistered(
        actor=LOCAL_GOVERNMENT,
        kind=ActorKind.LOCAL_GOVERNMENT,
        name=Personal("Bestuur Voorbeeld"),
        nis=MUNICIPALITY,
        policy_maker=Personal("Schepen Voorbeeld"),
        policy_staff=Personal("Beleidsmedewerker Voorbeeld"),
    ),
    ActorRegistered(
        actor=PROFESSIONAL,
        kind=ActorKind.PROFESSIONAL,
        name=Personal("Professional Voorbeeld"),
        organisation=Personal("Organisatie Voorbeeld"),
        sector=Sector.WELFARE,
        mandate=Narrative("Buurtwerk in twee wijken."),
    ),
    ActorRegistered(
        actor=NETWORK_MEMBER, kind=ActorKind.NETWORK_MEMBER, name=Personal("Netwerker Voorbeeld")
    ),
    ActorDetailsChanged(
        actor=PROFESSIONAL,
        email=Personal("professional@example.org"),
        mandate=Narrative("Buurtwerk in drie wijken."),
    ),
)

INFORM: Final[tuple[Fact, ...]] = (
    SupportRequestReceived(
        **about_request(),
        audience=Audience.CITIZENS,
        question=Narrative("Hoe houden we onze buurttuin levendig?"),
        channel=Channel.EMAIL,
        due_on=date(2024, 2, 15),
        reference=REFERENCE,
    ),
    SupportRequestTriaged(
        **about_request(),
        track=Track.INSPIRE,
        starts_from=StartsFrom.PEOPLE,
        reason=Narrative("Ze willen anderen erbij betrekken."),
    ),
    SupportRequestAssigned(**about_request(), assignee=NETWORK_MEMBER),
    SupportRequestHandled(
        **about_request(), activity=Narrative("Op bezoek geweest."), handled_by=NETWORK_MEMBER
    ),
    SupportRequestDeclined(
        **about_request(DECLINED_REQUEST),
        reason=Narrative("De vraag komt niet van de mensen zelf."),
    ),
    SupportRequestWithdrawn(
        **about_request(WITHDRAWN_REQUEST),
        reason=Narrative("Ze vonden zelf een weg."),
    ),
    SESSION_PLANNED,
    InfoSessionHeld(
        session=SESSION,
        municipality=MUNICIPALITY,
        attendance=(
            Attendance(audience=Audience.CITIZENS, people=18),
            Attendance(audience=Audience.PROFESSIONALS, people=4),
        ),
        participants=(CITIZEN, PROFESSIONAL),
        questions=(Narrative("Wat bestaat er al?"),),
        examples_told=(Narrative("Een tuin die een straat samenbracht."),),
    ),
    InfoSessionCancelled(
        session=CANCELLED_SESSION,
        municipality=MUNICIPALITY,
        reason=Narrative("De zaal is niet vrij."),
    ),
)

GROWTH: Final[tuple[Fact, ...]] = (
    InitiativeRegistered(
        initiative=INITIATIVE,
        name=Narrative("Buurttuin Voorbeeld"),
        initiators=(CITIZEN, ASSOCIATION),
        municipality=MUNICIPALITY,
        neighbourhood=Narrative("Voorbeeldwijk"),
        themes=(Theme("groen"), Theme("ontmoeten")),
        strengths=(Narrative("Veel kennis van planten."),),
        appetite=Narrative("We willen elkaar leren kennen."),
        reference=REFERENCE,
    ),
    InitiativeDescribed(initiative=INITIATIVE, themes=(Theme("groen"), Theme("voeding"))),
    ParticipantJoined(initiative=INITIATIVE, participant=PROFESSIONAL, role=Role.PARTNER),
    StrengthIdentified(
        initiative=INITIATIVE,
        strength=Narrative("Een plek waar iedereen langskomt."),
        identified_by=CITIZEN,
    ),
    OrientationAssessed(
        initiative=INITIATIVE,
        strength_based=4,
        network_strengthening=3,
        reason=Narrative("Buren nemen zelf taken op."),
        assessed_by=NETWORK_MEMBER,
    ),
    InitiativesLinked(
        initiative=INITIATIVE, other=OTHER_INITIATIVE, how=Narrative("Ze delen gereedschap.")
    ),
    SupportRequestLinked(**about_request(), initiative=INITIATIVE),
    SupportRequestAnswered(**about_request(), answer=Narrative("Kom naar de workshop.")),
    SupportRequestClosed(
        **about_request(),
        outcome=Outcome.LIVES_ON,
        explanation=Narrative("In de workshop en wat erop volgt."),
    ),
    SupportRequestReopened(**about_request(), reason=Narrative("Er kwam een vraag bij.")),
)

INSPIRE: Final[tuple[Fact, ...]] = (
    WorkshopPlanned(
        **about_workshop(),
        title=Narrative("Van tuin naar netwerk"),
        planned_at=datetime(2024, 3, 3, 13, 0, tzinfo=UTC),
        participants=(CITIZEN, PROFESSIONAL),
        questions=(StartingQuestion(asked_by=CITIZEN, question=Narrative("Wie missen we nog?")),),
        reference=REFERENCE,
    ),
    WorkshopRescheduled(
        **about_workshop(),
        planned_at=datetime(2024, 4, 3, 12, 0, tzinfo=UTC),
        reason=Narrative("Het sneeuwde."),
    ),
    WorkshopHeld(**about_workshop(), participants=(CITIZEN, PROFESSIONAL), attendance=12),
    WorkshopCancelled(
        **about_workshop(CANCELLED_WORKSHOP),
        reason=Narrative("Te weinig inschrijvingen."),
    ),
    InsightRecorded(
        workshop=WORKSHOP,
        initiatives=(INITIATIVE,),
        insight=Narrative("Wie iets kan geven, komt terug."),
        voiced_by=CITIZEN,
    ),
    ToolHandedOver(
        workshop=WORKSHOP,
        initiatives=(INITIATIVE,),
        tool=Narrative("Een kaart van talenten."),
        received_by=(CITIZEN,),
    ),
    RenewedApproachProposed(
        workshop=WORKSHOP,
        initiative=INITIATIVE,
        approach=APPROACH,
        proposal=Narrative("Begin bij wat buren kunnen."),
    ),
    RenewedApproachTakenUp(
        workshop=WORKSHOP,
        initiative=INITIATIVE,
        approach=APPROACH,
        answered_by=CITIZEN,
        reason=Narrative("Het past bij ons."),
    ),
    RenewedApproachSetAside(
        workshop=WORKSHOP,
        initiative=INITIATIVE,
        approach=OTHER_APPROACH,
        answered_by=ASSOCIATION,
        reason=Narrative("Nu nog te vroeg."),
    ),
)

INNOVATE: Final[tuple[Fact, ...]] = (
    CoCreationStarted(
        cocreation=COCREATION,
        initiatives=(INITIATIVE,),
        challenge=Narrative("Een tuin waar ook stille buren hun plek vinden."),
        participants=(PROFESSIONAL,),
        reference=REFERENCE,
    ),
    CoCreationStepTaken(
        cocreation=COCREATION,
        initiatives=(INITIATIVE,),
        step=StepKind.PROTOTYPE,
        contributions=(
            Contribution(contributor=CITIZEN, contribution=Narrative("Bouwde een bank.")),
            Contribution(contributor=PROFESSIONAL, contribution=Narrative("Nodigde buren uit.")),
        ),
        result=Narrative("Een praatbank in de tuin."),
    ),
    CoCreationConcluded(
        cocreation=COCREATION,
        initiatives=(INITIATIVE,),
        result=Narrative("De praatbank blijft."),
    ),
    PolicyPlanAdopted(
        municipality=MUNICIPALITY,
        title=Narrative("Samen in de wijk"),
        adopted_on=date(2023, 12, 18),
        starts_on=date(2024, 1, 1),
        ends_on=date(2029, 12, 31),
    ),
    PartnershipAgreed(
        municipality=MUNICIPALITY,
        purpose=Narrative("Proeftuinen die bij bewoners beginnen."),
        agreed_by=(LOCAL_GOVERNMENT, NETWORK_MEMBER),
    ),
    PilotProposed(
        **about_pilot(),
        title=Narrative("Praatbanken"),
        hypothesis=Narrative("Wie samen zit, leert elkaar kennen."),
        aim=Narrative("Minder eenzaamheid in de wijk."),
        partners=(PROFESSIONAL, LOCAL_GOVERNMENT),
        starts_on=date(2024, 6, 1),
        ends_on=date(2025, 5, 31),
        reference=REFERENCE,
    ),
    PilotConsentGiven(pilot=PILOT, initiative=INITIATIVE, initiator=CITIZEN),
    PilotDecided(
        **about_pilot(),
        decision=Decision.APPROVE,
        deciders=(LOCAL_GOVERNMENT, NETWORK_MEMBER),
        motivation=Narrative("Het vertrekt van wat bewoners graag doen."),
        conditions=(Narrative("Na een half jaar kijken we samen terug."),),
        evidence=(Position(36),),
    ),
    PilotObservationRecorded(
        **about_pilot(),
        indicator=Narrative("Gesprekken"),
        value=Decimal("14.5"),
        unit=Narrative("per week"),
    ),
    LessonLearned(
        **about_pilot(),
        lesson=LESSON,
        learnt=Narrative("Een bank werkt als iemand ze onderhoudt."),
        evidence=(Position(43),),
        learnt_by=(CITIZEN,),
    ),
    PilotConsentWithdrawn(
        pilot=PILOT,
        initiative=INITIATIVE,
        initiator=CITIZEN,
        reason=Narrative("Het wordt te veel."),
    ),
)

ENDING: Final[tuple[Fact, ...]] = (
    ParticipantLeft(
        initiative=INITIATIVE, participant=PROFESSIONAL, reason=Narrative("Ander werk.")
    ),
    InitiativeRested(initiative=INITIATIVE, reason=Narrative("De winter.")),
    InitiativeResumed(initiative=INITIATIVE),
    InitiativeEnded(initiative=INITIATIVE, lives_on=Narrative("De buren doen verder zonder ons.")),
)

CATALOGUE: Final[tuple[Fact, ...]] = (
    ExamplePublished(
        **about_example(),
        kind=ExampleKind.STORY,
        title=Narrative("De tuin van de straat"),
        summary=Narrative("Buren legden samen een tuin aan, en één van hen een café."),
        themes=(Theme("groen"), Theme("ontmoeten")),
        agreed_on=date(2024, 3, 1),
        reference=REFERENCE,
    ),
    ExampleRevised(
        **about_example(),
        summary=Narrative("Buren legden samen een tuin aan, en openden een café."),
    ),
    InfoSessionRescheduled(
        session=CANCELLED_SESSION,
        municipality=MUNICIPALITY,
        planned_at=datetime(2024, 2, 8, 18, 30, tzinfo=UTC),
        reason=Narrative("De zaal is niet vrij."),
    ),
    ExampleWithdrawn(**about_example(), reason=Narrative("De verteller wil het niet langer.")),
)

ACTOR_MERGED: Final = ActorsMerged(
    actor=CITIZEN,
    duplicate=DUPLICATE,
    reason=Narrative("Tweemaal opgenomen."),
    formerly=(ActorId(sample_id("actor", 8)),),
    requests=(REQUEST,),
    initiatives=(INITIATIVE,),
    cocreations=(COCREATION,),
    pilots=(PILOT,),
)

LOCALLY: Final[tuple[Fact, ...]] = (
    MunicipalityEngaged(
        municipality=MUNICIPALITY,
        purpose=Narrative("Zien wat er al beweegt."),
        agreed_by=(LOCAL_GOVERNMENT, NETWORK_MEMBER),
    ),
    LocalNeedIdentified(
        municipality=MUNICIPALITY,
        need=Narrative("Nieuwe buren vinden de weg niet."),
        situation=Narrative("In de straten achter het station kent niemand elkaar."),
        themes=(Theme("ontmoeten"),),
        identified_by=LOCAL_GOVERNMENT,
    ),
    MunicipalRoleChosen(
        municipality=MUNICIPALITY,
        role=MunicipalRole.LINKER,
        reason=Narrative("De initiatieven kennen elkaar nog niet."),
    ),
    LocalPersonIdentified(
        municipality=MUNICIPALITY,
        person=CITIZEN,
        activity=Narrative("Brengt de straat samen."),
        agreed_on=date(2024, 2, 12),
    ),
    ApproachAgreed(
        municipality=MUNICIPALITY,
        approach=Narrative("Eerst langs wie al iets doet."),
        to_get_started=(Narrative("Een halve dag per week."),),
        agreed_by=(LOCAL_GOVERNMENT,),
    ),
    ProfessionalRoleReflected(
        reflection=REFLECTION,
        professional=PROFESSIONAL,
        municipality=MUNICIPALITY,
        mandate=Narrative("Buurtwerk in drie wijken."),
        role=Narrative("Mensen samenbrengen en me dan terugtrekken."),
        view=Narrative("Buren doen het niet in mijn plaats."),
        approach=Narrative("Vertrekken van wat iemand graag doet."),
        needs=(Narrative("Tijd zonder agenda."),),
        reference=REFERENCE,
    ),
    BridgeMade(
        initiative=INITIATIVE,
        professional=PROFESSIONAL,
        how=Narrative("Samen naar de tuin gegaan."),
        people=3,
    ),
)

LEARNING: Final[tuple[Fact, ...]] = (
    OutcomeHarvested(
        **about_pilot(),
        outcome=OUTCOME,
        description=Narrative("Sinds juni zorgen vier buren om beurten voor de bank."),
        significance=Narrative("Ze wachten niet meer op de stad."),
        contribution=Narrative("De proeftuin bracht hen bij elkaar."),
        sources=(Narrative("Gesprek met drie van hen."),),
        harvested_by=NETWORK_MEMBER,
    ),
    OutcomeVerified(
        **about_pilot(),
        outcome=OUTCOME,
        verified_by=VERIFIER,
        verdict=Verdict.CONFIRMED,
        note=Narrative("Tweemaal gaan kijken."),
    ),
    AmbitionSet(
        ambition=AMBITION,
        statement=Narrative("Dertig gemeenten proberen het uit."),
        counted=Counted.MUNICIPALITIES_WITH_PILOT,
        target=30,
        by=date(2029, 12, 31),
        reference=REFERENCE,
    ),
    BlueprintDrafted(
        blueprint=BLUEPRINT,
        title=Narrative("Van bank naar buurt"),
        about=Narrative("Hoe een plek mensen samenbrengt."),
        reference=REFERENCE,
    ),
    BlueprintStatementAdded(
        blueprint=BLUEPRINT,
        statement=Narrative("Wie een plek onderhoudt, maakt ze van iedereen."),
        lessons=(LESSON, OTHER_LESSON),
        pilots=(PILOT, OTHER_PILOT),
        initiatives=(INITIATIVE,),
    ),
    BlueprintPublished(
        blueprint=BLUEPRINT, version=1, pilots=(PILOT, OTHER_PILOT), initiatives=(INITIATIVE,)
    ),
)

RECORDS: Final[tuple[Fact, ...]] = (
    ACTOR_MERGED,
    NoteAdded(
        note=NOTE,
        about=Thing(INITIATIVE),
        text=Narrative("Overdag zijn ze aan het werk."),
        visibility=NoteFor.INTERNAL,
    ),
    DocumentAttached(
        document=DOCUMENT,
        about=Thing(f"nis:{MUNICIPALITY}"),
        name=Narrative("Verslag.pdf"),
        media_type="application/pdf",
        size=2048,
        sha256="5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    ),
)

_UNCORRECTED: Final = (
    *ACTORS,
    *INFORM,
    *GROWTH,
    *INSPIRE,
    *INNOVATE,
    *ENDING,
    *CATALOGUE,
    *LOCALLY,
    *LEARNING,
    *RECORDS,
)

CORRECTION: Final = EventCorrected(
    position=Position(_UNCORRECTED.index(SESSION_PLANNED) + 1),
    becomes=InfoSessionPlanned(
        session=SESSION,
        title=Narrative("Wat beweegt er al in onze wijk?"),
        municipality=MUNICIPALITY,
        planned_at=SESSION_PLANNED.planned_at,
        hosts=(NETWORK_MEMBER,),
        reference=REFERENCE,
    ),
    happened_at=START,
    reason=Narrative("De titel klopte niet."),
)


def recorded(fact: Fact, position: int = 1, **envelope: Any) -> Recorded:
    """A fact as the log holds it; each position happens and is stored a day after the last."""
    day = START + timedelta(days=position - 1)
    given: dict[str, Any] = {
        "id": f"01890a5d-ac96-774b-bcce-{position:012}",
        "occurred_at": day,
        "recorded_at": day + timedelta(hours=1),
        "recorded_by": COORDINATOR,
        "request_id": f"sample-{position}",
    }
    return Recorded(position=position, fact=fact, **(given | envelope))


STORY: Final = tuple(
    recorded(fact, position) for position, fact in enumerate((*_UNCORRECTED, CORRECTION), start=1)
)

SAMPLES: Final[Mapping[type[Fact], Fact]] = {type(event.fact): event.fact for event in STORY}
"""One sample of every type of fact."""
