"""The demo's story, played to its end."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from service.clock import StoryClock
from service.demo.story import STORY, Telling
from service.running import Service, service_on
from service.serving import listening, serving
from service.settings import Settings
from service.signin import Role
from tests.client import Api


class Played(NamedTuple):
    """The story's end, and the service that has it."""

    url: str
    service: Service
    clock: StoryClock
    client: httpx.Client
    telling: Telling
    api: Api

    def history_of_initiative(self, **query: str) -> list[dict[str, Any]]:
        return self.api.history(f"/initiatives/{self.telling.id('initiative')}", **query)


@contextmanager
def story_on(server: str, template: str, data: Path) -> Generator[Played]:
    """The service on a database of its own, and the story of which nothing was told yet."""
    name, clock = f"demo_{uuid4().hex}", StoryClock()
    url = make_conninfo(server, dbname=name)
    settings = Settings(data=data, secret=bytes(32))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")  # pyright: ignore[reportArgumentType, reportCallIssue]
        with (
            service_on(url, settings, clock) as service,
            listening("127.0.0.1", 0) as listener,
            serving(service, listener),
        ):
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            api = Api(address, service.issuer.sign("test", Role.COORDINATOR))
            with closing(api), httpx.Client(base_url=address, trust_env=False) as client:
                telling = Telling(client, service.issuer, clock)
                yield Played(url, service, clock, client, telling, api)
        connection.execute(f"drop database {name} with (force)")  # pyright: ignore[reportArgumentType, reportCallIssue]


@pytest.fixture(scope="session")
def played(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Played]:
    """The story played to its end, once for all tests that only look at it."""
    with story_on(server, template, tmp_path_factory.mktemp("played")) as played:
        assert list(played.telling.play()) == list(STORY)
        played.api.position = played.telling.position
        yield played
