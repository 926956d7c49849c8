"""Mappings: what the lines of a file mean, told in TOML (docs/imports/README.md)."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, structs

from domain.commands import Command
from domain.conversations import CONVERSATIONS
from domain.documents import AttachDocument
from domain.records import CorrectEvent
from domain.vocabulary import ID_PREFIXES
from service.api.bodies import body_of
from service.api.expected import kind_at, unrepeated

COMMANDS: Final[Mapping[str, type[Command]]] = {
    f"{command.__name__[0].lower()}{command.__name__[1:]}": command
    for talk in CONVERSATIONS
    for command in talk.commands
    # A correction has its own form, and a document comes with its bytes.
    if command not in (CorrectEvent, AttachDocument)
}
"""By the name of its operation in the API."""

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class MappingWrong(Exception):  # noqa: N818 - said to the operator as a sentence
    """The mapping, or the file, cannot be used as it is: nothing was stored."""


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the file is written. What it says about dates holds for every rule."""

    format: Literal["csv", "ndjson"] = "csv"
    delimiter: Annotated[str, Meta(pattern=r'^[^"\r\n]$', max_length=1)] = ","
    encoding: Literal["utf-8", "windows-1252", "iso-8859-15"] = "utf-8"
    timestamps: str = "iso"
    """`iso`, or a form in the signs of Python's `strptime`."""
    timezone: str = "Europe/Brussels"
    """For times that name no offset, and for which day a moment falls on."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that stands in the line."""

    column: str
    values: dict[str, Any] | None = None
    """What each word of the file means; a word that is not here refuses its line."""
    split: Annotated[str, Meta(min_length=1)] | None = None
    """Between the items of a list."""


class MadeBy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The thing that an earlier rule made for this line."""

    made_by: Name


class _Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    command: str
    fields: dict[str, Any]
    identity: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    once_per: tuple[str, ...] | None = None
    when: str | None = None


class _Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    file: Form = Form()
    rule: Annotated[tuple[_Rule, ...], Meta(min_length=1)]


class Rule(Struct, frozen=True, kw_only=True):
    """One command for each line, or for each distinct value of some columns."""

    name: str
    command: type[Command]
    body: type[Struct]
    """The body of the command, as the API asks it, with the ids of its path."""
    identity: tuple[str, ...]
    """The columns that tell one command of this rule from another."""
    once: bool
    """Whether later lines with the same identity speak of the same thing."""
    when: str | None
    constants: Mapping[str, Any]
    columns: Mapping[str, Column]
    things: Mapping[str, str]
    """The rule that makes the thing, by the field that names it."""

    @property
    def named(self) -> Iterator[str]:
        """The columns that the rule speaks of."""
        yield from self.identity
        yield from (taken.column for taken in self.columns.values())
        if self.when:
            yield self.when


class ImportMapping(Struct, frozen=True, kw_only=True):
    """A mapping that was checked."""

    name: str
    form: Form
    rules: tuple[Rule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Each column that a rule speaks of, once."""
        return tuple(dict.fromkeys(column for rule in self.rules for column in rule.named))


def read_mapping(path: Path) -> ImportMapping:
    """The mapping in a file.

    Raises:
        MappingWrong: naming what in it cannot be.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        told = msgspec.convert(raw, _Mapping)
        _check_form(told.file)
        rules: list[Rule] = []
        for rule in told.rule:
            rules.append(_checked(rule, rules))
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise MappingWrong(f"The mapping {path} cannot be read: {why}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingWrong(f"The mapping {path} is not TOML: {error}.") from None
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        place = where.strip("`.")
        raise MappingWrong(f"The mapping {path}{place and f', {place}'}: {what}.") from None
    return ImportMapping(name=told.name, form=told.file, rules=tuple(rules))


def _check_form(form: Form) -> None:
    try:
        form.zone  # noqa: B018 - made to see whether it can be
    except (LookupError, ValueError, OSError):
        raise _wrong("there is no time zone with this name", "file.timezone") from None
    if form.timestamps == "iso":
        return
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=form.zone)
    try:
        datetime.strptime(sample.strftime(form.timestamps), form.timestamps)  # noqa: DTZ007
    except ValueError:
        raise _wrong("no time can be read by this form", "file.timestamps") from None


def _wrong(detail: str, where: str) -> msgspec.ValidationError:
    return msgspec.ValidationError(f"{detail} - at `$.{where}`")


def _checked(told: _Rule, earlier: Sequence[Rule]) -> Rule:
    where = f"rule({told.name})"
    if told.name in (rule.name for rule in earlier):
        raise _wrong("two rules have this name", where)
    command = COMMANDS.get(told.command)
    if command is None:
        raise _wrong("there is no such command", f"{where}.command")
    if (told.identity is None) == (told.once_per is None):
        raise _wrong("a rule has either `identity` or `once_per`", where)
    taken = {name: _taken(value, f"{where}.fields.{name}") for name, value in told.fields.items()}
    rule = Rule(
        name=told.name,
        command=command,
        body=body_of(command, frozenset()),
        identity=told.identity or told.once_per or (),
        once=told.once_per is not None,
        when=told.when,
        constants={n: v for n, v in taken.items() if not isinstance(v, Column | MadeBy)},
        columns={n: v for n, v in taken.items() if isinstance(v, Column)},
        things={n: v.made_by for n, v in taken.items() if isinstance(v, MadeBy)},
    )
    _check_fields(rule, {rule.name: rule for rule in earlier}, where)
    return rule


def _taken(value: object, where: str) -> object:
    """Where the value of a field comes from: a column, an earlier rule, or it is a constant."""
    if not isinstance(value, dict):
        return value
    try:
        return msgspec.convert(value, MadeBy if "made_by" in value else Column)
    except msgspec.ValidationError as error:
        raise _wrong(str(error).partition(" - at")[0], where) from None


def _check_fields(rule: Rule, earlier: Mapping[str, Rule], where: str) -> None:
    fields = {field.encode_name: field for field in structs.fields(rule.body)}
    known = (*rule.constants, *rule.columns, *rule.things)
    for name in known:
        if name not in fields:
            raise _wrong("the command has no such field", f"{where}.fields.{name}")
    for name, field in fields.items():
        if field.required and name not in known:
            raise _wrong("the command needs this field", f"{where}.fields.{name}")
    for name, value in rule.constants.items():
        _check_value(value, fields[name].type, f"{where}.fields.{name}")
    for name, taken in rule.columns.items():
        for value in (taken.values or {}).values():
            _check_value(value, fields[name].type, f"{where}.fields.{name}.values")
    _check_things(rule, earlier, where)


def _check_value(value: object, kind: object, where: str) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _wrong(unrepeated(str(error), kind_at(kind, ())).rstrip("."), where) from None


def _check_things(rule: Rule, earlier: Mapping[str, Rule], where: str) -> None:
    kinds = {field.encode_name: field.type for field in structs.fields(rule.body)}
    for name, maker in rule.things.items():
        at = f"{where}.fields.{name}.made_by"
        if maker not in earlier or not earlier[maker].command.FOUNDS:
            raise _wrong("no earlier rule with this name makes a thing", at)
        prefix = ID_PREFIXES[structs.fields(earlier[maker].command)[0].type]
        sample = f"{prefix}_{'0' * 26}"
        try:
            msgspec.convert([sample] if shape(kinds[name]).many else sample, kinds[name])
        except msgspec.ValidationError:
            raise _wrong("that rule makes another kind of thing", at) from None


class Shape(NamedTuple):
    """What a field of a body holds."""

    kind: object
    many: bool


@cache
def shape(declared: object) -> Shape:
    """The plain type that a field holds, and whether it holds many."""
    if get_origin(declared) is Annotated:
        return shape(get_args(declared)[0])
    if get_origin(declared) in (Union, UnionType):
        return shape(next(option for option in get_args(declared) if option is not NoneType))
    if get_origin(declared) in (list, tuple):
        return Shape(shape(get_args(declared)[0]).kind, many=True)
    return Shape(declared, many=False)
