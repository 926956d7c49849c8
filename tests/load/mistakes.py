"""What is asked in good faith and not allowed: each is refused by a rule."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from domain.actors import RegisterActor
from domain.commands import Command
from domain.examples import ExampleKind, PublishExample
from domain.info_sessions import PlanInfoSession
from domain.initiatives import (
    IdentifyStrength,
    LinkInitiatives,
    RegisterInitiative,
    ResumeInitiative,
)
from domain.municipalities import AdoptPolicyPlan
from domain.pilots import DecidePilot, Decision, GiveConsent, ProposePilot
from domain.support_requests import (
    AnswerSupportRequest,
    Channel,
    HandleSupportRequest,
    ReceiveSupportRequest,
)
from domain.vocabulary import (
    ActorId,
    ActorKind,
    Audience,
    ExampleId,
    InitiativeId,
    Narrative,
    NisCode,
    PilotId,
    RequestId,
    SessionId,
)
from tests.load.life import Story
from tests.load.people import Cast

LONG_AGO: Final = timedelta(days=3000)
NEW_IN_2025: Final = NisCode("46029")


def mistake(cast: Cast) -> Story:
    """One of the mistakes that people make, as soon as there is something to make it about."""
    life = cast.life
    what = life.turn("mistake", dict.fromkeys(MISTAKES, 1))
    while (command := MISTAKES[what](cast)) is None:
        yield life.after(200)
    life.do(command, at=life.at - LONG_AGO if what == "dated_long_ago" else None)


def _started_by_a_professional(cast: Cast) -> Command:
    town = cast.town()
    return RegisterInitiative(
        initiative=cast.life.new(InitiativeId),
        name=cast.words.title(),
        initiators=(cast.professional(town),),
        municipality=town.nis,
    )


def _started_by_nobody(cast: Cast) -> Command:
    return RegisterInitiative(
        initiative=cast.life.new(InitiativeId),
        name=cast.words.title(),
        initiators=(),
        municipality=cast.town().nis,
    )


def _number_taken(cast: Cast) -> Command:
    return RegisterActor(
        actor=cast.life.new(ActorId),
        kind=ActorKind.ASSOCIATION,
        name=cast.words.group(),
        vcode=cast.vcode(),
    )


def _details_of_another_kind(cast: Cast) -> Command:
    return RegisterActor(
        actor=cast.life.new(ActorId),
        kind=ActorKind.CITIZEN,
        name=cast.words.name(),
        organisation=cast.words.group(),
    )


def _who_was_merged(cast: Cast) -> Command | None:
    if not cast.merged:
        return None
    return ReceiveSupportRequest(
        request=cast.life.new(RequestId),
        asked_by=cast.life.random.choice(cast.merged),
        audience=Audience.CITIZENS,
        question=cast.words.say("question"),
        municipality=cast.town().nis,
        channel=Channel.PHONE,
    )


def _nobody_known(cast: Cast) -> Command:
    return ReceiveSupportRequest(
        request=cast.life.new(RequestId),
        asked_by=cast.life.new(ActorId),
        audience=Audience.CITIZENS,
        question=cast.words.say("question"),
        municipality=cast.town().nis,
        channel=Channel.DESK,
    )


def _municipality_of_later(cast: Cast) -> Command:
    return PlanInfoSession(
        session=cast.life.new(SessionId),
        title=cast.words.title(),
        municipality=NEW_IN_2025,
        planned_at=cast.life.evening(20),
    )


def _linked_to_itself(cast: Cast) -> Command | None:
    one = cast.initiative()
    return one and LinkInitiatives(initiative=one.id, other=one.id, how=cast.words.say("reason"))


def _resumed_while_active(cast: Cast) -> Command | None:
    one = cast.initiative()
    return one and ResumeInitiative(initiative=one.id)


def _after_its_end(cast: Cast) -> Command | None:
    ended = [one for town in cast.towns for one in town.initiatives if not one.active]
    if not ended:
        return None
    one = cast.life.random.choice(ended)
    return IdentifyStrength(initiative=one.id, strength=cast.words.say("strength"))


def _plan_of_tomorrow(cast: Cast) -> Command:
    day = cast.life.now.date()
    return AdoptPolicyPlan(
        municipality=cast.town().nis,
        title=cast.words.title(),
        adopted_on=day + timedelta(days=30),
        starts_on=day,
        ends_on=day + timedelta(days=300),
    )


def _plan_that_ends_first(cast: Cast) -> Command:
    day = cast.life.now.date()
    return AdoptPolicyPlan(
        municipality=cast.town().nis,
        title=cast.words.title(),
        adopted_on=day - timedelta(days=30),
        starts_on=day,
        ends_on=day - timedelta(days=300),
    )


def _pilot_beyond_every_plan(cast: Cast) -> Command | None:
    one = cast.initiative()
    return one and ProposePilot(
        pilot=cast.life.new(PilotId),
        initiative=one.id,
        municipality=one.town.nis,
        title=cast.words.title(),
        hypothesis=cast.words.say("insight"),
        aim=cast.words.say("need"),
        starts_on=date(2040, 1, 1),
        ends_on=date(2041, 1, 1),
    )


def _consent_of_a_passer_by(cast: Cast) -> Command | None:
    if not cast.pilots:
        return None
    pilot, passer_by = cast.life.random.choice(cast.pilots), cast.citizen(cast.town(), 0)
    return GiveConsent(pilot=pilot, initiator=passer_by)


def _decided_without_reasons(cast: Cast) -> Command | None:
    if not cast.pilots:
        return None
    return DecidePilot(
        pilot=cast.pilots[-1],
        decision=Decision.ADJUST,
        deciders=(cast.member(),),
        motivation=Narrative(""),
    )


def _answered_at_once(cast: Cast) -> Command | None:
    if not cast.asked:
        return None
    return AnswerSupportRequest(request=cast.asked[-1], answer=cast.words.say("answer"))


def _handled_after_all(cast: Cast) -> Command | None:
    if not cast.asked:
        return None
    return HandleSupportRequest(
        request=cast.asked[len(cast.asked) // 2],
        activity=cast.words.say("activity"),
        handled_by=cast.member(),
    )


def _dated_long_ago(cast: Cast) -> Command | None:
    """It is said to have happened long before there was a question."""
    if not cast.asked:
        return None
    return HandleSupportRequest(
        request=cast.asked[-1], activity=cast.words.say("activity"), handled_by=cast.member()
    )


def _told_without_agreement(cast: Cast) -> Command:
    town = cast.town()
    return PublishExample(
        example=cast.life.new(ExampleId),
        kind=ExampleKind.TESTIMONY,
        title=cast.words.title(),
        summary=cast.words.say("lesson"),
        municipality=town.nis,
        told_by=cast.citizen(town),
    )


def _named_twice(cast: Cast) -> Command:
    town = cast.town()
    who = cast.citizen(town)
    return RegisterInitiative(
        initiative=cast.life.new(InitiativeId),
        name=cast.words.title(),
        initiators=(who, who),
        municipality=town.nis,
    )


MISTAKES: Final[Mapping[str, Callable[[Cast], Command | None]]] = {
    make.__name__.strip("_"): make
    for make in (
        _started_by_a_professional,
        _started_by_nobody,
        _number_taken,
        _details_of_another_kind,
        _who_was_merged,
        _nobody_known,
        _municipality_of_later,
        _linked_to_itself,
        _resumed_while_active,
        _after_its_end,
        _plan_of_tomorrow,
        _plan_that_ends_first,
        _pilot_beyond_every_plan,
        _consent_of_a_passer_by,
        _decided_without_reasons,
        _answered_at_once,
        _handled_after_all,
        _dated_long_ago,
        _told_without_agreement,
        _named_twice,
    )
}
