"""Carrying a command out: read its past, decide, append; again, if somebody was faster."""

import hashlib
from collections.abc import Generator
from datetime import datetime
from functools import reduce
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec
import structlog
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from msgspec import Struct
from structlog.typing import FilteringBoundLogger

from domain.actors import ActorRegistered, ActorsMerged, merged, refuse_merged
from domain.boundaries import Boundary, about, query
from domain.commands import Command
from domain.conversations import boundary, decide
from domain.facts import API, Fact, Past, Source
from domain.refusals import DatedBefore, Refusal, Unknown
from domain.vocabulary import ActorId, UserId
from service.clock import Clock
from service.log.store import AppendRequest, ConditionFailed, Outcome, ReadResult

_LOG: Final = structlog.get_logger(__name__)
_SORTED: Final = msgspec.json.Encoder(order="sorted")
ATTEMPTS: Final = 10
"""How often a lost race is decided again before the caller hears of it."""


class Intent(Struct, frozen=True, kw_only=True):
    """A command, and everything that is said around it."""

    command: Command
    thing: str
    """The id of what it is about, as the answer names it."""
    recorded_by: UserId
    request_id: str
    occurred_at: datetime | None = None
    """None for now."""
    on_behalf_of: ActorId | None = None
    source: Source = API
    key: UUID | None = None
    said: object = None
    """What the caller said, where the command is made of more than that."""
    seen: "Seen | None" = None


class Seen(Struct, frozen=True):
    """The version of a thing on which the caller acts (`If-Match`)."""

    tags: tuple[str, ...]
    """The thing's tag; for a municipality, those of its predecessors too."""
    version: int


class Stale(Exception):  # noqa: N818 - the caller's business
    """The thing has changed since the version that the caller saw."""

    def __init__(self, positions: tuple[int, ...]) -> None:
        self.positions = positions
        super().__init__("The thing has changed since.")


class Contended(Exception):  # noqa: N818
    """Others were faster each time; to be tried again later."""


class Reading(NamedTuple):
    """Asks for the events that a query selects from the log, after a position."""

    query: DCBQuery
    after: int = 0


class Lookup(NamedTuple):
    """Asks what became of a command that came before."""

    key: UUID
    digest: bytes


Ask = Reading | Lookup | AppendRequest
Course = Generator[Ask, Any, Outcome]
"""How a command is carried out: what it asks of the log, step by step, and what becomes of it.

A `Reading` is answered with a `ReadResult`, the others with an `Outcome`, if there is one.
"""


class Log(Protocol):
    """What carrying a command out asks of the event log."""

    def read(self, query: DCBQuery | None = None, *, after: int = 0) -> ReadResult: ...

    def outcome(self, key: UUID, digest: bytes) -> Outcome | None: ...

    def append(self, request: AppendRequest) -> Outcome: ...


class Handler:
    """Carries commands out against one log."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        # Made ready once, for every command waits for its line.
        self._lines: FilteringBoundLogger = _LOG.bind()

    def carry_out(self, intent: Intent) -> Outcome:
        """Record what the command makes happen; nothing, if it was already so.

        Raises:
            Refusal: if a rule does not allow it.
            Unknown: if it names a thing that does not exist.
            Stale: if `seen` is given and the thing has changed since.
            KeyReused: if its idempotency key came with another command.
            Contended: if others were faster too many times in a row.
        """
        course = self.course(intent)
        ask = next(course)
        try:
            while True:
                try:
                    answer = self._answer(ask)
                except Exception as error:  # noqa: BLE001 - it is the course's to see
                    ask = course.throw(error)
                else:
                    ask = course.send(answer)
        except StopIteration as end:
            return end.value

    def _answer(self, ask: Ask) -> ReadResult | Outcome | None:
        match ask:
            case Reading(query, after):
                return self._log.read(query, after=after)
            case Lookup(key, digest):
                return self._log.outcome(key, digest)
            case AppendRequest():
                return self._log.append(ask)

    def course(self, intent: Intent) -> Course:
        """The course of a command, for who carries out many at a time; see `carry_out`."""
        digest = _digest(intent) if intent.key else b""
        try:
            return (yield from self._until_done(intent, digest))
        # What was done at the first request may look refused to the next with its key.
        except (Refusal, Unknown, Stale):
            if intent.key and (known := (yield Lookup(intent.key, digest))):
                return known
            raise

    def _until_done(self, intent: Intent, digest: bytes) -> Course:
        for _ in range(ATTEMPTS):
            try:
                return (yield from self._attempt(intent, digest))
            except ConditionFailed as lost:
                _LOG.debug("lost_race", request_id=intent.request_id, position=lost.position)
        raise Contended

    def _attempt(self, intent: Intent, digest: bytes) -> Course:
        past, wanted, head = yield from _read(intent.command)
        yield from _check_seen(intent.seen)
        yield from _check_on_behalf_of(intent.on_behalf_of)
        now = self._clock()
        at = intent.occurred_at or now
        facts, out_of_order = _decide(intent, past, at, now)
        conditions = (*wanted, *_unchanged(intent.seen))
        outcome = yield AppendRequest(
            thing=intent.thing,
            facts=facts,
            occurred_at=at,
            recorded_by=intent.recorded_by,
            source=intent.source,
            request_id=intent.request_id,
            on_behalf_of=intent.on_behalf_of,
            out_of_order=out_of_order,
            condition=DCBAppendCondition(fail_if_events_match=query(conditions), after=head)
            if conditions
            else None,
            key=intent.key,
            digest=digest,
        )
        self._lines.info(
            "command",
            command=type(intent.command).__name__,
            thing=intent.thing,
            position=outcome.position,
            events=len(outcome.events),
            request_id=intent.request_id,
            recorded_by=intent.recorded_by,
        )
        return outcome


def _read(command: Command) -> Generator[Ask, Any, tuple[Past, Boundary, int]]:
    """The past within the command's boundary, the boundary, and where the log stood."""
    wanted = boundary(command)
    if not wanted:
        return [], wanted, 0
    while True:
        past, head = yield Reading(query(wanted))
        wider = boundary(command, past)
        if wider == wanted:
            return past, wanted, head
        wanted = wider


def _check_seen(seen: Seen | None) -> Generator[Ask, Any, None]:
    if seen is None:
        return
    of_it, _ = yield Reading(query(_unchanged(seen)), seen.version - 1)
    positions = tuple(recorded.position for recorded in of_it)
    if positions != (seen.version,):
        raise Stale(tuple(p for p in positions if p != seen.version))


def _check_on_behalf_of(actor: ActorId | None) -> Generator[Ask, Any, None]:
    if actor is None:
        return
    known, _ = yield Reading(query((about(actor, ActorRegistered, ActorsMerged),)))
    if not known:
        raise Unknown("onBehalfOf", actor)
    refuse_merged((actor,), reduce(merged, known, {}))


def _decide(intent: Intent, past: Past, at: datetime, now: datetime) -> tuple[list[Fact], bool]:
    """The facts, and whether they are dated before what they depend on (rule 13)."""
    try:
        return decide(intent.command, past, at, now), False
    except DatedBefore as early:
        if intent.source.kind != "import":
            raise
        latest = early.mark.at
    # An import records what was written down elsewhere: decided as if it had come in order.
    while True:
        try:
            return decide(intent.command, past, latest, now, dated=at), True
        except DatedBefore as early:
            latest = early.mark.at


def _unchanged(seen: Seen | None) -> tuple[DCBQueryItem, ...]:
    return tuple(about(tag) for tag in seen.tags) if seen else ()


def _digest(intent: Intent) -> bytes:
    """What makes two requests with one key the same: what was said, and what around it.

    The id of a thing that begins is made anew for each request, so it is left out.
    """
    said = msgspec.to_builtins(intent.command if intent.said is None else intent.said)
    if intent.command.FOUNDS:
        del said[intent.command.__struct_encode_fields__[0]]
    name = type(intent.command).__name__
    return hashlib.sha256(
        _SORTED.encode([name, said, intent.occurred_at, intent.on_behalf_of])
    ).digest()
