"""`/reflections` and the bridges of initiatives: what professionals further, from their mandate."""

from typing import Final

from domain.professionals import MakeBridge, ReflectOnRole
from projections.professionals import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import PROFESSIONAL
from service.api.writing import records

ROUTES: Final = (
    records(
        "/reflections",
        ReflectOnRole,
        example={
            "professional": PROFESSIONAL,
            "municipality": "44083",
            "mandate": "Halftijds buurtwerk, zonder eigen werkingsmiddelen.",
            "role": "Mensen bij elkaar brengen en me dan terugtrekken.",
            "view": "Buren die iets voor elkaar doen, doen dat niet in mijn plaats.",
            "approach": "Vertrekken van wat iemand graag doet.",
            "needs": ["Tijd om langs te gaan zonder agenda."],
        },
    ),
    records(
        "/initiatives/{initiative:str}/bridges",
        MakeBridge,
        example={
            "professional": PROFESSIONAL,
            "how": "Samen naar de eerste soepdag gegaan.",
            "people": 3,
        },
    ),
    lists(VIEW, "reflections", roles=READERS),
    things(VIEW, "reflections", "reflection", roles=READERS),
    histories(VIEW, "reflections", "reflection", roles=READERS),
)
