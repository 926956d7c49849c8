"""Connections of the log's own, beside those of the pool."""

import os
import socket
from contextlib import suppress

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

Pool = ConnectionPool[Connection[TupleRow]]


def own_connection(pool: Pool) -> Connection[TupleRow]:
    """A connection to the pool's database: for what waits, or must not wait for a free one."""
    if not isinstance(pool.conninfo, str):
        raise TypeError("The pool's database is to be named by a text.")
    return Connection.connect(pool.conninfo, autocommit=True)


class Cord:
    """What a connection hangs on: another thread can cut it, and whoever waits on it hears so."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        # Of our own, so that what is cut is never a socket that has its number by then.
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))

    def cut(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def fileno(self) -> int:
        return self._socket.fileno()

    def let_go(self) -> None:
        self._socket.close()
