"""A skipped test whose reason is not in skips.txt fails the run."""

from pathlib import Path
from typing import Final

import pytest

LIST: Final = Path(__file__).with_name("skips.txt")


class Skips:
    """Notes the reasons for which tests were skipped, and tells those that nobody agreed to."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._unlisted: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A failure that is expected (xfail) is reported as skipped too.
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        said = report.longrepr
        reason = str(said[2]) if isinstance(said, tuple) else str(said)
        reason = reason.removeprefix("Skipped: ")
        if reason not in self._allowed:
            self._unlisted.append(f"{report.nodeid}: {reason}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._unlisted and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._unlisted:
            terminalreporter.section("skipped for reasons not in tests/skips.txt", red=True)
            for line in self._unlisted:
                terminalreporter.line(line, red=True)


def reasons(text: str) -> frozenset[str]:
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def pytest_configure(config: pytest.Config) -> None:
    allowed = reasons(LIST.read_text(encoding="utf-8"))
    config.pluginmanager.register(Skips(allowed), "skips")
