"""How things stand, told from a plain list of what happened: a word, and how often.

It folds nothing: the last event that says how a thing stands has the say, and the rest is counted.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from domain import (
    blueprints,
    co_creation,
    engagements,
    examples,
    info_sessions,
    initiatives,
    municipalities,
    outcomes,
    pilots,
    professionals,
    support_requests,
    workshops,
)
from domain.facts import Fact
from tests.journeys.plain_model import Event

WORDS: Final[Mapping[type[Fact], str]] = {
    support_requests.SupportRequestReceived: "received",
    support_requests.SupportRequestTriaged: "triaged",
    support_requests.SupportRequestAnswered: "answered",
    support_requests.SupportRequestDeclined: "declined",
    support_requests.SupportRequestWithdrawn: "withdrawn",
    support_requests.SupportRequestClosed: "closed",
    support_requests.SupportRequestReopened: "received",
    info_sessions.InfoSessionPlanned: "planned",
    info_sessions.InfoSessionHeld: "held",
    info_sessions.InfoSessionCancelled: "cancelled",
    examples.ExamplePublished: "published",
    examples.ExampleWithdrawn: "withdrawn",
    workshops.WorkshopPlanned: "planned",
    workshops.WorkshopHeld: "held",
    workshops.WorkshopCancelled: "cancelled",
    initiatives.InitiativeRegistered: "active",
    initiatives.InitiativeRested: "resting",
    initiatives.InitiativeResumed: "active",
    initiatives.InitiativeEnded: "ended",
    co_creation.CoCreationStarted: "running",
    co_creation.CoCreationConcluded: "concluded",
    pilots.PilotProposed: "proposed",
    blueprints.BlueprintDrafted: "draft",
    blueprints.BlueprintPublished: "published",
}
"""How a thing stands once this happened to it."""

DECIDED: Final[Mapping[str, str]] = {
    "defer": "deferred",
    "approve": "approved",
    "reject": "rejected",
    "pause": "paused",
    "resume": "approved",
    "stop": "stopped",
    "complete": "completed",
}
"""How a pilot stands after a decision; the others leave it where it was."""

COUNTED: Final[Mapping[str, Mapping[str, tuple[type[Fact], ...]]]] = {
    "request": {
        "steps": (support_requests.SupportRequestHandled,),
        "initiatives": (support_requests.SupportRequestLinked,),
    },
    "initiative": {
        "assessments": (initiatives.OrientationAssessed,),
        "links": (initiatives.InitiativesLinked,),
        "bridges": (professionals.BridgeMade,),
        "requests": (support_requests.SupportRequestLinked,),
        "workshops": (workshops.WorkshopPlanned,),
        "cocreations": (co_creation.CoCreationStarted,),
        "pilots": (pilots.PilotProposed,),
    },
    "workshop": {
        "insights": (workshops.InsightRecorded,),
        "tools": (workshops.ToolHandedOver,),
        "approaches": (workshops.RenewedApproachProposed,),
    },
    "cocreation": {"steps": (co_creation.CoCreationStepTaken,)},
    "pilot": {
        "decisions": (pilots.PilotDecided,),
        "observations": (pilots.PilotObservationRecorded,),
        "lessons": (pilots.LessonLearned,),
        "outcomes": (outcomes.OutcomeHarvested,),
    },
    "blueprint": {
        "statements": (blueprints.BlueprintStatementAdded,),
        "versions": (blueprints.BlueprintPublished,),
    },
    "nis": {
        "engagements": (engagements.MunicipalityEngaged,),
        "needs": (engagements.LocalNeedIdentified,),
        "roles": (engagements.MunicipalRoleChosen,),
        "people": (engagements.LocalPersonIdentified,),
        "approaches": (engagements.ApproachAgreed,),
        "plans": (municipalities.PolicyPlanAdopted,),
        "partnerships": (municipalities.PartnershipAgreed,),
        "requests": (support_requests.SupportRequestReceived,),
        "sessions": (info_sessions.InfoSessionPlanned,),
        "examples": (examples.ExamplePublished,),
        "workshops": (workshops.WorkshopPlanned,),
        "initiatives": (initiatives.InitiativeRegistered,),
        "pilots": (pilots.PilotProposed,),
    },
}
"""What is counted of a thing, by its kind and the name under which a reader finds it."""


def status(thing: str, events: Iterable[Event]) -> str | None:
    """How a thing stands after the events that concern it; None, if its kind has no such word."""
    word = None
    for fact in (event.fact for event in events):
        if getattr(fact, fact.__struct_fields__[0]) != thing:
            continue
        match fact:
            case pilots.PilotDecided():
                word = DECIDED.get(fact.decision, word)
            case pilots.PilotConsentWithdrawn() if word == "approved":
                word = "paused"
            case _:
                word = WORDS.get(type(fact), word)
    return word


def counts(thing: str, events: Iterable[Event]) -> dict[str, int]:
    """How much of each there is about a thing."""
    kinds = [type(event.fact) for event in events]
    counted = COUNTED.get(thing.replace(":", "_").partition("_")[0], {})
    return {name: sum(kind in of for kind in kinds) for name, of in counted.items()}
