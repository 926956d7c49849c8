"""What drives a committer: a thread that sleeps in between, or an event loop that runs anyway."""

import select
import socket
import threading
from asyncio import AbstractEventLoop
from contextlib import suppress
from typing import Protocol

from service.log.line import Line

Awaited = tuple[Line, int]
"""A line that will have something to say, and for what of its socket to wait (`poll`)."""


class Driven(Protocol):
    def work(self) -> Awaited | None:
        """Do all that can be done without waiting."""
        ...

    def is_done(self) -> bool:
        """Whether it is time to end, and nothing is left to do."""
        ...


class ByThread:
    """Works in a thread of its own, begun when it is needed."""

    def __init__(self, driven: Driven) -> None:
        self._driven = driven
        self._lock = threading.Lock()
        self._near, self._far = socket.socketpair()
        self._rung = self._asleep = self._paused = False
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """There is something to do."""
        self._rung = True
        if self._asleep:
            self._asleep = False
            self._near.send(b"!")
        if self._thread is None or not self._thread.is_alive():
            self._begin()

    def leave(self) -> None:
        """Wait for the line no longer, as before it is closed."""

    def pause(self) -> None:
        """Go home, until it goes on."""
        self._paused = True
        self._join()

    def go_on(self) -> None:
        """Come again when it rings."""
        self._paused = False

    def end(self) -> None:
        """Go home once all is done."""
        self._join()
        self._near.close()
        self._far.close()

    def _join(self) -> None:
        if self._thread:
            self.ring()
            self._thread.join()

    def _begin(self) -> None:
        with self._lock:
            if self._paused or self._driven.is_done():
                return
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            awaited = self._driven.work()
            # Whoever pauses or ends it from here on rings.
            if self._paused or self._driven.is_done():
                return
            self._sleep(awaited)

    def _sleep(self, awaited: Awaited | None) -> None:
        """Wait until it rings, or the line has something to say."""
        self._asleep = True
        # Who came before saw it awake, and sent nothing.
        if not self._rung:
            waking = select.poll()
            waking.register(self._far, select.POLLIN)
            if awaited:
                line, events = awaited
                waking.register(line.fileno(), events)
            if any(found == self._far.fileno() for found, _ in waking.poll()):
                self._far.recv(4096)
        self._asleep = self._rung = False


class ByLoop:
    """Works in an event loop, which runs in the thread that makes this."""

    def __init__(self, driven: Driven, loop: AbstractEventLoop) -> None:
        self._driven = driven
        self._loop = loop
        self._home = threading.get_ident()
        self._due = self._ended = False
        self._watched: Awaited | None = None

    def ring(self) -> None:
        """There is something to do."""
        if threading.get_ident() != self._home:
            with suppress(RuntimeError):  # who waits for a loop that has ended is past its deadline
                self._loop.call_soon_threadsafe(self._work)
        elif not self._due:
            self._due = True
            self._loop.call_soon(self._work)

    def leave(self) -> None:
        """Wait for the line no longer."""
        if self._watched:
            line, _ = self._watched
            self._watched = None
            with suppress(RuntimeError):  # the loop has ended
                self._loop.remove_reader(line.fileno())
                self._loop.remove_writer(line.fileno())

    def end(self) -> None:
        """Work no longer."""
        self._ended = True
        self.leave()

    def _work(self) -> None:
        self._due = False
        if self._ended:
            return
        awaited = self._driven.work()
        if awaited == self._watched:
            return
        if awaited is None:
            self.leave()
            return
        line, events = self._watched = awaited
        self._loop.add_reader(line.fileno(), self._work)
        if events & select.POLLOUT:
            self._loop.add_writer(line.fileno(), self._work)
        else:
            self._loop.remove_writer(line.fileno())
