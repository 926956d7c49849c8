"""A fact, and the envelope in which it is recorded."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import ClassVar, NamedTuple, Self, TypeVar

from msgspec import Struct, structs

from domain.fields import plan
from domain.vocabulary import ActorId, NisCode, UserId, Visibility, tag_of


class Fact(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    tag_field="type",
    omit_defaults=True,
    gc=False,  # nothing in it comes back to it, and a read makes thousands
):
    """Something that happened. Its first field is the thing it tells about.

    Never subclass a fact: a subclass inherits the stored name of its parent.
    Unknown fields in old data are ignored, so a new field needs a default, and a default
    never changes: what is left out of a stored fact reads as its default.
    """

    NL: ClassVar[str]
    """Its sentence in Dutch; `{field}` stands for a value, see projections/sentences.py."""
    EN: ClassVar[str]
    VISIBILITY: ClassVar[Visibility] = Visibility.PARTICIPANTS
    SINCE: ClassVar[str] = "0.1.0"
    VERSION: ClassVar[int] = 1
    """Raised when the meaning of the stored form changes, together with an upcaster."""
    FIXED: ClassVar[frozenset[str]] = frozenset()
    """Fields that rules rest on, so that no correction changes them: it takes a new fact."""

    def seen_by(self) -> Visibility:
        """Who may see it: what its type says, unless what it says decides."""
        return self.VISIBILITY


class Source(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """How a fact came in: by the API, from line `line` of file `file`, or from the system."""

    kind: str
    file: str | None = None
    """`sha256:` and the digest of its bytes. Before 2026-12 it was the file's name."""
    line: int | None = None


API = Source(kind="api")


class Recorded(Struct, frozen=True, kw_only=True, gc=False):
    """A fact with its place in the log and where it came from."""

    position: int
    id: str
    """A UUIDv7."""
    fact: Fact
    occurred_at: datetime
    """When it happened, as the recorder states it."""
    recorded_at: datetime
    """When it was stored; never earlier than that of a lower position."""
    recorded_by: UserId
    on_behalf_of: ActorId | None = None
    source: Source = API
    request_id: str = ""
    out_of_order: bool = False
    """Imported although dated before what it depends on (rule 13)."""

    @property
    def mark(self) -> "Mark":
        return Mark(self.position, self.occurred_at)

    def telling(self, fact: Fact, occurred_at: datetime) -> Self:
        """The same record with a corrected fact."""
        return structs.replace(self, fact=fact, occurred_at=occurred_at)


class Undecodable(Exception):  # noqa: N818 - told to operators
    """An event of a form that this program does not know: a newer one recorded it.

    Says where it stands and what it is called, nothing of what it tells.
    """

    def __init__(self, position: int, kind: str, version: int) -> None:
        self.position = position
        self.type = kind
        self.version = version
        super().__init__(
            f"This program does not know the form of the event at {position} ({kind}, version "
            f"{version}): a newer one recorded it."
        )


class Mark(NamedTuple):
    """Where in the log and when something came to be so."""

    position: int
    at: datetime


Past = Sequence[Recorded]


class Concern(NamedTuple):
    """A thing that a fact concerns, and what it is to it."""

    role: str
    id: str
    """The thing's id; for a municipality its tag, `nis:` and the code."""


def concerns(fact: Fact) -> tuple[Concern, ...]:
    """Everything the fact concerns, each thing once in each of its roles."""
    return tuple(dict.fromkeys(_named(fact)))


def _named(value: Struct) -> Iterator[Concern]:
    for name, start, many in _tagging(type(value)):
        held = getattr(value, name)
        if held is None:
            continue
        for item in held if many else (held,):
            if start is not None:
                yield Concern(name, start + item)
            elif isinstance(item, Struct):
                yield from _named(item)


def tags(fact: Fact) -> frozenset[str]:
    """The tags under which the fact is found: the ids of all that it concerns."""
    return frozenset(_tags_in(fact))


def carries(fact: Fact, tag: str) -> bool:
    """Whether a fact is found under a tag."""
    return tag in _tags_in(fact)


def _tags_in(value: Struct) -> Iterator[str]:
    # Each event is asked for them many times, so nothing is made of their roles on the way.
    for name, start, many in _tagging(type(value)):
        held = getattr(value, name)
        if held is None:
            continue
        for item in held if many else (held,):
            if start is not None:
                yield start + item
            elif isinstance(item, Struct):
                yield from _tags_in(item)


@cache
def _tagging(struct: type[Struct]) -> tuple[tuple[str, str | None, bool], ...]:
    """The fields that make tags: with what these start, or none where structs may do so."""
    starts = (
        (field.name, None if field.kind is None else tag_of(field.kind, ""), field.many)
        for field in plan(struct)
        if field.kind is None or tag_of(field.kind, "") is not None
    )
    return tuple(starts)


F = TypeVar("F", bound=Fact)


def as_fact(fact: type[F], command: Struct, **more: object) -> F:
    """The fact that what a command asks has happened, with what the past adds to it."""
    return fact(**structs.asdict(command), **more)


def subject(fact: Fact) -> str:
    """The thing that a fact tells about: the first that it names."""
    return next(_tags_in(fact))


def municipality_tag(nis: NisCode) -> str:
    return f"nis:{nis}"


@cache
def stored_name(fact: type[Fact]) -> str:
    """The name that the log keeps, e.g. `pilot.decided`."""
    tag = fact.__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{fact.__name__} has no stored name")
    return tag
