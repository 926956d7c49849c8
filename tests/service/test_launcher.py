"""The one door: it hands over what it was given, from wherever it is called."""

import subprocess
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "aanzet"
UV = """#!/bin/sh
[ "$1" = --version ] && exit
printf '%s\\n' "$@" >> "$(dirname "$0")/told"
mkdir -p '{root}/.venv/bin'
cp "$(dirname "$0")/python" '{root}/.venv/bin/python'
"""
PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit
printf '%s\\n' "$$" "$PWD" "$@"
exit 7
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the launcher; uv and Python are replaced by what tells how they ran."""
    root = tmp_path / "een map"
    (root / "tests/bench").mkdir(parents=True)
    (root / "tests/bench/append.py").touch()
    (root / "aanzet").write_bytes(LAUNCHER.read_bytes())
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").write_text(UV.format(root=root))
    (programs / "python").write_text(PYTHON)
    for program in (root / "aanzet", *programs.iterdir()):
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)
    return root


def run(launcher: Path, *arguments: str, cwd: Path) -> tuple[subprocess.Popen[str], list[str], str]:
    with subprocess.Popen(
        [launcher, *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said, warned = process.communicate()
    return process, said.splitlines(), warned


def test_it_becomes_the_program_and_changes_nothing_on_the_way(root: Path, tmp_path: Path) -> None:
    process, said, _ = run(root / "aanzet", "import", "mijn bestand.csv", "*", "", cwd=tmp_path)
    asked = ["-P", "-m", "service", "import", "mijn bestand.csv", "*", ""]
    assert said == [str(process.pid), str(tmp_path), *asked]
    assert process.returncode == 7


def test_it_is_found_through_links(root: Path, tmp_path: Path) -> None:
    (tmp_path / "far").symlink_to(root / "aanzet")
    (tmp_path / "near").symlink_to("far")
    _, said, _ = run(tmp_path / "near", "demo", cwd=Path("/"))
    assert said[1:] == ["/", "-P", "-m", "service", "demo"]


def test_only_the_first_time_tells_that_it_sets_itself_up(root: Path, tmp_path: Path) -> None:
    told = [run(root / "aanzet", cwd=tmp_path)[2] for _ in range(2)]
    assert told == ["Setting up (first time only) …\n", ""]


def test_the_program_does_not_need_the_tools_of_development(root: Path, tmp_path: Path) -> None:
    run(root / "aanzet", "demo", cwd=tmp_path)
    asked = (tmp_path / "programs/told").read_text().splitlines()
    only_what_runs = ["--no-dev", "--inexact", "--extra", "parquet"]
    assert asked == ["sync", "--quiet", "--project", str(root), *only_what_runs]


def test_tests_run_in_the_folder_of_the_project(root: Path, tmp_path: Path) -> None:
    _, said, _ = run(root / "aanzet", "test", "-k", "a b", cwd=tmp_path)
    assert said[1:] == [str(root), "-m", "pytest", "-k", "a b"]


def test_a_measurement_is_called_by_its_name(root: Path, tmp_path: Path) -> None:
    _, said, _ = run(root / "aanzet", "bench", "append", "--clients", "8", cwd=tmp_path)
    assert said[1:] == [str(tmp_path), f"{root}/tests/bench/append.py", "--clients", "8"]


def test_an_unknown_measurement_is_answered_with_those_there_are(
    root: Path,
    tmp_path: Path,
) -> None:
    process, _, warned = run(root / "aanzet", "bench", "apend", cwd=tmp_path)
    assert process.returncode == 2
    assert warned == "Name one of these measurements:\nappend\n"


def test_it_is_plain_posix_shell() -> None:
    subprocess.run(["/bin/sh", "-n", LAUNCHER], check=True)
