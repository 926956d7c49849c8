"""Laws of the thread: whatever is asked, in whatever order, no rule is broken in what is stored.

Random steps after the beginnings of one long story are carried out as the service does it,
against a log in memory.
"""

from collections import Counter
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

import pytest
from eventsourcing.dcb.api import DCBQueryItem
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from domain.boundaries import query
from domain.commands import Command
from domain.conversations import (
    CONVERSATIONS,
    FACTS,
    REFUSALS,
    boundary,
    conversation,
    decide,
)
from domain.facts import Fact, Recorded, stored_name
from domain.refusals import Refusal, Unknown
from tests.domain.again import may_happen_again
from tests.domain.dice import Step, named, step
from tests.domain.rules import Checker
from tests.domain.scenario import NOW, as_stored
from tests.domain.story import STORY
from tests.facts import recorded

EXAMPLES: Final = 250
CHAPTERS: Final = (*range(5, len(STORY) + 1), *range(len(STORY) - 12, len(STORY) + 1))
"""How much of the story is told first: more often most of it, where more can happen."""
PLACES: Final = 15
"""Of eight steps each, of which about half are taken."""


class Play:
    """A log in memory, and what came of the commands put to it."""

    reached: Counter[type]
    """How often each fact was made and each refusal met."""

    def __init__(self, reached: Counter[type]) -> None:
        self.log: list[Recorded] = []
        self.reached = reached
        self._stored: list[Recorded] = []
        """The log as decisions read it."""
        self._by_tag: dict[str, list[Recorded]] = {}
        self._checker = Checker()
        self._states: dict[str, Any] = {}

    def ask(self, asked: Step) -> None:
        facts = self._answer(asked)
        if not facts:
            return
        for fact in facts:
            self._record(fact, asked)
        self._ask_again(asked)

    def _answer(self, asked: Step) -> list[Fact]:
        """What the command makes happen; nothing, where it is refused."""
        try:
            return decide(asked.command, self._past(asked.command), asked.at, NOW)
        except (Refusal, Unknown) as refusal:
            self.reached[type(refusal)] += 1
            return []

    def _past(self, command: Command) -> list[Recorded]:
        """What the service reads for a command, found by the tags of its boundary."""
        wanted, past = (), list[Recorded]()
        while (wider := query(boundary(command, past)).items) != wanted:
            wanted = wider
            found = {event.position: event for item in wanted for event in self._selected(item)}
            past = [found[position] for position in sorted(found)]
        return past

    def _selected(self, item: DCBQueryItem) -> list[Recorded]:
        (tag,) = item.tags
        concerned = self._by_tag.get(tag, ())
        return [
            event
            for event in concerned
            if not item.types or stored_name(type(event.fact)) in item.types
        ]

    def _record(self, fact: Fact, asked: Step) -> None:
        event = recorded(fact, len(self.log) + 1, occurred_at=asked.at, recorded_at=NOW)
        self.log.append(event)
        self.reached[type(fact)] += 1
        stored = as_stored(event)
        self._stored.append(stored)
        for tag in named(fact):
            self._by_tag.setdefault(tag, []).append(stored)
        found = self._checker.take(event)
        assert not found, "\n".join([*map(str, found), *map(told, self.log)])
        self._read_everywhere(stored, asked.command)

    def _read_everywhere(self, event: Recorded, command: Command) -> None:
        """No event that some conversation cannot read."""
        for talk in CONVERSATIONS:
            if talk.name not in self._states:
                if conversation(type(command)) is not talk:
                    continue
                past = self._stored[:-1]
                self._states[talk.name] = reduce(talk.evolve, past, talk.start(command))
            self._states[talk.name] = talk.evolve(self._states[talk.name], event)

    def _ask_again(self, asked: Step) -> None:
        again = self._answer(asked)
        assert not again or may_happen_again(asked.command), f"{asked.command} happened twice"


def told(event: Recorded) -> str:
    return f"{event.position} {event.occurred_at:%Y-%m-%d} {event.fact}"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[Counter[type], int], None]:
    """Says what the run came to; shown with `-s`, and kept in the report."""

    def say(reached: Counter[type], steps: int) -> None:
        counts = {kind.__name__: reached[kind] for kind in (*FACTS, *REFUSALS)}
        print(f"\n{steps} steps;", ", ".join(f"{name} {n}" for name, n in counts.items()))  # noqa: T201
        record_property("steps", steps)
        record_property("reached", counts)

    return say


def test_whatever_is_asked_no_rule_is_broken_in_what_is_stored(
    tell: Callable[[Counter[type], int], None],
) -> None:
    reached: Counter[type] = Counter()
    steps: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )
    @given(
        # Each drawn in one piece: of lists hypothesis makes many that hardly differ.
        chapters=st.sampled_from(CHAPTERS),
        seed=st.integers(0, 2**32 - 1),
        taken=st.binary(min_size=PLACES, max_size=PLACES),
    )
    @example(chapters=len(STORY), seed=0, taken=b"")
    def play(chapters: int, seed: int, taken: bytes) -> None:
        run = Play(reached)
        for asked in STORY[:chapters]:
            run.ask(asked)
        places = [n for n in range(8 * len(taken)) if taken[n // 8] >> n % 8 & 1]
        for place in places:
            run.ask(step(f"{seed} {place}", run.log))
        steps.append(chapters + len(places))

    play()
    tell(reached, sum(steps))
    missed = {kind.__name__ for kind in (*FACTS, *REFUSALS)} - {k.__name__ for k in +reached}
    assert not missed, "never reached: make it likelier in tests/domain/dice.py or story.py"
