"""A service and a plain model that hear the same: each answer is compared as it comes."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec

from domain.actors import ActorRegistered
from domain.commands import Command
from domain.documents import AttachDocument
from domain.facts import Fact, stored_name
from domain.records import CorrectEvent
from domain.refusals import Refusal
from tests.client import Api
from tests.domain.dice import Step, step
from tests.facts import sample_id
from tests.journeys.asking import Asked, as_uploaded, in_path, send
from tests.journeys.plain_model import Due, Model

THROWS: Final = 4
"""How many dice are thrown where the one that brings the rarest answer is taken."""
PROBLEM: Final = "urn:problem-type:aanzet:"


class Play:
    """One service and one model, from empty."""

    def __init__(
        self, api: Api, reached: Counter[str], made: dict[type[Command], type[Fact]]
    ) -> None:
        self.model = Model(made)
        self.steps = 0
        self.judged = 0
        """Refusals that the rules told once more found right."""
        self._api = api
        self._everywhere = reached
        self._reached: Counter[str] = Counter()
        self._ids: dict[str, str] = {}
        """The real ids of the things of the story, by those it calls them by."""

    def tell(self, told: Step) -> None:
        """One step of the story, about the real things."""
        text = msgspec.json.encode(told.command).decode()
        for sample, real in self._ids.items():
            text = text.replace(sample, real)
        command = msgspec.json.decode(text, type=type(told.command))
        answer = self._ask(Asked(command, told.at))
        if told.command.FOUNDS and answer.status_code == 201:
            own = getattr(told.command, told.command.__struct_fields__[0])
            self._ids[own] = answer.json()["id"]

    def throw(self, die: str) -> None:
        """Ask what a die says, in one way or another."""
        chance = random.Random(f"{die} manner")  # noqa: S311 - dice, no secrets
        asked = self._rarest(die) if chance.random() < 0.6 else self._thrown(die)
        way = chance.random()
        if way < 0.1:
            self._ask_twice(asked, UUID(int=chance.getrandbits(128), version=4))
        elif way < 0.2:
            self._ask_having_seen(asked, chance)
        elif way < 0.3:
            self._ask(asked._replace(on_behalf_of=self._somebody(chance)))
        else:
            self._ask(asked)

    def _thrown(self, die: str) -> Asked:
        command, at = step(die, self.model.log)
        return Asked(as_uploaded(command) if isinstance(command, AttachDocument) else command, at)

    def _rarest(self, die: str) -> Asked:
        """Of several dice the one with which there comes what came least so far."""
        thrown = [self._thrown(f"{die} {number}") for number in range(THROWS)]
        return min(thrown, key=lambda asked: self._reached[self.model.due(asked).name])

    def _somebody(self, chance: random.Random) -> str:
        actors = [fact.actor for fact in self.model.facts(ActorRegistered)]
        return chance.choice([*actors, sample_id("actor", 999)])

    # Ways of asking.

    def _ask(self, asked: Asked, **headers: str) -> httpx.Response:
        due = self.model.due(asked)
        answer = send(self._api, asked, **headers)
        self.steps += 1
        self._reach(due.name)
        assert answer.status_code == due.status, _unlike(asked, due, answer)
        if due.refusal:
            self._refused(asked, due.refusal, answer.json())
        if due.status in (200, 201):
            self._happened(asked, due.facts, answer.json())
        return answer

    def _refused(self, asked: Asked, refusal: type[Refusal], told: dict[str, Any]) -> None:
        name = refusal.__name__
        assert told["type"] == f"{PROBLEM}{name[0].lower()}{name[1:]}", told
        assert told["rule"] == refusal.RULE, told
        assert all(0 < place <= len(self.model.log) for place in told.get("blockedBy", ())), told
        if asked.on_behalf_of:
            return
        in_the_way = self.model.in_the_way(asked, refusal)
        self.judged += in_the_way is not None
        assert in_the_way is None or in_the_way, f"{asked}\nis refused ({name}) without reason"

    def _happened(self, asked: Asked, facts: Sequence[Fact], told: dict[str, Any]) -> None:
        if asked.command.FOUNDS and facts:
            own = asked.command.__struct_fields__[0]
            facts = [msgspec.structs.replace(fact, **{own: told["id"]}) for fact in facts]
        first = len(self.model.log) + 1
        assert told["events"] == [
            {"position": place, "type": stored_name(type(fact))}
            for place, fact in enumerate(facts, start=first)
        ], told
        self.model.happened(asked, facts, first)
        self._api.position = len(self.model.log)

    def _ask_twice(self, asked: Asked, key: UUID) -> None:
        """With a key: the same again gets the same answer; with other words it is refused."""
        first = self._ask(asked, Idempotency_Key=str(key))
        again = send(self._api, asked, Idempotency_Key=str(key))
        assert again.status_code == first.status_code, again.text
        if first.status_code < 300:
            assert again.json() == first.json()
        if first.status_code == 201:
            other = asked._replace(at=asked.at - timedelta(seconds=1))
            assert send(self._api, other, Idempotency_Key=str(key)).status_code == 422

    def _ask_having_seen(self, asked: Asked, chance: random.Random) -> None:
        """On a version of the thing: the last one, or one since which it has changed."""
        thing = _thing(asked.command)
        seen = self.model.versions(thing) if thing else []
        if not seen:
            self._ask(asked)
            return
        version = chance.choice([seen[-1], *seen])
        if version != seen[-1] and self.model.due(asked).status != 400:
            answer = send(self._api, asked, If_Match=f'"{version}"')
            self.steps += 1
            self._reach("412")
            assert answer.status_code == 412, answer.text
            assert answer.json()["changedBy"] == [place for place in seen if place > version]
        else:
            self._ask(asked, If_Match=f'"{version}"')

    def _reach(self, name: str) -> None:
        for one in name.split():
            self._everywhere[one] += 1
        self._reached[name] += 1


def _thing(command: Command) -> str | None:
    """What a command is about, if that was there before."""
    if isinstance(command, CorrectEvent) or not in_path(command):
        return None
    about = next(iter(in_path(command).values()))
    return f"nis:{about}" if about.isdigit() else about


def _unlike(asked: Asked, due: Due, answer: httpx.Response) -> str:
    return f"{asked}\nis due {due.status} {due.name}, but answers {answer.text}"
