"""Mistakes that somebody sees: the event stays, and what it should have said is told."""

from datetime import timedelta
from typing import Final

from msgspec import structs

from domain.facts import Recorded
from domain.fields import places
from domain.records import CorrectEvent, EventCorrected
from domain.vocabulary import Narrative, Position
from domain.workshops import WorkshopHeld
from tests.load.life import Story
from tests.load.people import Cast

RECENT: Final = 4000
"""Of so many events one may be corrected: mistakes are seen while people remember."""


def correction(cast: Cast) -> Story:
    """A mistake that somebody sees: most often in a text, seldom in a date or a number."""
    life, chance = cast.life, cast.life.random
    yield from ()
    if not life.log:
        return
    event = life.log[-chance.randint(1, min(RECENT, len(life.log)))]
    texts = [
        place.path[0]
        for place in places(event.fact)
        if place.kind is Narrative and len(place.path) == 1
    ]
    if isinstance(event.fact, EventCorrected):
        return
    if life.often("date corrected", 0.03):
        _correct(cast, event, {}, days=-1)
    elif life.often("number corrected", 0.02):
        held = next((e for e in reversed(life.log) if isinstance(e.fact, WorkshopHeld)), None)
        if held and isinstance(held.fact, WorkshopHeld):
            _correct(cast, held, {"attendance": held.fact.attendance + 1})
    elif texts:
        name = _field(event, str(texts[0]))
        _correct(cast, event, {name: cast.words.say("result")})


def _field(event: Recorded, stored: str) -> str:
    return next(f.name for f in structs.fields(event.fact) if f.encode_name == stored)


def _correct(cast: Cast, event: Recorded, changes: dict[str, object], days: int = 0) -> None:
    becomes = structs.replace(event.fact, **changes)
    cast.life.do(
        CorrectEvent(
            position=Position(event.position),
            becomes=becomes,  # pyright: ignore[reportArgumentType]
            happened_at=event.occurred_at + timedelta(days=days),
            reason=cast.words.say("note"),
            read_at=Position(event.position),
            changes=tuple(changes),
        )
    )
