"""Waiting until the views have an event (`atLeast`), without holding a thread or a connection."""

import asyncio
import time
from collections.abc import Collection
from typing import Any, Final

from litestar import Request

from projections.leases import reached
from projections.view import View
from service.api.problems import NotYet
from service.log.store import Pool

PATIENCE_SECONDS: Final = 3.0
"""How long a read waits for the position that it names."""
LOOK_AGAIN_SECONDS: Final = 0.01
VIEWS: Final = "views"
"""Under this name a route says which views it reads."""


class Progress:
    """How far the views are. However many requests wait, one looks for all of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._reached: dict[str, int] = {}
        self._end = 0
        self._looking: asyncio.Task[None] | None = None

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
            self._looking = asyncio.create_task(asyncio.to_thread(self._read))
        await asyncio.shield(self._looking)

    def _read(self) -> None:
        with self._pool.connection() as connection:
            end = connection.execute("select position from log_head").fetchone()
            self._reached = reached(connection)
        self._end = end[0] if end else 0


async def await_views(request: Request[Any, Any, Any]) -> None:
    """Before a handler runs: wait for the position that the request names."""
    views = request.route_handler.opt.get(VIEWS)
    named = request.query_params.get("atLeast", "")
    # Anything but a position is left to the route's own check of its parameters.
    if views and named.isascii() and named.isdigit() and len(named) < len(str(2**53)):
        await request.app.state.progress.wait(views, int(named))
