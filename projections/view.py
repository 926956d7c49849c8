"""What a view is: a pure fold of events into rows, and the columns by which rows are found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, LiteralString

from msgspec import Struct

from domain.conversations import FACTS
from domain.facts import Fact, Past, Recorded, carries, tags
from domain.fields import kinds
from domain.records import EventCorrected, corrected
from domain.vocabulary import ID_PREFIXES, Thing

Key = str | tuple[Any, ...]
"""What a row is found by: a text, or the values of several columns."""


Making = Callable[[Recorded], Sequence[Any]]
"""Gives the rows that an event makes whole."""


class Row(Struct, kw_only=True, rename="camel"):
    """The base of a thing's row; stored as the JSON that a read hands out."""

    id: str
    version: int = 0
    """The position of the last event that concerns the thing."""


class Column(Struct, frozen=True):
    """A value of the row by which rows are filtered or sorted."""

    type: str
    """In SQL: text, text[], date, timestamptz, bigint, smallint or boolean."""
    value: Callable[[Any], object]
    filter: str = "="
    """How a filter compares: `=`, `has` for one of an array, `place` for a municipality with
    those that merged into it, or `words` for full text in Dutch (projections/full_text.py)."""
    choices: tuple[str, ...] = ()
    """All values that there are, where these are few; none if they are not known."""


class View(Struct, frozen=True, kw_only=True):
    """One question that readers ask. Its functions are pure; delete the module, it is gone."""

    name: str
    version: int = 1
    """Raised when the fold or the columns change: the view is then filled anew."""
    row: type[Any]
    key: tuple[str, ...] = ()
    """The columns that are the key of a row, and in their order its key in Python. Such a row is
    nothing but its columns, which have the names of its fields; others are stored as JSON, under
    a text."""
    keys: Callable[[Fact, int], Iterable[Any]]
    """The rows that a fact at a position touches."""
    empty: Callable[[Any], Any]
    evolve: Callable[[Any, Recorded], Any]
    columns: Mapping[str, Column]
    indexes: tuple[tuple[str, ...], ...] = ()
    """Columns that are read together; by default each column has an index of its own.

    One that ends in a day or a moment is in the order of lists. One of several columns that begins
    with a boolean holds only the rows for which that is true, and beside them all other columns
    unless it is of words.
    """
    by_month: bool = False
    """Whether there are so many rows that they are counted by the month of their moment `at`,
    which is a column beside the others: see projections/months.py."""
    beside: tuple[str, ...] = ()
    """Columns that stand beside the keys of each index in the order of lists, and of each one where
    rows have a `key`: what is filtered by them is found and counted without the rows."""
    about: Callable[[Any], tuple[str, ...]] = lambda key: (key,)
    """The tags of all events that touch a row: what a refold of the row reads. Not asked of rows
    that an event makes whole: that event tells."""
    once: Making | None = None
    """The rows that an event makes whole, if only corrections touch them after it, which `evolve`
    takes: so they are not looked for before. They are what `evolve` makes of `empty`, are found by
    a `key`, and have the position of their event as `position`."""
    folds_corrections: bool = False
    """Whether `evolve` takes an `EventCorrected` itself; else the row is folded anew."""
    facts: frozenset[type[Fact]] | None = None
    """The types of facts that `keys` looks at, if not all: the others are not even read."""
    before: Mapping[str, LiteralString] = {}
    """Columns that were of another type in the version before: what they are, in SQL, of that."""
    texts: bool = True
    """Whether it looks at what is sealed; if not, a rebuild leaves it so and spares the vault."""

    @property
    def table(self) -> str:
        return f"view_{self.name}_{self.version}"


def touched(view: View, recorded: Recorded) -> tuple[Any, ...]:
    """The keys of the rows that an event touches, each once."""
    return tuple(dict.fromkeys(view.keys(recorded.fact, recorded.position)))


def touching(view: View, key: Key) -> Callable[[Recorded], bool]:
    """What tells of an event whether it touches this row, whatever else it touches."""
    keys = view.keys
    if not isinstance(keys, OfKind):
        return lambda recorded: key in keys(recorded.fact, recorded.position)
    if not (isinstance(key, str) and keys.has(key)):
        return lambda _: False
    return lambda recorded: carries(recorded.fact, key)


def fold(view: View, key: Key, past: Past) -> Any:  # noqa: ANN401 - the view's own row type
    """One row from all events about it: the same fold that keeps the table up to date."""
    return fold_read(view, key, past if view.folds_corrections else corrected(past))


def fold_read(view: View, key: Key, past: Iterable[Recorded]) -> Any:  # noqa: ANN401
    """The same from events that read as they should have been."""
    row, evolve = view.empty(key), view.evolve
    for recorded in filter(touching(view, key), past):
        row = evolve(row, recorded)
    return row


class OfKind(Struct, frozen=True):
    """Rows of every thing of one kind that a fact concerns, corrections of such facts too."""

    prefix: str

    def __call__(self, fact: Fact, _position: int) -> Iterable[str]:
        return sorted(filter(self.has, tags(fact)))

    def has(self, tag: str) -> bool:
        """Whether a tag is that of a thing of this kind."""
        return tag.startswith(f"{self.prefix}_")


def of_kind(prefix: str) -> OfKind:
    return OfKind(prefix)


@cache
def telling_of(*wanted: object) -> frozenset[type[Fact]]:
    """The types of facts that may name something of one of these kinds; corrections may always."""
    found = (fact for fact in FACTS if not {*wanted, Thing}.isdisjoint(kinds(fact)))
    return frozenset({*found, EventCorrected})


def looked_at(view: View) -> frozenset[type[Fact]] | None:
    """The types of facts that may touch a row of the view; None for all."""
    if view.facts is None and isinstance(view.keys, OfKind):
        prefix = view.keys.prefix
        return telling_of(*(kind for kind, its in ID_PREFIXES.items() if its == prefix))
    return view.facts


def needs_refold(view: View, recorded: Recorded) -> bool:
    return isinstance(recorded.fact, EventCorrected) and not view.folds_corrections


def corrects_before(view: View, recorded: Recorded, position: int) -> bool:
    """Whether an event corrects one up to a position, and rows are to be folded anew for it."""
    fact = recorded.fact
    return (
        not view.folds_corrections
        and isinstance(fact, EventCorrected)
        and fact.position <= position
    )
