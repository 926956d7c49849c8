"""`asOf` and `knownAt`: reading how something was, from the log itself."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.params import QueryParameter

from domain.actors import ActorsMerged
from domain.boundaries import CORRECTED, about, query
from domain.days import day_of, end_of, start_of
from domain.facts import Past, Recorded, stored_name, tags
from projections.histories import Line
from projections.travel import Moment, hidden, known, line_then, naming, row_then, rows_then, then
from projections.view import OfKind, View
from projections.withholding import withheld
from service.api.access import STAFF, is_actor
from service.api.bodies import OUT_OF_CALENDAR, InputWrong, Issue, in_calendar, in_utc
from service.api.problems import NotThere
from service.log.reading import END, position_at
from service.log.store import EventLog
from service.signin import Caller

_FORM: Final = (
    "A moment with its time zone, such as 2024-03-01T09:30:00Z, or a day: the end of that day in "
    "Brussels."
)
PARAMETERS: Final[dict[str, tuple[Any, Any]]] = {
    "asOf": (
        Annotated[
            str | None,
            QueryParameter(description=f"How it was by then: what had happened. {_FORM}"),
        ],
        None,
    ),
    "knownAt": (
        Annotated[
            str | None,
            QueryParameter(description=f"How it was known by then: what was recorded. {_FORM}"),
        ],
        None,
    ),
}
_START: Final = (
    "A moment with its time zone, such as 2024-03-01T09:30:00Z, or a day: its start in Brussels."
)
BETWEEN: Final[dict[str, tuple[Any, Any]]] = {
    name: (
        Annotated[
            str | None,
            QueryParameter(name=name.rstrip("_"), description=f"{said} {_START}"),
        ],
        None,
    )
    for name, said in (("from_", "What happened from then on."), ("until", "What came before."))
}
BATCH: Final = 2000
NONE_SUCH: Final = "There is no such thing, or not yet; atLeast waits for it."
NOT_YET: Final = "It did not exist by then: asOf or knownAt lies before its beginning."


# What is asked.


def moment_of(request: Request[Any, Any, Any], asked: Mapping[str, Any]) -> Moment | None:
    """The moment that a request looks back at; none if it asks how things are now.

    Raises:
        InputWrong: if it is no moment, has no time zone, or is still to come.
    """
    texts = {name: asked[name] for name in PARAMETERS if asked[name] is not None}
    if not texts:
        return None
    state = request.app.state
    at = {name: moment_in(text, name, state.clock()) for name, text in texts.items()}
    position = None
    if known_at := at.get("knownAt"):
        with state.pool.connection() as connection:
            position = position_at(connection, known_at)
    return Moment(known=position, as_of=at.get("asOf"))


def moment_in(text: str, parameter: str, now: datetime) -> datetime:
    """The moment, or the end of the day in Brussels, that a parameter names.

    Raises:
        InputWrong: saying what is wrong with it.
    """
    # A plus sign that was not escaped arrives as a space.
    named = _named(text.replace(" ", "+"), parameter)
    if not in_calendar(named):
        raise _wrong(parameter, OUT_OF_CALENDAR)
    moment = named if isinstance(named, datetime) else end_of(named)
    # Until the end of today nothing more is known than now, and clocks may differ.
    if moment > end_of(day_of(now)):
        detail = f"This is still to come; the last day to look back at is {day_of(now)}."
        raise _wrong(parameter, detail)
    return moment.astimezone(UTC)


def between(asked: Mapping[str, Any]) -> dict[str, datetime | None]:
    """The moments that `from` and `until` name; a day is its start.

    Raises:
        InputWrong: saying what is wrong with them.
    """
    return {name: _start(asked[name], name.rstrip("_")) for name in BETWEEN}


def _start(text: str | None, parameter: str) -> datetime | None:
    if text is None:
        return None
    named = _named(text.replace(" ", "+"), parameter, _START)
    if not in_calendar(named):
        raise _wrong(parameter, OUT_OF_CALENDAR)
    return in_utc(named if isinstance(named, datetime) else start_of(named))


def _named(text: str, parameter: str, form: str = _FORM) -> date | datetime:
    try:
        named = msgspec.convert(text, date if len(text) == len("2024-03-01") else datetime)
    except msgspec.ValidationError:
        raise _wrong(parameter, form) from None
    if isinstance(named, datetime) and named.tzinfo is None:
        raise _wrong(parameter, "Give the time zone, such as Z, or a day alone.")
    return named


def _wrong(parameter: str, detail: str) -> InputWrong:
    return InputWrong(Issue(parameter=parameter, detail=detail))


# What is read.


def past_of(log: EventLog, things: Sequence[str], until: int = END) -> Past:
    """All events up to a position that concern any of these things, unsealed."""
    boundary = query(tuple(about(thing) for thing in things))
    return log.read(boundary, until=until, unsealed=True).events


def thing_then(log: EventLog, view: View, key: str, moment: Moment) -> Any:
    """A row as it was.

    Raises:
        NotThere: if there is no such thing, or was none yet.
    """
    things = view.about(key)
    past = past_of(log, things, END if moment.known is None else moment.known)
    row = row_then(view, key, past, moment)
    if row is None:
        raise NotThere(NOT_YET if past or past_of(log, things) else NONE_SUCH)
    return row


def list_then(
    log: EventLog, view: View, moment: Moment, types: Sequence[str] = ()
) -> Mapping[str, Any]:
    """All rows of a view as they were, by key: folded from every event that may touch it.

    These are of the types that are named, or that may concern things of the view's kind.
    """
    if not types and isinstance(view.keys, OfKind):
        types = naming(view.keys.prefix)
    corrections = list(_events(log, (CORRECTED,), moment))
    return rows_then(view, corrections, _events(log, types, moment), moment)


def _events(log: EventLog, types: Sequence[str], moment: Moment) -> Iterator[Recorded]:
    """The events of these types that were known, a batch at a time."""
    wanted = DCBQuery(items=[DCBQueryItem(types=list(types))]) if types else None
    after, end = 0, log.head() if moment.known is None else moment.known
    while after < end:
        events, after = log.read_on(wanted, after, BATCH, unsealed=True)
        yield from known(events, Moment(known=end))


def as_it_was(request: Request[Any, Any, Any], row: Any) -> Response[bytes]:
    """A row of the past. It has no ETag: nothing can be done on condition of it."""
    here = f"{request.url.path}?{request.url.query}".removesuffix("?")
    link = {"Link": f'<{here}>; rel="self"'}
    return Response(msgspec.json.encode(row), media_type=MediaType.JSON, headers=link)


# Histories.


class Place(msgspec.Struct, frozen=True):
    """Where a line stands in the order of a history."""

    mark: tuple[str | int, ...]
    """What a cursor holds."""
    event: Recorded


class HistoryThen:
    """The history of things as it was, for one reader: which lines, in which order."""

    def __init__(
        self, log: EventLog, caller: Caller, thing: str, together: Sequence[str], moment: Moment
    ) -> None:
        past = as_read_by(caller, past_of(log, together))
        self._caller = caller
        self._moment = moment
        self._things = _one_with(thing, together, known(past, moment))
        self._past = [recorded for recorded in past if self._concerned(recorded)]
        self._hidden = hidden(self._past)
        self._read = then(self._past, moment)
        # A place was always there, whatever was told of it.
        if not self._read and not thing.isdigit():
            raise NotThere(NOT_YET)

    def _concerned(self, recorded: Recorded) -> bool:
        return not tags(recorded.fact).isdisjoint(self._things)

    def places(self, asked: Mapping[str, Any]) -> list[Place]:
        """All lines that the reader may see and asks for, in order."""
        by_time = asked["orderBy"] == "occurred"
        kept = (
            event
            for event in self._read
            if sees(self._caller, event, self._hidden) and _wanted(event, asked)
        )
        found = [Place(_mark(event, by_time=by_time), event) for event in kept]
        return sorted(found, key=lambda place: place.mark, reverse=asked["order"] == "desc")

    def line(self, event: Recorded) -> Line:
        return line_then(event.position, self._past, self._moment)


def sees(caller: Caller, event: Recorded, internal: frozenset[int]) -> bool:
    """Whether a reader may see an event, of which `internal` tells what only staff may see."""
    if caller.roles & STAFF:
        return True
    kind = stored_name(type(event.fact)).partition(".")[0]
    return event.position not in internal and (
        is_actor(caller) or kind not in ("request", "actor", "record")
    )


def as_read_by(caller: Caller, past: Past) -> Past:
    """Events as a reader may read them: what may name people is withheld from evaluators."""
    return past if caller.roles & STAFF or is_actor(caller) else list(map(withheld, past))


def _one_with(thing: str, together: Sequence[str], read: Past) -> frozenset[str]:
    """Of those that are one with an actor now, those that were then."""
    if not thing.startswith("actor_"):
        return frozenset(together)
    found, size = {thing}, 0
    merges = [e.fact for e in read if isinstance(e.fact, ActorsMerged)]
    while len(found) > size:
        size = len(found)
        for merge in merges:
            if not found.isdisjoint((merge.actor, merge.duplicate)):
                found |= {merge.actor, merge.duplicate}
    return frozenset(found & set(together))


def _wanted(event: Recorded, asked: Mapping[str, Any]) -> bool:
    if asked["from_"] and event.occurred_at < asked["from_"]:
        return False
    if asked["until"] and event.occurred_at >= asked["until"]:
        return False
    if not asked["types"]:
        return True
    name = stored_name(type(event.fact))
    return any(
        name == kind or (kind.endswith(".") and name.startswith(kind))
        for kind in asked["types"].split(",")
    )


def _mark(event: Recorded, *, by_time: bool) -> tuple[str | int, ...]:
    if not by_time:
        return (event.position,)
    return f"{event.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00", event.position
