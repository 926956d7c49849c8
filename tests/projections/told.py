"""A log of the whole story that the tests share, and views that fail when they are told to."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from domain.actors import ActorRegistered
from domain.facts import API, Fact, Recorded
from domain.vocabulary import ActorId, ActorKind, Personal, UserId
from projections.view import View
from service.clock import system_clock
from service.ids import new_id
from service.log.store import AppendRequest
from service.running import Service
from tests.facts import STORY


def appending(thing: str, *facts: Fact) -> AppendRequest:
    return AppendRequest(
        thing=thing,
        facts=facts,
        occurred_at=system_clock(),
        recorded_by=UserId(new_id("user")),
        source=API,
        request_id="test",
    )


def register(service: Service, name: str) -> int:
    """Record somebody new; gives back the position."""
    actor = ActorId(new_id("actor"))
    fact = ActorRegistered(actor=actor, kind=ActorKind.CITIZEN, name=Personal(name))
    return service.log.append(appending(actor, fact)).position


def tell(service: Service) -> int:
    """Record each event of the story; gives back where the log ends."""
    after = service.log.head()
    return service.log.append_all([appending("", recorded.fact) for recorded in STORY], after)


def choking(view: View, at: int) -> View:
    """The same view, which cannot take the event at a position."""

    def evolve(row: Any, recorded: Recorded) -> Any:
        if recorded.position == at:
            raise ArithmeticError("TELL-NOBODY")
        return view.evolve(row, recorded)

    return structs.replace(view, evolve=evolve)


def next_version(view: View, **changes: Callable[..., Any] | Any) -> View:
    return structs.replace(view, version=view.version + 1, **changes)
