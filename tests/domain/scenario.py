"""Decisions told as given, when and then, read and decided as the service does it.

The past holds commitments in place of sealed texts, as the service reads it, so that no
decision can come to rest on a text that may be erased.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import pytest
from msgspec import convert, structs, to_builtins

from domain.boundaries import within
from domain.commands import Command
from domain.conversations import AnyFact, boundary, decide
from domain.facts import Fact, Recorded
from domain.refusals import Refusal, Unknown
from service.log.leaf import seal
from tests.facts import START, recorded

NOW: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""What the clock says."""
LATER: Final = datetime(2025, 6, 2, 10, tzinfo=UTC)
"""When commands are dated, unless a test says otherwise: after all that was given."""


class Happened(NamedTuple):
    """A fact with the moment at which it happened."""

    at: datetime
    fact: Fact


def day(text: str) -> datetime:
    """Noon of a day, e.g. `2024-12-31`."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def on(text: str, fact: Fact) -> Happened:
    """A fact that happened on a day."""
    return Happened(day(text), fact)


def given(*facts: Fact | Happened) -> "Given":
    """A log of these facts at positions 1, 2, 3, …; each a day after the last, unless told."""
    return Given(_log(facts))


def _log(facts: Iterable[Fact | Happened]) -> list[Recorded]:
    log: list[Recorded] = []
    for position, entry in enumerate(facts, start=1):
        at, fact = (
            entry
            if isinstance(entry, Happened)
            else Happened(START + timedelta(days=position - 1), entry)
        )
        log.append(recorded(fact, position, occurred_at=at, recorded_at=NOW))
    return log


class Given(NamedTuple):
    log: Sequence[Recorded]

    def when(self, command: Command, at: datetime | str = LATER, now: datetime = NOW) -> "Asked":
        """Ask what happens when the command comes."""
        return Asked(self.log, command, day(at) if isinstance(at, str) else at, now)


class Asked(NamedTuple):
    log: Sequence[Recorded]
    command: Command
    at: datetime
    now: datetime

    def answer(self) -> list[Fact]:
        return decided([as_stored(event) for event in self.log], self.command, self.at, self.now)

    def then(self, *facts: Fact) -> None:
        """It happens, and these are the facts."""
        assert self.answer() == list(facts)

    def already_so(self) -> None:
        """Nothing is new."""
        assert self.answer() == []

    def refused(self, refusal: type[Refusal], blocked_by: Sequence[int] = ()) -> Refusal:
        """A rule does not allow it, because of the events at these positions."""
        with pytest.raises(refusal) as caught:
            self.answer()
        assert list(caught.value.blocked_by) == list(blocked_by)
        assert caught.value.nl
        assert caught.value.en
        return caught.value

    def unknown(self, field: str) -> None:
        """It names a thing that does not exist, in this field."""
        with pytest.raises(Unknown) as caught:
            self.answer()
        assert caught.value.field == field


def as_stored(event: Recorded) -> Recorded:
    """The event as a decision reads it: its sealed texts as commitments."""
    sealed: Any = convert(to_builtins(seal(event.fact).fact), AnyFact)
    return structs.replace(event, fact=sealed)


def past_of(log: Sequence[Recorded], command: Command) -> list[Recorded]:
    """What the service reads for a command: its boundary, as wide as what was read makes it."""
    wanted, past = boundary(command), list[Recorded]()
    while wanted:
        past = within(wanted, log)
        wider = boundary(command, past)
        if wider == wanted:
            break
        wanted = wider
    return past


def decided(
    log: Sequence[Recorded], command: Command, at: datetime, now: datetime = NOW
) -> list[Fact]:
    """What a command makes happen in the light of a log."""
    return decide(command, past_of(log, command), at, now)
