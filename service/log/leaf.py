"""The exact bytes of an event: RFC 8785 canonical JSON of its envelope without the position.

That text is what is hashed, proven and exported. Sealed values are not in it: each is
replaced by a commitment, SHA-256 over a random salt and the value.

Events hold no floats and no integers beyond 2^53, and their keys are ASCII; with that,
msgspec's sorted encoding is RFC 8785 (a test compares the two).
"""

import hashlib
from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final, Protocol, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr, replace

from domain.boundaries import CORRECTED
from domain.conversations import AnyFact
from domain.facts import Fact, Recorded, Source, Undecodable, stored_name
from domain.fields import plan
from domain.pilots import LessonLearned
from domain.vocabulary import (
    ID_PREFIXES,
    NUMBER_PREFIXES,
    ActorId,
    LessonId,
    Narrative,
    Personal,
    Thing,
    UserId,
    tag_of,
)
from service.ids import type_id
from service.log.chance import random_bytes

Path = tuple[str | int, ...]
S = TypeVar("S", bound=Struct)

SALT_BYTES: Final = 16
ERASED: Final = "[gewist / erased]"
"""What a sealed value reads as once it was erased."""


class Leaf(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """The envelope as it is stored."""

    fact: AnyFact
    v: int
    id: str
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: UserId
    source: Source
    request_id: str
    on_behalf_of: ActorId | None = None
    out_of_order: bool = False


class _Envelope(Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """The same while it is not sent yet, and so has no time."""

    fact: Fact
    v: int
    id: str
    occurred_at: datetime
    recorded_at: str
    recorded_by: UserId
    source: Source
    request_id: str
    on_behalf_of: ActorId | None = None
    out_of_order: bool = False


class Sealed(Struct, frozen=True, gc=False):
    """One value that is kept out of the leaf."""

    pointer: str
    """Where it stands in the fact, as a JSON Pointer."""
    owner: str
    """Under whose key it lies: an actor for a personal detail, else the thing it tells about."""
    salt: bytes
    value: str


Upcaster = Callable[[dict[str, Any], int], dict[str, Any]]


def lesson_with_id(raw: dict[str, Any], position: int) -> dict[str, Any]:
    """Lessons have ids since their second version; those before are known by their position."""
    return raw | {"lesson": lesson_at(position), "learnt": raw["lesson"]}


def lesson_at(position: int) -> str:
    """The id of the lesson whose event of the first version stands at a position."""
    return type_id(ID_PREFIXES[LessonId], UUID(int=position))


UPCASTERS: Final[Mapping[tuple[str, int], Upcaster]] = {
    (stored_name(LessonLearned), 1): lesson_with_id,
}
"""From a stored name and the version before to the raw fact of the next; told its position."""


def _with_current_fact(raw: dict[str, Any]) -> dict[str, Any]:
    """A correction does not say of which version the fact is that it gives; its form tells."""
    becomes = raw["becomes"]
    if becomes["type"] == stored_name(LessonLearned) and "learnt" not in becomes:
        return raw | {"becomes": lesson_with_id(becomes, raw["position"])}
    return raw


_SEALED: Final[frozenset[object]] = frozenset((Personal, Narrative))
_STARTS: Final[Mapping[object, str]] = {
    kind: start
    for kind in (*ID_PREFIXES, *NUMBER_PREFIXES, Thing)
    if (start := tag_of(kind, "")) is not None
}
"""What the tags of each kind of value start with."""
_ACTOR: Final = f"{ID_PREFIXES[ActorId]}_"
_DECODER: Final = msgspec.json.Decoder(Leaf)
_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
# In no text stand such bytes: its quotes are escaped.
_ID: Final = b',"id":"'
_RECORDED_AT: Final = b',"recordedAt":"'


def commitment(salt: bytes, value: str) -> str:
    digest = b2a_base64(hashlib.sha256(salt + value.encode()).digest(), newline=False)
    return f"sealed:{digest.translate(_URLSAFE, b'=').decode()}"


class SealedFact(Struct, frozen=True, gc=False):
    """A fact as it goes into a leaf, and what is said of it outside."""

    fact: Fact
    """With commitments in place of sealed values."""
    values: list[Sealed]
    tags: frozenset[str]
    names: tuple[str, ...]
    """The actors that the fact names, who may be told about in a narrative."""


def seal(fact: Fact) -> SealedFact:
    """A fact with commitments in place of its sealed values, those values, and its tags."""
    tagged: list[str] = []
    actors: list[str] = []
    values: list[Sealed] = []
    stored = _look(fact, "", tagged, actors, values)
    return SealedFact(stored, values, frozenset(tagged), tuple(sorted({*actors})))


def _look(struct: S, at: str, tagged: list[str], actors: list[str], values: list[Sealed]) -> S:
    """Find tags, actors and what is to be sealed, each in the order of declaration.

    Gives a copy with commitments in place of the last.
    """
    copy = replace(struct)
    for name, pointer, kind, start, many in _looking(type(struct)):
        held = getattr(struct, name)
        if held is None:
            continue
        if start is not None:
            for item in held if many else (held,):
                tagged.append(start + item)
                if kind is ActorId or (kind is Thing and item.startswith(_ACTOR)):
                    actors.append(item)
            continue
        items: list[Any] = list(held) if many else [held]
        for i, item in enumerate(items):
            here = f"{at}{pointer}/{i}" if many else at + pointer
            if kind is None:
                if isinstance(item, Struct):
                    items[i] = _look(item, here, tagged, actors, values)
            else:
                salt = random_bytes(SALT_BYTES)
                owner = actors[-1] if kind is Personal and actors else tagged[0]
                values.append(Sealed(here, owner, salt, item))
                items[i] = commitment(salt, item)
        force_setattr(copy, name, tuple(items) if many else items[0])
    return copy


_Field = tuple[str, str, object, str | None, bool]
"""A field that names things, is to be sealed, or holds fields that do or are: its name, its
pointer within its struct, its kind, what the tags of what it names start with, whether it holds
many. One with names for these takes much longer to take apart, and that for each field."""


@cache
def _looking(struct: type[Struct]) -> tuple[_Field, ...]:
    return tuple(
        (name, f"/{stored}", kind, _STARTS.get(kind), many)
        for name, stored, kind, many in plan(struct)
        if kind is None or kind in _STARTS or kind in _SEALED
    )


class Said(Protocol):
    """What is said of a fact, by whom and when."""

    @property
    def occurred_at(self) -> datetime: ...
    @property
    def recorded_by(self) -> UserId: ...
    @property
    def source(self) -> Source: ...
    @property
    def request_id(self) -> str: ...
    @property
    def on_behalf_of(self) -> ActorId | None: ...
    @property
    def out_of_order(self) -> bool: ...


def encode(sealed: SealedFact, event_id: str, said: Said) -> tuple[bytes, bytes]:
    """The leaf before and after `recordedAt`, which is put there when it is sent: see `stamp`."""
    leaf = _ENCODER.encode(
        _Envelope(
            sealed.fact,
            sealed.fact.VERSION,
            event_id,
            said.occurred_at,
            "",
            said.recorded_by,
            said.source,
            said.request_id,
            said.on_behalf_of,
            said.out_of_order,
        )
    )
    place = leaf.rindex(_RECORDED_AT) + len(_RECORDED_AT)
    return leaf[:place], leaf[place:]


def stamp(moment: datetime) -> bytes:
    """How `recordedAt` stands in a leaf: in UTC, with six digits."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z".encode()


def decode(position: int, leaf: bytes) -> Recorded:
    """An event whose sealed values read as their commitments: enough to decide on.

    Raises:
        Undecodable: if this program does not know its type, its version or its form.
    """
    try:
        now = _DECODER.decode(leaf)
        if now.v == now.fact.VERSION:
            return _recorded(position, now)
    except msgspec.ValidationError:
        pass
    return _recorded(position, _brought_up(msgspec.json.decode(leaf), position))


def unseal(position: int, leaf: bytes, values: Sequence[tuple[str, str | None]]) -> Recorded:
    """An event with its sealed values, by pointer; those that are gone read as erased.

    Raises:
        Undecodable: as `decode` does.
    """
    try:
        now = _DECODER.decode(leaf)
        fact = now.fact
        if now.v == fact.VERSION:
            fields = _by_pointer(type(fact))
            for pointer, value in values:
                text = ERASED if value is None else value
                # Most are a field of the fact itself.
                if name := fields.get(pointer):
                    force_setattr(fact, name, text)
                else:
                    _reveal(fact, _path(pointer), text)
            return _recorded(position, now)
    except (msgspec.ValidationError, _Elsewhere):
        pass
    raw = msgspec.json.decode(leaf)
    for pointer, value in values:
        _put(raw["fact"], _path(pointer), ERASED if value is None else value)
    return _recorded(position, _brought_up(raw, position))


def id_in(leaf: bytes) -> str:
    """The id of the event."""
    start = leaf.rindex(_ID) + len(_ID)
    return leaf[start : leaf.index(b'"', start)].decode()


def _recorded(position: int, leaf: Leaf) -> Recorded:
    return Recorded(
        position=position,
        id=leaf.id,
        fact=leaf.fact,
        occurred_at=leaf.occurred_at,
        recorded_at=leaf.recorded_at,
        recorded_by=leaf.recorded_by,
        on_behalf_of=leaf.on_behalf_of,
        source=leaf.source,
        request_id=leaf.request_id,
        out_of_order=leaf.out_of_order,
    )


def _brought_up(raw: dict[str, Any], position: int) -> Leaf:
    """The leaf with its fact brought to the present version of its type."""
    kind, version = raw["fact"]["type"], raw["v"]
    try:
        leaf = msgspec.convert(_current(raw, position), Leaf)
    # What it says would name values.
    except msgspec.ValidationError:
        raise Undecodable(position, kind, version) from None
    if leaf.v != leaf.fact.VERSION:
        raise Undecodable(position, kind, version)
    return leaf


def _current(raw: dict[str, Any], position: int) -> dict[str, Any]:
    while upcast := UPCASTERS.get((raw["fact"]["type"], raw["v"])):
        raw["fact"] = upcast(raw["fact"], position)
        raw["v"] += 1
    if raw["fact"]["type"] == CORRECTED:
        raw["fact"] = _with_current_fact(raw["fact"])
    return raw


@lru_cache(maxsize=1024)
def _path(pointer: str) -> Path:
    return tuple(int(step) if step.isdigit() else step for step in pointer[1:].split("/"))


class _Elsewhere(Exception):  # noqa: N818 - the raw fact knows where
    """A value stands in a field that the present type does not have."""


def _reveal(struct: Struct, path: Path, value: str) -> None:
    """Put a value in a struct that was just decoded, so that nobody else has it yet."""
    name = _names(type(struct)).get(path[0])
    if name is None:
        raise _Elsewhere
    held = value if len(path) == 1 else _revealed(getattr(struct, name), path[1:], value)
    force_setattr(struct, name, held)


def _revealed(held: Any, path: Path, value: str) -> Any:  # noqa: ANN401 - of any field
    if isinstance(held, Struct):
        _reveal(held, path, value)
        return held
    items, at = list(held), cast("int", path[0])
    items[at] = value if len(path) == 1 else _revealed(items[at], path[1:], value)
    return tuple(items)


@cache
def _by_pointer(struct: type[Struct]) -> Mapping[str, str]:
    """The names of its fields by the pointers to them."""
    return {f"/{stored}": name for stored, name in _names(struct).items()}


@cache
def _names(struct: type[Struct]) -> Mapping[str | int, str]:
    """The names of fields by those under which they are stored."""
    return dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))


def _put(raw: dict[str, Any], path: Path, value: str) -> None:
    here: Any = raw
    for step in path[:-1]:
        # What was a tuple in the fact becomes a list, in which a value can be put.
        if isinstance(here[step], tuple):
            here[step] = list(here[step])
        here = here[step]
    here[path[-1]] = value
