"""The words every conversation shares: ids, numbers, sealed texts and lists of choices.

The type of a field says what becomes of it (docs/decisions/0002): an id makes the fact
findable from what it names, `Personal` and `Narrative` are sealed outside the log.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NewType

ActorId = NewType("ActorId", str)
RequestId = NewType("RequestId", str)
SessionId = NewType("SessionId", str)
ExampleId = NewType("ExampleId", str)
WorkshopId = NewType("WorkshopId", str)
ApproachId = NewType("ApproachId", str)
InitiativeId = NewType("InitiativeId", str)
CoCreationId = NewType("CoCreationId", str)
PilotId = NewType("PilotId", str)
ReflectionId = NewType("ReflectionId", str)
LessonId = NewType("LessonId", str)
OutcomeId = NewType("OutcomeId", str)
BlueprintId = NewType("BlueprintId", str)
AmbitionId = NewType("AmbitionId", str)
NoteId = NewType("NoteId", str)
DocumentId = NewType("DocumentId", str)
UserId = NewType("UserId", str)

Thing = NewType("Thing", str)
"""Anything, by its id; a municipality by its tag, such as `nis:11001`."""

NisCode = NewType("NisCode", str)
VCode = NewType("VCode", str)
EnterpriseNumber = NewType("EnterpriseNumber", str)

Personal = NewType("Personal", str)
"""A detail of a person or organisation: sealed under the key of its actor."""

Narrative = NewType("Narrative", str)
"""Free text: sealed under the key of the thing it tells about."""

Reference = NewType("Reference", str)
"""The caller's own name for a thing, such as a case number elsewhere. Not sealed."""

Theme = NewType("Theme", str)
"""A subject, as one lower-case word or words joined by hyphens."""

Decimal = NewType("Decimal", str)
"""A decimal number as text, such as 14.5: events hold no floats. Not sealed."""

Position = NewType("Position", int)
"""A place in the log, from 1."""

ID_PREFIXES: Final[Mapping[object, str]] = {
    ActorId: "actor",
    RequestId: "request",
    SessionId: "session",
    ExampleId: "example",
    WorkshopId: "workshop",
    ApproachId: "approach",
    InitiativeId: "initiative",
    CoCreationId: "cocreation",
    PilotId: "pilot",
    ReflectionId: "reflection",
    LessonId: "lesson",
    OutcomeId: "outcome",
    BlueprintId: "blueprint",
    AmbitionId: "ambition",
    NoteId: "note",
    DocumentId: "document",
}
"""Ids of things that have a life of their own. A `UserId` only signs; it concerns nobody."""

NUMBER_PREFIXES: Final[Mapping[object, str]] = {
    NisCode: "nis",
    VCode: "vcode",
    EnterpriseNumber: "enterprise",
}


def tag_of(kind: object, value: str) -> str | None:
    """The tag under which a fact that names `value` is found, if its type makes one."""
    if kind in ID_PREFIXES or kind is Thing:
        return value
    if prefix := NUMBER_PREFIXES.get(kind):
        return f"{prefix}:{value}"
    return None


class ActorKind(StrEnum):
    CITIZEN = "citizen"
    ASSOCIATION = "association"
    LOCAL_GOVERNMENT = "local_government"
    PROFESSIONAL = "professional"
    NETWORK_MEMBER = "network_member"


class Audience(StrEnum):
    """The three audiences of the network; civil society counts with the citizens."""

    CITIZENS = "citizens"
    LOCAL_GOVERNMENTS = "local_governments"
    PROFESSIONALS = "professionals"


class Track(StrEnum):
    INFORM = "inform"
    INSPIRE = "inspire"
    INNOVATE = "innovate"


class Visibility(StrEnum):
    """Who may see an event: everyone, those it concerns and staff, or staff alone."""

    PUBLIC = "public"
    PARTICIPANTS = "participants"
    INTERNAL = "internal"
