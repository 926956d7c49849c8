"""Something between the log and PostgreSQL that loses answers, as networks do."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SYNC = b"S\0\0\0\4"
"""Ends a command, and with it its transaction."""
_APPENDS = (b"append\0", b"append_one\0")
"""The names of the statements that append, which no others have."""
_FLUSH = b"H\0\0\0\4"
"""Has the server say what it has to say, and goes on with the command."""


class Between:
    """Passes on what is said, until told to lose the answers to appends."""

    def __init__(self, listener: socket.socket, server: str) -> None:
        self._listener = listener
        self._server = server
        self._lock = threading.Lock()
        self._losing = 0
        self._silent = False
        self._early = False
        self._hears = threading.Event()
        self._hears.set()
        self.lost = 0
        """How many answers did not come through."""
        self._open: list[socket.socket] = []

    def lose_answers(self, count: int = 1) -> None:
        """End the connection in place of the next answers to an append, which is done by then."""
        self._losing = count

    def answer_early(self) -> None:
        """Have the next append answered before it is committed, and end the connection then.

        So a server does that falls while it commits: what it was about to say goes out.
        """
        self._early = True

    def fall_silent(self) -> None:
        """Pass no answer to an append on any more, and keep the connection."""
        self._silent = True

    def speak(self) -> None:
        """Pass everything on again."""
        self._silent = False

    def go_deaf(self) -> None:
        """Take nothing in any more that is said to the server, and keep the connection."""
        self._hears.clear()

    def hear(self) -> None:
        """Take everything in again."""
        self._hears.set()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._serve(near)

    def close(self) -> None:
        self._hears.set()
        for end in (self._listener, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self, near: socket.socket) -> None:
        far = _connected(self._server)
        self._open += [near, far]
        asked = threading.Event()
        for source, target, speaks in ((near, far, True), (far, near, False)):
            threading.Thread(
                target=self._pass_on,
                args=(source, target, asked),
                kwargs={"speaks": speaks},
                daemon=True,
            ).start()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, asked: threading.Event, *, speaks: bool
    ) -> None:
        with suppress(OSError):
            while data := self._taken_in(source, speaks=speaks):
                early = False
                if speaks and data[:1] == b"B" and any(name in data for name in _APPENDS):
                    asked.set()
                    if self._early:
                        assert data.endswith(_SYNC)
                        data = data.removesuffix(_SYNC) + _FLUSH
                if not speaks and asked.is_set():
                    if self._swallows():
                        continue
                    asked.clear()
                    if self._loses():
                        break
                    early, self._early = self._early, False
                target.sendall(data)
                if early:
                    self.lost += 1
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _taken_in(self, source: socket.socket, *, speaks: bool) -> bytes:
        data = source.recv(65536)
        if speaks:
            self._hears.wait()
        return data

    def _swallows(self) -> bool:
        if self._silent:
            self.lost += 1
        return self._silent

    def _loses(self) -> bool:
        with self._lock:
            if self._losing == 0:
                return False
            self._losing -= 1
            self.lost += 1
            return True


def _connected(server: str) -> socket.socket:
    given = conninfo_to_dict(server)
    host, port = str(given.get("host", "localhost")), str(given.get("port", "5432"))
    if host.startswith("/"):
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far
    return socket.create_connection((host, int(port)))


@contextmanager
def between(server: str, folder: Path) -> Generator[tuple[Between, str]]:
    """What stands between, and the address of the database on this side of it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / ".s.PGSQL.5432"))
        listener.listen(64)
        passing = Between(listener, server)
        thread = threading.Thread(target=passing.run, daemon=True)
        thread.start()
        try:
            yield passing, make_conninfo(server, host=str(folder), port="5432")
        finally:
            passing.close()
            thread.join()
