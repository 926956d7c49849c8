"""Info sessions, workshops, and the examples that are told there."""

from datetime import timedelta
from typing import Final

from domain.examples import ExampleKind, PublishExample, ReviseExample, WithdrawExample
from domain.info_sessions import (
    Attendance,
    CancelInfoSession,
    PlanInfoSession,
    ReportInfoSession,
    RescheduleInfoSession,
)
from domain.vocabulary import (
    ActorId,
    ApproachId,
    Audience,
    ExampleId,
    Narrative,
    SessionId,
    WorkshopId,
)
from domain.workshops import (
    Answer,
    AnswerApproach,
    CancelWorkshop,
    HandOverTool,
    PlanWorkshop,
    ProposeApproach,
    RecordInsight,
    ReportWorkshop,
    RescheduleWorkshop,
    StartingQuestion,
)
from tests.load.life import Story
from tests.load.people import Cast, Initiative, Town

BEFORE: Final = {"held": 80, "moved": 12, "cancelled": 8}
ANSWERS: Final = {Answer.TAKEN_UP: 62, Answer.SET_ASIDE: 27, None: 11}


def session(cast: Cast, town: Town) -> Story:
    """An info session, from the plan to who came."""
    life, words, chance = cast.life, cast.words, cast.life.random
    session, planned = life.new(SessionId), life.evening(life.days(28, 0.4))
    hosts = (cast.member(),) if chance.random() < 0.8 else ()
    life.do(
        PlanInfoSession(
            session=session,
            title=words.title(),
            municipality=town.nis,
            planned_at=planned,
            hosts=hosts,
        )
    )
    if (what := life.turn("session", BEFORE)) != "held":
        yield life.after((planned - life.at).days * 0.6)
        if what == "cancelled":
            life.do(CancelInfoSession(session=session, reason=words.say("why_not")))
            return
        planned = life.evening((planned - life.at).days + life.days(21, 0.4))
        reason = words.say("why_not")
        life.do(RescheduleInfoSession(session=session, planned_at=planned, reason=reason))
    yield planned
    life.do(_told(cast, town, session))
    if life.often("session reported twice", 0.01):
        life.do(_told(cast, town, session))


def _told(cast: Cast, town: Town, session: SessionId) -> ReportInfoSession:
    chance = cast.life.random
    came = {
        Audience.CITIZENS: chance.randint(4, 60),
        Audience.PROFESSIONALS: chance.randint(0, 12),
        Audience.LOCAL_GOVERNMENTS: chance.randint(0, 4),
    }
    named = {cast.citizen(town, 0.7) for _ in range(chance.randint(0, 5))}
    return ReportInfoSession(
        session=session,
        attendance=tuple(Attendance(audience=a, people=n) for a, n in came.items() if n),
        participants=tuple(sorted(named)),
        questions=cast.words.few("question", 1, 5),
        examples_told=cast.words.few("result", 0, 2),
        examples=tuple(cast.life.some(cast.examples, 0, 3)),
    )


def workshop(cast: Cast, initiatives: list[Initiative]) -> Story:
    """A workshop of one or more initiatives, and what they do with it."""
    life, words, chance = cast.life, cast.words, cast.life.random
    town, workshop = initiatives[0].town, life.new(WorkshopId)
    planned = life.evening(life.days(30, 0.4))
    askers = sorted({chance.choice(one.initiators) for one in initiatives if one.initiators})
    guests = [cast.citizen(town, 0.7) for _ in range(chance.randint(0, 2))]
    questions = tuple(
        StartingQuestion(asked_by=who, question=words.say("question"))
        for who in [*askers, *guests[:1]]
    )
    done = life.do(
        PlanWorkshop(
            workshop=workshop,
            title=words.title(),
            initiatives=tuple(one.id for one in initiatives),
            municipality=town.nis,
            planned_at=planned,
            participants=tuple(sorted({*guests})),
            questions=questions if not life.often("no question yet", 0.02) else (),
        )
    )
    if done is None:
        return
    if (what := life.turn("workshop", BEFORE)) != "held":
        yield life.after((planned - life.at).days * 0.6)
        if what == "cancelled":
            life.do(CancelWorkshop(workshop=workshop, reason=words.say("why_not")))
            return
        planned = life.evening((planned - life.at).days + life.days(21, 0.4))
        life.do(RescheduleWorkshop(workshop=workshop, planned_at=planned))
    yield planned
    members = {who for one in initiatives for who in life.some(one.members, 0, 4)}
    came = tuple(sorted({*askers, *guests, *members}))
    attendance = len(came) + chance.randint(2, 15)
    report = ReportWorkshop(workshop=workshop, participants=came, attendance=attendance)
    life.do(report)
    _came_of(cast, workshop, came)
    if life.often("workshop reported twice", 0.01):
        life.do(report)
    for one in initiatives:
        if life.often("approach proposed", 0.65):
            life.begin(_approach(cast, workshop, one), life.after(life.days(2)))


def _came_of(cast: Cast, workshop: WorkshopId, came: tuple[ActorId, ...]) -> None:
    life, words, chance = cast.life, cast.words, cast.life.random
    for _ in range(chance.randint(1, 4)):
        voice = chance.choice(came) if came and chance.random() < 0.5 else None
        insight = RecordInsight(workshop=workshop, insight=words.say("insight"), voiced_by=voice)
        if life.often("insight told late", 0.2):
            life.late(insight, life.days(6))
        else:
            life.do(insight)
    for _ in range(chance.randint(0, 3)):
        received = tuple(life.some(list(came), 0, 3))
        life.do(HandOverTool(workshop=workshop, tool=words.say("tool"), received_by=received))


def _approach(cast: Cast, workshop: WorkshopId, initiative: Initiative) -> Story:
    life, words = cast.life, cast.words
    approach = life.new(ApproachId)
    life.do(
        ProposeApproach(
            approach=approach,
            workshop=workshop,
            initiative=initiative.id,
            proposal=words.say("approach"),
        )
    )
    yield life.after(life.days(35))
    answer = life.turn("approach", ANSWERS)
    if answer and initiative.initiators:
        life.do(
            AnswerApproach(
                approach=approach,
                workshop=workshop,
                answer=answer,
                answered_by=life.random.choice(initiative.initiators),
                reason=words.say("reason"),
            )
        )


def example(cast: Cast, town: Town, initiative: Initiative | None) -> Story:
    """An example for the catalogue; sometimes told better later, or taken out again."""
    life, words, chance = cast.life, cast.words, cast.life.random
    example, kind = life.new(ExampleId), life.turn("example", dict.fromkeys(ExampleKind, 1))
    teller = cast.citizen(town, 0.8) if kind is not ExampleKind.EXAMPLE else None
    agreed = life.at.date() - timedelta(days=chance.randint(1, 20))
    forgotten = life.often("agreement forgotten", 0.03)
    done = life.do(
        PublishExample(
            example=example,
            kind=kind,
            title=words.title(),
            summary=Narrative(" ".join((words.say("result"), words.say("lesson")))),
            themes=words.themes(),
            municipality=town.nis if chance.random() < 0.8 or not initiative else None,
            initiative=initiative.id if initiative else None,
            told_by=teller,
            agreed_on=None if forgotten or not teller else agreed,
        )
    )
    if done is None:
        return
    cast.examples.append(example)
    if life.often("example revised", 0.3):
        yield life.after(life.days(200))
        life.do(ReviseExample(example=example, summary=words.say("result")))
    if life.often("example withdrawn", 0.08):
        yield life.after(life.days(300))
        life.do(WithdrawExample(example=example, reason=words.say("reason")))
        if chance.random() < 0.7:
            cast.examples.remove(example)
