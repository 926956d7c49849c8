"""What the demo reads back: through the API, as any other program would."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import httpx
import msgspec
from msgspec import Struct

from projections.actors import Actor
from projections.histories import Line

Item = TypeVar("Item")


class Page(Struct, Generic[Item]):
    items: list[Item]
    next: str | None = None


class Reader:
    """Reads with one token, everything up to a position in view."""

    def __init__(self, client: httpx.Client, token: str, position: int) -> None:
        self._client = client
        self._token = token
        self._position = position

    def history(self, thing: str) -> list[Line]:
        """All lines of the history of a thing, by when they happened."""
        return [line for page in self._pages(f"{thing}/history", Page[Line]) for line in page.items]

    def names(self) -> dict[str, str]:
        """The names of all actors, by id."""
        pages = self._pages("/v1/actors", Page[Actor])
        return {actor.id: actor.name for page in pages for actor in page.items}

    def _pages(self, path: str, kind: type[Page[Item]]) -> Iterator[Page[Item]]:
        address: str | None = f"{path}?pageSize=200&atLeast={self._position}"
        while address:
            answer = self._client.get(address, headers={"Authorization": f"Bearer {self._token}"})
            page = msgspec.json.decode(answer.raise_for_status().content, type=kind)
            yield page
            address = page.next
