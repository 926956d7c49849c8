"""The exact bytes of an event: RFC 8785 canonical JSON of its envelope without the position.

That text is what is hashed, proven and exported. Sealed values are not in it: each is
replaced by a commitment, SHA-256 over a random salt and the value.

Events hold no floats and no integers beyond 2^53, and their keys are ASCII; with that,
msgspec's sorted encoding is RFC 8785 (a test compares the two).
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from domain.conversations import AnyFact
from domain.facts import Fact, Recorded, Source, subject, tags
from domain.fields import places
from domain.vocabulary import ActorId, Narrative, Personal, UserId

SALT_BYTES: Final = 16
ERASED: Final = "[gewist / erased]"
"""What a sealed value reads as once it was erased."""


class Leaf(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
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


class Sealed(NamedTuple):
    """One value that is kept out of the leaf."""

    pointer: str
    """Where it stands in the fact, as a JSON Pointer."""
    owner: str
    """Under whose key it lies: an actor for a personal detail, else the thing it tells about."""
    names: tuple[str, ...]
    """The actors that the fact names, who may be told about in a narrative."""
    salt: bytes
    value: str


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: Final[Mapping[tuple[str, int], Upcaster]] = {}
"""From a stored name and the version before to the raw fact of the next version."""

_SEALED: Final[tuple[object, ...]] = (Personal, Narrative)
_DECODER: Final = msgspec.json.Decoder(Leaf)


def commitment(salt: bytes, value: str) -> str:
    digest = hashlib.sha256(salt + value.encode()).digest()
    return "sealed:" + urlsafe_b64encode(digest).decode().rstrip("=")


def seal(fact: Fact) -> tuple[dict[str, Any], list[Sealed]]:
    """A fact as plain JSON with commitments in place of sealed values, and those values."""
    # Through JSON, so that tuples are lists in which a commitment can be put.
    raw: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(fact))
    named = tuple(sorted(tag for tag in tags(fact) if tag.startswith("actor_")))
    about = subject(fact)
    sealed: list[Sealed] = []
    actor = about
    for place in places(fact):
        if place.kind is ActorId:
            actor = place.value
        personal = place.kind is Personal
        if place.kind not in _SEALED:
            continue
        owner = actor if personal else about
        salt = secrets.token_bytes(SALT_BYTES)
        pointer = "".join(f"/{step}" for step in place.path)
        sealed.append(Sealed(pointer, owner, named, salt, place.value))
        _put(raw, pointer, commitment(salt, place.value))
    return raw, sealed


def encode(recorded: Recorded, sealed_fact: dict[str, Any]) -> bytes:
    """The leaf of an event whose fact was sealed."""
    leaf: dict[str, Any] = {
        "fact": sealed_fact,
        "v": recorded.fact.VERSION,
        "id": recorded.id,
        "occurredAt": recorded.occurred_at,
        "recordedAt": recorded.recorded_at,
        "recordedBy": recorded.recorded_by,
        "source": recorded.source,
        "requestId": recorded.request_id,
    }
    if recorded.on_behalf_of is not None:
        leaf["onBehalfOf"] = recorded.on_behalf_of
    if recorded.out_of_order:
        leaf["outOfOrder"] = True
    return msgspec.json.encode(leaf, order="sorted")


def decode(position: int, leaf: bytes) -> Recorded:
    """An event whose sealed values read as their commitments: enough to decide on."""
    try:
        return _recorded(position, _DECODER.decode(leaf))
    except msgspec.ValidationError:
        return _recorded(position, msgspec.convert(_current(msgspec.json.decode(leaf)), Leaf))


def unseal(position: int, leaf: bytes, values: Sequence[tuple[str, str | None]]) -> Recorded:
    """An event with its sealed values, by pointer; those that are gone read as erased."""
    raw = msgspec.json.decode(leaf)
    for pointer, value in values:
        _put(raw["fact"], pointer, ERASED if value is None else value)
    return _recorded(position, msgspec.convert(_current(raw), Leaf))


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


def _current(raw: dict[str, Any]) -> dict[str, Any]:
    """The leaf with its fact brought to the present version of its type."""
    while upcast := UPCASTERS.get((raw["fact"]["type"], raw["v"])):
        raw["fact"] = upcast(raw["fact"])
        raw["v"] += 1
    return raw


def _put(raw: dict[str, Any], pointer: str, value: str) -> None:
    here: Any = raw
    *way, last = (int(step) if step.isdigit() else step for step in pointer[1:].split("/"))
    for step in way:
        here = here[step]
    here[last] = value
