"""The keys of the vault's owners: found, made, and remembered for a while."""

import threading
from collections.abc import Iterable, Mapping
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from service.log.vault import lock, new_key, unlocking

REMEMBERED: Final = 8192


class KeyRing:
    """Keys by owner, each wrapped under the service's secret in the database."""

    def __init__(self, wrapping: bytes) -> None:
        self._wrapping = wrapping
        self._known: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def key_of(self, owner: str) -> bytes | None:
        """The owner's key, if this process remembers it."""
        return self._known.get(owner)

    def wrap(self, owner: str, key: bytes) -> bytes:
        return lock(self._wrapping, key, owner)

    def remember(self, keys: dict[str, bytes]) -> None:
        """Remember keys that the database has."""
        if not keys:
            return
        with self._lock:
            self._known |= keys
            if len(self._known) > REMEMBERED:
                for oldest in list(self._known)[: REMEMBERED // 8]:
                    del self._known[oldest]

    def load(self, connection: Connection[TupleRow], owners: Iterable[str]) -> dict[str, bytes]:
        """The keys of these owners that the database has."""
        wanted = list(owners)
        if not wanted:
            return {}
        rows = connection.execute(
            "select owner, wrapped from vault_key where owner = any(%s)", [wanted], binary=True
        ).fetchall()
        unwrapped = unlocking(self._wrapping)
        return {owner: unwrapped(wrapped, owner) for owner, wrapped in rows}


class Sealing:
    """The keys with which one request is sealed: the known ones, and new ones for the others."""

    def __init__(self, ring: KeyRing, known: Mapping[str, bytes]) -> None:
        self._ring = ring
        self._known = known
        self.made: dict[str, bytes] = {}

    def key_of(self, owner: str) -> bytes:
        key = self._known.get(owner) or self._ring.key_of(owner) or self.made.get(owner)
        if key is None:
            key = self.made[owner] = new_key()
        return key

    def wrapped(self) -> dict[str, bytes]:
        """The new keys as the database keeps them."""
        return {owner: self._ring.wrap(owner, key) for owner, key in self.made.items()}

    def met(self, connection: Connection[TupleRow]) -> dict[str, bytes]:
        """The keys of owners for whom one was made, though the database has one."""
        return self._ring.load(connection, self.made)
