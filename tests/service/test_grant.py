"""A server with two roles: one owns the database, the service runs as another."""

from collections.abc import Generator

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from projections.catalogue import VIEWS
from projections.rebuilding import rebuild
from service.database import open_pool
from service.running import Following, service_on
from service.serving import listening, serving
from service.settings import Settings
from service.signin import Role
from tests.client import Api
from tests.service.conftest import Command
from tests.service.test_documents import attached, fetched

LOG = ("event", "event_tag", "outcome")


@pytest.fixture
def role(database_url: str) -> Generator[str]:
    """A role that has no rights yet; the command runs as the owner of the database."""
    name = f"service of {conninfo_to_dict(database_url)['dbname']}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


@pytest.fixture
def limited_url(database_url: str, role: str, command: Command) -> str:
    """The address by which the service comes in as that role, once it was granted its rights."""
    assert command("grant", role) == 0
    quoted = role.replace(" ", "\\ ")
    return make_conninfo(database_url, options=f"-c role={quoted}")


def test_the_whole_service_runs_as_that_role(limited_url: str, settings: Settings) -> None:
    with (
        service_on(limited_url, settings) as service,
        listening("127.0.0.1", 0) as listener,
        serving(service, listener),
    ):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        api = Api(address, service.issuer.sign("test", Role.COORDINATOR))
        actor = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
        document = attached(api, actor)
        assert fetched(api, document).status_code == 200
        assert api.get(f"/actors/{actor}")["name"] == "Buur Een"
        api.close()
        for view in VIEWS:
            rebuild(service.pool, Following(service.log), view)


@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize("change", ["update {} set position = 0", "delete from {}", "truncate {}"])
def test_it_has_no_right_to_change_the_log(limited_url: str, table: str, change: str) -> None:
    statement = sql.SQL(change).format(sql.Identifier("aanzet", table))  # pyright: ignore[reportArgumentType]
    with (
        psycopg.connect(limited_url) as connection,
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
    ):
        connection.execute(statement)


def test_every_table_of_the_database_is_either_granted_or_a_view(limited_url: str) -> None:
    """So that none is forgotten that comes later."""
    with open_pool(limited_url) as pool, pool.connection() as connection:
        unread = connection.execute(
            "select relname from pg_class where relnamespace = 'aanzet'::regnamespace"
            " and relkind in ('r', 'v') and not has_table_privilege(oid, 'select')"
        ).fetchall()
    assert unread == []


def test_a_role_that_is_not_there_is_named(
    role: str, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("grant", f"{role} else") == 2
    assert f"has no role '{role} else'" in capsys.readouterr().err


def test_who_does_not_own_the_tables_is_told_so(
    limited_url: str,
    role: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AANZET_DATABASE_URL", limited_url)
    assert command("grant", role) == 2
    assert "Only the owner of the tables" in capsys.readouterr().err


def test_without_a_server_there_is_no_role_to_grant_to(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AANZET_DATABASE_URL", raising=False)
    assert command("grant", "anybody") == 2
    assert "has one role" in capsys.readouterr().err
