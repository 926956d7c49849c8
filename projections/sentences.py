"""The sentence of a fact, in Dutch and in English.

Ids stay in it as tokens, `{pilot_01h…}` or `{nis:11001}`: whoever reads it puts names in their
place, so that no view keeps the name of somebody who may be forgotten.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from string import Formatter
from types import NoneType
from typing import Final, cast, get_args, overload
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, structs

from domain.facts import Fact, municipality_tag
from domain.vocabulary import ID_PREFIXES, NisCode, Personal, Thing
from projections.words import EN, NL, WORDS, Language


class Sentence(Struct, frozen=True, kw_only=True):
    nl: str = ""
    en: str = ""


BRUSSELS: Final = ZoneInfo("Europe/Brussels")
LONGEST: Final = 160
"""Characters of a free text that a sentence quotes."""

TOKEN: Final = re.compile(r"\{([a-z]+_[0-9a-z]+|nis:[0-9]+)\}")
"""Finds the tokens of a sentence; its group is the id."""
_TOKEN_IN_JSON: Final = re.compile(TOKEN.pattern.encode())


def sentence(fact: Fact) -> Sentence:
    """What happened, in one sentence of each language, with ids as tokens."""
    return Sentence(nl=_told(fact.NL, fact, NL), en=_told(fact.EN, fact, EN))


@overload
def named(text: str, names: Mapping[str, str]) -> str: ...
@overload
def named(text: bytes, names: Mapping[str, str]) -> bytes: ...
def named(text: str | bytes, names: Mapping[str, str]) -> str | bytes:
    """A text, or bytes of JSON, with names in place of tokens; the id itself if it has none."""
    if isinstance(text, str):
        return TOKEN.sub(lambda found: names.get(found[1], found[1]), text)
    return _TOKEN_IN_JSON.sub(lambda found: _in_json(found[1].decode(), names), text)


def tokens(text: str | bytes) -> frozenset[str]:
    """The ids for which a text, or bytes of JSON, waits for a name."""
    if isinstance(text, str):
        return frozenset(TOKEN.findall(text))
    return frozenset(found.decode() for found in _TOKEN_IN_JSON.findall(text))


def verbatim(json: bytes) -> bytes:
    """The same JSON, in which nothing that people wrote reads as a token."""
    # An object begins with a brace that is no token's; mostly there is no other.
    return json if json.find(b"{", 1) < 0 else _TOKEN_IN_JSON.sub(rb"\\u007b\1}", json)


def shortened(text: str, longest: int = LONGEST) -> str:
    """A free text on one line and without braces, cut at a word."""
    line = " ".join(text.split()).replace("{", "(").replace("}", ")")
    if len(line) <= longest:
        return line
    kept = line[:longest]
    return (kept[: kept.rfind(" ")] if " " in kept else kept[:-1]) + "…"


@cache
def declared(struct: type[Struct]) -> Mapping[str, object]:
    """What each field of a struct holds, or holds many of: its type without None and tuple."""
    return {field.name: _innermost(field.type) for field in structs.fields(struct)}


def _innermost(kind: object) -> object:
    inner = [arg for arg in get_args(kind) if arg not in (NoneType, ...)]
    return _innermost(inner[0]) if inner else kind


def _in_json(thing: str, names: Mapping[str, str]) -> bytes:
    return msgspec.json.encode(names.get(thing, thing))[1:-1]


@cache
def _parts(template: str) -> Sequence[tuple[str, str | None, str]]:
    return [(text, field, of or "") for text, field, of, _ in Formatter().parse(template)]


def _told(template: str, fact: Fact, language: Language) -> str:
    kinds = declared(type(fact))
    return "".join(
        text + (_said(getattr(fact, field), kinds[field], of, language) if field else "")
        for text, field, of in _parts(template)
    )


def _said(value: object, kind: object, of: str, language: Language) -> str:
    if kind is Personal:
        raise TypeError("A sentence tells no personal detail.")
    match value:
        case None:
            return ""
        case tuple():
            return _many(cast("tuple[object, ...]", value), kind, of, language)
        case StrEnum():
            return getattr(WORDS[type(value)][value], language.code)
        case datetime():
            local = _local(value)
            return _day(local, language) + local.strftime(language.clock)
        case date():
            return _day(value, language)
        case str() if kind in ID_PREFIXES or kind is Thing:
            return f"{{{value}}}"
        case str() if kind is NisCode:
            return f"{{{municipality_tag(NisCode(value))}}}"
        case _:
            return shortened(str(value))


def _many(items: tuple[object, ...], kind: object, of: str, language: Language) -> str:
    """A sum of one of their values, the number of structs, or all of them in a row."""
    if of:
        return str(sum(getattr(item, of) for item in items))
    if _is_struct(kind):
        return str(len(items))
    *most, last = [_said(item, kind, "", language) for item in items] or [""]
    return language.conjunction.join([", ".join(most), last] if most else [last])


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _local(moment: datetime) -> datetime:
    try:
        return moment.astimezone(BRUSSELS)
    except OverflowError:
        # At the very edge of the calendar; a sentence tells any event that was ever stored.
        return moment


def _day(day: date, language: Language) -> str:
    return f"{day.day} {language.months[day.month - 1]} {day.year}"
