"""Random bytes from the system, fetched many pieces at a time.

Each fetch lets other threads in, and to come back takes longer than to seal a text.
"""

import os
from typing import Final

_FETCHED: Final = 256
"""So many pieces of one length at a time."""
_left: Final[dict[int, list[bytes]]] = {}


def random_bytes(count: int) -> bytes:
    """Bytes for keys, nonces and salts; none is given out twice."""
    while True:
        try:
            # Taken in one step, so that no two threads get the same.
            return _left[count].pop()
        except (KeyError, IndexError):
            _fetch(count)


def _fetch(count: int) -> None:
    fetched = os.urandom(count * _FETCHED)
    pieces = [fetched[n : n + count] for n in range(0, len(fetched), count)]
    _left.setdefault(count, []).extend(pieces)


# A child of a fork must not give out what its parent does.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_left.clear)
