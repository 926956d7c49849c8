"""Consistency boundaries: which past a decision depends on."""

from collections.abc import Iterable
from functools import lru_cache

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from domain.facts import Fact, Recorded, stored_name, tags

Boundary = tuple[DCBQueryItem, ...]

CORRECTED = "record.corrected"
"""A correction belongs to each boundary that its corrected fact belongs to."""


ASKED_AGAIN = 1024
"""A command asks for the same before it knows its past and after, while others do too."""


@lru_cache(maxsize=ASKED_AGAIN)
def about(tag: str, *facts: type[Fact]) -> DCBQueryItem:
    """Facts of these types (of any type, if none is named) that concern one thing."""
    types = [stored_name(fact) for fact in facts]
    return DCBQueryItem(types=[*types, CORRECTED] if types else [], tags=[tag])


def query(boundary: Boundary) -> DCBQuery:
    """The boundary in the words of the log, each selector once."""
    distinct: list[DCBQueryItem] = []
    for item in boundary:
        if item not in distinct:
            distinct.append(item)
    return DCBQuery(items=distinct)


def within(boundary: Boundary, log: Iterable[Recorded]) -> list[Recorded]:
    """The part of a log that a boundary selects: what the log's read does, said plainly."""
    return [recorded for recorded in log if any(_selects(item, recorded.fact) for item in boundary)]


def _selects(item: DCBQueryItem, fact: Fact) -> bool:
    return (not item.types or stored_name(type(fact)) in item.types) and tags(fact).issuperset(
        item.tags
    )
