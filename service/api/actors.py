"""`/actors`: everyone who takes part."""

from typing import Final

from domain.actors import ChangeActorDetails, MergeActors, RegisterActor
from projections.actors import VIEW
from service.api.histories import histories
from service.api.lineage import lineage
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import VOLUNTEER
from service.api.writing import records

ROUTES: Final = (
    records(
        "/actors",
        RegisterActor,
        example={
            "kind": "professional",
            "name": "Buurtwerker Wijk Zuid",
            "organisation": "Huis van het Kind",
            "sector": "welfare",
            "mandate": "Halftijds buurtwerk, zonder eigen werkingsmiddelen.",
        },
    ),
    records(
        "/actors/{actor:str}/changes", ChangeActorDetails, example={"email": "zuid@example.org"}
    ),
    records(
        "/actors/{actor:str}/merges",
        MergeActors,
        example={
            "duplicate": VOLUNTEER,
            "reason": "Tweemaal opgenomen: aan de telefoon en op de infosessie.",
        },
    ),
    lists(VIEW, "actors"),
    things(VIEW, "actors", "actor"),
    histories(VIEW, "actors", "actor", together=lineage),
)
