"""The sentence of a fact, in Dutch and in English.

Ids stay in it as tokens, `{pilot_01h…}` or `{nis:11001}`: whoever reads it puts names in their
place, so that no view keeps the name of somebody who may be forgotten.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from string import Formatter
from types import NoneType
from typing import Any, Final, NamedTuple, cast, get_args, overload
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
    dutch, english = _telling(type(fact))
    return Sentence(nl=dutch.told(fact), en=english.told(fact))


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


Say = Callable[[Any], str]
"""Says a value of one kind in one language."""


class _Template(NamedTuple):
    """A sentence with places for values, each with its field and with what says it."""

    text: str
    values: Sequence[tuple[str, Say]]

    def told(self, fact: Fact) -> str:
        return self.text % tuple([say(getattr(fact, field)) for field, say in self.values])


@cache
def _telling(fact: type[Fact]) -> tuple[_Template, _Template]:
    """The sentences of a type in Dutch and in English, taken apart once."""
    return _template(fact.NL, fact, NL), _template(fact.EN, fact, EN)


def _template(template: str, fact: type[Fact], language: Language) -> _Template:
    texts: list[str] = []
    values: list[tuple[str, Say]] = []
    for text, field, of, _ in Formatter().parse(template):
        texts.append(text.replace("%", "%%"))
        if field:
            texts.append("%s")
            values.append((field, _saying(declared(fact)[field], of or "", language)))
    return _Template("".join(texts), values)


def _saying(kind: object, of: str, language: Language) -> Say:
    """What says the value of a field, or the many it holds, by what it declares."""
    if kind is Personal:
        raise TypeError("A sentence tells no personal detail.")
    one = _saying_one(kind, language)

    def said(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, tuple):
            many = cast("tuple[object, ...]", value)
            if of or _is_struct(kind):
                return _counted(many, of)
            return _listed([one(item) for item in many], language)
        return one(value)

    return said


def _saying_one(kind: object, language: Language) -> Say:
    if kind in ID_PREFIXES or kind is Thing:
        return lambda value: f"{{{value}}}"
    if kind is NisCode:
        return lambda value: f"{{{municipality_tag(value)}}}"
    return lambda value: _said(value, language)


def _said(value: object, language: Language) -> str:
    match value:
        case StrEnum():
            return getattr(WORDS[type(value)][value], language.code)
        case datetime():
            local = _local(value)
            return _day(local, language) + local.strftime(language.clock)
        case date():
            return _day(value, language)
        case _:
            return shortened(str(value))


def _counted(items: tuple[object, ...], of: str) -> str:
    """A sum of one of their values, or their number."""
    return str(sum(getattr(item, of) for item in items) if of else len(items))


def _listed(items: Sequence[str], language: Language) -> str:
    *most, last = items or [""]
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
