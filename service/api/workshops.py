"""`/workshops`: from the participants' own questions to a renewed approach."""

from typing import Final

from domain.workshops import (
    AnswerApproach,
    CancelWorkshop,
    HandOverTool,
    PlanWorkshop,
    ProposeApproach,
    RecordInsight,
    ReportWorkshop,
    RescheduleWorkshop,
)
from projections.workshops import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import ACTOR, INITIATIVE, PROFESSIONAL
from service.api.writing import records

ROUTES: Final = (
    records(
        "/workshops",
        PlanWorkshop,
        example={
            "title": "Van wens naar aanpak",
            "initiatives": [INITIATIVE],
            "municipality": "44083",
            "plannedAt": "2024-04-12T18:00:00Z",
            "participants": [PROFESSIONAL],
            "questions": [{"askedBy": ACTOR, "question": "Wie zit er nog niet aan tafel?"}],
        },
    ),
    records(
        "/workshops/{workshop:str}/reschedulings",
        RescheduleWorkshop,
        example={"plannedAt": "2024-04-19T18:00:00Z", "reason": "Paasvakantie."},
    ),
    records(
        "/workshops/{workshop:str}/reports",
        ReportWorkshop,
        example={"participants": [ACTOR, PROFESSIONAL], "attendance": 14},
    ),
    records(
        "/workshops/{workshop:str}/cancellations",
        CancelWorkshop,
        example={"reason": "Te weinig volk door de griep."},
    ),
    records(
        "/workshops/{workshop:str}/insights",
        RecordInsight,
        example={"insight": "Mensen komen liever helpen dan eten.", "voicedBy": ACTOR},
    ),
    records(
        "/workshops/{workshop:str}/tools",
        HandOverTool,
        example={"tool": "Een netwerkkaart van de straat.", "receivedBy": [ACTOR]},
    ),
    records(
        "/workshops/{workshop:str}/approaches",
        ProposeApproach,
        example={"initiative": INITIATIVE, "proposal": "Vraag elke nieuwe buur om één recept."},
    ),
    records(
        "/workshops/{workshop:str}/approaches/{approach:str}/answers",
        AnswerApproach,
        example={
            "answer": "taken_up",
            "answeredBy": ACTOR,
            "reason": "Dat kunnen we morgen beginnen.",
        },
    ),
    lists(VIEW, "workshops", roles=READERS),
    things(VIEW, "workshops", "workshop", roles=READERS),
    histories(VIEW, "workshops", "workshop", roles=READERS),
)
