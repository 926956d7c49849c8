"""The bytes of documents: beside the log, encrypted under the key of what they belong to.

They lie in the database, so that a backup holds them too, in parts that are read one by one. The
same file is stored once for each thing that it belongs to: were it once for all, erasing one
thing would take the file from the others.
"""

from collections.abc import Iterator
from typing import Final

from service.log.store import EventLog, Pool
from service.log.vault import lock, unlock

PART_BYTES: Final = 1024 * 1024


class BytesGone(Exception):  # noqa: N818 - said as a problem
    """The bytes were erased together with the key under which they lay."""


class Documents:
    """Files by what they belong to and by their SHA-256."""

    def __init__(self, pool: Pool, log: EventLog) -> None:
        self._pool = pool
        self._log = log

    def put(self, owner: str, sha256: str, data: bytes) -> None:
        """Store a file before anything is recorded of it; does nothing if it is there already."""
        key = self._log.key_for(owner)
        with self._pool.connection() as connection, connection.transaction():
            row = connection.execute(
                "select from document where owner = %s and sha256 = %s limit 1", [owner, sha256]
            ).fetchone()
            if row is not None:
                return
            for part, start in enumerate(range(0, len(data), PART_BYTES)):
                piece = data[start : start + PART_BYTES]
                connection.execute(
                    "insert into document (owner, sha256, part, locked) values (%s, %s, %s, %s)"
                    " on conflict do nothing",
                    [owner, sha256, part, lock(key, piece, _label(owner, sha256, part))],
                )

    def parts(self, owner: str, sha256: str, size: int) -> Iterator[bytes]:
        """The file's parts in order, each read when it is asked for.

        Raises:
            BytesGone: if a part cannot be read any longer.
        """
        key = self._log.key_of(owner)
        if key is None:
            raise BytesGone
        for part in range((size + PART_BYTES - 1) // PART_BYTES):
            with self._pool.connection() as connection:
                row = connection.execute(
                    "select locked from document where owner = %s and sha256 = %s and part = %s",
                    [owner, sha256, part],
                ).fetchone()
            if row is None:
                raise BytesGone
            yield unlock(key, row[0], _label(owner, sha256, part))


def _label(owner: str, sha256: str, part: int) -> str:
    return f"{owner} {sha256} {part}"
