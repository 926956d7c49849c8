"""`/blueprints`: guidance distilled from lessons; each published version stays readable."""

from typing import Final

from domain.blueprints import AddStatement, DraftBlueprint, PublishBlueprint
from projections.blueprints import VIEW
from service.api.histories import READERS, histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import LESSON, OTHER_LESSON
from service.api.writing import records

ROUTES: Final = (
    records(
        "/blueprints",
        DraftBlueprint,
        example={
            "title": "Van wens naar tafel",
            "about": "Hoe buren zelf een plek maken waar niemand alleen eet.",
        },
    ),
    records(
        "/blueprints/{blueprint:str}/statements",
        AddStatement,
        example={
            "statement": "Begin met een vraag om hulp, niet met een aanbod.",
            "lessons": [LESSON, OTHER_LESSON],
        },
    ),
    records("/blueprints/{blueprint:str}/publications", PublishBlueprint, example={}),
    lists(VIEW, "blueprints", roles=READERS),
    things(VIEW, "blueprints", "blueprint", roles=READERS),
    histories(VIEW, "blueprints", "blueprint", roles=READERS),
)
