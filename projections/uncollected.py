"""Leaving cyclic garbage for later, while much is made of which none is in a cycle."""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_LOCK: Final = threading.Lock()
_blocks = 0


@contextmanager
def uncollected() -> Generator[None]:
    """Have no collector look for cycles before the block ends, and then as it was.

    What a batch is folded into lives until it is written: some hundred thousand objects, through
    which the collector went again and again, for a third of the time that filling took.
    """
    global _blocks  # noqa: PLW0603 - the collector is one for the whole process
    with _LOCK:
        if _blocks == 0 and not gc.isenabled():
            ours = False
        else:
            ours = True
            _blocks += 1
            gc.disable()
    try:
        yield
    finally:
        if ours:
            with _LOCK:
                _blocks -= 1
                if _blocks == 0:
                    gc.enable()
