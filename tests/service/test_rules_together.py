"""Every contest at the same moment: many ask, by two committers as of two processes.

Whatever comes first, each answer is one that the log of a moment gives, of those who ask the same
one gets their way, and nothing that is stored breaks a rule. How each contest ends one after the
other, and that there is one for each command and each refusal, is in tests/domain/test_contests.py.
"""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from typing import Final, NamedTuple

import pytest
from eventsourcing.dcb.api import DCBAppendCondition
from msgspec.structs import replace
from psycopg.conninfo import make_conninfo

from domain.boundaries import query
from domain.conversations import boundary
from domain.facts import API, Recorded, stored_name, tags
from domain.refusals import Refusal, Unknown
from service.clock import StoryClock
from service.commands import Handler
from service.database import open_pool
from service.log.store import AppendRequest, ConditionFailed, EventLog, Outcome
from tests.conftest import SECRET
from tests.domain.again import may_happen_again
from tests.domain.contest import Answer, Contest, own_id
from tests.domain.contests import CONTESTS
from tests.domain.dice import Step
from tests.domain.rules import broken
from tests.domain.scenario import NOW, past_of
from tests.domain.town import TOWN, after, answer, town
from tests.facts import COORDINATOR
from tests.service.test_handler import intent

PROCESSES: Final = 2
FOLD: Final = 2
"""How many ask the same in each process."""
TOGETHER: Final = 4
"""How many contests over the same first command are held in one race."""
PATIENCE: Final = 30.0
"""Seconds: a busy machine is no failure."""

Came = Outcome | Refusal | Unknown


class Asked(NamedTuple):
    """What somebody asked, and what came of it."""

    step: Step
    came: Came


class Race(NamedTuple):
    """What is asked at the same moment."""

    steps: tuple[Step, ...]
    wins: int | None

    def __str__(self) -> str:
        return ", ".join(type(step.command).__name__ for step in self.steps)


def races() -> list[Race]:
    """Contests by what they have in common, and those of which it is known how many win."""
    alike: dict[Step, list[Step]] = {}
    for each in CONTESTS:
        if not each.wins:
            alike.setdefault(each.first, []).append(each.then)
    return [
        *(
            Race((first, *many[at : at + TOGETHER]), None)
            for first, many in alike.items()
            for at in range(0, len(many), TOGETHER)
        ),
        *(Race((each.first, each.then), each.wins) for each in CONTESTS if each.wins),
    ]


Touched = frozenset[tuple[str, str]]
"""Types of events (or all) by the thing that they concern."""
ANY: Final = ""


@cache
def made(race: Race) -> Touched:
    """What somebody in a race may append."""
    later = after(town(), race.steps[0])
    answers = (answer(log, step) for log in (town(), later) for step in race.steps)
    facts = [fact for facts in answers if isinstance(facts, list) for fact in facts]
    return frozenset(
        (name, tag) for f in facts for tag in tags(f) for name in (ANY, stored_name(type(f)))
    )


@cache
def read(race: Race) -> Touched:
    """What somebody in a race depends on."""
    later = after(town(), race.steps[0])
    items = (i for s in race.steps for i in boundary(s.command, past_of(later, s.command)))
    return frozenset((name, tag) for i in items for tag in i.tags for name in i.types or (ANY,))


def towns() -> list[list[Race]]:
    """Races in one town where none touches what another depends on: a town each would take long."""
    found: list[list[Race]] = []
    for race in races():
        free = (side for side in found if not any(touch(race, other) for other in side))
        if side := next(free, None):
            side.append(race)
        else:
            found.append([race])
    return found


def touch(one: Race, other: Race) -> bool:
    return bool(made(one) & read(other) or made(other) & read(one))


class Desk:
    """Who carry commands out against one database, as so many processes would."""

    def __init__(self, logs: list[EventLog], clock: StoryClock) -> None:
        self.log = logs[0]
        self._handlers = [Handler(log, clock) for log in logs]

    def record(self, step: Step, desk: int = 0) -> Came:
        try:
            return self._handlers[desk].carry_out(intent(step.command, occurred_at=step.at))
        except (Refusal, Unknown) as refusal:
            return refusal

    def at_once(self, race: Race) -> list[Asked]:
        """Many ask each of them at the same moment."""
        asked = list(enumerate(race.steps * (PROCESSES * FOLD)))
        barrier = threading.Barrier(len(asked))

        def ask(number: int, step: Step) -> Asked:
            own = Step(own_id(step.command, number), step.at)
            barrier.wait()
            return Asked(own, self.record(own, number // len(race.steps) % PROCESSES))

        with ThreadPoolExecutor(len(asked)) as threads:
            return list(threads.map(ask, *zip(*asked, strict=True)))

    def stored(self) -> list[Recorded]:
        return self.log.read(unsealed=True).events


Copies = Callable[[str], AbstractContextManager[str]]


@contextmanager
def desk_on(server: str, name: str) -> Generator[Desk]:
    """Logs that share connections to read, and have a committer and keys each of their own."""
    clock = StoryClock()
    clock.stand_at(NOW)
    with ExitStack() as stack:
        pool = stack.enter_context(open_pool(make_conninfo(server, dbname=name)))
        logs = [EventLog(pool, SECRET, clock, PATIENCE) for _ in range(PROCESSES)]
        for log in logs:
            stack.enter_context(closing(log))
        yield Desk(logs, clock)


@pytest.fixture(scope="module")
def told(server: str, template: str, copy_of: Copies) -> Generator[str]:
    """The name of a database in which the story of the town was told."""
    with copy_of(template) as name:
        with desk_on(server, name) as desk:
            for step in TOWN:
                assert isinstance(desk.record(step), Outcome)
            assert [e.fact for e in desk.stored()] == [e.fact for e in town()]
        yield name


@pytest.fixture
def desk(server: str, told: str, copy_of: Copies) -> Generator[Desk]:
    """Two processes in a town of their own."""
    with copy_of(told) as name, desk_on(server, name) as desk:
        yield desk


# Each contest.


@pytest.mark.parametrize("held", [pytest.param(held, id=str(n)) for n, held in enumerate(towns())])
def test_many_contend_and_what_is_stored_breaks_no_rule(desk: Desk, held: list[Race]) -> None:
    came = [(race, desk.at_once(race)) for race in held]
    log = desk.stored()
    assert broken(log) == []
    for race, asked in came:
        assert [each for each in asked if not is_explained(each, log)] == []
        won = Counter(each.step.command for each in asked if has_won(each.came))
        assert won, race
        assert race.wins in {None, won.total()}, race
        assert [c for c, times in won.items() if times > 1 and not may_happen_again(c)] == []


def test_every_contest_is_held() -> None:
    held = {step.command for races in towns() for race in races for step in race.steps}
    assert held == {step.command for each in CONTESTS for step in (each.first, each.then)}


def has_won(came: Came) -> bool:
    return isinstance(came, Outcome) and bool(came.events)


def is_explained(asked: Asked, log: list[Recorded]) -> bool:
    """Whether the log of the moment gives this answer: of a refusal, of some moment since."""
    step, came = asked
    if isinstance(came, Outcome):
        before = came.position - len(came.events)
        return answer(log[:before], step) == [e.fact for e in log[before : came.position]]
    moments = reversed(range(len(TOWN), len(log) + 1))
    return any(is_the_same(answer(log[:moment], step), came) for moment in moments)


def is_the_same(one: object, refused: Refusal | Unknown) -> bool:
    return type(one) is type(refused) and vars(one) == vars(refused)


# Each command.

FASTER: Final = {
    type(each.then.command): each for each in CONTESTS if isinstance(each.alone, Answer)
}
"""A contest of each command, in which it happens or is so already while nobody is faster."""


@pytest.fixture(scope="module")
def crowd(server: str, told: str, copy_of: Copies) -> Generator[EventLog]:
    """A log to which others append whatever they like."""
    with copy_of(told) as name, desk_on(server, name) as desk:
        yield desk.log


@pytest.mark.parametrize("contest", FASTER.values(), ids=str)
def test_it_is_not_appended_if_somebody_was_faster(crowd: EventLog, contest: Contest) -> None:
    then = contest.then.command
    wanted, read_at = query(boundary(then, past_of(town(), then))), crowd.head()
    met = crowd.append(appending(contest.first)).position
    condition = DCBAppendCondition(fail_if_events_match=wanted, after=read_at)
    with pytest.raises(ConditionFailed) as lost:
        crowd.append(replace(appending(contest.then), condition=condition))
    assert lost.value.position == met == crowd.head()


def appending(step: Step) -> AppendRequest:
    """What a step makes happen in the town, whatever has happened since."""
    facts = answer(town(), step)
    assert isinstance(facts, list)
    return AppendRequest(
        thing="",
        facts=facts,
        occurred_at=step.at,
        recorded_by=COORDINATOR,
        source=API,
        request_id="test",
    )
