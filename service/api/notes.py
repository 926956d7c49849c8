"""`/notes`: what is written down about anything, for staff or to be shared."""

from typing import Final

from domain.notes import AddNote
from projections.notes import VIEW
from service.api.histories import histories
from service.api.listing import lists
from service.api.reading import things
from service.api.samples import INITIATIVE
from service.api.writing import records

ROUTES: Final = (
    records(
        "/notes",
        AddNote,
        example={
            "about": INITIATIVE,
            "text": "Volgende keer eerst bellen; overdag zijn ze aan het werk.",
            "visibility": "internal",
        },
    ),
    lists(VIEW, "notes"),
    things(VIEW, "notes", "note"),
    histories(VIEW, "notes", "note"),
)
