"""A step of the story: what is recorded, on which day, by whom and for whom."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from msgspec import Struct

from projections.sentences import BRUSSELS

NAMESPACE: Final = UUID("57b7f1c1-5d42-47b0-bbd8-219a201b2492")
"""Of the idempotency keys: a step keeps its key for as long as it keeps its name and text."""


class Id(NamedTuple):
    """In a body: the id of what began in the step of this name."""

    step: str


class Place(NamedTuple):
    """In a body: the position of the event that the step of this name recorded."""

    step: str


class Step(Struct, frozen=True):
    """One request to the API. Times are in Brussels, as people wrote them down."""

    name: str
    on: str
    """When it is recorded; the clock of the service stands there."""
    path: str
    """Where it is sent; `{step}` stands for the id of what began in that step."""
    body: Mapping[str, object]
    happened: str | None = None
    """When it happened, if it was recorded later."""
    behalf: str | None = None
    """The step in which the actor was registered for whom it is recorded."""

    @property
    def key(self) -> UUID:
        return uuid5(NAMESPACE, self.name)

    @property
    def moment(self) -> datetime:
        return moment(self.on)


Chapter = tuple[Step, ...]


def moment(text: str) -> datetime:
    """A time in Brussels, such as `2019-03-12 10:05`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)
