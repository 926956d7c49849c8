"""Ids: a prefix that says what it is, and a UUIDv7 in 26 characters (TypeID 0.3)."""

import re
from typing import Final
from uuid import UUID

import uuid_utils

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_TYPEID: Final = re.compile(r"[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_uuid() -> str:
    """A new UUIDv7: ids made later sort later."""
    return str(uuid_utils.uuid7())


def new_id(prefix: str) -> str:
    """A new id, e.g. `pilot_01h455vb4pex5vsknk084sn02q`."""
    return type_id(prefix, uuid_utils.uuid7())


def type_id(prefix: str, uuid: UUID | uuid_utils.UUID) -> str:
    number, pairs = uuid.int, _PAIRS
    said = [pairs[(number >> shift) & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(said)}"


def is_id(text: str, prefix: str) -> bool:
    """Whether a text is an id of this kind; not whether the thing exists."""
    return text.startswith(f"{prefix}_") and _TYPEID.fullmatch(text) is not None
