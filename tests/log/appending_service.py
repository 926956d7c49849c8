"""An appender with a PostgreSQL of its own in place of an address, both as the service has them."""

import sys
from pathlib import Path

from service.running import database
from service.settings import Settings
from tests.log import appender


def main(data: str, journal: str, until: str) -> None:
    with database(Settings(data=Path(data))) as url:
        appender.main(url, journal, until)


if __name__ == "__main__":
    main(*sys.argv[1:])
