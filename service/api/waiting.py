"""How far the views are: waiting for an event (`atLeast`), and whether anything moved since.

However many requests ask, one looks for all of them, without holding a thread meanwhile.
"""

import asyncio
import time
from collections.abc import Collection
from typing import Any, Final

from litestar import Request

from projections.leases import reached
from projections.view import View
from service.api.problems import NotYet
from service.log.reading import head_of
from service.log.store import Pool

PATIENCE_SECONDS: Final = 3.0
"""How long a read waits for the position that it names."""
LOOK_AGAIN_SECONDS: Final = 0.01
MOMENT_SECONDS: Final = 0.05
"""For so long a look counts, where nothing is known to be under way."""
VIEWS: Final = "views"
"""Under this name a route says which views it reads."""


class Progress:
    """How far the views are. However many requests wait, one looks for all of them."""

    def __init__(self, pool: Pool, moment: float = MOMENT_SECONDS) -> None:
        self._pool = pool
        self._moment = moment
        self._reached: dict[str, int] = {}
        self._end = 0
        self._looking: asyncio.Task[None] | None = None
        self._begun = 0
        self._finished = 0
        """Looks are numbered in the order in which they begin."""
        self._looked_at = -moment
        self._heard = 0
        self._heard_before = 0
        """What was heard before the last look began."""

    def hear(self) -> None:
        """Something was appended. May be called from any thread."""
        self._heard += 1

    async def recent(self, views: Collection[View]) -> tuple[int, ...]:
        """How far each of these views is: now, or as long as all is quiet, a moment ago.

        All is quiet while they are at the end of the log and no append was heard of since. Until
        they are, each who asks gets a look that begins after they did: so nobody misses in one
        answer what a view had before they asked.
        """
        positions = self._positions(views)
        if self._is_quiet(positions):
            return positions
        wanted = self._begun + 1
        while self._finished < wanted:
            await self._look()
        return self._positions(views)

    def _positions(self, views: Collection[View]) -> tuple[int, ...]:
        return tuple([self._reached.get(view.table, 0) for view in views])

    def _is_quiet(self, positions: tuple[int, ...]) -> bool:
        return (
            time.monotonic() < self._looked_at + self._moment
            and self._heard == self._heard_before
            and min(positions) >= self._end
        )

    async def wait(self, views: Collection[View], position: int) -> None:
        """Wait, for a bounded time, until views have come to a position.

        Raises:
            NotYet: if they have not, or if the log itself has not.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(self._reached.get(view.table, 0) < position for view in views):
            await self._look()
            if position > self._end or time.monotonic() > deadline:
                raise NotYet
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _look(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_now())
        await asyncio.shield(self._looking)

    async def _look_now(self) -> None:
        self._begun += 1
        number, heard, at = self._begun, self._heard, time.monotonic()
        await asyncio.to_thread(self._read)
        self._finished, self._heard_before, self._looked_at = number, heard, at

    def _read(self) -> None:
        with self._pool.connection() as connection:
            end = head_of(connection)
            self._reached = reached(connection)
        self._end = end


async def await_views(request: Request[Any, Any, Any]) -> None:
    """Before a handler runs: wait for the position that the request names."""
    views = request.route_handler.opt.get(VIEWS)
    named = request.query_params.get("atLeast", "")
    # Anything but a position is left to the route's own check of its parameters.
    if views and named.isascii() and named.isdigit() and len(named) < len(str(2**53)):
        await request.app.state.progress.wait(views, int(named))
