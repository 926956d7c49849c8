"""Commands as requests: where each is sent and what is said, told by the routes themselves.

A new conversation needs no line here: its routes name their commands.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx
from msgspec import structs, to_builtins

from domain.commands import Command
from domain.conversations import CONVERSATIONS
from domain.documents import AttachDocument
from domain.records import CorrectEvent
from domain.vocabulary import ID_PREFIXES
from service.api.routes import VERSION_1
from tests.client import Api

COMMANDS: Final = tuple(command for talk in CONVERSATIONS for command in talk.commands)


class Asked(NamedTuple):
    """A command, and what is said around it."""

    command: Command
    at: datetime
    on_behalf_of: str | None = None


def _paths() -> dict[type[Command], str]:
    named = {
        f"{command.__name__[0].lower()}{command.__name__[1:]}": command for command in COMMANDS
    }
    return {
        named[str(route.operation_id)]: path
        for route in VERSION_1
        if "POST" in route.http_methods
        for path in route.paths
    }


PATHS: Final[Mapping[type[Command], str]] = _paths()
"""The path of each command's route, as it is declared."""

COLLECTIONS: Final[Mapping[str, str]] = {
    ID_PREFIXES[structs.fields(command)[0].type]: path
    for command, path in PATHS.items()
    if command.FOUNDS and "{" not in path
}
"""Where things are read, by the prefix of their ids; the others are read as part of another."""


def in_path(command: Command) -> dict[str, str]:
    """The fields of a command that stand in its path, first the thing that it is about."""
    found = re.findall(r"{(\w+):str}", PATHS[type(command)])
    return {name: getattr(command, name.removesuffix("_id")) for name in found}


def content(command: AttachDocument) -> bytes:
    """The file that a die's document stands for."""
    return f"{command.name}\n".encode()


def as_uploaded(command: AttachDocument) -> AttachDocument:
    """The document as the service will know it: by what was sent."""
    data = content(command)
    return structs.replace(
        command,
        media_type="text/plain",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def send(api: Api, asked: Asked, **headers: str) -> httpx.Response:
    """Ask it of the service."""
    command = asked.command
    if isinstance(command, AttachDocument):
        return _upload(api, asked, command, headers)
    path = PATHS[type(command)]
    for name, value in in_path(command).items():
        path = path.replace(f"{{{name}:str}}", value)
    said = _correction(command) if isinstance(command, CorrectEvent) else _said(command)
    return api.post(path, said | _around(asked), **headers)


def _around(asked: Asked) -> dict[str, str]:
    around = {"occurredAt": asked.at.isoformat()}
    return around | ({"onBehalfOf": asked.on_behalf_of} if asked.on_behalf_of else {})


def _said(command: Command) -> dict[str, Any]:
    own = {command.__struct_fields__[0]} if command.FOUNDS else set[str]()
    unsaid = own | {name.removesuffix("_id") for name in in_path(command)}
    names = {field.name: field.encode_name for field in structs.fields(type(command))}
    told = to_builtins(command)
    return {
        name: told[name]
        for field, name in names.items()
        if field not in unsaid and told[name] is not None
    }


def _correction(command: CorrectEvent) -> dict[str, Any]:
    return {
        "position": command.position,
        "fields": fields_of(command),
        "reason": command.reason,
    }


def fields_of(command: CorrectEvent) -> dict[str, Any]:
    """The fields that a correction sends; all that a die knows of the event is as it was first."""
    names = {f.name: f.encode_name for f in structs.fields(type(command.becomes))}
    told = {names[name]: to_builtins(getattr(command.becomes, name)) for name in command.changes}
    return told | {"occurredAt": command.happened_at.isoformat()}


def _upload(
    api: Api, asked: Asked, command: AttachDocument, headers: Mapping[str, str]
) -> httpx.Response:
    named = f"attachment; filename*=UTF-8''{quote(command.name)}"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.http.post(
        "/v1/documents",
        params={"about": command.about, **_around(asked)},
        content=content(command),
        headers={"Content-Type": "text/plain", "Content-Disposition": named, **sent},
    )
