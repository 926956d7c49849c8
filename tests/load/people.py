"""Who there is: thirty towns, the people in them, and the network itself."""

import random
from datetime import date, datetime
from typing import Final

from msgspec import Struct, field

from domain.actors import ChangeActorDetails, MergeActors, RegisterActor, Sector
from domain.register import municipalities
from domain.vocabulary import (
    ActorId,
    ActorKind,
    Audience,
    EnterpriseNumber,
    ExampleId,
    InitiativeId,
    LessonId,
    NisCode,
    Personal,
    PilotId,
    RequestId,
    UserId,
    VCode,
)
from service.ids import type_id
from tests.load.days import BEGIN, LAST
from tests.load.life import Life, uuid_at
from tests.load.words import Words

TOWNS: Final = 30
MEMBERS: Final = 14
WRITERS: Final = 8
FIRST_VCODE: Final = 9_000_000
FIRST_ENTERPRISE: Final = 1_000_000
"""Beyond what is given out, so that no number is that of an association that exists."""


class Initiative(Struct, eq=False):
    """An initiative as its stories know it."""

    id: InitiativeId
    town: "Town"
    initiators: list[ActorId]
    since: datetime
    members: list[ActorId] = field(default_factory=list[ActorId])
    active: bool = True
    busy: bool = False
    """A pilot is prepared or runs: so long it does not rest, and its initiators stay."""


class Town(Struct, eq=False):
    """A municipality and whom the network knows in it."""

    nis: NisCode
    size: float
    """How much happens in it, against the others."""
    writer: UserId
    since: datetime = BEGIN
    """When it sets out with the network; a few questions come from it before."""
    government: ActorId | None = None
    citizens: list[ActorId] = field(default_factory=list[ActorId])
    associations: list[ActorId] = field(default_factory=list[ActorId])
    professionals: list[ActorId] = field(default_factory=list[ActorId])
    initiatives: list[Initiative] = field(default_factory=list[Initiative])
    planned_from: date | None = None
    """From when on a policy plan is known."""


class Cast:
    """Everybody and everything that the stories share."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.words = Words(life.random)
        self.towns = _towns(life.random)
        self.members: list[ActorId] = []
        self.examples: list[ExampleId] = []
        self.lessons: list[LessonId] = []
        self.pilots: list[PilotId] = []
        self.asked: list[RequestId] = []
        self.open = 0
        """How many questions are being handled."""
        self.merged: list[ActorId] = []
        """Duplicates that go on as another."""
        self._associations = 0

    def town(self) -> Town:
        """A town where something happens; seldom one that has not set out yet."""
        now = self.life.now
        weights = [town.size * (1 if town.since <= now else 0.15) for town in self.towns]
        return self.life.random.choices(self.towns, weights)[0]

    def initiative(self, town: Town | None = None) -> Initiative | None:
        """An initiative that is active, in this town or anywhere."""
        where = [town] if town else self.towns
        active = [one for place in where for one in place.initiatives if one.active]
        return self.life.random.choice(active) if active else None

    # People.

    def citizen(self, town: Town, known: float = 0.35) -> ActorId:
        """Somebody of the town, in this part of all times somebody who is known already."""
        if town.citizens and self.life.random.random() < known:
            return self.life.random.choice(town.citizens)
        actor = self._register(ActorKind.CITIZEN, self.words.name())
        town.citizens.append(actor)
        return actor

    def association(self, town: Town) -> ActorId:
        if town.associations and self.life.random.random() < 0.6:
            return self.life.random.choice(town.associations)
        self._associations += 1
        actor = self.life.new(ActorId)
        numbered = self.life.random.random()
        self.life.do(
            RegisterActor(
                actor=actor,
                kind=ActorKind.ASSOCIATION,
                name=self.words.group(),
                vcode=self.vcode() if numbered < 0.8 else None,
                enterprise_number=_enterprise(self._associations) if numbered > 0.6 else None,
            )
        )
        town.associations.append(actor)
        return actor

    def vcode(self) -> VCode:
        """That of the association that was registered last."""
        return VCode(f"V{FIRST_VCODE + self._associations:07}")

    def professional(self, town: Town, known: float = 0.7) -> ActorId:
        if town.professionals and self.life.random.random() < known:
            return self.life.random.choice(town.professionals)
        actor, name = self.life.new(ActorId), self.words.name()
        self.life.do(
            RegisterActor(
                actor=actor,
                kind=ActorKind.PROFESSIONAL,
                name=name,
                email=self.words.email(name),
                organisation=self.words.group(),
                sector=self.life.random.choice(list(Sector)),
                mandate=self.words.say("role"),
            )
        )
        town.professionals.append(actor)
        return actor

    def government(self, town: Town) -> ActorId:
        if town.government:
            return town.government
        actor = town.government = self.life.new(ActorId)
        self.life.do(
            RegisterActor(
                actor=actor,
                kind=ActorKind.LOCAL_GOVERNMENT,
                name=self.words.group(),
                nis=town.nis,
                policy_maker=self.words.name(),
                policy_staff=self.words.name(),
            )
        )
        return actor

    def member(self) -> ActorId:
        """Somebody of the network, which grows with the years."""
        wanted = 3 + (MEMBERS - 3) * (self.life.now - BEGIN).days // 3650
        if len(self.members) < wanted:
            self.members.append(self._register(ActorKind.NETWORK_MEMBER, self.words.name()))
        return self.life.random.choice(self.members)

    def asker(self, town: Town) -> tuple[ActorId, Audience]:
        """Who asks the network something, and from which audience."""
        match self.life.turn("asker", {"citizen": 62, "group": 18, "pro": 13, "government": 7}):
            case "citizen":
                return self.citizen(town), Audience.CITIZENS
            case "group":
                return self.association(town), Audience.CITIZENS
            case "pro":
                return self.professional(town), Audience.PROFESSIONALS
            case _:
                return self.government(town), Audience.LOCAL_GOVERNMENTS

    def duplicate(self, town: Town) -> tuple[ActorId, ActorId] | None:
        """Somebody who is known already, and the second entry that is made of them now."""
        if not town.citizens:
            return None
        known = self.life.random.choice(town.citizens)
        return known, self._register(ActorKind.CITIZEN, self.words.name())

    def merge(self, actor: ActorId, duplicate: ActorId) -> None:
        reason = self.words.say("note")
        done = self.life.do(MergeActors(actor=actor, duplicate=duplicate, reason=reason))
        if done:
            self.merged.append(duplicate)

    def change(self, actor: ActorId) -> None:
        """Somebody has moved or has another address."""
        self.life.do(ChangeActorDetails(actor=actor, email=self.words.email(self.words.name())))

    def _register(self, kind: ActorKind, name: str) -> ActorId:
        actor = self.life.new(ActorId)
        reached = self.life.random.random() < 0.6
        email = self.words.email(name) if reached else None
        self.life.do(RegisterActor(actor=actor, kind=kind, name=Personal(name), email=email))
        return actor


def _towns(source: random.Random) -> list[Town]:
    """Municipalities that were there all those years, by code; some merge a day later."""
    lasting = sorted(m.nis for m in municipalities().values() if m.valid_on(LAST) and _old(m.nis))
    writers = [UserId(type_id("user", uuid_at(BEGIN, source))) for _ in range(WRITERS)]
    return [
        Town(nis=nis, size=source.lognormvariate(0, 0.6), writer=writers[n % WRITERS])
        for n, nis in enumerate(source.sample(lasting, TOWNS))
    ]


def _old(nis: NisCode) -> bool:
    return municipalities()[nis].valid_on(BEGIN.date())


def _enterprise(number: int) -> EnterpriseNumber:
    """An enterprise number of which only the check digits are right."""
    first = FIRST_ENTERPRISE + number
    return EnterpriseNumber(f"{first:08}{97 - first % 97:02}")
