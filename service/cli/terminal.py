"""What commands print on."""

import io
import sys

from rich.console import Console


def plain_console() -> Console:
    """The terminal, file or pipe, also one that knows no é or …."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False, emoji=False)
