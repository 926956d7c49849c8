"""What happened, in one plain list, and the answer that is due to whoever asks for more.

It knows no views, no handler and no database. Which refusal is due is for the domain to say;
whether what was recorded breaks a rule, the rules told once more say (tests/domain/rules.py).
"""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import structs

from domain.actors import (
    ActorIsMerged,
    ActorRegistered,
    ActorsMerged,
    DetailsDoNotFit,
    MergeActors,
)
from domain.commands import Command
from domain.conversations import AnyFact, decide
from domain.facts import Fact, Recorded, concerns, subject
from domain.fields import places
from domain.initiatives import (
    InitiativeNotActive,
    JoinInitiative,
    LeaveInitiative,
    LinkedToItself,
    NobodyStartsIt,
)
from domain.pilots import GiveConsent, NotAllowedNow, UnknownEvidence
from domain.records import CorrectEvent, CorrectionGoesTooFar, EventCorrected
from domain.refusals import DatedBefore, InTheFuture, Refusal, Unknown
from domain.register import municipalities
from domain.support_requests import StartsFromOthers
from domain.vocabulary import Narrative, NisCode, Personal, Position
from domain.workshops import NoInitiative
from tests.domain.rules import Broken, Checker
from tests.domain.scenario import NOW, as_stored, past_of
from tests.facts import recorded
from tests.journeys.asking import Asked, fields_of, in_path

NAMED: Final = re.compile(r"[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}")

UNTOLD: Final = frozenset(
    {
        DetailsDoNotFit,
        InitiativeNotActive,
        InTheFuture,
        LinkedToItself,
        NobodyStartsIt,
        NoInitiative,
        StartsFromOthers,
        UnknownEvidence,
    }
)
"""Refusals that the rules told once more leave out or tell in part: most rest on no past."""
UNTOLD_OF: Final = frozenset(
    {
        (GiveConsent, NotAllowedNow),
        (JoinInitiative, DatedBefore),
        (LeaveInitiative, DatedBefore),
        (MergeActors, DatedBefore),
    }
)
"""The same, of one command."""


class Due(NamedTuple):
    """The answer that is due: its status, and what is recorded or which refusal it tells."""

    status: int
    facts: Sequence[Fact] = ()
    refusal: type[Refusal] | None = None

    @property
    def name(self) -> str:
        """What comes of it, in a word."""
        if self.refusal:
            return self.refusal.__name__
        return " ".join(type(fact).__name__ for fact in self.facts) or str(self.status)


class Event(NamedTuple):
    """An event as it reads now."""

    position: int
    at: datetime
    fact: Fact
    first: Recorded
    """As it was recorded."""
    fixed_by: Recorded | None = None

    def concerns(self, things: set[str]) -> bool:
        return not things.isdisjoint(named_in(self.fact))


class Model:
    """A plain list of events."""

    def __init__(self, made: dict[type[Command], type[Fact]]) -> None:
        self.log: list[Recorded] = []
        self._stored: list[Recorded] = []
        self._checker = Checker()
        self._made = made
        """The fact that came of each command before, in whichever run."""

    # What is due.

    def due(self, asked: Asked) -> Due:
        command = asked.command
        if isinstance(command, CorrectEvent):
            return self._due_correction(asked, command)
        if not _legible(command):
            return Due(400)
        if not _known_places(in_path(command).values()):
            return Due(404)
        if not _known_places(place.value for place in places(command) if place.kind is NisCode):
            return Due(400)
        return self._decided(asked)

    def _decided(self, asked: Asked) -> Due:
        try:
            past = past_of(self._stored, asked.command)
            self._check_behalf(asked.on_behalf_of)
            facts = decide(asked.command, past, asked.at, NOW)
        except Unknown:
            return Due(404)
        except Refusal as refusal:
            return Due(409, refusal=type(refusal))
        return Due(201 if facts else 200, facts)

    def _check_behalf(self, actor: str | None) -> None:
        if actor is None:
            return
        if not any(fact.actor == actor for fact in self.facts(ActorRegistered)):
            raise Unknown("onBehalfOf", actor)
        if actor in self.goes_on_as():
            raise ActorIsMerged(actor=actor, kept=self.goes_on_as()[actor])

    def _due_correction(self, asked: Asked, command: CorrectEvent) -> Due:
        event = next((e for e in self.events() if e.position == command.position), None)
        if event is None or isinstance(event.fact, EventCorrected):
            return Due(404)
        fields = fields_of(command)
        del fields["occurredAt"]
        own = {field.encode_name for field in structs.fields(type(event.fact))}
        if not _legible(command) or not fields.keys() <= own:
            return Due(400)
        try:
            becomes = msgspec.convert(msgspec.to_builtins(event.fact) | fields, AnyFact)
        except msgspec.ValidationError:
            return Due(400)
        if set(concerns(event.fact)) != set(concerns(becomes)):
            return Due(409, refusal=CorrectionGoesTooFar)
        return self._decided(asked._replace(command=_put_into(command, event, becomes)))

    def in_the_way(self, asked: Asked, refusal: type[Refusal]) -> list[Broken] | None:
        """What the rules told once more would find broken, had it happened.

        None, if they cannot say: of what never happened in any run, and of what they do not tell.
        """
        fact = self._had_it_happened(asked.command)
        untold = refusal in UNTOLD or (type(asked.command), refusal) in UNTOLD_OF
        # A correction is refused wherever it might bring something out of its order.
        if fact is None or untold or isinstance(asked.command, CorrectEvent):
            return None
        event = recorded(fact, len(self.log) + 1, occurred_at=asked.at, recorded_at=NOW)
        return deepcopy(self._checker).take(event)

    def _had_it_happened(self, command: Command) -> Fact | None:
        """The fact that such a command made before, of what this one says and is known."""
        kind = self._made.get(type(command))
        about = getattr(command, command.__struct_fields__[1 if command.FOUNDS else 0])
        if kind is None:
            return None
        known = [event.fact for event in self.log if about in named_in(event.fact)]
        told: dict[str, Any] = {}
        for name, stored in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
            sources = (one for one in (command, *known) if name in one.__struct_fields__)
            if source := next(sources, None):
                told[stored] = getattr(source, name)
        try:
            return msgspec.convert(msgspec.to_builtins(told), kind)
        except msgspec.ValidationError:
            return None

    # What happened.

    def happened(self, asked: Asked, facts: Sequence[Fact], position: int) -> None:
        """Take up the facts, the first of them at a position.

        Raises:
            AssertionError: if one breaks a rule.
        """
        self._made.update({type(asked.command): type(fact) for fact in facts})
        for place, fact in enumerate(facts, start=position):
            event = recorded(
                fact,
                place,
                occurred_at=asked.at,
                recorded_at=NOW,
                on_behalf_of=asked.on_behalf_of,
            )
            self.log.append(event)
            self._stored.append(as_stored(event))
            broken = self._checker.take(event)
            assert not broken, f"{broken}\n{event}\n{self._about(fact)}"

    def _about(self, fact: Fact) -> str:
        """What was told of the thing that a fact tells of, a line for each."""
        of_it = (e for e in self.log if subject(fact) in named_in(e.fact))
        return "\n".join(f"{e.position} {e.occurred_at:%Y-%m-%d} {e.fact}" for e in of_it)

    def events(self) -> Iterator[Event]:
        """All that happened, in the order of the log, as it reads now."""
        fixes = {e.fact.position: e for e in self.log if isinstance(e.fact, EventCorrected)}
        for event in self.log:
            fix = fixes.get(Position(event.position))
            if fix and isinstance(fix.fact, EventCorrected):
                told, at = fix.fact.becomes, fix.fact.happened_at
                yield Event(event.position, at, told, event, fix)
            else:
                yield Event(event.position, event.occurred_at, event.fact, event)

    def facts(self, *kinds: type[Any]) -> list[Any]:
        return [event.fact for event in self.log if isinstance(event.fact, kinds)]

    def goes_on_as(self) -> dict[str, str]:
        """As whom each duplicate goes on."""
        merged: dict[str, str] = {}
        for fact in self.facts(ActorsMerged):
            merged = {
                a: fact.actor if kept == fact.duplicate else kept for a, kept in merged.items()
            }
            merged[fact.duplicate] = fact.actor
        return merged

    def one_with(self, thing: str) -> set[str]:
        """A thing, and all that shares its history."""
        if thing.startswith("nis:"):
            place = self.codes(thing)
            held = self.facts(ActorRegistered)
            return place | {fact.actor for fact in held if fact.nis and f"nis:{fact.nis}" in place}
        merged = self.goes_on_as()
        kept = merged.get(thing, thing)
        return {kept, *(actor for actor, other in merged.items() if other == kept)}

    def history(self, thing: str) -> list[Event]:
        """All that concerns a thing, in the order in which it happened."""
        things = self.one_with(thing)
        return sorted(
            (event for event in self.events() if event.concerns(things)),
            key=lambda event: (event.at, event.position),
        )

    def codes(self, thing: str) -> set[str]:
        """A thing alone; a place under each of the codes that it has had."""
        if thing.startswith("nis:"):
            return {f"nis:{code}" for code in same_place(thing.removeprefix("nis:"))}
        return {thing}

    def versions(self, thing: str) -> list[int]:
        """The positions of the events that concern the thing alone."""
        own = self.codes(thing)
        return [event.position for event in self.events() if event.concerns(own)]

    def version(self, thing: str) -> int:
        """The position of the last of them; 0, if there is none."""
        return max(self.versions(thing), default=0)


def named_in(fact: Fact) -> set[str]:
    """All that a fact names: what looks like an id in it, and its municipality."""
    told = msgspec.to_builtins(fact)
    inner = told.get("becomes", told)
    codes = {f"nis:{inner[key]}" for key in ("municipality", "nis") if inner.get(key)}
    about = str(inner.get("about", ""))
    codes |= {about} if about.startswith("nis:") else set()
    return codes | {*NAMED.findall(msgspec.json.encode(told).decode())}


def same_place(code: str) -> set[str]:
    """The codes that a place has had, whichever of them is given."""
    found, before = {code}, set[str]()
    while found != before:
        before = set(found)
        for place in municipalities().values():
            if place.successor and found & {place.nis, place.successor}:
                found |= {place.nis, place.successor}
    return found


def _legible(command: Command) -> bool:
    """Whether each text in it says something."""
    texts = (
        place.value
        for place in places(command)
        if place.kind is Narrative or place.kind is Personal
    )
    return all(text.strip() for text in texts)


def _known_places(values: Any) -> bool:
    codes = (value for value in values if re.fullmatch(r"\d{5}", value))
    return all(code in municipalities() for code in codes)


def _put_into(command: CorrectEvent, event: Event, becomes: Any) -> CorrectEvent:
    """The correction of the event as it reads now."""
    names = becomes.__struct_fields__
    return structs.replace(
        command,
        becomes=becomes,
        read_at=Position(event.fixed_by.position if event.fixed_by else event.position),
        changes=tuple(n for n in names if getattr(becomes, n) != getattr(event.fact, n)),
    )
