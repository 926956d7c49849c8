"""`/cocreations`: trajectories of steps in which people make something together."""

from typing import Final

from domain.co_creation import ConcludeCoCreation, StartCoCreation, TakeCoCreationStep
from projections.co_creation import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import ACTOR, INITIATIVE, PROFESSIONAL
from service.api.writing import records

ROUTES: Final = (
    records(
        "/cocreations",
        StartCoCreation,
        example={
            "initiatives": [INITIATIVE],
            "challenge": "Een tafel waar ook nieuwe buren vanzelf aanschuiven.",
            "participants": [PROFESSIONAL],
        },
    ),
    records(
        "/cocreations/{cocreation:str}/steps",
        TakeCoCreationStep,
        example={
            "step": "prototype",
            "contributions": [
                {"contributor": ACTOR, "contribution": "De receptenkaart getekend."},
                {"contributor": PROFESSIONAL, "contribution": "Kaarten rondgebracht in de wijk."},
            ],
            "result": "Twaalf gezinnen brachten een recept binnen.",
        },
    ),
    records(
        "/cocreations/{cocreation:str}/conclusions",
        ConcludeCoCreation,
        example={"result": "Elke maand een ander recept, gekozen door een nieuwe buur."},
    ),
    lists(VIEW, "cocreations", roles=READERS),
    things(VIEW, "cocreations", "cocreation", roles=READERS),
    histories(VIEW, "cocreations", "cocreation", roles=READERS),
)
