"""Commands drawn from a small world: any command, made field by field from what its types say.

One die makes one step, so that hypothesis can leave steps out one by one.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Final, NamedTuple, Union, get_args, get_origin

from msgspec import Struct, structs

from domain.actors import BELONGS_TO, ActorRegistered, MergeActors, RegisterActor
from domain.ambitions import SetAmbition
from domain.blueprints import AddStatement, PublishBlueprint
from domain.co_creation import TakeCoCreationStep
from domain.commands import Command
from domain.conversations import CONVERSATIONS, FOUNDING
from domain.engagements import ChooseMunicipalRole
from domain.facts import Fact, Recorded, subject, tags
from domain.initiatives import (
    EndInitiative,
    InitiativeRegistered,
    LeaveInitiative,
    LinkInitiatives,
    RegisterInitiative,
    RestInitiative,
    ResumeInitiative,
)
from domain.municipalities import AgreePartnership
from domain.outcomes import HarvestOutcome, VerifyOutcome
from domain.pilots import DecidePilot, Decision, GiveConsent, LearnLesson, ProposePilot
from domain.professionals import MakeBridge, ReflectOnRole
from domain.records import CorrectEvent, EventCorrected
from domain.support_requests import (
    AnswerSupportRequest,
    CloseSupportRequest,
    DeclineSupportRequest,
    ReopenSupportRequest,
    WithdrawSupportRequest,
)
from domain.vocabulary import (
    ID_PREFIXES,
    ActorId,
    ActorKind,
    Decimal,
    EnterpriseNumber,
    Narrative,
    NisCode,
    Personal,
    Position,
    Reference,
    Theme,
    Thing,
    VCode,
)
from domain.workshops import (
    AnswerApproach,
    CancelWorkshop,
    PlanWorkshop,
    ProposeApproach,
    RescheduleWorkshop,
)
from tests.domain.scenario import NOW
from tests.facts import sample_id

COMMANDS: Final = tuple(command for talk in CONVERSATIONS for command in talk.commands)
HOW_OFTEN: Final[Mapping[type[Command], float]] = {
    ProposePilot: 7,
    DecidePilot: 9,
    GiveConsent: 4,
    CorrectEvent: 4,
    RegisterInitiative: 4,
    ProposeApproach: 4,
    LearnLesson: 2,
    VerifyOutcome: 3,
    AddStatement: 3,
    PublishBlueprint: 3,
    MergeActors: 2,
    RegisterActor: 3,
    AnswerSupportRequest: 3,
    AnswerApproach: 3,
    AgreePartnership: 2,
    MakeBridge: 3,
    ReflectOnRole: 2,
    ChooseMunicipalRole: 2,
    TakeCoCreationStep: 2,
    RescheduleWorkshop: 4,
    CancelWorkshop: 2,
    EndInitiative: 0.2,
    RestInitiative: 0.6,
    ResumeInitiative: 3,
    LeaveInitiative: 3,
    LinkInitiatives: 5,
    PlanWorkshop: 2,
    ReopenSupportRequest: 2,
    HarvestOutcome: 2,
    SetAmbition: 2,
    DeclineSupportRequest: 0.5,
    WithdrawSupportRequest: 0.3,
    CloseSupportRequest: 0.5,
}
"""How likely a command is, where it is not once: a life hangs on it, or it ends one."""
LIKELY: Final[Mapping[type[StrEnum], tuple[StrEnum, ...]]] = {
    Decision: (Decision.APPROVE, Decision.APPROVE, Decision.EXTEND, Decision.EXTEND)
}
"""Choices that come up more often than the others."""
LIKELINESS: Final = 0.5
APT: Final[Mapping[str, ActorKind]] = {
    "professional": ActorKind.PROFESSIONAL,
    "verified_by": ActorKind.NETWORK_MEMBER,
}
"""Which kind of actor fits a field, more often than not."""

MUNICIPALITIES: Final = ("11002", "11002", "11002", "11007", "44083", "46029", "21004")
"""One that goes on, one that merged into it, one that is new in 2025, one outside Flanders."""
DAYS: Final = tuple(
    date.fromisoformat(day)
    for day in ("2019-01-01", "2020-01-01", "2021-06-01", "2024-12-31", "2026-01-01", "2030-12-31")
)
WORDS: Final = ("Samen tuinieren.", "Een lange tafel.", "Omdat het kan.", " \n")
TEXTS: Final[Mapping[object, tuple[str, ...]]] = {
    Narrative: (*WORDS[:3], *WORDS),
    Personal: ("Buur Een", "Buur Twee"),
    Reference: ("2024/001", "2024/002"),
    Theme: ("groen", "eten"),
    VCode: ("V0001001", "V0001002", "V0001003"),
    EnterpriseNumber: ("0123456749", "0200065765"),
    NisCode: MUNICIPALITIES,
    Decimal: ("3", "-0.5"),
    str: ("3", "keer"),
}
FIRST_DAY: Final = datetime(2019, 3, 1, 9, tzinfo=UTC)


def _kind(actor: ActorRegistered) -> str:
    return actor.kind


@lru_cache(maxsize=4096)
def named(fact: Fact) -> frozenset[str]:
    """The things that a fact concerns: asked of the same facts over and over."""
    return tags(fact)


class Step(NamedTuple):
    command: Command
    at: datetime


def step(die: str, log: Sequence[Recorded]) -> Step:
    """The step that a die makes after a log."""
    rolled = Die(random.Random(die), log)  # noqa: S311 - dice, no secrets
    weights = [HOW_OFTEN.get(command, 1) for command in COMMANDS]
    (kind,) = rolled.random.choices(COMMANDS, weights)
    at = rolled.moment()
    return Step(rolled.command(kind), at)


def _corrects(fact: Fact, position: int) -> bool:
    return isinstance(fact, EventCorrected) and fact.position == position


class Die:
    """One roll, in the world of a log."""

    def __init__(self, source: random.Random, log: Sequence[Recorded]) -> None:
        self.random = source
        self._log = log
        self._near: set[str] = set()
        """The things that the command names so far, and those named together with them."""

    def moment(self) -> datetime:
        """Most often a while after the last event; now and then earlier, or in the future."""
        chance = self.random.random()
        if chance < 0.01:
            return NOW + timedelta(days=1)
        if chance < 0.16:
            # Half of them in the first year, when there were no partnerships yet.
            return FIRST_DAY + timedelta(
                days=self.random.randrange(self.random.choice((300, 2400)))
            )
        last = max((event.occurred_at for event in self._log), default=FIRST_DAY)
        return min(last + timedelta(days=self.random.choice((0, 1, 10, 40))), NOW)

    def command(self, kind: type[Command]) -> Command:
        if kind is CorrectEvent:
            return self._correction()
        if kind is MergeActors and self.random.random() < 0.8:
            return self._merging()
        own = kind.__struct_fields__[0] if kind.FOUNDS else None
        given: dict[str, Any] = {
            field.name: self._new(field.type) if field.name == own else self._value(field.type)
            for field in structs.fields(kind)
        }
        given |= self._apt(given)
        if kind is RegisterActor and self.random.random() < 0.8:
            given |= self._fitting(given["kind"])
        if kind is DecidePilot and self.random.random() < 0.7:
            extended = given["decision"] is Decision.EXTEND
            given |= {"ends_on": self.random.choice(DAYS) if extended else None}
        return kind(**given)

    def _fitting(self, kind: ActorKind) -> dict[str, Any]:
        details: dict[str, Any] = {
            name: None for name, only in BELONGS_TO.items() if only is not kind
        }
        match kind:
            case ActorKind.ASSOCIATION:
                details |= {"vcode": self.random.choice(TEXTS[VCode])}
            case ActorKind.LOCAL_GOVERNMENT:
                details |= {"nis": self.random.choice(MUNICIPALITIES)}
            case ActorKind.CITIZEN:
                details |= {"enterprise_number": None}
            case _:
                pass
        return details

    def _apt(self, given: Mapping[str, Any]) -> dict[str, Any]:
        registered = [e.fact for e in self._log if isinstance(e.fact, ActorRegistered)]
        fitting = {
            name: [actor.actor for actor in registered if actor.kind is APT[name]]
            for name in given.keys() & APT.keys()
            if self.random.random() < 0.6
        }
        return {name: self.random.choice(actors) for name, actors in fitting.items() if actors}

    def _merging(self) -> MergeActors:
        """Two of one kind, where there are two."""
        registered = [e.fact for e in self._log if isinstance(e.fact, ActorRegistered)]
        self.random.shuffle(registered)
        actor, duplicate = next(
            ((a, b) for a, b in pairwise(sorted(registered, key=_kind)) if a.kind is b.kind),
            (registered[0], registered[0]),
        )
        return MergeActors(actor=actor.actor, duplicate=duplicate.actor, reason=Narrative(WORDS[0]))

    # Values by type.

    def _value(self, kind: Any) -> Any:
        origin = get_origin(kind)
        if origin in (Union, UnionType):
            options = [option for option in get_args(kind) if option is not NoneType]
            return None if self.random.random() < 0.6 else self._value(options[0])
        if origin is tuple:
            many = self.random.choice((0, 1, 1, 1, 2))
            return tuple(self._value(get_args(kind)[0]) for _ in range(many))
        if kind in ID_PREFIXES:
            return self._thing(kind)
        if kind is Thing:
            things = [subject(e.fact) for e in self._log if type(e.fact) in FOUNDING.values()]
            return self.random.choice([*things, f"nis:{MUNICIPALITIES[0]}", "nis:21004"])
        if kind in TEXTS:
            return self.random.choice(TEXTS[kind])
        if kind is Position:
            return self._position()
        if kind is int:
            return self.random.choice((0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6))
        if kind is datetime:
            return NOW + timedelta(days=self.random.randrange(100))
        if kind is date:
            return self.random.choice(DAYS)
        if issubclass(kind, StrEnum):
            often = LIKELY.get(kind, ())
            return self.random.choice(
                often if often and self.random.random() < LIKELINESS else tuple(kind)
            )
        if issubclass(kind, Struct):
            return kind(**{f.name: self._value(f.type) for f in structs.fields(kind)})
        raise TypeError(f"No die has a side for {kind}: tell tests/domain/dice.py how to draw it.")

    def _new(self, kind: object) -> str:
        begun = sum(type(event.fact) is FOUNDING[kind] for event in self._log)
        return sample_id(ID_PREFIXES[kind], begun + 1)

    def _thing(self, kind: object) -> str:
        """Most often something that exists and is near to what the command names already."""
        if self.random.random() < 0.02:
            return sample_id(ID_PREFIXES[kind], 999)
        all_of_them = [
            subject(event.fact) for event in self._log if type(event.fact) is FOUNDING[kind]
        ]
        near = [thing for thing in all_of_them if thing in self._near]
        if kind is ActorId and self._near and self.random.random() < 0.5:
            near = [actor for actor in self._initiators() if actor in self._near]
        choices = near if near and self.random.random() < 0.7 else all_of_them
        chosen = self.random.choice(choices or [sample_id(ID_PREFIXES[kind], 999)])
        if kind is not ActorId:
            self._near |= self._together(chosen)
        return chosen

    def _together(self, thing: str) -> set[str]:
        """All that is named together with a thing, and with the initiatives among that."""
        found = {thing}
        for reach in (thing, "initiative_"):
            for event in self._log:
                together = named(event.fact)
                if any(tag in found and tag.startswith(reach) for tag in together):
                    found |= together
        return found

    def _initiators(self) -> list[str]:
        return [
            actor
            for event in self._log
            if isinstance(event.fact, InitiativeRegistered) and event.fact.initiative in self._near
            for actor in event.fact.initiators
        ]

    def _position(self) -> Position:
        near = [event.position for event in self._log if named(event.fact) & self._near]
        if near and self.random.random() < 0.9:
            return Position(self.random.choice(near))
        return Position(self.random.randrange(1, len(self._log) + 10))

    # Corrections.

    def _correction(self) -> CorrectEvent:
        events = [event for event in self._log if not isinstance(event.fact, EventCorrected)]
        event = self.random.choice(events)
        wrong = self.random.random() < 0.05
        moved = self.random.random() < 0.4
        shift = timedelta(days=self.random.choice((-400, -30, -1, 1, 30, 400)))
        becomes = self._changed(event.fact)
        fixed = (e.position for e in self._log if _corrects(e.fact, event.position))
        stale = self.random.random() < 0.05
        return CorrectEvent(
            position=Position(event.position + wrong),
            becomes=becomes,
            happened_at=event.occurred_at + shift if moved else event.occurred_at,
            reason=Narrative("Verkeerd genoteerd."),
            read_at=Position(event.position if stale else max(fixed, default=event.position)),
            changes=tuple(
                name
                for name in becomes.__struct_fields__
                if getattr(becomes, name) != getattr(event.fact, name)
            ),
        )

    def _changed(self, fact: Fact) -> Any:
        """The fact with one or two fields drawn anew."""
        fields = structs.fields(type(fact))
        drawn = self.random.sample(fields, min(self.random.choice((1, 2)), len(fields)))
        free = [f for f in drawn if f.name not in fact.FIXED or self.random.random() < 0.2]
        return structs.replace(fact, **{f.name: self._value(f.type) for f in free})
