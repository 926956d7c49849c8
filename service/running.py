"""The service as a whole, put together once: database, secret, log, projector, app."""

import os
import secrets
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Final

import structlog
from litestar import Litestar
from msgspec import Struct

from domain.boundaries import about, query
from domain.facts import Fact, Past, Undecodable, stored_name
from projections.catalogue import VIEWS
from projections.projector import Projector
from service.app import Parts, create_app
from service.clock import Clock, system_clock
from service.commands import Handler
from service.database import open_pool
from service.desk import Desk
from service.embedded import DataFolderError, EmbeddedPostgres, running_dsn
from service.log.store import EventLog, Pool
from service.settings import SECRET_BYTES, Settings
from service.signin import Issuer

_LOG: Final = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS: Final = 0.5
ASK_AGAIN_SECONDS: Final = 5.0
"""How often PostgreSQL is asked whether it lets anybody in: it starts a process for that."""
STUCK_SECONDS: Final = 30.0
"""So long it may let nobody in without recovering: of itself it does for some five."""
SECRET_FILE: Final = "secret.key"  # noqa: S105 - a name


class NotRunning(Exception):  # noqa: N818 - said to the operator as a sentence
    """There is no service on this data folder whose database could be used."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"No service runs on the data folder {data}; start one with 'aanzet serve', "
            "or name a server in AANZET_DATABASE_URL."
        )


class NeverStarted(Exception):  # noqa: N818 - said to the operator as a sentence
    """A token of a secret that no service has would open nothing."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"No service was ever started on the data folder {data}; start it first, "
            "or set AANZET_DATA or AANZET_SECRET to what the service has."
        )


class Service(Struct, frozen=True, kw_only=True):
    """A database that is ready, and what works on it."""

    pool: Pool
    log: EventLog
    issuer: Issuer
    clock: Clock
    handler: Handler
    desk: Desk
    projector: Projector

    def app(self) -> Litestar:
        return create_app(
            Parts(
                pool=self.pool,
                log=self.log,
                issuer=self.issuer,
                clock=self.clock,
                handler=self.handler,
                desk=self.desk,
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
    done = threading.Event()
    nurse = threading.Thread(target=_revive, args=(postgres, done), name="nurse")
    nurse.start()
    try:
        yield url
    finally:
        done.set()
        nurse.join()
        postgres.stop()


def _revive(postgres: EmbeddedPostgres, done: threading.Event) -> None:
    """Start PostgreSQL again whenever it has fallen or is stuck, until all is done."""
    while trouble := _trouble(postgres, done):
        _LOG.warning(trouble)
        try:
            postgres.restart()
        except DataFolderError as error:
            _LOG.error("postgres_stays_down", why=str(error))


def _trouble(postgres: EmbeddedPostgres, done: threading.Event) -> str | None:
    """Wait until it has fallen or is stuck, and say which; None once all is done."""
    well = asked = time.monotonic()
    while not done.wait(LOOK_AGAIN_SECONDS):
        if not postgres.alive():
            return "postgres_fell"
        now = time.monotonic()
        if now - asked < ASK_AGAIN_SECONDS:
            continue
        asked = now
        if not postgres.stuck():
            well = now
        elif now - well >= STUCK_SECONDS:
            return "postgres_lets_nobody_in"
    return None


def attached(settings: Settings) -> str:
    """The address of the database of a service that runs already.

    Raises:
        NotRunning: if none does.
    """
    url = settings.database_url or running_dsn(settings.data)
    if url is None:
        raise NotRunning(settings.data)
    return url


def at_hand(settings: Settings) -> AbstractContextManager[str]:
    """The database of the service that runs already; without one, our own for the time being."""
    try:
        return nullcontext(attached(settings))
    except NotRunning:
        return database(settings)


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
        handler = Handler(log, clock)
        with log.news.listening(projector.wake):
            yield Service(
                pool=pool,
                log=log,
                issuer=Issuer(secret),
                clock=clock,
                handler=handler,
                desk=Desk(handler, log, pool),
                projector=projector,
            )


class Following:
    """The log as the projector asks it."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def next(
        self,
        after: int,
        limit: int,
        facts: frozenset[type[Fact]] | None = None,
        *,
        texts: bool = True,
    ) -> tuple[Past, int]:
        types = None if facts is None else sorted(map(stored_name, facts))
        try:
            return self._log.next(after, limit, types, unsealed=texts)
        except Undecodable as unknown:
            known = unknown.position - 1 - after
            if not known:
                raise
            return self._log.next(after, min(limit, known), unsealed=texts)

    def about(self, tags: Sequence[str], until: int) -> Past:
        wanted = query(tuple(about(tag) for tag in tags))
        return self._log.read(wanted, until=until, unsealed=True).events


def known_secret(data: Path) -> bytes:
    """The secret of a data folder on which a service was started before.

    Raises:
        NeverStarted: if none was.
    """
    if not (data / SECRET_FILE).exists():
        raise NeverStarted(data)
    return kept_secret(data)


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
