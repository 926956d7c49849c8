"""Real parts for the tests: one PostgreSQL for the run, a database of its own for each test."""

import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.clock import StoryClock
from service.database import open_pool
from service.embedded import EmbeddedPostgres
from service.running import Service, service_on
from service.serving import listening, projecting, serving
from service.settings import Settings
from service.signin import Role
from tests.client import Api
from tests.domain.scenario import NOW

pytest_plugins = ["tests.skips"]
# A busy machine is no failure; what is slow is measured in tests/bench.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

SECRET: Final = bytes(range(32))


class Shared(NamedTuple):
    service: Service
    address: str


@pytest.fixture(scope="session")
def server() -> Generator[str]:
    """A PostgreSQL server: the one that is configured, or an embedded one."""
    if configured := os.environ.get("AANZET_DATABASE_URL"):
        yield configured
        return
    with tempfile.TemporaryDirectory(prefix="aanzet ") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data")
        yield postgres.start()
        postgres.stop()


@pytest.fixture(scope="session")
def template(server: str) -> Generator[str]:
    """The name of a database that is set up and empty, from which others are copied."""
    with _database(server) as name:
        open_pool(make_conninfo(server, dbname=name)).close()
        yield name


@pytest.fixture
def database_url(server: str, template: str) -> Generator[str]:
    """The address of an empty database that is set up."""
    with _database(server, template) as name:
        yield make_conninfo(server, dbname=name)


@pytest.fixture(scope="session")
def copy_of(server: str) -> Callable[[str], AbstractContextManager[str]]:
    """Makes databases that begin as a copy of another, and are gone afterwards."""
    return partial(_database, server)


@pytest.fixture
def empty_database_url(server: str) -> Generator[str]:
    """The address of a database in which nothing was ever set up."""
    with _database(server) as name:
        yield make_conninfo(server, dbname=name)


class _database:  # noqa: N801 - reads as a block
    def __init__(self, server: str, template: str = "template1") -> None:
        self._server = server
        self._template = template
        self._name = f"test_{uuid4().hex}"

    def __enter__(self) -> str:
        self._run("create database {} template {}", self._name, self._template)
        return self._name

    def __exit__(self, *_: object) -> None:
        self._run("drop database {} with (force)", self._name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(
                sql.SQL(statement).format(*map(sql.Identifier, names))  # pyright: ignore[reportArgumentType]
            )


@contextmanager
def _served(server: str, template: str, folder: Path) -> Generator[Shared]:
    settings = Settings(data=folder, secret=SECRET)
    with (
        _database(server, template) as name,
        service_on(make_conninfo(server, dbname=name), settings) as service,
        listening("127.0.0.1", 0) as listener,
        serving(service, listener),
    ):
        yield Shared(service, f"http://127.0.0.1:{listener.getsockname()[1]}")


@pytest.fixture(scope="session")
def shared(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Shared]:
    """A service that many tests use one after another; none finds it empty."""
    with _served(server, template, tmp_path_factory.mktemp("shared")) as served:
        yield served


@pytest.fixture(scope="module")
def of_module(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Shared]:
    """A service for the tests of one module, which fill it once and then read."""
    with _served(server, template, tmp_path_factory.mktemp("module")) as served:
        yield served


@pytest.fixture
def shared_api(shared: Shared) -> Generator[Api]:
    """A client of the shared service, signed in as a coordinator."""
    api = Api(shared.address, shared.service.issuer.sign("test", Role.COORDINATOR))
    yield api
    api.close()


Anew = Callable[[], AbstractContextManager[Api]]


@pytest.fixture(scope="session")
def anew(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Anew:
    """Makes a client of a service of its own, on an empty database, whose clock stands still."""
    settings = Settings(data=tmp_path_factory.mktemp("anew"), secret=SECRET)
    clock = StoryClock()
    clock.stand_at(NOW)

    @contextmanager
    def begin() -> Generator[Api]:
        with (
            _database(server, template) as name,
            service_on(make_conninfo(server, dbname=name), settings, clock) as service,
            listening("127.0.0.1", 0) as listener,
            serving(service, listener),
        ):
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            api = Api(address, service.issuer.sign("test", Role.COORDINATOR))
            yield api
            api.close()

    return begin


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", secret=SECRET)


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock()


@pytest.fixture
def service(database_url: str, settings: Settings, clock: StoryClock) -> Generator[Service]:
    """A service on a database of its own, nothing of it started."""
    with service_on(database_url, settings, clock) as service:
        yield service


@pytest.fixture
def projected(service: Service) -> Generator[Service]:
    """A service whose views follow the log."""
    with projecting(service):
        yield service


@pytest.fixture
def http(service: Service) -> Generator[str]:
    """The address of a service that answers HTTP, with its views following."""
    with listening("127.0.0.1", 0) as listener, serving(service, listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def as_role(http: str, service: Service) -> Generator[Callable[[Role], Api]]:
    """Makes a client that is signed in in a role."""
    clients: list[Api] = []

    def sign_in(role: Role) -> Api:
        clients.append(Api(http, service.issuer.sign(f"test {role}", role)))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.close()


@pytest.fixture
def api(as_role: Callable[[Role], Api]) -> Api:
    """A client that is signed in as a coordinator."""
    return as_role(Role.COORDINATOR)
