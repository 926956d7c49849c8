"""A log read from its beginning: the rules checked on each event, and what there is counted."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct, field

from domain.facts import Recorded, concerns, stored_name
from domain.pilot_stages import Decision
from domain.pilots import PilotDecided
from domain.records import EventCorrected
from domain.support_requests import SupportRequestReceived
from tests.domain.rules import ENDINGS_OF_A_REQUEST, Broken, Checker

LATE = timedelta(days=3)
"""Written down longer after it happened than a weekend takes."""


class Replayed(Struct):
    """What a log holds, and what is wrong with it."""

    events: int = 0
    types: Counter[str] = field(default_factory=Counter)
    years: Counter[int] = field(default_factory=Counter)
    months: Counter[int] = field(default_factory=Counter)
    weekdays: Counter[int] = field(default_factory=Counter)
    """By the day on which it happened; 0 is Monday."""
    municipalities: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    pilots: dict[str, datetime] = field(default_factory=dict)
    """When a pilot was first approved in each municipality."""
    sittings: int = 0
    """Moments at which something was written down."""
    received: dict[str, datetime] = field(default_factory=dict)
    """When each support request came in that has not ended yet."""
    lasted: list[timedelta] = field(default_factory=list)
    """How long each support request lasted, to its first end."""
    late: int = 0
    behind: int = 0
    """Dated before an event that stands earlier in the log."""
    out_of_order: int = 0
    out_of_place: list[int] = field(default_factory=list)
    """Positions that leave a gap, or whose time goes back."""
    broken: list[Broken] = field(default_factory=list)


def replay(events: Iterable[Recorded]) -> Replayed:
    """Read a log and check every rule on it, independently of the decisions that made it."""
    found, checker, last, latest = Replayed(), Checker(), None, None
    for event in events:
        _place(found, event, last)
        _count(found, event)
        found.behind += latest is not None and event.occurred_at < latest
        latest = max(latest or event.occurred_at, event.occurred_at)
        found.broken += checker.take(event)
        last = event
    return found


def _place(found: Replayed, event: Recorded, last: Recorded | None) -> None:
    follows = event.position == (last.position if last else 0) + 1
    if not follows or (last and event.recorded_at < last.recorded_at):
        found.out_of_place.append(event.position)
    found.sittings += last is None or event.recorded_at > last.recorded_at


def _count(found: Replayed, event: Recorded) -> None:
    fact = event.fact
    found.events += 1
    if isinstance(fact, SupportRequestReceived):
        found.received[fact.request] = event.occurred_at
    if isinstance(fact, ENDINGS_OF_A_REQUEST) and fact.request in found.received:
        found.lasted.append(event.occurred_at - found.received.pop(fact.request))
    found.types[stored_name(type(fact))] += 1
    found.years[event.occurred_at.year] += 1
    found.months[event.occurred_at.month] += 1
    found.weekdays[event.occurred_at.weekday()] += 1
    found.late += event.recorded_at - event.occurred_at > LATE
    found.out_of_order += event.out_of_order
    if not isinstance(fact, EventCorrected):
        places = {tag.id for tag in concerns(fact) if tag.id.startswith("nis:")}
        found.municipalities.update(place.removeprefix("nis:") for place in places)
    if isinstance(fact, PilotDecided):
        found.decisions[fact.decision] += 1
        if fact.decision is Decision.APPROVE:
            found.pilots.setdefault(fact.municipality, event.occurred_at)
