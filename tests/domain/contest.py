"""A contest: two who meet over the same thing in the town, and what the second then makes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from domain.commands import Command
from domain.refusals import Refusal
from domain.vocabulary import Position
from tests.domain.dice import Step
from tests.domain.town import TOWN
from tests.facts import sample_id


class Answer(StrEnum):
    HAPPENS = "happens"
    ALREADY_SO = "already so"


HAPPENS: Final = Answer.HAPPENS
ALREADY_SO: Final = Answer.ALREADY_SO
Ending = Answer | type[Refusal]

AT: Final = datetime(2025, 6, 2, 10, tzinfo=UTC)
"""When everything is asked, unless a contest is about dates."""
DAY: Final = timedelta(days=1)
NEXT: Final = Position(len(TOWN) + 1)
"""The position of what happens first after the town's story."""


@dataclass(frozen=True)
class Contest:
    """What becomes of a command in the town, and what once another has happened."""

    first: Step
    then: Step
    alone: Ending
    after: Ending
    wins: int | None = None
    """How many of all who contend get their way; none where it depends on who comes first."""
    over: str = ""

    def __str__(self) -> str:
        then, first = type(self.then.command).__name__, type(self.first.command).__name__
        alone, after = (
            ending if isinstance(ending, Answer) else ending.__name__
            for ending in (self.alone, self.after)
        )
        over = f" over {self.over}" if self.over else ""
        return f"{then} {alone}, after {first} {after}{over}"


def contest(
    then: Command | Step,
    after: Ending,
    first: Command | Step | None = None,
    *,
    alone: Ending = HAPPENS,
    wins: int | None = None,
    over: str = "",
) -> Contest:
    """Of somebody and another who was faster; with the same command, unless told otherwise."""
    return Contest(_dated(first or then), _dated(then), alone, after, wins, over)


def _dated(asked_now: Command | Step) -> Step:
    return asked_now if isinstance(asked_now, Step) else Step(asked_now, AT)


def enabled(
    then: Command | Step, before: type[Refusal], first: Command | Step, *, over: str = ""
) -> Contest:
    """Of somebody who is refused, unless what is missing comes first."""
    return contest(then, HAPPENS, first, alone=before, over=over)


def own_id(command: Command, number: int) -> Command:
    """The command, with an id of its own if something begins with it."""
    if not command.FOUNDS:
        return command
    name = command.__struct_fields__[0]
    prefix = str(getattr(command, name)).partition("_")[0]
    return replace(command, **{name: sample_id(prefix, 800 + number)})
