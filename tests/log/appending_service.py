"""An appender with a PostgreSQL of its own, in place of an address."""

import sys
from pathlib import Path

from service.embedded import EmbeddedPostgres
from tests.log import appender


def main(data: str, journal: str, until: str) -> None:
    with EmbeddedPostgres(Path(data)) as postgres:
        appender.main(postgres.dsn, journal, until)


if __name__ == "__main__":
    main(*sys.argv[1:])
