"""The service as a whole, put together once: database, secret, log, projector, app."""

import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from litestar import Litestar
from msgspec import Struct

from domain.boundaries import about, query
from domain.facts import Past
from projections.catalogue import VIEWS
from projections.projector import Projector
from service.app import Parts, create_app
from service.clock import Clock, system_clock
from service.database import open_pool
from service.embedded import DataFolderError, EmbeddedPostgres, running_dsn
from service.log.store import EventLog, Pool
from service.settings import SECRET_BYTES, Settings
from service.signin import Issuer

SECRET_FILE: Final = "secret.key"  # noqa: S105 - a name


class NotRunning(Exception):  # noqa: N818 - said to the operator as a sentence
    """There is no service on this data folder whose database could be used."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"No service runs on the data folder {data}; start one with 'aanzet serve', "
            "or name a server in AANZET_DATABASE_URL."
        )


class Service(Struct, frozen=True, kw_only=True):
    """A database that is ready, and what works on it."""

    pool: Pool
    log: EventLog
    issuer: Issuer
    clock: Clock
    projector: Projector

    def app(self) -> Litestar:
        return create_app(
            Parts(
                pool=self.pool,
                log=self.log,
                issuer=self.issuer,
                clock=self.clock,
                wake=self.projector.wake,
            )
        )


@contextmanager
def database(settings: Settings) -> Generator[str]:
    """The address of the database: the configured server, or PostgreSQL in the data folder.

    Raises:
        DataFolderError: if the data folder cannot be used.
    """
    if settings.database_url:
        yield settings.database_url
        return
    postgres = EmbeddedPostgres(settings.data)
    url = postgres.start()
    try:
        yield url
    finally:
        postgres.stop()


def attached(settings: Settings) -> str:
    """The address of the database of a service that runs already.

    Raises:
        NotRunning: if none does.
    """
    url = settings.database_url or running_dsn(settings.data)
    if url is None:
        raise NotRunning(settings.data)
    return url


@contextmanager
def service_on(url: str, settings: Settings, clock: Clock = system_clock) -> Generator[Service]:
    """Everything that works on one database, none of it started yet.

    Raises:
        DatabaseUnusable: if the database cannot be used.
        WrongSecret: if it was filled under another secret.
    """
    secret = settings.secret or kept_secret(settings.data)
    with open_pool(url) as pool, closing(EventLog(pool, secret, clock)) as log:
        log.check_secret()
        projector = Projector(pool, Following(log), VIEWS)
        with log.news.listening(projector.wake):
            yield Service(
                pool=pool, log=log, issuer=Issuer(secret), clock=clock, projector=projector
            )


class Following:
    """The log as the projector asks it."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def batch(self, after: int, limit: int) -> Past:
        return self._log.read(after=after, limit=limit, unsealed=True).events

    def about(self, tags: Sequence[str], until: int) -> Past:
        wanted = query(tuple(about(tag) for tag in tags))
        events = self._log.read(wanted, unsealed=True).events
        return [recorded for recorded in events if recorded.position <= until]


def kept_secret(data: Path) -> bytes:
    """The secret that the data folder keeps, made on first use.

    Raises:
        DataFolderError: if it can be neither read nor written.
    """
    file = data / SECRET_FILE
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _write_once(file, secrets.token_bytes(SECRET_BYTES))
        secret = file.read_bytes()
    except OSError as error:
        raise DataFolderError(
            f"The secret in {file} cannot be kept: {(error.strerror or 'error').lower()}."
        ) from None
    if len(secret) != SECRET_BYTES:
        raise DataFolderError(f"{file} is not a secret of {SECRET_BYTES} bytes.")
    return secret


def _write_once(file: Path, secret: bytes) -> None:
    """Write whole or not at all; who comes second keeps what the first wrote."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(secret)
        written.flush()
        os.fsync(written.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
