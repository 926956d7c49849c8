"""Refusals: a rule that does not allow what was asked, and the events that stand in the way."""

from datetime import datetime
from typing import ClassVar

from domain.facts import Mark


class Refusal(Exception):  # noqa: N818 - a refusal is not an error of the program
    """What was asked is not allowed by a rule of the domain.

    `{name}` in a sentence stands for a detail given to the constructor; details are ids,
    numbers, dates and choices, never personal data or free text.
    """

    RULE: ClassVar[int]
    """Its number in docs/rules.md."""
    NL: ClassVar[str]
    EN: ClassVar[str]

    def __init__(self, *blocked_by: Mark, **details: object) -> None:
        self.blocked_by = tuple(sorted({mark.position for mark in blocked_by}))
        self.details = details
        super().__init__(self.en)

    @property
    def nl(self) -> str:
        return self.NL.format_map(self.details)

    @property
    def en(self) -> str:
        return self.EN.format_map(self.details)


class Unknown(Exception):  # noqa: N818 - nor is this
    """A command names a thing that the log does not know."""

    def __init__(self, field: str, thing: str) -> None:
        self.field = field
        self.thing = thing
        super().__init__(f"There is no {thing}.")


class InTheFuture(Refusal):
    RULE = 13
    NL = "Wat nog niet gebeurd is, kan niet opgetekend worden: {day} ligt in de toekomst."
    EN = "What has not happened yet cannot be recorded: {day} lies in the future."


class DatedBefore(Refusal):
    """Dated before something it depends on; an import records it, marked out of order."""

    RULE = 13
    NL = "Dit kan niet gebeurd zijn vóór waar het op voortbouwt: gebeurtenis {position}, {day}."
    EN = "This cannot have happened before what it builds on: event {position}, {day}."

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        super().__init__(mark, position=mark.position, day=f"{mark.at:%Y-%m-%d %H:%M}Z")


class NamedTwice(Refusal):
    RULE = 10
    NL = "{thing} staat twee keer in dezelfde lijst ({field})."
    EN = "{thing} stands twice in the same list ({field})."


class NoSuchMunicipalityThen(Refusal):
    RULE = 10
    NL = "{name} ({nis}) was op {day} geen gemeente; op die dag geldt {successor}."
    EN = "{name} ({nis}) was not a municipality on {day}; the code on that day is {successor}."


def latest(*marks: Mark | None) -> Mark | None:
    """The mark with the latest date, if there is any."""
    return max((mark for mark in marks if mark), key=lambda mark: mark.at, default=None)


def follows(at: datetime, *marks: Mark | None) -> None:
    """Check that what happens at `at` does not come before what it depends on.

    Raises:
        DatedBefore: naming the latest of the marks.
    """
    last = latest(*marks)
    if last and at < last.at:
        raise DatedBefore(last)
