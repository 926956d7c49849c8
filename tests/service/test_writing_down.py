"""The operators' log: a line an event, and no harm where none can be written."""

import json
import logging
import sys
from collections.abc import Generator
from typing import Any

import pytest
import structlog

from service.writing_down import gathering, write_down


@pytest.fixture(autouse=True)
def as_before() -> Generator[None]:
    configured: dict[str, Any] = structlog.get_config()
    handlers = logging.root.handlers[:]
    yield
    structlog.configure(**configured)
    logging.root.handlers[:] = handlers


def test_what_a_library_says_is_a_line_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    write_down("info")
    structlog.get_logger().info("command", thing="pilot_x")
    logging.getLogger("some.driver").warning("it fell\nand rose")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["thing"], ours["level"]) == ("command", "pilot_x", "info")
    assert (theirs["event"], theirs["of"], theirs["said"]) == (
        "library",
        "some.driver",
        "it fell and rose",
    )


def test_a_line_that_cannot_be_written_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    write_down("info")

    class Closed:
        def write(self, _: str) -> int:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stderr", Closed())
    structlog.get_logger().info("request")
    logging.getLogger("some.driver").warning("unheard")


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    write_down("warning")
    structlog.get_logger().info("request")
    assert capsys.readouterr().err == ""


def test_lines_that_are_gathered_are_all_there_in_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_down("info")
    with gathering():
        for n in range(1000):
            structlog.get_logger().info("request", n=n)
    structlog.get_logger().info("after", n=1000)
    lines = [json.loads(line)["n"] for line in capsys.readouterr().err.splitlines()]
    assert lines == list(range(1001))
