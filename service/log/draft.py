"""What an append asks of the server, made ready by its caller: all but position and time."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from msgspec import Struct

LARGEST_BYTES = 2_000_000
"""Of one request: more than what fits in the body of an HTTP request, sealed."""


class TooLarge(ValueError):  # noqa: N818
    """The facts of one request take too many bytes to be appended together."""


@lru_cache(maxsize=8192)
def tag_hash(tag: str) -> int:
    """The 64 bits under which a tag or a type is indexed."""
    return int.from_bytes(hashlib.blake2b(tag.encode(), digest_size=8).digest(), signed=True)


class Locked(Struct, frozen=True, gc=False):
    """A sealed value as the vault keeps it."""

    pointer: str
    owner: str
    names: tuple[str, ...]
    salt: bytes
    locked: bytes


class Entry(Struct, frozen=True, gc=False):
    """An event to be: its leaf before and after the time that it is sent with."""

    id: bytes
    type: str
    hashes: tuple[int, ...]
    """Under which it is found: its type's, then those of its tags."""
    before: bytes
    after: bytes
    """Empty if the leaf is complete as it is."""
    sealed: tuple[Locked, ...] = ()


class Selector(Struct, frozen=True, gc=False):
    """What an event must carry: all of the tags, and one of the types unless none is named."""

    tags: tuple[int, ...]
    types: tuple[int, ...]

    def selects(self, entry: Entry) -> bool:
        hashes = entry.hashes
        return (not self.types or hashes[0] in self.types) and all(
            tag in hashes for tag in self.tags
        )


EVERYTHING = Selector((), ())


class Draft(Struct, frozen=True, kw_only=True, gc=False):
    """Events to append together, unless one after `since` is selected."""

    entries: Sequence[Entry]
    selectors: tuple[Selector, ...] = ()
    since: int = 0
    thing: str = ""
    key: bytes | None = None
    digest: bytes = b""
    owners: dict[str, bytes]
    """Owners of sealed values that this process does not know yet, and a wrapped key for each."""
    size: int
    """In bytes, nearly."""


def drafted(
    entries: Sequence[Entry],
    condition: DCBAppendCondition | None,
    *,
    thing: str = "",
    key: bytes | None = None,
    digest: bytes = b"",
    owners: dict[str, bytes] | None = None,
) -> Draft:
    """A draft of these events under this condition.

    Raises:
        TooLarge: if no batch could take it.
    """
    size = 0
    for entry in entries:
        size += 200 + len(entry.before) + len(entry.after)
        for value in entry.sealed:
            size += 150 + len(value.locked)
    if size > LARGEST_BYTES:
        raise TooLarge(f"These facts take {size} bytes; at most {LARGEST_BYTES} go together.")
    return Draft(
        entries=entries,
        selectors=_conditions(condition) if condition else (),
        since=(condition.after or 0) if condition else 0,
        thing=thing,
        key=key,
        digest=digest,
        owners=owners or {},
        size=size,
    )


def _conditions(condition: DCBAppendCondition) -> tuple[Selector, ...]:
    return selectors_of(condition.fail_if_events_match) or (EVERYTHING,)


def selectors_of(query: DCBQuery) -> tuple[Selector, ...]:
    """What a query selects, as it is indexed."""
    return tuple(
        [
            Selector(tuple(map(tag_hash, item.tags)), _type_hashes(tuple(item.types)))
            for item in query.items
        ]
    )


Span = tuple[int, int, int]
"""Where a selector's tags begin in a list of hashes, its types, and where these end; from 1."""


def laid_out(selectors: Iterable[Selector]) -> tuple[list[Span], list[int]]:
    """Selectors as numbers, which the server reads sooner than text: as spans of one list."""
    spans: list[Span] = []
    hashes: list[int] = []
    for selector in selectors:
        tag = len(hashes) + 1
        hashes += selector.tags
        kind = len(hashes) + 1
        hashes += selector.types
        spans.append((tag, kind, len(hashes)))
    return spans, hashes


@lru_cache(maxsize=1024)
def _type_hashes(names: tuple[str, ...]) -> tuple[int, ...]:
    # The same few boundaries come again and again, each with many types.
    return tuple(map(tag_hash, names))
