"""A life of the network: stories that go on beside each other, and what is written down of them.

A story is a generator: it gives the moment at which it goes on, and between two moments it asks
for commands. They are decided as the service does it, over a past that is found by its boundary.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from domain.boundaries import Boundary
from domain.commands import Command
from domain.conversations import boundary, decide
from domain.facts import API, Fact, Recorded, Source, stored_name, tags
from domain.refusals import DatedBefore, Refusal, Unknown
from domain.vocabulary import ID_PREFIXES, ActorId, UserId
from service.ids import type_id
from tests.load.days import BEGIN, END, evening, ordinary, sitting

Story = Generator[datetime]
Branch = Generator[datetime, None, bool]
"""A story that comes to a yes or a no, on which another goes on."""
T = TypeVar("T")
Id = TypeVar("Id", bound=str)


class Past:
    """What was written down so far, found by what it concerns."""

    def __init__(self) -> None:
        self._by_tag: dict[str, list[Recorded]] = {}
        self._by_type: dict[tuple[str, str], list[Recorded]] = {}

    def add(self, event: Recorded) -> None:
        name = stored_name(type(event.fact))
        for tag in tags(event.fact):
            self._by_tag.setdefault(tag, []).append(event)
            self._by_type.setdefault((tag, name), []).append(event)

    def of(self, command: Command) -> list[Recorded]:
        """The past that a command depends on, in order."""
        wanted, past = boundary(command), list[Recorded]()
        while wanted:
            past = self._within(wanted)
            wider = boundary(command, past)
            if wider == wanted:
                break
            wanted = wider
        return past

    def _within(self, wanted: Boundary) -> list[Recorded]:
        found: dict[int, Recorded] = {}
        for item in wanted:
            (tag,) = item.tags
            if not item.types:
                found.update((event.position, event) for event in self._by_tag.get(tag, ()))
            for name in item.types:
                for event in self._by_type.get((tag, name), ()):
                    found[event.position] = event
        return [found[position] for position in sorted(found)]


class Life:
    """The stories that go on, and the clock that leads from one to the other."""

    at: datetime
    """When that happens of which a story tells now."""
    now: datetime
    """When it is written down."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a story, no secrets
        self.at = self.now = BEGIN
        self.past = Past()
        self.position = 0
        self.asked = 0
        self.refused: Counter[type[Refusal | Unknown]] = Counter()
        self.log: list[Recorded] = []
        self._writer = UserId("")
        self._agenda: list[tuple[datetime, datetime, int, UserId, Story]] = []
        self._order = count()
        self._first_round: dict[str, list[Any]] = {}
        self._fresh: list[Recorded] = []

    # Stories.

    def begin(self, story: Story, at: datetime, writer: UserId | None = None) -> None:
        """Let a story begin at a moment; who writes down this story writes down that one too."""
        self._plan(story, at, writer or self._writer)

    def run(self) -> Iterator[Recorded]:
        """What is written down, in order, until the end."""
        while self._agenda and self._agenda[0][0] <= END:
            self.now, self.at, _, self._writer, story = heapq.heappop(self._agenda)
            following = next(story, None)
            if following is not None:
                self._plan(story, following, self._writer)
            yield from self._fresh
            self._fresh.clear()

    def _plan(self, story: Story, at: datetime, writer: UserId) -> None:
        written = max(sitting(at), self.now)
        heapq.heappush(self._agenda, (written, at, next(self._order), writer, story))

    def after(self, days: float) -> datetime:
        """A moment in working hours, about so many days on."""
        return ordinary(self.random, self.at, days)

    def evening(self, days: float) -> datetime:
        """A moment at which people come together, about so many days on."""
        return evening(self.random, self.at, days)

    def later(self, days: float, do: Callable[[], object]) -> None:
        """Do something else about so many days on."""

        def story() -> Story:
            do()
            yield from ()

        self.begin(story(), self.after(days))

    # Commands.

    def do(
        self,
        command: Command,
        *,
        at: datetime | None = None,
        behalf: ActorId | None = None,
        source: Source = API,
    ) -> int | None:
        """Carry a command out; give the position of what happened, if something did."""
        self.asked += 1
        at = at or self.at
        try:
            facts, late = self._decide(command, at, source)
        except (Refusal, Unknown) as refusal:
            self.refused[type(refusal)] += 1
            return None
        request_id = self._uuid()
        for fact in facts:
            self._record(fact, at, request_id, behalf, source, out_of_order=late)
        return self.position if facts else None

    def late(self, command: Command, days: float) -> None:
        """Something that happens now is written down only so many days later."""
        then = self.at
        self.later(days, lambda: self.do(command, at=then))

    def _decide(self, command: Command, at: datetime, source: Source) -> tuple[list[Fact], bool]:
        """The facts, and whether an import holds them out of order (rule 13)."""
        past, latest = self.past.of(command), at
        while True:
            try:
                facts = decide(command, past, latest, self.now, dated=at)
            except DatedBefore as early:
                if source.kind != "import" or early.mark.at <= latest:
                    raise
                latest = early.mark.at
            else:
                return facts, latest != at

    def _record(
        self,
        fact: Fact,
        at: datetime,
        request_id: UUID,
        behalf: ActorId | None,
        source: Source,
        *,
        out_of_order: bool,
    ) -> None:
        self.position += 1
        event = Recorded(
            position=self.position,
            id=str(self._uuid()),
            fact=fact,
            occurred_at=at,
            recorded_at=self.now,
            recorded_by=self._writer,
            on_behalf_of=behalf,
            source=source,
            request_id=str(request_id),
            out_of_order=out_of_order,
        )
        self.log.append(event)
        self.past.add(event)
        self._fresh.append(event)

    # Chance.

    def new(self, kind: Callable[[str], Id]) -> Id:
        """An id of this kind for something that begins."""
        return kind(type_id(ID_PREFIXES[kind], self._uuid()))

    def _uuid(self) -> UUID:
        return uuid_at(self.now, self.random)

    def turn(self, name: str, weights: Mapping[T, float]) -> T:
        """One of the choices; each comes round once at first, so that a short life has all."""
        if name not in self._first_round:
            self._first_round[name] = self.random.sample(list(weights), len(weights))
        if first := self._first_round[name]:
            return first.pop()
        return self.random.choices(list(weights), list(weights.values()))[0]

    def often(self, name: str, part: float) -> bool:
        """Whether it comes so this time, as it does in this part of all times."""
        return self.turn(name, {True: part, False: 1 - part})

    def some(self, most: list[T], low: int, high: int) -> list[T]:
        """A few of them, none twice."""
        return self.random.sample(most, min(self.random.randint(low, high), len(most)))

    def days(self, median: float, spread: float = 0.8) -> float:
        """How long something takes: most often about the median, now and then much longer."""
        return median * self.random.lognormvariate(0, spread)


def uuid_at(moment: datetime, source: random.Random) -> UUID:
    """A UUIDv7 of a moment, whose other bits come from the seed."""
    number = (int(moment.timestamp() * 1000) << 80) | source.getrandbits(80)
    number = number & ~(0xF << 76) | (7 << 76)
    return UUID(int=number & ~(3 << 62) | (2 << 62))
