"""Co-creation: a few steps that people take together."""

from collections.abc import Sequence
from itertools import cycle

from domain.co_creation import (
    ConcludeCoCreation,
    Contribution,
    StartCoCreation,
    StepKind,
    TakeCoCreationStep,
)
from domain.vocabulary import CoCreationId
from tests.load.life import Story
from tests.load.people import Cast, Initiative


def cocreation(cast: Cast, initiatives: Sequence[Initiative]) -> Story:
    """A trajectory of a few steps, most often brought to an end."""
    life, words, chance = cast.life, cast.words, cast.life.random
    town, trajectory = initiatives[0].town, life.new(CoCreationId)
    invited = sorted({cast.professional(town), *(cast.citizen(town) for _ in range(2))})
    done = life.do(
        StartCoCreation(
            cocreation=trajectory,
            initiatives=tuple(one.id for one in initiatives),
            challenge=words.say("question"),
            participants=tuple(invited),
        )
    )
    if done is None:
        return
    kinds = cycle(StepKind)
    for _ in range(chance.randint(2, 8)):
        yield life.evening(life.days(19, 0.5))
        there = sorted({*invited, *(who for one in initiatives for who in one.members)})
        who = life.some(there, 1, 5)
        if life.often("contribution of somebody else", 0.02):
            who.append(cast.citizen(town, 0))
        life.do(
            TakeCoCreationStep(
                cocreation=trajectory,
                step=next(kinds),
                contributions=tuple(
                    Contribution(contributor=one, contribution=words.say("contribution"))
                    for one in who
                ),
                result=words.say("result"),
            )
        )
    if life.often("cocreation concluded", 0.8):
        yield life.after(life.days(15))
        life.do(ConcludeCoCreation(cocreation=trajectory, result=words.say("result")))
