"""The keys of the vault's owners: found, made, and remembered for a while."""

import hashlib
import hmac
import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from service.log.vault import Lock, Unlock, locking, new_key, unlocking

REMEMBERED: Final = 8192


class Digests:
    """Digests of what was said, as they are kept: under a key.

    Whoever has the database alone cannot try names and texts until one has the same digest.
    """

    _KEYED: Final = b"\x01"
    _SIZE: Final = 33

    def __init__(self, key: bytes) -> None:
        # Keyed by itself, and so in a tenth of the time of an HMAC.
        self._keyed = hashlib.blake2b(digest_size=32, key=key)

    def kept(self, key: bytes, digest: bytes) -> bytes:
        """The form that is kept under an idempotency key."""
        said = self._keyed.copy()
        said.update(key + digest)
        return self._KEYED + said.digest()

    def same(self, kept: bytes, key: UUID, digest: bytes) -> bool:
        """Whether what is kept is of the same; before, it was kept as it is, of 32 bytes."""
        keyed = len(kept) == self._SIZE and kept.startswith(self._KEYED)
        return hmac.compare_digest(kept, self.kept(key.bytes, digest) if keyed else digest)


class KeyRing:
    """Keys by owner, each wrapped under the service's secret in the database."""

    def __init__(self, wrapping: bytes) -> None:
        self._wrap = locking(wrapping)
        self._unwrap = unlocking(wrapping)
        self.known: dict[str, Lock] = {}
        """What locks under the keys of the owners that this process remembers."""
        self._opening: dict[bytes, Unlock] = {}
        self._lock = threading.Lock()

    def opening(self, owner: str, wrapped: bytes) -> Unlock:
        """What opens values under the owner's key, which the database has in this form."""
        return self._opening.get(wrapped) or self._unwrapped(owner, wrapped)

    def _unwrapped(self, owner: str, wrapped: bytes) -> Unlock:
        with self._lock:
            if len(self._opening) >= REMEMBERED:
                self._opening.clear()
            opening = self._opening[wrapped] = unlocking(self._unwrap(wrapped, owner))
            return opening

    def wrap(self, owner: str, key: bytes) -> bytes:
        return self._wrap(key, owner)

    def remember(self, keys: dict[str, bytes]) -> None:
        """Remember keys that the database has."""
        self.remember_locks({owner: locking(key) for owner, key in keys.items()})

    def remember_locks(self, locks: Mapping[str, Lock]) -> None:
        """The same, of what locks under them."""
        if not locks:
            return
        with self._lock:
            self.known.update(locks)
            if len(self.known) > REMEMBERED:
                for oldest in list(self.known)[: REMEMBERED // 8]:
                    del self.known[oldest]

    def load(self, connection: Connection[TupleRow], owners: Iterable[str]) -> dict[str, bytes]:
        """The keys of these owners that the database has."""
        wanted = list(owners)
        if not wanted:
            return {}
        rows = connection.execute(
            "select owner, wrapped from vault_key where owner = any(%s)", [wanted], binary=True
        ).fetchall()
        return {owner: self._unwrap(wrapped, owner) for owner, wrapped in rows}


class Sealing:
    """The keys with which one request is sealed: the known ones, and new ones for the others."""

    def __init__(self, ring: KeyRing, known: Mapping[str, bytes] = MappingProxyType({})) -> None:
        self._ring = ring
        self._locks = {owner: locking(key) for owner, key in known.items()} if known else {}
        self.made: dict[str, bytes] = {}

    def lock(self, owner: str, value: str, label: str) -> bytes:
        """A value, encrypted under its owner's key."""
        lock = self._locks.get(owner) or self._ring.known.get(owner) or self._new(owner)
        return lock(value.encode(), label)

    def _new(self, owner: str) -> Lock:
        self.made[owner] = key = new_key()
        self._locks[owner] = lock = locking(key)
        return lock

    def remember(self) -> None:
        """Have the ring remember what it was sealed with, now that the database has it."""
        if self._locks:
            self._ring.remember_locks(self._locks)

    def wrapped(self) -> dict[str, bytes]:
        """The new keys as the database keeps them."""
        made = self.made
        return {owner: self._ring.wrap(owner, key) for owner, key in made.items()} if made else {}

    def met(self, connection: Connection[TupleRow]) -> bool:
        """Whether the database has keys of owners for whom one was made; those are known then."""
        met = self._ring.load(connection, self.made)
        for owner, key in met.items():
            self._locks[owner] = locking(key)
            del self.made[owner]
        return bool(met)
