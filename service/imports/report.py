"""What became of an import: figures, and each line that was refused or came out of order.

It holds line numbers, names of fields and columns, reasons and ids; nothing that stood in the
file.
"""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field


class Refused(Struct, frozen=True):
    """A line that was not recorded, or not whole."""

    line: int
    reason: str


class LineReport(Struct, frozen=True, kw_only=True):
    """What became of one line."""

    line: int
    events: tuple[str, ...] = ()
    """Stored names of what is new."""
    out_of_order: bool = False
    refusal: str | None = None


class Report(Struct, kw_only=True):
    """What became of all lines."""

    lines: int = 0
    recorded: int = 0
    """Lines with something new."""
    already_there: int = 0
    """Lines that an earlier import, or an earlier line, has told whole."""
    refused: list[Refused] = field(default_factory=list[Refused])
    out_of_order: list[int] = field(default_factory=list[int])
    """Lines that were recorded although dated before what they build on."""
    events: Counter[str] = field(default_factory=Counter[str])

    def add(self, line: LineReport) -> None:
        self.lines += 1
        self.events.update(line.events)
        if line.out_of_order:
            self.out_of_order.append(line.line)
        if line.refusal is not None:
            self.refused.append(Refused(line.line, line.refusal))
        elif line.events:
            self.recorded += 1
        else:
            self.already_there += 1

    def told(self) -> Iterator[str]:
        """The report, line by line."""
        yield f"lines            {self.lines:>9,}"
        yield f"  recorded       {self.recorded:>9,}"
        yield f"  already there  {self.already_there:>9,}"
        yield f"  refused        {len(self.refused):>9,}"
        yield f"out of order     {len(self.out_of_order):>9,}"
        yield f"new events       {self.events.total():>9,}"
        for name, number in sorted(self.events.items()):
            yield f"  {number:>9,}  {name}"
        for refused in self.refused:
            yield f"refused: line {refused.line}: {refused.reason}"
        for line in self.out_of_order:
            yield f"out of order: line {line}: dated before what it builds on; recorded, marked."
