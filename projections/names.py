"""Names of things, which readers see in place of ids."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from msgspec import structs

from domain.actors import ActorDetailsChanged, ActorRegistered
from domain.ambitions import AmbitionSet
from domain.blueprints import BlueprintDrafted
from domain.co_creation import CoCreationStarted
from domain.examples import ExamplePublished, ExampleRevised
from domain.facts import Fact, Recorded, municipality_tag, subject
from domain.info_sessions import InfoSessionPlanned
from domain.initiatives import InitiativeDescribed, InitiativeRegistered
from domain.outcomes import OutcomeHarvested
from domain.pilots import LessonLearned, PilotProposed
from domain.records import EventCorrected
from domain.register import municipalities
from domain.workshops import RenewedApproachProposed, WorkshopPlanned
from projections.sentences import shortened
from projections.view import Column, Row, View

LONGEST: Final = 80
"""Characters of a text that serve as the name of what has none, such as a co-creation."""


class Name(Row, kw_only=True):
    kind: str
    """The prefix of its id, e.g. `actor`."""
    name: str = ""


NAMING: Final[frozenset[type[Fact]]] = frozenset(
    {
        ActorRegistered,
        ActorDetailsChanged,
        InitiativeRegistered,
        InitiativeDescribed,
        InfoSessionPlanned,
        ExamplePublished,
        ExampleRevised,
        WorkshopPlanned,
        RenewedApproachProposed,
        CoCreationStarted,
        PilotProposed,
        LessonLearned,
        OutcomeHarvested,
        BlueprintDrafted,
        AmbitionSet,
    }
)
"""The types of facts that may give a name: `told` knows each of them."""


def told(fact: Fact) -> str | None:
    """The name that a fact gives to its subject, if it does."""
    match fact:
        case ActorRegistered() | InitiativeRegistered():
            return fact.name
        case ActorDetailsChanged() | InitiativeDescribed():
            return fact.name
        case ExampleRevised():
            return fact.title
        case InfoSessionPlanned() | ExamplePublished() | WorkshopPlanned() | PilotProposed():
            return fact.title
        case BlueprintDrafted():
            return fact.title
        case CoCreationStarted():
            return shortened(fact.challenge, LONGEST)
        case AmbitionSet():
            return shortened(fact.statement, LONGEST)
        case LessonLearned():
            return shortened(fact.learnt, LONGEST)
        case OutcomeHarvested():
            return shortened(fact.description, LONGEST)
        case RenewedApproachProposed():
            return shortened(fact.proposal, LONGEST)
        case _:
            return None


def keys(fact: Fact, _position: int) -> Iterable[str]:
    naming = fact.becomes if isinstance(fact, EventCorrected) else fact
    return () if told(naming) is None else (subject(naming),)


def evolve(row: Name, recorded: Recorded) -> Name:
    name = told(recorded.fact) or row.name
    return structs.replace(row, version=recorded.position, name=name)


def pseudonym(actor: str) -> str:
    """A name that tells actors apart and nothing else."""
    return f"actor {actor[-6:]}"


@cache
def of_municipalities() -> Mapping[str, str]:
    """The name of every municipality by its tag, e.g. `nis:11001`: from the register."""
    return {municipality_tag(nis): known.name for nis, known in municipalities().items()}


VIEW = View(
    name="names",
    version=2,
    row=Name,
    keys=keys,
    facts=NAMING | {EventCorrected},
    empty=lambda key: Name(id=key, kind=key.partition("_")[0]),
    evolve=evolve,
    columns={
        "kind": Column("text", lambda row: row.kind),
        "name": Column("text", lambda row: row.name),
    },
    indexes=(("kind",),),
)
