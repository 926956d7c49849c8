"""A process that keeps the views, and fills one after another anew while it does."""

import random
import threading
from contextlib import suppress
from pathlib import Path

from projections.catalogue import VIEWS
from projections.rebuilding import RebuiltElsewhere, rebuild
from service.running import Following, Service, service_on
from service.settings import Settings
from service.writing_down import write_down
from tests.conftest import SECRET


def keep(url: str, folder: str, seed: int) -> None:
    """Go on until killed."""
    write_down("error")
    settings = Settings(data=Path(folder), secret=SECRET)
    with service_on(url, settings) as service:
        threading.Thread(target=_rebuild, args=(service, random.Random(seed)), daemon=True).start()  # noqa: S311
        service.projector.run()


def _rebuild(service: Service, chance: random.Random) -> None:
    while True:
        # The server may not have noticed yet that the one before was killed.
        with suppress(RebuiltElsewhere):
            rebuild(service.pool, Following(service.log), chance.choice(VIEWS))
