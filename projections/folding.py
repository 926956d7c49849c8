"""Folding a batch of events into the rows of a view's table."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, NamedTuple, Protocol

from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import PoolTimeout

from domain.facts import Fact, Past, Recorded, stored_name, tags
from domain.records import EventCorrected, corrected
from projections.rows import load, put, update, write
from projections.view import Making, OfKind, View, corrects_before, looked_at, touched

REMEMBERED_BYTES: Final = 250_000
"""Of the rows of one view, as they are stored."""
TOGETHER: Final = 20
"""So many things are asked for in one read of their past."""

Touches = Sequence[tuple[Recorded, tuple[Any, ...]]]


class Log(Protocol):
    """What is asked of the event log, unsealed unless it is told otherwise."""

    def next(
        self,
        after: int,
        limit: int,
        facts: frozenset[type[Fact]] | None = None,
        *,
        texts: bool = True,
    ) -> tuple[Past, int]:
        """The next events of these types, and the position up to which there are no others.

        Without `texts` what is sealed in them stays so. There may be others of other types.

        Raises:
            Undecodable: if the next event is of a form that this program does not know, whatever
                types are asked for; what comes before it is given first.
        """
        ...

    def about(self, tags: Sequence[str], until: int) -> Past:
        """All events that concern any of these things, up to a position."""
        ...


class Unfoldable(Exception):  # noqa: N818 - a fault of the view, told to operators
    """A view's fold failed on an event; its cause says how."""

    def __init__(self, recorded: Recorded) -> None:
        self.position = recorded.position
        self.type = stored_name(type(recorded.fact))
        super().__init__(f"The event at {recorded.position} could not be folded.")


class Batch:
    """Events that follow each other, which one view after another folds.

    What all of them look for in it is found once.
    """

    def __init__(self, past: Past) -> None:
        self.past: Final = past

    @cached_property
    def corrected(self) -> Past:
        """The same, with each event as its last correction in this batch left it."""
        return corrected(self.past)

    @cached_property
    def named(self) -> Mapping[str, Touches]:
        """The things of each kind that the corrected events concern, by the prefix of their ids."""
        found: defaultdict[str, list[tuple[Recorded, tuple[str, ...]]]] = defaultdict(list)
        for recorded in self.corrected:
            of_each: dict[str, tuple[str, ...]] = {}
            for tag in sorted(tags(recorded.fact)):
                prefix, is_id, _ = tag.partition("_")
                if is_id:
                    of_each[prefix] = (*of_each.get(prefix, ()), tag)
            for prefix, things in of_each.items():
                found[prefix].append((recorded, things))
        return found


class Stamp(NamedTuple):
    """What the rows of a table were, so that who remembers them knows whether they still are."""

    generation: int
    position: int


class Written(NamedTuple):
    """Rows that were written in a transaction, and how large those are that may be remembered."""

    rows: Mapping[Any, Any]
    sizes: Mapping[Any, int]


class Folding:
    """Folds events into one table, and remembers rows that it wrote lately.

    What is remembered holds only while nobody else wrote: the stamp of the table tells.
    """

    def __init__(
        self,
        view: View,
        log: Log,
        table: str | None = None,
        most: int = REMEMBERED_BYTES,
        *,
        corrects_later: bool = False,
    ) -> None:
        """With `corrects_later` rows that an event makes whole stay so until `correct`."""
        self.table: Final = table or view.table
        self._view = view
        self._log = log
        self._most = most
        self._corrects_later = corrects_later
        self._stamp: Stamp | None = None
        self._rows: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def take(self, connection: Connection[TupleRow], batch: Batch, stamp: Stamp) -> Written:
        """Fold the events that come after those in the table into its rows.

        Raises:
            Unfoldable: if the view cannot take one of them; nothing was written then.
        """
        if once := self._view.once:
            return self._made(once, connection, batch)
        rows, old = self._evolved(connection, batch, stamp)
        return Written(rows, write(connection, self._view, self.table, rows, old))

    def _evolved(
        self, connection: Connection[TupleRow], batch: Batch, stamp: Stamp
    ) -> tuple[dict[Any, Any], AbstractSet[Any]]:
        """The rows after a batch, and the keys of those that the table has already."""
        view, touches = self._view, _touched_in(self._view, batch)
        anew = {
            key
            for recorded, keys in touches
            if corrects_before(view, recorded, stamp.position)
            for key in keys
        }
        rows = self._present(connection, {key for _, keys in touches for key in keys}, stamp)
        old = frozenset(rows)
        for recorded, keys in touches:
            _evolve(view, recorded, [k for k in keys if k not in anew] if anew else keys, rows)
        if anew:
            rows |= _folded_anew(view, anew, self._log, batch.past[-1].position)
        return rows, old

    def _made(self, once: Making, connection: Connection[TupleRow], batch: Batch) -> Written:
        """Fold them into a view whose rows are each made by one event."""
        rows = _whole(once, batch.past)
        if self._corrects_later:
            put(connection, self._view, self.table, rows)
        else:
            key = attrgetter(*self._view.key)
            self._put_corrected(connection, batch.past, {key(row): row for row in rows})
        return Written({}, {})

    def correct(self, connection: Connection[TupleRow], past: Past) -> None:
        """Have the corrections among these events correct rows that the table has.

        Raises:
            Unfoldable: if the view cannot take a correction; nothing was written then.
        """
        self._put_corrected(connection, past, {})

    def _put_corrected(
        self, connection: Connection[TupleRow], past: Past, made: Mapping[Any, Any]
    ) -> None:
        """Put rows that were made; they and those of the table as corrections leave them."""
        corrections = [recorded for recorded in past if isinstance(recorded.fact, EventCorrected)]
        touches = _touches(self._view, corrections)
        at = self._view.key.index("position")
        wanted = {
            key
            for correction, keys in touches
            for key in keys
            if key not in made and key[at] != correction.position
        }
        there = load(connection, self._view, self.table, wanted)
        rows = {**there, **made}
        for recorded, keys in touches:
            _evolve(self._view, recorded, [key for key in keys if key in rows], rows)
        put(connection, self._view, self.table, [rows[key] for key in made])
        changed = [rows[key] for key, row in there.items() if rows[key] != row]
        update(connection, self._view, self.table, changed)

    def _present(
        self, connection: Connection[TupleRow], keys: AbstractSet[Any], stamp: Stamp
    ) -> dict[Any, Any]:
        if stamp != self._stamp:
            self.forget()
        rows = {key: self._rows[key][0] for key in keys if key in self._rows}
        return rows | load(connection, self._view, self.table, keys - rows.keys())

    def keep(self, stamp: Stamp, written: Written) -> None:
        """Remember what was written, once it is committed."""
        self._stamp = stamp
        for key, size in written.sizes.items():
            _, before = self._rows.pop(key, (None, 0))
            self._rows[key] = (written.rows[key], size)
            self._bytes += size - before
        while self._bytes > self._most:
            _, (_, size) = self._rows.popitem(last=False)
            self._bytes -= size

    def forget(self) -> None:
        self._rows.clear()
        self._bytes, self._stamp = 0, None


def _whole(made: Making, past: Past) -> list[Any]:
    rows: list[Any] = []
    for recorded in past:
        try:
            rows += made(recorded)
        except Exception as error:
            raise Unfoldable(recorded) from error
    return rows


def _touched_in(view: View, batch: Batch) -> Touches:
    """Which rows each event touches; events that are corrected in the batch, as they are then."""
    if view.folds_corrections:
        return _touches(view, batch.past)
    if isinstance(view.keys, OfKind):
        return batch.named.get(view.keys.prefix, ())
    return _touches(view, batch.corrected)


def _touches(view: View, batch: Past) -> Touches:
    facts = looked_at(view)
    found: list[tuple[Recorded, tuple[Any, ...]]] = []
    for recorded in batch:
        if facts is not None and type(recorded.fact) not in facts:
            continue
        try:
            keys = touched(view, recorded)
        except Exception as error:
            raise Unfoldable(recorded) from error
        if keys:
            found.append((recorded, keys))
    return found


def _evolve(view: View, recorded: Recorded, keys: Iterable[Any], rows: dict[Any, Any]) -> None:
    evolve, empty = view.evolve, view.empty
    try:
        for key in keys:
            rows[key] = evolve(rows.get(key) or empty(key), recorded)
    except Exception as error:
        raise Unfoldable(recorded) from error


def _folded_anew(view: View, keys: Iterable[Any], log: Log, until: int) -> dict[Any, Any]:
    """Rows from all that concerns them: an earlier event of theirs was corrected."""
    wanted = sorted(keys)
    rows: dict[Any, Any] = {}
    for n in range(0, len(wanted), TOGETHER):
        some = dict.fromkeys(wanted[n : n + TOGETHER])
        about = sorted({tag for key in some for tag in view.about(key)})
        for recorded, touching in _touches(view, corrected(log.about(about, until))):
            _evolve(view, recorded, [key for key in touching if key in some], rows)
    return rows


PASSING: Final = (OperationalError, PoolTimeout)
"""The database is away for a while: no fault of a view."""
