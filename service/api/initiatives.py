"""`/initiatives`: what citizens start and grow."""

from typing import Final

from domain.initiatives import (
    AssessOrientation,
    DescribeInitiative,
    EndInitiative,
    IdentifyStrength,
    JoinInitiative,
    LeaveInitiative,
    LinkInitiatives,
    RegisterInitiative,
    RestInitiative,
    ResumeInitiative,
)
from projections.initiatives import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import ACTOR, MEMBER, OTHER_INITIATIVE, PROFESSIONAL, VOLUNTEER
from service.api.writing import records

ROUTES: Final = (
    records(
        "/initiatives",
        RegisterInitiative,
        example={
            "name": "Soepdag in de Kouter",
            "initiators": [ACTOR],
            "municipality": "44083",
            "neighbourhood": "De Kouter",
            "themes": ["ontmoeting", "eten"],
            "strengths": ["Er is een keuken en een vaste groep koks."],
            "appetite": "We willen de hele straat aan één tafel.",
        },
    ),
    records(
        "/initiatives/{initiative:str}/descriptions",
        DescribeInitiative,
        example={"themes": ["ontmoeting", "eten", "eenzaamheid"]},
    ),
    records(
        "/initiatives/{initiative:str}/participants",
        JoinInitiative,
        example={"participant": PROFESSIONAL, "role": "partner"},
    ),
    records(
        "/initiatives/{initiative:str}/departures",
        LeaveInitiative,
        example={"participant": VOLUNTEER, "reason": "Verhuisd."},
    ),
    records(
        "/initiatives/{initiative:str}/strengths",
        IdentifyStrength,
        example={"strength": "Iedereen kent de kok.", "identifiedBy": ACTOR},
    ),
    records(
        "/initiatives/{initiative:str}/assessments",
        AssessOrientation,
        example={
            "strengthBased": 4,
            "networkStrengthening": 3,
            "reason": "De koks beslissen zelf; nieuwe buren vinden nog moeilijk de weg.",
            "assessedBy": MEMBER,
        },
    ),
    records(
        "/initiatives/{initiative:str}/links",
        LinkInitiatives,
        example={"other": OTHER_INITIATIVE, "how": "Ze delen de keuken."},
    ),
    records(
        "/initiatives/{initiative:str}/rests",
        RestInitiative,
        example={"reason": "De keuken wordt verbouwd."},
    ),
    records("/initiatives/{initiative:str}/resumptions", ResumeInitiative, example={}),
    records(
        "/initiatives/{initiative:str}/endings",
        EndInitiative,
        example={"livesOn": "De buren koken voortaan om de beurt thuis."},
    ),
    lists(VIEW, "initiatives", roles=READERS),
    things(VIEW, "initiatives", "initiative", roles=READERS),
    histories(VIEW, "initiatives", "initiative", roles=READERS),
)
