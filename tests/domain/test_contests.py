"""The four outcomes of every command, and a contest for every refusal that guards what is stored.

It happens; it is refused; it was already so; somebody was faster. How the same contests end at
the same moment, on PostgreSQL, is in tests/service/test_rules_together.py.
"""

from itertools import chain
from typing import Final, get_type_hints

import pytest

from domain.actors import ActorRegistered
from domain.boundaries import within
from domain.commands import Command
from domain.conversations import CONVERSATIONS, FACTS, REFUSALS, boundary
from domain.facts import Recorded
from domain.refusals import Refusal, Unknown
from domain.vocabulary import ActorKind
from tests.domain.again import may_happen_again
from tests.domain.contest import ALREADY_SO, HAPPENS, Answer, Contest, Ending, own_id
from tests.domain.contests import CONTESTS, UNCONTESTED, WRONG
from tests.domain.dice import Step
from tests.domain.rules import broken
from tests.domain.scenario import past_of
from tests.domain.town import after, answer, town

COMMANDS: Final = tuple(chain.from_iterable(talk.commands for talk in CONVERSATIONS))


def ending(log: tuple[Recorded, ...], asked: Step) -> Ending:
    """How it ends when somebody asks something after a log."""
    match answer(log, asked):
        case Refusal() as refusal:
            return type(refusal)
        case Unknown() as unknown:
            raise unknown
        case facts:
            return HAPPENS if facts else ALREADY_SO


def of(command: type[Command]) -> list[Contest]:
    return [each for each in CONTESTS if isinstance(each.then.command, command)]


def happening(command: type[Command]) -> tuple[tuple[Recorded, ...], Step]:
    """A log and how the command happens after it."""
    ways = [
        *((town(), each.then) for each in of(command) if each.alone is HAPPENS),
        *((after(town(), each.first), each.then) for each in of(command) if each.after is HAPPENS),
        *((town(), right) for right, _, _ in WRONG if isinstance(right.command, command)),
    ]
    assert ways, f"{command.__name__} happens in no contest: tell tests/domain/contests.py"
    return ways[0]


# Each refusal.


def test_every_refusal_is_contested_or_it_is_said_why_nobody_can_be_faster() -> None:
    contested = {e for each in CONTESTS for e in (each.alone, each.after) if isinstance(e, type)}
    argued = [*chain.from_iterable(UNCONTESTED.values())]
    assert contested | {*argued} == {*REFUSALS}
    assert len(contested) + len(argued) == len(REFUSALS)


def test_the_kind_of_an_actor_is_told_once_and_stays() -> None:
    telling = [fact for fact in FACTS if ActorKind in get_type_hints(fact).values()]
    assert telling == [ActorRegistered]
    assert "kind" in ActorRegistered.FIXED


@pytest.mark.parametrize("each", CONTESTS, ids=str)
def test_how_a_contest_ends_one_after_the_other(each: Contest) -> None:
    later = after(town(), each.first)
    assert ending(town(), each.then) == each.alone
    assert ending(later, each.then) == each.after
    assert broken(later) == []


# Each command.


@pytest.mark.parametrize("command", COMMANDS)
def test_it_happens_once_unless_it_may_happen_again(command: type[Command]) -> None:
    log, asked = happening(command)
    assert ending(log, asked) is HAPPENS
    again = Step(own_id(asked.command, 1), asked.at)
    happens_again = ending(after(log, asked), again) is HAPPENS
    assert happens_again == may_happen_again(asked.command) or command.FOUNDS


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_refused(command: type[Command]) -> None:
    found = [refusal for _, wrong, refusal in WRONG if isinstance(wrong.command, command)]
    for _, wrong, refusal in WRONG:
        if isinstance(wrong.command, command):
            assert ending(town(), wrong) is refusal
    found += [e for each in of(command) for e in (each.alone, each.after) if isinstance(e, type)]
    assert found


@pytest.mark.parametrize("command", COMMANDS)
def test_what_somebody_faster_did_lies_within_its_boundary(command: type[Command]) -> None:
    """So it is decided anew; only what rests on nothing has no boundary."""
    _, asked = happening(command)
    assert of(command) or not boundary(asked.command)
    for each in of(command):
        if isinstance(each.alone, Answer):
            known = boundary(each.then.command, past_of(town(), each.then.command))
            assert within(known, after(town(), each.first)[len(town()) :]), each
