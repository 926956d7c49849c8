"""What is withheld from who may not know who people are, though no field says it is a name."""

from typing import Final

from msgspec import structs

from domain.facts import Recorded
from domain.outcomes import OutcomeHarvested
from domain.records import EventCorrected
from domain.vocabulary import Narrative

WITHHELD: Final = "[afgeschermd / withheld]"
"""What a text reads as for whoever may not read it."""


def withheld(recorded: Recorded) -> Recorded:
    """The event without who told of an outcome: its sources often are people, by name."""
    match recorded.fact:
        case OutcomeHarvested() as fact:
            return structs.replace(recorded, fact=_nameless(fact))
        case EventCorrected(becomes=OutcomeHarvested() as fact) as correction:
            becomes = structs.replace(correction, becomes=_nameless(fact))
            return structs.replace(recorded, fact=becomes)
        case _:
            return recorded


def _nameless(fact: OutcomeHarvested) -> OutcomeHarvested:
    return structs.replace(fact, sources=tuple(Narrative(WITHHELD) for _ in fact.sources))
