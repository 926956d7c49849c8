"""Orders: the command that a rule makes of a line, and the key under which it is known."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct, structs

from domain.facts import Source
from domain.vocabulary import ID_PREFIXES, UserId
from service.api.bodies import InputWrong, Issue, command_of, in_utc, issues_of
from service.commands import Intent
from service.ids import new_id
from service.imports.cells import CellWrong, is_empty, read_cell, word
from service.imports.lines import Line
from service.imports.mapping import Form, ImportMapping, Rule, shape

NAMESPACE: Final = UUID("6d1f0a52-97c5-5c0e-9b53-5e0c7d8a4b11")
"""Of the keys of imports. Never changes: it is how a second run knows the first."""


class Run(Struct, frozen=True, kw_only=True):
    """What all commands of an import have in common."""

    mapping: ImportMapping
    file: str | None
    """By its bytes; none if it came through a pipe."""
    request_id: str
    recorded_by: UserId


class LineRefused(Exception):  # noqa: N818 - said in the report
    """A line does not make the command that its rule asks for."""


def key_of(mapping: ImportMapping, rule: Rule, line: Line) -> UUID:
    """The same for the same mapping, rule and identity, in whichever file and line."""
    identity = ["" if is_empty(cell) else word(cell) for cell in _identity(rule, line)]
    return uuid5(NAMESPACE, msgspec.json.encode([mapping.name, rule.name, identity]).decode())


def _identity(rule: Rule, line: Line) -> list[object]:
    return [line.values.get(column) for column in rule.identity]


def applies(rule: Rule, line: Line) -> bool:
    """Whether the rule makes something of the line."""
    return rule.when is None or not is_empty(line.values.get(rule.when))


def intent_of(run: Run, rule: Rule, line: Line, things: Mapping[str, str]) -> Intent:
    """What a rule makes of a line, given the things that earlier rules made of it.

    Raises:
        LineRefused: naming each field that cannot be read.
    """
    if rule.identity and all(map(is_empty, _identity(rule, line))):
        named = ", ".join(f"'{column}'" for column in rule.identity)
        raise LineRefused(f"{rule.name}: The columns that identify it ({named}) are empty.")
    body = _body(rule, line, things, run.mapping.form)
    own = _new_id(rule)
    try:
        command = command_of(rule.command, body, own)
    except InputWrong as error:
        raise _refused(rule, error.issues) from None
    return Intent(
        command=command,
        thing=getattr(command, rule.command.__struct_fields__[0]),
        recorded_by=run.recorded_by,
        request_id=run.request_id,
        occurred_at=in_utc(getattr(body, "occurred_at", None)),
        on_behalf_of=getattr(body, "on_behalf_of", None),
        source=Source(kind="import", file=run.file, line=line.number),
        key=key_of(run.mapping, rule, line),
    )


def _new_id(rule: Rule) -> dict[str, str]:
    if not rule.command.FOUNDS:
        return {}
    field = structs.fields(rule.command)[0]
    return {field.name: new_id(ID_PREFIXES[field.type])}


def _body(rule: Rule, line: Line, things: Mapping[str, str], form: Form) -> Struct:
    raw: dict[str, Any] = dict(rule.constants)
    wrong: list[Issue] = []
    for name, taken in rule.columns.items():
        try:
            value = read_cell(line.values.get(taken.column), taken, _kinds(rule.body)[name], form)
        except CellWrong as error:
            wrong.append(Issue(pointer=f"/{name}", detail=str(error)))
            value = None
        if value is not None:
            raw[name] = value
    for name, maker in rule.things.items():
        if thing := things.get(maker):
            raw[name] = [thing] if shape(_kinds(rule.body)[name]).many else thing
    try:
        if not wrong:
            return msgspec.convert(raw, rule.body)
    except msgspec.ValidationError:
        pass
    said = {issue.pointer for issue in wrong}
    more = [issue for issue in issues_of(raw, rule.body) if issue.pointer not in said]
    raise _refused(rule, (*wrong, *more))


@cache
def _kinds(body: type[Struct]) -> Mapping[str, Any]:
    return {field.encode_name: field.type for field in structs.fields(body)}


def _refused(rule: Rule, issues: tuple[Issue, ...]) -> LineRefused:
    return LineRefused(f"{rule.name}: " + " ".join(_sentence(rule, issue) for issue in issues))


def _sentence(rule: Rule, issue: Issue) -> str:
    name = (issue.pointer or "").removeprefix("/")
    taken = rule.columns.get(name.partition("/")[0])
    where = f"{name} (column '{taken.column}')" if taken else name
    return f"{where}: {issue.detail}"
