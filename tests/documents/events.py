"""docs/events.md: every event, by conversation."""

import inspect
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Struct, structs

from domain.conversations import CONVERSATIONS, FACTS
from domain.facts import Fact, stored_name
from domain.vocabulary import (
    ID_PREFIXES,
    NUMBER_PREFIXES,
    Decimal,
    EnterpriseNumber,
    Narrative,
    NisCode,
    Personal,
    Position,
    Reference,
    Theme,
    Thing,
    VCode,
    Visibility,
)
from tests.documents import markdown
from tests.documents.markdown import code, codes, table

ABOUT: Final = """\
An event is one fact in the past tense. It belongs to everyone and everything it concerns: it is
found by the id of each. Around each event the log keeps `position`, `id`, `occurredAt`,
`recordedAt`, `recordedBy`, `onBehalfOf`, `source` and `requestId`; if an import recorded it
although it is dated before what it depends on, also `outOfOrder`.

*Sealed* values are not in the log itself: it holds a salted commitment to each, and the value lies
encrypted beside it, under the key of an actor or of the thing that the event tells about. *Fixed*
fields cannot be corrected: it takes a new event. What is left out reads as its default."""

KINDS: Final[dict[Any, str]] = {
    **{kind: f"id: `{prefix}_…`" for kind, prefix in ID_PREFIXES.items()},
    NisCode: "NIS code",
    VCode: "VCode",
    EnterpriseNumber: "enterprise number",
    Personal: "personal detail",
    Narrative: "free text",
    Reference: "reference of the caller's own",
    Theme: "theme",
    Thing: "anything: its id, or `nis:…`",
    Position: "position of an event",
    Decimal: "decimal number as text",
    str: "short text",
    int: "whole number",
    date: "date",
    datetime: "moment",
}

SEEN_BY: Final = {
    Visibility.PUBLIC: "everyone",
    Visibility.PARTICIPANTS: "those it concerns and staff",
    Visibility.INTERNAL: "staff",
}


class Field(NamedTuple):
    """One field of a fact, or of a struct inside it."""

    path: str
    role: str
    kind: Any
    default: Any
    """`NODEFAULT` if it is needed."""


def page() -> str:
    talks = [_conversation(name, facts) for name, facts in by_conversation().items()]
    return markdown.page("Events", ABOUT, *talks)


def by_conversation() -> dict[str, list[type[Fact]]]:
    found: dict[str, list[type[Fact]]] = {talk.name: [] for talk in CONVERSATIONS}
    for fact in FACTS:
        found[fact.__module__.rpartition(".")[2]].append(fact)
    return found


def titled(talk: str) -> str:
    """The name of a conversation as a heading."""
    return talk.replace("co_", "co-").replace("_", " ").capitalize()


def fields(struct: type[Struct], before: str = "") -> Iterator[Field]:
    for field in structs.fields(struct):
        kind, several = _shape(field.type)
        path = f"{before}{field.encode_name}" + ("[]" if several else "")
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Fact:
            yield from fields(kind, f"{path}.")
        else:
            yield Field(path, field.name, kind, _default(field))


def _default(field: structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()  # pyright: ignore[reportCallIssue]
    return field.default


def _shape(declared: Any) -> tuple[Any, bool]:
    """What a field holds, without None, and whether it holds many."""
    if get_origin(declared) in (Union, UnionType):
        options = [option for option in get_args(declared) if option is not NoneType]
        return _shape(options[0]) if len(options) == 1 else (Fact, False)
    if get_origin(declared) is tuple:
        return _shape(get_args(declared)[0])[0], True
    return declared, False


def _conversation(name: str, facts: list[type[Fact]]) -> str:
    module = inspect.getmodule(facts[0])
    assert module is not None
    assert module.__doc__
    said = module.__doc__.strip().splitlines()[0].partition(": ")[2]
    return "\n\n".join(
        [f"## {titled(name)}", said[0].upper() + said[1:], *(_event(fact) for fact in facts)]
    )


def _event(fact: type[Fact]) -> str:
    own = list(fields(fact))
    subject = own[0].path
    rows = [(code(f.path), _holds(f), _left_out(f), _sealed(f, own, subject)) for f in own]
    parts = [
        f"### {code(stored_name(fact))}",
        f"{code(fact.__name__)} · seen by: {SEEN_BY[fact.VISIBILITY]} · {_since(fact)}",
    ]
    if fact.__doc__ and "__doc__" in vars(fact):
        parts.append(inspect.cleandoc(fact.__doc__))
    parts += [
        f"> {fact.NL}<br>\n> {fact.EN}",
        f"Concerns: {_concerns(own)}.",
        table(("field", "holds", "if left out", "sealed"), rows),
    ]
    if fact.FIXED:
        stored = {field.name: field.encode_name for field in structs.fields(fact)}
        parts.append(f"Fixed: {codes(sorted(stored[name] for name in fact.FIXED))}.")
    return "\n\n".join(parts)


def _since(fact: type[Fact]) -> str:
    return f"since {fact.SINCE}, version {fact.VERSION}"


def _holds(field: Field) -> str:
    kind = field.kind
    if kind is Fact:
        said = "another event, as it should have been"
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        said = codes(kind)
    else:
        said = KINDS[kind]
    return f"many: {said}" if field.path.endswith("[]") else said


def _left_out(field: Field) -> str:
    match field.default:
        case msgspec.NODEFAULT:
            return "never"
        case None | ():
            return "none"
        case other:
            return code(str(other))


def _sealed(field: Field, own: list[Field], subject: str) -> str:
    """Under whose key: for a personal detail that of the actor named last before it."""
    if field.kind is Narrative:
        return f"key of {code(subject)}" if own[0].kind is not Position else "key of its subject"
    if field.kind is not Personal:
        return ""
    before = own[: own.index(field)]
    actor = next((f for f in reversed(before) if ID_PREFIXES.get(f.kind) == "actor"), own[0])
    return f"key of {code(actor.path)}"


def _concerns(own: list[Field]) -> str:
    tags = {kind: f"{prefix}_…" for kind, prefix in ID_PREFIXES.items()}
    tags |= {kind: f"{prefix}:…" for kind, prefix in NUMBER_PREFIXES.items()}
    tags[Thing] = "anything"
    found = [f"{field.role} → {code(tags[field.kind])}" for field in own if field.kind in tags]
    if any(field.kind is Fact for field in own):
        found.append("all that the event it corrects concerns")
    return ", ".join(dict.fromkeys(found))
