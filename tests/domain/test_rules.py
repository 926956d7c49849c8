"""The check can fail: each rule that a log breaks is found."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from msgspec.structs import replace

from domain.actors import ActorDetailsChanged, ActorsMerged
from domain.ambitions import AmbitionSet
from domain.blueprints import BlueprintDrafted, BlueprintPublished, BlueprintStatementAdded
from domain.co_creation import CoCreationConcluded, CoCreationStarted, CoCreationStepTaken
from domain.engagements import (
    ApproachAgreed,
    LocalPersonIdentified,
    MunicipalityEngaged,
    MunicipalRole,
    MunicipalRoleChosen,
)
from domain.examples import ExamplePublished, ExampleRevised, ExampleWithdrawn
from domain.facts import Fact
from domain.info_sessions import InfoSessionHeld, InfoSessionPlanned
from domain.initiatives import (
    InitiativeDescribed,
    InitiativeEnded,
    InitiativeRegistered,
    InitiativeRested,
    InitiativeResumed,
    OrientationAssessed,
    ParticipantJoined,
    ParticipantLeft,
    Role,
    StrengthIdentified,
)
from domain.municipalities import PartnershipAgreed, PolicyPlanAdopted
from domain.outcomes import OutcomeHarvested, OutcomeVerified
from domain.pilots import (
    Decision,
    LessonLearned,
    PilotConsentGiven,
    PilotConsentWithdrawn,
    PilotDecided,
    PilotProposed,
)
from domain.professionals import BridgeMade, ProfessionalRoleReflected
from domain.records import EventCorrected
from domain.support_requests import (
    StartsFrom,
    SupportRequestAnswered,
    SupportRequestClosed,
    SupportRequestLinked,
    SupportRequestReceived,
    SupportRequestReopened,
    SupportRequestTriaged,
)
from domain.vocabulary import ActorId, EnterpriseNumber, Narrative, NisCode, Position, VCode
from domain.workshops import (
    InsightRecorded,
    RenewedApproachProposed,
    RenewedApproachTakenUp,
    WorkshopHeld,
    WorkshopPlanned,
)
from tests.documents.rules import RULES
from tests.domain.rules import broken
from tests.domain.scenario import NOW, Happened, given, on
from tests.facts import (
    ACTORS,
    ASSOCIATION,
    CITIZEN,
    EXAMPLE,
    INITIATIVE,
    LESSON,
    NETWORK_MEMBER,
    OTHER_INITIATIVE,
    PILOT,
    PROFESSIONAL,
    SAMPLES,
    START,
    sample_id,
)

SAMPLE: Final[dict[type[Fact], Any]] = dict(SAMPLES)
STARTED = replace(SAMPLE[InitiativeRegistered], initiators=(CITIZEN,))
PLAN = SAMPLE[PolicyPlanAdopted]
PROPOSED = SAMPLE[PilotProposed]
CONSENTS = SAMPLE[PilotConsentGiven]
BEGUN, STEP = SAMPLE[CoCreationStarted], SAMPLE[CoCreationStepTaken]
APPROVED = replace(SAMPLE[PilotDecided], evidence=())
PLANNED, HELD = SAMPLE[WorkshopPlanned], SAMPLE[WorkshopHeld]
APPROACH, TAKEN_UP = SAMPLE[RenewedApproachProposed], SAMPLE[RenewedApproachTakenUp]
SESSION = SAMPLE[InfoSessionPlanned]
ASSOCIATION_REGISTERED: Any = ACTORS[1]
RECEIVED, TRIAGED = SAMPLE[SupportRequestReceived], SAMPLE[SupportRequestTriaged]
HARVESTED, VERIFIED = SAMPLE[OutcomeHarvested], SAMPLE[OutcomeVerified]
STATEMENT = replace(SAMPLE[BlueprintStatementAdded], lessons=(LESSON,), pilots=(PILOT,))
VERSION = replace(SAMPLE[BlueprintPublished], pilots=(PILOT,))
AMBITION = SAMPLE[AmbitionSet]
FOR_PEOPLE = replace(TRIAGED, starts_from=StartsFrom.OTHERS)
NEWCOMER = ActorId(sample_id("actor", 90))
MERGED = ActorsMerged(actor=CITIZEN, duplicate=NEWCOMER, reason=Narrative("Tweemaal."))
GROUNDS = (*ACTORS, STARTED, PLAN)
UNPUBLISHED = (*ACTORS, STARTED, SAMPLE[ExamplePublished], SAMPLE[ExampleWithdrawn])
TAUGHT = (*GROUNDS, PROPOSED, SAMPLE[LessonLearned], SAMPLE[BlueprintDrafted])
PARTNER = replace(SAMPLE[MunicipalRoleChosen], role=MunicipalRole.PARTNER)
READY = (*GROUNDS, BEGUN, STEP, PROPOSED, CONSENTS)
WITHDRAWN, CHANGED = SAMPLE[PilotConsentWithdrawn], SAMPLE[ActorDetailsChanged]
GONE = ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN)
BACK = ParticipantJoined(initiative=INITIATIVE, participant=CITIZEN, role=Role.INITIATOR)
LATER_CONSENT = EventCorrected(
    position=Position(len(READY)),
    becomes=CONSENTS,
    happened_at=START + timedelta(days=len(READY) + 1),
    reason=Narrative("Vergissing."),
)

BREAKING: Final[dict[str, tuple[int, tuple[Fact | Happened, ...]]]] = {
    "1 started by a professional": (1, (*ACTORS, replace(STARTED, initiators=(PROFESSIONAL,)))),
    "1 an initiator of the network": (
        1,
        (
            *ACTORS,
            STARTED,
            ParticipantJoined(
                initiative=INITIATIVE, participant=NETWORK_MEMBER, role=Role.INITIATOR
            ),
        ),
    ),
    "2 resting": (2, (*GROUNDS, SAMPLE[InitiativeRested], PROPOSED)),
    "2 ended": (2, (*GROUNDS, SAMPLE[InitiativeEnded], PROPOSED)),
    "2 resumed without a rest": (2, (*GROUNDS, SAMPLE[InitiativeResumed])),
    "2 no initiator": (
        2,
        (*GROUNDS, ParticipantLeft(initiative=INITIATIVE, participant=CITIZEN), PROPOSED),
    ),
    "2 no strength": (2, (*ACTORS, replace(STARTED, strengths=()), PLAN, PROPOSED)),
    "2 no appetite": (2, (*ACTORS, replace(STARTED, appetite=None), PLAN, PROPOSED)),
    "3 no plan": (3, (*ACTORS, STARTED, PROPOSED)),
    "3 of another period": (
        3,
        (*ACTORS, STARTED, replace(PLAN, ends_on=date(2024, 5, 31)), PROPOSED),
    ),
    "3 of another place": (
        3,
        (*ACTORS, STARTED, replace(PLAN, municipality=NisCode("11002")), PROPOSED),
    ),
    "3 adopted later": (
        3,
        (*ACTORS, STARTED, on("2025-03-01", PLAN), on("2025-02-01", PROPOSED)),
    ),
    "4 a citizen as partner": (4, (*GROUNDS, replace(PROPOSED, partners=(CITIZEN,)))),
    "4 a partnership without a plan": (4, (*ACTORS, SAMPLE[PartnershipAgreed])),
    "4 before 2020": (
        4,
        (
            *ACTORS,
            on(
                "2019-02-01", replace(PLAN, adopted_on=date(2019, 1, 1), starts_on=date(2019, 1, 1))
            ),
            on("2019-12-31", SAMPLE[PartnershipAgreed]),
        ),
    ),
    "5 no consent": (5, (*GROUNDS, BEGUN, STEP, PROPOSED, APPROVED)),
    "5 consent withdrawn": (5, (*READY, SAMPLE[PilotConsentWithdrawn], APPROVED)),
    "5 a new initiator": (
        5,
        (
            *READY,
            ParticipantJoined(initiative=INITIATIVE, participant=ASSOCIATION, role=Role.INITIATOR),
            APPROVED,
        ),
    ),
    "5 consent of somebody else": (5, (*READY, replace(CONSENTS, initiator=PROFESSIONAL))),
    "5 no step": (5, (*GROUNDS, BEGUN, PROPOSED, CONSENTS, APPROVED)),
    "5 no motivation": (5, (*READY, replace(APPROVED, motivation=Narrative("  ")))),
    "5 nobody decided": (5, (*READY, replace(APPROVED, deciders=()))),
    "6 approved twice": (6, (*READY, APPROVED, APPROVED)),
    "6 rejected once approved": (
        6,
        (*READY, APPROVED, replace(APPROVED, decision=Decision.REJECT)),
    ),
    "6 extended while consent is missing": (
        6,
        (
            *READY,
            APPROVED,
            SAMPLE[PilotConsentWithdrawn],
            replace(APPROVED, decision=Decision.EXTEND),
        ),
    ),
    "7 no question": (7, (*ACTORS, STARTED, replace(PLANNED, questions=()))),
    "7 a question of somebody else": (
        7,
        (*ACTORS, replace(STARTED, initiators=(ASSOCIATION,)), replace(PLANNED, participants=())),
    ),
    "7 held twice": (7, (*ACTORS, STARTED, PLANNED, HELD, HELD)),
    "7 a session held twice": (
        7,
        (*ACTORS, SESSION, SAMPLE[InfoSessionHeld], SAMPLE[InfoSessionHeld]),
    ),
    "7 an insight before it was held": (7, (*ACTORS, STARTED, PLANNED, SAMPLE[InsightRecorded])),
    "7 an approach for another initiative": (
        7,
        (
            *ACTORS,
            STARTED,
            replace(STARTED, initiative=OTHER_INITIATIVE),
            PLANNED,
            HELD,
            replace(APPROACH, initiative=OTHER_INITIATIVE),
        ),
    ),
    "7 answered twice": (7, (*ACTORS, STARTED, PLANNED, HELD, APPROACH, TAKEN_UP, TAKEN_UP)),
    "7 answered by somebody else": (
        7,
        (*ACTORS, STARTED, PLANNED, HELD, APPROACH, replace(TAKEN_UP, answered_by=PROFESSIONAL)),
    ),
    "8 who takes no part": (8, (*ACTORS, STARTED, replace(BEGUN, participants=()), STEP)),
    "8 after the conclusion": (
        8,
        (*ACTORS, STARTED, BEGUN, SAMPLE[CoCreationConcluded], STEP),
    ),
    "9 answered untriaged": (9, (*ACTORS, RECEIVED, SAMPLE[SupportRequestAnswered])),
    "9 answered in a new life": (
        9,
        (
            *ACTORS,
            RECEIVED,
            TRIAGED,
            SAMPLE[SupportRequestClosed],
            SAMPLE[SupportRequestReopened],
            SAMPLE[SupportRequestAnswered],
        ),
    ),
    "9 closed twice": (
        9,
        (*ACTORS, RECEIVED, SAMPLE[SupportRequestClosed], SAMPLE[SupportRequestClosed]),
    ),
    "9 two lives": (9, (*ACTORS, RECEIVED, SAMPLE[SupportRequestReopened])),
    "9 an initiative for people": (
        9,
        (*ACTORS, STARTED, RECEIVED, FOR_PEOPLE, SAMPLE[SupportRequestLinked]),
    ),
    "10 a code of two": (10, (*ACTORS, replace(ASSOCIATION_REGISTERED, actor=NEWCOMER))),
    "10 check digits": (
        10,
        (replace(ACTORS[1], vcode=None, enterprise_number=EnterpriseNumber("0200000098")),),
    ),
    "10 no such code": (10, (replace(ASSOCIATION_REGISTERED, vcode=VCode("V0001000")),)),
    "10 merged away": (
        10,
        (*ACTORS, on("2025-01-01", replace(PLAN, municipality=NisCode("11007")))),
    ),
    "10 not there yet": (
        10,
        (*ACTORS, on("2024-12-31", replace(PLAN, municipality=NisCode("46029")))),
    ),
    "10 unknown": (10, (*ACTORS, replace(STARTED, municipality=NisCode("21004")))),
    "12 merged with itself": (12, (*ACTORS, replace(MERGED, duplicate=CITIZEN))),
    "12 two kinds of actor": (12, (*ACTORS, replace(MERGED, duplicate=PROFESSIONAL))),
    "12 a merged actor": (
        12,
        (
            *ACTORS,
            replace(ACTORS[0], actor=NEWCOMER),
            MERGED,
            replace(STARTED, initiators=(NEWCOMER,)),
        ),
    ),
    "10 two numbers of one sort": (
        10,
        (
            *ACTORS,
            replace(
                ASSOCIATION_REGISTERED,
                actor=NEWCOMER,
                vcode=VCode("V0001002"),
                enterprise_number=None,
            ),
            replace(MERGED, actor=ASSOCIATION),
        ),
    ),
    "11 a statement without a lesson": (
        11,
        (*TAUGHT, replace(STATEMENT, lessons=(), pilots=(), initiatives=())),
    ),
    "11 published out of one pilot": (11, (*TAUGHT, STATEMENT, VERSION)),
    "11 published with nothing new": (11, (*TAUGHT, VERSION)),
    "11 published anew with nothing new": (
        11,
        (*TAUGHT, STATEMENT, VERSION, replace(VERSION, version=2)),
    ),
    "17 an ambition for nothing": (17, (replace(AMBITION, target=0),)),
    "17 an ambition of the past": (17, (replace(AMBITION, by=date(2020, 1, 1)),)),
    "11 an outcome without a source": (11, (*READY, replace(HARVESTED, sources=()))),
    "11 verified by who harvested it": (
        11,
        (*READY, HARVESTED, replace(VERIFIED, verified_by=NETWORK_MEMBER)),
    ),
    "11 verified by who takes part": (
        11,
        (*READY, HARVESTED, replace(VERIFIED, verified_by=CITIZEN)),
    ),
    "11 a lesson from nothing": (11, (*READY, replace(SAMPLE[LessonLearned], evidence=()))),
    "2 off the scale": (
        2,
        (*ACTORS, STARTED, replace(SAMPLE[OrientationAssessed], strength_based=6)),
    ),
    "5 a consent withdrawn that was not given": (5, (*GROUNDS, PROPOSED, WITHDRAWN)),
    "6 extended to no day": (6, (*READY, APPROVED, replace(APPROVED, decision=Decision.EXTEND))),
    "6 extended to no later day": (
        6,
        (
            *READY,
            APPROVED,
            replace(APPROVED, decision=Decision.EXTEND, ends_on=PROPOSED.ends_on),
        ),
    ),
    "6 adjusted to another end": (
        6,
        (
            *READY,
            APPROVED,
            replace(APPROVED, decision=Decision.ADJUST, ends_on=date(2029, 1, 1)),
        ),
    ),
    "7 a question of who had left": (
        7,
        (
            *ACTORS,
            STARTED,
            on("2025-02-01", GONE),
            on("2025-03-01", replace(PLANNED, participants=())),
        ),
    ),
    "8 a contribution of who had left": (
        8,
        (*ACTORS, STARTED, BEGUN, on("2025-02-01", GONE), on("2025-03-01", STEP)),
    ),
    "8 a contribution of who had not joined": (
        8,
        (
            *ACTORS,
            replace(STARTED, initiators=(ASSOCIATION,)),
            BEGUN,
            on("2025-03-01", BACK),
            on("2025-02-01", STEP),
        ),
    ),
    "8 a step without contributions": (
        8,
        (*ACTORS, STARTED, BEGUN, replace(STEP, contributions=())),
    ),
    "8 left twice": (8, (*ACTORS, STARTED, GONE, GONE)),
    "10 details of another kind": (10, (*ACTORS, replace(CHANGED, actor=CITIZEN))),
    "10 named twice": (10, (*ACTORS, replace(STARTED, initiators=(CITIZEN, CITIZEN)))),
    "10 on the day in Brussels": (
        10,
        (
            *ACTORS,
            Happened(
                datetime(2024, 12, 31, 23, tzinfo=UTC),
                replace(PLAN, municipality=NisCode("11007")),
            ),
        ),
    ),
    "13 a pilot before its strength": (
        13,
        (
            *ACTORS,
            replace(STARTED, strengths=()),
            PLAN,
            on("2025-03-01", SAMPLE[StrengthIdentified]),
            on("2025-02-01", PROPOSED),
        ),
    ),
    "13 a pilot before its appetite": (
        13,
        (
            *ACTORS,
            replace(STARTED, appetite=None),
            PLAN,
            on(
                "2025-03-01",
                InitiativeDescribed(initiative=INITIATIVE, appetite=Narrative("Graag.")),
            ),
            on("2025-02-01", PROPOSED),
        ),
    ),
    "13 a pilot before its initiator": (
        13,
        (*GROUNDS, GONE, on("2025-03-01", BACK), on("2025-02-01", PROPOSED)),
    ),
    "13 a consent before they joined": (
        13,
        (*GROUNDS, PROPOSED, GONE, on("2025-03-01", BACK), on("2025-02-01", CONSENTS)),
    ),
    "13 a consent withdrawn before the approval": (
        13,
        (*READY, on("2025-03-01", APPROVED), on("2025-02-01", WITHDRAWN)),
    ),
    "13 approved before the consent": (
        13,
        (*GROUNDS, BEGUN, STEP, PROPOSED, on("2025-03-01", CONSENTS), on("2025-02-01", APPROVED)),
    ),
    "13 approved before the first step": (
        13,
        (*GROUNDS, BEGUN, on("2025-03-01", STEP), PROPOSED, CONSENTS, on("2025-02-01", APPROVED)),
    ),
    "13 concluded before the last step": (
        13,
        (
            *ACTORS,
            STARTED,
            BEGUN,
            on("2025-03-01", STEP),
            on("2025-02-01", SAMPLE[CoCreationConcluded]),
        ),
    ),
    "13 back before they left": (
        13,
        (*ACTORS, STARTED, on("2025-03-01", GONE), on("2025-02-01", BACK)),
    ),
    "13 another role before the first": (
        13,
        (
            *ACTORS,
            on("2025-03-01", STARTED),
            on("2025-02-01", BACK),
        ),
    ),
    "13 a consent corrected to after the approval": (13, (*READY, APPROVED, LATER_CONSENT)),
    "13 a correction of nothing": (
        13,
        (*READY, replace(LATER_CONSENT, happened_at=START + timedelta(days=len(READY) - 1))),
    ),
    "13 in the future": (13, (Happened(NOW + timedelta(days=1), ACTORS[0]),)),
    "13 before its beginning": (
        13,
        (*ACTORS, on("2025-03-01", RECEIVED), on("2025-02-01", TRIAGED)),
    ),
    "13 a decision before the last": (
        13,
        (
            *READY,
            on("2025-03-01", APPROVED),
            on("2025-02-01", replace(APPROVED, decision=Decision.PAUSE)),
        ),
    ),
    "13 about nothing": (13, (*ACTORS, TRIAGED)),
    "14 told by who did not agree": (
        14,
        (*ACTORS, STARTED, replace(SAMPLE[ExamplePublished], agreed_on=None)),
    ),
    "14 revised once withdrawn": (14, (*UNPUBLISHED, SAMPLE[ExampleRevised])),
    "14 withdrawn twice": (14, (*UNPUBLISHED, SAMPLE[ExampleWithdrawn])),
    "14 told once withdrawn": (
        14,
        (*UNPUBLISHED, SESSION, replace(SAMPLE[InfoSessionHeld], examples=(EXAMPLE,))),
    ),
    "14 named before they agreed": (
        14,
        (*ACTORS, on("2024-02-11", SAMPLE[LocalPersonIdentified])),
    ),
    "15 a role before the engagement": (15, (*ACTORS, SAMPLE[MunicipalRoleChosen])),
    "15 an approach before the engagement": (
        15,
        (
            *ACTORS,
            on("2024-03-01", SAMPLE[MunicipalityEngaged]),
            on("2024-02-01", SAMPLE[ApproachAgreed]),
        ),
    ),
    "4 a partner without a plan": (4, (*ACTORS, SAMPLE[MunicipalityEngaged], PARTNER)),
    "4 a partner before 2020": (
        4,
        (*ACTORS, on("2019-03-01", SAMPLE[MunicipalityEngaged]), on("2019-12-31", PARTNER)),
    ),
    "16 a citizen who reflects": (
        16,
        (*ACTORS, replace(SAMPLE[ProfessionalRoleReflected], professional=CITIZEN)),
    ),
    "16 a bridge for nobody": (16, (*ACTORS, STARTED, replace(SAMPLE[BridgeMade], people=0))),
    "2 a bridge to what has ended": (
        2,
        (*ACTORS, STARTED, SAMPLE[InitiativeEnded], SAMPLE[BridgeMade]),
    ),
    "2 appetite corrected away": (
        2,
        (
            *READY,
            EventCorrected(
                position=Position(len(ACTORS) + 1),
                becomes=replace(STARTED, appetite=None),
                happened_at=START,
                reason=Narrative("Vergissing."),
            ),
        ),
    ),
    "13 corrected into another kind": (
        13,
        (
            *READY,
            EventCorrected(
                position=Position(1),
                becomes=STARTED,
                happened_at=START,
                reason=Narrative("Vergissing."),
            ),
        ),
    ),
    "13 corrected to concern others": (
        13,
        (
            *READY,
            EventCorrected(
                position=Position(len(READY)),
                becomes=replace(CONSENTS, initiator=ASSOCIATION),
                happened_at=START + timedelta(days=len(READY) - 1),
                reason=Narrative("Vergissing."),
            ),
        ),
    ),
    "6 a lesson that rests on something else": (
        6,
        (*READY, replace(SAMPLE[LessonLearned], evidence=(Position(1),))),
    ),
    "6 a decision that rests on what is not there": (
        6,
        (*READY, replace(APPROVED, evidence=(Position(99),))),
    ),
}
"""What breaks a rule, with the rule; the last event of each log breaks it."""


@pytest.mark.parametrize("what", BREAKING)
def test_a_broken_rule_is_found(what: str) -> None:
    rule, facts = BREAKING[what]
    found = broken(given(*facts).log)
    assert rule in {entry.rule for entry in found if entry.position == len(facts)}


def test_every_rule_can_be_found_broken() -> None:
    assert {rule for rule, _ in BREAKING.values()} == set(RULES)


def test_a_log_that_breaks_nothing_is_left_in_peace() -> None:
    learnt = replace(SAMPLE[LessonLearned], evidence=(Position(len(READY)),))
    assert broken(given(*READY, APPROVED, learnt).log) == []
