"""Settings: read once from the environment; a wrong one stops the start and names itself."""

import os
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct, structs
from platformdirs import user_data_path

SECRET_BYTES: Final = 32


class SettingWrong(Exception):  # noqa: N818 - said to the operator as a sentence
    """A setting cannot be used as it is."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


class Settings(Struct, frozen=True, kw_only=True):
    """What an operator chooses. Each is an environment variable with the prefix AANZET_."""

    data: Annotated[
        Path,
        Meta(description="Folder of the embedded PostgreSQL and of the secret; made if missing."),
    ]
    database_url: Annotated[
        str | None,
        Meta(description="A PostgreSQL server (15 or newer) to use instead of the embedded one."),
    ] = None
    secret: Annotated[
        bytes | None,
        Meta(
            description="32 bytes in Base64 under which texts are sealed and tokens signed; "
            "without it, made once and kept in the data folder as secret.key."
        ),
    ] = None
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on.")] = 8000
    log_level: Annotated[
        str, Meta(description="Least severe line to write: debug, info, warning or error.")
    ] = "info"


LOG_LEVELS: Final = ("debug", "info", "warning", "error")
PORTS: Final = range(1, 65536)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment asks for.

    Raises:
        SettingWrong: naming the variable and what it may be.
    """
    known = {variable(field.name) for field in structs.fields(Settings)}
    given = {name: value for name, value in environment.items() if name in known and value}
    data = given.get("AANZET_DATA")
    try:
        folder = Path(data).expanduser().absolute() if data else user_data_path("aanzet")
    except RuntimeError:
        raise SettingWrong("AANZET_DATA", "there is no such user as it names.") from None
    return Settings(
        data=folder,
        database_url=given.get("AANZET_DATABASE_URL"),
        secret=_secret(given.get("AANZET_SECRET")),
        host=given.get("AANZET_HOST", "127.0.0.1"),
        port=port(given.get("AANZET_PORT", "8000"), "AANZET_PORT"),
        log_level=_log_level(given.get("AANZET_LOG_LEVEL", "info")),
    )


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"AANZET_{name.upper()}"


def port(text: str, name: str) -> int:
    """A port number from a text.

    Raises:
        SettingWrong: if it is none.
    """
    if not text.isascii() or not text.isdigit() or int(text) not in PORTS:
        raise SettingWrong(name, f"a port is a number from 1 to 65535, not {text[:40]!r}.")
    return int(text)


def _log_level(text: str) -> str:
    if text not in LOG_LEVELS:
        raise SettingWrong("AANZET_LOG_LEVEL", f"choose one of {', '.join(LOG_LEVELS)}.")
    return text


def _secret(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        secret = b64decode(text, validate=True)
    except Base64Error:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise SettingWrong("AANZET_SECRET", "give 32 bytes in Base64 (openssl rand -base64 32).")
    return secret
