"""What a pilot goes through: decisions, observations, lessons, and outcomes looked into."""

from datetime import timedelta
from typing import Final

from domain.outcomes import HarvestOutcome, Verdict, VerifyOutcome
from domain.pilots import DecidePilot, Decision, LearnLesson, RecordObservation
from domain.vocabulary import Decimal, LessonId, Narrative, OutcomeId, PilotId, Position
from tests.load.life import Story
from tests.load.people import Cast, Initiative

INDICATORS: Final = (
    ("Gesprekken", "per week"),
    ("Bezoekers", "per maand"),
    ("Nieuwe vrijwilligers", "mensen"),
    ("Uren dat het open is", "per week"),
    ("Buren die elkaar bij naam kennen", "mensen"),
)
VERDICTS: Final = {
    Verdict.CONFIRMED: 70,
    Verdict.PARTLY_CONFIRMED: 22,
    Verdict.NOT_CONFIRMED: 8,
}


class Trial:
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


def observe(story: Trial) -> None:
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


def learn(story: Trial) -> None:
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


def outcome(story: Trial) -> Story:
    """An outcome, and somebody else who looks into it."""
    cast, life, words = story.cast, story.life, story.words
    found, harvester = life.new(OutcomeId), cast.member()
    life.do(
        HarvestOutcome(
            outcome=found,
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
            pilot=story.id, outcome=found, verified_by=verifier, verdict=verdict, note=note_on_it
        )
    )
