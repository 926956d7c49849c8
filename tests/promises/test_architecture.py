"""The house stands as docs and contracts say."""

import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import domain
import projections
import service

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "projections", "service")
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "manager",
    "managers",
    "misc",
}
LONGEST = 600


def test_imports_point_down_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # It puts the present folder on the path, and leaves it there.
    monkeypatch.setattr(sys, "path", [*sys.path])
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_the_packages_are_those_of_this_repository() -> None:
    for package in (domain, projections, service):
        assert package.__file__ == str(ROOT / package.__name__ / "__init__.py")


def test_a_file_is_called_after_what_it_holds() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    nameless = [str(file) for file in (*MODULES, *tests) if file.stem in SAY_NOTHING]
    assert not nameless


def test_no_module_is_longer_than_a_reader_holds_in_view() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in MODULES
    }
    assert MODULES
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file) for file in MODULES if not file.read_text(encoding="utf-8").startswith('"""')
    ]
    assert not silent
