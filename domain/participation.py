"""Who takes part in initiatives, and when: asked on the day itself, whatever came after."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from domain.actors import ActorsMerged
from domain.facts import Mark, Recorded
from domain.initiatives import (
    InitiativeRegistered,
    ParticipantJoined,
    ParticipantLeft,
    TakesNoPart,
)
from domain.refusals import DatedBefore
from domain.vocabulary import ActorId, InitiativeId

TAKING_PART = (InitiativeRegistered, ParticipantJoined, ParticipantLeft, ActorsMerged)


class Stay(NamedTuple):
    """A while in which somebody takes part."""

    actor: ActorId
    joined: Mark
    left: Mark | None = None

    def covers(self, at: datetime) -> bool:
        return self.joined.at <= at and (self.left is None or at < self.left.at)


Participation = Mapping[InitiativeId, tuple[Stay, ...]]
"""Who took part when, in each initiative that a decision of another conversation reads."""


def participation(now: Participation, recorded: Recorded) -> Participation:
    """Who took part when, once this is known."""
    mark = recorded.mark
    match recorded.fact:
        case InitiativeRegistered() as fact:
            return {**now, fact.initiative: tuple(Stay(a, mark) for a in fact.initiators)}
        case ParticipantJoined() as fact:
            stays = now.get(fact.initiative, ())
            if any(stay.actor == fact.participant and stay.left is None for stay in stays):
                return now  # in another role
            return {**now, fact.initiative: (*stays, Stay(fact.participant, mark))}
        case ParticipantLeft() as fact:
            stays = (
                stay._replace(left=mark)
                if stay.actor == fact.participant and stay.left is None
                else stay
                for stay in now.get(fact.initiative, ())
            )
            return {**now, fact.initiative: tuple(stays)}
        case ActorsMerged() as fact:
            return {initiative: _going_on(stays, fact) for initiative, stays in now.items()}
        case _:
            return now


def _going_on(stays: tuple[Stay, ...], fact: ActorsMerged) -> tuple[Stay, ...]:
    """The stays of the duplicate become those of the actor."""
    return tuple(
        stay._replace(actor=fact.actor) if stay.actor == fact.duplicate else stay for stay in stays
    )


def going_on(present: frozenset[ActorId], fact: ActorsMerged) -> frozenset[ActorId]:
    """Those present, with the actor in the place of its duplicate."""
    return present - {fact.duplicate} | {fact.actor} if fact.duplicate in present else present


def check_taking_part(
    actor: ActorId, stays: Iterable[Stay], at: datetime, thing: str, *marks: Mark
) -> None:
    """Check that somebody took part at a moment, whatever became of it since (rule 8).

    Raises:
        TakesNoPart: blocked by these marks, and by their leaving.
        DatedBefore: if they joined later.
    """
    own = [stay for stay in stays if stay.actor == actor]
    if any(stay.covers(at) for stay in own):
        return
    later = [stay.joined for stay in own if stay.joined.at > at]
    if later:
        raise DatedBefore(min(later, key=lambda mark: mark.at))
    left = (stay.left for stay in own if stay.left)
    raise TakesNoPart(*marks, *left, actor=actor, thing=thing)
