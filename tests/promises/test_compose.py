"""compose.yaml does what it says: each of its commands is run as it stands there."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml

from service.signin import Issuer, Role
from tests.client import Api
from tests.conftest import SECRET
from tests.processes import ROOT, eventually, free_port, is_ready, started

GIVEN = {"AANZET_SECRET": b64encode(SECRET).decode(), "AANZET_DATABASE_PASSWORD": "p@ss: w%rd"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def test_it_is_a_compose_file(compose: Any) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec/compose-spec.json").read_bytes())
    jsonschema.validate(compose, schema)


def test_it_does_not_start_without_a_secret_and_a_password(compose: Any) -> None:
    text = json.dumps(compose)
    assert filled(text, GIVEN)
    for name in GIVEN:
        with pytest.raises(LookupError, match=name):
            filled(text, {k: v for k, v in GIVEN.items() if k != name})


def test_only_the_service_is_published_and_to_this_machine_alone(compose: Any) -> None:
    ports = {name: each["ports"] for name, each in compose["services"].items() if "ports" in each}
    assert ports == {"service": ["127.0.0.1:${AANZET_PORT:-8000}:8000"]}


def test_each_waits_for_the_database_and_starts_again_after_a_fall(compose: Any) -> None:
    services = compose["services"]
    assert {each["restart"] for each in services.values()} == {"unless-stopped"}
    for name in ("service", "projector"):
        assert services[name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "healthcheck" in services["postgres"]


def test_the_database_outlives_its_container(compose: Any) -> None:
    postgres = compose["services"]["postgres"]
    assert postgres["image"] == "postgres:18"
    assert postgres["volumes"] == ["postgres:/var/lib/postgresql"]
    assert "postgres" in compose["volumes"]


def test_the_image_is_built_from_what_is_here_and_runs_as_nobody_special(compose: Any) -> None:
    steps = compose["services"]["service"]["build"]["dockerfile_inline"].splitlines()
    sources = [source for step in steps if step.startswith("COPY") for source in step.split()[1:-1]]
    # README.md stands in the description of the package.
    assert [source for source in sources if not (ROOT / source).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*wheel, "requirements.txt", "pyproject.toml", "LICENSE", project["project"]["readme"]}
    assert set(sources) == needed
    user = next(step.split()[1] for step in steps if step.startswith("USER"))
    assert user != "root"
    assert any(step.startswith("RUN useradd") and user in step for step in steps)
    last_install = max(i for i, step in enumerate(steps) if "pip install" in step)
    assert steps.index(f"USER {user}") > last_install


def test_the_service_records_and_the_projector_beside_it_makes_it_visible(
    compose: Any, empty_database_url: str, tmp_path: Path
) -> None:
    services = json.loads(filled(json.dumps(compose), GIVEN))["services"]
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    serve, project = (arguments(services[name]["command"]) for name in ("service", "projector"))
    serve = [("127.0.0.1" if word == "0.0.0.0" else word) for word in serve]  # noqa: S104
    environments = [
        {**services[name]["environment"], "AANZET_DATABASE_URL": empty_database_url}
        for name in ("service", "projector")
    ]
    token = Issuer(SECRET).sign("somebody", Role.COORDINATOR)
    with (
        closing(Api(address, token)) as api,
        started([*serve, "--port", str(port)], tmp_path / "service", environments[0]) as service,
    ):
        eventually(lambda: is_ready(address), service)
        assert exit_code(services["service"]["healthcheck"]["test"], port) == 0
        actor = api.new("/actors", {"kind": "citizen", "name": "Buur Een"})
        # It leaves the views to the other one.
        assert set(httpx.get(f"{address}/ready").json()["lag"].values()) == {api.position}
        with started(project, tmp_path / "projector", environments[1]) as projector:
            eventually(lambda: visible(api, actor), projector)
            assert projector.end() == 0, projector.written()
        assert service.end() == 0, service.written()
    assert exit_code(services["service"]["healthcheck"]["test"], port) != 0
    # Its file system is read-only: it needs no folder of its own.
    for name in ("service", "projector"):
        assert list((tmp_path / name / "home").iterdir()) == []


def visible(api: Api, actor: str) -> bool | None:
    answer = api.http.get(f"/v1/actors/{actor}")
    return answer.json()["name"] == "Buur Een" if answer.status_code == 200 else None


def arguments(command: list[str]) -> list[str]:
    assert command[0] == "aanzet"
    return command[1:]


def exit_code(test: list[str], port: int) -> int:
    """How a health check ends, run here instead of in its container."""
    kind, python, *rest = test
    assert (kind, python) == ("CMD", "python")
    words = [word.replace(":8000/", f":{port}/") for word in rest]
    assert words != rest, shlex.join(rest)
    done = subprocess.run([sys.executable, *words], check=False, capture_output=True)
    return done.returncode


def filled(text: str, given: dict[str, str]) -> str:
    """The text with its variables as Compose fills them in.

    Raises:
        LookupError: if one that is required is not given.
    """

    def value(found: re.Match[str]) -> str:
        name, way, other = found.groups()
        if name in given:
            return json.dumps(given[name])[1:-1]
        if way == ":?":
            raise LookupError(f"{name}: {other}")
        return other

    return re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", value, text)
