"""A command: what somebody asks to have recorded."""

from typing import ClassVar

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, rename="camel"):
    """Its first field names the thing it is about."""

    FOUNDS: ClassVar[bool] = False
    """Whether that thing begins with this command, so that its id is new."""
