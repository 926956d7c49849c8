"""The service as an operator meets it: started, stopped, killed, and started wrongly."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from service.cli import main
from service.running import kept_secret
from service.signin import Issuer, Role
from tests.client import Api
from tests.processes import ROOT, Running, eventually, free_port, is_ready, started


@contextmanager
def serving(folder: Path, data: Path) -> Generator[tuple[Running, str]]:
    """A service on a data folder that is ready."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with started(["serve", "--port", str(port)], folder, {"AANZET_DATA": str(data)}) as running:
        eventually(lambda: is_ready(address), running)
        yield running, address


def aanzet(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AANZET_")}
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(result: subprocess.CompletedProcess[str]) -> str:
    """What a command that was started wrongly said: one sentence, exit code 2."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("aanzet: ")
    assert line.endswith((".", "?", "?)."))
    return line


def of_postgres(data: Path) -> list[int]:
    """The processes of PostgreSQL that work in a data folder."""
    found: list[int] = []
    for process in psutil.process_iter(["name", "cwd"]):
        info: dict[str, Any] = process.info
        if info["name"] == "postgres" and str(info["cwd"] or "").startswith(str(data)):
            found.append(process.pid)
    return found


def signed_in(address: str, data: Path) -> Api:
    token = Issuer(kept_secret(data)).sign("test", Role.COORDINATOR)
    return Api(address, token)


def test_a_token_from_the_command_line_opens_the_service(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path, data) as (_, address):
        token = aanzet("token", "--role", "coordinator", AANZET_DATA=str(data))
        assert token.returncode == 0, token.stderr
        api = Api(address, token.stdout.strip())
        assert api.new("/actors", CITIZEN)
        api.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "a data folder"


CITIZEN = {"kind": "citizen", "name": "Buur Een"}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_and_keeps_what_was_recorded(
    tmp_path: Path, data: Path, ending: signal.Signals
) -> None:
    with serving(tmp_path / "first", data) as (running, address):
        api = signed_in(address, data)
        actor = api.new("/actors", CITIZEN)
        assert of_postgres(data)
        running.process.send_signal(ending)
        assert running.process.wait(30) == 0
        assert of_postgres(data) == []
    with serving(tmp_path / "second", data) as (_, address):
        again = Api(address, api.http.headers["authorization"].removeprefix("Bearer "))
        assert again.get(f"/actors/{actor}")["name"] == "Buur Een"
        again.close()
    api.close()


def test_it_recovers_when_it_was_killed(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path / "first", data) as (running, address):
        api = signed_in(address, data)
        actor = api.new("/actors", CITIZEN)
        running.process.kill()
        running.process.wait()
    with serving(tmp_path / "second", data) as (_, address):
        api.http.base_url = address
        assert api.get(f"/actors/{actor}")["id"] == actor
    api.close()


def test_it_goes_on_when_postgres_was_killed(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path / "first", data) as (running, address):
        api = signed_in(address, data)
        actor = api.new("/actors", CITIZEN)
        for pid in of_postgres(data):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: "postgres_fell" in running.written() or None, running)
        eventually(lambda: is_ready(address), running)
        assert api.get(f"/actors/{actor}")["id"] == actor
        assert api.new("/actors", CITIZEN)
        assert running.end() == 0
    api.close()


def test_a_second_service_on_the_folder_is_told_so(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path, data) as (running, _):
        second = aanzet("serve", "--port", str(free_port()), AANZET_DATA=str(data))
        assert f"in use by process {running.process.pid}" in said(second)


def test_a_busy_port_is_named(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path, data) as (_, address):
        port = address.rpartition(":")[2]
        second = aanzet("serve", "--port", port, AANZET_DATA=str(tmp_path / "other"))
        assert f"port {port}" in said(second)
        assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (["serve"], {"AANZET_DATABASE_URL": "nonsense"}, "AANZET_DATABASE_URL"),
        (
            ["serve"],
            {"AANZET_DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:9/x"},
            "127.0.0.1",
        ),
        (["serve"], {"AANZET_DATABASE_URL": "postgresql://h:port/x"}, "'h'"),
        (["serve"], {"AANZET_PORT": "eighty"}, "AANZET_PORT"),
        (["serve"], {"AANZET_SECRET": "short"}, "AANZET_SECRET"),
        (["serve"], {"AANZET_LOG_LEVEL": "loud"}, "AANZET_LOG_LEVEL"),
        (["serve", "--port", "99999"], {}, "--port"),
        (["serve", "--host", "not.an.address"], {}, "not.an.address"),
        (["serve", "--prot", "8000"], {}, "--prot"),
        (["token"], {}, "--role"),
        (["token", "--role", "king"], {}, "--role"),
        (["token", "--role", "actor"], {}, "--actor"),
        (["token", "--role", "auditor", "--actor", "actor_x"], {}, "--actor"),
        (["token", "--role", "auditor", "--hours", "0"], {}, "--hours"),
        (["project"], {}, "aanzet serve"),
        (["srve"], {}, "srve"),
        (["import", "no-such-file.csv", "--mapping", "no-such-mapping.toml"], {}, "no-such"),
    ],
)
def test_what_was_started_wrongly_is_said_in_one_sentence(  # noqa: PLR0917
    data: Path,
    arguments: list[str],
    environment: dict[str, str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {"AANZET_PORT": str(free_port()), "AANZET_DATA": str(data), **environment}
    for name in [name for name in os.environ if name.startswith("AANZET_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr()
    sentence = said(subprocess.CompletedProcess(arguments, int(str(ended.value)), *told))
    assert named in sentence
    assert "s3cret" not in sentence


def test_a_data_folder_that_is_a_file_is_named(data: Path) -> None:
    data.write_text("")
    given = {"AANZET_PORT": str(free_port()), "AANZET_DATA": str(data)}
    assert str(data) in said(aanzet("serve", **given))
    assert str(data) in said(aanzet("token", "--role", "auditor", **given))


def test_a_database_filled_under_another_secret_is_refused(
    tmp_path: Path, empty_database_url: str
) -> None:
    for secret, expected in (("A" * 43 + "=", 0), ("B" * 42 + "A=", 2)):
        given = {
            "AANZET_DATABASE_URL": empty_database_url,
            "AANZET_SECRET": secret,
            "AANZET_DATA": str(tmp_path / "never made"),
        }
        port = free_port()
        with started(["serve", "--port", str(port)], tmp_path / str(expected), given) as running:
            if expected == 0:
                address = f"http://127.0.0.1:{port}"
                eventually(lambda at=address: is_ready(at), running)
                assert running.end() == 0
            else:
                assert running.process.wait(30) == expected
                assert "The secret" in running.written()
    assert not (tmp_path / "never made").exists()
