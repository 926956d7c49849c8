"""Ten years of the network in thirty municipalities, as many events as are asked for."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec import Struct, field

from domain.facts import Recorded
from domain.refusals import Refusal, Unknown
from tests.load.corrections import correction
from tests.load.days import BEGIN, END, WEEKDAYS, months, quiet
from tests.load.gatherings import example, session
from tests.load.growth import initiative
from tests.load.life import Life, Story
from tests.load.mistakes import mistake
from tests.load.network import (
    ambitions,
    another_pilot,
    blueprint,
    reflection,
    sets_out,
)
from tests.load.people import Cast, Town
from tests.load.questions import asked_twice, from_the_shelf, question

FEWEST: Final = 2_000
"""Events without which not every town could have its pilot."""
PER_QUESTION: Final = 12.0
"""Events of a question, with those of its asker."""
MARGIN: Final = 1.025
"""So much more is begun: what has not ended after ten years is left out."""
UNDER_WAY: Final = 0.5
"""What part of the events of open questions is still to come, about."""

IN_A_HUNDRED_THOUSAND: Final[dict[str, float]] = {
    "initiative": 430,
    "session": 330,
    "example": 130,
    "pilot": 42,
    "reflection": 260,
    "asked_twice": 70,
    "correction": 420,
    "mistake": 700,
    "change": 260,
}
"""How many of each begin in ten years, for a hundred thousand events."""


LEAST: Final = {
    "pilot": 6.0,
    "session": 8.0,
    "asked_twice": 5.0,
    "correction": 12.0,
    "mistake": 40.0,
}
"""So many at any rate: what is seldom is there in few events too."""


class Told(Struct):
    """What came of the generating, beside the events."""

    asked: int = 0
    """Commands that were asked for."""
    refused: Counter[type[Refusal | Unknown]] = field(default_factory=Counter)


def generate(seed: int, events: int, told: Told | None = None) -> Iterator[Recorded]:
    """At least so many events of ten years, in order: the same seed gives the same ones.

    Every one of them was decided by the domain. What was asked and refused is counted in `told`.

    Raises:
        ValueError: if these are fewer than every town needs for a pilot.
    """
    if events < FEWEST:
        raise ValueError(f"The network needs at least {FEWEST} events for its ten years.")
    life = Life(seed)
    cast = Cast(life)
    sets_out(cast)
    life.begin(ambitions(cast), BEGIN, cast.towns[0].writer)
    life.begin(_years(cast, events), BEGIN, cast.towns[0].writer)
    yield from life.run()
    if told is not None:
        told.asked, told.refused = life.asked, life.refused


def _years(cast: Cast, events: int) -> Story:
    """What begins, month by month; questions fill what the rest leaves."""
    goal = 0.0
    for n, (first, part) in enumerate(months()):
        yield datetime.combine(first, time(7), UTC)
        goal += part * events * MARGIN
        for what, many in IN_A_HUNDRED_THOUSAND.items():
            in_all = max(LEAST.get(what, 0), many * events / 100_000)
            for _ in range(_whole(cast, in_all * part)):
                _begin(cast, BEGINNINGS[what], first)
        if n % 15 == 7 and len(cast.lessons) > 1:
            cast.life.begin(blueprint(cast), _day_in(cast, first), cast.towns[1].writer)
        if first.month == 2 and first.year in (2016, 2017):
            for _ in range(2):
                _begin(cast, lambda cast, town: from_the_shelf(cast, town, _shelf(events)), first)
        open_ones = cast.open * PER_QUESTION * UNDER_WAY
        for _ in range(_whole(cast, (goal - cast.life.position - open_ones) / PER_QUESTION)):
            _begin(cast, question, first)


def _shelf(events: int) -> int:
    return max(3, events // 5_000)


def _whole(cast: Cast, many: float) -> int:
    """A whole number that comes to as many in the long run."""
    return max(0, int(many + cast.life.random.random()))


def _begin(cast: Cast, story: Callable[[Cast, Town], Story], first: date) -> None:
    town = cast.town()
    cast.life.begin(story(cast, town), _day_in(cast, first), town.writer)


def _day_in(cast: Cast, first: date) -> datetime:
    """A moment in a month, on a day on which things begin."""
    chance = cast.life.random
    while True:
        day = first + timedelta(days=chance.randrange(28 if first.month == 2 else 30))
        likely = WEEKDAYS[day.weekday()] / max(WEEKDAYS) * (0.5 if quiet(day) else 1)
        if chance.random() < likely:
            break
    moment = datetime.combine(day, time(6), UTC) + timedelta(minutes=chance.randrange(15, 570))
    return max(min(moment, END), cast.life.at)


def _example(cast: Cast, town: Town) -> Story:
    return example(cast, town, None)


def _reflection(cast: Cast, town: Town) -> Story:
    return reflection(cast, town)


def _correction(cast: Cast, _town: Town) -> Story:
    return correction(cast)


def _mistake(cast: Cast, _town: Town) -> Story:
    return mistake(cast)


def _change(cast: Cast, town: Town) -> Story:
    cast.change(cast.citizen(town, 0.9))
    yield from ()


BEGINNINGS: Final[dict[str, Callable[[Cast, Town], Story]]] = {
    "initiative": initiative,
    "session": session,
    "example": _example,
    "pilot": another_pilot,
    "reflection": _reflection,
    "asked_twice": asked_twice,
    "correction": _correction,
    "mistake": _mistake,
    "change": _change,
}
