"""Initiatives: how each starts, grows for some years, rests, and ends or goes on."""

from typing import Final

from domain.initiatives import (
    AssessOrientation,
    DescribeInitiative,
    EndInitiative,
    IdentifyStrength,
    JoinInitiative,
    LeaveInitiative,
    LinkInitiatives,
    RegisterInitiative,
    RestInitiative,
    ResumeInitiative,
    Role,
)
from domain.professionals import MakeBridge
from domain.vocabulary import ActorId, InitiativeId, Reference, Thing
from tests.load.gatherings import example, workshop
from tests.load.life import Story
from tests.load.people import Cast, Initiative, Town
from tests.load.questions import document, note
from tests.load.together import cocreation

TURNS: Final = {
    "join": 36,
    "leave": 7,
    "strength": 10,
    "assess": 11,
    "bridge": 5,
    "link": 4,
    "describe": 4,
    "rest": 2,
    "workshop": 9,
    "cocreation": 3,
    "example": 4,
    "note": 4,
    "document": 1,
}
ROLES: Final = {Role.VOLUNTEER: 58, Role.PARTNER: 22, Role.FACILITATOR: 12, Role.INITIATOR: 8}
MOST_TURNS: Final = 34


def start(cast: Cast, town: Town) -> Initiative | None:
    """An initiative that people of the town have started."""
    life, words, chance = cast.life, cast.words, cast.life.random
    initiators = [cast.citizen(town, 0.5) for _ in range(chance.choice((1, 1, 2, 2, 3)))]
    if chance.random() < 0.3:
        initiators.append(cast.association(town))
    initiators = sorted(set(initiators))
    made = Initiative(life.new(InitiativeId), town, initiators, life.at, list(initiators))
    done = life.do(
        RegisterInitiative(
            initiative=made.id,
            name=words.title(),
            initiators=tuple(initiators),
            municipality=town.nis,
            neighbourhood=words.place() if chance.random() < 0.6 else None,
            themes=words.themes(),
            strengths=words.few("strength", 0, 2),
            appetite=words.say("appetite") if chance.random() < 0.75 else None,
            reference=Reference(f"I{life.position:06}") if chance.random() < 0.2 else None,
        )
    )
    if done is None:
        return None
    town.initiatives.append(made)
    return made


def initiative(cast: Cast, town: Town) -> Story:
    """An initiative, for as long as the network hears of it."""
    if (made := start(cast, town)) is not None:
        yield from growing(cast, made)


def growing(cast: Cast, made: Initiative) -> Story:
    life, words = cast.life, cast.words
    turns = round(min(life.days(10, 0.8), MOST_TURNS))
    for _ in range(turns):
        yield life.after(life.days(38))
        yield from _grow(cast, made)
    if made.active and not made.busy and life.often("initiative ends", 0.35):
        yield life.after(life.days(90))
        if made.busy:
            return
        made.active = False
        life.do(EndInitiative(initiative=made.id, lives_on=words.say("outcome")))
        if life.often("joined after the end", 0.03):
            life.do(_joining(cast, made, Role.VOLUNTEER)[0])


def _grow(cast: Cast, made: Initiative) -> Story:
    life, words, chance = cast.life, cast.words, cast.life.random
    match life.turn("growth", TURNS):
        case "join":
            for _ in range(chance.choice((1, 1, 2, 3))):
                _join(cast, made)
        case "leave":
            _leave(cast, made)
        case "strength":
            by = chance.choice(made.members) if made.members and chance.random() < 0.7 else None
            strength = words.say("strength")
            life.do(IdentifyStrength(initiative=made.id, strength=strength, identified_by=by))
        case "assess":
            _assess(cast, made)
        case "bridge":
            by, people = cast.professional(made.town), chance.choice((1, 2, 2, 3, 5, 9))
            how = words.say("role")
            life.do(MakeBridge(initiative=made.id, professional=by, how=how, people=people))
        case "link":
            other = cast.initiative(made.town if chance.random() < 0.7 else None)
            if other and other is not made:
                how = words.say("reason")
                life.do(LinkInitiatives(initiative=made.id, other=other.id, how=how))
        case "describe":
            life.do(DescribeInitiative(initiative=made.id, appetite=words.say("appetite")))
        case "rest":
            yield from _rest(cast, made)
        case "workshop":
            life.begin(workshop(cast, _with_others(cast, made)), life.after(1))
        case "cocreation":
            life.begin(cocreation(cast, _with_others(cast, made)), life.after(1))
        case "example":
            life.begin(example(cast, made.town, made), life.after(1))
        case "note":
            note(cast, Thing(made.id))
        case _:
            document(cast, Thing(made.id))


def _with_others(cast: Cast, made: Initiative) -> list[Initiative]:
    """The initiative, and sometimes another of the town."""
    other = cast.initiative(made.town) if cast.life.random.random() < 0.15 else None
    return [made, other] if other and other is not made else [made]


def _join(cast: Cast, made: Initiative) -> None:
    life = cast.life
    role = life.turn("role", ROLES)
    if made.busy and role is Role.INITIATOR:
        role = Role.VOLUNTEER
    joining, who = _joining(cast, made, role)
    if life.often("joining told late", 0.06):
        life.late(joining, life.days(9))
        return
    if life.do(joining):
        made.members.append(who)
        if role is Role.INITIATOR:
            made.initiators.append(who)
        elif who in made.initiators:
            made.initiators.remove(who)


def _joining(cast: Cast, made: Initiative, role: Role) -> tuple[JoinInitiative, ActorId]:
    match role:
        case Role.PARTNER:
            who = cast.professional(made.town)
        case Role.FACILITATOR:
            who = cast.member()
        case Role.INITIATOR | Role.VOLUNTEER:
            who = cast.citizen(made.town, 0.5)
    if made.busy and who in made.initiators:
        who = cast.citizen(made.town, 0)
    return JoinInitiative(initiative=made.id, participant=who, role=role), who


def _leave(cast: Cast, made: Initiative) -> None:
    leaving = [who for who in made.members if not (made.busy and who in made.initiators)]
    if not leaving:
        return
    who = cast.life.random.choice(leaving)
    reason = cast.words.say("why_not") if cast.life.random.random() < 0.5 else None
    if cast.life.do(LeaveInitiative(initiative=made.id, participant=who, reason=reason)):
        made.members[:] = [one for one in made.members if one != who]
        made.initiators[:] = [one for one in made.initiators if one != who]


def _assess(cast: Cast, made: Initiative) -> None:
    life, chance = cast.life, cast.life.random
    grown = (life.at - made.since).days / 700
    strength, network = (min(5, max(1, round(chance.gauss(2.4 + grown, 0.9)))) for _ in range(2))
    if life.often("off the scale", 0.01):
        network = 6
    life.do(
        AssessOrientation(
            initiative=made.id,
            strength_based=strength,
            network_strengthening=network,
            reason=cast.words.say("reason"),
            assessed_by=cast.member(),
        )
    )


def _rest(cast: Cast, made: Initiative) -> Story:
    life = cast.life
    if made.busy or not made.active:
        return
    made.active = False
    life.do(RestInitiative(initiative=made.id, reason=cast.words.say("why_not")))
    yield life.after(life.days(100))
    life.do(ResumeInitiative(initiative=made.id))
    made.active = True
