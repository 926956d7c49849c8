"""docs/settings.md: what an operator chooses."""

from typing import Final, get_args

import msgspec
from msgspec import Meta, structs

from service.settings import Settings, variable
from tests.documents import markdown
from tests.documents.markdown import code, table

ABOUT: Final = """\
Each setting is an environment variable, read once when the program starts. One that is empty counts
as not given; a wrong one stops the start and names itself."""

WITHOUT: Final = {
    "data": "the user's own folder for data of programs",
    "database_url": "PostgreSQL in the data folder",
    "secret": "the one that the data folder keeps",
}
"""What happens without a setting that has no plain default."""


def page() -> str:
    rows = [
        (code(variable(field.name)), _meaning(field), _default(field))
        for field in structs.fields(Settings)
    ]
    return markdown.page("Settings", ABOUT, table(("variable", "what it is", "without it"), rows))


def _meaning(field: structs.FieldInfo) -> str:
    described = [note for note in get_args(field.type) if isinstance(note, Meta)]
    return described[0].description or ""


def _default(field: structs.FieldInfo) -> str:
    if field.default is None or field.default is msgspec.NODEFAULT:
        return WITHOUT[field.name]
    return code(str(field.default))
