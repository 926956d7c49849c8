"""The story as a whole, and how it is played through the HTTP API."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final, cast

import httpx
import msgspec

from service.clock import StoryClock
from service.demo import beginning, going_on, making, trying
from service.demo.people import PEOPLE
from service.demo.steps import Id, Place, Step, moment
from service.log.store import Outcome
from service.signin import Issuer, Role

CHAPTERS: Final = (
    PEOPLE,
    *beginning.CHAPTERS,
    *making.CHAPTERS,
    *trying.CHAPTERS,
    *going_on.CHAPTERS,
)
STORY: Final = tuple(
    sorted((step for chapter in CHAPTERS for step in chapter), key=lambda step: step.moment)
)
"""In the order in which it was recorded."""

COORDINATORS: Final[Mapping[datetime, str]] = {
    moment("2019-01-01 00:00"): "Coördinator Noor",
    moment("2022-07-01 00:00"): "Coördinator Sander",
}
"""Who records, from when on."""


class StoryRefused(Exception):  # noqa: N818 - said to the operator as a sentence
    """The service did not take a step of the story."""

    def __init__(self, step: Step, why: str) -> None:
        super().__init__(f"The demo's story stops at '{step.name}': {why}")


class Telling:
    """The story as it is played once against a service."""

    def __init__(self, client: httpx.Client, issuer: Issuer, clock: StoryClock) -> None:
        self.outcomes: dict[str, Outcome] = {}
        """What became of each step, by its name."""
        self._client = client
        self._clock = clock
        self._tokens = {name: issuer.sign(name, Role.COORDINATOR) for name in COORDINATORS.values()}

    @property
    def position(self) -> int:
        """Of the last event of the story, as far as it was played."""
        return max((outcome.position for outcome in self.outcomes.values()), default=0)

    def id(self, step: str) -> str:
        """The id of what began in a step."""
        return self.outcomes[step].id

    def play(self) -> Iterator[Step]:
        """Record one step after the other; what was recorded before stays as it was.

        Raises:
            StoryRefused: if the service does not take a step.
        """
        try:
            for step in STORY:
                self._clock.stand_at(step.moment)
                self.outcomes[step.name] = self._record(step)
                yield step
        finally:
            self._clock.release()

    def _record(self, step: Step) -> Outcome:
        path = step.path.format_map({name: found.id for name, found in self.outcomes.items()})
        answer = self._client.post(
            f"/v1{path}",
            content=msgspec.json.encode(self._body(step)),
            headers={
                "Authorization": f"Bearer {self._tokens[recorder(step)]}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(step.key),
            },
        )
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise StoryRefused(step, "another version of it was played here before.")
        if not answer.is_success:
            raise StoryRefused(step, f"the service answers {answer.status_code}. {answer.text}")
        return msgspec.json.decode(answer.content, type=Outcome)

    def _body(self, step: Step) -> object:
        around: dict[str, object] = {}
        if step.happened:
            around["occurredAt"] = moment(step.happened)
        if step.behalf:
            around["onBehalfOf"] = Id(step.behalf)
        return self._filled({**step.body, **around})

    def _filled(self, value: object) -> object:
        """The value with ids and positions for the steps that it names."""
        match value:
            case Id():
                return self.id(value.step)
            case Place():
                return self.outcomes[value.step].position
            case dict():
                held = cast("dict[str, object]", value)
                return {name: self._filled(item) for name, item in held.items()}
            case list():
                return [self._filled(item) for item in cast("list[object]", value)]
            case _:
                return value


def recorder(step: Step) -> str:
    """The coordinator who records a step."""
    return [name for since, name in COORDINATORS.items() if since <= step.moment][-1]
