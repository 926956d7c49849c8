"""Beginnings: the fact with which each thing that has an id begins."""

from collections.abc import Mapping
from typing import Final

from domain.actors import ActorRegistered
from domain.ambitions import AmbitionSet
from domain.blueprints import BlueprintDrafted
from domain.co_creation import CoCreationStarted
from domain.documents import DocumentAttached
from domain.examples import ExamplePublished
from domain.facts import Fact
from domain.info_sessions import InfoSessionPlanned
from domain.initiatives import InitiativeRegistered
from domain.notes import NoteAdded
from domain.outcomes import OutcomeHarvested
from domain.pilots import LessonLearned, PilotProposed
from domain.professionals import ProfessionalRoleReflected
from domain.support_requests import SupportRequestReceived
from domain.vocabulary import (
    ActorId,
    AmbitionId,
    ApproachId,
    BlueprintId,
    CoCreationId,
    DocumentId,
    ExampleId,
    InitiativeId,
    LessonId,
    NoteId,
    OutcomeId,
    PilotId,
    ReflectionId,
    RequestId,
    SessionId,
    WorkshopId,
)
from domain.workshops import RenewedApproachProposed, WorkshopPlanned

FOUNDING: Final[Mapping[object, type[Fact]]] = {
    ActorId: ActorRegistered,
    RequestId: SupportRequestReceived,
    SessionId: InfoSessionPlanned,
    ExampleId: ExamplePublished,
    InitiativeId: InitiativeRegistered,
    WorkshopId: WorkshopPlanned,
    ApproachId: RenewedApproachProposed,
    CoCreationId: CoCreationStarted,
    PilotId: PilotProposed,
    ReflectionId: ProfessionalRoleReflected,
    LessonId: LessonLearned,
    OutcomeId: OutcomeHarvested,
    BlueprintId: BlueprintDrafted,
    AmbitionId: AmbitionSet,
    NoteId: NoteAdded,
    DocumentId: DocumentAttached,
}
"""The fact with which a thing begins, by the type of its id."""
