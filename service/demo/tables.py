"""Histories as tables, readable from 80 columns on and without colours too."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import UNSET
from rich import box
from rich.table import Table
from rich.text import Text

from projections.histories import Correction, Line
from projections.sentences import BRUSSELS

LATE: Final = timedelta(days=30)
"""What is recorded later than this after it happened is marked as a late entry."""


def history_table(lines: Iterable[Line], names: Mapping[str, str]) -> Table:
    """A row for each event: its position, its day, the sentence in Dutch, and who tells it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Happened", no_wrap=True)
    table.add_column("What", ratio=1)
    table.add_column("Who", min_width=12, max_width=22)
    for line in lines:
        table.add_row(str(line.position), _day(line.occurred_at), _what(line), _who(line, names))
    return table


def is_late(line: Line) -> bool:
    """Whether it was recorded long after it happened."""
    if line.occurred_at is None or line.recorded_at is None:
        return False
    return line.recorded_at - line.occurred_at > LATE


def _what(line: Line) -> Text:
    said = Text(line.sentence.nl)
    if is_late(line):
        said.append(f"\n→ recorded late, on {_day(line.recorded_at)}", "yellow")
    if line.corrected is not UNSET:
        said.append(
            f"\n→ corrected by #{line.corrected.by}: {_was(line, line.corrected)}", "yellow"
        )
    if line.type == "record.corrected":
        said.append("\n→ correction", "yellow")
    return said


def _was(line: Line, correction: Correction) -> str:
    now: dict[str, Any] = msgspec.json.decode(line.data)
    was: dict[str, Any] = msgspec.json.decode(correction.was.data)
    fields = [f"{name} was {was.get(name)}" for name in now if now[name] != was.get(name)]
    if line.occurred_at != correction.was.occurred_at:
        fields.append(f"dated {_day(correction.was.occurred_at)}")
    return ", ".join(fields)


def _who(line: Line, names: Mapping[str, str]) -> Text:
    """On whose behalf it was recorded; else who recorded it."""
    who = line.recorded_by if line.on_behalf_of is UNSET else line.on_behalf_of
    return Text(names.get(who, who))


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(BRUSSELS):%Y-%m-%d}" if moment else ""
