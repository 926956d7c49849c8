"""Cells: what a column of a line says, in the form that a command asks."""

import re
from datetime import date, datetime
from typing import Final

import msgspec

from service.imports.mapping import Column, Form, shape

FLAGS: Final = {"true": True, "false": False}
_DIGITS: Final = re.compile("-?[0-9]{1,18}")


class CellWrong(Exception):  # noqa: N818 - one line's trouble
    """A cell cannot be read; never says what stands in it."""


def is_empty(cell: object) -> bool:
    return cell is None or cell == ""


def word(cell: object) -> str:
    """The cell as text: in NDJSON it may be a number or more."""
    return cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()


def read_cell(cell: object, taken: Column, kind: object, form: Form) -> object:
    """The value for a field of this kind; None for an empty cell.

    Raises:
        CellWrong: saying why there is none.
    """
    if is_empty(cell):
        return None
    if taken.values is not None:
        if word(cell) not in taken.values:
            raise CellWrong("The mapping has no such value.")
        return taken.values[word(cell)]
    wanted, many = shape(kind)
    if not isinstance(cell, str):
        # A case number may be a number there.
        return word(cell) if wanted is str and type(cell) is int else cell
    if many:
        items = cell.split(taken.split) if taken.split else [cell]
        return [_read(item.strip(), wanted, form) for item in items if item.strip()]
    return _read(cell, wanted, form)


def _read(text: str, wanted: object, form: Form) -> object:
    """Of what is neither a time nor a number, the command itself says whether it will do."""
    try:
        if wanted is datetime:
            return _moment(text, form)
        if wanted is date:
            return _moment(text, form).astimezone(form.zone).date()
        if wanted is int:
            return _number(text)
        return FLAGS.get(text.lower(), text) if wanted is bool else text
    except (ValueError, OverflowError):
        what = "a whole number" if wanted is int else "a date in the form that the mapping says"
        raise CellWrong(f"This is not {what}.") from None


def _number(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError
    return int(text)


def _moment(text: str, form: Form) -> datetime:
    """A day without a time is its midnight."""
    if form.timestamps == "iso":
        moment = datetime.fromisoformat(text)
    else:
        moment = datetime.strptime(text, form.timestamps)  # noqa: DTZ007 - the zone comes next
    return moment if moment.tzinfo else moment.replace(tzinfo=form.zone)
