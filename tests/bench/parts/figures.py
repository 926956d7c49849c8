"""Figures: what a measurement prints, as a table or an object a line."""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, structs
from rich.console import Console
from rich.table import Table


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the report."""

    figure: str
    value: float
    unit: str
    control: float | None = None
    ratio: float | None = None
    """Against the control; for a time, how many times as long."""
    goal: str
    met: bool


def against(
    figure: str,
    unit: str,
    control: Callable[[], float],
    ours: Callable[[], float],
    *,
    rounds: int,
    goal: float,
) -> Figure:
    """Take turns; the ratio is the median of the rounds' ratios."""
    pairs = [(control(), ours()) for _ in range(rounds)]
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    return Figure(
        figure=figure,
        value=round(statistics.median(mine for _, mine in pairs)),
        unit=unit,
        control=round(statistics.median(theirs for theirs, _ in pairs)),
        ratio=round(ratio, 2),
        goal=f">= {goal}",
        met=ratio >= goal,
    )


def report(doc: str | None, measure: Callable[[Any], Iterator[Figure]]) -> None:
    """Measure and print; `measure` gets the arguments: `quick`, and `only` or an empty text."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help="smaller and shorter")
    parser.add_argument("--only", default="", metavar="TEXT", help="figures that begin with it")
    asked = parser.parse_args()
    table = Table("figure", "value", "unit", "control", "ratio", "goal", "met")
    for figure in measure(asked):
        if asked.json:
            sys.stdout.write(json.dumps(structs.asdict(figure)) + "\n")
            sys.stdout.flush()
            continue
        table.add_row(
            figure.figure,
            f"{figure.value:,}",
            figure.unit,
            f"{figure.control:,}" if figure.control is not None else "",
            str(figure.ratio or ""),
            figure.goal,
            "yes" if figure.met else "no",
        )
    if not asked.json:
        Console().print(table)
