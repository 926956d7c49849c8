"""Tickets: requests on their way to the log, and what their callers hear when no answer came."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from service.log.draft import Draft
from service.log.outcomes import OwnerKnown, Placed, Unsettled

if TYPE_CHECKING:
    from service.log.line import Line


class LogBusy(Exception):  # noqa: N818 - to be tried again later
    """More waits for the log than it takes. Nothing was appended."""


class OutcomeUnknown(Exception):  # noqa: N818
    """No answer came in time. It may have been appended, or be so yet; its key tells."""


class Ticket:
    """A request, and what became of it."""

    draft: Draft | None = None
    answer: Placed | Exception | None = None
    sent = False
    expired = False
    alone = False
    """Whether it is carried out without others: one of them did harm."""
    line: "Line | None" = None
    """On which it is under way."""

    size = 0
    """What it takes in bytes, nearly, where it waits."""

    def __init__(self) -> None:
        self.told: Callable[[], None] = _nobody
        """Called once there is an answer, by whoever took it to the server."""

    # A method, not something that is handed over: what refers to itself stays in memory until the
    # collector finds it.
    def make(self) -> Draft:
        """Make it ready, in whatever thread takes it to the server."""
        raise NotImplementedError

    def weight(self) -> int:
        """What it takes in bytes, nearly."""
        raise NotImplementedError

    def result(self) -> Placed:
        """What became of it.

        Raises:
            ConditionFailed: if an event that the condition names was appended meanwhile.
            Unsettled: if what became of it is to be read, or it is to be sent once more.
            LogBusy: if there is no answer and it was not sent.
            OutcomeUnknown: if there is no answer and it was sent.
            Exception: what making it raised.
        """
        match self.answer:
            case Placed():
                return self.answer
            case None:
                raise OutcomeUnknown if self.sent else LogBusy
            case error:
                raise error


@contextmanager
def reading_up(unsettled: Unsettled) -> Generator[None]:
    """Reading what became of a request: where that cannot be done now, it stays unknown.

    Raises:
        OutcomeUnknown: if it may have been appended, and could not be read.
    """
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        if isinstance(unsettled, OwnerKnown):
            raise
        raise OutcomeUnknown from error


def _nobody() -> None:
    """Nobody waits elsewhere."""
