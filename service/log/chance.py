"""Random bytes from the system, fetched some thousands at a time.

Each fetch lets other threads in, and to come back takes longer than to seal a text.
"""

import os
import threading
from typing import Final

_FETCHED: Final = 8192
_lock = threading.Lock()
_left = bytearray()


def random_bytes(count: int) -> bytes:
    """Bytes for keys, nonces and salts; none is given out twice."""
    with _lock:
        if len(_left) < count:
            _left[:] = os.urandom(_FETCHED)
        taken = bytes(_left[-count:])
        del _left[-count:]
    return taken


def _forget() -> None:
    global _lock  # noqa: PLW0603 - the parent's threads, which may hold it, are not in the child
    _lock = threading.Lock()
    _left.clear()


# A child of a fork must not give out what its parent does.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
