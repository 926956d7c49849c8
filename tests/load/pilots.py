"""Pilots: from the wish of an initiative to what the pilot taught."""

from datetime import timedelta
from typing import Final

from domain.initiatives import DescribeInitiative, IdentifyStrength
from domain.pilots import (
    Decision,
    GiveConsent,
    ProposePilot,
    WithdrawConsent,
)
from domain.vocabulary import (
    Thing,
)
from tests.load.life import Branch, Story
from tests.load.people import Cast, Initiative
from tests.load.pilot_steps import Trial, learn, observe, outcome
from tests.load.questions import document, note
from tests.load.together import cocreation

EVENTS_OF_A_PILOT: Final = {
    "observe": 55,
    "learn": 13,
    "harvest": 9,
    "adjust": 6,
    "pause": 4,
    "extend": 4,
    "scale": 2,
    "withdraw": 3,
    "note": 3,
    "document": 1,
}


def pilot(cast: Cast, initiative: Initiative, *, wanted: bool = False) -> Story:
    """A pilot of an initiative; one that is wanted is approved."""
    life = cast.life
    initiative.busy = True
    _founded(cast, initiative)
    life.begin(cocreation(cast, [initiative]), life.after(1))
    yield life.after(life.days(30, 0.3))
    story = Trial(cast, initiative, wanted=wanted)
    while not _propose(story) and wanted:
        # A town that has no plan for those days yet.
        yield life.after(life.days(40, 0.3))
        story = Trial(cast, initiative, wanted=wanted)
    if story.seen:
        cast.pilots.append(story.id)
        if (yield from _decided(story)):
            yield from _runs(story)
    initiative.busy = False


def _founded(cast: Cast, initiative: Initiative) -> None:
    """It starts from people's strengths and their appetite."""
    life, words = cast.life, cast.words
    life.do(DescribeInitiative(initiative=initiative.id, appetite=words.say("appetite")))
    life.do(IdentifyStrength(initiative=initiative.id, strength=words.say("strength")))


def _propose(story: Trial) -> bool:
    cast, town = story.cast, story.town
    partners = {cast.professional(town) for _ in range(2)} | {cast.government(town)}
    done = story.life.do(
        ProposePilot(
            pilot=story.id,
            initiative=story.initiative.id,
            municipality=town.nis,
            title=story.words.title(),
            hypothesis=story.words.say("insight"),
            aim=story.words.say("need"),
            partners=tuple(sorted(partners)),
            starts_on=story.starts,
            ends_on=story.ends,
        )
    )
    if done:
        story.seen.append(done)
    return done is not None


def _decided(story: Trial) -> Branch:
    """Whether it was approved, once everybody consented."""
    life = story.life
    if life.often("decided before consent", 0.08):
        story.decide(Decision.APPROVE)
    for who in list(story.initiative.initiators):
        yield life.after(life.days(5))
        life.do(GiveConsent(pilot=story.id, initiator=who))
    if life.often("deferred", 0.2):
        yield life.after(life.days(14, 0.4))
        story.decide(Decision.DEFER)
    yield life.after(life.days(16, 0.4))
    if not story.wanted and life.often("rejected", 0.2):
        story.decide(Decision.REJECT)
        return False
    for _ in range(4):
        if story.decide(Decision.APPROVE):
            return True
        for who in list(story.initiative.initiators):
            life.do(GiveConsent(pilot=story.id, initiator=who))
        yield life.after(life.days(20, 0.3))
    return False


def _runs(story: Trial) -> Story:
    """The life of an approved pilot, to its end or to that of the years."""
    life, words = story.life, story.words
    while life.at.date() < story.ends:
        yield life.after(life.days(17, 0.6))
        match life.turn("pilot", EVENTS_OF_A_PILOT):
            case "observe":
                observe(story)
            case "learn":
                learn(story)
            case "harvest":
                life.begin(outcome(story), life.after(1))
            case "adjust":
                story.decide(Decision.ADJUST)
            case "pause":
                story.decide(Decision.PAUSE)
                yield life.after(life.days(45))
                story.decide(Decision.RESUME)
            case "extend":
                longer = story.ends + timedelta(days=180)
                if story.decide(Decision.EXTEND, ends_on=longer):
                    story.ends = longer
            case "scale":
                story.decide(Decision.SCALE)
            case "withdraw":
                if (yield from _withdrawn(story)):
                    return
            case "note":
                note(story.cast, Thing(story.id))
            case _:
                document(story.cast, Thing(story.id))
    learn(story)
    done = life.often("pilot completed", 0.85)
    story.decide(Decision.COMPLETE if done else Decision.STOP)
    if life.often("decided after the end", 0.04):
        story.decide(Decision.SCALE)
    if done:
        life.begin(outcome(story), life.after(life.days(60)))
    life.do(IdentifyStrength(initiative=story.initiative.id, strength=words.say("strength")))


def _withdrawn(story: Trial) -> Branch:
    """Somebody no longer agrees: the pilot pauses, and goes on or is stopped. Whether stopped."""
    life = story.life
    if not story.initiative.initiators:
        return False
    who = life.random.choice(story.initiative.initiators)
    reason = story.words.say("why_not")
    life.do(WithdrawConsent(pilot=story.id, initiator=who, reason=reason))
    yield life.after(life.days(25))
    if life.often("stopped for want of consent", 0.35):
        return story.decide(Decision.STOP)
    if life.often("resumed without consent", 0.2):
        story.decide(Decision.RESUME)
    life.do(GiveConsent(pilot=story.id, initiator=who))
    yield life.after(life.days(8))
    story.decide(Decision.RESUME)
    return False
