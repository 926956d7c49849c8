"""Support requests: the bulk of what is written down, from a first question to its closure."""

from datetime import timedelta
from typing import Final

from domain.documents import AttachDocument
from domain.facts import Source
from domain.notes import AddNote, NoteFor
from domain.support_requests import (
    AnswerSupportRequest,
    AssignSupportRequest,
    Channel,
    CloseSupportRequest,
    DeclineSupportRequest,
    HandleSupportRequest,
    LinkSupportRequest,
    Outcome,
    ReceiveSupportRequest,
    ReopenSupportRequest,
    StartsFrom,
    TriageSupportRequest,
    WithdrawSupportRequest,
)
from domain.vocabulary import (
    ActorId,
    Audience,
    DocumentId,
    NoteId,
    Reference,
    RequestId,
    Thing,
    Track,
)
from tests.load.days import ordinary
from tests.load.life import Branch, Story
from tests.load.people import Cast, Town

STEPS: Final = {1: 5, 2: 4, 3: 5, 4: 8, 5: 13, 6: 36, 7: 11, 8: 7, 9: 4, 10: 3, 12: 2, 16: 1}
"""In how many steps a question is handled: six most often, as in the log of a real desk."""
MEDIAN_DAYS: Final = 9.0
"""How long that takes: half of them longer, one in twenty about two months."""
SPREAD: Final = 1.1
CHANNELS: Final = {
    Channel.WEB: 50,
    Channel.EMAIL: 22,
    Channel.PHONE: 12,
    Channel.DESK: 7,
    Channel.MEETING: 6,
    Channel.POST: 2,
    Channel.INTERNAL: 1,
}
TRACKS: Final = {Track.INFORM: 55, Track.INSPIRE: 33, Track.INNOVATE: 12}
OUTCOMES: Final = {
    Outcome.HELPED: 60,
    Outcome.REFERRED: 18,
    Outcome.LIVES_ON: 12,
    Outcome.NOT_PURSUED: 10,
}
MEDIA: Final = ("application/pdf", "image/jpeg", "image/png", "text/csv")


def question(cast: Cast, town: Town, asker: ActorId | None = None) -> Story:
    """A question, how it is handled, and how it ends."""
    life, request = cast.life, cast.life.new(RequestId)
    who, audience = (asker, Audience.CITIZENS) if asker else cast.asker(town)
    received = life.do(_received(cast, town, request, who, audience), behalf=_spoken(cast, who))
    if received is None:
        return
    cast.asked.append(request)
    cast.open += 1
    yield life.after(life.days(0.8))
    if (yield from _triaged(cast, request)):
        yield from _handled(cast, town, request)
        yield from _ended(cast, town, request)
    cast.open -= 1


def _spoken(cast: Cast, who: ActorId) -> ActorId | None:
    return who if cast.life.random.random() < 0.1 else None


def _received(
    cast: Cast, town: Town, request: RequestId, who: ActorId, audience: Audience
) -> ReceiveSupportRequest:
    chance = cast.life.random
    due = cast.life.at.date() + timedelta(days=chance.choice((14, 30, 30, 60)))
    return ReceiveSupportRequest(
        request=request,
        asked_by=who,
        audience=audience,
        question=cast.words.say("question"),
        municipality=town.nis,
        channel=cast.life.turn("channel", CHANNELS),
        due_on=due if chance.random() < 0.8 else None,
        reference=Reference(f"{cast.life.at:%Y}/{cast.life.position:06}")
        if chance.random() < 0.3
        else None,
    )


def _triaged(cast: Cast, request: RequestId) -> Branch:
    """Whether it goes on: one that starts from others is declined, or turned."""
    life, words = cast.life, cast.words
    track = life.turn("track", TRACKS)
    others = life.often("from others", 0.025)
    life.do(
        TriageSupportRequest(
            request=request,
            track=track,
            starts_from=StartsFrom.OTHERS if others else StartsFrom.PEOPLE,
            reason=words.say("reason"),
        )
    )
    if not others:
        return True
    yield life.after(life.days(4))
    if life.often("answered all the same", 0.3):
        life.do(AnswerSupportRequest(request=request, answer=words.say("answer")))
    if life.often("declined", 0.6):
        life.do(DeclineSupportRequest(request=request, reason=words.say("reason")))
        return False
    life.do(TriageSupportRequest(request=request, track=track, reason=words.say("reason")))
    return True


def _handled(cast: Cast, town: Town, request: RequestId) -> Story:
    life, words = cast.life, cast.words
    member = cast.member()
    life.do(AssignSupportRequest(request=request, assignee=member))
    steps = life.turn("steps", STEPS)
    pace = life.days(MEDIAN_DAYS, SPREAD) / steps
    for step in range(steps):
        yield life.after(pace * life.random.uniform(0.3, 1.7))
        by = cast.professional(town, 0.95) if life.random.random() < 0.12 else member
        handled = HandleSupportRequest(
            request=request, activity=words.say("activity"), handled_by=by
        )
        if life.often("step told late", 0.04):
            life.late(handled, life.days(5))
        else:
            life.do(handled)
        if step == steps // 2:
            _beside(cast, town, request)


def _beside(cast: Cast, town: Town, request: RequestId) -> None:
    """What comes beside the steps: an initiative, a note, a document, another colleague."""
    life = cast.life
    if life.often("request linked", 0.12) and (found := cast.initiative(town)):
        life.do(LinkSupportRequest(request=request, initiative=found.id))
    if life.often("request noted", 0.09):
        note(cast, Thing(request))
    if life.often("request documented", 0.04):
        document(cast, Thing(request))
    if life.often("request handed on", 0.06):
        life.do(AssignSupportRequest(request=request, assignee=cast.member()))


def _ended(cast: Cast, town: Town, request: RequestId) -> Story:
    life, words = cast.life, cast.words
    yield life.after(life.days(1))
    match life.turn("request ends", {"closed": 90, "withdrawn": 4, "declined": 3, "left": 3}):
        case "withdrawn":
            reason = words.say("why_not") if life.random.random() < 0.6 else None
            life.do(WithdrawSupportRequest(request=request, reason=reason))
        case "declined":
            life.do(DeclineSupportRequest(request=request, reason=words.say("reason")))
        case "closed":
            _answer(cast, request)
            yield life.after(life.days(3))
            _close(cast, request)
        case _:
            return
    if life.often("reopened", 0.04):
        yield life.after(life.days(40))
        life.do(ReopenSupportRequest(request=request, reason=words.say("question")))
        life.do(
            TriageSupportRequest(
                request=request, track=life.turn("track", TRACKS), reason=words.say("reason")
            )
        )
        yield from _handled(cast, town, request)
        _answer(cast, request)
        _close(cast, request)


def _answer(cast: Cast, request: RequestId) -> None:
    pointed = cast.life.some(cast.examples, 0, 2) if cast.life.random.random() < 0.4 else []
    cast.life.do(
        AnswerSupportRequest(
            request=request, answer=cast.words.say("answer"), examples=tuple(pointed)
        )
    )


def _close(cast: Cast, request: RequestId) -> None:
    told = cast.words.say("result") if cast.life.random.random() < 0.4 else None
    outcome = cast.life.turn("outcome", OUTCOMES)
    cast.life.do(CloseSupportRequest(request=request, outcome=outcome, explanation=told))


def asked_twice(cast: Cast, town: Town) -> Story:
    """Somebody is entered a second time, and asks something; later the two are merged."""
    life = cast.life
    entries = cast.duplicate(town)
    if entries is None:
        return
    actor, duplicate = entries
    life.begin(question(cast, town, duplicate), life.after(0.1))
    yield life.after(life.days(60))
    cast.merge(actor, duplicate)


def from_the_shelf(cast: Cast, town: Town, cases: int) -> Story:
    """Dossiers of the year before come in from a spreadsheet, some lines in a wrong order."""
    life, words = cast.life, cast.words
    member, line = cast.member(), 1
    for _ in range(cases):
        began = ordinary(life.random, life.at - timedelta(days=320), life.random.uniform(0, 280))
        request, who = life.new(RequestId), cast.citizen(town, 0.6)
        audience = Audience.CITIZENS
        taken = began + timedelta(days=life.random.uniform(1, 9))
        early = timedelta(days=12) if life.often("line out of order", 0.06) else timedelta()
        for command, at in (
            (_received(cast, town, request, who, audience), began),
            (HandleSupportRequest(
                request=request, activity=words.say("activity"), handled_by=member
            ), taken - early),
            (TriageSupportRequest(
                request=request, track=Track.INFORM, reason=words.say("reason")
            ), taken),
            (CloseSupportRequest(request=request, outcome=Outcome.HELPED),
             taken + timedelta(days=life.random.uniform(1, 20)) - 2 * early),
        ):  # fmt: skip
            line += 1
            source = Source(kind="import", file=f"dossiers-{town.nis}.csv", line=line)
            life.do(command, at=at, source=source)
    yield from ()


def note(cast: Cast, about: Thing) -> None:
    shared = NoteFor.SHARED if cast.life.random.random() < 0.35 else NoteFor.INTERNAL
    text = cast.words.say("note")
    cast.life.do(AddNote(note=cast.life.new(NoteId), about=about, text=text, visibility=shared))


def document(cast: Cast, about: Thing) -> None:
    """A file that is named and measured; its bytes lie outside the log, and are not made."""
    chance = cast.life.random
    cast.life.do(
        AttachDocument(
            document=cast.life.new(DocumentId),
            about=about,
            name=cast.words.title(),
            media_type=chance.choice(MEDIA),
            size=round(chance.lognormvariate(11, 1.5)) + 1,
            sha256=f"{chance.getrandbits(256):064x}",
        )
    )
