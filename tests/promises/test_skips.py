"""No test falls silent unseen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNLISTED = """
import pytest

def test_in_passing():
    pytest.skip("no time")

@pytest.mark.skipif(True, reason="later")
def test_by_a_mark(): ...
"""
WHOLE_MODULE = """
import pytest

pytest.skip("not here", allow_module_level=True)
"""
LISTED = """
import pytest

def test_listed():
    pytest.skip("uv is not on the path")

@pytest.mark.xfail
def test_expected_to_fail():
    assert False
"""


def run(folder: Path, **files: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.skips", "-p", "no:cacheprovider", folder],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_whose_reason_is_not_listed_fails_the_run_and_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, unlisted=UNLISTED, module=WHOLE_MODULE)
    assert done.returncode == 1
    told = done.stdout.partition("skipped for reasons not in tests/skips.txt")[2]
    assert "test_unlisted.py::test_in_passing: no time" in told
    assert "test_unlisted.py::test_by_a_mark: later" in told
    assert "test_module.py: not here" in told


def test_a_listed_reason_and_an_expected_failure_do_not(tmp_path: Path) -> None:
    done = run(tmp_path, listed=LISTED)
    assert done.returncode == 0
    assert "1 skipped, 1 xfailed" in done.stdout


def test_this_run_keeps_the_list(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.has_plugin("skips")
