"""How an initiative grew: who takes part, what ties it, what was brought, day by day."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import reduce
from typing import Final

from msgspec import Struct, structs

from domain.actors import ActorsMerged
from domain.co_creation import CoCreationStepTaken
from domain.days import day_of
from domain.facts import Past, Recorded
from domain.initiatives import (
    InitiativeRegistered,
    InitiativesLinked,
    OrientationAssessed,
    ParticipantJoined,
    ParticipantLeft,
    Role,
    StrengthIdentified,
)
from domain.pilots import PilotProposed
from domain.vocabulary import ActorKind, Audience
from projections.initiatives import VIEW, Initiative

GROWING: Final = (
    InitiativeRegistered,
    ParticipantJoined,
    ParticipantLeft,
    ActorsMerged,
    StrengthIdentified,
    OrientationAssessed,
    InitiativesLinked,
    CoCreationStepTaken,
    PilotProposed,
)
"""What may change one of the figures."""
NETWORK: Final = "network"
"""Members of the network take part too, and are no audience of it."""
AUDIENCES: Final[Mapping[ActorKind, str]] = {
    ActorKind.CITIZEN: Audience.CITIZENS,
    ActorKind.ASSOCIATION: Audience.CITIZENS,
    ActorKind.LOCAL_GOVERNMENT: Audience.LOCAL_GOVERNMENTS,
    ActorKind.PROFESSIONAL: Audience.PROFESSIONALS,
    ActorKind.NETWORK_MEMBER: NETWORK,
}


class Scales(Struct, frozen=True, kw_only=True, rename="camel"):
    """The last look at it, on the two scales from 1 to 5."""

    strength_based: int
    network_strengthening: int


class Figures(Struct, frozen=True, kw_only=True, rename="camel"):
    """How large it is: of people only how many, never who."""

    participants: int
    by_role: dict[str, int]
    by_audience: dict[str, int]
    partners: int
    """Actors who take part as partners, or are partners in one of its pilots."""
    links: int
    """With other initiatives."""
    strengths: int
    contributions: int
    """To the steps of its co-creations, until then."""
    contributors: int
    scales: Scales | None


class Point(Figures, frozen=True, kw_only=True, rename="camel"):
    """The figures at the end of a day on which one of them changed, and what changed them."""

    on: date
    positions: list[int]


class _Grown(Struct, frozen=True, kw_only=True):
    row: Initiative
    pilot_partners: frozenset[str] = frozenset()
    contributions: int = 0
    contributors: frozenset[str] = frozenset()


def growth(initiative: str, past: Past, kinds: Mapping[str, ActorKind]) -> list[Point]:
    """A point for each day on which a figure changed.

    `past` is what had happened, each event as it was known; `kinds` are those of its actors.
    """
    empty = _Grown(row=VIEW.empty(initiative))
    events = [recorded for recorded in past if isinstance(recorded.fact, GROWING)]
    points: list[Point] = []
    standing: list[Recorded] = []
    grown, before = empty, None
    for recorded in sorted(events, key=_when):
        in_order = not standing or recorded.position > standing[-1].position
        insort(standing, recorded, key=_position)
        # What stands by then is folded in order of position, so a late entry folds it anew.
        grown = _grow(grown, recorded) if in_order else reduce(_grow, standing, empty)
        figures = _figures(grown, kinds)
        if figures != before and _has_begun(standing):
            _add(points, recorded, figures)
            before = figures
    return points


def _when(recorded: Recorded) -> tuple[datetime, int]:
    return recorded.occurred_at, recorded.position


def _position(recorded: Recorded) -> int:
    return recorded.position


def _has_begun(standing: Past) -> bool:
    return any(isinstance(recorded.fact, InitiativeRegistered) for recorded in standing)


def _add(points: list[Point], recorded: Recorded, figures: Figures) -> None:
    day = day_of(recorded.occurred_at)
    earlier = points.pop().positions if points and points[-1].on == day else []
    positions = [*earlier, recorded.position]
    points.append(Point(on=day, positions=positions, **structs.asdict(figures)))


def _grow(grown: _Grown, recorded: Recorded) -> _Grown:
    grown = structs.replace(grown, row=VIEW.evolve(grown.row, recorded))
    match recorded.fact:
        case PilotProposed() as fact:
            partners = grown.pilot_partners | set(fact.partners)
            return structs.replace(grown, pilot_partners=partners)
        case CoCreationStepTaken() as fact:
            people = {contribution.contributor for contribution in fact.contributions}
            return structs.replace(
                grown,
                contributions=grown.contributions + len(fact.contributions),
                contributors=grown.contributors | people,
            )
        case ActorsMerged() as fact:
            return structs.replace(
                grown,
                pilot_partners=_merged(grown.pilot_partners, fact),
                contributors=_merged(grown.contributors, fact),
            )
        case _:
            return grown


def _merged(actors: frozenset[str], fact: ActorsMerged) -> frozenset[str]:
    if fact.duplicate not in actors:
        return actors
    return actors - {fact.duplicate} | {fact.actor}


def _figures(grown: _Grown, kinds: Mapping[str, ActorKind]) -> Figures:
    people = grown.row.participants
    partners = {person.actor for person in people if person.role == Role.PARTNER}
    last = grown.row.assessments[-1] if grown.row.assessments else None
    return Figures(
        participants=len(people),
        by_role=_counted(person.role for person in people),
        by_audience=_counted(AUDIENCES[kinds[p.actor]] for p in people if p.actor in kinds),
        partners=len(partners | grown.pilot_partners),
        links=len(grown.row.links),
        strengths=len(grown.row.strengths),
        contributions=grown.contributions,
        contributors=len(grown.contributors),
        scales=last
        and Scales(
            strength_based=last.strength_based, network_strengthening=last.network_strengthening
        ),
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(str(word) for word in words).items()))
