"""`/sessions`: info sessions."""

from typing import Final

from domain.info_sessions import (
    CancelInfoSession,
    PlanInfoSession,
    ReportInfoSession,
    RescheduleInfoSession,
)
from projections.info_sessions import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import ACTOR, EXAMPLE, MEMBER
from service.api.writing import records

ROUTES: Final = (
    records(
        "/sessions",
        PlanInfoSession,
        example={
            "title": "Wat bestaat er al bij ons?",
            "municipality": "44083",
            "plannedAt": "2024-03-20T18:30:00Z",
            "hosts": [MEMBER],
        },
    ),
    records(
        "/sessions/{session:str}/reschedulings",
        RescheduleInfoSession,
        example={"plannedAt": "2024-04-10T17:30:00Z", "reason": "De zaal is die avond niet vrij."},
    ),
    records(
        "/sessions/{session:str}/reports",
        ReportInfoSession,
        example={
            "attendance": [
                {"audience": "citizens", "people": 18},
                {"audience": "professionals", "people": 4},
            ],
            "participants": [ACTOR],
            "questions": ["Hoe vinden we mensen die niet vanzelf komen?"],
            "examplesTold": ["Een straat die samen kookt."],
            "examples": [EXAMPLE],
        },
    ),
    records(
        "/sessions/{session:str}/cancellations",
        CancelInfoSession,
        example={"reason": "De zaal is die avond niet vrij."},
    ),
    lists(VIEW, "sessions", roles=READERS),
    things(VIEW, "sessions", "session", roles=READERS),
    histories(VIEW, "sessions", "session", roles=READERS),
)
