"""Co-creation and pilots: from a first step together to what a pilot taught."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from typing import Final

from domain.co_creation import (
    ConcludeCoCreation,
    Contribution,
    StartCoCreation,
    StepKind,
    TakeCoCreationStep,
)
from domain.initiatives import DescribeInitiative, IdentifyStrength
from domain.outcomes import HarvestOutcome, Verdict, VerifyOutcome
from domain.pilots import (
    DecidePilot,
    Decision,
    GiveConsent,
    LearnLesson,
    ProposePilot,
    RecordObservation,
    WithdrawConsent,
)
from domain.vocabulary import (
    CoCreationId,
    Decimal,
    LessonId,
    Narrative,
    OutcomeId,
    PilotId,
    Position,
    Thing,
)
from tests.load.life import Question, Story
from tests.load.people import Cast, Initiative
from tests.load.questions import document, note

INDICATORS: Final = (
    ("Gesprekken", "per week"),
    ("Bezoekers", "per maand"),
    ("Nieuwe vrijwilligers", "mensen"),
    ("Uren dat het open is", "per week"),
    ("Buren die elkaar bij naam kennen", "mensen"),
)
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
VERDICTS: Final = {
    Verdict.CONFIRMED: 70,
    Verdict.PARTLY_CONFIRMED: 22,
    Verdict.NOT_CONFIRMED: 8,
}


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


class _Pilot:
    """What the stories of one pilot share."""

    def __init__(self, cast: Cast, initiative: Initiative, *, wanted: bool) -> None:
        self.cast, self.life, self.words = cast, cast.life, cast.words
        self.initiative, self.town = initiative, initiative.town
        self.wanted = wanted
        self.id = self.life.new(PilotId)
        self.starts = self.life.at.date() + timedelta(days=self.life.random.randint(60, 150))
        self.ends = self.starts + timedelta(days=self.life.random.choice((270, 365, 365, 540)))
        self.seen: list[int] = []
        """Positions of what was observed and decided: the evidence."""

    def decide(self, decision: Decision, **more: object) -> bool:
        deciders = {self.cast.government(self.town), self.cast.member()}
        evidence = tuple(map(Position, sorted(self.life.some(self.seen, 0, 3))))
        conditions = self.words.few("approach", 0, 2) if decision is Decision.APPROVE else ()
        given = {"ends_on": None, "motivation": self.words.say("reason"), **more}
        done = self.life.do(
            DecidePilot(
                pilot=self.id,
                decision=decision,
                deciders=tuple(sorted(deciders)),
                conditions=conditions,
                evidence=evidence,
                **given,  # pyright: ignore[reportArgumentType]
            )
        )
        if done:
            self.seen.append(done)
        return done is not None


def pilot(cast: Cast, initiative: Initiative, *, wanted: bool = False) -> Story:
    """A pilot of an initiative; one that is wanted is approved."""
    life = cast.life
    initiative.busy = True
    _founded(cast, initiative)
    life.begin(cocreation(cast, [initiative]), life.after(1))
    yield life.after(life.days(30, 0.3))
    story = _Pilot(cast, initiative, wanted=wanted)
    while not _propose(story) and wanted:
        # A town that has no plan for those days yet.
        yield life.after(life.days(40, 0.3))
        story = _Pilot(cast, initiative, wanted=wanted)
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


def _propose(story: _Pilot) -> bool:
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


def _decided(story: _Pilot) -> Question:
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


def _runs(story: _Pilot) -> Story:
    """The life of an approved pilot, to its end or to that of the years."""
    life, words = story.life, story.words
    while life.at.date() < story.ends:
        yield life.after(life.days(17, 0.6))
        match life.turn("pilot", EVENTS_OF_A_PILOT):
            case "observe":
                _observe(story)
            case "learn":
                _learn(story)
            case "harvest":
                life.begin(_outcome(story), life.after(1))
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
    _learn(story)
    done = life.often("pilot completed", 0.85)
    story.decide(Decision.COMPLETE if done else Decision.STOP)
    if life.often("decided after the end", 0.04):
        story.decide(Decision.SCALE)
    if done:
        life.begin(_outcome(story), life.after(life.days(60)))
    life.do(IdentifyStrength(initiative=story.initiative.id, strength=words.say("strength")))


def _withdrawn(story: _Pilot) -> Question:
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


def _observe(story: _Pilot) -> None:
    life = story.life
    indicator, unit = life.random.choice(INDICATORS)
    value = life.random.choice((f"{life.random.randint(1, 90)}", f"{life.random.randint(1, 40)}.5"))
    observation = RecordObservation(
        pilot=story.id, indicator=Narrative(indicator), value=Decimal(value), unit=Narrative(unit)
    )
    if life.often("observation told late", 0.12):
        life.late(observation, life.days(8))
    elif done := life.do(observation):
        story.seen.append(done)


def _learn(story: _Pilot) -> None:
    life, lesson = story.life, story.life.new(LessonId)
    evidence = tuple(map(Position, sorted(life.some(story.seen, 1, 4))))
    if life.often("lesson without evidence", 0.02):
        evidence = ()
    done = life.do(
        LearnLesson(
            lesson=lesson,
            pilot=story.id,
            learnt=story.words.say("lesson"),
            evidence=evidence,
            learnt_by=tuple(sorted(set(life.some(story.initiative.initiators, 0, 2)))),
        )
    )
    if done:
        story.cast.lessons.append(lesson)


def _outcome(story: _Pilot) -> Story:
    """An outcome, and somebody else who looks into it."""
    cast, life, words = story.cast, story.life, story.words
    outcome, harvester = life.new(OutcomeId), cast.member()
    life.do(
        HarvestOutcome(
            outcome=outcome,
            pilot=story.id,
            description=words.say("outcome"),
            significance=words.say("reason"),
            contribution=words.say("contribution"),
            sources=words.few("result", 1, 3),
            harvested_by=harvester,
        )
    )
    if not life.often("outcome verified", 0.75):
        return
    yield life.after(life.days(50))
    near = life.often("verified by somebody near", 0.06)
    outsiders = [*cast.members, cast.citizen(cast.town()), cast.professional(cast.town())]
    verifier = harvester if near else life.random.choice(outsiders)
    verdict = life.turn("verdict", VERDICTS)
    note_on_it = words.say("note") if life.random.random() < 0.3 else None
    life.do(
        VerifyOutcome(
            pilot=story.id, outcome=outcome, verified_by=verifier, verdict=verdict, note=note_on_it
        )
    )
